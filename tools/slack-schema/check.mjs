// Holds what the tests sent to Slack against the types of Slack's own client: one request a line on standard input, as
// slacktest.WriteCalls writes them, and one fault a line on standard output. NODE_PATH names the node_modules of the lock file.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const modules = process.env.NODE_PATH;
const load = createRequire(join(modules, 'x.js'));
const { createGenerator } = load('ts-json-schema-generator');
const Ajv = load('ajv').default ?? load('ajv');

const typeOf = (method) => method.split('.').map((part) => part[0].toUpperCase() + part.slice(1)).join('') + 'Arguments';

// schemas makes the schema of each method's arguments; what the types do not name is a fault.
function schemas(methods) {
  const folder = mkdtempSync(join(dirname(modules), 'schema-'));
  try {
    const file = join(folder, 'all.ts');
    const names = methods.map(typeOf);
    writeFileSync(file, `import type { ${names.join(', ')} } from '@slack/web-api';\n` + names.map((n) => `export type ${n}_ = ${n};`).join('\n'));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
      compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, types: [], baseUrl: modules, paths: { '*': ['./*'] } }, files: ['all.ts'],
    }));
    return createGenerator({ path: file, tsconfig: join(folder, 'tsconfig.json'), type: '*', additionalProperties: false, skipTypeCheck: true, expose: 'all', jsDoc: 'none' }).createSchema('*');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// typed gives a form's fields, which are all texts, the types that they stand for.
const words = new Set(['text', 'channel', 'name', 'topic', 'purpose', 'title', 'filename', 'error']);
function typed(args, bits) {
  const out = {};
  for (const [key, value] of Object.entries(args)) {
    if (key === 'unfurls' && args.metadata && Object.keys(value).length === 0) continue; // the types take both, a union in a schema does not
    if (typeof value !== 'string' || words.has(key) || key.endsWith('ts') || key === 'latest' || key === 'oldest') out[key] = value;
    else if (value === 'true' || value === 'false') out[key] = value === 'true';
    else if (bits && (value === '0' || value === '1')) out[key] = value === '1'; // Slack takes these as well
    else if (/^\d+$/.test(value)) out[key] = Number(value);
    else out[key] = value;
  }
  return out;
}

// listed leaves out what the types do not know yet: docs.slack.dev has reference/scopes/canvases.write and
// reference/events/function_executed.
function listed({ manifest }) {
  if (!manifest) return;
  const { scopes } = manifest.oauth_config;
  scopes.bot = scopes.bot.filter((s) => s !== 'canvases:write');
  const events = manifest.settings.event_subscriptions;
  events.bot_events = events.bot_events.filter((e) => e !== 'function_executed');
}

const calls = [];
for await (const line of createInterface({ input: process.stdin })) if (line) calls.push(JSON.parse(line));
calls.forEach((c) => listed(c.args));
const methods = [...new Set(calls.map((c) => c.method))].sort();
const root = schemas(methods);
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema({ ...root, $id: 'slack' });
const checks = new Map(methods.map((m) => [m, ajv.getSchema(`slack#/definitions/${typeOf(m)}_`)]));
let faults = 0;
for (const { method, args, error } of calls) {
  const check = checks.get(method);
  if (!check) console.log(`${method}: no schema`);
  if (check?.(typed(args)) || check?.(typed(args, true))) continue;
  faults++;
  const why = (check?.errors ?? []).filter((e) => e.keyword !== 'anyOf').map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  console.log(`${method}${error ? ` (refused: ${error})` : ''}: ${[...new Set(why)].slice(0, 6).join('; ')}`);
}
console.log(`${calls.length} requests of ${methods.length} methods, ${faults} faults`);
process.exitCode = faults || calls.length === 0 ? 1 : 0;
