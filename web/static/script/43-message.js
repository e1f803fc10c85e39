// What one does with a message: reactions, menu, editing, pictures, and all of it from the keyboard.

const toolsFrom = $('#message-tools');
let underPointer = null;

// The tools stand on the message under the pointer and on the one with the focus, nowhere else.
function equip(msg) {
  if (!toolsFrom || !msg || msg.matches('.only, .gone') || !msg.closest('.messages') || $(':scope > .tools', msg)) return;
  const tools = toolsFrom.content.firstElementChild.cloneNode(true);
  if (msg.dataset.thread !== '0' || msg.id.startsWith('h')) $('.in-channel', tools).remove();
  if (!msg.dataset.author) $('.by-person', tools).remove();
  msg.append(tools);
}
function strip(msg) {
  const tools = msg && $(':scope > .tools', msg);
  if (!tools || msg === underPointer || msg.contains(document.activeElement) || $('details[open]', tools)) return;
  tools.remove();
}
document.addEventListener('pointerover', (e) => {
  const msg = e.target.closest && e.target.closest('.msg');
  if (msg === underPointer) return;
  const was = underPointer;
  underPointer = msg;
  strip(was);
  equip(msg);
});
document.addEventListener('focusin', (e) => equip(e.target.closest('.msg')));
document.addEventListener('focusout', (e) => {
  const msg = e.target.closest && e.target.closest('.msg');
  if (msg) setTimeout(() => strip(msg));
});

// The menu opens where there is room for it: the list it stands in would cut it off.
document.addEventListener('toggle', (e) => {
  const menu = e.target;
  if (!menu.matches || !menu.matches('.tools .menu')) return;
  if (!menu.open) return strip(menu.closest('.msg'));
  const pop = $('.pop', menu), by = $('summary', menu).getBoundingClientRect(), high = pop.offsetHeight, wide = pop.offsetWidth;
  const under = by.bottom + high + 8 < innerHeight || by.top < high;
  pop.style.top = Math.max(8, Math.min(innerHeight - high - 8, under ? by.bottom + 4 : by.top - high - 4)) + 'px';
  pop.style.left = Math.max(8, Math.min(innerWidth - wide - 8, by.right - wide)) + 'px';
  if ($('summary', menu).matches(':focus-visible')) $('[role=menuitem]', pop).focus();
}, true);
document.addEventListener('scroll', (e) => {
  const menu = e.target.matches && e.target.matches('.messages') && $('.tools .menu[open]', e.target);
  if (menu) menu.open = false;
}, true);

// The wish is said, not "the other way round": sent again after a cut connection it stays what it was.
function react(msg, emoji) {
  const own = $$('[data-emoji][aria-pressed=true]', msg).some((r) => r.dataset.emoji === emoji);
  post('/do/react', { message: msg.dataset.id, emoji, on: own ? '0' : '1' });
}

function pickEmoji(msg, anchor) {
  if (typeof openEmoji === 'function') openEmoji(anchor, (emoji) => react(msg, emoji));
}

async function removeMessage(msg, item) {
  if (await sure(item.dataset.sure, item.textContent.trim(), true)) post('/do/delete', { message: msg.dataset.id });
}

async function toClipboard(text, msg) {
  try {
    await navigator.clipboard.writeText(text);
    tell(body.dataset.copied);
    msg.classList.add('copied');
    setTimeout(() => msg.classList.remove('copied'), 900);
  } catch { window.prompt('', text); }
}

const plainText = (msg) => {
  const text = $('.text', msg) || $('.card', msg);
  const copy = text && text.cloneNode(true);
  if (!copy) return '';
  for (const x of $$('.edited, .buttons, .picks, .item-buttons', copy)) x.remove();
  text.after(copy);
  const words = copy.innerText.trim();
  copy.remove();
  return words;
};

document.addEventListener('click', (e) => {
  const msg = e.target.closest('.msg');
  if (!msg) return;
  const on = (selector) => e.target.closest(selector);
  let el;
  const menu = on('.tools .menu');
  if (on('[role=menuitem]') && menu) shutMenu(menu);
  if ((el = on('[data-react]'))) react(msg, el.dataset.react);
  else if ((el = on('[data-emoji]'))) react(msg, el.dataset.emoji);
  else if ((el = on('[data-react-more]'))) pickEmoji(msg, el);
  else if ((el = on('[data-menu=delete]'))) removeMessage(msg, el);
  else if ((el = on('[data-menu]'))) post('/do/menu', { message: msg.dataset.id, what: el.dataset.menu });
  else if (on('[data-copy-link]')) toClipboard(new URL($('.at', msg).getAttribute('href'), location.href).href, msg);
  else if (on('[data-copy-text]')) toClipboard(plainText(msg), msg);
  else if (on('[data-about]')) showPerson(msg.dataset.author, msg);
  else if (on('[data-keep]')) keepUnread(msg);
  else if (on('[data-rewrite]')) editMessage(msg.dataset.id, msg);
  else if (on('[data-hide-only]')) { hideOnly(msg.dataset.id); const next = rowAfter(msg); msg.hidden = true; regroup(next); }
  else if ((el = on('[data-look]')) && !(e.ctrlKey || e.metaKey || e.shiftKey)) { e.preventDefault(); showPicture(el); }
  else if ((el = on('a.at')) && !(e.ctrlKey || e.metaKey || e.shiftKey) && msg.closest('.messages')) {
    e.preventDefault();
    history.replaceState(null, '', el.getAttribute('href'));
    light(msg.dataset.id, msg.closest('.messages'));
  }
});

// ---- editing

async function editMessage(id, msg = document.getElementById('m' + id)) {
  const text = msg && $('.text', msg);
  if (!text || $('.edit-box', msg)) return;
  let source = null;
  try {
    const r = await fetch('/part/source?message=' + id, { headers: { Accept: 'application/json' } });
    if (r.ok) source = (await r.json()).text;
  } catch { /* said below */ }
  if (source === null || !text.isConnected) return say(body.dataset.unsent);
  const form = document.createElement('form'), area = document.createElement('textarea'), foot = document.createElement('div');
  form.className = 'edit-box';
  form.text = text; // what comes back when nothing was changed
  area.value = source;
  area.rows = 1;
  area.setAttribute('aria-label', body.dataset.edit || '');
  foot.className = 'edit-foot';
  const button = (words, kind) => Object.assign(document.createElement('button'), { type: kind, className: 'button small' + (kind === 'submit' ? ' primary' : ''), textContent: words });
  const chat = $('.chat');
  const no = button((chat && chat.dataset.wordCancel) || '✕', 'button'), yes = button((chat && chat.dataset.wordSave) || '✓', 'submit');
  foot.append(no, yes);
  form.append(area, foot);
  text.replaceWith(form);
  fit(area);
  area.focus();
  const done = () => {
    if (!form.isConnected) return;
    const row = form.closest('.msg');
    form.replaceWith(form.text);
    const write = $('.room [data-composer] textarea');
    if (row && row.tabIndex === -1 && adrift()) (write || row).focus({ preventScroll: true });
  };
  no.addEventListener('click', done);
  area.addEventListener('keydown', (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); done(); }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); form.requestSubmit(); }
  });
  area.addEventListener('input', () => fit(area));
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    if (area.value.trim() === source.trim()) return done();
    if (area.value.trim() && await post('/do/edit', { message: id, text: area.value })) done(); // the stream brings the new text
  });
}

// ↑ in an empty composer edits what one said last.
document.addEventListener('keydown', (e) => {
  if (e.key !== 'ArrowUp' || e.defaultPrevented || e.isComposing || !e.target.matches('[data-composer] textarea') || e.target.value) return;
  const box = $('.messages', e.target.closest('.room, .thread-inner'));
  const own = box && messagesIn(box).filter((m) => m.matches('.by-me:not(.gone)') && $('.text', m)).pop();
  if (!own) return;
  e.preventDefault();
  own.scrollIntoView({ block: 'nearest' });
  editMessage(own.dataset.id, own);
});

// ---- pictures

function showPicture(a) {
  const all = $$('[data-look]', a.closest('.messages') || document);
  let at = all.indexOf(a);
  const dialog = document.createElement('dialog'), figure = document.createElement('figure'), img = document.createElement('img'), foot = document.createElement('figcaption');
  const name = document.createElement('span'), get = document.createElement('a'), close = document.createElement('button');
  const chat = $('.chat');
  dialog.className = 'look';
  get.className = close.className = 'button';
  get.textContent = (chat && chat.dataset.wordDownload) || '↓';
  close.type = 'button';
  close.textContent = (chat && chat.dataset.wordClose) || '✕';
  close.autofocus = true;
  const show = () => {
    img.src = all[at].href;
    img.alt = name.textContent = all[at].dataset.name;
    get.href = all[at].href;
    get.download = all[at].dataset.name;
    dialog.setAttribute('aria-label', all[at].dataset.name);
  };
  show();
  foot.append(name, get, close);
  figure.append(img, foot);
  dialog.append(figure);
  body.append(dialog);
  dialog.addEventListener('click', (e) => { if (e.target === dialog || e.target === figure) dialog.close(); });
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('keydown', (e) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!by) return;
    at = (at + by + all.length) % all.length;
    show();
  });
  dialog.addEventListener('close', () => { dialog.remove(); a.focus({ preventScroll: true }); });
  dialog.showModal();
}

// ---- from message to message

document.addEventListener('keydown', (e) => {
  const by = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[e.key];
  const box = e.target.closest && e.target.closest('.messages');
  if (!by || !box || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || e.defaultPrevented) return;
  const on = e.target.matches('.msg') ? e.target : null;
  if (!on && (e.target !== box || Math.abs(by) === Infinity)) return;
  const all = $$('.msg', box).filter((m) => !m.hidden);
  const to = !on ? (by < 0 ? all[all.length - 1] : null) : Math.abs(by) === Infinity ? all[by < 0 ? 0 : all.length - 1] : all[all.indexOf(on) + by];
  if (!to) return;
  e.preventDefault();
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: 'nearest' });
});

// Keys that do something with the message that has the focus: only while the focus was set by the keyboard, so that a
// click and then a letter does nothing unmeant.
const withMessage = (f) => (e, msg) => {
  if (!document.activeElement.matches(':focus-visible')) return false;
  f(msg);
};
const pressTool = (selector) => withMessage((msg) => {
  equip(msg);
  const tool = $(`:scope > .tools ${selector}`, msg);
  if (tool && !(tool.matches('.own') && !msg.matches('.by-me'))) tool.click();
});

begin(() => {
  if (typeof shortcut !== 'function' || !$('.chat')) return;
  const on = '.msg:focus-within';
  shortcut('#messages', 'ArrowUp', 'keys.room_move');
  shortcut(on, 'r', 'keys.room_reply', withMessage((msg) => openThread(msg.dataset.thread !== '0' ? msg.dataset.thread : msg.dataset.id)));
  shortcut(on, 'e', 'keys.room_edit', pressTool('[data-rewrite]'));
  shortcut(on, 'p', 'keys.room_pin', pressTool('[data-menu=log]'));
  shortcut(on, '+', 'keys.room_react', withMessage((msg) => { equip(msg); const a = $(':scope > .tools [data-react-more]', msg); if (a) pickEmoji(msg, a); }));
  shortcut(on, 'u', 'keys.room_keep', pressTool('[data-keep]'));
  shortcut(on, 'm', 'keys.message_menu', withMessage((msg) => {
    equip(msg);
    const menu = $(':scope > .tools .menu', msg);
    if (!menu) return;
    $('summary', menu).focus();
    menu.open = true;
  }));
  shortcut('chat', 'i', 'keys.room_write', () => { const area = $('#thread textarea') || $('.room [data-composer] textarea'); if (area) area.focus(); });
});
