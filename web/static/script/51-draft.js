// Drafts: what was typed and not sent is kept in this browser for each channel and thread, with the files that were put to
// it. Where the browser keeps nothing (full, forbidden) it lasts as long as the page.

const shelf = {
  works: true,
  here: new Map(),
  get(key) {
    if (this.here.has(key)) return this.here.get(key);
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      this.here.delete(key);
      this.works = true;
    } catch {
      this.here.set(key, value);
      this.works = false;
    }
  },
  drop(key) {
    this.here.delete(key);
    try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  },
  keys(prefix) {
    const all = new Set([...this.here.keys()]);
    try { for (let i = 0; i < localStorage.length; i++) all.add(localStorage.key(i)); } catch { /* only what is here */ }
    return [...all].filter((k) => k.startsWith(prefix));
  },
};

const draftPrefix = `matoi.draft.${me}.`;
const draftKey = (form) => `${draftPrefix}${form.channel.value}/${form.thread.value}`;
const draftOf = (form) => shelf.get(draftKey(form)) || {};
const printOf = (text, files) => text + '\n' + (files || []).map((f) => f.link).join('\n');

// saveDraft keeps what stands in a box; a deed's name goes with it, for a text that was tried already.
function saveDraft(form, deed) {
  const text = form.text.value, files = filesOf(form), old = draftOf(form);
  form.text.required = !files.length;
  if (!text && !files.length) return shelf.drop(draftKey(form));
  const draft = { text, files, at: Date.now() };
  if (deed) Object.assign(draft, { deed, of: printOf(text, files) });
  else if (old.deed) Object.assign(draft, { deed: old.deed, of: old.of });
  shelf.set(draftKey(form), draft);
}

function restoreDraft(form) {
  if (!form || form.text.value) return;
  const draft = draftOf(form);
  if (draft.text) form.text.value = draft.text;
  clearFiles(form);
  for (const f of draft.files || []) addFile(form, f);
  form.text.required = !filesOf(form).length;
  fit(form.text);
  if (draft.text && form.text === document.activeElement) form.text.setSelectionRange(draft.text.length, draft.text.length);
}

// Another window wrote into the same draft: it is shown here too, but never under the hands of somebody who writes.
addEventListener('storage', (e) => {
  if (e.key === outboxKey) return showOutbox();
  for (const form of composers()) {
    if (e.key !== draftKey(form) || (document.hasFocus() && form.contains(document.activeElement))) continue;
    form.text.value = '';
    restoreDraft(form);
    fit(form.text);
  }
});

// drafts lists what was begun and not sent: { channel, thread, text, at, waiting }; waiting ones were sent and have not
// arrived.
function drafts() {
  const begun = shelf.keys(draftPrefix).map((key) => {
    const d = shelf.get(key), cut = key.lastIndexOf('/');
    return d && { channel: key.slice(draftPrefix.length, cut), thread: Number(key.slice(cut + 1)), text: d.text || '', files: (d.files || []).length, at: d.at };
  });
  const sent = outbox().map((m) => ({ channel: m.channel, thread: Number(m.thread), text: m.text, files: (m.files || []).length, at: m.at, waiting: true }));
  return [...begun, ...sent].filter((d) => d && !d.channel.startsWith('log:')).sort((a, b) => b.at - a.at);
}

// ---- other places where people type: the log box of an incident, and forms in dialogs

// A form's deed keeps its name as long as nothing in it changes, until it was done.
const formKey = (form) => {
  if (form.matches('[data-log]')) return `${draftPrefix}log:${form.number.value}/0`;
  return form.command ? `matoi.form.${me}.${form.command.value}` : '';
};
const keptForm = (el) => el.closest && el.closest('form[data-log], dialog[data-dialog] form');
const fieldsOf = (form) => $$('input:not([type=hidden]):not([type=file]), textarea, select', form).filter((i) => i.name);
const valueOf = (i) => (i.type === 'checkbox' || i.type === 'radio' ? i.checked : i.value);
const nameOf = (i) => (i.type === 'checkbox' || i.type === 'radio' ? i.name + '=' + i.value : i.name);

function saveForm(form) {
  const key = formKey(form);
  if (!key) return;
  const fields = {};
  for (const i of fieldsOf(form)) if (i.dataset.begun !== undefined && i.dataset.begun !== String(valueOf(i))) fields[nameOf(i)] = valueOf(i);
  if (!Object.keys(fields).length) return shelf.drop(key);
  shelf.set(key, { ...(shelf.get(key) || {}), fields, text: form.matches('[data-log]') ? form.text.value : undefined, at: Date.now() });
}

function restoreForm(form) {
  if (!form || form.dataset.restored) return;
  form.dataset.restored = '1';
  for (const i of fieldsOf(form)) i.dataset.begun = String(valueOf(i));
  const had = shelf.get(formKey(form));
  if (!had || !had.fields || Date.now() - had.at > 12 * 3600e3 || $('[role=alert]', form)) return;
  let back = false;
  for (const i of fieldsOf(form)) {
    const v = had.fields[nameOf(i)];
    if (v === undefined || v === valueOf(i)) continue;
    if (typeof v === 'boolean') i.checked = v;
    else i.value = v;
    back = back || valueOf(i) === v;
  }
  if (back) composeWords().then(() => { $$('textarea', form).forEach(fit); if (!form.matches('[data-log]')) noteKept(form); });
}

function noteKept(form) {
  const at = $('.dialog-body', form) || form;
  const note = document.createElement('p');
  note.className = 'hint kept';
  note.textContent = W.kept + ' ';
  const b = document.createElement('button');
  b.type = 'button';
  b.className = 'button small';
  b.textContent = W.discard;
  b.addEventListener('click', () => {
    for (const i of fieldsOf(form)) { if (i.type === 'checkbox' || i.type === 'radio') i.checked = i.dataset.begun === 'true'; else i.value = i.dataset.begun; }
    shelf.drop(formKey(form));
    note.remove();
    (fieldsOf(form)[0] || form).focus();
  });
  note.append(b);
  at.prepend(note);
  tell(W.kept);
}

for (const type of ['input', 'change']) document.addEventListener(type, (e) => { const form = keptForm(e.target); if (form) saveForm(form); });

const findForms = (from) => $$('form[data-log], dialog[data-dialog] form', from).forEach(restoreForm);
body.addEventListener('htmx:afterSwap', () => findForms(document));
new MutationObserver(() => findForms(document)).observe(reply || body, { childList: true });

const prints = (form) => JSON.stringify(fieldsOf(form).map((i) => [nameOf(i), valueOf(i)]));
body.addEventListener('htmx:configRequest', (e) => {
  const form = keptForm(e.detail.elt), key = form && formKey(form);
  if (!key || !e.detail.path.startsWith('/do/')) return;
  const had = shelf.get(key) || {}, of = prints(form);
  const deed = had.deed && had.of === of ? had.deed : newDeed();
  shelf.set(key, { ...had, deed, of, at: Date.now() });
  e.detail.parameters.deed = deed;
});
body.addEventListener('htmx:beforeRequest', (e) => {
  const form = keptForm(e.detail.elt);
  if (form) form.keptAs = formKey(form);
});
body.addEventListener('htmx:afterRequest', (e) => {
  const form = (e.detail.requestConfig || e.detail).elt; // what the event stands on may be gone with the dialog
  if (!form || !form.keptAs) return;
  const again = $$('dialog[data-dialog] form', reply).some((f) => f !== form && formKey(f) === form.keptAs); // it came back with mistakes
  const unsure = !e.detail.xhr || !e.detail.xhr.status || e.detail.xhr.status >= 500;
  const row = form.matches('[data-log]') && unsentRow(form);
  if (unsure) { // it may have been done: the same name is tried again
    if (row) row.hidden = false;
    form.dataset.unsent = '1';
    return;
  }
  delete form.dataset.unsent;
  if (row) row.hidden = true;
  if (e.detail.successful && !again) {
    shelf.drop(form.keptAs);
    for (const i of fieldsOf(form)) i.dataset.begun = String(valueOf(i));
  } else if (shelf.get(form.keptAs)) shelf.set(form.keptAs, { ...shelf.get(form.keptAs), deed: '' });
});

// unsentRow is the calm line below a log box whose entry could not be sent.
function unsentRow(form) {
  let row = form.nextElementSibling;
  if (row && row.matches('.unsent-row')) return row;
  row = document.createElement('p');
  row.className = 'unsent-row';
  row.hidden = true;
  composeWords().then(() => {
    const b = document.createElement('button');
    b.type = 'button';
    b.className = 'button small';
    b.textContent = W.retry;
    b.addEventListener('click', () => form.requestSubmit());
    row.append(W.unsent_wait + ' ', b);
  });
  form.after(row);
  return row;
}
addEventListener('online', () => { for (const form of $$('form[data-log][data-unsent]')) form.requestSubmit(); });

// A form that holds something typed is not closed by one wrong key.
const dirty = (dialog) => { const form = $('form', dialog); return !!form && fieldsOf(form).some((i) => i.dataset.begun !== undefined && i.dataset.begun !== String(valueOf(i))); };
async function askToClose(dialog) {
  await composeWords();
  if (!(await sure(W.discard_sure, W.discard, true))) return;
  shelf.drop(formKey($('form', dialog)));
  dialog.close();
}
document.addEventListener('click', (e) => {
  const b = e.target.closest('dialog[data-dialog] [data-close]');
  if (!b || !dirty(b.closest('dialog'))) return;
  e.stopImmediatePropagation();
  askToClose(b.closest('dialog'));
}, true);
document.addEventListener('cancel', (e) => {
  if (!e.target.matches || !e.target.matches('dialog[data-dialog]') || !dirty(e.target)) return;
  e.preventDefault();
  askToClose(e.target);
}, true);

begin(() => findForms(document));
