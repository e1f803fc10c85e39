package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// words are the texts of a room, cards left out.
func (c *fakeChat) words(room string) (out []string) {
	for _, p := range c.in(room) {
		if p.m.Text != "" {
			out = append(out, p.m.Text)
		}
	}
	return out
}

func (c *fakeChat) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = func(string, int) error { return err }
	if err == nil {
		c.fault = nil
	}
}

// away opens an incident in a chat that then goes away while so many things are noted, one a minute.
func away(t *testing.T, x *pumped, things int) (n incident.Number, room string) {
	t.Helper()
	n = x.do(0, open(incident.P4), "p1").Number
	x.after(time.Second)
	room = x.chats["chat"].in("incidents")[0].at.Room
	if r, ok := func() (incident.Room, bool) { i, _ := x.m.Load(t.Context(), n); return i.Room("chat") }(); ok {
		room = r.ID
	}
	x.chats["chat"].fail(errors.New("connection refused"))
	for k := range things {
		x.do(n, incident.Note{Sort: "note", Text: fmt.Sprintf("entry %d.", k)}, "p1")
		x.after(time.Minute)
	}
	return n, room
}

func TestAChatThatWasAwayIsToldOnceWhatItMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n, room := away(t, x, 40)
		before := len(c.words(room))
		c.fail(nil)
		x.after(3 * time.Minute)
		got := c.words(room)[before:]
		if len(got) != 1 || x.m.left() != 0 {
			t.Fatalf("%d messages, %d wait: %q", len(got), x.m.left(), got)
		}
		if !strings.Contains(got[0], "entry 39.") || strings.Contains(got[0], "entry 3.") {
			t.Errorf("it says %q", got[0])
		}
		if lines := strings.Count(got[0], "\n"); lines > missedShown+2 {
			t.Errorf("%d lines", lines)
		}
		x.do(n, incident.Note{Sort: "note", Text: "and on it goes"}, "p1")
		x.after(time.Second)
		if got := c.words(room)[before:]; len(got) != 2 || !strings.Contains(got[1], "and on it goes") {
			t.Errorf("after it: %q", got)
		}
	})
}

func TestTwoOldWordsAreNoSummary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		_, room := away(t, x, 2)
		before := len(c.words(room))
		c.fail(nil)
		x.after(3 * time.Minute)
		got := c.words(room)[before:]
		if len(got) != 2 || !strings.Contains(got[0], "entry 0.") || !strings.Contains(got[1], "entry 1.") {
			t.Errorf("got %q", got)
		}
	})
}

// The answer to the summary is lost, or the process ends before it is written down: it stands there once all the same, with
// what came meanwhile.
func TestASummaryIsToldOnceWhateverHappens(t *testing.T) {
	for name, strike := range map[string]func(x *pumped){
		"the answer is lost": func(x *pumped) {
			c := x.chats["chat"]
			c.mu.Lock()
			lost := false
			c.late, c.fault = true, func(call string, _ int) error {
				if call == "post" && !lost {
					lost = true
					return errors.New("connection reset")
				}
				return nil
			}
			c.mu.Unlock()
		},
		"the process is killed": func(x *pumped) {
			c := x.chats["chat"]
			c.fail(nil)
			c.mu.Lock()
			c.slow = 2 * time.Second
			c.mu.Unlock()
			for posts := c.called("post"); c.called("post") == posts; {
				x.after(time.Second)
			}
			x.m.cutOff(true)
			x.after(10 * time.Second)
			x.stop()
			x.m.cutOff(false)
			x.start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := pumping(t, "chat")
				defer func() { x.stop() }()
				n, room := away(t, x, 10)
				c := x.chats["chat"]
				before := len(c.words(room))
				strike(x)
				x.do(n, incident.Note{Sort: "note", Text: "meanwhile"}, "p1")
				x.after(20 * time.Minute)
				all := strings.Join(c.words(room)[before:], "\n")
				for k := range 10 {
					if got := strings.Count(all, fmt.Sprintf("entry %d.", k)); got != 1 {
						t.Errorf("entry %d stands there %d times", k, got)
					}
				}
				if strings.Count(all, "meanwhile") != 1 || x.m.left() != 0 || len(c.words(room)) > before+2 {
					t.Errorf("%d wait: %s", x.m.left(), all)
				}
			})
		})
	}
}

// While a chat is away the card in the built-in one says so, and stops saying it when the chat is told.
func TestTheBuiltInChatSaysThatAnotherOneIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat", "console")
		x.stop()
		x.near = &nearChat{fakeChat: x.chats["console"]}
		x.start()
		defer func() { x.stop() }()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		room := RoomName(n, "payments are slow")
		says := func() bool {
			for _, p := range x.chats["console"].in(room) {
				for _, f := range cardOf(p.m).Fields {
					if f.Name == "チャット" {
						return true
					}
				}
			}
			return false
		}
		c := x.chats["chat"]
		c.fail(errors.New("connection refused"))
		for k := range 4 {
			x.do(n, incident.Note{Sort: "note", Text: fmt.Sprintf("entry %d.", k)}, "p1")
		}
		x.after(30 * time.Second)
		if says() {
			t.Error("after half a minute it is said already")
		}
		x.after(3 * time.Minute)
		if !says() {
			t.Error("after three minutes nothing is said")
		}
		c.fail(nil)
		x.after(2 * time.Minute)
		if says() || x.m.left() != 0 {
			t.Errorf("it is still said, %d wait", x.m.left())
		}
		for _, p := range c.in(room) {
			for _, f := range cardOf(p.m).Fields {
				if f.Name == "チャット" {
					t.Error("the chat says of itself that it is behind")
				}
			}
		}
	})
}

func cardOf(m Message) Card {
	if m.Card == nil {
		return Card{}
	}
	return *m.Card
}
