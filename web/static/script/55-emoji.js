// Emoji: one table for the picker and for :shortcodes, fetched when it is first needed. A row is sign, group, English name,
// Japanese name, shortcodes, further English and Japanese words, and 1 where a skin tone may follow.

// plainly evens out how words are written: full-width forms, case, and the two kana.
const plainly = (s) => s.normalize('NFKC').toLowerCase().replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));

let emojiTable = null;
function emojis() {
  emojiTable ??= fetch('/static/emoji.json').then((r) => { if (!r.ok) throw new Error('emoji'); return r.json(); }).then((rows) => {
    for (const e of rows) e.words = plainly([e[2], e[3], e[4], e[5], e[6]].join(' '));
    return rows;
  }).catch((err) => { emojiTable = null; throw err; });
  return emojiTable;
}

// findEmoji lists those that answer to what was typed, the nearest first.
async function findEmoji(typed, limit) {
  const all = await emojis(), words = plainly(typed).trim().split(/\s+/).filter(Boolean);
  const rank = (e) => {
    if (!words.every((w) => e.words.includes(w))) return -1;
    const codes = e[4].split(' '), [w] = words, name = plainly(e[3]);
    if (codes.includes(w) || name === w) return 0;
    if (codes.some((c) => c.startsWith(w)) || name.startsWith(w)) return 1;
    if (codes.some((c) => c.includes(w)) || name.includes(w) || e[2].includes(w)) return 2;
    return 3;
  };
  return all.map((e) => [rank(e), e]).filter(([r]) => r >= 0).sort((a, b) => a[0] - b[0]).slice(0, limit).map(([, e]) => toned(e));
}

// The skin tone that was chosen holds for all that can have one.
const toneKey = 'matoi.tone.' + me, recentKey = 'matoi.emoji.' + me;
const tones = ['', '🏻', '🏼', '🏽', '🏾', '🏿'];
function toned(e, tone = shelf.get(toneKey) || '') {
  if (!tone || !e[7]) return e;
  const [first, ...rest] = [...e[0]];
  const copy = [...e];
  copy[0] = first + tone + rest.filter((c, i) => i || c !== '\ufe0f').join('');
  return copy;
}
const recentEmoji = () => shelf.get(recentKey) || ['👍', '🙏', '👀', '✅', '🔥', '🎉'];
const usedEmoji = (sign) => shelf.set(recentKey, [sign, ...recentEmoji().filter((s) => s !== sign)].slice(0, 24));

const acrossEmoji = 8;

// openEmoji shows the picker beside an anchor and hands over what is chosen. Escape and a press beside it choose nothing.
async function openEmoji(anchor, onPick) {
  await composeWords();
  const dialog = document.createElement('dialog');
  dialog.className = 'emoji-picker';
  dialog.setAttribute('aria-label', W.emoji);
  dialog.innerHTML = '<div class="emoji-head"><input type="search" autocomplete="off" enterkeyhint="done"><button type="button" class="quiet" data-emoji-close>✕</button></div>' +
    '<nav class="emoji-groups"></nav><div class="emoji-list" tabindex="-1"></div><div class="emoji-foot"><span class="emoji-name"></span><span class="emoji-tones" role="group"></span></div>';
  const find = $('input', dialog), list = $('.emoji-list', dialog), name = $('.emoji-name', dialog), shutter = $('[data-emoji-close]', dialog);
  find.placeholder = W.emoji_search;
  find.setAttribute('aria-label', W.emoji_search);
  shutter.setAttribute('aria-label', W.close);
  $('.emoji-groups', dialog).setAttribute('aria-label', W.emoji);
  list.textContent = W.emoji_loading;
  body.append(dialog);
  dialog.showModal();
  beside(dialog, anchor);
  find.focus();
  let picked = null;
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (anchor.isConnected) anchor.focus({ preventScroll: true });
    if (picked) onPick(picked);
  });
  dialog.addEventListener('mousedown', (e) => { if (e.target === dialog) dialog.close(); });
  shutter.addEventListener('click', () => dialog.close());
  const choose = (b) => { picked = b.dataset.sign; usedEmoji(picked); dialog.close(); };
  list.addEventListener('click', (e) => { const b = e.target.closest('[data-sign]'); if (b) choose(b); });
  const tell1 = (e) => { const b = e.target.closest('[data-sign]'); name.textContent = b ? `${b.dataset.sign} ${b.title}` : ''; };
  list.addEventListener('pointerover', tell1);
  list.addEventListener('focusin', tell1);
  dialog.addEventListener('keydown', (e) => emojiKeys(e, find, list, choose));
  let rows;
  try { rows = await emojis(); } catch { list.textContent = W.emoji_failed; return; }
  toneButtons($('.emoji-tones', dialog), () => drawEmoji(list, rows, find.value));
  const draw = async () => drawEmoji(list, find.value.trim() ? await findEmoji(find.value, 120) : rows, find.value);
  find.addEventListener('input', draw);
  groupButtons($('.emoji-groups', dialog), list, rows);
  await draw();
}

function beside(dialog, anchor) {
  if (innerWidth < 600) return; // a sheet at the bottom, by its style
  const a = anchor.getBoundingClientRect(), high = dialog.offsetHeight, wide = dialog.offsetWidth;
  const top = a.top - high - 6 >= 8 ? a.top - high - 6 : Math.min(a.bottom + 6, innerHeight - high - 8);
  dialog.style.top = Math.max(8, top) + 'px';
  dialog.style.left = Math.max(8, Math.min(a.left, innerWidth - wide - 8)) + 'px';
}

const emojiLabel = (e) => (body.dataset.lang === 'ja' ? e[3] || e[2] : e[2]);

function drawEmoji(list, rows, typed) {
  list.replaceChildren();
  if (!rows.length) { list.textContent = W.emoji_none; return tell(W.emoji_none); }
  const part = (id, label, some) => {
    const grid = document.createElement('div');
    grid.setAttribute('role', 'grid');
    grid.setAttribute('aria-label', label);
    grid.dataset.group = id;
    if (!typed.trim()) {
      const h = document.createElement('div');
      h.className = 'emoji-title';
      h.setAttribute('aria-hidden', 'true');
      h.textContent = label;
      grid.append(h);
    }
    for (let i = 0; i < some.length; i += acrossEmoji) {
      const row = document.createElement('div');
      row.setAttribute('role', 'row');
      for (const e of some.slice(i, i + acrossEmoji)) {
        const b = document.createElement('button');
        b.type = 'button';
        b.setAttribute('role', 'gridcell');
        b.tabIndex = -1;
        b.dataset.sign = toned(e)[0];
        b.title = emojiLabel(e) + (e[4] ? ` :${e[4].split(' ')[0]}:` : '');
        b.setAttribute('aria-label', emojiLabel(e));
        b.textContent = b.dataset.sign;
        row.append(b);
      }
      grid.append(row);
    }
    list.append(grid);
  };
  if (typed.trim()) part('found', fillIn(W.found, { n: rows.length }), rows);
  else {
    const known = recentEmoji().map((sign) => rows.find((e) => e[0] === sign || toned(e)[0] === sign)).filter(Boolean);
    if (known.length) part('recent', W.emoji_recent, known);
    for (const g of W.groups) {
      const [id, label] = g.split('=');
      part(id, label, rows.filter((e) => String(e[1]) === id));
    }
  }
  const first = $('[data-sign]', list);
  if (first) first.tabIndex = 0;
  list.scrollTop = 0;
}

function groupButtons(nav, list, rows) {
  for (const g of ['recent=' + W.emoji_recent, ...W.groups]) {
    const [id, label] = g.split('='), b = document.createElement('button');
    b.type = 'button';
    b.className = 'quiet';
    b.title = label;
    b.setAttribute('aria-label', label);
    const of = rows.find((e) => String(e[1]) === id);
    b.textContent = of ? of[0] : '🕘';
    b.addEventListener('click', () => {
      const to = $(`[data-group="${id}"]`, list);
      if (!to) return;
      list.scrollTop = to.offsetTop - list.offsetTop;
      reach(list, $('[data-sign]', to));
    });
    nav.append(b);
  }
}

function toneButtons(box, redraw) {
  box.setAttribute('aria-label', W.emoji_tone);
  for (const t of tones) {
    const b = document.createElement('button');
    b.type = 'button';
    b.className = 'quiet';
    b.textContent = '✋' + t;
    b.setAttribute('aria-label', W.emoji_tone + ' ' + (tones.indexOf(t) + 1));
    b.setAttribute('aria-pressed', (shelf.get(toneKey) || '') === t);
    b.addEventListener('click', () => {
      shelf.set(toneKey, t);
      for (const x of $$('button', box)) x.setAttribute('aria-pressed', x === b);
      redraw();
    });
    box.append(b);
  }
}

// reach moves the one place in the grids that Tab comes to, and the focus with it.
function reach(list, to) {
  if (!to) return;
  for (const b of $$('[tabindex="0"]', list)) b.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
  to.scrollIntoView({ block: 'nearest' });
}

function emojiKeys(e, find, list, choose) {
  if (e.isComposing || e.keyCode === 229) return;
  const all = $$('[data-sign]', list), here = e.target.closest('[data-sign]');
  if (e.target === find) {
    if (e.key === 'Enter' && find.value.trim() && all[0]) choose(all[0]);
    else if (e.key === 'ArrowDown') reach(list, all[0]);
    else return;
    return e.preventDefault();
  }
  if (!here) return;
  const at = all.indexOf(here), rows = $$('[role=row]', list), row = rows.indexOf(here.parentElement), column = [...here.parentElement.children].indexOf(here);
  const cell = (r) => rows[r] && rows[r].children[Math.min(column, rows[r].children.length - 1)];
  const to = {
    ArrowRight: () => all[at + 1], ArrowLeft: () => all[at - 1], ArrowDown: () => cell(row + 1), ArrowUp: () => cell(row - 1),
    Home: () => here.parentElement.firstElementChild, End: () => here.parentElement.lastElementChild,
    PageDown: () => cell(Math.min(rows.length - 1, row + 5)), PageUp: () => cell(Math.max(0, row - 5)),
  }[e.key];
  if (to) {
    if (e.key === 'ArrowUp' && row === 0) find.focus();
    else reach(list, to());
    return e.preventDefault();
  }
  if (e.key.length === 1 && e.key !== ' ' && !e.ctrlKey && !e.metaKey && !e.altKey) find.focus(); // typing searches on
}

document.addEventListener('click', (e) => {
  const b = e.target.closest('[data-emoji-into]'), form = composerOf(b);
  if (!form) return;
  const from = form.text.selectionStart, to = form.text.selectionEnd;
  openEmoji(b, (sign) => writeText(form.text, sign, from, to));
});
