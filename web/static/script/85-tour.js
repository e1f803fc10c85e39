// The first tour: what a step talks about is marked; who goes on by keyboard is taken along.

function pointOut() {
  for (const e of $$('.pointed')) e.classList.remove('pointed');
  const tour = $('#tour');
  if (!tour || !tour.dataset.point) return;
  for (const selector of tour.dataset.point.split(', ')) {
    const target = $$(selector).find((e) => e.getClientRects().length);
    if (target) return target.classList.add('pointed');
  }
}

begin(pointOut);
body.addEventListener('htmx:afterSettle', (e) => {
  if (!e.detail.elt || e.detail.elt.id !== 'tour' && e.detail.target.id !== 'tour') return;
  pointOut();
  const title = $('#tour-title');
  if (title) title.focus({ preventScroll: true });
  else focusAgain({ el: $('main h1'), own: '', parts: ['#main'] });
});
