// An app made with Slack's own library, which knows nothing of slacktest: bolt_test.go runs it against a workspace.
// It talks on standard output, one JSON value a line, and is stopped by the end of standard input.
const { App, LogLevel } = require('@slack/bolt');

const say = (what, value) => process.stdout.write(JSON.stringify({ what, value: value ?? null }) + '\n');
const input = { type: 'input', block_id: 'title', label: { type: 'plain_text', text: 'Title' }, element: { type: 'plain_text_input', action_id: 'v' } };
const modal = {
  type: 'modal', callback_id: 'open', title: { type: 'plain_text', text: 'Open' }, submit: { type: 'plain_text', text: 'Send' },
  blocks: [input, { type: 'actions', elements: [{ type: 'external_select', action_id: 'who', placeholder: { type: 'plain_text', text: 'Who' } }] }],
};

const app = new App({
  token: process.env.BOT_TOKEN,
  signingSecret: process.env.SIGNING_SECRET,
  appToken: process.env.APP_TOKEN,
  socketMode: process.env.APP_TOKEN !== undefined,
  clientOptions: { slackApiUrl: process.env.API_URL, retryConfig: { retries: 0 } },
  logLevel: LogLevel.ERROR,
});

app.error(async (e) => say('error', String(e)));
app.command('/incident', async ({ command, ack, respond, client }) => {
  if (command.text === 'form') {
    await ack();
    const r = await client.views.open({ trigger_id: command.trigger_id, view: modal });
    return say('opened', r.view.id);
  }
  await ack({ response_type: 'ephemeral', text: 'acked ' + command.text });
  await respond({ response_type: 'in_channel', text: 'responded ' + command.text });
});
app.message('hello', async ({ message, say: reply }) => {
  await reply({
    text: 'card', thread_ts: message.ts,
    blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'ack', text: { type: 'plain_text', text: 'Ack' }, value: '7' }] }],
  });
});
app.action('ack', async ({ ack, respond, action, body }) => {
  await ack();
  await respond({ replace_original: true, text: `acked ${action.value} by ${body.user.id}` });
});
app.options('who', async ({ options, ack }) => {
  await ack({ options: [{ text: { type: 'plain_text', text: options.value }, value: 'p2' }] });
});
app.action('who', async ({ ack, action }) => { await ack(); say('chosen', action.selected_option.value); });
app.view('open', async ({ ack, view }) => {
  const title = view.state.values.title.v.value;
  if (title === 'bad') return ack({ response_action: 'errors', errors: { title: 'Too vague.' } });
  await ack();
  say('submitted', title);
});
app.shortcut('log', async ({ ack, shortcut }) => { await ack(); say('shortcut', shortcut.type + ' ' + (shortcut.message?.text ?? '')); });
app.event('reaction_added', async ({ event, client }) => {
  const h = await client.conversations.history({ channel: event.item.channel, oldest: event.item.ts, inclusive: true, limit: 1 });
  say('reacted', `${event.reaction} on ${h.messages[0].text}`);
});
app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'My incidents' } }] } });
  say('home', event.tab);
});
app.event('member_left_channel', async ({ event }) => say('left', event.user));
app.event('link_shared', async ({ event, client }) => {
  await client.chat.unfurl({ unfurl_id: event.unfurl_id, source: event.source, unfurls: { [event.links[0].url]: { blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'INC-7' } }] } } });
  say('unfurled', event.links[0].domain);
});

(async () => {
  const { client } = app;
  await app.start(process.env.PORT ? Number(process.env.PORT) : undefined);
  const made = await client.conversations.create({ name: 'inc-1' });
  const channel = made.channel.id;
  await client.conversations.setTopic({ channel, topic: 'from bolt' });
  await client.chat.postMessage({ channel, text: 'card', metadata: { event_type: 'matoi', event_payload: { key: 'k1' } } });
  await client.files.uploadV2({ channel_id: channel, filename: 'report.md', content: '# Report', title: 'Report' });
  try {
    await client.conversations.create({ name: 'inc-1' });
  } catch (e) {
    say('refused', e.data.error);
  }
  try {
    await client.chat.postMessage({ channel, text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] });
  } catch (e) {
    say('refused', e.data.error + ' ' + e.data.response_metadata.messages.length);
  }
  const names = [];
  for await (const page of client.paginate('conversations.list', { limit: 1 })) names.push(...page.channels.map((c) => c.name));
  say('channels', names.join(' '));
  say('ready', (await client.auth.test()).user_id);
  process.stdin.resume().on('end', () => process.exit(0));
})().catch((e) => { say('failed', String(e)); process.exit(1); });
