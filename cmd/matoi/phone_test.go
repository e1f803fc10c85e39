package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// phone gives the person a telephone: narrow, held upright, with a finger for a mouse.
func (p *person) phone() {
	p.t.Helper()
	p.do("take the phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// tap puts a finger on the last thing of that kind that says the text. Nothing may lie over it.
func (p *person) tap(selector, text string) {
	p.t.Helper()
	var at struct{ X, Y float64 }
	p.until(fmt.Sprintf("tap %s %q", selector, text),
		fmt.Sprintf(`const e = all(%s, %s).filter(e => !e.disabled).pop(), at = e && inside(e), was = window.lay;
window.lay = at && JSON.stringify(at); return was === window.lay && at`, js(selector), js(text)), &at) // it lies still
	p.do("tap", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{
			Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: at.X, Y: at.Y}},
		}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
		return err
	}))
}

// tapInto taps a field and waits until it can be written in: a browser takes a moment to see that a touch was a tap.
func (p *person) tapInto(selector string) {
	p.t.Helper()
	p.tap(selector, "")
	p.until("write into "+selector, fmt.Sprintf("return document.activeElement.matches(%s)", js(selector)), nil)
}

// fingers checks what a narrow screen and a finger ask of a page: nothing sticks out at the side, and what can be tapped
// is at least 24 points wide and high, or has that much room around it (WCAG 2.5.8); links inside a text are exempt.
func (p *person) fingers(name string) {
	p.t.Helper()
	var found []string
	p.until("measure "+name, `const bad = [];
if (document.documentElement.scrollWidth > innerWidth) bad.push((document.documentElement.scrollWidth - innerWidth) + ' px stick out at the side');
const things = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(e =>
  shown(e) && !e.disabled && !e.matches('.sr, .skip') && !(e.localName === 'a' && getComputedStyle(e).display === 'inline'));
for (const e of things) {
  const r = (e.closest('label') || e).getBoundingClientRect();
  if (r.width >= 23.5 && r.height >= 23.5) continue;
  const x = r.x + r.width / 2, y = r.y + r.height / 2;
  const near = things.find(o => { if (o === e || o.contains(e) || e.contains(o)) return false; const q = o.getBoundingClientRect();
    return Math.hypot(Math.max(q.left - x, 0, x - q.right), Math.max(q.top - y, 0, y - q.bottom)) < 12 });
  if (near) bad.push(Math.round(r.width) + ' by ' + Math.round(r.height) + ': ' + e.outerHTML.slice(0, 120));
}
return {bad}`, &struct{ Bad *[]string }{&found})
	for _, bad := range found {
		p.t.Errorf("%s on a phone: %s", name, bad)
	}
}

// The core of the story in one hand: open an incident, go to its room, answer, speak, tell, and read the page.
func TestAnIncidentIsWorkedOnAPhone(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	p := s.sit(chromium, film, "佐藤", lang.JA)
	p.phone()
	p.open("/?lang=ja")
	p.tapInto("#who-name")
	p.typed("佐藤")
	p.tap("#who-enter", "")
	p.see("h1", "")
	p.see("#tour", p.word("tour.open"))
	p.fingers("the first tour")
	p.tap("#tour button", p.word("tour.never"))
	p.gone("#tour", "")

	p.tap("main [data-command=open]", "")
	p.see("dialog[open] #f-title", "")
	p.fingers("the form")
	p.tapInto("dialog #f-title")
	p.typed("決済がタイムアウトする")
	p.choose("dialog #f-impact", lang.Text(lang.JA, "priority.level_medium", nil))
	p.choose("dialog #f-urgency", lang.Text(lang.JA, "priority.level_high", nil))
	p.tap("dialog [data-submit]", "")
	s.until("the incident is open", func() bool { return len(s.numbers()) == 1 })
	p.until("the dialog is gone", "return !document.querySelector('dialog')", nil)
	number := s.numbers()[0]
	s.until("its room is open", func() bool { return len(s.incident(number).Rooms) == 1 })
	p.open("/")
	p.see("#incidents", "決済がタイムアウトする")
	p.fingers("the board")

	p.tap(".tab", p.word("web.chat"))
	p.tap("#channels .room-link", "決済がタイムアウトする")
	p.see("#messages .card", room("card.button_ack"))
	s.calm()
	p.fingers("the room")
	p.tap("#messages .card .buttons button", room("card.button_ack"))
	s.until("it is acknowledged", func() bool { return s.incident(number).Acting == "佐藤" })
	for _, text := range []string{"/incident role im me", "DBの接続数が上限に達している", "/incident update 決済の一部に失敗しています --next 30m"} {
		s.calm() // what comes in moves what is tapped
		p.tapInto("#composer-0")
		p.typed(text)
		p.tap(".room .composer .send, .room [data-composer] .send", "")
		p.until("send "+text, "return document.querySelector('#composer-0').value === ''", nil)
	}
	s.until("the role is taken", func() bool { return s.incident(number).holder("incident-manager") == "佐藤" })
	p.see("#messages .msg", "決済の一部に失敗しています")

	p.tap(".room-head a[href='/incidents/"+number+"']", "")
	p.see("#entries .entry", "決済の一部に失敗しています")
	p.fingers("the incident's page")
	if _, ok := s.incident(number).due("next_update"); !ok {
		t.Error("no next update is due")
	}
}
