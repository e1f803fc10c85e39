package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// keptChat is a fakeChat whose rooms can be furnished and put away. It brings none back, and rations topics by themselves.
type keptChat struct {
	*fakeChat
	cards    []incident.Place
	links    [][]Mark
	archived []string
	rationed time.Duration
	strange  incident.PersonID
}

func (c *keptChat) Furnish(ctx context.Context, room incident.Room, card incident.Place, links []Mark) error {
	return c.call(ctx, "furnish", room.ID, func() { c.cards, c.links = append(c.cards, card), append(c.links, links) })
}

func (c *keptChat) Rests() time.Duration { return 10 * time.Minute }

func (c *keptChat) Archive(ctx context.Context, room incident.Room) error {
	return c.call(ctx, "archive", room.ID, func() { c.archived = append(c.archived, room.ID) })
}

func (c *keptChat) Wake(ctx context.Context, room incident.Room) error {
	if err := c.call(ctx, "wake", room.ID, func() {}); err != nil || !slices.Contains(c.archived, room.ID) {
		return err
	}
	return &Permanent{Err: fmt.Errorf("wake: %w", ErrGone)}
}

// OpenRoom counts up over a room that is archived.
func (c *keptChat) OpenRoom(ctx context.Context, s RoomSpec) (incident.Room, error) {
	if slices.Contains(c.archived, s.Name) || s.Name == c.gone {
		s.Name += "-2"
	}
	return c.fakeChat.OpenRoom(ctx, s)
}

func (c *keptChat) SetTopic(ctx context.Context, room incident.Room, topic string) error {
	if c.rationed > 0 {
		return &Wait{After: c.rationed, Own: true}
	}
	return c.fakeChat.SetTopic(ctx, room, topic)
}

func (c *keptChat) Tell(ctx context.Context, p incident.PersonID, m Message, doubtful bool) (incident.Receipt, error) {
	if p == c.strange {
		return incident.Receipt{}, &Permanent{Err: fmt.Errorf("tell: %w", ErrStranger)}
	}
	return c.fakeChat.Tell(ctx, p, m, doubtful)
}

func (c *keptChat) Invite(ctx context.Context, r incident.Room, who []incident.PersonID) error {
	if slices.Contains(who, c.strange) {
		return &Permanent{Err: fmt.Errorf("invite: %w", ErrStranger)}
	}
	return c.fakeChat.Invite(ctx, r, who)
}

// keeping pumps into a chat that keeps rooms and into the built-in one.
func keeping(t *testing.T) (*pumped, *keptChat, *nearChat) {
	t.Helper()
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms, policy.Kept = []string{"chat", "console"}, []string{"chat"}
	m := newMemory(time.Now)
	b := New(Options{
		Desk: &incident.Desk{Store: m, Policy: func() incident.Policy { return policy }, Now: time.Now}, Store: m, People: m,
		Policy: func() incident.Policy { return policy }, Now: time.Now, BaseURL: "https://matoi.example",
	})
	kept, near := &keptChat{fakeChat: newChat("chat")}, &nearChat{fakeChat: newChat("console")}
	x := &pumped{t: t, m: m, b: b}
	x.p = NewPump(m, b, []Chat{near, kept}, time.Now, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.p.Run(ctx) }()
	x.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return x, kept, near
}

func TestARoomIsFurnishedOnceItsCardStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, _ := keeping(t)
		defer x.stop()
		c.fault = func(call string, n int) error {
			if call == "post" && n < 3 { // the first cards do not get through
				return errors.New("connection refused")
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Minute)
		room := RoomName(n, "payments are slow")
		cards := c.in(room)
		if len(c.cards) != 1 || len(cards) == 0 || c.cards[0] != cards[0].at {
			t.Fatalf("pinned %v, the cards are %+v", c.cards, cards)
		}
		x.do(n, incident.AddLink{Link: incident.Link{Kind: "dashboard", URL: "https://grafana.example/d/1", Title: "pool"}}, "p1")
		x.after(time.Minute)
		if len(c.links) != 2 || len(c.links[0]) != 2 || len(c.links[1]) != 3 || c.links[1][2].URL != "https://grafana.example/d/1" {
			t.Errorf("at hand are %+v", c.links)
		}
		if x.m.left() != 0 {
			t.Errorf("%d still wait", x.m.left())
		}
	})
}

func TestARoomIsPutAwayAWhileAfterTheEndAndAnotherOneOpensWhenItGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, _ := keeping(t)
		defer x.stop()
		n := x.do(0, open(incident.P3), "p1").Number
		x.after(time.Minute)
		room := RoomName(n, "payments are slow")
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
		x.do(n, incident.Resolve{Text: "restarted"}, "p1")
		x.do(n, incident.Close{}, "p1")
		x.after(9 * time.Minute)
		if len(c.archived) > 0 {
			t.Fatal("put away while people read how it ended")
		}
		c.mu.Lock()
		c.fault = func(call string, _ int) error { // words are still to be said there
			if call == "post" {
				return errors.New("connection refused")
			}
			return nil
		}
		c.mu.Unlock()
		x.do(n, incident.RecordFix{Text: "a larger pool"}, "p1")
		x.after(10 * time.Minute)
		if len(c.archived) > 0 {
			t.Fatal("put away before all was said")
		}
		c.mu.Lock()
		c.fault = nil
		c.mu.Unlock()
		x.after(3 * time.Minute)
		if !slices.Equal(c.archived, []string{room}) {
			t.Fatalf("put away: %q", c.archived)
		}
		x.do(n, incident.Reopen{Reason: "it is back"}, "p1")
		x.after(time.Minute)
		i, err := x.m.Load(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := i.Room("chat"); !ok || r.ID != room+"-2" || len(c.in(r.ID)) == 0 {
			t.Errorf("it goes on in %+v, where stand %+v", r, c.in(r.ID))
		}
		if len(c.archived) != 1 || x.m.left() != 0 {
			t.Errorf("archived %q, %d still wait", c.archived, x.m.left())
		}
	})
}

func TestWhatIsRationedByItselfHoldsUpNoWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, _ := keeping(t)
		defer x.stop()
		c.rationed = time.Hour
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p2"}, "p2")
		x.after(time.Second)
		if got := c.in(RoomName(n, "payments are slow")); len(got) < 2 || c.called("invite") != 2 {
			t.Errorf("while topics wait, %d stand in the room, %d were invited", len(got), c.called("invite"))
		}
		if i, _ := x.m.Load(t.Context(), n); len(i.Doubts) > 0 || x.p.Stats().Retried > 0 {
			t.Errorf("a wait counts as a failure: %q", i.Doubts)
		}
	})
}

func TestAStrangerIsToldInTheBuiltInChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, near := keeping(t)
		defer x.stop()
		c.strange = "p2"
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Second)
		x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p2"}, "p1")
		x.after(time.Second)
		if len(near.heard("p2")) != 1 || len(c.heard("p2")) != 0 || len(near.heard("p1")) != 0 {
			t.Errorf("p2 was told %d times there, %d here", len(near.heard("p2")), len(c.heard("p2")))
		}
		if i, _ := x.m.Load(t.Context(), n); len(i.Doubts) > 0 {
			t.Errorf("the record doubts %q", i.Doubts)
		}
	})
}
