package bot

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// losing opens an incident whose room in the chat is deleted then.
func losing(t *testing.T) (*pumped, *keptChat, incident.Number, string) {
	t.Helper()
	x, c, _ := keeping(t)
	n := x.do(0, open(incident.P2), "p1").Number
	x.after(time.Minute)
	x.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"}, "p1")
	x.after(time.Minute)
	old := RoomName(n, "payments are slow")
	c.mu.Lock()
	c.gone = old
	c.mu.Unlock()
	return x, c, n, old
}

// recaps are the messages in a room that say what was so far.
func recaps(c *keptChat, room string) (out []Message) {
	for _, p := range c.in(room) {
		if strings.Contains(p.m.Key, "recap-") {
			out = append(out, p.m)
		}
	}
	return out
}

// rooms are the rooms that an incident had in the chat, and how often the record says that one was lost.
func (x *pumped) opened(n incident.Number) (rooms []string, lost int) {
	events, err := x.m.Timeline(x.t.Context(), n, 0, wholeTimeline)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, e := range events {
		switch f := e.Fact.(type) {
		case *incident.RoomOpened:
			if f.Room.Realm == "chat" {
				rooms = append(rooms, f.Room.ID)
			}
		case *incident.DeliveryFailed:
			lost++
		}
	}
	return rooms, lost
}

// Whatever is on its way into a room that is lost, it is opened once, and what comes back late from the lost one says nothing of
// the one in its place.
func TestARoomThatManyFindLostIsOpenedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, n, old := losing(t)
		defer x.stop()
		c.mu.Lock()
		c.slow, c.late = time.Second, true
		c.fault = func(call string, n int) error { // the lost room answers to these after that long
			if call == "topic" && n == 3 {
				time.Sleep(10 * time.Second)
			}
			if call == "topic" && n == 3 || call == "invite" && n >= 2 && n <= 4 {
				return Because(&Permanent{Err: ErrGone}, WhyDeleted)
			}
			return nil
		}
		opens := c.calls["open"]
		c.calls["topic"], c.calls["invite"] = 2, 1
		c.mu.Unlock()
		for _, p := range []incident.PersonID{"p2", "p3", "p4"} {
			x.do(n, incident.TakeRole{Role: incident.Expert, Stream: string(p), Person: p}, p)
		}
		x.do(n, incident.SetTitle{Title: "payments fail"}, "p1")
		x.after(2 * time.Minute)
		if now := c.called("open"); now != opens+1 {
			t.Errorf("opened %d times", now-opens)
		}
		rooms, lost := x.opened(n)
		if len(rooms) != 2 || rooms[0] != old || lost != 1 {
			t.Fatalf("rooms %q, lost %d times", rooms, lost)
		}
		if got := recaps(c, rooms[1]); len(got) != 1 {
			t.Errorf("what was so far is said %d times", len(got))
		}
		if i, _ := x.m.Load(t.Context(), n); len(i.Doubts) != 1 || !strings.HasSuffix(i.Doubts[0], lostRoom(WhyDeleted, old)) {
			t.Errorf("the record doubts %q", i.Doubts)
		}
	})
}

// What was so far is not lost with one answer, and is found again where something of it is erased.
func TestWhatWasSoFarIsSaidInTheNewRoomWhateverFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			err  error
			late bool
		}{
			"away": {err: errors.New("connection refused")}, "a lost answer": {errors.New("connection reset"), true}, "a limit": {err: &Wait{After: 3 * time.Second}},
		} {
			x, chat, n, _ := losing(t)
			chat.mu.Lock()
			first := chat.calls["post"] + 1
			chat.late = c.late
			chat.fault = func(call string, k int) error {
				if call == "post" && k == first {
					return c.err
				}
				return nil
			}
			chat.mu.Unlock()
			x.do(n, incident.Note{Text: "restarted the pool"}, "p1")
			x.after(5 * time.Minute)
			rooms, _ := x.opened(n)
			if len(rooms) != 2 {
				t.Fatalf("%s: rooms %q", name, rooms)
			}
			got := recaps(chat, rooms[1])
			if len(got) != 1 {
				t.Fatalf("%s: what was so far is said %d times", name, len(got))
			}
			if !(Erased{Number: n, Seqs: []int64{1}}).In(got[0].Key, got[0].Tells) {
				t.Errorf("%s: an erased title would stand there: %+v", name, got[0].Tells)
			}
			x.stop()
		}
	})
}

// While a private incident has no other room than one that everybody reads, a link there shows nothing of it.
func TestALinkInARoomThatIsLeftShowsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, _ := keeping(t)
		defer x.stop()
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(time.Minute)
		at := incident.Place{Realm: "chat", Room: RoomName(n, "payments are slow")}
		if g, err := x.b.Glance(t.Context(), n, at); err != nil || g == nil {
			t.Fatalf("before it is private: %v, %v", g, err)
		}
		c.mu.Lock()
		c.fault = func(call string, _ int) error {
			if call == "open" {
				return errors.New("connection refused")
			}
			return nil
		}
		c.mu.Unlock()
		x.do(n, incident.SetAccess{Private: true}, "p1")
		x.after(time.Second)
		if g, err := x.b.Glance(t.Context(), n, at); err != nil || g != nil {
			t.Errorf("%+v, %v", g, err)
		}
	})
}

// A room that is there is not lost because one call does not find it: that call is given up, and the room kept.
func TestACallThatFindsNoRoomThatIsThereIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, c, _ := keeping(t)
		defer x.stop()
		c.fault = func(call string, _ int) error {
			if call == "topic" {
				return Because(&Permanent{Err: ErrGone}, WhyDeleted)
			}
			return nil
		}
		n := x.do(0, open(incident.P2), "p1").Number
		x.after(5 * time.Minute)
		if rooms, lost := x.opened(n); len(rooms) != 1 || lost != 1 || x.m.left() != 0 {
			t.Errorf("rooms %q, said %d times, %d still wait", rooms, lost, x.m.left())
		}
	})
}
