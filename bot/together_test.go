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

// nearChat is a fakeChat in the same process.
type nearChat struct {
	*fakeChat
	lists  [][]Writing
	broken func(list []Writing) error // after the first half was written
}

func (c *nearChat) Write(ctx context.Context, list []Writing) ([]Written, error) {
	c.mu.Lock()
	c.lists = append(c.lists, list)
	broken := c.broken
	c.mu.Unlock()
	out := make([]Written, len(list))
	for k, w := range list {
		if broken != nil && 2*k >= len(list) {
			if err := broken(list); err != nil {
				return nil, err
			}
		}
		if w.Edit {
			out[k] = Written{Receipt: incident.Receipt{Place: w.At}, Err: c.Edit(ctx, w.At, w.Message)}
			continue
		}
		out[k].Receipt, out[k].Err = c.Post(ctx, w.At, w.Message, true)
	}
	return out, nil
}

// near pumps into one chat of the same process.
func near(t *testing.T) (*pumped, *nearChat) {
	t.Helper()
	x := pumping(t, "chat")
	x.stop()
	c := &nearChat{fakeChat: x.chats["chat"]}
	x.near = c
	x.start()
	return x, c
}

// texts are what was posted into a room besides cards, in its order.
func (c *nearChat) texts(room string) (out []string) {
	for _, p := range c.in(room) {
		if p.m.Card == nil {
			out = append(out, p.m.Text)
		}
	}
	return out
}

func TestWhatIsOnlyWrittenGoesInOneGoAndInTheOrderOfItsLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c := near(t)
		defer x.stop()
		var numbers []incident.Number
		for k := range 3 {
			numbers = append(numbers, x.do(0, incident.Open{Title: fmt.Sprintf("shop %c is slow", 'a'+k), Priority: incident.P2}, "p1").Number)
		}
		x.after(time.Second)
		c.mu.Lock()
		c.lists = nil
		c.mu.Unlock()
		x.m.cutOff(true) // it all comes with one turn
		for k := range 5 {
			for _, n := range numbers {
				x.do(n, incident.Note{Sort: "finding", Text: fmt.Sprint("entry ", k)}, "p1")
			}
		}
		x.after(time.Second)
		x.m.cutOff(false)
		x.after(time.Minute)
		if len(c.lists) > 5 {
			t.Errorf("%d lists were written for 15 entries of 3 incidents, want one for each turn", len(c.lists))
		}
		for k, n := range numbers {
			got := c.texts(RoomName(n, fmt.Sprintf("shop %c is slow", 'a'+k)))
			var order []string
			for _, line := range got {
				if at := strings.Index(line, "entry "); at >= 0 {
					order = append(order, line[at:at+7])
				}
			}
			if want := []string{"entry 0", "entry 1", "entry 2", "entry 3", "entry 4"}; !slices.Equal(order, want) {
				t.Errorf("in the room stand %q, want %q", got, want)
			}
		}
		if x.m.left() != 0 || x.p.inFlight() != 0 {
			t.Errorf("%d still wait, %d are in memory", x.m.left(), x.p.inFlight())
		}
	})
}

// What was written before a list broke off is found by its key: it stands there once, and so does the rest.
func TestAListThatBreaksOffIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, broken := range []func([]Writing) error{
		func([]Writing) error { return errors.New("the disk is full") },
		func([]Writing) error { panic("a bug in the chat") },
	} {
		synctest.Test(t, func(t *testing.T) {
			x, c := near(t)
			defer x.stop()
			n := x.do(0, open(incident.P2), "p1").Number
			x.after(time.Second)
			c.mu.Lock()
			c.broken = broken
			c.mu.Unlock()
			for k := range 4 {
				x.do(n, incident.Note{Sort: "finding", Text: fmt.Sprint("entry ", k)}, "p1")
			}
			x.after(10 * time.Minute)
			got := c.texts(RoomName(n, "payments are slow"))
			for k := range 4 {
				word := fmt.Sprint("entry ", k)
				if times := strings.Count(strings.Join(got, "\n"), word); times != 1 {
					t.Errorf("%s stands there %d times: %q", word, times, got)
				}
			}
			if x.m.left() != 0 || x.p.inFlight() != 0 {
				t.Errorf("%d still wait, %d are in memory", x.m.left(), x.p.inFlight())
			}
		})
	}
}

// One that can't be written keeps nobody back, and fares as if it had been alone: a card that is gone is posted anew.
func TestOneThatCannotBeWrittenGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c := near(t)
		defer x.stop()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		room := RoomName(n, "payments are slow")
		c.mu.Lock()
		c.posts = nil // somebody deleted all of it
		c.mu.Unlock()
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		x.do(n, incident.Note{Sort: "finding", Text: "the pool is full"}, "p1")
		x.after(time.Minute)
		cards := 0
		for _, p := range c.in(room) {
			if p.m.Card != nil {
				cards++
			}
		}
		if cards != 1 || !strings.Contains(strings.Join(c.texts(room), "\n"), "the pool is full") || x.p.Stats().Dropped != 0 {
			t.Errorf("there stand %d cards and %q, stats %+v", cards, c.texts(room), x.p.Stats())
		}
	})
}

// What stands behind something that is not only written waits for it, and what was taken when the process ends is given back.
func TestALaneIsWrittenOnlyUpToWhatIsMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c := near(t)
		n := x.do(0, open(incident.P2), "p1").Number
		x.do(n, incident.Note{Sort: "finding", Text: "the pool is full"}, "p1")
		x.after(time.Second)
		x.stop()
		seq := x.m.incidents[n].Version
		for seq > 0 && x.m.events[n][seq-1].Fact.Kind() != "noted" {
			seq--
		}
		effect := func(id int64, kind incident.EffectKind) incident.Delivery {
			return incident.Delivery{ID: id, Effect: incident.Effect{Number: n, Kind: kind, Realm: "chat", Person: "p1", Seq: seq}, Waiting: time.Now()}
		}
		d := effect(9001, incident.Post)
		d.Behind = []incident.Delivery{effect(9002, incident.ShowCard), effect(9003, incident.Invite), effect(9004, incident.Post)}
		var settled []incident.Settled
		left := x.p.write(t.Context(), t.Context(), c, []incident.Delivery{d}, func(s ...incident.Settled) { settled = append(settled, s...) })
		if len(settled) != 2 || settled[0].ID != 9001 || settled[1].ID != 9002 || settled[0].As != incident.Delivered {
			t.Errorf("written was %+v", settled)
		}
		if len(left) != 1 || left[0].ID != 9003 || len(left[0].Behind) != 1 || left[0].Behind[0].ID != 9004 {
			t.Errorf("left was %+v", left)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		left = x.p.write(ended, t.Context(), c, []incident.Delivery{d}, func(s ...incident.Settled) {
			if len(s) > 0 {
				t.Errorf("written was %+v though the process ends", s)
			}
		})
		if len(left) != 1 || left[0].ID != 9001 || len(left[0].Behind) != 3 {
			t.Errorf("left was %+v", left)
		}
	})
}
