package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// keyCodes are the keys that write nothing, and Enter and the space bar, as a keyboard reports them.
var keyCodes = map[string]int64{
	"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}

// strike presses one key after the other, a tenth of a second apart however long it takes to send them: names of keys, single
// characters, "Shift+Tab".
func (p *person) strike(keys ...string) {
	p.t.Helper()
	began := time.Now()
	for k, name := range keys {
		key, shifted := strings.CutPrefix(name, "Shift+")
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Code: key, WindowsVirtualKeyCode: keyCodes[key]}
		down.Timestamp = input.TimeSinceEpoch(float64(began.UnixMilli()+100*int64(k)) / 1000)
		if shifted {
			down.Modifiers = 8 // shift
		}
		text := ""
		switch {
		case key == "Enter":
			text = "\r"
		case utf8.RuneCountInString(key) == 1:
			text = key
			if key != " " {
				down.WindowsVirtualKeyCode, down.Code = int64(strings.ToUpper(key)[0]), ""
			}
		}
		p.do("strike "+name, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, down); err != nil {
				return err
			}
			if text != "" {
				char := down
				char.Type, char.Text, char.UnmodifiedText = input.DispatchKeyEventTypeChar, text, text
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, char); err != nil {
					return err
				}
			}
			up := down
			up.Type = input.DispatchKeyEventTypeKeyUp
			_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, up)
			return err
		}))
	}
}

// typed writes where the cursor is, as an input method does.
func (p *person) typed(text string) {
	p.t.Helper()
	p.do("type", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// stand is where the keyboard is.
type stand struct {
	Name, Tag     string // what it says, and where it stands
	Ring, Visible bool   // something shows that it is there; it lies in the window and nothing over it
	Over          string // what lies over it
	Dialog        bool
}

// ringed tells whether something shows that the keyboard is there: on the thing, its label, or the box one writes in.
const ringed = `
const lined = x => !!x && getComputedStyle(x).outlineStyle !== 'none' && parseFloat(getComputedStyle(x).outlineWidth) > 0;
const ring = e => lined(e) || lined(e.parentElement) || lined(e.closest('label')) || !!e.closest('.write') && getComputedStyle(e.closest('.write')).boxShadow !== 'none';
const covers = e => { // what lies over a thing wherever one looks; nothing where some of it can be seen (WCAG 2.4.11)
  const r = (e.matches('.sr') && e.closest('label') || e).getBoundingClientRect();
  const left = Math.max(r.left, 0), right = Math.min(r.right, innerWidth), high = Math.max(r.top, 0), low = Math.min(r.bottom, innerHeight);
  if (right <= left || low <= high) return 'outside of the window';
  let over = '';
  for (const x of [left + Math.min(6, (right - left) / 2), (left + right) / 2]) for (const y of [high + Math.min(6, (low - high) / 2), (high + low) / 2, low - Math.min(6, (low - high) / 2)]) {
    const top = document.elementFromPoint(x, y);
    if (top && (e.contains(top) || top.contains(e) && /^(inline|contents)$/.test(getComputedStyle(e).display) || e.closest('label') && e.closest('label').contains(top))) return '';
    over = top ? top.outerHTML.slice(0, 80) : 'nothing';
  }
  return over;
};
`

// standing reads where the keyboard is; on nothing is a failure.
func (p *person) standing() stand {
	p.t.Helper()
	var at stand
	p.until("stand on something", ringed+`const e = document.activeElement;
if (!e || e === document.body || e === document.documentElement) return false;
return {Name: words(e).trim().slice(0, 60), Tag: e.localName + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join(''),
Ring: ring(e) || e.matches('#main, [tabindex="-1"]'),
Over: covers(e), Visible: covers(e) === '', Dialog: !!e.closest('dialog')}`, &at)
	return at
}

// sees that the keyboard stands on something that can be seen.
func (p *person) stands(after string) stand {
	p.t.Helper()
	at := p.standing()
	for range 20 { // the page may just be growing under it
		if at.Ring && at.Visible {
			return at
		}
		at = p.standing()
	}
	p.t.Errorf("%s, after %s: the focus on %s (%s) can't be seen: %+v", p.who, after, at.Tag, at.Name, at)
	return at
}

// reach tabs until the keyboard stands on what the selector finds and the text says.
func (p *person) reach(key, selector, text string) {
	p.t.Helper()
	for range 400 {
		p.strike(key)
		if p.ask("document.activeElement === document.body") == "true" {
			continue // the browser's own bars come between the last and the first
		}
		p.stands(key)
		if p.ask(fmt.Sprintf("document.activeElement.matches(%s) && words(document.activeElement).includes(%s)", js(selector), js(text))) == "true" {
			return
		}
	}
	p.fail(fmt.Sprintf("400 times %s, and %s %q was never reached", key, selector, text))
}

// tell writes into the composer one stands in and sends it.
func (p *person) tell(text string) {
	p.t.Helper()
	p.reachComposer()
	p.typed(text)
	p.strike("Escape", "Enter") // what was proposed is not meant
	p.until("send "+text, "return document.querySelector('#composer-0').value === ''", nil)
	p.stands("sending " + text)
}

func (p *person) reachComposer() {
	p.t.Helper()
	if p.ask("document.activeElement.id") != "composer-0" {
		p.reach("Tab", "#composer-0", "")
	}
}

// The whole of an incident, by somebody whose mouse is broken.
func TestAnIncidentIsWorkedWithKeysAlone(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.open("/?lang=ja")
	p.see("h1", p.word("web.who_are_you"))
	p.until("the field has the focus already", "return document.activeElement.id === 'who-name'", nil)
	p.typed("佐藤")
	p.strike("Enter")
	p.see("#me", "佐藤")

	p.strike("n")
	p.see("dialog[open] #f-title", "")
	p.until("the title has the focus", "return document.activeElement.id === 'f-title'", nil)
	p.stands("n")
	p.typed("決済がタイムアウトする")
	for _, pick := range []string{"impact", "urgency"} {
		p.reach("Tab", "#f-"+pick, "")
		p.strike("ArrowDown", "ArrowDown")
	}
	p.reach("Tab", "#f-service", "")
	p.typed("payment-api")
	p.reach("Tab", "dialog [data-submit]", "")
	p.strike("Enter")
	p.gone("dialog[open]", "")
	s.until("the incident is open", func() bool { return len(s.numbers()) == 1 })
	number := s.numbers()[0]
	p.standing()
	s.until("its room is open", func() bool { return len(s.incident(number).Rooms) == 1 })

	p.strike("g", "c")
	p.see("#channels .room-link", "決済がタイムアウトする")
	p.reach("Tab", "#channels .room-link", "決済がタイムアウトする")
	p.strike("Enter")
	p.see("#messages .card", room("card.button_ack"))
	p.keysInTheRoom(number)
	p.keysOnThePage(number)
}

// keysInTheRoom works the incident from its room.
func (p *person) keysInTheRoom(number string) {
	p.t.Helper()
	s := p.s
	p.reach("Shift+Tab", "#messages .card .buttons button", room("card.button_ack"))
	p.strike("Enter")
	s.until("it is acknowledged", func() bool { return s.incident(number).Acting == "佐藤" })
	p.see("#messages .card .alarm", "佐藤")
	p.standing() // the button may be gone, the place is not

	p.tell("/incident role im me")
	s.until("the role is taken", func() bool { return s.incident(number).holder("incident-manager") == "佐藤" })
	p.tell("/incident log 14:35 再起動したが改善せず")
	p.see("#messages .msg", "再起動したが改善せず")
	s.calm() // what Matoi says to it stands above the next
	p.tell("DBの接続数が上限に達している")
	p.see("#messages .msg .text", "DBの接続数が上限に達している")

	p.reach("Shift+Tab", "#messages", "")
	p.strike("ArrowUp")
	if at := p.stands("ArrowUp"); !strings.Contains(p.ask("document.activeElement.innerText"), "DBの接続数") {
		p.t.Errorf("ArrowUp leads to %+v, want the last message", at)
	}
	p.strike("+")
	p.until("emoji can be looked for", "return document.activeElement.matches('dialog input')", nil)
	p.typed("eyes")
	p.until("the eyes are found", "const e = document.querySelector('dialog [data-sign]'); return e && e.dataset.sign === '👀'", nil)
	p.strike("Enter")
	p.see("#messages .msg .reaction", "👀")
	p.until("the focus is back on the message", "return document.activeElement.closest('.msg')", nil)
	p.strike("r")
	p.see("#thread textarea", "")
	p.until("the cursor is in the thread", "return document.activeElement.closest('#thread textarea')", nil)
	p.typed("正午は180だった")
	p.strike("Enter")
	p.see("#thread .msg .text", "正午は180だった")
	p.strike("Escape")
	p.gone("#thread .msg", "")
	p.stands("closing the thread")

	p.tell("/incident update 決済の一部に失敗しています --next 30m")
	p.see("#messages .msg", "決済の一部に失敗しています")
	for _, step := range []struct{ button, text, status string }{
		{"card.button_resolve", "接続数の上限を上げた", "resolved"},
		{"card.button_close", "", "closed"},
	} {
		p.reach("Shift+Tab", "#messages .card .buttons button", room(step.button))
		p.strike("Enter")
		p.see("dialog[open] [data-submit]", "")
		if step.text != "" {
			p.stands("the form")
			if p.ask("document.activeElement.id") != "f-text" {
				p.reach("Tab", "dialog #f-text", "")
			}
			p.typed(step.text)
		}
		p.reach("Tab", "dialog [data-submit]", "")
		p.strike("Enter")
		p.gone("dialog[open]", "")
		s.until("the status is "+step.status, func() bool { return s.incident(number).Status == step.status })
		p.standing()
	}
}

// keysOnThePage goes from the room to the incident's page and its report, and asks for the keys.
func (p *person) keysOnThePage(number string) {
	p.t.Helper()
	p.reach("Shift+Tab", ".room-head a[href='/incidents/"+number+"']", "")
	p.strike("Enter")
	p.see("#entries .entry", "再起動したが改善せず")
	p.strike("?")
	p.see("#keys dt", "n")
	p.see("#keys dd", p.word("keys.go_board"))
	p.strike("Escape")
	p.gone("dialog[open]", "")
	p.reach("Tab", "main a[href*='/report']", "")
	p.strike("Enter")
	p.see("main.report, main .report", "再起動したが改善せず")
}

// countFocusable remembers what a keyboard must be able to reach on the page, starts from the top and watches.
const countFocusable = `(() => {` + ringed + `
const wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(e =>
  !e.disabled && e.tabIndex >= 0 && e.type !== 'hidden' && e.getClientRects().length && e.checkVisibility({visibilityProperty: true}));
const reached = new Set(), unseen = new Map(), say = e => e.outerHTML.slice(0, 160);
window.tabbed = () => ({missed: wanted.filter(e => e.isConnected && e.checkVisibility({visibilityProperty: true}) && !reached.has(e)).map(say), unseen: [...unseen.values()]});
document.addEventListener('focusin', ({target: e}) => {
  reached.add(e);
  if (e.type === 'radio') for (const r of document.querySelectorAll('input[type=radio]')) if (r.name === e.name) reached.add(r); // arrows go on from here
  if (e === document.body || e.tabIndex < 0 && !e.matches('.msg, .entry')) return; // where a script puts the focus no ring is meant to be
  const over = covers(e);
  if (!ring(e) || over) unseen.set(e, (over ? 'covered by ' + over + ': ' : 'no ring: ') + say(e));
});
if (document.activeElement) document.activeElement.blur();
document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex');
return wanted.length })()`

// Every thing that can be pressed is reached by Tab, in the order in which it stands; nothing holds the keyboard fast.
func TestTabReachesEverythingAndIsHeldByNothing(t *testing.T) {
	chromium, film := browser(t)
	w := newWeek(t, normalState)
	p := w.sit(chromium, film, readers()[lang.JA])
	for _, v := range w.views(p) {
		p.show(v)
		modal := p.ask("!!document.querySelector('dialog:modal')") == "true"
		if modal {
			p.dialogHolds(v.name)
			continue
		}
		p.tabsThrough(v.name)
	}
}

// tabsThrough presses Tab until everything was reached, and says what was not and where the focus could not be seen.
func (p *person) tabsThrough(name string) {
	p.t.Helper()
	var want int
	p.until("count what can be reached", "return {n: "+countFocusable+"}", &struct{ N *int }{&want})
	var seen struct {
		Missed, Unseen []string
	}
	for range 12 + want/10 { // what is added under the focus, as the tools of a message, is reached as well
		for range 20 {
			p.strike("Tab")
		}
		p.until("read where the focus was", "return tabbed()", &seen)
		if len(seen.Missed) == 0 {
			break
		}
	}
	for _, e := range seen.Missed {
		p.t.Errorf("%s: Tab never reaches %s", name, e)
	}
	for _, e := range seen.Unseen {
		p.t.Errorf("%s: the focus can't be seen on %s", name, e)
	}
}

// dialogHolds: Tab stays in a dialog, Escape closes it and gives the keyboard back.
func (p *person) dialogHolds(name string) {
	p.t.Helper()
	for range 30 {
		p.strike("Tab")
		if p.ask("document.activeElement === document.body || document.activeElement === document.documentElement") == "true" {
			continue // the browser's own bars come between the last and the first
		}
		if at := p.stands(name + ": Tab"); !at.Dialog {
			p.t.Errorf("%s: Tab leaves the dialog for %s", name, at.Tag)
		}
	}
	p.strike("Escape")
	p.until("the dialog is gone", "return !document.querySelector('dialog')", nil)
	if at := p.standing(); at.Tag == "main#main" {
		p.t.Errorf("%s: after the dialog the keyboard is on %s, want what opened it", name, at.Tag)
	}
}
