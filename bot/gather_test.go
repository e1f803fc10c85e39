package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// recalling is a fakeChat that can say what it told somebody.
type recalling struct{ *fakeChat }

func (c recalling) Recall(ctx context.Context, p incident.PersonID, keys []string) (map[string]incident.Receipt, error) {
	found := map[string]incident.Receipt{}
	err := c.call(ctx, "recall", "@"+string(p), func() {
		for k, m := range c.told[p] {
			for _, key := range keys {
				if m.Key == key {
					found[key] = incident.Receipt{Place: incident.Place{Realm: c.realm, Room: "@" + string(p), Message: fmt.Sprint(k + 1)}}
				}
			}
		}
	})
	return found, err
}

// gathering is a pump on such a chat, and so many incidents of which p2 is told nothing yet.
func gathering(t *testing.T, incidents int) (*pumped, *fakeChat, []incident.Number) {
	t.Helper()
	x := pumping(t, "chat")
	x.stop()
	c := x.chats["chat"]
	x.wrap = func(c *fakeChat) Chat { return recalling{c} }
	x.start()
	var all []incident.Number
	for k := range incidents {
		n := x.do(0, incident.Open{Title: fmt.Sprintf("queue %c is stuck", 'a'+k), Priority: incident.P3}, "p1").Number
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		all = append(all, n)
	}
	x.after(time.Minute)
	return x, c, all
}

// taskIn gives p2 a task in each incident.
func (x *pumped) taskIn(all []incident.Number, apart time.Duration) {
	for k, n := range all {
		x.do(n, incident.AddTask{Text: fmt.Sprintf("task %d.", k), Owner: "p2"}, "p1")
		x.after(apart)
	}
}

// counts tells how often each task was told, whatever else was.
func counts(got []Message, tasks int) (out []int) {
	var all []string
	for _, m := range got {
		all = append(all, m.Text+cardOf(m).Text)
	}
	for k := range tasks {
		out = append(out, strings.Count(strings.Join(all, "\n"), fmt.Sprintf("task %d.", k)))
	}
	return out
}

func TestWhoeverWasOutOfReachIsToldOnceOfAllIncidents(t *testing.T) {
	for name, away := range map[string]func(c *fakeChat){
		"refused": func(c *fakeChat) { c.fail(errors.New("connection refused")) },
		"the answers are lost": func(c *fakeChat) { // the first of each gets there, and nobody hears of it
			c.mu.Lock()
			defer c.mu.Unlock()
			heard := 0
			c.late, c.fault = true, func(call string, _ int) error {
				c.mu.Lock()
				defer c.mu.Unlock()
				if call == "tell" {
					heard++
				}
				c.late = heard < 4
				return errLost
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x, c, all := gathering(t, 20)
				defer func() { x.stop() }()
				away(c)
				x.taskIn(all, time.Second)
				x.after(10 * time.Minute)
				before := len(c.heard("p2"))
				c.mu.Lock()
				c.late, c.fault = false, nil
				c.mu.Unlock()
				x.after(3 * time.Minute)
				got := c.heard("p2")
				if len(got) > 4 || len(got)-before > 1 || x.m.left() != 0 {
					t.Errorf("%d messages, %d of them before; %d wait", len(got), before, x.m.left())
				}
				for k, n := range counts(got, 20) {
					if n != 1 {
						t.Errorf("task %d is told %d times", k, n)
					}
				}
				for _, n := range all {
					last := got[slices.IndexFunc(got, func(m Message) bool { return strings.Contains(m.Text+cardOf(m).Title, n.String()) })]
					if _, err := x.m.Receipt(t.Context(), n, "chat", incident.Tell, "p2"); err != nil {
						t.Errorf("%s: %v", n, err)
					}
					if e := (Erased{Number: n, Seqs: []int64{1 << 30}, Title: true}); !e.In(last.Key, last.Tells) {
						t.Errorf("what is erased from %s would not be found in it: %+v", n, last.Tells)
					}
				}
				x.taskIn(all[:1], time.Second)
				if n := len(c.heard("p2")); n != len(got)+1 {
					t.Errorf("what is new is told by itself: %d", n-len(got))
				}
			})
		})
	}
}

// Each question of another incident keeps its own buttons; what else there is comes with the first of them.
func TestQuestionsOfSeveralIncidentsKeepTheirButtons(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, all := gathering(t, 8)
		defer func() { x.stop() }()
		c.fail(errors.New("connection refused"))
		for k, n := range all {
			if k < 3 {
				x.do(n, incident.Ask{Person: "p2", Why: "help", Text: "come"}, "p1")
				x.after(time.Second)
			}
		}
		x.taskIn(all, time.Second)
		x.after(5 * time.Minute)
		c.fail(nil)
		x.after(3 * time.Minute)
		asked := map[string]bool{}
		for _, m := range c.heard("p2") {
			if b := cardOf(m).Buttons; len(b) > 0 && strings.HasPrefix(b[0].Command, "ack") {
				asked[b[0].Command] = true
			}
		}
		if got := c.heard("p2"); len(asked) != 3 || len(got) != 3 || x.m.left() != 0 {
			t.Errorf("%d messages with the questions %v, %d wait", len(got), asked, x.m.left())
		}
		for k, n := range counts(c.heard("p2"), len(all)) {
			if n != 1 {
				t.Errorf("task %d is told %d times", k, n)
			}
		}
	})
}

// The process dies at any moment around the message that says it all: it is said once.
func TestWhatIsSaidOfAllIncidentsIsSaidOnceWhateverDies(t *testing.T) {
	t.Parallel()
	for step := range 12 {
		synctest.Test(t, func(t *testing.T) {
			x, c, all := gathering(t, 12)
			defer func() { x.stop() }()
			c.fail(errors.New("connection refused"))
			x.taskIn(all, time.Second)
			x.after(5 * time.Minute)
			c.mu.Lock()
			c.fault, c.slow = nil, 100*time.Millisecond
			c.mu.Unlock()
			for range 40 { // whenever it comes
				x.after(time.Duration(step) * 20 * time.Millisecond)
				x.kill()
				x.start()
			}
			x.after(5 * time.Minute)
			for k, n := range counts(c.heard("p2"), 12) {
				if n != 1 {
					t.Errorf("killed every %d ms: task %d is told %d times in %d messages", 20*step, k, n, len(c.heard("p2")))
				}
			}
			if x.m.left() != 0 {
				t.Errorf("%d wait", x.m.left())
			}
		})
	}
}
