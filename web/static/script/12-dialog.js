// What a deed answers: notices, dialogs, and the question whether one is sure.

const reply = $('#reply');

function showReply() {
  const dialog = reply && $('dialog[data-dialog]', reply);
  if (dialog && !dialog.open) {
    dialog.showModal();
    const problem = $('[aria-invalid=true]', dialog);
    const first = problem || $('.dialog-body input:not([type=hidden]), .dialog-body textarea, .dialog-body select', dialog);
    if (first && !$('[autofocus]', dialog)) first.focus();
    dialog.addEventListener('close', () => { dialog.remove(); giveBack(); });
  }
  if (!dialog) giveBack();
  const notice = reply && $('[data-notice]', reply);
  if (!notice || notice.dataset.told) return;
  notice.dataset.told = '1';
  const bad = notice.classList.contains('bad');
  tell(notice.innerText.trim(), $(bad ? '#alarm' : '#said'));
  if (!bad && !$('a, [hx-post]', notice)) fade(notice);
}

// What went well goes by itself, but not while somebody reads it; what went wrong stays until it is dismissed.
function fade(notice) {
  setTimeout(() => (notice.matches(':hover, :focus-within') ? fade(notice) : notice.remove()), 8000);
}

function dismiss(notice) {
  const inside = notice.contains(document.activeElement);
  notice.remove();
  if (inside) giveBack();
}

// say is a notice that something went wrong here in the browser.
function say(text) {
  const n = document.createElement('div');
  n.className = 'notice bad';
  n.dataset.notice = '';
  const p = document.createElement('p');
  p.className = 'text';
  p.textContent = text;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'quiet';
  close.dataset.dismiss = '';
  close.setAttribute('aria-label', body.dataset.wordDismiss);
  close.textContent = '✕';
  n.append(p, close);
  reply.replaceChildren(n);
  showReply();
}

function answer(html) {
  if (!html.trim()) return;
  const open = $('dialog[open]', reply);
  if (!open) opener = trail(document.activeElement);
  reply.replaceChildren(fromHTML(html));
  htmx.process(reply);
  showReply();
}

// sure asks before what can't be taken back; it answers true or false. The button says what it does, not "OK".
function sure(question, label, danger) {
  const dialog = document.createElement('dialog');
  dialog.className = 'sheet dialog sure';
  dialog.setAttribute('role', 'alertdialog');
  dialog.setAttribute('aria-labelledby', 'sure-question');
  const text = document.createElement('p');
  text.id = 'sure-question';
  text.className = 'dialog-body';
  text.textContent = question;
  const foot = document.createElement('footer');
  const no = document.createElement('button'), yes = document.createElement('button');
  no.type = yes.type = 'button';
  no.className = 'button';
  no.textContent = body.dataset.wordCancel;
  no.autofocus = true;
  yes.className = 'button' + (danger ? ' danger' : ' primary');
  yes.dataset.yes = '';
  yes.textContent = label;
  foot.append(no, yes);
  dialog.append(text, foot);
  const back = trail(document.activeElement);
  body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    no.addEventListener('click', () => dialog.close());
    yes.addEventListener('click', () => dialog.close('yes'));
    dialog.addEventListener('close', () => {
      dialog.remove();
      focusAgain(back);
      done(dialog.returnValue === 'yes');
    });
  });
}

body.addEventListener('htmx:confirm', (e) => {
  if (!e.detail.question) return;
  e.preventDefault();
  const by = e.detail.elt;
  const menu = by.closest('details.menu');
  if (menu) shutMenu(menu); // the question is answered from its button
  sure(e.detail.question, by.innerText.trim().replace(/…$/, '') || by.getAttribute('aria-label') || by.textContent.trim(), by.classList.contains('danger'))
    .then((yes) => { if (yes) e.detail.issueRequest(true); });
});

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

// The connection's bar is seen; this says the same to who does not see it.
begin(() => {
  const bar = $('#connection');
  if (!bar) return;
  let was = bar.hidden;
  new MutationObserver(() => {
    if (bar.hidden === was) return;
    was = bar.hidden;
    if (was) tell(body.dataset.wordAgain);
    else tell(bar.dataset.said || bar.textContent);
  }).observe(bar, { attributes: true, attributeFilter: ['hidden'] });
});
