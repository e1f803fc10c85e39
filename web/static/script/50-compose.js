// Where people type: a text that is sent leaves the box at once and waits in the outbox until the server has it. It is
// kept with the name of its deed before it is sent, so that neither a crash nor a second try says it twice.

const composers = () => $$('[data-composer]');
const composerOf = (el) => el && el.closest && el.closest('[data-composer]');

// W are the texts of this script in the reader's language.
let W = {};
const fillIn = (text, args) => (text || '').replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
async function composeWords() {
  const form = $('[data-words]');
  if (W.unsent || !form && !me) return W; // a stranger has nothing to write, and would be refused
  try {
    W = form ? JSON.parse(form.dataset.words) : await (await fetch('/part/compose', { headers: { Accept: 'application/json' } })).json();
  } catch { /* the next time */ }
  return W;
}

// fit gives a box the height of its text, up to twelve lines.
function fit(area) {
  if (!area || !area.getClientRects().length) return;
  const box = area.closest('.messages');
  const top = box && box.scrollTop;
  area.style.height = 'auto';
  const line = parseFloat(getComputedStyle(area).lineHeight) || 22;
  const frame = area.offsetHeight - area.clientHeight;
  const high = Math.min(area.scrollHeight, Math.ceil(line * 12.5)) + frame;
  area.style.height = high + 'px';
  area.style.overflowY = area.scrollHeight > high ? 'auto' : 'hidden';
  if (box) box.scrollTop = top;
}
addEventListener('resize', () => composers().forEach((f) => fit(f.text)));

// ---- the outbox

const outboxKey = 'matoi.outbox.' + me;
const patience = 15 * 60e3; // what is older is not sent by itself: who wrote it should look again
const outbox = () => shelf.get(outboxKey) || [];
const setOutbox = (all) => (all.length ? shelf.set(outboxKey, all) : shelf.drop(outboxKey));
const changeOutbox = (deed, change) => setOutbox(outbox().map((m) => (m.deed === deed ? { ...m, ...change } : m)));
const leaveOutbox = (deed) => setOutbox(outbox().filter((m) => m.deed !== deed));

document.addEventListener('submit', (e) => {
  const form = composerOf(e.target);
  if (!form) return;
  e.preventDefault();
  const text = form.text.value, files = filesOf(form);
  if (!text.trim() && !files.length && !sendingFiles(form)) return;
  if (sendingFiles(form)) {
    form.dataset.then = 'send';
    return tell(W.file_waits);
  }
  hideComplete(form);
  const draft = draftOf(form);
  const same = draft.deed && draft.of === printOf(text, files);
  const message = { deed: same ? draft.deed : newDeed(), channel: form.channel.value, thread: form.thread.value, text, files, at: Date.now() };
  setOutbox([...outbox(), message]);
  remember(text);
  form.text.value = '';
  clearFiles(form);
  saveDraft(form);
  fit(form.text);
  form.text.focus({ preventScroll: true });
  flushOutbox();
});

// flushOutbox sends what waits, in its order; one window at a time where the browser can tell them apart. Where it can't,
// the deeds' names keep it from being said twice.
let flushing = false, tryAgain = null;
async function flushOutbox() {
  if (flushing) return;
  flushing = true;
  clearTimeout(tryAgain);
  try {
    if (navigator.locks) await navigator.locks.request(outboxKey, sendAll);
    else await sendAll();
  } finally { flushing = false; }
  showOutbox();
  if (outbox().some((m) => !m.stopped)) tryAgain = setTimeout(flushOutbox, Math.min(30e3, 1500 * 2 ** Math.min(tries, 5)));
}

let tries = 0;
async function sendAll() {
  for (;;) {
    const next = outbox().find((m) => !m.stopped);
    if (!next) return;
    if (Date.now() - next.at > patience && !next.urged) {
      changeOutbox(next.deed, { stopped: 'old' });
      continue;
    }
    showOutbox(next.deed);
    const done = await sendOne(next);
    if (!done) { tries++; return; }
    tries = 0;
  }
}

// sendOne answers whether the next one can be tried. What the server refuses goes back into the box to be mended.
async function sendOne(m) {
  const form = new URLSearchParams({ channel: m.channel, thread: m.thread, text: m.text, deed: m.deed });
  for (const f of m.files || []) form.append('file', f.link);
  let r, html;
  const slow = setTimeout(() => showOutbox(m.deed, true), 700);
  try {
    r = await fetch('/do/say', { method: 'POST', body: form, headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } });
    html = await r.text();
  } catch { return waits(m); } finally { clearTimeout(slow); }
  if (r.status >= 500 || r.status === 429 || r.status === 408) return waits(m);
  if (r.redirected) return waits(m); // a login page: nothing was said
  if (!r.ok) {
    refusedText(m, fromHTML(html).textContent.trim().replace(/\s+/g, ' '));
    return true;
  }
  leaveOutbox(m.deed);
  showOutbox();
  const to = r.headers.get('HX-Redirect');
  if (to) location.assign(to);
  answer(html);
  return true;
}

function waits(m) {
  changeOutbox(m.deed, { failed: (m.failed || 0) + 1 });
  showOutbox();
  if (!m.failed) alarm(W.unsent_wait);
  return false;
}

function refusedText(m, why) {
  const form = formOf(m);
  alarm(fillIn(W.refused, { why }));
  if (form && !form.text.value && !filesOf(form).length) {
    leaveOutbox(m.deed);
    putBack(form, m, '');
    say(why);
  } else changeOutbox(m.deed, { stopped: why || 'refused' });
  showOutbox();
}

const formOf = (m) => composers().find((f) => f.channel.value === m.channel && f.thread.value === String(m.thread));

function putBack(form, m, deed) {
  form.text.value = form.text.value ? m.text + '\n' + form.text.value : m.text;
  for (const f of m.files || []) addFile(form, f);
  saveDraft(form, deed && !draftOf(form).deed ? deed : '');
  fit(form.text);
  form.text.focus();
}

// showOutbox draws what waits above each box: only what takes long or has failed, with all that waits behind it, so that
// nothing flickers and nothing is out of sight.
function showOutbox(busy, slow) {
  let held = false;
  const late = outbox().filter((m) => {
    held ||= !m.stopped && (!!m.failed || (!!slow && m.deed === busy));
    return held || m.stopped;
  });
  for (const form of composers()) {
    const list = $('.outbox', form);
    const mine = late.filter((m) => formOf(m) === form);
    const focus = list.contains(document.activeElement) && document.activeElement.dataset.outbox;
    list.hidden = !mine.length;
    list.replaceChildren(...mine.map((m) => waitingRow(m, m.deed === busy)));
    if (focus) (list.querySelector(`[data-outbox="${focus}"]`) || form.text).focus();
  }
}

function waitingRow(m, busy) {
  const li = document.createElement('li'), text = document.createElement('p'), state = document.createElement('p');
  text.className = 'waiting-text';
  text.dir = 'auto';
  text.textContent = [m.text, ...(m.files || []).map((f) => '📎 ' + f.name)].filter(Boolean).join('\n');
  state.className = 'waiting-state';
  state.textContent = busy ? W.sending : m.stopped && m.stopped !== 'old' ? fillIn(W.refused, { why: m.stopped }) : m.stopped ? W.unsent : W.unsent_wait;
  li.append(text, state);
  if (!busy) for (const [what, label] of [['retry', W.retry], ['edit', W.edit_again], ['discard', W.discard]]) {
    const b = document.createElement('button');
    b.type = 'button';
    b.className = 'button small';
    b.dataset.outbox = what + ' ' + m.deed;
    b.textContent = label;
    state.append(' ', b);
  }
  return li;
}

document.addEventListener('click', async (e) => {
  const b = e.target.closest('[data-outbox]');
  if (!b) return;
  const [what, deed] = b.dataset.outbox.split(' ');
  const m = outbox().find((x) => x.deed === deed), form = composerOf(b);
  if (!m) return showOutbox();
  if (what === 'retry') {
    changeOutbox(deed, { stopped: '', urged: true });
    flushOutbox();
    form.text.focus();
  } else if (what === 'edit') {
    leaveOutbox(deed);
    putBack(form, m, m.deed);
  } else if (await sure(W.discard_sure, W.discard, true)) leaveOutbox(deed);
  showOutbox();
});

addEventListener('online', () => { tries = 0; flushOutbox(); });
begin(() => { // the page's stream is back: so is the server
  const lost = $('#connection');
  if (lost) new MutationObserver(() => {
    if (!lost.hidden) return;
    tries = 0;
    if (outbox().length) flushOutbox();
    for (const form of $$('form[data-log][data-unsent]')) form.requestSubmit();
  }).observe(lost, { attributes: true, attributeFilter: ['hidden'] });
});
document.addEventListener('visibilitychange', () => { if (!document.hidden && outbox().length) flushOutbox(); });

// Where nothing can be kept, leaving would lose what was typed.
addEventListener('beforeunload', (e) => {
  const typed = composers().some((f) => f.text.value.trim()) || outbox().length;
  if ((typed && !shelf.works) || composers().some(sendingFiles)) e.preventDefault();
});

// ---- keys

document.addEventListener('input', (e) => {
  if (e.target.matches('textarea')) fit(e.target);
  const form = composerOf(e.target);
  if (!form || e.target !== form.text) return;
  saveDraft(form);
  suggest(form);
});

const touch = matchMedia('(hover: none) and (pointer: coarse)'); // there Enter makes a new line, and a button sends

document.addEventListener('keydown', (e) => {
  const area = e.target;
  if (!area.matches || !area.matches('textarea[name=text]') || !composerOf(area)) return;
  const form = area.form;
  // An input method's keys choose words; only what comes after them is for us.
  if (e.isComposing || e.keyCode === 229) return;
  if (completeKeys(form, e)) return;
  if (formatKeys(area, e)) return;
  if ((e.ctrlKey || e.metaKey) && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) return recall(form, e);
  if (e.key === 'Enter' && !e.shiftKey && !e.altKey && (!touch.matches || e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    form.requestSubmit();
  }
});

// Commands given before come back with Ctrl and the arrows (ArrowUp alone edits the last message).
const historyKey = 'matoi.commands.' + me;
function remember(text) {
  if (!looksLikeCommand(text)) return;
  const all = (shelf.get(historyKey) || []).filter((t) => t !== text);
  shelf.set(historyKey, [...all, text].slice(-50));
}
function recall(form, e) {
  e.preventDefault();
  const all = shelf.get(historyKey) || [];
  if (!all.length) return;
  const here = all.indexOf(form.text.value);
  if (here < 0 && form.text.value.trim()) return; // what was begun is not thrown away
  const to = e.key === 'ArrowUp' ? (here < 0 ? all.length - 1 : Math.max(0, here - 1)) : here < 0 ? -1 : here + 1;
  writeText(form.text, all[to] || '');
}

// writeText puts a text into a box as if it had been typed: it can be undone, and everybody hears of it.
function writeText(area, text, from = 0, to = area.value.length) {
  area.focus();
  area.setSelectionRange(from, to);
  let done = false;
  try { done = document.execCommand(text ? 'insertText' : 'delete', false, text); } catch { /* below */ }
  if (!done) {
    area.setRangeText(text, from, to, 'end');
    area.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
}

begin(() => {
  composeWords().then(() => {
    composers().forEach(restoreDraft);
    showOutbox();
    if (outbox().length) flushOutbox();
  });
});
