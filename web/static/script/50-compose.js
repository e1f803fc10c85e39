// Where people type: sending, drafts, completion.

function fit(area) {
  if (!area) return;
  const lines = Math.min(12, area.value.split('\n').length + Math.floor(area.value.length / 90));
  area.rows = Math.max(1, lines);
}

const draftKey = (form) => `matoi.draft.${me}.${form.channel.value}.${form.thread.value}`;
function saveDraft(form) {
  try {
    if (form.text.value) localStorage.setItem(draftKey(form), form.text.value);
    else localStorage.removeItem(draftKey(form));
  } catch { /* private window */ }
}
function restoreDraft(form) {
  if (!form || form.text.value) return;
  try { form.text.value = localStorage.getItem(draftKey(form)) || ''; } catch { /* private window */ }
  fit(form.text);
}

document.addEventListener('submit', async (e) => {
  const form = e.target.closest('[data-composer]');
  if (!form) return;
  e.preventDefault();
  const text = form.text.value;
  if (!text.trim() || form.dataset.busy) return;
  form.dataset.busy = '1';
  form.classList.add('busy');
  hideComplete(form);
  if (await post('/do/say', { channel: form.channel.value, thread: form.thread.value, text })) {
    if (form.text.value === text) form.text.value = '';
    saveDraft(form);
    fit(form.text);
  }
  delete form.dataset.busy;
  form.classList.remove('busy');
});

document.addEventListener('input', (e) => {
  if (e.target.matches('textarea')) fit(e.target);
  const form = e.target.closest('[data-composer]');
  if (form) {
    saveDraft(form);
    suggest(form);
  }
});

document.addEventListener('keydown', (e) => {
  const area = e.target;
  if (!area.matches || !area.matches('textarea[name=text]')) return;
  const form = area.form;
  if (form.matches('[data-composer]') && completeKeys(form, e)) return;
  // An input method's Enter chooses a word; only the one after it sends.
  if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229) {
    e.preventDefault();
    form.requestSubmit();
  }
});

// Completion of commands: the server knows the grammar, people and incidents.
let asked = 0, timer = null;
const looksLikeCommand = (text) => /^[\s\u3000]*[/／]/.test(text) && !text.includes('\n');

function suggest(form) {
  clearTimeout(timer);
  if (!looksLikeCommand(form.text.value)) return hideComplete(form);
  timer = setTimeout(async () => {
    const n = ++asked, text = form.text.value;
    try {
      const r = await fetch('/part/complete?text=' + encodeURIComponent(text), { headers: { Accept: 'application/json' } });
      if (!r.ok || n !== asked || form.text.value !== text) return;
      showComplete(form, (await r.json()).items || []);
    } catch { hideComplete(form); }
  }, 90);
}

function showComplete(form, items) {
  const box = $('.complete', form);
  box.replaceChildren(...items.slice(0, 12).map((it, i) => {
    const o = document.createElement('button');
    o.type = 'button';
    o.setAttribute('role', 'option');
    o.id = form.text.id + '-option-' + i;
    o.dataset.text = it.text;
    o.tabIndex = -1;
    const b = document.createElement('b');
    b.textContent = it.text;
    const s = document.createElement('span');
    s.textContent = it.label;
    o.append(b, s);
    return o;
  }));
  box.hidden = items.length === 0;
  form.text.setAttribute('aria-expanded', items.length > 0);
}
function hideComplete(form) {
  clearTimeout(timer);
  asked++;
  const box = $('.complete', form);
  if (!box) return;
  box.hidden = true;
  box.replaceChildren();
  form.text.removeAttribute('aria-activedescendant');
}
function choose(form, option) {
  const text = form.text.value;
  const cut = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\u3000')) + 1;
  form.text.value = text.slice(0, cut) + option.dataset.text + ' ';
  form.text.focus();
  saveDraft(form);
  suggest(form);
}
function completeKeys(form, e) {
  const box = $('.complete', form);
  if (box.hidden || e.isComposing) return false;
  const options = $$('[role=option]', box);
  let at = options.findIndex((o) => o.getAttribute('aria-selected') === 'true');
  if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
    at = (at + (e.key === 'ArrowDown' ? 1 : -1) + options.length + (at < 0 && e.key === 'ArrowUp' ? 1 : 0)) % options.length;
    options.forEach((o, i) => o.setAttribute('aria-selected', i === at));
    options[at].scrollIntoView({ block: 'nearest' });
    form.text.setAttribute('aria-activedescendant', options[at].id);
  } else if (e.key === 'Tab' || (e.key === 'Enter' && at >= 0)) choose(form, options[Math.max(at, 0)]);
  else if (e.key === 'Escape') hideComplete(form);
  else return false;
  e.preventDefault();
  e.stopPropagation();
  return true;
}
document.addEventListener('mousedown', (e) => {
  const o = e.target.closest('.complete [role=option]');
  if (!o) return;
  e.preventDefault();
  choose(o.closest('form'), o);
});

begin(() => $$('[data-composer]').forEach(restoreDraft));
