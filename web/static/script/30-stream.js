// The page's stream: one connection, closed while the page is hidden, asked again from where the page stands.

let after = Number(body.dataset.after || 0);
let line = null;      // the connection that is open, or being opened
let attempt = 0;      // how often it was tried since it broke
let lostAt = 0;       // since when there is none although there should be
let heardAt = 0;      // when something came last, be it a sign of life
let downAt = 0;       // since when the server cannot read its store
let final = '';       // why asking again is of no use: who, gone
let nextTry = 0, trying = null, showing = null;
let clockAhead = 0;   // by how much the server's clock is ahead of this one's

// onStream names what is done with an event. The last one named is asked.
const onStream = (name, f) => { onStream.all[name] = f; };
onStream.all = {
  hello: (p) => greeted(p),
  rev: (p) => { after = Math.max(after, p.rev); },
  message: (p) => { onMessage(p); heard(p); wrote(p); },
  part: (p) => onPart(p),
  entry: (p) => onEntry(p),
  typing: (p) => onTyping(p),
  presence: (p) => onPresence(p),
  read: (p) => { if (typeof onRead === 'function') onRead(p); },
  down: (p) => { downAt = p.since; showLine(); },
  up: () => { downAt = 0; showLine(); },
  stale: () => offer('stale'),
  gone: () => end('gone'),
};

function took(name, text) {
  const f = onStream.all[name];
  if (!f) return;
  try { f(JSON.parse(text)); } catch (e) { console.error(name, e); } // one bad piece must not end the stream
}

// EventSource tells neither why an answer was refused nor when a connection has died, and comes back with the address
// it began with: the stream is read by hand.
async function open() {
  const live = body.dataset.live;
  if (!live || line || final || document.hidden) return;
  clearTimeout(trying);
  const mine = line = new AbortController();
  heardAt = Date.now();
  const url = new URL(live, location.href);
  url.searchParams.set('after', after);
  try {
    const r = await fetch(url, { headers: { Accept: 'text/event-stream' }, signal: mine.signal, cache: 'no-store' });
    if (line !== mine) return;
    if (r.status === 401 || r.redirected) return end('who');
    if (r.status === 404) return end('gone');
    if (!r.ok) throw new Error(r.status);
    found();
    await listen(mine, r.body.getReader());
  } catch { /* what broke it does not matter: it is asked again */ }
  if (line !== mine) return;
  line = null;
  lose();
}

async function listen(mine, reader) {
  const text = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done || line !== mine) return;
    heardAt = Date.now();
    const events = (rest + text.decode(value, { stream: true })).split('\n\n');
    rest = events.pop();
    for (const e of events) {
      const at = e.indexOf('\ndata: ');
      if (e.startsWith('event: ') && at > 0) took(e.slice(7, at), e.slice(at + 7));
      if (line !== mine) return; // what came made the page end it
    }
  }
}

function shut() {
  clearTimeout(trying);
  const was = line;
  line = null;
  if (was) was.abort();
}

function again() {
  shut();
  attempt = 0;
  open();
  showLine();
}

function found() {
  attempt = 0;
  lostAt = downAt = 0;
  showLine();
}

// lose waits longer each time, and never as long as the others do.
function lose() {
  if (document.hidden || final) return;
  lostAt = lostAt || Date.now();
  const wait = Math.min(15e3, 400 * 1.7 ** attempt++) * (0.5 + Math.random());
  nextTry = Date.now() + wait;
  trying = setTimeout(open, wait);
  showLine();
}

function end(why) {
  final = why;
  shut();
  showLine();
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) return open();
  shut();
  lostAt = 0;
});
window.addEventListener('pagehide', shut);
window.addEventListener('pageshow', () => open());
window.addEventListener('online', again);
window.addEventListener('offline', () => { if (!document.hidden && body.dataset.live) { shut(); lose(); } });

// A machine that slept does not know that its connection died; neither does one whose network went away in silence.
let pulse = Date.now();
setInterval(() => {
  const slept = Date.now() - pulse > 20e3;
  pulse = Date.now();
  if (document.hidden || final || !body.dataset.live) return;
  if (slept || (line && Date.now() - heardAt > 40e3)) again();
  else if (!line && Date.now() > nextTry + 1000) open();
}, 5e3);

// ---- what is said of it

const bar = $('#connection');
const lineText = (name, value = '') => (bar && bar.dataset[name] || '').replace('%', value);
const clockOf = (ms) => { // in the zone of all other times of the page
  const how = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  try { return new Date(ms).toLocaleTimeString(body.dataset.lang, { ...how, timeZone: bar.dataset.zone }); }
  catch { return new Date(ms).toLocaleTimeString([], how); }
};
let offered = '';

// lineState is what there is to say: nothing, or which text, since when, and what one can do.
function lineState() {
  if (final) return { what: final, act: final === 'who' ? { name: 'enter', to: '/who?next=' + encodeURIComponent(location.pathname + location.search) } : { name: 'leave', to: body.classList.contains('at-chat') ? '/chat' : '/' } };
  if (lostAt && Date.now() - lostAt > 1500) return { what: navigator.onLine ? 'lost' : 'offline', since: lostAt, act: { name: 'again', f: again } };
  if (downAt) return { what: 'down', since: downAt };
  if (offered) return { what: offered, act: { name: 'reload', f: () => location.reload() } };
  return null;
}

// showLine says it in a bar that pushes the page down instead of lying on it, once: what counts down in it is not read out.
function showLine() {
  clearTimeout(showing);
  if (!bar) return;
  const s = lineState();
  if (!s) {
    if (lostAt) showing = setTimeout(showLine, 1600);
    bar.hidden = true;
    delete bar.dataset.state;
    return;
  }
  if (bar.dataset.state !== s.what) {
    bar.dataset.state = s.what;
    if (bar.dataset[s.what]) bar.replaceChildren(...lineParts(s));
    bar.hidden = false;
  }
  const left = Math.ceil((nextTry - Date.now()) / 1000);
  const soon = $('.live-soon', bar);
  if (soon) soon.textContent = s.what === 'lost' && !line && left > 1 ? lineText('soon', left) : '';
  if (s.what === 'lost') showing = setTimeout(showLine, 1000);
}

function lineParts(s) {
  const what = document.createElement('span');
  what.className = 'live-what';
  what.textContent = lineText(s.what, s.since ? clockOf(s.since) : '');
  bar.dataset.said = what.textContent;
  const soon = document.createElement('span');
  soon.className = 'live-soon';
  soon.setAttribute('aria-hidden', 'true');
  const parts = [what, soon];
  if (s.act) {
    const act = document.createElement(s.act.to ? 'a' : 'button');
    act.className = 'button';
    if (s.act.to) act.href = s.act.to;
    else { act.type = 'button'; act.addEventListener('click', s.act.f); }
    act.textContent = lineText(s.act.name);
    parts.push(act);
  }
  return parts;
}

// greeted compares what this page was made with against what the server would give now. Nothing is loaded by itself:
// somebody may be typing.
function greeted(p) {
  const version = (selector, name) => { const e = $(selector); return e ? new URL(e[name], location.href).searchParams.get('v') : ''; };
  const own = version('script[src*="/static/matoi.js"]', 'src') + '.' + version('link[href*="/static/matoi.css"]', 'href');
  const ahead = p.now - Date.now();
  clockAhead = Math.abs(ahead) > 2000 ? ahead : 0; // less is the way it took
  if (p.assets && p.assets !== own) offer('newer');
  tick();
}

function offer(what) {
  offered = what;
  showLine();
}

// ---- what is said of messages to who does not see them: at most every ten seconds, however many came

let unheard = 0, lastAuthor = '', saidAt = 0, saying = null;

function heard(p) {
  if (!p.new || !p.html || p.channel !== channel || p.author === me) return;
  unheard++;
  const b = $('.author', fromHTML(p.html));
  lastAuthor = b ? b.textContent.trim() : '';
  if (saying) return;
  saying = setTimeout(() => {
    saying = null;
    saidAt = Date.now();
    const text = (unheard === 1 ? lineText('onenew') : lineText('manynew', unheard)).replace('{name}', lastAuthor);
    unheard = 0;
    if (text) tell(text);
  }, Math.max(800, 10e3 - (Date.now() - saidAt)));
}

// ---- parts of the page

// Replace a part of the page; the focus stays where it was, and a choice being made is not torn away.
function onPart(p) {
  const old = document.getElementById(p.id);
  if (!old) return;
  const focus = document.activeElement;
  const inside = old.contains(focus);
  if (inside && focus.tagName === 'SELECT') {
    focus.addEventListener('blur', () => onPart(p), { once: true });
    return;
  }
  const mark = inside && (focus.id ? '#' + CSS.escape(focus.id) : focus.dataset.command && `[data-command="${CSS.escape(focus.dataset.command)}"]`);
  const fresh = fromHTML(p.html).firstElementChild;
  const top = old.scrollTop;
  const kept = $$('input,textarea', old).filter((i) => i.id && i.value && i.value !== i.defaultValue).map((i) => [i.id, i.value]);
  const opened = $$('details[open]', old).map((d) => d.className);
  old.replaceWith(fresh);
  for (const [id, value] of kept) { const i = document.getElementById(id); if (i) i.value = value; }
  for (const name of opened) { const d = $$('details', fresh).find((x) => x.className === name); if (d) d.open = true; }
  fresh.scrollTop = top;
  htmx.process(fresh);
  if (mark) { const again = $(mark, fresh); if (again) again.focus({ preventScroll: true }); }
  tick();
  showHere();
  if (p.id === 'channels') showUnread(p);
}

// The bar stands at the top of what it speaks of.
begin(() => {
  const main = $('#main');
  if (bar && main && bar.parentNode === body) main.prepend(bar);
});
