// Who types and who is here: shown quietly, to the eye alone, and never kept.

const typingAgain = 3e3, typingLasts = 6e3, mostTyping = 3;
const typingNow = new Map(); // by channel and thread: people with their names and until when
const wroteAt = new Map();     // when somebody's message came
let typedAt = 0, fading = null;

const typingKey = (channel, thread) => `${channel} ${thread || 0}`;

function onTyping(p) {
  if (p.person === me || p.channel !== channel) return;
  if (Date.now() - (wroteAt.get(p.person) || 0) < 1500) return; // their message was quicker than the sign of it
  const key = typingKey(p.channel, p.thread);
  if (!typingNow.has(key)) typingNow.set(key, new Map());
  typingNow.get(key).set(p.person, { name: p.name, until: Date.now() + typingLasts });
  showTyping();
}

// wrote ends the line of somebody whose message is there.
function wrote(p) {
  if (p.new && p.author) wroteAt.set(p.author, Date.now());
  const people = typingNow.get(typingKey(p.channel, p.thread));
  if (people && people.delete(p.author)) showTyping();
}

// typingLine is the place below a list of messages; it is always there, so that nothing jumps.
function typingLine(form) {
  const box = form.closest('.thread-inner, .room');
  const list = box && $('.messages', box);
  if (!list) return null;
  let at = $('.typing', box);
  if (!at) {
    at = document.createElement('p');
    at.className = 'typing';
    at.setAttribute('aria-hidden', 'true');
    form.before(at);
  }
  return at;
}

function showTyping() {
  clearTimeout(fading);
  const now = Date.now();
  let next = 0;
  for (const people of typingNow.values()) {
    for (const [id, t] of people) {
      if (t.until <= now) people.delete(id);
      else next = Math.min(next || t.until, t.until);
    }
  }
  for (const form of $$('[data-composer]')) {
    const at = typingLine(form);
    if (!at) continue;
    const people = typingNow.get(typingKey(form.channel.value, Number(form.thread.value)));
    const text = typingWords(people ? [...people.values()].map((t) => t.name) : []);
    if (at.textContent !== text) at.textContent = text;
  }
  if (next) fading = setTimeout(showTyping, next - now + 50);
}

function typingWords(names) {
  if (!names.length) return '';
  if (names.length > mostTyping) return lineText('typingmany');
  return names.reduce((text, name, i) => text.split('{' + i + '}').join(name), lineText('typing' + names.length));
}

// A command is not a message: nobody waits for it.
document.addEventListener('input', (e) => {
  const form = e.target.closest && e.target.closest('[data-composer]');
  if (!form || e.target.name !== 'text' || !line) return;
  if (!e.target.value.trim() || looksLikeCommand(e.target.value) || Date.now() - typedAt < typingAgain) return;
  typedAt = Date.now();
  fetch('/do/typing', {
    method: 'POST', headers: { 'HX-Request': 'true' },
    body: new URLSearchParams({ channel: form.channel.value, thread: form.thread.value }),
  }).catch(() => { /* nobody missed anything */ });
});

// ---- who is here

let here = new Set();

function onPresence(p) {
  if (p.all) here = new Set(p.all);
  for (const id of p.came || []) here.add(id);
  for (const id of p.went || []) here.delete(id);
  showHere();
}

// The other person of a channel between two: @a,b.
function partner(name) {
  const people = name.startsWith('@') ? name.slice(1).split(',').filter((id) => id !== me) : [];
  return people.length === 1 && name.includes(',') ? people[0] : '';
}

function showHere() {
  const marks = $$('.members [data-person]').map((e) => [e, e.dataset.person])
    .concat($$('#channels [data-channel^="@"]').map((e) => [e, partner(e.dataset.channel)]));
  for (const [e, id] of marks) {
    const is = !!id && here.has(id);
    e.classList.toggle('here', is);
    if (is) e.setAttribute('aria-description', lineText('here'));
    else e.removeAttribute('aria-description');
  }
}

begin(() => {
  showHere();
  showTyping();
});
