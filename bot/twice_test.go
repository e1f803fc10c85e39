package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// oneCard wants one announcement of an incident with this title, and one card in its room.
func (x *pumped) oneCard(c *fakeChat, n incident.Number, title string) {
	x.t.Helper()
	for _, place := range []string{"incidents", RoomName(n, "payments are slow")} {
		var cards []string
		for _, p := range c.in(place) {
			if p.m.Card != nil {
				cards = append(cards, p.m.Card.Title)
			}
		}
		if len(cards) != 1 || !strings.HasSuffix(cards[0], title) {
			x.t.Errorf("in %s stand the cards %q, want one of %q", place, cards, title)
		}
	}
	if x.m.left() != 0 || x.p.inFlight() != 0 {
		x.t.Errorf("%d still wait, %d are in memory", x.m.left(), x.p.inFlight())
	}
}

// A card that was posted by a process which was killed before it wrote that down stands there once, and shows the newest
// state, whatever became of the incident meanwhile.
func TestACardInDoubtStandsOnceThoughTheStateWentOn(t *testing.T) {
	t.Parallel()
	for _, nearby := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var x *pumped
			var c *fakeChat
			if nearby {
				var n *nearChat
				x, n = near(t)
				c = n.fakeChat
			} else {
				x = pumping(t, "chat")
				c = x.chats["chat"]
			}
			c.mu.Lock()
			c.fault = func(kind string, _ int) error { // nothing is written down from the first card on
				if kind == "post" {
					x.m.cutOff(true)
				}
				return nil
			}
			c.mu.Unlock()
			n := x.do(0, open(incident.P2), "p1").Number
			x.after(time.Second)
			x.kill()
			c.mu.Lock()
			c.fault = nil
			c.mu.Unlock()
			x.do(n, incident.SetTitle{Title: "payments fail"}, "p1")
			x.start()
			x.do(n, incident.Note{Sort: "finding", Text: "the pool is full"}, "p1")
			x.after(5 * time.Minute)
			x.stop()
			x.oneCard(c, n, "payments fail")
		})
	}
}

// A card whose answer was lost is found again, and then shows what changed in between.
func TestACardWhoseAnswerWasLostShowsTheNewestState(t *testing.T) {
	t.Parallel()
	for _, nearby := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			x := pumping(t, "chat")
			c := x.chats["chat"]
			if nearby {
				x.stop()
				x.near = &nearChat{fakeChat: c}
				x.start()
			}
			defer func() { x.stop() }()
			c.mu.Lock()
			c.late = true
			c.fault = func(kind string, _ int) error {
				if kind == "post" {
					return errors.New("the answer was lost")
				}
				return nil
			}
			c.mu.Unlock()
			n := x.do(0, open(incident.P2), "p1").Number
			x.after(10 * time.Second)
			x.do(n, incident.SetTitle{Title: "payments fail"}, "p1")
			x.after(10 * time.Second)
			c.mu.Lock()
			c.fault = nil
			c.mu.Unlock()
			x.after(5 * time.Minute)
			x.oneCard(c, n, "payments fail")
		})
	}
}

// Of what keeps one message equal to the state a lane is worked off up to the second: where the first stands is known to it
// only after the turn.
func TestWhatKeepsOneMessageIsWrittenOnceInATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, kinds := range [][]incident.EffectKind{
			{incident.Announce, incident.Announce},
			{incident.ShowCard, incident.Post, incident.ShowCard, incident.Post},
			{incident.ShowCard, incident.Invite, incident.ShowCard},
		} {
			for _, doubtful := range []bool{false, true} {
				x, c := near(t)
				n := x.do(0, open(incident.P2), "p1").Number
				x.after(time.Second)
				x.stop()
				x.m.mu.Lock()
				clear(x.m.receipts)
				x.m.mu.Unlock()
				c.mu.Lock()
				c.posts = nil
				c.mu.Unlock()
				var lane []incident.Delivery
				for k, kind := range kinds {
					e := incident.Effect{Number: n, Kind: kind, Realm: "chat", Seq: 1}
					lane = append(lane, incident.Delivery{ID: int64(9000 + k), Effect: e, Waiting: time.Now(), Doubtful: doubtful && k == 0})
				}
				head := lane[0]
				head.Behind = lane[1:]
				again := 9000 + 1 + slices.Index(kinds[1:], kinds[0])
				var settled []incident.Settled
				left := x.p.write(t.Context(), t.Context(), c, []incident.Delivery{head}, func(s ...incident.Settled) { settled = append(settled, s...) })
				for _, d := range left {
					settled = append(settled, x.p.run(t.Context(), context.Background(), d, time.Now())...)
				}
				slices.SortFunc(settled, func(a, b incident.Settled) int { return int(a.ID - b.ID) })
				cards := 0
				for _, p := range c.posts {
					if p.m.Card != nil {
						cards++
					}
				}
				if cards != 1 || len(settled) != len(kinds) {
					t.Fatalf("of %v %d cards were posted, settled is %+v", kinds, cards, settled)
				}
				for _, s := range settled[again-9000:] {
					if s.As != incident.PutOff || !s.Untried {
						t.Errorf("of %v was settled %+v, want it put off until the first is written down", kinds, s)
					}
				}
			}
		}
	})
}
