package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"matoi/lang"
)

// The real program is killed without a word while two people work in two browsers: their pages stay, say calmly that the
// connection is gone, and go on from where they stood, with nothing missing and nothing double.
func TestOpenPagesGoOnAfterTheServerWasKilled(t *testing.T) {
	chromium, film := browser(t)
	server := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data")}
	server.flags = []string{"--listen", "127.0.0.1:" + port(t)} // the same address ever after
	server.start()
	t.Cleanup(server.kill)
	s := &scene{t: t, at: server.address.Load().(string)}

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

// The real program, told by signals: a broken configuration changes nothing, a good one is taken, and it stops when it is told to.
func TestSignalsReloadAndStop(t *testing.T) {
	file := write(t, "lang: ja\n")
	p := &process{t: t, file: binary(t), data: filepath.Join(t.TempDir(), "data"), flags: []string{"--config", file}}
	p.start()
	t.Cleanup(p.kill)
	for text, says := range map[string]string{"lang: klingon\n": "klingon", "lang: ja\nrooms_from: P2\n": "the policy changed"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the log says "+says, func() bool { return strings.Contains(p.errs.String(), says) })
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ended(p.cmd); err != nil { // a stop that takes longer than it may is a failure of the program's own
		t.Errorf("told to stop it ended with %v\n%s", err, tail(p.errs.String()))
	}
}
