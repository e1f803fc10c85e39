package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// between stands between the program and its PostgreSQL: it cuts connections, takes no new ones, swallows what passes, and
// cuts on either side of a commit.
type between struct {
	t      *testing.T
	server string
	listen net.Listener
	mu     sync.Mutex
	conns  map[net.Conn]bool // of the program
	away   bool              // takes nobody
	mute   bool              // passes nothing on
	cut    string            // what to do with the next commit: "before" it reaches the server, or "after" it was done
	cuts   int
}

// proxied gives the address of a database through a new between.
func proxied(t *testing.T, address string) (*between, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	b := &between{t: t, server: u.Host, conns: map[net.Conn]bool{}}
	if b.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var hands sync.WaitGroup
	hands.Go(func() {
		for {
			c, err := b.listen.Accept()
			if err != nil {
				return
			}
			hands.Go(func() { b.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = b.listen.Close()
		b.set(func() { b.away = true; b.mute = false })
		b.cutAll()
		hands.Wait()
	})
	u.Host = b.listen.Addr().String()
	return b, u.String()
}

func (b *between) set(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// cutAll cuts every connection, cutOne any one.
func (b *between) cutAll() { b.cutSome(1 << 20) }
func (b *between) cutOne() { b.cutSome(1) }

func (b *between) cutSome(most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns { // in an order that is none
		if most--; most < 0 {
			return
		}
		_ = c.Close()
	}
}

func (b *between) serve(c net.Conn) {
	defer c.Close()
	b.mu.Lock()
	away := b.away
	b.conns[c] = true
	b.mu.Unlock()
	defer b.set(func() { delete(b.conns, c) })
	if away {
		return
	}
	s, err := net.Dial("tcp", b.server)
	if err != nil {
		return
	}
	defer s.Close()
	var answers sync.WaitGroup
	done := make(chan bool, 1) // the answer to a commit came, which nobody shall hear
	answers.Go(func() { b.answers(c, s, done) })
	b.questions(c, s, done)
	_ = s.Close()
	_ = c.Close()
	answers.Wait()
}

// questions passes on what the program says. A commit is a message of its own, for it is sent alone.
func (b *between) questions(c, s net.Conn, done chan bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		b.wait()
		how := ""
		if bytes.Contains(buf[:n], []byte("commit\x00")) {
			b.mu.Lock()
			how, b.cut = b.cut, ""
			if how != "" {
				b.cuts++
			}
			b.mu.Unlock()
		}
		switch how {
		case "before":
			return
		case "after":
			done <- true
		}
		if _, err := s.Write(buf[:n]); err != nil {
			return
		}
	}
}

// answers passes on what the server says, but for the answer that shall be lost.
func (b *between) answers(c, s net.Conn, done chan bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.Read(buf)
		if err != nil {
			return
		}
		b.wait()
		select {
		case <-done:
			_ = c.Close()
			return
		default:
		}
		if _, err := c.Write(buf[:n]); err != nil {
			_ = s.Close()
			return
		}
	}
}

// wait waits while nothing may pass.
func (b *between) wait() {
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		b.mu.Lock()
		mute := b.mute
		b.mu.Unlock()
		if !mute {
			tick.Stop()
			return
		}
	}
}

// status asks /readyz of the first replica.
func (h *herd) status() (int, string) {
	r, err := http.NewRequest("GET", h.replicas[0].address.Load().(string)+"/readyz", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "ja")
	answer, err := h.client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}

// A connection that is cut when the commit was sent leaves it open whether it happened. Whoever asks again by the same key
// is given the answer of the first time, and it happened once.
func TestACommitWhoseAnswerIsLostHappensOnce(t *testing.T) {
	b, address := proxied(t, database(t))
	h := newHerd(t, address, 0)
	began := time.Now()
	number := numberIn(t, h.post("/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 Under doubt"}`, "first"))
	for n := range 12 {
		for _, how := range []string{"before", "after"} {
			text := fmt.Sprintf("entry %d-%s-x", n, how)
			b.set(func() { b.cut = how })
			body := h.post("/api/v1/commands", fmt.Sprintf(`{"as":"alice","text":"log %s --in %s"}`, text, number), text)
			again := h.post("/api/v1/commands", fmt.Sprintf(`{"as":"alice","text":"log %s --in %s"}`, text, number), text)
			if numberIn(t, body) != number || numberIn(t, again) != number {
				t.Errorf("answered %s, and then %s", body, again)
			}
			h.said.Store(text, true)
			title := fmt.Sprintf("Opened %d-%s-x", n, how)
			b.set(func() { b.cut = how })
			first := numberIn(t, h.post("/api/v1/commands", fmt.Sprintf(`{"as":"bob","channel":"#general","text":"open P3 %s"}`, title), title))
			if second := numberIn(t, h.post("/api/v1/commands", fmt.Sprintf(`{"as":"bob","channel":"#general","text":"open P3 %s"}`, title), title)); second != first {
				t.Errorf("%q was answered as %s and as %s", title, first, second)
			}
			h.said.Store(title, true)
			b.set(func() { b.cut = how })
			key := fmt.Sprintf("alert-%d-%s-x", n, how)
			h.post("/hooks/generic", fmt.Sprintf(`{"summary":"disk","dedup_key":%q,"severity":"error"}`, key), "")
			h.alerts.Store(key, true)
		}
	}
	b.set(func() { b.cut = "" })
	if b.cuts < 24 {
		t.Errorf("only %d commits were cut", b.cuts)
	}
	h.settle()
	h.judge(began)
}

// While people and monitoring systems work, connections are cut one by one, then all; PostgreSQL is away for a while, and
// says nothing for a while. Each time it is said what is wrong, nothing is lost or done twice, and it goes on by itself.
func TestPostgreSQLGoesAwayAndComesBack(t *testing.T) {
	b, address := proxied(t, database(t))
	h := newHerd(t, address, 0, time.Minute)
	began := time.Now()
	number := numberIn(t, h.post("/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 Under fire"}`, "first"))
	stop := h.work(number)
	t.Cleanup(stop)
	for range 60 {
		<-time.After(rand.N(40 * time.Millisecond))
		b.cutOne()
		if rand.IntN(3) == 0 {
			b.set(func() { b.cut = []string{"before", "after"}[rand.IntN(2)] })
		}
	}
	for _, x := range []struct {
		name   string
		reason string // what may be said of it
		on     func()
		off    func()
	}{
		{"away", "away", func() { b.set(func() { b.away = true }); b.cutAll() }, func() { b.set(func() { b.away = false }) }},
		{"mute", "slow|away", func() { b.set(func() { b.mute = true }) }, func() { b.set(func() { b.mute = false }) }},
	} {
		x.on()
		said := regexp.MustCompile(`"reason":"(` + x.reason + `)"`) // whoever waits for an answer finds it slow, for a connection away
		eventually(t, "it is said that it is "+x.name, func() bool {
			status, body := h.status()
			return status == http.StatusServiceUnavailable && said.MatchString(body)
		})
		<-time.After(2 * time.Second) // long enough for several tries
		x.off()
		eventually(t, "it is ready after it was "+x.name, func() bool { status, _ := h.status(); return status == 200 })
	}
	stop()
	h.settle()
	h.judge(began)
	for _, line := range []string{`msg="not ready" reason=away`, `msg="ready again"`} {
		if !strings.Contains(h.errs.String(), line) {
			t.Errorf("the log lacks %s:\n%s", line, tail(h.errs.String()))
		}
	}
	t.Logf("%d entries and incidents, %d alerts", size(&h.said), size(&h.alerts))
}
