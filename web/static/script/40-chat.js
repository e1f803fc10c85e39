// The chat: messages in their places, threads, unread marks.

const channel = $('.chat') ? $('.chat').dataset.channel : '';
const list = $('#messages');

// What depends on the reader is marked here, so that the server renders a message once for all.
function mark(msg) {
  msg.classList.toggle('mine', !!me && msg.dataset.author === me);
  for (const r of $$('.reaction', msg)) {
    const own = r.dataset.people.split(' ').includes(me);
    r.setAttribute('aria-pressed', own);
    r.classList.toggle('given', own);
  }
}
function markAll(from) { for (const m of $$('.msg', from)) mark(m); }

function regroup(msg) {
  if (!msg || !msg.dataset.id) return;
  let above = msg.previousElementSibling;
  if (above && !above.dataset.id) above = null;
  const near = above && above.dataset.author === msg.dataset.author && msg.dataset.author &&
    !msg.classList.contains('only') && !above.classList.contains('only') &&
    !msg.classList.contains('gone') && !above.classList.contains('gone') &&
    Number(msg.dataset.at) - Number(above.dataset.at) < 5 * 60e3;
  msg.classList.toggle('follow', !!near);
}

// A last message that does not fit, as a new room's card, is shown from its beginning, where it says what burns.
const tall = (box) => {
  const last = $$('.msg', box).pop();
  return last && last.offsetHeight > box.clientHeight ? last.getBoundingClientRect().top - box.getBoundingClientRect().top : null;
};
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80 || (tall(box) ?? -1) >= 0;
const toEnd = (box) => {
  box.scrollTop = box.scrollHeight;
  const above = tall(box);
  if (above !== null) box.scrollTop += above - 8;
};

// Who reads the end goes on reading it when the room is made narrower or lower: by a thread, by a keyboard on glass.
function holdEnd(box) {
  let ended = true;
  box.addEventListener('scroll', () => { ended = atEnd(box); }, { passive: true });
  new ResizeObserver(() => { if (ended) toEnd(box); }).observe(box);
}

function place(box, p) {
  const fresh = fromHTML(p.html).firstElementChild;
  const old = document.getElementById(p.id);
  const stick = atEnd(box);
  if (old && box.contains(old)) {
    if (Number(old.dataset.rev) >= Number(fresh.dataset.rev)) return; // seen already
    const open = $('details.menu[open]', old);
    old.replaceWith(fresh);
    if (open && $('details.menu', fresh)) $('details.menu', fresh).open = true;
  } else {
    const id = Number(fresh.dataset.id);
    const oldest = $('.msg[data-id]', box);
    if ($('button.older', box) && oldest && id < Number(oldest.dataset.id)) return; // above what is loaded
    const next = $$('.msg[data-id]', box).find((m) => Number(m.dataset.id) > id);
    if (next) next.before(fresh);
    else box.append(fresh);
  }
  htmx.process(fresh);
  mark(fresh);
  regroup(fresh);
  regroup(fresh.nextElementSibling);
  if (stick || p.author === me) toEnd(box);
  tick();
}

function onMessage(p) {
  after = Math.max(after, p.rev || 0);
  if (p.channel !== channel) {
    if (p.new && p.author !== me) setUnread(p.channel, true);
    keepRev();
    return;
  }
  keepRev();
  if (!p.html) return;
  const thread = $('#thread .messages');
  if (!p.thread) {
    place(list, p);
    const head = $(`#thread [data-head="${p.id.slice(1)}"]`);
    if (head) fetch('/part/thread?message=' + p.id.slice(1), { headers: { 'HX-Request': 'true' } })
      .then((r) => (r.ok ? r.text() : '')).then((h) => {
        const fresh = h && $('[data-head]', fromHTML(h));
        if (fresh && head.isConnected) { head.replaceWith(fresh); htmx.process(fresh); }
      });
  } else if (thread && thread.dataset.thread === String(p.thread)) place(thread, p);
}

function threadOpened() {
  const thread = $('#thread .messages');
  if (!thread) return;
  body.classList.add('thread-open');
  toEnd(thread);
  restoreDraft($('#thread [data-composer]'));
  const area = $('#thread textarea');
  if (area) area.focus();
}

function closeThread() {
  $('#thread').replaceChildren();
  body.classList.remove('thread-open');
  const area = $('.room [data-composer] textarea');
  if (area) area.focus();
}

// Unread marks live in this browser: which channels have something new, and up to where that is known.
const unreadKey = 'matoi.unread.' + me;
const loadUnread = () => { try { return JSON.parse(localStorage.getItem(unreadKey)) || {}; } catch { return {}; } };
function saveUnread(u) { try { localStorage.setItem(unreadKey, JSON.stringify(u)); } catch { /* private window */ } }
function setUnread(name, on) {
  const u = loadUnread();
  u.in = u.in || {};
  if (on) u.in[name] = 1; else delete u.in[name];
  saveUnread(u);
  showUnread();
}
function keepRev() {
  const u = loadUnread();
  u.rev = Math.max(u.rev || 0, after);
  saveUnread(u);
}
function showUnread() {
  const u = loadUnread().in || {};
  for (const a of $$('#channels a[data-channel]')) {
    const on = !!u[a.dataset.channel] && a.dataset.channel !== channel;
    a.classList.toggle('has-unread', on);
    $('.unread', a).hidden = !on;
  }
}
async function catchUp() {
  if (!$('#channels')) return;
  if (channel) setUnread(channel, false);
  const rev = loadUnread().rev;
  if (rev !== undefined && rev < after) {
    try {
      const r = await fetch('/part/unread?after=' + rev, { headers: { Accept: 'application/json' } });
      if (r.ok) for (const name of (await r.json()).channels) if (name !== channel) setUnread(name, true);
    } catch { /* next time */ }
  }
  keepRev();
  showUnread();
}

function editMessage(id) {
  const msg = document.getElementById('m' + id);
  const text = msg && $('.text', msg);
  if (!text) return;
  const form = document.createElement('form');
  form.className = 'edit-box';
  const area = document.createElement('textarea');
  area.value = text.dataset.source;
  area.setAttribute('aria-label', $('[data-edit]', msg).textContent.trim());
  form.append(area);
  text.replaceWith(form);
  fit(area);
  area.focus();
  const done = (node) => form.isConnected && form.replaceWith(node);
  area.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') { e.stopPropagation(); done(text); }
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); }
  });
  area.addEventListener('input', () => fit(area));
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    if (area.value.trim() === text.dataset.source) return done(text);
    if (await post('/do/edit', { message: id, text: area.value })) done(text); // the stream brings the new text
  });
}

// post sends a deed; on a broken connection the same deed is tried again before the text is given back.
async function post(path, fields) {
  const form = new URLSearchParams({ ...fields, deed: newDeed() });
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

begin(() => {
  markAll(document);
  catchUp();
  if (!list) return;
  const target = location.hash.startsWith('#m') && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView({ block: 'center' });
  else {
    toEnd(list);
    holdEnd(list);
  }
  const thread = /^#t(\d+)$/.exec(location.hash);
  if (thread) htmx.ajax('GET', '/part/thread?message=' + thread[1], { target: '#thread', swap: 'innerHTML' });
  const area = $('.room textarea');
  if (area && matchMedia('(hover: hover)').matches && !target) area.focus();
});
