package main

import (
	"fmt"
	"strconv"
	"testing"

	"matoi/lang"
)

// counts says so many numbers in #general, one after the other.
func (p *person) counts(upto int) {
	p.t.Helper()
	p.runs(fmt.Sprintf(`for (let n = 0; n < %d; n++) { const text = 'n' + String(n).padStart(3, '0') + '.';
const r = await fetch('/do/say', {method: 'POST', headers: {'HX-Request': 'true'}, body: new URLSearchParams({channel: 'general', thread: 0, text, deed: 'd' + n})});
if (!r.ok) throw new Error(text + ' was answered ' + r.status) }`, upto))
}

// What is being read never moves: neither when others write, nor when older messages come in above.
func TestNothingMovesUnderTheReader(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	sato := s.sit(chromium, film, "佐藤", lang.JA)
	sato.enter()
	suzuki := s.sit(chromium, film, "suzuki", lang.EN)
	suzuki.enter()
	suzuki.open("/chat/general")
	suzuki.counts(90)
	suzuki.see("#messages .msg", "n089.")
	sato.open("/chat/general")
	sato.see("#messages .msg", "n089.")

	// It scrolls up until what is older has come in above.
	const read = `(() => { const l = document.querySelector('#messages'), top = l.getBoundingClientRect().top;
const m = [...l.querySelectorAll('.msg')].find(m => m.getBoundingClientRect().bottom > top + 8); window.read = m; return m.id + ' at ' + Math.round(m.getBoundingClientRect().top) })()`
	sato.ask("(document.querySelector('#messages').scrollTop = 300, 'up')")
	before := sato.ask(read)
	sato.until("what is older comes in", "return document.querySelectorAll('#messages .msg').length >= 90", nil)
	after := sato.ask("window.read.id + ' at ' + Math.round(window.read.getBoundingClientRect().top)")
	if near(before, after) > 2 {
		t.Errorf("%s was read, then it is %s", before, after)
	}

	// Somebody writes: the place stays, a button tells how many there are, and leads there.
	suzuki.say("hello there @佐藤")
	sato.see(".jump-newest", "1")
	if now := sato.ask("window.read.id + ' at ' + Math.round(window.read.getBoundingClientRect().top)"); near(after, now) > 2 {
		t.Errorf("%s was read, after a new message it is %s", after, now)
	}
	sato.shot("new below")
	sato.press(".jump-newest", "")
	sato.see("#messages .msg .mention.me", "佐藤")
	sato.gone(".jump-newest", "")
	sato.shot("the newest")
}

// near is how many pixels lie between two places of the same message, many for another message.
func near(a, b string) int {
	var idA, idB string
	var x, y int
	if n, err := fmt.Sscanf(a+" "+b, "%s at %d %s at %d", &idA, &x, &idB, &y); n != 4 || err != nil || idA != idB {
		return 1 << 20
	}
	return max(x-y, y-x)
}

// What calls somebody is counted where they are not looking, and a link leads to it however far back it is.
func TestWhoIsCalledSeesItAndIsLedThere(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	sato := s.sit(chromium, film, "佐藤", lang.JA)
	sato.enter()
	suzuki := s.sit(chromium, film, "suzuki", lang.EN)
	suzuki.enter()
	sato.open("/chat/incidents")
	sato.see("#room-title", "#incidents")
	suzuki.open("/chat/general")
	suzuki.say("@佐藤 please look")
	sato.see("#channels .has-unread", "general")
	sato.see("#channels .has-unread .unread", "1")
	sato.until("the title counts it", "return document.title.startsWith('(1) ')", nil)
	id := suzuki.ask("document.querySelector('#messages .msg').dataset.id")
	suzuki.counts(80)
	suzuki.until("all is said", "return document.querySelectorAll('#messages .msg').length > 80", nil)

	sato.open("/chat/general")
	sato.press(".jump-unread", "")
	sato.see("#messages .new-line", sato.word("room.new_messages"))
	if first := sato.ask("document.querySelector('#messages .new-line').nextElementSibling.dataset.id"); first != id {
		t.Errorf("the line stands above %s, want it above %s, the first that is new", first, id)
	}
	sato.open("/chat/general#m" + id)
	sato.see("#messages .msg.lit", "please look")
	sato.press(".jump-newest", "")
	sato.until("the newest is shown", "return document.querySelector('.jump-newest').hidden", nil)
	sato.until("the mark moves on", "return !document.title.startsWith('(')", nil)

	// With the keyboard alone: from the newest message one up, and into its thread.
	sato.ask("(document.querySelector('#messages').focus(), 'there')")
	sato.hit("ArrowUp")
	sato.until("the newest has the focus", "return document.activeElement.matches('#messages .msg') && !document.activeElement.nextElementSibling", nil)
	newest := sato.ask("document.activeElement.dataset.id")
	sato.hit("ArrowUp")
	sato.until("the one above has it", "return document.activeElement.matches('#messages .msg') && document.activeElement.dataset.id < "+strconv.Quote(newest), nil)
	sato.hit("r")
	sato.see("#thread .thread-head .msg", "n0")
	sato.until("one can write at once", "return document.activeElement.matches('#thread textarea')", nil)
	sato.shot("by keyboard")
}
