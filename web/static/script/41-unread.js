// What is new: marks of reading live on the server; here they are shown, and moved on when the end was seen.

let below = 0;    // new messages below what is loaded or shown
let readUpto = 0; // up to which message of this channel the server was told
let kept = false; // the reader left something for later: nothing is marked as read until they come again
let awayAt = 0;   // the newest message when the page was hidden

const unread = new Map(); // channel -> {count, mentions, first}

// ---- the line above what is new

const newLine = () => $(':scope > .new-line', list);

function drawLine(msg) {
  let line = newLine();
  if (!line) {
    line = document.createElement('div');
    line.className = 'new-line';
    line.id = 'new-line';
    line.setAttribute('role', 'separator');
    line.setAttribute('aria-label', list.dataset.newLine);
    line.append(document.createElement('span'));
    line.firstChild.textContent = list.dataset.newLine;
  }
  msg.before(line);
}

// arrived is told of each new message of the channel: above the first that the reader has not seen stands the line.
function arrived(msg, stick) {
  if (msg.dataset.author === me || msg.matches('.only')) return;
  const back = awayAt && idOf(msg) > awayAt;
  if (stick && !document.hidden && !back) return;
  if (!stick) below++;
  const line = newLine(), first = line && rowAfter(line);
  if (!first || idOf(first) <= Math.max(readUpto, awayAt)) drawLine(msg);
  awayAt = 0;
}

// goEnd leads to the end, but not past the line above what is new.
function goEnd(box) {
  const line = box === list && newLine();
  toEnd(box);
  if (!line || (rowAfter(line) && idOf(rowAfter(line)) <= readUpto)) return;
  const over = line.getBoundingClientRect().top - box.getBoundingClientRect().top - 48;
  if (over < 0) box.scrollTop += over;
}

document.addEventListener('visibilitychange', () => {
  if (!list) return;
  if (document.hidden) {
    const last = messagesIn(list).pop();
    awayAt = last ? idOf(last) : 0;
    sendRead();
  } else {
    look();
    askUnread(0);
    setTimeout(() => { awayAt = 0; }, 4000); // by then the stream has brought what was missed
  }
});

// ---- buttons that lead to what is new, and the marks

let looking = false;
function look() {
  if (looking || !list) return;
  looking = true;
  requestAnimationFrame(() => { looking = false; lookNow(); });
}

function lookNow() {
  const end = atEnd(list), newest = $('.jump-newest'), up = $('.jump-unread');
  if (end) below = 0;
  newest.hidden = end || !messagesIn(list).length;
  const words = $('span', newest);
  if (!newest.dataset.words) newest.dataset.words = words.textContent;
  words.textContent = below ? newest.dataset.new.replace('{n}', below > 99 ? '99+' : below) : newest.dataset.words;
  newest.setAttribute('aria-label', words.textContent);
  newest.classList.toggle('has-new', below > 0);
  const line = newLine(), first = Number(up.dataset.first);
  const top = list.getBoundingClientRect().top;
  if (line && line.getBoundingClientRect().bottom >= top) up.dataset.first = '0'; // seen
  up.hidden = !(Number(up.dataset.first) && (line ? line.getBoundingClientRect().bottom < top : first && messagesIn(list)[0] && first < idOf(messagesIn(list)[0])));
  seen(end);
}

// seen marks the channel as read when its end is on a screen that somebody can see.
let readTimer = null, readAt = 0;
function seen(end) {
  if (document.hidden || kept) return;
  const thread = $('#thread .messages');
  const here = unread.get(channel);
  const last = end ? messagesIn(list).pop() : null;
  const reply = thread && atEnd(thread) && (end || (here && !here.count)) ? messagesIn(thread).pop() : null;
  // An empty channel is read up to its beginning: from now on it is known what is new to a newcomer, here and elsewhere.
  const upto = Math.max(last ? idOf(last) : 0, reply ? idOf(reply) : 0, end && !last ? 1 : 0);
  if (upto <= readUpto) return;
  readUpto = upto;
  if (unread.delete(channel)) showUnread();
  if (readTimer) return;
  readTimer = setTimeout(sendRead, Math.max(0, 800 - (Date.now() - readAt)));
}
function sendRead() {
  clearTimeout(readTimer);
  if (!readTimer) return;
  readTimer = null;
  readAt = Date.now();
  fetch('/do/read', { method: 'POST', body: new URLSearchParams({ channel, upto: readUpto }), keepalive: true, headers: { 'HX-Request': 'true' } })
    .catch(() => { readUpto = 0; });
}
window.addEventListener('pagehide', sendRead);

// keepUnread leaves a message and all behind it for later.
async function keepUnread(msg) {
  const head = msg.dataset.thread !== '0' ? $(`#m${msg.dataset.thread}`, list) : $(`#m${msg.dataset.id}`, list);
  kept = true;
  clearTimeout(readTimer);
  readTimer = null;
  if (!(await post('/do/keep', { message: msg.dataset.id }))) { kept = false; return; }
  if (head) { drawLine(head); regroup(head); }
  askUnread(0);
}

// ---- the side bar, the title, the tab of the chat

function countUnread(name) {
  const u = unread.get(name) || { count: 0, mentions: 0, first: 0 };
  unread.set(name, { ...u, count: Math.min(100, u.count + 1) });
  showUnread();
  askUnread();
}

// askUnread asks the server how it stands: it knows of mentions, and of what was read elsewhere.
let askTimer = null, askedAt = 0;
function askUnread(soon = 1500) {
  if (askTimer && soon) return;
  clearTimeout(askTimer);
  askTimer = setTimeout(async () => {
    askTimer = null;
    if (document.hidden || !me) return;
    askedAt = Date.now();
    try {
      const r = await fetch('/part/unread', { headers: { Accept: 'application/json' } });
      if (!r.ok) return;
      unread.clear();
      for (const u of (await r.json()).channels) unread.set(u.channel, u);
      if (!kept && list && atEnd(list) && !document.hidden) unread.delete(channel);
      showUnread();
    } catch { /* next time */ }
  }, soon ? Math.max(soon, 4000 - (Date.now() - askedAt)) : 0);
}
const onRead = () => askUnread(); // the reader's own marks moved in another window

const urgent = (name, u) => (name.startsWith('@') ? Math.max(u.count, u.mentions) : u.mentions);

function showUnread() {
  const nav = $('#channels');
  let calls = 0;
  for (const [name, u] of unread) calls += urgent(name, u);
  for (const a of nav ? $$('a[data-channel]', nav) : []) {
    const u = unread.get(a.dataset.channel) || { count: 0, mentions: 0 };
    const here = a.dataset.channel === channel && !kept;
    const on = !here && u.count + u.mentions > 0, n = here ? 0 : urgent(a.dataset.channel, u);
    const badge = $('.unread', a);
    a.classList.toggle('has-unread', on);
    badge.hidden = !on;
    badge.classList.toggle('count', n > 0);
    badge.textContent = n ? (n > 99 ? '99+' : n) : '';
    badge.setAttribute('role', 'img');
    badge.setAttribute('aria-label', (n ? nav.dataset.mentionWords : nav.dataset.unreadWords).replace('{n}', n || u.count));
  }
  if (nav) folded(nav);
  document.title = (calls ? `(${calls > 99 ? '99+' : calls}) ` : '') + document.title.replace(/^\(\d+\+?\) /, '');
  const sign = $('link[rel=icon]');
  if (sign) {
    sign.dataset.calm ??= sign.getAttribute('href');
    const to = calls ? '/static/matoi-new.svg' : sign.dataset.calm;
    if (sign.getAttribute('href') !== to) sign.setAttribute('href', to);
  }
  countTab('chat', calls);
}

// Sections of the side bar that somebody folded stay folded, in this browser; one's own room is never hidden.
const foldKey = 'matoi.fold.' + me;
function foldedNames() { try { return JSON.parse(localStorage.getItem(foldKey)) || []; } catch { return []; } }
function folded(nav) {
  const names = foldedNames();
  for (const d of $$('details[data-section]', nav)) if (names.includes(d.dataset.section) && d.open && !$('[aria-current]', d)) d.open = false;
}
document.addEventListener('click', (e) => {
  const d = e.target.closest('#channels details[data-section] > summary');
  if (!d) return;
  const name = d.parentElement.dataset.section, names = foldedNames().filter((n) => n !== name);
  if (d.parentElement.open) names.push(name); // it is being closed
  try { localStorage.setItem(foldKey, JSON.stringify(names)); } catch { /* private window */ }
});

// toFresh shows the first message that was new when the page was opened, with the line above it: by now the server may
// count it as read.
async function toFresh(first) {
  if (!(await showStretch(first))) return;
  const msg = $(`:scope > #m${first}`, list);
  if (!msg || newLine()) return;
  drawLine(msg);
  regroup(msg);
  newLine().scrollIntoView({ block: 'start' });
}

document.addEventListener('click', (e) => {
  if (e.target.closest('.jump-newest')) {
    kept = false;
    if (cutOff(list)) showStretch(0); else { toEnd(list); look(); }
  } else if (e.target.closest('.jump-unread')) {
    const line = newLine(), up = $('.jump-unread'), first = Number(up.dataset.first);
    up.dataset.first = '0';
    up.hidden = true;
    if (line) line.scrollIntoView({ block: 'start' });
    else if (first) toFresh(first);
  }
});

begin(() => {
  if (!me || !$('.rail')) return;
  showUnread();
  askUnread(0);
  // Pages without the chat hear of it now and then.
  if (!$('#channels')) setInterval(() => askUnread(), 60e3);
});
