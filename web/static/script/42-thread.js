// Threads: a message with its replies, beside the room or on a phone over it.

let cameFrom = null; // what the focus goes back to

async function openThread(id) {
  const panel = $('#thread');
  if (!panel) return;
  const open = $('.thread-inner', panel);
  if (open && (open.dataset.open === String(id) || light(id, $('.messages', panel)))) {
    const area = $('textarea', panel);
    if (area) area.focus();
    return;
  }
  cameFrom = panel.contains(document.activeElement) ? cameFrom : trail(document.activeElement);
  try {
    const r = await fetch('/part/thread?message=' + id, { headers: { 'HX-Request': 'true' } });
    const html = await r.text();
    if (!r.ok) return answer(html);
    panel.replaceChildren(fromHTML(html));
  } catch { return say(body.dataset.unsent); }
  htmx.process(panel);
  threadOpened();
}

function threadOpened(loaded) {
  const panel = $('#thread'), inner = $('.thread-inner', panel), box = $('.messages', panel);
  if (!box) return;
  body.classList.add('thread-open');
  markAll(panel);
  const at = inner.dataset.at;
  if (at === '0' || !light(at, box)) toEnd(box);
  holdEnd(box);
  watchEdges(box);
  tick();
  look();
  const form = $('[data-composer]', panel);
  restoreDraft(form);
  const here = '#t' + inner.dataset.open;
  if (!loaded && location.hash !== here) history.replaceState(null, '', location.pathname + here);
  if (form && matchMedia('(hover: hover)').matches) $('textarea', form).focus({ preventScroll: true });
  else if (!loaded) $('[data-close-thread]', panel).focus({ preventScroll: true });
}

function closeThread() {
  const panel = $('#thread'), open = $('.thread-inner', panel);
  if (!open) return;
  const inside = panel.contains(document.activeElement) || adrift();
  panel.replaceChildren();
  body.classList.remove('thread-open');
  if (location.hash.startsWith('#t') || location.search) history.replaceState(null, '', location.pathname);
  if (!inside) return;
  const link = $(`#m${open.dataset.open} .replies`);
  if (cameFrom && focusAgain(cameFrom) && document.activeElement.closest('.room, .channels')) return;
  const area = link || $('.room [data-composer] textarea');
  if (area) area.focus({ preventScroll: true });
}

document.addEventListener('click', (e) => {
  if (e.ctrlKey || e.metaKey || e.shiftKey) return;
  if (e.target.closest('[data-close-thread]')) e.preventDefault(); // without script it is a link
  const open = e.target.closest('[data-open-thread]');
  if (!open || !$('#thread')) return;
  e.preventDefault();
  openThread(open.dataset.openThread || open.closest('.msg').dataset.id);
});
