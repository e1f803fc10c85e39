package main

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"matoi/lang"
)

// TestPagesSayCalmlyWhatIsLive: who types, who is here, and that the connection is gone, since when, without lying on
// the room's name and without loading the page again.
func TestPagesSayCalmlyWhatIsLive(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	sato, suzuki := s.sit(chromium, film, "佐藤", lang.JA), s.sit(chromium, film, "suzuki", lang.EN)
	for _, p := range []*person{sato, suzuki} {
		p.enter()
		p.open("/chat/general")
		p.see("#room-title", "#general")
		p.ask("window.same = 'page'")
	}
	sato.say("おはようございます")
	suzuki.see("#messages .msg", "おはようございます")
	suzuki.say("Morning")
	sato.see("#messages .msg", "Morning")

	// Typing is seen by the other, and ends with the message.
	sato.write(".room [data-composer] textarea", "確認し")
	sato.ask(`(() => { const a = document.querySelector('.room [data-composer] textarea');
window.keys = setInterval(() => a.dispatchEvent(new Event('input', { bubbles: true })), 400); return '' })()`)
	suzuki.see(".room .typing", "佐藤 is typing…")
	sato.ask("clearInterval(window.keys), ''")
	suzuki.shot("somebody types")
	if said := sato.ask("document.querySelector('.room .typing').textContent"); said != "" {
		t.Errorf("who types is told %q of themself", said)
	}
	if hidden := suzuki.ask("document.querySelector('.room .typing').getAttribute('aria-hidden')"); hidden != "true" {
		t.Error("typing is read out")
	}
	sato.say("確認します")
	suzuki.see("#messages .msg", "確認します")
	suzuki.until("the line is empty", `return document.querySelector('.room .typing').textContent === ''`, nil)

	// Who is here has a dot among the members.
	suzuki.press(".members summary", "")
	suzuki.until("both are here", `return document.querySelectorAll('.members .here').length === 2`, nil)
	suzuki.shot("who is here")

	height := "String(document.querySelector('#messages').getBoundingClientRect().height)"
	before := sato.ask(height)
	s.stop()
	for _, p := range []*person{sato, suzuki} {
		p.see("#connection .live-what", "")
		p.see("#connection button", p.word("live.again"))
		p.shot("the connection is gone")
		free := `return document.querySelector('#connection').getBoundingClientRect().bottom <= document.querySelector('#room-title').getBoundingClientRect().top`
		p.until("the bar does not lie on the room's name", free, nil)
		p.until("the composer is in sight", `return document.querySelector('.room [data-composer] textarea').getBoundingClientRect().bottom <= innerHeight`, nil)
	}
	s.start()
	sato.until("press "+sato.word("live.again")+", unless it is back by itself", `const b = all('#connection button').pop();
if (b) b.click(); return b || !all('#connection').length`, nil)
	sato.gone("#connection", "")
	suzuki.gone("#connection", "")
	if after := sato.ask(height); after != before {
		t.Errorf("the messages are %s high after the break, %s before", after, before)
	}
	sato.say("戻りました")
	suzuki.see("#messages .msg", "戻りました")
	for _, p := range []*person{sato, suzuki} {
		if p.ask("window.same") != "page" {
			t.Errorf("the page of %s was loaded again", p.who)
		}
	}
}

// TestDeadlineIsCountedDown by the second when it is near, and says that it is due when it is.
func TestDeadlineIsCountedDown(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	suzuki := s.sit(chromium, film, "suzuki", lang.EN)
	suzuki.enter()
	suzuki.open("/chat/general")
	suzuki.see("#room-title", "#general")
	put := func(left time.Duration) (text string) {
		return suzuki.ask(fmt.Sprintf(`(() => { const t = document.createElement('time'); t.id = 'd'; t.dateTime = new Date(Date.now() + %d).toISOString(); t.dataset.rel = ''; t.dataset.due = '';
const old = document.getElementById('d'); if (old) old.remove(); document.body.append(t); /* no live change writes anew what stands there */
document.dispatchEvent(new Event('visibilitychange')); return t.textContent })()`, left.Milliseconds()))
	}
	if text := put(9*time.Minute + 30*time.Second); !regexp.MustCompile(`^in 9:[23]\d$`).MatchString(text) {
		t.Errorf("nine and a half minutes before it is due it says %q", text)
	}
	suzuki.until("it counts", `const d = document.getElementById('d'), m = /^in (\d):(\d\d)$/.exec(d.textContent);
return m && Math.abs((Date.parse(d.dateTime) - Date.now()) / 1000 - m[1] * 60 - m[2]) < 10`, nil)
	was := suzuki.ask("document.getElementById('d').textContent")
	suzuki.until("it goes on", `return document.getElementById('d').textContent !== `+js(was), nil)
	if text := put(25 * time.Minute); text != "in 25 minutes" {
		t.Errorf("25 minutes before it is due it says %q", text)
	}
	put(1500 * time.Millisecond)
	suzuki.until("it is due", `const d = document.getElementById('d'); return d.textContent === 'now due' && d.classList.contains('burning')`, nil)
}
