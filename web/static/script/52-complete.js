// Completion: commands as the server knows their grammar, people after @, rooms and incidents after #, emoji after a colon.
// The box is a plain text box that points at the option chosen in a list (aria-activedescendant); arrows choose, Tab or
// Enter takes, Escape closes.

const looksLikeCommand = (text) => /^[\s\u3000]*[/／]/.test(text);

// whatIsTyped finds what stands before the cursor: { kind, from, typed }.
function whatIsTyped(area) {
  const at = area.selectionStart;
  if (at !== area.selectionEnd) return null;
  const head = area.value.slice(0, at);
  if (looksLikeCommand(area.value)) return { kind: 'command', head };
  const signs = [
    ['@', /(^|[^A-Za-z0-9_@＠<.\-])([@＠])([^\s@＠<>]{0,40}(?: [^\s@＠<>]{1,40})?)$/],
    ['#', /(^|[\s\u3000(（])([#＃])([^\s#＃]{0,40})$/],
    [':', /(^|[\s\u3000(（])(:)([a-z0-9_+\-]{2,30}|[\u3040-\u30ff\u4e00-\u9fff]{1,20})$/i],
  ];
  const found = signs.map(([kind, sign]) => [kind, sign.exec(head)]).filter(([, m]) => m)
    .map(([kind, m]) => ({ kind, from: at - m[3].length - 1, typed: m[3] }));
  return found.sort((a, b) => b.from - a.from)[0] || null; // the nearest sign is meant
}

let asked = 0, timer = null;

function suggest(form) {
  clearTimeout(timer);
  form.stale = true; // what is shown belongs to an older text
  const what = whatIsTyped(form.text);
  if (!what) return hideComplete(form);
  timer = setTimeout(() => propose(form, what).catch(() => hideComplete(form)), what.kind === ':' ? 20 : 80);
}

async function propose(form, what) {
  const n = ++asked, text = form.text.value, at = form.text.selectionStart;
  const ask = async (path, q) => {
    const r = await fetch(path + '?' + new URLSearchParams(q), { headers: { Accept: 'application/json' } });
    return r.ok ? r.json() : { items: [] };
  };
  let got;
  const where = { channel: form.channel.value, thread: form.thread.value };
  if (what.kind === 'command') {
    got = await ask('/part/complete', { ...where, text, at });
    got.from = at - got.replace;
  } else if (what.kind === ':') {
    const found = await findEmoji(what.typed, 12);
    got = { items: found.map((e) => ({ text: e[0], sign: e[0], label: ':' + e[4].split(' ')[0] + ':', also: body.dataset.lang === 'ja' ? e[3] : e[2] })), from: what.from, first: /^[a-z0-9]/i.test(what.typed) };
  } else {
    got = await ask('/part/mention', { ...where, sign: what.kind, text: what.typed });
    got.from = what.from;
    const exact = got.items.length === 1 && got.items[0].text.slice(1).toLowerCase() === what.typed.toLowerCase();
    got.first = !exact && (what.kind === '@' || what.typed !== '');
  }
  if (n !== asked || form.text.value !== text || form.text.selectionStart !== at) return;
  showComplete(form, got);
}

function showComplete(form, got) {
  const box = $('.complete', form), list = $('.options', box), teach = $('.teach', box);
  form.got = got;
  form.stale = false;
  const items = got.items || [];
  let group = null, heading = null;
  list.replaceChildren();
  items.forEach((it, i) => {
    if ((it.group || '') !== heading || !group) {
      heading = it.group || '';
      group = document.createElement('div');
      group.setAttribute('role', 'group');
      if (heading) {
        group.setAttribute('aria-label', heading);
        const h = document.createElement('div');
        h.className = 'option-group';
        h.setAttribute('aria-hidden', 'true');
        h.textContent = heading;
        group.append(h);
      }
      list.append(group);
    }
    group.append(optionOf(form, it, i));
  });
  list.hidden = !items.length;
  teachLine(form, teach, got.hint);
  box.hidden = !items.length && teach.hidden;
  list.scrollTop = 0;
  if (got.first && items.length) pick(form, 0);
  else form.text.removeAttribute('aria-activedescendant');
  const said = items.length ? fillIn(W.found, { n: items.length }) : '';
  const news = [got.hint && got.hint.problem, said].filter(Boolean).join(' ');
  if (news && form.saidLast !== news) tell(news);
  form.saidLast = news;
}

function optionOf(form, it, i) {
  const o = document.createElement('div');
  o.setAttribute('role', 'option');
  o.setAttribute('aria-selected', 'false');
  o.id = form.text.id + '-option-' + i;
  o.dataset.at = i;
  const add = (name, text) => {
    if (!text) return;
    const e = document.createElement(name === 'option-text' ? 'b' : 'span');
    e.className = name;
    e.dir = 'auto';
    e.textContent = text;
    o.append(e);
  };
  if (it.text.startsWith('<@')) add('option-text', '@' + it.label);
  else {
    add('option-text', it.sign ? it.sign + ' ' + it.label : it.text.replace(/^\S+ (?=\S)/, (cmd) => (cmd.startsWith('/') ? '' : cmd)));
    add('option-also', it.also);
    if (!it.sign && it.label !== it.text) add('option-label', it.label);
  }
  return o;
}

// teachLine shows what the line is made of: its parts with the one at the cursor, what may stand there, what is missing,
// what is wrong; or, while a verb is being chosen, the form of the verb that is pointed at.
function teachLine(form, box, hint) {
  box.replaceChildren();
  const line = (name, text) => {
    if (!text) return null;
    const p = document.createElement('p');
    p.className = name;
    p.textContent = text;
    box.append(p);
    return p;
  };
  if (hint) {
    if (hint.parts) {
      const p = line('signature', ' '), flags = hint.parts.filter((x) => x.text.startsWith('--'));
      p.textContent = '';
      const shown = hint.parts.filter((x) => !x.text.startsWith('--') || x.current || x.given || flags.indexOf(x) < 3);
      for (const part of shown) {
        const s = document.createElement('span');
        s.className = ['part', part.given && 'given', part.current && 'current', part.optional && 'optional'].filter(Boolean).join(' ');
        s.textContent = part.optional ? `[${part.text}]` : part.text;
        p.append(s, ' ');
      }
      if (shown.length < hint.parts.length) p.append('…');
    }
    line('teach-problem', hint.problem && '⚠ ' + hint.problem);
    const more = (hint.parts || []).some((x) => !x.optional && !x.given && !x.current); // the part at the cursor is named already
    line('teach-now', [hint.now, more && hint.missing].filter(Boolean).join(' · ') || hint.about);
    line('teach-tip', hint.tip);
    if (hint.example && !hint.problem) line('teach-example', W.example + ': ' + hint.example);
  }
  box.hidden = !box.children.length;
}

const options = (form) => $$('.options [role=option]', form);

function pick(form, i) {
  const all = options(form);
  all.forEach((o, n) => o.setAttribute('aria-selected', n === i));
  if (!all[i]) return form.text.removeAttribute('aria-activedescendant');
  all[i].scrollIntoView({ block: 'nearest' });
  form.text.setAttribute('aria-activedescendant', all[i].id);
  const it = form.got.items[i];
  if (it.usage) teachLine(form, $('.teach', form), { parts: null, now: it.usage, example: it.example });
}

function hideComplete(form) {
  clearTimeout(timer);
  asked++;
  const box = form && $('.complete', form);
  if (!box) return;
  box.hidden = true;
  form.got = null;
  form.saidLast = '';
  $('.options', box).replaceChildren();
  $('.options', box).hidden = true;
  $('.teach', box).hidden = true;
  form.text.removeAttribute('aria-activedescendant');
}

function take(form, i) {
  const it = form.got.items[i], from = form.got.from, end = form.text.selectionStart;
  const after = form.text.value.slice(end);
  const gap = /^[\s\u3000]/.test(after) ? '' : ' ';
  asked++;
  writeText(form.text, it.text + gap, from, end);
  if (!gap) form.text.setSelectionRange(form.text.selectionStart + 1, form.text.selectionStart + 1);
  saveDraft(form);
  if (!looksLikeCommand(form.text.value)) hideComplete(form);
}

function completeKeys(form, e) {
  const all = options(form);
  if ($('.complete', form).hidden || e.ctrlKey || e.metaKey || e.altKey || (form.stale && e.key === 'Enter')) return false;
  const at = all.findIndex((o) => o.getAttribute('aria-selected') === 'true');
  if (e.key === 'Escape') hideComplete(form);
  else if (!all.length || !form.got) return false;
  else if (e.key === 'ArrowDown') pick(form, (at + 1) % all.length);
  else if (e.key === 'ArrowUp') pick(form, (at < 0 ? all.length : at + all.length) % all.length === 0 && at <= 0 ? all.length - 1 : at - 1);
  else if (e.key === 'PageDown' && at >= 0) pick(form, Math.min(all.length - 1, at + 8));
  else if (e.key === 'PageUp' && at >= 0) pick(form, Math.max(0, at - 8));
  else if (form.stale && e.key === 'Tab' && !e.shiftKey) form.stale = true; // a moment, and there is something to take
  else if ((e.key === 'Tab' && !e.shiftKey) || (e.key === 'Enter' && !e.shiftKey && at >= 0)) take(form, Math.max(at, 0));
  else return false;
  e.preventDefault();
  e.stopPropagation();
  return true;
}

document.addEventListener('mousedown', (e) => {
  const box = e.target.closest('.complete');
  if (!box) return;
  e.preventDefault(); // the focus stays in the box that is typed into
  const o = e.target.closest('[role=option]');
  if (o) take(composerOf(o), Number(o.dataset.at));
});
document.addEventListener('focusout', (e) => {
  const form = composerOf(e.target);
  if (form && e.target === form.text && !form.contains(e.relatedTarget)) setTimeout(() => { if (document.activeElement !== form.text) hideComplete(form); }, 150);
});
document.addEventListener('click', (e) => { const form = composerOf(e.target); if (form && e.target === form.text && form.text.value) suggest(form); });
document.addEventListener('compositionend', (e) => { const form = composerOf(e.target); if (form && e.target === form.text) suggest(form); });
