// Formatting: keys and buttons put Markdown around what is selected; pressed again they take it off.

const marks = { bold: '**', italic: '_', code: '`', link: 'link', list: '- ', quote: '> ', block: '```' };
const formatKey = { b: 'bold', i: 'italic', e: 'code', k: 'link' };

function formatKeys(area, e) {
  if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || !formatKey[e.key.toLowerCase()]) return false;
  if (e.key.toLowerCase() === 'k' && area.selectionStart === area.selectionEnd) return false; // with nothing chosen it jumps
  e.preventDefault();
  format(area, formatKey[e.key.toLowerCase()]);
  return true;
}

function format(area, what) {
  const { selectionStart: from, selectionEnd: to, value } = area, chosen = value.slice(from, to), mark = marks[what];
  area.focus();
  if (what === 'link') {
    const isURL = /^https?:\/\/\S+$/.test(chosen);
    writeText(area, isURL ? `[](${chosen})` : `[${chosen}](https://)`, from, to);
    if (isURL) area.setSelectionRange(from + 1, from + 1);
    else area.setSelectionRange(from + chosen.length + 3, from + chosen.length + 11);
  } else if (what === 'list' || what === 'quote') {
    const begin = value.lastIndexOf('\n', from - 1) + 1;
    const lines = value.slice(begin, to).split('\n'), all = lines.every((l) => l.startsWith(mark));
    writeText(area, lines.map((l) => (all ? l.slice(mark.length) : mark + l)).join('\n'), begin, to);
  } else if (what === 'block') {
    writeText(area, (from && value[from - 1] !== '\n' ? '\n' : '') + '```\n' + chosen + '\n```', from, to);
    if (!chosen) area.setSelectionRange(area.selectionStart - 4, area.selectionStart - 4);
  } else if (value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark) {
    writeText(area, chosen, from - mark.length, to + mark.length);
    area.setSelectionRange(from - mark.length, to - mark.length);
  } else {
    writeText(area, mark + chosen + mark, from, to);
    area.setSelectionRange(from + mark.length, to + mark.length);
  }
}

document.addEventListener('click', (e) => {
  const b = e.target.closest('[data-format], [data-formats]'), form = composerOf(b);
  if (form && b.dataset.format) return format(form.text, b.dataset.format);
  if (form) {
    const bar = $('.formats', form);
    bar.hidden = !bar.hidden;
    b.setAttribute('aria-expanded', !bar.hidden);
    if (bar.hidden) form.text.focus();
    else $('button', bar).focus();
  }
  const copy = e.target.closest('[data-copy-code]');
  const code = copy && $('code', copy.parentElement);
  if (code && navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(() => {
    copy.classList.add('done');
    setTimeout(() => copy.classList.remove('done'), 1500);
    tell(body.dataset.copied);
  });
});

begin(() => {
  for (const [key, label] of [['Ctrl+b', 'bold'], ['Ctrl+i', 'italic'], ['Ctrl+e', 'code'], ['Ctrl+k', 'link'], ['Ctrl+ArrowUp', 'again'], ['Tab', 'take']]) {
    shortcut('[data-composer]', key, 'keys.compose_' + label);
  }
});

// In the bar of formats the arrows go from one to the next, as in a toolbar.
document.addEventListener('keydown', (e) => {
  const bar = e.target.closest && e.target.closest('.formats');
  const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!bar || !by) return;
  const all = $$('button', bar);
  all[(all.indexOf(e.target) + by + all.length) % all.length].focus();
  e.preventDefault();
});
