// The page's stream: one connection, closed while the page is hidden, asked again from where the page stands.

let source = null, after = Number(body.dataset.after || 0), wait = 1000, lost = null;

// EventSource would come back by itself, but with the address it began with: a page asks from where it stands.
function open() {
  const live = body.dataset.live;
  if (!live || source || document.hidden) return;
  const url = new URL(live, location.href);
  url.searchParams.set('after', after);
  source = new EventSource(url);
  source.onopen = () => {
    wait = 1000;
    clearTimeout(lost);
    lost = null;
    $('#connection').hidden = true;
  };
  source.onerror = () => {
    shut();
    lost = lost || setTimeout(() => { $('#connection').hidden = false; }, 1500);
    setTimeout(open, wait);
    wait = Math.min(wait * 1.6, 10000);
  };
  source.addEventListener('message', (e) => onMessage(JSON.parse(e.data)));
  source.addEventListener('rev', (e) => { after = JSON.parse(e.data).rev; });
  source.addEventListener('part', (e) => onPart(JSON.parse(e.data)));
  source.addEventListener('entry', (e) => onEntry(JSON.parse(e.data)));
}

function shut() {
  if (source) source.close();
  source = null;
}

document.addEventListener('visibilitychange', () => (document.hidden ? shut() : open()));
window.addEventListener('pagehide', shut);
window.addEventListener('pageshow', open);

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
  if (p.id === 'channels') showUnread();
}
