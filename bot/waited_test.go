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

// unheard opens an incident whose chat then goes away.
func unheard(t *testing.T, x *pumped) incident.Number {
	t.Helper()
	n := x.do(0, open(incident.P3), "p1").Number
	x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
	x.after(time.Second)
	x.chats["chat"].fail(errors.New("connection refused"))
	return n
}

// tasks gives somebody so many tasks, one a minute.
func (x *pumped) tasks(n incident.Number, from, to int) {
	x.t.Helper()
	for k := from; k < to; k++ {
		x.do(n, incident.AddTask{Text: fmt.Sprintf("task %d.", k), Owner: "p2"}, "p1")
		x.after(time.Minute)
	}
}

// task is the id of a task.
func (x *pumped) task(text string, n incident.Number) int {
	x.t.Helper()
	i, err := x.m.Load(x.t.Context(), n)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, t := range i.Tasks {
		if t.Text == text {
			return t.ID
		}
	}
	x.t.Fatalf("there is no %s", text)
	return 0
}

func TestWhoeverWasOutOfReachIsToldOnceWhatTheyMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n := unheard(t, x)
		x.tasks(n, 0, 30)
		x.do(n, incident.FinishTask{ID: x.task("task 4.", n)}, "p2") // nothing of it is left to say
		c.fail(nil)
		x.after(3 * time.Minute)
		got := c.heard("p2")
		if len(got) != 1 || x.m.left() != 0 {
			t.Fatalf("%d messages, %d wait", len(got), x.m.left())
		}
		card := cardOf(got[0])
		if !strings.Contains(card.Text, "task 29.") || len(card.Buttons) == 0 || !strings.Contains(card.Buttons[0].Command, fmt.Sprint("task done ", x.task("task 29.", n))) {
			t.Errorf("the card says %q, with %+v", card.Text, card.Buttons)
		}
		if text := got[0].Text; !strings.Contains(text, "29 件") || strings.Count(text, "\n") > missedShown+2 {
			t.Errorf("it says %q", text)
		}
		x.tasks(n, 30, 31)
		if got := c.heard("p2"); len(got) != 2 || got[1].Text != "" {
			t.Errorf("what is new is told by itself: %+v", got[1:])
		}
	})
}

// Each question that still waits for its answer keeps its own buttons.
func TestWhatSomebodyIsAskedIsNotLostAmongWhatTheyMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n := unheard(t, x)
		x.tasks(n, 0, 2)
		x.do(n, incident.Ask{Person: "p2", Why: "help", Text: "come"}, "p1")
		x.tasks(n, 2, 5)
		x.do(n, incident.OfferHandover{Role: incident.Manager, To: "p2"}, "p1")
		x.tasks(n, 5, 7)
		c.fail(nil)
		x.after(3 * time.Minute)
		var first []string
		for _, m := range c.heard("p2") {
			if b := cardOf(m).Buttons; len(b) > 0 {
				first = append(first, strings.Fields(b[0].Command)[0])
			}
		}
		if strings.Join(first, " ") != "ack handover" || x.m.left() != 0 {
			t.Errorf("asked %q, %d wait", first, x.m.left())
		}
	})
}

// The answer to it is lost, or the first of it was told alone before the chat went away: it is told once, with all that came
// meanwhile.
func TestWhatSomebodyMissedIsToldOnceWhateverHappens(t *testing.T) {
	for name, alone := range map[string]bool{"the answer is lost": false, "the first was told alone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := pumping(t, "chat")
				defer x.stop()
				c := x.chats["chat"]
				n := unheard(t, x)
				lose := func(then error) { // the next that is told gets there, and nobody hears of it
					c.mu.Lock()
					defer c.mu.Unlock()
					lost := false
					c.late, c.fault = true, func(call string, _ int) error {
						if lost || call != "tell" {
							return then
						}
						lost = true
						c.mu.Lock()
						defer c.mu.Unlock()
						c.late = then == nil
						return errLost
					}
				}
				if alone {
					lose(errors.New("connection refused"))
				}
				x.tasks(n, 0, 8)
				if alone {
					c.fail(nil)
				} else {
					lose(nil)
				}
				x.after(10 * time.Minute)
				var all []string
				for _, m := range c.heard("p2") {
					all = append(all, m.Text+cardOf(m).Text)
				}
				for k := range 8 {
					if got := strings.Count(strings.Join(all, "\n"), fmt.Sprintf("task %d.", k)); got != 1 {
						t.Errorf("task %d is told %d times: %q", k, got, all)
					}
				}
				if len(all) != 1 || x.m.left() != 0 {
					t.Errorf("%d messages, %d wait", len(all), x.m.left())
				}
			})
		})
	}
}

var errLost = errors.New("connection reset")
