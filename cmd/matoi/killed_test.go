package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"matoi/lang"
)

// The real program is killed without a word while two people work in two browsers: their pages stay, say calmly that the
// connection is gone, and go on from where they stood, with nothing missing and nothing double.
func TestOpenPagesGoOnAfterTheServerWasKilled(t *testing.T) {
	chromium, film := browser(t)
	server := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data")}
	server.start()
	t.Cleanup(server.kill)
	s := &scene{t: t, at: server.address.Load().(string)}
	server.flags = []string{"--listen", strings.TrimPrefix(s.at, "http://")} // the same address ever after

	sato, emma := s.sit(chromium, film, "佐藤", lang.JA), s.sit(chromium, film, "Emma", lang.EN)
	for _, p := range []*person{sato, emma} {
		p.enter()
		p.open("/chat/general")
		p.see("#room-title", "#general")
		p.ask("window.same = 'page'")
	}
	var said []string
	for n := range 4 {
		text := fmt.Sprintf("言った %d", n)
		sato.say(text)
		said = append(said, text)
		if n%2 == 0 {
			emma.see("#messages .msg .text", text)
		}
		server.kill() // for odd n perhaps before it was answered

		sato.see("#connection", "")
		emma.see("#connection", "")
		text = fmt.Sprintf("said while it was dead %d", n)
		emma.say(text)
		said = append(said, text)
		emma.see(".outbox li", text)
		server.start()
		for _, p := range []*person{sato, emma} {
			for _, text := range said {
				p.see("#messages .msg .text", text)
			}
			p.gone("#connection", "")
			p.gone(".outbox li", "")
		}
	}
	for _, p := range []*person{sato, emma} {
		p.shot("after four kills")
		for _, text := range said {
			if n := p.count("#messages .msg .text", text); n != 1 {
				t.Errorf("%s reads %q %d times", p.who, text, n)
			}
		}
		if p.ask("window.same") != "page" {
			t.Errorf("%s: the page was loaded again", p.who)
		}
	}
}
