// What every page has: short words, deeds, notices and dialogs. All files of this folder are one script in one scope,
// joined in the order of their names; what must wait until all of them have been read is handed to begin().
const begins = [];
const begin = (f) => begins.push(f);

const body = document.body;
const me = body.dataset.me || '';
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const fromHTML = (html) => {
  const t = document.createElement('template');
  t.innerHTML = html.trim();
  return t.content;
};

// A deed's own name, so that sending it again after a broken connection does nothing twice.
const newDeed = () => {
  const b = crypto.getRandomValues(new Uint8Array(16));
  return [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
};

body.addEventListener('htmx:configRequest', (e) => {
  if (e.detail.path.startsWith('/do/')) e.detail.parameters.deed = newDeed();
});

// Two live regions for everything that is told: politely, or at once. A text told again is read again.
function tell(text, region = $('#said')) {
  if (!region) return;
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 60);
}
const alarm = (text) => tell(text, $('#alarm'));

// countTab writes how many wait behind a tab of the navigation; 0 takes the number away.
function countTab(tab, n) {
  for (const c of $$(`[data-count="${tab}"]`)) {
    c.textContent = n > 99 ? '99+' : n || '';
    c.hidden = !n;
  }
}

document.addEventListener('click', (e) => {
  const on = (selector) => e.target.closest(selector);
  let el;
  if (on('[data-close]')) on('dialog').close();
  else if (on('[data-dismiss]')) dismiss(on('[data-notice]'));
  else if (on('[data-print]')) window.print();
  else if (on('[data-close-thread]')) closeThread();
  else if ((el = on('[data-copy]'))) {
    const to = new URL(el.dataset.copy, location.href).href;
    if (navigator.clipboard) navigator.clipboard.writeText(to).then(() => { shutMenu(el.closest('details')); tell(body.dataset.copied); });
    else location.hash = to.slice(to.indexOf('#'));
  } else if ((el = on('[data-edit]'))) editMessage(el.dataset.edit);
  for (const d of $$('details[open]:is(.menu,.me,.members)')) if (!d.contains(e.target) || on('[role=menuitem]')) d.open = false;
});

// shutMenu closes a menu and leaves the focus where it was opened.
function shutMenu(menu) {
  if (!menu) return;
  menu.open = false;
  $('summary', menu).focus();
}

document.addEventListener('keydown', (e) => {
  const open = $$('details[open]:is(.menu,.me,.members)').pop();
  if (e.key === 'Escape' && !e.defaultPrevented) {
    if (open) shutMenu(open);
    else if ($('[data-notice]') && !$('dialog[open]') && !$('#thread .thread-inner')) dismiss($('[data-notice]'));
    else if ($('#thread .thread-inner') && !$('dialog[open]') && !$('.complete:not([hidden])')) closeThread();
    return;
  }
  // In a menu the arrows go from one thing to the next, as menus do.
  const list = open && open.contains(e.target) && $('[role=menu]', open);
  const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[e.key];
  if (!list || !by) return;
  const all = $$('[role=menuitem]', list).filter((x) => x.getClientRects().length);
  const at = all.indexOf(document.activeElement);
  const to = Math.abs(by) === Infinity ? (by < 0 ? 0 : all.length - 1) : (at + by + all.length + (at < 0 && by < 0 ? 1 : 0)) % all.length;
  if (all[to]) all[to].focus();
  e.preventDefault();
});
