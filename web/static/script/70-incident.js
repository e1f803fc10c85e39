// The incident's page: the timeline as it is sifted, entries as they come, panels that stay as they were folded.
// It is a block of its own: nothing of it is meant for the other files.
{

  const page = { waiting: [], asked: 0 };
  const number = ($('.screen.incident') || { dataset: {} }).dataset.number;

  // ---- entries that come in

  // evened evens out what a search should not tell apart, as the server does.
  const evened = (s) => s.normalize('NFKC').toLowerCase();

  // wanted asks of an entry what the filter in the address asks.
  function wanted(entry) {
    const q = new URLSearchParams($('#trail').dataset.sift);
    const kinds = q.getAll('kind'), d = entry.dataset;
    if (kinds.length ? !kinds.includes(d.group) : d.group === 'book') return false;
    if (q.get('who') && !d.who.split(' ').includes(q.get('who'))) return false;
    if (q.get('revised') && !('revised' in d) || q.get('files') && !('files' in d)) return false;
    if (q.get('from') || q.get('to')) return false; // a stretch of the past: what comes now is none of it
    const text = evened(entry.innerText || entry.textContent);
    return evened(q.get('q') || '').split(/\s+/).every((w) => text.includes(w));
  }

  const rowsOf = (list) => $$('.entry', list);

  function place(fresh) {
    const entries = $('#entries'), oldest = $('#trail').dataset.order === 'oldest';
    const when = Number(fresh.dataset.when);
    const next = rowsOf(entries).find((e) => (oldest ? Number(e.dataset.when) > when : Number(e.dataset.when) <= when));
    if (next) next.before(fresh);
    else entries.append(fresh);
    const nothing = $('[data-nothing]');
    if (nothing) nothing.remove();
    fresh.classList.add('arrived');
    htmx.process(fresh);
  }

  function onEntry(p) {
    after = Math.max(after, p.rev || 0);
    const entries = $('#entries');
    if (!entries) return;
    const fresh = fromHTML(p.html).firstElementChild;
    const old = document.getElementById(p.id);
    if (old && old.classList.contains('entry')) {
      const unfolded = $$('details[open]', old).map((d) => d.dataset.fold);
      old.replaceWith(fresh);
      for (const d of $$('details', fresh)) d.open = unfolded.includes(d.dataset.fold);
      htmx.process(fresh);
      tick();
      return;
    }
    const held = page.waiting.findIndex((e) => e.id === p.id);
    if (held >= 0) { page.waiting[held] = fresh; return; }
    if (!wanted(fresh)) return;
    const oldest = $('#trail').dataset.order === 'oldest';
    const edge = Number(oldest ? entries.dataset.below : entries.dataset.above); // the window does not reach to its end
    const away = !oldest && entries.getBoundingClientRect().top < -40; // it would push down what is being read
    if (edge > 0 || away) page.waiting.push(fresh);
    else place(fresh);
    showWaiting();
    tick();
  }

  // showWaiting says how many have come that are not shown, so that nothing moves under a reader's eyes.
  function showWaiting() {
    const pill = $('#fresh-entries'), n = page.waiting.length;
    if (!pill) return;
    pill.hidden = !n;
    if (n) pill.textContent = (n === 1 ? pill.dataset.one : pill.dataset.many).replace('{n}', n);
  }

  function takeWaiting() {
    const entries = $('#entries');
    const edge = Number($('#trail').dataset.order === 'oldest' ? entries.dataset.below : entries.dataset.above);
    const first = page.waiting[0];
    const list = page.waiting.splice(0);
    showWaiting();
    if (edge > 0) return siftTo(new URL(location.pathname + location.search, location.href), '#trail');
    for (const e of list) place(e);
    tick();
    if (first) aim(first, true);
  }

  // ---- the filter, in place and in the address

  async function siftTo(url, anchor) {
    const box = $('#trail');
    if (!box) return;
    const mine = ++page.asked;
    const ask = new URL('/part/entries', location.href);
    for (const [k, v] of url.searchParams) if (v) ask.searchParams.append(k, v);
    ask.searchParams.set('number', number);
    ask.searchParams.set('whole', '1');
    box.setAttribute('aria-busy', 'true');
    try {
      const r = await fetch(ask, { headers: { 'HX-Request': 'true' } });
      if (!r.ok) throw new Error(r.status);
      const text = await r.text();
      if (mine !== page.asked) return; // something newer was asked meanwhile
      const fresh = fromHTML(text).firstElementChild;
      const focus = document.activeElement, at = box.contains(focus) && (focus.id ? '#' + focus.id : focus.name && `[name="${focus.name}"]${focus.value && focus.type === 'checkbox' ? `[value="${focus.value}"]` : ''}`);
      const caret = focus.id === 'sift-text' ? [focus.value, focus.selectionStart] : null;
      const more = $('.sift-more', box).open;
      box.replaceWith(fresh);
      $('.sift-more', fresh).open = more;
      htmx.process(fresh);
      page.waiting = [];
      if (at) { const e = $(at, fresh); if (e) e.focus({ preventScroll: true }); }
      if (caret) { const f = $('#sift-text'); f.value = caret[0]; f.setSelectionRange(caret[1], caret[1]); }
      history.replaceState(null, '', url.pathname + url.search + (anchor || ''));
      tick();
      const to = anchor && $(anchor);
      if (to && to.classList.contains('entry')) aim(to, true);
      else if (anchor === '#trail') fresh.scrollIntoView({ block: 'start' });
    } catch { say(body.dataset.unsent); } finally { const now = $('#trail'); if (now) now.removeAttribute('aria-busy'); }
  }

  function siftForm() {
    const form = $('#sift'), url = new URL(location.pathname, location.href);
    for (const [k, v] of new FormData(form)) if (String(v).trim()) url.searchParams.append(k, v);
    return url;
  }

  // aim leads the eye to an entry.
  function aim(entry, scroll) {
    for (const e of $$('.aimed')) e.classList.remove('aimed');
    entry.classList.add('aimed');
    const fold = entry.closest('details:not([open])');
    if (fold) fold.open = true;
    if (scroll) entry.scrollIntoView({ block: 'center' });
    const link = $('.entry-time', entry) || entry;
    link.focus({ preventScroll: true });
  }

  // goToEntry shows an entry that may stand far back.
  function goToEntry(seq) {
    const e = document.getElementById('e' + seq);
    if (e) {
      history.replaceState(null, '', location.pathname + location.search + '#e' + seq);
      const row = e.closest('.entry') || e;
      if (row !== e) $$('details', row).forEach((d) => { if (d.contains(e)) d.open = true; });
      return aim(row, true);
    }
    const url = new URL(location.pathname + location.search, location.href);
    url.searchParams.set('at', seq);
    return siftTo(url, '#e' + seq);
  }

  const copied = async (text) => {
    try { await navigator.clipboard.writeText(text); tell(body.dataset.copied); return true; } catch { return false; }
  };

  document.addEventListener('click', async (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    const on = (selector) => e.target.closest && e.target.closest(selector);
    let el;
    if (on('#fresh-entries')) takeWaiting();
    else if ((el = on('[data-permalink]')) && $('#trail')) {
      const m = /#e(\d+)$/.exec(el.href.baseVal || el.getAttribute('href') || '');
      if (!m) return;
      e.preventDefault();
      goToEntry(m[1]);
    } else if ((el = on('[data-sift-link], .days a')) && $('#trail')) {
      e.preventDefault();
      const url = new URL(el.href);
      if (el.matches('.days a')) { el.closest('details').open = false; goToEntry(url.searchParams.get('at')); } else siftTo(url, '');
    } else if ((el = on('[data-copy-entry]'))) {
      const to = new URL(el.dataset.copyEntry, location.href).href;
      if (!await copied(to)) history.replaceState(null, '', to);
    } else if ((el = on('[data-copy-report]'))) {
      try {
        const r = await fetch(el.dataset.copyReport);
        if (!r.ok || !await copied(await r.text())) location.assign(el.dataset.copyReport);
        else el.classList.add('done');
      } catch { location.assign(el.dataset.copyReport); }
    }
  });

  let typed = null;
  document.addEventListener('input', (e) => {
    if (e.target.id !== 'sift-text' || e.isComposing) return;
    clearTimeout(typed);
    typed = setTimeout(() => siftTo(siftForm(), ''), 250);
  });
  document.addEventListener('compositionend', (e) => {
    if (e.target.id !== 'sift-text') return;
    clearTimeout(typed);
    typed = setTimeout(() => siftTo(siftForm(), ''), 250);
  });
  document.addEventListener('change', (e) => {
    const form = e.target.closest && e.target.closest('#sift');
    if (form && e.target.id !== 'sift-text') siftTo(siftForm(), '');
  });
  document.addEventListener('submit', (e) => {
    if (e.target.id !== 'sift') return;
    e.preventDefault();
    clearTimeout(typed);
    siftTo(siftForm(), '');
  });

  // Further entries are put where they belong: into the one list, so that what comes later finds its place.
  body.addEventListener('htmx:afterSwap', () => {
    const entries = $('#entries');
    for (const more of $$('#trail > ol[data-more]')) {
      const above = more.dataset.more === 'above', rest = above ? more.previousElementSibling : more.nextElementSibling;
      const top = entries.firstElementChild && entries.firstElementChild.getBoundingClientRect().top;
      const had = entries.firstElementChild;
      if (above) entries.prepend(...more.children);
      else entries.append(...more.children);
      entries.dataset[above ? 'above' : 'below'] = rest && rest.matches('.older') ? '1' : '0';
      more.remove();
      if (above && had) window.scrollBy(0, had.getBoundingClientRect().top - top);
      htmx.process(entries);
    }
  });

  // A link to an entry that is not in the window is followed all the same.
  begin(() => {
    if (!number) return;
    const aimed = /^#e(\d+)$/.exec(location.hash);
    if (aimed) goToEntry(aimed[1]);
    window.addEventListener('hashchange', () => { const m = /^#e(\d+)$/.exec(location.hash); if (m) goToEntry(m[1]); });
  });

  // ---- panels stay as they were folded, also when they are written anew; on a phone all but the first are folded at first

  begin(() => {
    if (!number) return;
    const key = 'matoi.folds';
    let folds = {};
    try { folds = JSON.parse(sessionStorage.getItem(key) || '{}'); } catch { /* private window */ }
    const narrow = matchMedia('(max-width: 46rem)').matches;
    const keep = ['card', 'course'];
    const set = (d) => {
      const name = d.dataset.fold;
      const known = folds[name];
      if (known !== undefined) d.open = known;
      else if (narrow && d.classList.contains('fold') && !keep.includes(name)) d.open = false;
    };
    for (const d of $$('.incident details[data-fold]')) set(d);
    new MutationObserver((list) => {
      for (const m of list) for (const n of m.addedNodes) {
        if (n.nodeType !== 1 || n.closest('.entry')) continue;
        toNow(n);
        for (const d of [n, ...$$('details[data-fold]', n)]) if (d.matches('details[data-fold]')) set(d);
      }
    }).observe($('.screen.incident'), { childList: true, subtree: true });
    // A fold is remembered when a person does it, not when a page is written.
    document.addEventListener('click', (e) => {
      const s = e.target.closest && e.target.closest('details[data-fold] > summary');
      if (!s || s.closest('.entry')) return;
      folds[s.parentElement.dataset.fold] = !s.parentElement.open;
      try { sessionStorage.setItem(key, JSON.stringify(folds)); } catch { /* private window */ }
    });
  });

  // The menu of everything closes as menus do; the picture begins at its end, which is now.
  document.addEventListener('click', (e) => {
    const d = $('.actions[open]');
    if (d && (!d.contains(e.target) || e.target.closest('.action-groups button'))) d.open = false;
  });
  document.addEventListener('keydown', (e) => {
    const d = e.key === 'Escape' && !$('dialog[open]') && $('.actions[open]');
    if (!d) return;
    d.open = false;
    $('summary', d).focus();
  });
  let courseAt = null; // how far somebody scrolled it, so that it stays there when it is drawn anew
  const toNow = (from) => { for (const f of $$('.course-figure', from)) f.scrollLeft = courseAt ?? f.scrollWidth; };
  document.addEventListener('scroll', (e) => {
    const f = e.target;
    if (f.classList && f.classList.contains('course-figure')) courseAt = f.scrollLeft + f.clientWidth > f.scrollWidth - 4 ? null : f.scrollLeft;
  }, true);
  begin(() => { if (number) toNow(document); });

  // ---- keys

  begin(() => {
    if (!number || typeof shortcut !== 'function') return;
    const focus = (selector) => () => { const e = $$(selector).find((x) => x.getClientRects().length); if (!e) return false; e.focus(); };
    shortcut('.screen.incident', 'l', 'keys.entry_log', focus('#log-text'));
    shortcut('.screen.incident', 'f', 'keys.entry_filter', () => { const d = $('.sift-more'); d.open = !d.open; (d.open ? $('input', d) : $('summary', d)).focus(); });
    shortcut('.screen.incident', 'e', 'keys.entry_due', focus('#now .buttons .primary'));
    shortcut('.screen.incident', 'x', 'keys.entry_actions', () => { const d = $('.actions'); d.open = !d.open; (d.open ? $('.action-groups button', d) : $('summary', d)).focus(); });
  });

  onStream('entry', onEntry);
}
