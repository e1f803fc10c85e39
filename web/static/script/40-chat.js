// The chat: messages in their places. A list of messages (.messages) is a stretch of what was said, from an older link or
// the beginning to a newer link or the end; what is being read never moves under the reader.

const channel = $('.chat') ? $('.chat').dataset.channel : '';
const list = $('#messages');

const messagesIn = (box) => $$(':scope > .msg', box);
const idOf = (msg) => Number(msg.dataset.id);
const cutOff = (box) => !!$(':scope > .newer', box); // the end is not loaded

// What depends on the reader is marked here, so that the server renders a message once for all.
function mark(msg) {
  msg.classList.toggle('by-me', !!me && msg.dataset.author === me);
  for (const r of $$('.reaction[data-people]', msg)) {
    const own = r.dataset.people.split(' ').includes(me);
    r.setAttribute('aria-pressed', own);
    r.classList.toggle('given', own);
  }
  let called = false; // in what was said, not on a card, which names people without calling them
  for (const m of $$('.mention', msg)) if (m.dataset.person === me && me) { m.classList.add('me'); called ||= !m.closest('.card'); }
  msg.classList.toggle('calls-me', called && !msg.classList.contains('by-me'));
  if (hiddenOnly().includes(msg.dataset.id)) msg.hidden = true;
}
function markAll(from) { for (const m of $$('.msg', from)) mark(m); }

// Answers for the reader alone that they have put away, in this browser.
const onlyKey = 'matoi.only.' + me;
function hiddenOnly() {
  if (!hiddenOnly.ids) try { hiddenOnly.ids = JSON.parse(localStorage.getItem(onlyKey)) || []; } catch { hiddenOnly.ids = []; }
  return hiddenOnly.ids;
}
function hideOnly(id) {
  hiddenOnly.ids = [...hiddenOnly(), id].slice(-300);
  try { localStorage.setItem(onlyKey, JSON.stringify(hiddenOnly.ids)); } catch { /* private window */ }
}

// regroup puts a message into its surroundings: the day above it where it changed, no name where the same person goes on.
// The server does the same (follows in message.go).
function regroup(msg) {
  if (!msg || !msg.matches('.msg[data-id]')) return;
  let above = msg.previousElementSibling, day = null;
  for (; above && !above.matches('.msg'); above = above.previousElementSibling) {
    if (above.matches('.day')) day = above;
    else if (!above.matches('.new-line')) { above = null; break; }
  }
  const another = !above || above.dataset.day !== msg.dataset.day;
  if (another && !day) {
    day = document.createElement('div');
    day.className = 'day';
    day.setAttribute('role', 'separator');
    day.setAttribute('aria-label', msg.dataset.day);
    day.append(document.createElement('span'));
    day.firstChild.textContent = msg.dataset.day;
    const line = msg.previousElementSibling;
    (line && line.matches('.new-line') ? line : msg).before(day);
  } else if (!another && day) day.remove();
  const plain = (m) => !m.matches('.only, .gone, .has-card');
  msg.classList.toggle('follow', !another && plain(above) && plain(msg) && above.dataset.author === msg.dataset.author &&
    Number(msg.dataset.at) - Number(above.dataset.at) < 5 * 60e3);
}

// ---- where the reader is

// A last message that does not fit, as a new room's card, is shown from its beginning, where it says what burns.
const tall = (box) => {
  const last = messagesIn(box).pop();
  return last && last.offsetHeight > box.clientHeight ? last.getBoundingClientRect().top - box.getBoundingClientRect().top : null;
};
const atEnd = (box) => !cutOff(box) && (box.scrollHeight - box.scrollTop - box.clientHeight < 80 || (tall(box) ?? -1) >= 0);
const toEnd = (box) => {
  box.scrollTop = box.scrollHeight;
  const above = tall(box);
  if (above !== null) box.scrollTop += above - 8;
};

// Who reads the end goes on reading it when the room is made narrower or lower: by a thread, by a keyboard on glass; and
// when a message grows: by a picture, by a font that comes late.
function holdEnd(box) {
  let ended = atEnd(box);
  box.addEventListener('scroll', () => { ended = atEnd(box); look(); }, { passive: true });
  const sizes = new ResizeObserver(() => { if (ended && tall(box) === null && !stoodOn(box)) toEnd(box); look(); });
  const watch = (rows) => { for (const row of rows) if (row.matches && row.matches('.msg')) sizes.observe(row); };
  sizes.observe(box);
  watch(box.children);
  new MutationObserver((all) => { for (const one of all) watch(one.addedNodes); }).observe(box, { childList: true });
}

// Who stands on something in a list by the keyboard is not led away from it.
const stoodOn = (box) => {
  const e = document.activeElement;
  return e !== box && box.contains(e) && e.matches(':focus-visible');
};

// keepPlace changes a list; what is being read stays where it was on the screen.
function keepPlace(box, change) {
  const top = box.getBoundingClientRect().top;
  const anchor = messagesIn(box).find((m) => m.getBoundingClientRect().bottom > top + 8);
  const was = anchor && anchor.getBoundingClientRect().top;
  change();
  const again = anchor && (anchor.isConnected ? anchor : document.getElementById(anchor.id));
  if (again) box.scrollTop += again.getBoundingClientRect().top - was;
}

// exchange puts a message's new form in the place of the old one, with what is going on in it.
function exchange(old, fresh, now = false) {
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  if (!now && focus && focus.tagName === 'SELECT') { // a choice being made is not torn away; of what comes meanwhile the last is shown
    if (!old.later) focus.addEventListener('blur', () => setTimeout(() => { // the focus has come to where it goes
      const last = old.later;
      old.later = null;
      if (old.isConnected) exchange(old, last, true); // the next choice has only just been reached
    }), { once: true });
    old.later = fresh;
    return;
  }
  const back = focus && trail(focus);
  const edit = $('.edit-box', old), text = edit && $('.text', fresh), tools = $(':scope > .tools', old);
  fresh.classList.toggle('follow', old.classList.contains('follow'));
  fresh.classList.toggle('lit', old.classList.contains('lit'));
  if (text) { edit.text = text; text.replaceWith(edit); }
  if (tools && !fresh.classList.contains('gone')) fresh.append(tools);
  old.replaceWith(fresh);
  htmx.process(fresh);
  mark(fresh);
  if (back) focusAgain(back);
}

// ---- what comes live

// Pieces that come while a stretch is being fetched wait for it: between the two nothing may be lost.
const queues = new WeakMap();

function putMessage(box, p) {
  const fresh = fromHTML(p.html).firstElementChild;
  const old = $(`:scope > #${p.id}`, box);
  const stick = atEnd(box) && !stoodOn(box), id = idOf(fresh), rows = messagesIn(box), last = rows[rows.length - 1];
  if (old) {
    if (Number(old.dataset.rev) >= Number(fresh.dataset.rev)) return; // seen already
    const held = !stick || tall(box) !== null; // a card that fills the list stays as it is read
    if (held) keepPlace(box, () => exchange(old, fresh)); else exchange(old, fresh);
    regroup($('#' + p.id, box));
    if (!held) toEnd(box);
    return tick();
  }
  if (queues.has(box)) queues.get(box).push(p);
  if (cutOff(box) && (!last || id > idOf(last))) { // below what is loaded
    if (p.author === me && box === list) return showStretch(0);
    if (p.new && box === list) { below++; look(); }
    return;
  }
  if ($(':scope > .older', box) && last && id < idOf(rows[0])) return; // above what is loaded
  const next = last && id < idOf(last) ? rows.find((m) => idOf(m) > id) : null;
  const add = () => {
    if (next) next.before(fresh); else box.append(fresh);
    htmx.process(fresh);
    mark(fresh);
    if (box === list && p.new) arrived(fresh, stick);
    regroup(fresh);
    regroup(rowAfter(fresh));
  };
  const own = p.author === me && !next;
  if (stick || own) add(); else keepPlace(box, add);
  if (stick || own) { trim(box); goEnd(box); }
  tick();
  look();
}

const rowAfter = (msg) => {
  let e = msg.nextElementSibling;
  while (e && !e.matches('.msg')) e = e.nextElementSibling;
  return e;
};

// trim keeps a page that stays open for days from growing without end.
function trim(box) {
  const rows = messagesIn(box);
  if (box !== list || rows.length < 600) return;
  const first = rows[rows.length - 300];
  while (box.firstElementChild !== first) box.firstElementChild.remove();
  const a = document.createElement('a'), q = new URLSearchParams({ channel, thread: 0, before: first.dataset.id });
  a.className = 'older';
  a.href = location.pathname + '?before=' + first.dataset.id;
  a.dataset.part = '/part/older?' + q;
  a.textContent = list.dataset.older;
  box.prepend(a);
  regroup(first);
  watchEdges(box);
}

function onMessage(p) {
  after = Math.max(after, p.rev || 0);
  if (p.channel !== channel) {
    if (p.new && p.author !== me && !p.thread) countUnread(p.channel);
    else if (p.new && p.author !== me) askUnread();
    return;
  }
  if (!p.html) return;
  const thread = $('#thread .messages');
  if (!p.thread) {
    putMessage(list, p);
    const head = document.getElementById('h' + p.id.slice(1));
    const fresh = head && fromHTML(p.html).firstElementChild;
    if (fresh && Number(head.dataset.rev) < Number(fresh.dataset.rev)) {
      fresh.id = head.id;
      exchange(head, fresh);
    }
  } else if (thread && thread.dataset.thread === String(p.thread)) putMessage(thread, p);
  if (p.new && p.thread && p.author !== me) askUnread();
}

// ---- more of what was said

const edges = new WeakMap();
function watchEdges(box) {
  let seen = edges.get(box);
  if (!seen) {
    seen = new IntersectionObserver((found) => { for (const f of found) if (f.isIntersecting) loadMore(f.target); }, { root: box, rootMargin: '500px 0px' });
    edges.set(box, seen);
  }
  for (const a of $$(':scope > .older, :scope > .newer', box)) seen.observe(a);
}

async function loadMore(a) {
  const box = a.closest('.messages');
  if (!box || a.dataset.busy) return;
  a.dataset.busy = '1';
  if (a.matches('.newer')) queues.set(box, []);
  let part = null;
  try {
    const r = await fetch(a.dataset.part, { headers: { 'HX-Request': 'true' } });
    if (r.ok) part = fromHTML(await r.text());
  } catch { /* the link stays: it can be pressed */ }
  if (!part || !a.isConnected) {
    setTimeout(() => delete a.dataset.busy, 1500);
    queues.delete(box);
    return;
  }
  const next = rowAfter(a), fresh = $$(':scope > .msg', part);
  const add = () => {
    a.replaceWith(part);
    for (const m of fresh) { htmx.process(m); mark(m); }
    regroup(fresh[0]);
    regroup(next);
  };
  keepPlace(box, add);
  flush(box);
  watchEdges(box);
  tick();
  look();
}

function flush(box) {
  const waiting = queues.get(box) || [];
  queues.delete(box);
  if (!cutOff(box)) for (const p of waiting) putMessage(box, p);
}

// showStretch shows what was said around a message (0: the newest) instead of what is shown now.
async function showStretch(at) {
  if (!list) return false;
  queues.set(list, []);
  let html = '', thread = '';
  try {
    const q = new URLSearchParams({ channel });
    if (at) q.set('at', at);
    const r = await fetch('/part/window?' + q, { headers: { 'HX-Request': 'true' } });
    if (!r.ok) { flush(list); return false; }
    html = await r.text();
    thread = r.headers.get('Matoi-Thread') || '';
  } catch { flush(list); say(body.dataset.unsent); return false; }
  list.replaceChildren(fromHTML(html));
  htmx.process(list);
  markAll(list);
  flush(list);
  if (!at) below = 0;
  if (!at || !light(at)) toEnd(list);
  watchEdges(list);
  if (thread) openThread(thread);
  tick();
  look();
  return true;
}

// light shows a message that somebody came for.
function light(id, box = list) {
  const msg = box && $(`:scope > #m${id}`, box);
  if (!msg) return false;
  for (const m of $$('.lit')) m.classList.remove('lit');
  msg.classList.add('lit');
  msg.scrollIntoView({ block: msg.offsetHeight > box.clientHeight ? 'start' : 'center' });
  return true;
}

// goMessage leads to a message of this channel, wherever it is.
function goMessage(id) {
  return light(id) || light(id, $('#thread .messages')) || showStretch(id);
}

// post sends a deed; on a broken connection the same deed is tried again before the text is given back.
async function post(path, fields) {
  const form = new URLSearchParams();
  for (const [k, v] of Object.entries({ ...fields, deed: newDeed() })) for (const x of [v].flat()) form.append(k, x);
  for (let n = 0; ; n++) {
    try {
      const r = await fetch(path, { method: 'POST', body: form, headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } });
      if (r.status >= 502 && n < 3) throw new Error('gateway');
      const to = r.headers.get('HX-Redirect');
      if (to) location.assign(to);
      answer(await r.text());
      return r.ok;
    } catch {
      if (n >= 3) { say(body.dataset.unsent); return false; }
      await new Promise((go) => setTimeout(go, 700 * (n + 1)));
    }
  }
}

// where an address leads to inside the room: #m12 a message, #t12 a thread.
function goHash() {
  const to = /^#([mt])(\d+)$/.exec(location.hash);
  if (!to || !list) return false;
  if (to[1] === 't') { openThread(to[2]); return false; }
  goMessage(to[2]);
  return true;
}
window.addEventListener('hashchange', goHash);

begin(() => {
  markAll(document);
  if (!list) return;
  const thread = $('#thread .messages');
  if (thread) threadOpened(true);
  const asked = new URLSearchParams(location.search).get('at');
  if (!goHash() && !(asked && light(asked))) goEnd(list);
  holdEnd(list);
  watchEdges(list);
  look();
  const area = $('.room [data-composer] textarea');
  if (area && matchMedia('(hover: hover)').matches && !$('.lit') && !thread && adrift()) area.focus({ preventScroll: true });
});
