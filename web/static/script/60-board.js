// The board: filters without a reload, rows that change in place, the wall, and what stays true while one looks.

// ---- rows that change

// What came while somebody was about to press something waits until they look away: rows change in place at once, but
// nothing moves under a pointer that moves or around what has the focus.
let waiting = null, moved = -1e9;

const rowOf = (number) => document.getElementById('row-' + number);

function onBoard(p) {
  const box = $('#incidents');
  if (!box) return;
  for (const [number, html] of Object.entries(p.rows || {})) {
    const old = rowOf(number);
    const fresh = fromHTML(html).firstElementChild;
    if (!old) {
      fresh.classList.add('arrived');
      pending.set(number, fresh);
    } else if (old.dataset.version !== fresh.dataset.version) swapRow(old, fresh);
  }
  for (const [id, text] of Object.entries(p.texts)) {
    const e = document.getElementById(id);
    if (!e) continue;
    if (e.textContent.trim() !== text) e.textContent = text;
    if (!/^n-/.test(id)) e.hidden = text === '';
  }
  body.dataset.live = withHave(body.dataset.live, p.have);
  waiting = p.order;
  if (inUse(box)) hint(true);
  else settle();
  tick();
}

// Rows that are to stand somewhere and do not yet.
const pending = new Map();

function withHave(live, have) {
  const url = new URL(live, location.href);
  url.searchParams.set('have', have);
  return url.pathname + url.search;
}

// swapRow replaces a row and leaves the focus where it was.
function swapRow(old, fresh) {
  const focus = document.activeElement;
  const inside = old.contains(focus);
  old.replaceWith(fresh);
  fresh.classList.add('touched');
  htmx.process(fresh);
  const again = inside && $(focus.tagName.toLowerCase() + '[href],' + focus.tagName.toLowerCase(), fresh);
  if (again) again.focus({ preventScroll: true });
}

// inUse: the focus is in a row, or the pointer is over one and has moved of late.
function inUse(box) {
  if (document.hidden) return false;
  const at = document.activeElement;
  if (at && at !== body && at.closest('[data-number]') && box.contains(at)) return true;
  return matchMedia('(hover: hover)').matches && !!$('[data-number]:hover', box) && performance.now() - moved < 8000;
}

function hint(on) {
  const b = $('#board-held');
  if (!b) return;
  const changes = on && !inOrder();
  if (b.hidden === !changes) return;
  b.hidden = !changes;
}

// inOrder: what is shown stands already as it should.
function inOrder() {
  return Object.entries(waiting || {}).every(([key, numbers]) => {
    const group = groupOf(key);
    return group && numbers.join() === [...group.children].map((e) => e.dataset.number).join();
  });
}

const groupOf = (key) => $(`#incidents [data-group="${CSS.escape(key)}"]`);

// settle puts every row where it belongs; what is looked at stays where it is on the screen.
function settle() {
  hint(false);
  if (!waiting) return;
  const order = waiting;
  waiting = null;
  const focus = document.activeElement;
  const anchor = scrollY > 0 && $$('#incidents [data-number]').find((e) => e.getBoundingClientRect().top >= 0);
  const name = anchor && anchor.dataset.number, top = anchor ? anchor.getBoundingClientRect().top : 0;
  const stay = new Set(Object.values(order).flat());
  for (const e of $$('#incidents [data-number]')) if (!stay.has(e.dataset.number)) e.remove();
  for (const [key, numbers] of Object.entries(order)) {
    const group = groupOf(key);
    if (!group) continue;
    let at = group.firstElementChild;
    for (const number of numbers) {
      const e = rowOf(number) || pending.get(number);
      if (!e) continue;
      if (e === at) { at = at.nextElementSibling; continue; }
      group.insertBefore(e, at);
      if (pending.has(number)) htmx.process(e);
      else if (e.parentNode === group) e.classList.add('touched');
    }
    const lane = group.closest('.lane');
    if (lane) lane.classList.toggle('lane-empty', !numbers.length);
  }
  pending.clear();
  $('#incidents').classList.toggle('is-empty', stay.size === 0);
  const again = name && rowOf(name);
  if (again) scrollBy(0, again.getBoundingClientRect().top - top);
  if (focus && focus.isConnected && document.activeElement !== focus) focus.focus({ preventScroll: true });
  tick();
}

const settleSoon = () => setTimeout(() => { const box = $('#incidents'); if (waiting && box && !inUse(box)) settle(); }, 60);
document.addEventListener('pointermove', () => { moved = performance.now(); }, { passive: true });
document.addEventListener('pointerout', (e) => { if (waiting && e.target.closest && e.target.closest('#incidents')) settleSoon(); });
document.addEventListener('focusout', (e) => { if (waiting && e.target.closest && e.target.closest('#incidents')) settleSoon(); });
setInterval(() => { if (waiting) settleSoon(); }, 2000);
document.addEventListener('click', (e) => {
  if (e.target.closest('#board-held')) settle();
});

// ---- filters: the address is what is asked for; the page takes the answer in without being loaded anew

let sieving = 0;
async function sieve(to, push) {
  const n = ++sieving;
  let text, at;
  try {
    const r = await fetch(to, { headers: { Accept: 'text/html' } });
    at = new URL(r.url);
    text = await r.text();
    if (!r.ok || !['/', '/incidents'].includes(at.pathname)) return location.assign(r.url); // a number was typed: there it is
  } catch { return location.assign(to); }
  if (n !== sieving) return;
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = page.getElementById('board');
  if (!fresh) return location.assign(to);
  shut();
  waiting = null;
  pending.clear();
  const here = document.importNode(fresh, true);
  $('#board').replaceWith(here);
  htmx.process(here);
  takeForm(page.getElementById('sieve'), !push);
  const head = page.querySelector('.board-screen .screen-head');
  for (const [i, a] of $$('.board-screen .screen-head .switch a').entries()) {
    const like = head && head.querySelectorAll('.switch a')[i];
    if (like) a.href = like.getAttribute('href');
  }
  body.dataset.live = page.body.dataset.live || '';
  if (push) history.pushState(null, '', at.pathname + at.search);
  tick();
  open();
}

// takeForm sets the fields as the answer has them, but for the one in which somebody is writing, unless they went back.
function takeForm(fresh, all) {
  const form = $('#sieve');
  if (!form || !fresh) return;
  for (const field of form.elements) {
    const like = field.name && fresh.elements[field.name];
    if (!like || field.type === 'hidden') continue;
    if (field.type === 'checkbox') field.checked = like.checked;
    else if (all || field !== document.activeElement || field.tagName === 'SELECT') field.value = like.value;
    field.closest('.sift')?.classList.toggle('set', field.type === 'checkbox' ? field.checked : field.value !== '');
  }
}

function formURL(form) {
  const url = new URL(form.action, location.href);
  const q = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (String(value).trim()) q.append(name, value);
  url.search = q;
  return url.pathname + url.search;
}

let typed = null;
document.addEventListener('submit', (e) => {
  if (e.target.id !== 'sieve') return;
  e.preventDefault();
  clearTimeout(typed);
  sieve(formURL(e.target), true);
});
document.addEventListener('change', (e) => {
  if (e.target.form && e.target.form.id === 'sieve' && e.target.type !== 'search') e.target.form.requestSubmit();
});
document.addEventListener('input', (e) => {
  if (!e.target.form || e.target.form.id !== 'sieve' || e.target.type !== 'search') return;
  clearTimeout(typed);
  if (/\d-\d*$/.test(e.target.value)) return; // a number is jumped to when it is sent
  typed = setTimeout(() => { if (!e.isComposing) e.target.form.requestSubmit(); }, 450);
});
document.addEventListener('click', (e) => {
  const a = e.target.closest('a[data-sieve]');
  if (!a || !$('#sieve') || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  e.preventDefault();
  const inBoard = $('#board').contains(a);
  sieve(a.getAttribute('href'), true).then(() => {
    if (inBoard && !$('#board').contains(document.activeElement)) $('#search').focus({ preventScroll: true });
  });
});
window.addEventListener('popstate', () => { if ($('#sieve')) sieve(location.pathname + location.search, false); });

// Other lists are asked anew as a whole.
document.addEventListener('change', (e) => {
  const form = e.target.form;
  if (form && form.id !== 'sieve' && form.matches('.sieve') && e.target.type !== 'search') form.requestSubmit();
});

// ---- from card to card

function aside(by) {
  const here = document.activeElement.closest('.ticket');
  if (!here) return false;
  const lanes = $$('.lane').filter((l) => $('.ticket', l));
  const lane = lanes.indexOf(here.closest('.lane'));
  const row = [...here.parentNode.children].indexOf(here);
  const to = lanes[lane + by];
  if (!to) return true;
  const all = $$('.ticket', to);
  const next = $('a', all[Math.min(row, all.length - 1)]);
  next.focus({ preventScroll: true });
  next.closest('.ticket').scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function along(by) {
  const here = document.activeElement.closest('.ticket, #incidents tr[data-number]');
  const next = here && (by > 0 ? here.nextElementSibling : here.previousElementSibling);
  const link = next && $('a', next);
  if (!link) return !!here;
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

// ---- my work and people: what only this browser knows, and the time of day elsewhere

function showDrafts() {
  const box = $('#mine-drafts');
  if (!box || typeof drafts !== 'function') return;
  const list = drafts();
  box.hidden = !list.length;
  $('ul', box).replaceChildren(...list.slice(0, 20).map((d) => {
    const li = document.createElement('li'), a = document.createElement('a'), where = document.createElement('span'), text = document.createElement('span');
    a.href = '/chat/' + encodeURIComponent(d.channel) + (d.thread ? '#t' + d.thread : '');
    where.className = 'meta';
    where.textContent = '#' + d.channel + (d.thread ? ' · ' + box.dataset.thread : '') + (d.waiting ? ' · ' + box.dataset.waiting : '');
    text.className = 'mine-said';
    text.textContent = d.text;
    a.append(where, text);
    li.dataset.step = '';
    li.append(a);
    return li;
  }));
}

function showClocks() {
  for (const t of $$('time[data-clock]')) {
    const text = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: t.dataset.clock });
    if (text !== t.textContent) t.textContent = text;
  }
}
begin(() => {
  showDrafts();
  showClocks();
  window.addEventListener('storage', showDrafts);
  setInterval(showClocks, 10e3);
});

// ---- the wall

const two = (n) => String(n).padStart(2, '0');

function counted(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  if (d) return new Intl.NumberFormat(body.dataset.lang, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(d);
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
}

function countdown() {
  const now = serverNow();
  for (const t of $$('time[data-countdown]')) {
    const left = Date.parse(t.dateTime) - now;
    const text = (left > 0 ? body.dataset.in : body.dataset.over).replace('%', counted(left));
    if (t.textContent !== text) t.textContent = text;
    t.classList.toggle('burning', left <= 0);
    t.classList.toggle('soon', left > 0 && left <= 15 * 60e3);
  }
  const clock = $('#wall-clock');
  if (!clock) return;
  const at = new Date(now), zone = { timeZone: body.dataset.zone || undefined };
  clock.textContent = at.toLocaleTimeString(body.dataset.lang === 'ja' ? 'ja-JP' : 'en-GB', { hour: '2-digit', minute: '2-digit', ...zone });
  $('#wall-date').textContent = at.toLocaleDateString(body.dataset.lang === 'ja' ? 'ja-JP' : 'en-GB', { weekday: body.dataset.lang === 'ja' ? 'short' : 'long', day: 'numeric', month: 'long', ...zone });
}

let wallPage = 0, wallTurned = 0;

// turnWall shows as many rows as fit and turns the page now and then. The first page stays longer: it is what presses most.
function turnWall(step) {
  const list = $('#wall-rows');
  if (!list) return;
  const rows = [...list.children];
  for (const r of rows) r.hidden = false;
  const fits = [];
  const room = list.getBoundingClientRect().bottom;
  let from = 0;
  while (from < rows.length && fits.length < 100) { // how many fit on each page
    const top = rows[from].getBoundingClientRect().top;
    let to = from + 1;
    while (to < rows.length && rows[to].getBoundingClientRect().bottom - top <= room - list.getBoundingClientRect().top) to++;
    fits.push([from, to]);
    from = to;
  }
  wallPage = fits.length ? (wallPage + step) % fits.length : 0;
  const [first, last] = fits[wallPage] || [0, 0];
  rows.forEach((r, i) => { r.hidden = i < first || i >= last; });
  const mark = $('#wall-page');
  mark.hidden = fits.length < 2;
  mark.textContent = `${wallPage + 1} / ${fits.length}`;
  wallTurned = Date.now();
}

function onWall(p) {
  body.dataset.live = withHave(body.dataset.live, p.have);
  const old = $('#wall');
  const was = new Map($$('.wall-row', old).map((r) => [r.id, r.dataset.version]));
  const fresh = fromHTML(p.html).firstElementChild;
  for (const r of $$('.wall-row', fresh)) if (was.get(r.id) !== r.dataset.version) r.classList.add('arrived');
  old.replaceWith(fresh);
  tick();
  countdown();
  turnWall(0);
}

// wallGreeted sets the clock by the server's, and loads a page of another version anew, since nobody stands before a wall to
// do it: at most every five minutes, for while servers are being replaced, those of two versions take turns to answer.
let wallStale = null;
function wallGreeted(p) {
  const ahead = p.now - Date.now();
  clockAhead = Math.abs(ahead) > 2000 ? ahead : 0;
  countdown();
  clearTimeout(wallStale);
  if (!p.assets || p.assets === body.dataset.version) return;
  wallStale = setTimeout(() => {
    sessionStorage.setItem('wall-loaded', Date.now());
    location.reload();
  }, Math.max(0, Number(sessionStorage.getItem('wall-loaded')) + 300e3 - Date.now()));
}

// A picture that never moves burns itself into a screen: everything wanders a little, slowly, and comes back.
function wander() {
  const minute = Math.floor(Date.now() / 60e3);
  const main = $('.wall-main');
  main.style.translate = `${[0, 3, 6, 3, 0, -3, -6, -3][minute % 8]}px ${[0, 2, 4, 2, 0, -2][Math.floor(minute / 8) % 6]}px`;
}

begin(() => {
  onStream('board', onBoard);
  onStream('wall', onWall);
  if ($('.wall-main')) onStream('hello', wallGreeted);
  for (const [key, by] of [['ArrowDown', 1], ['ArrowUp', -1]]) shortcut('#incidents:focus-within', key, 'keys.along', () => along(by));
  for (const [key, by] of [['ArrowRight', 1], ['ArrowLeft', -1]]) shortcut('#incidents .lanes:focus-within', key, 'keys.aside', () => aside(by));
  shortcut('#sieve', 'x', 'keys.clear_filters', () => { const a = $('.board-state .clear'); if (a) a.click(); });
  if (location.hash === '#search' && $('#search')) $('#search').focus();
  if (!$('.wall-main')) return;
  countdown();
  turnWall(0);
  wander();
  setInterval(countdown, 1000);
  setInterval(wander, 60e3);
  setInterval(() => { if (Date.now() - wallTurned > (wallPage ? 12e3 : 20e3)) turnWall(1); }, 1000);
  setInterval(() => fetch('/wall/stay', { method: 'POST' }).catch(() => {}), 3600e3);
  window.addEventListener('resize', () => turnWall(0));
});
