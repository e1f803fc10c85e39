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


// ---- notices and dialogs

const reply = $('#reply');

function showReply() {
  const dialog = reply && $('dialog[data-dialog]', reply);
  if (dialog && !dialog.open) {
    dialog.showModal();
    const problem = $('[aria-invalid=true]', dialog);
    const first = problem || $('.dialog-body input:not([type=hidden]), .dialog-body textarea, .dialog-body select', dialog);
    if (first) first.focus();
    dialog.addEventListener('close', () => dialog.remove());
  }
  const notice = reply && $('[data-notice]:not(.bad)', reply);
  if (notice && !$('a', notice)) setTimeout(() => notice.remove(), 8000);
}

function say(text) {
  const n = document.createElement('div');
  n.className = 'notice bad';
  n.dataset.notice = '';
  n.textContent = text;
  reply.replaceChildren(n);
  setTimeout(() => n.remove(), 8000);
}

function answer(html) {
  if (!html.trim()) return;
  reply.replaceChildren(fromHTML(html));
  htmx.process(reply);
  showReply();
}

body.addEventListener('htmx:afterSwap', (e) => {
  if (e.detail.target === reply) showReply();
  tick();
  if (e.detail.target.id === 'thread') threadOpened();
  markAll(e.detail.target.parentNode || document);
});
body.addEventListener('htmx:sendError', () => say(body.dataset.unsent));
body.addEventListener('htmx:afterRequest', (e) => {
  const form = e.detail.elt.closest && e.detail.elt.closest('form[data-log]');
  if (form && e.detail.successful) {
    form.reset();
    fit($('textarea', form));
  }
});

document.addEventListener('click', (e) => {
  const on = (selector) => e.target.closest(selector);
  let el;
  if (on('[data-close]')) on('dialog').close();
  else if (on('[data-dismiss]')) on('[data-notice]').remove();
  else if (on('[data-print]')) window.print();
  else if (on('[data-close-thread]')) closeThread();
  else if ((el = on('[data-copy]'))) {
    const to = new URL(el.dataset.copy, location.href).href;
    if (navigator.clipboard) navigator.clipboard.writeText(to).then(() => { el.closest('details').open = false; });
    else location.hash = to.slice(to.indexOf('#'));
  } else if ((el = on('[data-edit]'))) editMessage(el.dataset.edit);
  for (const d of $$('details[open]:is(.menu,.me,.members)')) if (!d.contains(e.target) || on('[role=menuitem]')) d.open = false;
});

document.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return;
  const open = $('details[open]:is(.menu,.me,.members)');
  if (open) {
    open.open = false;
    $('summary', open).focus();
  } else if ($('#thread .thread-inner') && !$('dialog[open]') && !$('.complete:not([hidden])')) closeThread();
});
