package bot

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// A card that changes twenty times a second is changed at once, then at most once a second, each time to the newest state, and
// the last one arrives. What is posted meanwhile does not wait for it.
func TestACardIsChangedAtOnceThenAtItsPaceAndEndsWithTheLastState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		x.stop()
		c := x.chats["chat"]
		c.pace = time.Second
		x.start()
		defer func() { x.stop() }()
		n := x.do(0, open(incident.P2), "p1").Number
		room := RoomName(n, "payments are slow")
		x.after(5 * time.Second)
		shown := func() string {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, p := range c.posts {
				if p.at.Room == room && p.m.Card != nil {
					return fmt.Sprint(*p.m.Card)
				}
			}
			return ""
		}
		retitle := func(k int) { x.do(n, incident.SetTitle{Title: fmt.Sprintf("state %d.", k)}, "p1") }
		before := c.called("edit")
		retitle(0)
		x.after(100 * time.Millisecond)
		if !strings.Contains(shown(), "state 0.") {
			t.Errorf("the first change does not show at once: %s", shown())
		}
		for k := 1; k <= 100; k++ {
			retitle(k)
			if k == 50 { // a new process knows as much
				x.kill()
				x.start()
			}
			x.after(50 * time.Millisecond)
			if posts := len(c.in(room)); k%10 == 0 && posts < k {
				t.Errorf("after %d changes there stand %d messages: they wait for the card", k, posts)
			}
		}
		x.after(1500 * time.Millisecond)
		if !strings.Contains(shown(), "state 100.") {
			t.Errorf("the card ends as %s", shown())
		}
		if edits := c.called("edit") - before; edits > 2*8+2 { // card and announcement; a new process begins anew
			t.Errorf("%d changes were sent in 6 s", edits)
		}
		if x.m.left() != 0 {
			t.Errorf("%d still wait", x.m.left())
		}
	})
}

// In one channel many wait for their turn: nobody twice before another, the urgent one next.
func TestChangesOfOneChannelTakeTurns(t *testing.T) {
	e := &edits{least: time.Second, free: map[string]time.Time{}, queue: map[string]time.Time{}}
	now := time.Unix(1000, 0)
	if at := e.soon("a", false, now); !at.IsZero() {
		t.Errorf("the first waits until %s", at)
	}
	e.went("a", now)
	for k, want := range []time.Duration{1, 2, 3, 4, 4} {
		if at := e.soon("a", false, now); at.Sub(now) != want*time.Second {
			t.Errorf("number %d comes after %s, want %d s", k, at.Sub(now), want)
		}
	}
	if at := e.soon("a", true, now); at.Sub(now) != time.Second {
		t.Errorf("the urgent one comes after %s", at.Sub(now))
	}
	if at := e.soon("b", false, now); !at.IsZero() {
		t.Errorf("another channel waits until %s", at)
	}
	for k := range mostPaced + 10 {
		e.went(fmt.Sprint(k), now.Add(time.Duration(k)*time.Hour))
	}
	if len(e.free) > mostPaced {
		t.Errorf("%d places are remembered", len(e.free))
	}
}
