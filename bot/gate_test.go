package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// pass goes through a gate and stays inside for a while.
func pass(g *gate, channel string, r rank, stay time.Duration) bool {
	if again, _ := g.enter(context.Background(), channel, r, time.Now().Add(patience)); !again.IsZero() {
		return false
	}
	time.Sleep(stay)
	g.leave(channel, nil)
	return true
}

func TestAChannelThatAskedToWaitKeepsNobodyFromAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, began := newGate(time.Now, perRealm), time.Now()
		if again, _ := g.enter(t.Context(), "limited", rank{}, began.Add(patience)); !again.IsZero() {
			t.Fatal("an empty gate is closed")
		}
		g.leave("limited", &Wait{After: 3 * time.Second})
		var all sync.WaitGroup
		all.Go(func() {
			if pass(g, "limited", rank{}, 0); time.Since(began) != 3*time.Second {
				t.Errorf("the limited channel was entered after %s, want 3s", time.Since(began))
			}
		})
		all.Go(func() {
			if pass(g, "free", rank{}, 0); time.Since(began) != 0 {
				t.Errorf("the free channel was entered after %s", time.Since(began))
			}
		})
		all.Wait()
		if again, _ := g.enter(t.Context(), "x", rank{}, time.Now().Add(patience)); !again.IsZero() {
			t.Fatal("a third channel is closed")
		}
		g.leave("x", &Wait{After: time.Minute, Whole: true})
		if again, _ := g.enter(t.Context(), "free", rank{}, time.Now().Add(patience)); !again.Equal(time.Now().Add(time.Minute)) {
			t.Errorf("the whole chat asked to wait for a minute; a channel is to be tried at %s", again)
		}
	})
}

func TestTheMostPressingGoesFirstAndTheLeastIsSentAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(time.Now, perRealm)
		_, _ = g.enter(t.Context(), "c", rank{}, time.Now().Add(patience))
		g.leave("c", &Wait{After: time.Second})
		calm := func(id int64) rank { return rank{calm: true, weight: 3, priority: incident.P3, single: true, id: id} }
		var mu sync.Mutex
		var order []int64
		var away []int64
		var all sync.WaitGroup
		enter := func(r rank) {
			all.Go(func() {
				passed := pass(g, "c", r, 10*time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				if passed {
					order = append(order, r.id)
				} else {
					away = append(away, r.id)
				}
			})
			synctest.Wait()
		}
		for k := range int64(mostParked) {
			enter(calm(10 + k))
		}
		enter(calm(100))                                       // no room: behind all
		enter(rank{weight: 1, priority: incident.P2, id: 200}) // a storm's announcement
		enter(rank{weight: 0, priority: incident.P1, id: 300}) // a page
		all.Wait()
		if len(order) != mostParked || order[0] != 300 || order[1] != 200 || order[2] != 10 {
			t.Errorf("entered in the order %v", order)
		}
		if !slices.Equal(away, []int64{100, 10 + mostParked - 1, 10 + mostParked - 2}) {
			t.Errorf("sent away: %v", away)
		}
	})
}

func TestAHundredAnnouncementsAtOnceTakeNoLongerThanTheirCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		c.slow = 10 * time.Millisecond
		for k := range 100 {
			x.do(0, incident.Open{Title: fmt.Sprintf("queue %d is stuck", k), Priority: incident.P2}, "p1")
		}
		begun := time.Now()
		for x.m.left() > 0 && time.Since(begun) < time.Minute {
			x.after(10 * time.Millisecond)
		}
		if took := time.Since(begun); took > 4*time.Second || len(c.in("incidents")) != 100 {
			t.Errorf("%d announcements after %s", len(c.in("incidents")), took)
		}
	})
}

func TestASlowRoomDelaysNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		slow := x.do(0, open(incident.P3), "p1").Number
		x.after(time.Second)
		c.mu.Lock()
		c.hang = RoomName(slow, "payments are slow")
		c.mu.Unlock()
		for k := range 5 {
			x.do(slow, incident.Note{Sort: "note", Text: fmt.Sprintf("slow %d", k)}, "p1")
		}
		begun := time.Now()
		other := x.do(0, open(incident.P3), "p2").Number
		for len(c.in(RoomName(other, "payments are slow"))) == 0 {
			x.after(10 * time.Millisecond)
			if time.Since(begun) > time.Minute {
				t.Fatal("the other room never showed its card")
			}
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the other room's card came after %s", took)
		}
	})
}

func TestAMinuteOfAStormIsOneCardASecondAndEndsWithTheNewestState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		defer x.stop()
		c := x.chats["chat"]
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(10 * time.Second)
		c.mu.Lock()
		c.gap = time.Second
		c.mu.Unlock()
		room, before, most := RoomName(n, "payments are slow"), c.called("edit"), 0
		for k := range 1200 { // twenty a second
			x.do(n, incident.SetSummary{Text: fmt.Sprintf("state %d", k)}, "p1")
			x.after(50 * time.Millisecond)
			most = max(most, x.m.left())
		}
		if got := c.called("edit") - before; got < 50 || got > 63 {
			t.Errorf("%d edits in a minute", got)
		}
		if most > 4 {
			t.Errorf("up to %d rows waited", most)
		}
		x.after(3 * time.Second)
		cards := c.in(room)
		if len(cards) != 1 || !strings.Contains(cards[0].m.Card.Text, "state 1199") || x.m.left() != 0 {
			t.Errorf("the room shows %+v, %d wait", cards, x.m.left())
		}
		if s := x.p.Stats(); s.Retried > 0 {
			t.Errorf("a limit was taken for a failure: %+v", s)
		}
	})
}

func TestWhatCameWhileTheChatWasDownIsThereOnceSoonAfter(t *testing.T) {
	t.Parallel()
	for _, away := range []time.Duration{5 * time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			x := pumping(t, "chat")
			defer x.stop()
			c := x.chats["chat"]
			c.mu.Lock()
			c.fault = func(string, int) error { return errors.New("connection refused") }
			c.mu.Unlock()
			var all []incident.Number
			for k := range 20 {
				i := x.do(0, incident.Open{Title: fmt.Sprintf("queue %c is stuck", 'a'+k), Priority: incident.P2}, "p1")
				all = append(all, i.Number)
				x.after(away / 20)
			}
			c.mu.Lock()
			c.fault = nil
			c.mu.Unlock()
			back := time.Now()
			for x.m.left() > 0 && time.Since(back) < 10*time.Minute {
				x.after(100 * time.Millisecond)
			}
			if took := time.Since(back); took > min(2*away, longest*5/4)+time.Second {
				t.Errorf("after %s away the last word came %s after the chat was back", away, took)
			}
			for k, n := range all {
				if cards := c.in(RoomName(n, fmt.Sprintf("queue %c is stuck", 'a'+k))); len(cards) == 0 {
					t.Errorf("%s has no card", n)
				}
			}
			if got := c.in("incidents"); len(got) != len(all) || len(c.rooms) != len(all) {
				t.Errorf("%d announcements and %d rooms of %d incidents", len(got), len(c.rooms), len(all))
			}
		})
	}
}

func TestAProcessThatDiesBetweenCallAndReceiptLeavesTheWordSaidOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := pumping(t, "chat")
		c := x.chats["chat"]
		c.slow = 100 * time.Millisecond
		n := x.do(0, open(incident.P2), "p1").Number
		for range 8 { // one step further each time: what is told is written down by the next process alone
			x.after(50 * time.Millisecond)
			x.kill()
			x.start()
			x.after(lease)
		}
		x.after(2 * lease)
		x.stop()
		if left := x.m.left(); left != 0 {
			t.Errorf("%d deliveries wait", left)
		}
		if len(c.in("incidents")) != 1 || len(c.heard("p1")) != 1 || len(c.rooms) != 1 || len(c.in(RoomName(n, "payments are slow"))) != 1 {
			t.Errorf("announced %d times, told %d, %d rooms", len(c.in("incidents")), len(c.heard("p1")), len(c.rooms))
		}
		if c.called("post") < 3 || c.called("tell") < 2 {
			t.Errorf("nothing was tried twice: posted %d times, told %d", c.called("post"), c.called("tell"))
		}
	})
}
