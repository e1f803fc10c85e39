// Makes web/static/emoji.json out of an unpacked emojibase-data package:
//
//	node tools/emoji/emoji.mjs <folder of emojibase-data> > web/static/emoji.json
//
// One row an emoji, in the order in which Unicode shows them: sign, group, English name, Japanese name, shortcodes,
// further English words, further Japanese words, and 1 where a skin tone may follow the first sign.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const from = process.argv[2];
if (!from) throw new Error('name the folder of emojibase-data');
const read = (name) => JSON.parse(readFileSync(join(from, name), 'utf8'));

const en = read('en/compact.json').filter((e) => e.group !== undefined && e.group !== 2);
const ja = new Map(read('ja/compact.json').map((e) => [e.hexcode, e]));
const chats = read('en/shortcodes/iamcal.json');
const ours = read('en/shortcodes/emojibase.json');
const codes = (hex) => [...new Set([chats[hex] ?? [], ours[hex] ?? []].flat())].slice(0, 4);

const tones = ['🏻', '🏼', '🏽', '🏾', '🏿'];
const toned = (sign) => tones.map((t) => {
  const [first, ...rest] = [...sign];
  return first + t + rest.filter((c, i) => !(i === 0 && c === '\ufe0f')).join('');
});

// rest leaves out the words that the name and the shortcodes hold already.
const rest = (tags, ...known) => {
  const said = known.join(' ').toLowerCase();
  return [...new Set(tags ?? [])].filter((t) => !said.includes(t.toLowerCase())).slice(0, 6).join(' ');
};

// A sign that is an emoji by itself is written without the selector that would make it one, as keyboards write it: the
// same reaction must not count twice.
const bare = (sign) => sign.replace(/^(\p{Emoji_Presentation})\ufe0f$/u, '$1');

en.sort((a, b) => a.order - b.order);
const rows = en.map((e) => {
  const j = ja.get(e.hexcode) ?? {};
  const short = codes(e.hexcode).join(' ');
  const skins = (e.skins ?? []).map((s) => s.unicode);
  const tone = skins.length === 5 && toned(e.unicode).every((t, i) => t === skins[i]) ? 1 : 0;
  return [bare(e.unicode), e.group, e.label, j.label ?? '', short, rest(e.tags, e.label, short), rest(j.tags, j.label), tone];
});
process.stdout.write('[\n' + rows.map((r) => JSON.stringify(r)).join(',\n') + '\n]\n');
