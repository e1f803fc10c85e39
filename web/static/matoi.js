// The script of every page. It follows the page's stream, sends what is typed, opens dialogs and keeps times true.
// Nothing here knows an incident's rules: it moves HTML that the server rendered.
(() => {
  'use strict';

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

  // ---- notices and dialogs -------------------------------------------------------------------------------------

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

  // ---- times ---------------------------------------------------------------------------------------------------

  const words = new Intl.RelativeTimeFormat(body.dataset.lang || 'ja', { numeric: 'always' });

  const spell = (n, unit) => words.format(n, unit).replace(/(\d) (?=[^a-z])/, '$1'); // 10分前, not 10 分前

  function ago(ms) {
    const s = ms / 1000;
    if (Math.abs(s) < 60) return null; // the server's word for it stands
    if (s > 0) { // as the server counts: a deadline must not seem farther than it is
      if (s < 3300) return spell(Math.round(s / 60), 'minute');
      if (s < 84600) return spell(Math.floor((s + 300) / 3600), 'hour');
      return spell(Math.floor((s + 1800) / 86400), 'day');
    }
    if (s > -3600) return spell(Math.trunc(s / 60), 'minute');
    if (s > -86400) return spell(Math.trunc(s / 3600), 'hour');
    return spell(Math.trunc(s / 86400), 'day');
  }

  function tick() {
    const now = Date.now();
    for (const t of $$('time[data-rel]')) {
      const left = Date.parse(t.dateTime) - now;
      const text = ago(left);
      if (text && text !== t.textContent) t.textContent = text;
      if ('due' in t.dataset) {
        t.classList.toggle('burning', left <= 0);
        t.classList.toggle('soon', left > 0 && left <= 15 * 60e3);
      }
    }
  }
  setInterval(tick, 15e3);

  // ---- the stream ----------------------------------------------------------------------------------------------

  let source = null, after = Number(body.dataset.after || 0), wait = 1000, lost = null;

  // EventSource would come back by itself, but with the address it began with: a page asks from where it stands.
  function open() {
    const live = body.dataset.live;
    if (!live || source || document.hidden) return;
    const url = new URL(live, location.href);
    url.searchParams.set('after', after);
    source = new EventSource(url);
    source.onopen = () => {
      wait = 1000;
      clearTimeout(lost);
      lost = null;
      $('#connection').hidden = true;
    };
    source.onerror = () => {
      shut();
      lost = lost || setTimeout(() => { $('#connection').hidden = false; }, 1500);
      setTimeout(open, wait);
      wait = Math.min(wait * 1.6, 10000);
    };
    source.addEventListener('message', (e) => onMessage(JSON.parse(e.data)));
    source.addEventListener('rev', (e) => { after = JSON.parse(e.data).rev; });
    source.addEventListener('part', (e) => onPart(JSON.parse(e.data)));
    source.addEventListener('entry', (e) => onEntry(JSON.parse(e.data)));
  }

  function shut() {
    if (source) source.close();
    source = null;
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? shut() : open()));
  window.addEventListener('pagehide', shut);
  window.addEventListener('pageshow', open);

  // Replace a part of the page; the focus stays where it was, and a choice being made is not torn away.
  function onPart(p) {
    const old = document.getElementById(p.id);
    if (!old) return;
    const focus = document.activeElement;
    const inside = old.contains(focus);
    if (inside && focus.tagName === 'SELECT') {
      focus.addEventListener('blur', () => onPart(p), { once: true });
      return;
    }
    const mark = inside && (focus.id ? '#' + CSS.escape(focus.id) : focus.dataset.command && `[data-command="${CSS.escape(focus.dataset.command)}"]`);
    const fresh = fromHTML(p.html).firstElementChild;
    const top = old.scrollTop;
    const kept = $$('input,textarea', old).filter((i) => i.id && i.value && i.value !== i.defaultValue).map((i) => [i.id, i.value]);
    const opened = $$('details[open]', old).map((d) => d.className);
    old.replaceWith(fresh);
    for (const [id, value] of kept) { const i = document.getElementById(id); if (i) i.value = value; }
    for (const name of opened) { const d = $$('details', fresh).find((x) => x.className === name); if (d) d.open = true; }
    fresh.scrollTop = top;
    htmx.process(fresh);
    if (mark) { const again = $(mark, fresh); if (again) again.focus({ preventScroll: true }); }
    tick();
    if (p.id === 'channels') showUnread();
  }

  // ---- the chat ------------------------------------------------------------------------------------------------

  const channel = $('.chat') ? $('.chat').dataset.channel : '';
  const list = $('#messages');

  // What depends on the reader is marked here, so that the server renders a message once for all.
  function mark(msg) {
    msg.classList.toggle('mine', !!me && msg.dataset.author === me);
    for (const r of $$('.reaction', msg)) {
      const own = r.dataset.people.split(' ').includes(me);
      r.setAttribute('aria-pressed', own);
      r.classList.toggle('given', own);
    }
  }
  function markAll(from) { for (const m of $$('.msg', from)) mark(m); }

  function regroup(msg) {
    if (!msg || !msg.dataset.id) return;
    let above = msg.previousElementSibling;
    if (above && !above.dataset.id) above = null;
    const near = above && above.dataset.author === msg.dataset.author && msg.dataset.author &&
      !msg.classList.contains('only') && !above.classList.contains('only') &&
      !msg.classList.contains('gone') && !above.classList.contains('gone') &&
      Number(msg.dataset.at) - Number(above.dataset.at) < 5 * 60e3;
    msg.classList.toggle('follow', !!near);
  }

  // A last message that does not fit, as a new room's card, is shown from its beginning, where it says what burns.
  const tall = (box) => {
    const last = $$('.msg', box).pop();
    return last && last.offsetHeight > box.clientHeight ? last.getBoundingClientRect().top - box.getBoundingClientRect().top : null;
  };
  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80 || (tall(box) ?? -1) >= 0;
  const toEnd = (box) => {
    box.scrollTop = box.scrollHeight;
    const above = tall(box);
    if (above !== null) box.scrollTop += above - 8;
  };

  // Who reads the end goes on reading it when the room is made narrower or lower: by a thread, by a keyboard on glass.
  function holdEnd(box) {
    let ended = true;
    box.addEventListener('scroll', () => { ended = atEnd(box); }, { passive: true });
    new ResizeObserver(() => { if (ended) toEnd(box); }).observe(box);
  }

  function place(box, p) {
    const fresh = fromHTML(p.html).firstElementChild;
    const old = document.getElementById(p.id);
    const stick = atEnd(box);
    if (old && box.contains(old)) {
      if (Number(old.dataset.rev) >= Number(fresh.dataset.rev)) return; // seen already
      const open = $('details.menu[open]', old);
      old.replaceWith(fresh);
      if (open && $('details.menu', fresh)) $('details.menu', fresh).open = true;
    } else {
      const id = Number(fresh.dataset.id);
      const oldest = $('.msg[data-id]', box);
      if ($('button.older', box) && oldest && id < Number(oldest.dataset.id)) return; // above what is loaded
      const next = $$('.msg[data-id]', box).find((m) => Number(m.dataset.id) > id);
      if (next) next.before(fresh);
      else box.append(fresh);
    }
    htmx.process(fresh);
    mark(fresh);
    regroup(fresh);
    regroup(fresh.nextElementSibling);
    if (stick || p.author === me) toEnd(box);
    tick();
  }

  function onMessage(p) {
    after = Math.max(after, p.rev || 0);
    if (p.channel !== channel) {
      if (p.new && p.author !== me) setUnread(p.channel, true);
      keepRev();
      return;
    }
    keepRev();
    if (!p.html) return;
    const thread = $('#thread .messages');
    if (!p.thread) {
      place(list, p);
      const head = $(`#thread [data-head="${p.id.slice(1)}"]`);
      if (head) fetch('/part/thread?message=' + p.id.slice(1), { headers: { 'HX-Request': 'true' } })
        .then((r) => (r.ok ? r.text() : '')).then((h) => {
          const fresh = h && $('[data-head]', fromHTML(h));
          if (fresh && head.isConnected) { head.replaceWith(fresh); htmx.process(fresh); }
        });
    } else if (thread && thread.dataset.thread === String(p.thread)) place(thread, p);
  }

  function threadOpened() {
    const thread = $('#thread .messages');
    if (!thread) return;
    body.classList.add('thread-open');
    toEnd(thread);
    restoreDraft($('#thread [data-composer]'));
    const area = $('#thread textarea');
    if (area) area.focus();
  }

  function closeThread() {
    $('#thread').replaceChildren();
    body.classList.remove('thread-open');
    const area = $('.room [data-composer] textarea');
    if (area) area.focus();
  }

  // Unread marks live in this browser: which channels have something new, and up to where that is known.
  const unreadKey = 'matoi.unread.' + me;
  const loadUnread = () => { try { return JSON.parse(localStorage.getItem(unreadKey)) || {}; } catch { return {}; } };
  function saveUnread(u) { try { localStorage.setItem(unreadKey, JSON.stringify(u)); } catch { /* private window */ } }
  function setUnread(name, on) {
    const u = loadUnread();
    u.in = u.in || {};
    if (on) u.in[name] = 1; else delete u.in[name];
    saveUnread(u);
    showUnread();
  }
  function keepRev() {
    const u = loadUnread();
    u.rev = Math.max(u.rev || 0, after);
    saveUnread(u);
  }
  function showUnread() {
    const u = loadUnread().in || {};
    for (const a of $$('#channels a[data-channel]')) {
      const on = !!u[a.dataset.channel] && a.dataset.channel !== channel;
      a.classList.toggle('has-unread', on);
      $('.unread', a).hidden = !on;
    }
  }
  async function catchUp() {
    if (!$('#channels')) return;
    if (channel) setUnread(channel, false);
    const rev = loadUnread().rev;
    if (rev !== undefined && rev < after) {
      try {
        const r = await fetch('/part/unread?after=' + rev, { headers: { Accept: 'application/json' } });
        if (r.ok) for (const name of (await r.json()).channels) if (name !== channel) setUnread(name, true);
      } catch { /* next time */ }
    }
    keepRev();
    showUnread();
  }

  function editMessage(id) {
    const msg = document.getElementById('m' + id);
    const text = msg && $('.text', msg);
    if (!text) return;
    const form = document.createElement('form');
    form.className = 'edit-box';
    const area = document.createElement('textarea');
    area.value = text.dataset.source;
    area.setAttribute('aria-label', $('[data-edit]', msg).textContent.trim());
    form.append(area);
    text.replaceWith(form);
    fit(area);
    area.focus();
    const done = (node) => form.isConnected && form.replaceWith(node);
    area.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') { e.stopPropagation(); done(text); }
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); }
    });
    area.addEventListener('input', () => fit(area));
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      if (area.value.trim() === text.dataset.source) return done(text);
      if (await post('/do/edit', { message: id, text: area.value })) done(text); // the stream brings the new text
    });
  }

  // post sends a deed; on a broken connection the same deed is tried again before the text is given back.
  async function post(path, fields) {
    const form = new URLSearchParams({ ...fields, deed: newDeed() });
    for (let n = 0; ; n++) {
      try {
        const r = await fetch(path, { method: 'POST', body: form, headers: { 'HX-Request': 'true', 'HX-Current-URL': location.href } });
        if (r.status >= 502 && n < 3) throw new Error('gateway');
        const to = r.headers.get('HX-Redirect');
        if (to) location.assign(to);
        answer(await r.text());
        return r.ok;
      } catch {
        if (n >= 3) { say(body.dataset.unsent); return false; }
        await new Promise((go) => setTimeout(go, 700 * (n + 1)));
      }
    }
  }

  // ---- typing --------------------------------------------------------------------------------------------------

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

  // ---- the incident's page -------------------------------------------------------------------------------------

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

  // ---- begin ---------------------------------------------------------------------------------------------------

  markAll(document);
  $$('[data-composer]').forEach(restoreDraft);
  if (list) {
    const target = location.hash.startsWith('#m') && document.getElementById(location.hash.slice(1));
    if (target) target.scrollIntoView({ block: 'center' });
    else {
      toEnd(list);
      holdEnd(list);
    }
    const thread = /^#t(\d+)$/.exec(location.hash);
    if (thread) htmx.ajax('GET', '/part/thread?message=' + thread[1], { target: '#thread', swap: 'innerHTML' });
    const area = $('.room textarea');
    if (area && matchMedia('(hover: hover)').matches && !target) area.focus();
  }
  tick();
  catchUp();
  open();
})();
