// Times that stay true while a page is open.

const words = new Intl.RelativeTimeFormat(body.dataset.lang || 'ja', { numeric: 'always' });

const spell = (n, unit) => words.format(n, unit).replace(/(\d) (?=[^a-z])/, '$1'); // 10分前, not 10 分前

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

function tick() {
  const now = Date.now();
  for (const t of $$('time[data-rel]')) {
    const left = Date.parse(t.dateTime) - now;
    const text = ago(left);
    if (text && text !== t.textContent) t.textContent = text;
    if ('due' in t.dataset) {
      t.classList.toggle('burning', left <= 0);
      t.classList.toggle('soon', left > 0 && left <= 15 * 60e3);
    }
  }
}
setInterval(tick, 15e3);
