// The focus is never lost: what somebody stood on may be replaced, disabled or taken away under them at any time.

// trail is how to find a thing again after its place was written anew: itself, its twin in the same part, the part.
function trail(el) {
  if (!el || el === body || !el.closest) return null;
  const inside = el.closest('dialog') ? null : el;
  if (!inside) return opener; // a dialog opened from a dialog goes back to where the first was opened
  const parts = [];
  for (let p = el; p && p !== body; p = p.parentElement) if (p.id) parts.push('#' + CSS.escape(p.id));
  const of = (name) => (el.hasAttribute(name) ? `${el.localName}[${name}="${CSS.escape(el.getAttribute(name))}"]` : '');
  const summary = el.localName === 'summary' && el.parentElement.className ? `details.${CSS.escape(el.parentElement.classList[0])} > summary` : '';
  const menu = !summary && el.closest('details:is(.menu,.me,.members)'); // what stood in a menu is found at the menu's button
  const own = el.id ? '#' + CSS.escape(el.id) : ['data-command', 'data-react', 'data-open-thread', 'data-menu', 'href', 'name', 'data-submit', 'aria-label'].map(of).find(Boolean) || summary;
  const folded = !summary && !menu && el.closest('details.more-deeds'); // drawn anew it is shut
  const fold = folded && `summary[aria-label="${CSS.escape($('summary', folded).getAttribute('aria-label'))}"]`;
  return { el, own, parts, fold, menu: menu && $('summary', menu) };
}

const canHold = (e) => e && e.isConnected && e.getClientRects().length > 0 && !e.disabled;

function focusAgain(t, options = { preventScroll: true }) {
  if (!t) return false;
  const tries = [t.el];
  if (t.own) for (const p of t.parts) tries.push(t.own === p ? $(p) : $(`${p} ${t.own}`));
  tries.push(t.menu, t.own && $(t.own), t.fold && $(t.fold));
  for (const e of tries) {
    if (!canHold(e)) continue;
    e.focus(options);
    if (document.activeElement === e) return true;
  }
  // The thing is gone for good: the nearest part that is still there, so that Tab goes on from here.
  const near = [...t.parts.map((p) => $(p)), $('#main')].find(canHold);
  if (!near) return false;
  if (near.tabIndex < 0 && !near.hasAttribute('tabindex')) near.tabIndex = -1;
  near.focus(options);
  return document.activeElement === near;
}

// opener is where a dialog was asked for; it gets the focus back when the dialog is gone.
let opener = null;
body.addEventListener('htmx:beforeRequest', () => {
  if (!$('dialog[open]', reply)) opener = trail(document.activeElement);
});

function giveBack() {
  const to = opener || stood;
  opener = null;
  if (!adrift()) return;
  if (underWay(to)) stood = to;
  else if (!focusAgain(to)) $('#main').focus({ preventScroll: true });
}

// A button that is disabled while its deed is under way loses the focus; it gets it back, which the answer must not give to another.
const underWay = (t) => t && t.el.isConnected && t.el.matches('[data-disabled-by-htmx]');

const adrift = () => !document.activeElement || document.activeElement === body || document.activeElement === document.documentElement;

// stood is where the focus was last.
let stood = null;
document.addEventListener('focusin', (e) => {
  if (!e.target.closest('dialog')) stood = trail(e.target);
});
// Who clicks into the void means to stand nowhere.
document.addEventListener('pointerdown', () => setTimeout(() => { if (adrift()) stood = null; }));

begin(() => new MutationObserver(() => {
  if (stood && adrift() && !stood.el.isConnected && !$('dialog:modal')) focusAgain(stood);
}).observe(body, { childList: true, subtree: true }));

body.addEventListener('htmx:afterRequest', (e) => {
  if (adrift() && !$('dialog:modal') && stood && (stood.el === e.detail.elt || !stood.el.isConnected)) setTimeout(() => { if (adrift() && !$('dialog:modal')) focusAgain(stood); });
});
