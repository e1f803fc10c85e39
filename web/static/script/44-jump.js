// Going elsewhere: the switcher (Ctrl+K), the keys from channel to channel, people.

async function openJump() {
  if ($('#jump')) return;
  let html = '';
  try {
    const r = await fetch('/part/jump?open=1', { headers: { 'HX-Request': 'true' } });
    html = await r.text();
    if (!r.ok) return answer(html);
  } catch { return say(body.dataset.unsent); }
  if ($('#jump')) return;
  const back = trail(document.activeElement);
  body.append(fromHTML(html));
  const dialog = $('#jump'), input = $('#jump-text'), box = $('#jump-list');
  dialog.showModal();
  input.focus();
  dialog.addEventListener('close', () => { dialog.remove(); focusAgain(back); });
  dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  let asked = 0, timer = null;
  const options = () => $$('[role=option]:not([aria-disabled])', box);
  const choose = (i) => {
    const all = options();
    all.forEach((o, n) => o.setAttribute('aria-selected', n === i));
    if (all[i]) { input.setAttribute('aria-activedescendant', all[i].id); all[i].scrollIntoView({ block: 'nearest' }); } else input.removeAttribute('aria-activedescendant');
  };
  const go = (option) => {
    if (!option || option.getAttribute('aria-disabled')) return;
    if (option.dataset.to) location.assign(option.dataset.to);
    else if (option.dataset.person) post('/do/direct', { person: option.dataset.person });
    dialog.close();
  };
  choose(0);
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const n = ++asked;
      try {
        const r = await fetch('/part/jump?text=' + encodeURIComponent(input.value), { headers: { 'HX-Request': 'true' } });
        const part = r.ok && n === asked ? await r.text() : '';
        if (n !== asked || !part) return;
        box.replaceChildren(fromHTML(part));
        choose(0);
      } catch { /* what is shown stays */ }
    }, 80);
  });
  input.addEventListener('keydown', (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    const all = options(), at = all.findIndex((o) => o.getAttribute('aria-selected') === 'true');
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') choose((at + (e.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length);
    else if (e.key === 'Enter') go(all[Math.max(at, 0)]);
    else return;
    e.preventDefault();
  });
  box.addEventListener('click', (e) => go(e.target.closest('[role=option]')));
}

document.addEventListener('click', (e) => { if (e.target.closest('[data-jump]')) openJump(); });

// ---- people

// showPerson shows the small card of a person beside what was pressed.
async function showPerson(id, by) {
  hidePerson();
  if (!id) return;
  let html = '';
  try {
    const r = await fetch('/part/person?id=' + encodeURIComponent(id), { headers: { 'HX-Request': 'true' } });
    if (!r.ok) return;
    html = await r.text();
  } catch { return say(body.dataset.unsent); }
  hidePerson();
  const card = fromHTML(html).firstElementChild, at = by.getBoundingClientRect(), back = trail(document.activeElement);
  (by.closest('dialog[open]') || body).append(card);
  htmx.process(card);
  const left = Math.max(8, Math.min(innerWidth - card.offsetWidth - 8, at.left)), below = at.bottom + 6;
  card.style.left = left + 'px';
  card.style.top = Math.max(8, below + card.offsetHeight < innerHeight ? below : Math.min(at.top - card.offsetHeight - 6, innerHeight - card.offsetHeight - 8)) + 'px';
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
  card.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return;
    e.preventDefault();
    e.stopPropagation();
    hidePerson();
    focusAgain(back);
  });
}
function hidePerson() { for (const c of $$('.person-box')) c.remove(); }

document.addEventListener('click', (e) => {
  const by = e.target.closest('[data-person]');
  if (by && !by.closest('#jump, form, select') && by.closest('.msg, .members, .text')) {
    e.preventDefault();
    showPerson(by.dataset.person, by);
  } else if (!e.target.closest('.person-box')) hidePerson();
});

// Who to write to: names are narrowed as they are typed, Enter takes the first.
begin(() => {
  const form = $('[data-choose-people]');
  if (!form) return;
  const filter = $('#people-filter', form), rows = $$('.people-list li', form), chosen = $('[data-chosen]', form);
  const even = (s) => s.normalize('NFKC').toLowerCase().replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));
  let at = 0;
  const shown = () => rows.filter((r) => !r.hidden);
  const point = (i) => {
    at = Math.max(0, Math.min(shown().length - 1, i));
    rows.forEach((r) => r.classList.remove('at'));
    const r = shown()[at];
    if (r && document.activeElement === filter) { r.classList.add('at'); r.scrollIntoView({ block: 'nearest' }); }
  };
  const sift = () => {
    const words = even(filter.value).split(/\s+/).filter(Boolean);
    for (const r of rows) r.hidden = !words.every((w) => even(r.dataset.fold).includes(w.replace(/^@/, '')));
    $('[data-nobody]', form).hidden = shown().length > 0;
    point(0);
  };
  const showChosen = () => {
    chosen.replaceChildren(...rows.filter((r) => $('input', r).checked).map((r) => {
      const b = document.createElement('button');
      b.type = 'button';
      b.className = 'chip';
      b.textContent = $('.cut', r).textContent + ' ✕';
      b.addEventListener('click', () => { $('input', r).checked = false; showChosen(); filter.focus(); });
      return b;
    }));
    chosen.hidden = !chosen.children.length;
    $('button.primary', form).disabled = chosen.hidden;
  };
  filter.addEventListener('input', sift);
  filter.addEventListener('focus', () => point(at));
  filter.addEventListener('keydown', (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') point(at + (e.key === 'ArrowDown' ? 1 : -1));
    else if (e.key === 'Enter' && (filter.value || chosen.hidden)) {
      const box = shown()[at] && $('input', shown()[at]);
      if (box) { box.checked = !box.checked; filter.value = ''; showChosen(); sift(); }
    } else if (e.key === 'Backspace' && !filter.value && chosen.lastChild) chosen.lastChild.click();
    else return;
    e.preventDefault();
  });
  form.addEventListener('change', showChosen);
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    post('/do/direct', { person: $$('input:checked', form).map((i) => i.value) });
  });
  showChosen();
  sift();
});

document.addEventListener('change', (e) => { if (e.target.matches('[data-submit-on-change]')) e.target.form.requestSubmit(); });

// ---- keys

function neighbour(by, only) {
  const all = $$('#channels a[data-channel]').filter((a) => a.getClientRects().length && (!only || a.matches('.has-unread') || a.dataset.channel === channel));
  const here = all.findIndex((a) => a.dataset.channel === channel);
  const to = all[(here + by + all.length) % all.length] || all[0];
  if (to && to.dataset.channel !== channel) to.click();
}

begin(() => {
  if (typeof shortcut !== 'function' || !$('.rail')) return;
  shortcut('', 'Ctrl+k', 'keys.room_jump', () => { openJump(); });
  if (!$('.chat')) return;
  shortcut('chat', 'Alt+ArrowUp', 'keys.room_previous', () => neighbour(-1));
  shortcut('chat', 'Alt+ArrowDown', 'keys.room_next', () => neighbour(1));
  shortcut('chat', 'Alt+u', 'keys.room_unread', () => neighbour(1, true));
  shortcut('chat', 'Alt+End', 'keys.room_newest', () => { const b = $('.jump-newest:not([hidden])'); if (b) b.click(); else if (list) toEnd(list); });
});
