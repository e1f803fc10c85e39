// The incident's page.

function onEntry(p) {
  after = Math.max(after, p.rev || 0);
  const entries = $('#entries');
  if (!entries) return;
  const fresh = fromHTML(p.html).firstElementChild;
  const old = document.getElementById(p.id);
  if (old) old.replaceWith(fresh);
  else {
    const when = Number(fresh.dataset.when);
    const next = $$('.entry', entries).find((e) => Number(e.dataset.when) <= when);
    if (next) next.before(fresh);
    else entries.append(fresh);
    fresh.classList.add('arrived');
  }
  htmx.process(fresh);
  tick();
}
