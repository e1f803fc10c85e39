// Files: dropped, pasted or chosen, they are sent at once, each with its progress; the message that is sent then takes them
// along. What is too large is refused before anything is sent.

const mostFiles = 10;
const filesOf = (form) => $$('.attached > li', form).map((li) => li.file).filter(Boolean);
const sendingFiles = (form) => $$('.attached > li', form).some((li) => li.request || li.waits);
const sizeText = (n) => (n >= 1 << 20 ? (n / (1 << 20)).toFixed(n < 10 << 20 ? 1 : 0) + ' MB' : Math.max(1, Math.round(n / 1024)) + ' kB');

function clearFiles(form) {
  $('.attached', form).replaceChildren();
  $('.attached', form).hidden = true;
}

function fileRow(form, name) {
  const li = document.createElement('li'), b = document.createElement('button'), text = document.createElement('span');
  text.className = 'file-name';
  text.dir = 'auto';
  text.textContent = name;
  b.type = 'button';
  b.className = 'quiet';
  b.dataset.unattach = '';
  b.textContent = '✕';
  li.append(text, b);
  $('.attached', form).append(li);
  $('.attached', form).hidden = false;
  return li;
}

// addFile shows a file that the server has.
function addFile(form, f, li = fileRow(form, f.name)) {
  li.file = f;
  li.request = null;
  li.className = 'ready';
  const b = $('[data-unattach]', li);
  b.title = fillIn(W.remove_file, { name: f.name });
  b.setAttribute('aria-label', b.title);
  for (const x of $$('progress, .file-state, img, [data-reupload]', li)) x.remove();
  if (/^image\//.test(f.type || '')) {
    const img = document.createElement('img');
    img.src = f.link;
    img.alt = '';
    img.width = img.height = 48;
    li.prepend(img);
  }
  const s = document.createElement('span');
  s.className = 'file-state meta';
  s.textContent = sizeText(f.size || 0);
  b.before(s);
}

function attach(form, list) {
  const bound = Number(form.dataset.bound), told = [];
  for (const file of list) {
    if ($$('.attached > li', form).length >= mostFiles) { told.push(fillIn(W.file_many, { n: mostFiles })); break; }
    if (file.size > bound) told.push(fillIn(W.file_big, { name: file.name, size: sizeText(file.size), max: sizeText(bound) }));
    else if (!file.size) told.push(fillIn(W.file_empty, { name: file.name }));
    else upload(form, file, fileRow(form, file.name));
  }
  if (told.length) say(told.join(' '));
  form.text.required = false;
  form.text.focus({ preventScroll: true });
}

function upload(form, file, li) {
  li.className = 'uploading';
  for (const x of $$('.file-state, [data-reupload]', li)) x.remove();
  const bar = document.createElement('progress'), b = $('[data-unattach]', li);
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', fillIn(W.file_sending, { name: file.name, percent: 0 }));
  b.before(bar);
  b.title = fillIn(W.cancel_file, { name: file.name });
  b.setAttribute('aria-label', b.title);
  li.waits = true;
  const busy = $$('.attached > li', form).filter((x) => x.request).length;
  if (busy >= 2) { li.start = () => { li.start = null; bar.remove(); upload(form, file, li); }; return; }
  const q = new URLSearchParams({ channel: form.channel.value, name: file.name, deed: newDeed() });
  const x = new XMLHttpRequest();
  li.request = x;
  x.open('POST', '/do/upload?' + q);
  x.setRequestHeader('Content-Type', 'application/octet-stream');
  x.setRequestHeader('Accept', 'application/json');
  x.upload.addEventListener('progress', (e) => { if (e.lengthComputable) bar.value = Math.round((100 * e.loaded) / e.total); });
  x.addEventListener('load', () => {
    if (x.status !== 200) return failed(fromHTML(x.responseText).textContent.trim().replace(/\s+/g, ' '));
    li.waits = false;
    addFile(form, JSON.parse(x.responseText), li);
    saveDraft(form);
    tell(fillIn(W.file_ready, { name: file.name }));
    after();
  });
  const failed = (why) => {
    li.request = null;
    li.waits = false;
    li.className = 'failed';
    bar.remove();
    const s = document.createElement('span'), retry = document.createElement('button');
    s.className = 'file-state';
    s.textContent = why || fillIn(W.file_failed, { name: file.name });
    retry.type = 'button';
    retry.className = 'button small';
    retry.dataset.reupload = '';
    retry.textContent = W.file_again;
    li.again = () => upload(form, file, li);
    b.before(s, retry);
    alarm(s.textContent);
    delete form.dataset.then;
    after();
  };
  const after = () => {
    const next = $$('.attached > li', form).find((y) => y.start);
    if (next) next.start();
    else if (!sendingFiles(form) && form.dataset.then === 'send') { delete form.dataset.then; form.requestSubmit(); }
  };
  x.addEventListener('error', () => failed(''));
  x.addEventListener('abort', after);
  x.send(file);
}

addEventListener('online', () => { for (const li of $$('.attached > li.failed')) if (li.again) li.again(); });

document.addEventListener('click', (e) => {
  const form = composerOf(e.target);
  const li = form && e.target.closest('.attached > li');
  if (!li) return;
  if (e.target.closest('[data-reupload]')) return li.again();
  if (!e.target.closest('[data-unattach]')) return;
  const next = li.nextElementSibling || li.previousElementSibling, going = li.request;
  li.remove();
  if (going) going.abort();
  $('.attached', form).hidden = !$('.attached > li', form);
  saveDraft(form);
  (next ? $('[data-unattach]', next) : form.text).focus();
});

document.addEventListener('change', (e) => {
  if (!e.target.matches('[data-attach]')) return;
  attach(composerOf(e.target), [...e.target.files]);
  e.target.value = '';
});

document.addEventListener('paste', (e) => {
  const form = composerOf(e.target), data = e.clipboardData;
  if (!form || !data || !data.files.length || data.getData('text/plain')) return;
  e.preventDefault();
  const at = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  attach(form, [...data.files].map((f, i) => (/^image\.\w+$/.test(f.name) ? new File([f], `${f.name.replace('.', `-${at}${i ? '-' + i : ''}.`)}`, { type: f.type }) : f)));
});

// Files may be dropped anywhere onto the room or the thread.
const dropPlace = (e) => {
  const at = e.dataTransfer && [...e.dataTransfer.types].includes('Files') && e.target.closest && e.target.closest('.room, .thread');
  return at && $('[data-composer]', at) ? at : null;
};
let dropping = null;
const undrop = () => { if (dropping) dropping.classList.remove('dropping'); dropping = null; };
document.addEventListener('dragover', (e) => {
  const at = dropPlace(e);
  if (at !== dropping) undrop();
  if (!at) return;
  e.preventDefault();
  e.dataTransfer.dropEffect = 'copy';
  dropping = at;
  at.dataset.drop = W.drop;
  at.classList.add('dropping');
});
document.addEventListener('dragleave', (e) => { if (!e.relatedTarget) undrop(); });
document.addEventListener('drop', (e) => {
  const at = dropPlace(e);
  undrop();
  if (!at) return;
  e.preventDefault();
  attach($('[data-composer]', at), [...e.dataTransfer.files]);
});
