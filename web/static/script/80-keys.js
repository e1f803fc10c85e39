// Keys: one registry that all files fill, one listener, and the dialog that shows what there is (?).

// shortcut names a key: where it holds ('' everywhere, the name of a page as in its class at-…, or a selector of which
// something must be visible), the key ('n', '?', 'Escape', 'Ctrl+k', 'Alt+ArrowDown', or one after the other: 'g b'),
// the id of its text (keys.…), and what it does (it gets the event and the element found). Without a deed it is only shown
// in the dialog: somebody else listens. What is named last and holds most closely wins.
function shortcut(scope, key, label, f) {
  (shortcut.all ??= []).push({ scope, key: key.split(' '), label, f });
}

const inField = (e) => e.closest && !!e.closest('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]');

// holder is where a shortcut holds now: an element, or nothing.
function holder(s) {
  const modal = $$('dialog:modal').pop();
  if (!s.scope) return modal ? null : body;
  if (/^[a-z]+$/.test(s.scope)) return !modal && body.classList.contains('at-' + s.scope) ? body : null;
  return $$(s.scope).find((e) => e.getClientRects().length && (!modal || modal.contains(e))) || null;
}

// spoken is a key as shortcuts name it. With Ctrl (or ⌘) and Alt it holds while typing too.
function spoken(e) {
  return (e.ctrlKey || e.metaKey ? 'Ctrl+' : '') + (e.altKey ? 'Alt+' : '') + e.key;
}

const quietKey = 'matoi.keys.' + me; // single keys can be switched off: dictation and tremor press them by mistake
const keysAreOff = () => { try { return localStorage.getItem(quietKey) === 'off'; } catch { return false; } };

let pressed = [], pressedAt = 0;

document.addEventListener('keydown', (e) => {
  if (e.defaultPrevented || e.isComposing || e.keyCode === 229 || ['Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) return;
  const key = spoken(e), plain = !/^(Ctrl|Alt)\+/.test(key);
  if (plain && (inField(e.target) || (key.length === 1 && keysAreOff()))) return;
  if (e.timeStamp - pressedAt > 1500) pressed = [];
  pressed = [...pressed, key].slice(-2);
  pressedAt = e.timeStamp;
  const weight = (s) => (s.scope ? (/^[a-z]+$/.test(s.scope) ? 1 : 2) : 0);
  const fits = (shortcut.all || []).filter((s) => s.f && s.key.every((k, i) => k === pressed[pressed.length - s.key.length + i]))
    .map((s, i) => ({ s, at: holder(s), rank: s.key.length * 10000 + weight(s) * 1000 + i })).filter((x) => x.at).sort((a, b) => b.rank - a.rank);
  if (!fits.length) return;
  if (fits[0].s.f(e, fits[0].at) !== false) e.preventDefault();
  pressed = [];
});

// ---- what holds on every page

const goTo = (path) => () => location.assign(path);
shortcut('', 'g b', 'keys.go_board', goTo('/'));
shortcut('', 'g c', 'keys.go_chat', goTo('/chat'));
shortcut('', 'g m', 'keys.go_mine', goTo('/mine'));
shortcut('', 'g p', 'keys.go_people', goTo('/people'));
shortcut('', 'g a', 'keys.go_alerts', goTo('/alerts'));
shortcut('', 'n', 'keys.new_incident', () => {
  const button = $$('main [data-command=open]').find((b) => b.getClientRects().length);
  if (button) {
    button.focus({ preventScroll: true }); // what the form gives the focus back to
    button.click();
  }
  else post('/do/press', { command: 'open', form: 'true', place: 'page' });
});
shortcut('', '/', 'keys.search', () => {
  const field = $$('[data-search]').find((e) => e.getClientRects().length);
  if (!field) return location.assign('/#search');
  field.focus();
  if (field.select) field.select();
});
shortcut('', '?', 'keys.help', () => showKeys());
shortcut('', 'Escape', 'keys.escape');

// ---- from one to the next: rows of the board, messages, entries, and whatever says data-step

const stops = '[data-step], #incidents [data-number], #messages .msg[data-id], #entries .entry';
function step(by) {
  const all = $$(stops).filter((e) => e.getClientRects().length);
  if (!all.length) return false;
  const here = all.findIndex((e) => e.contains(document.activeElement));
  const box = all[0].closest('#messages');
  const to = all[here < 0 ? (box ? all.length - 1 : 0) : Math.min(all.length - 1, Math.max(0, here + by))];
  const target = to.matches('a, button') ? to : (!to.matches('.msg, .entry') && $('a[href]', to)) || to;
  if (target.tabIndex < 0) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  to.scrollIntoView({ block: 'nearest' });
}
shortcut('#incidents, #messages, #entries, [data-step]', 'j', 'keys.next', () => step(1));
shortcut('#incidents, #messages, #entries, [data-step]', 'k', 'keys.previous', () => step(-1));

// ---- the dialog

async function showKeys() {
  try {
    const r = await fetch('/part/keys', { headers: { 'HX-Request': 'true' } });
    answer(await r.text());
  } catch { return say(body.dataset.unsent); }
  const dialog = $('#keys');
  if (!dialog) return;
  const texts = JSON.parse(dialog.dataset.texts);
  const fill = (list, wanted) => {
    const seen = new Set();
    for (const s of shortcut.all || []) {
      const text = texts[s.label];
      if (!text || seen.has(s.key.join() + s.label) || !wanted(s)) continue;
      seen.add(s.key.join() + s.label);
      const row = document.createElement('div');
      const dt = document.createElement('dt'), dd = document.createElement('dd');
      for (const k of s.key) dt.append(...named(k, texts));
      dd.textContent = text;
      row.append(dt, dd);
      list.append(row);
    }
    list.closest('section').hidden = !list.children.length;
  };
  const holds = (s) => (/^[a-z]+$/.test(s.scope) ? body.classList.contains('at-' + s.scope) : !!$(s.scope.replace(/:focus(-within|-visible)?/g, '')));
  fill($('[data-keys=here]', dialog), (s) => s.scope && holds(s));
  fill($('[data-keys=everywhere]', dialog), (s) => !s.scope);
  const off = $('#keys-off', dialog);
  off.checked = !keysAreOff();
  off.addEventListener('change', () => {
    try { if (off.checked) localStorage.removeItem(quietKey); else localStorage.setItem(quietKey, 'off'); } catch { /* private window */ }
  });
}

// named is a key as keyboards print it.
function named(key, texts) {
  const print = { Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', ' ': texts['keys.space'] };
  const parts = key === '+' ? ['+'] : key.split(/\+(?=.)/);
  return parts.flatMap((p, i) => {
    const kbd = document.createElement('kbd');
    kbd.textContent = p === 'Ctrl' && /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : print[p] || (p.length === 1 ? p : p);
    return i ? ['+', kbd] : [kbd];
  });
}

document.addEventListener('click', (e) => {
  const link = e.target.closest('[data-show-keys]');
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  showKeys();
});
