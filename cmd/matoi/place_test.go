package main

import (
	"fmt"
	"testing"

	"matoi/lang"
)

// lateAnswers lets each answer wait until the button that asked for it, disabled meanwhile, has lost the focus, as it has wherever the
// server is far away.
const lateAnswers = `(() => { const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...what) {
  const then = this.onload, late = () => (document.activeElement.disabled ? setTimeout(late, 5) : then.call(this));
  this.onload = late;
  return send.apply(this, what);
} })()`

// A press gives the keyboard back to the button, or to the one in its place, however long its answer takes.
func TestTheKeyboardKeepsItsPlaceWhileAPressIsUnderWay(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	for _, name := range []string{"first", "second", "third"} {
		s.say("佐藤", "general", "/incident inbox rule --match title="+name+" --then ignore --rule "+name)
	}
	p := s.sit(chromium, film, "佐藤", lang.EN)
	p.enter()
	p.open("/alerts/rules?lang=en")
	p.see("#rule-list", "third")
	p.ask(lateAnswers)
	p.reach("Tab", "#rule-list button", "Up: first") // the newest is asked first
	p.ask("window.drawn = document.querySelector('#rule-list')")
	p.strike("Enter")
	p.until("the rules are drawn anew", "return !drawn.isConnected && document.querySelector('#rule-list')", nil)
	if at := p.stands("Enter"); at.Tag != "button.button.small" || p.ask("document.activeElement.getAttribute('aria-label')") != "Up: first" {
		t.Errorf("the keyboard stands on %+v", at)
	}
}

// A card waits while a choice is being made in it; then it shows how it stands, and Tab goes on from there.
func TestACardThatWaitedForAChoiceShowsTheNewest(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	number := s.say("花子", "general", "/incident open P3 slow")
	s.until("its room is open", func() bool { return len(s.incident(number).Rooms) == 1 })
	s.calm()
	p := s.sit(chromium, film, "佐藤", lang.EN)
	p.enter()
	p.open(s.incident(number).Rooms[0].Link + "?lang=en")
	p.see("#messages .card .card-title", "slow")
	p.ask("document.querySelector('#messages .card select').focus()")
	for _, title := range []string{"slower", "slowest"} {
		s.say("花子", "general", "/incident title "+title+" --in "+number)
		s.calm()
	}
	s.say("花子", "general", "/incident log all is told --in "+number)
	p.see("#messages .msg .text", "all is told")
	p.strike("Tab")
	p.see("#messages .card .card-title", "slowest")
	if p.ask("[...document.querySelectorAll('#messages .card select')].indexOf(document.activeElement)") != "1" {
		t.Errorf("Tab led to %+v", p.standing())
	}
}

// What a press is answered by stays until somebody puts it away; the keyboard goes on above it.
func TestAnAnswerLiesOverNothingThatTheKeyboardReaches(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	for n := range 12 {
		s.send("POST", "/hooks/generic", fmt.Appendf(nil, `{"title":"alarm %d","key":"k%d","severity":"odd","service":"shop"}`, n, n), 202)
	}
	p := s.sit(chromium, film, "佐藤", lang.EN)
	p.enter()
	p.open("/alerts?lang=en")
	p.see("#inbox-list", "alarm 0")
	p.reach("Tab", "#inbox-list button", "Open incident")
	p.strike("Enter")
	p.see("#reply .notice", "INC-")
	p.shot("answer")
	p.reach("Tab", "#inbox-list button", "alarm 0") // the oldest stands last
}
