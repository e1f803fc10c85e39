// Times that stay true while a page is open. A deadline is counted down: by the second when it is near.

const words = new Intl.RelativeTimeFormat(body.dataset.lang || 'ja', { numeric: 'always' });

const spell = (n, unit) => words.format(n, unit).replace(/(\d) (?=[^a-z])/, '$1'); // 10分前, not 10 分前

const nearly = 10 * 60e3; // from here on seconds are shown

function ago(ms) {
  const s = ms / 1000;
  if (Math.abs(s) < 60) return null; // the server's word for it stands
  if (s > 0) { // as the server counts: a deadline must not seem farther than it is
    if (s < 3300) return spell(Math.round(s / 60), 'minute');
    if (s < 84600) return spell(Math.floor((s + 300) / 3600), 'hour');
    return spell(Math.floor((s + 1800) / 86400), 'day');
  }
  if (s > -3600) return spell(Math.trunc(s / 60), 'minute');
  if (s > -86400) return spell(Math.trunc(s / 3600), 'hour');
  return spell(Math.trunc(s / 86400), 'day');
}

// minutes and seconds to go, as on a clock: 9:41
const toGo = (ms) => `${Math.floor(ms / 60e3)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

// The clock that counts is the server's: one's own may be wrong.
const serverNow = () => Date.now() + clockAhead;

let ticking = null;

function tick() {
  const now = serverNow();
  let counting = false;
  for (const t of $$('time[data-rel]')) {
    const left = Date.parse(t.dateTime) - now;
    const due = 'due' in t.dataset;
    const near = due && left > 0 && left < nearly;
    const text = near ? lineText('countdown', toGo(left)) || toGo(left) : ago(left) || (due && left <= 0 ? lineText('past') : null);
    if (text && text !== t.textContent) t.textContent = text;
    if (!due) continue;
    counting ||= near;
    t.classList.toggle('counting', near);
    t.classList.toggle('burning', left <= 0);
    t.classList.toggle('soon', left > 0 && left <= 15 * 60e3);
  }
  clearTimeout(ticking);
  ticking = setTimeout(tick, counting && !document.hidden ? 1000 - (serverNow() % 1000) + 20 : 15e3);
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) tick(); });
