package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"matoi/bot/alert"
)

// from takes a request of a source in.
func (h *house) from(source string, size int) (int64, error) {
	h.t.Helper()
	return h.PutRaw(ctx(h.t), alert.Raw{Source: source, Received: h.now(), Body: make([]byte, size)})
}

// turnsOfSources gives each source its share of every look, whatever the others have sent before.
func turnsOfSources(t *testing.T, h *house) {
	crowd(600, func(int) {
		if _, err := h.from("flood", 1); err != nil {
			t.Error(err)
		}
	})
	h.exec(t, `INSERT INTO raw (id, source, received, header, body) VALUES (100000, 'back', 5, '{}', 'put back')`)
	late := map[int64]bool{}
	for k := range 30 {
		late[ok[int64](t)(h.from(fmt.Sprint("late", k%3), 1))] = true
	}
	round := &alert.Round{}
	first := ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 100))
	equal(t, "in the first look", len(first) <= 100, true)
	floods, before := 0, int64(0)
	for _, r := range first {
		if r.ID <= before {
			t.Errorf("%d after %d", r.ID, before)
		}
		before = r.ID
		delete(late, r.ID)
		if r.Source == "flood" {
			floods++
		}
	}
	equal(t, "late ones that must wait", len(late), 0)
	equal(t, "of the flood", floods > 0 && floods <= 100-31, true)
	seen := len(first)
	for {
		more := ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 100))
		if len(more) == 0 {
			break
		}
		seen += len(more)
	}
	equal(t, "seen in the round", seen, 631)

	round = &alert.Round{}
	round.Hold("flood", true)
	equal(t, "without the flood", len(ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 1000))), 31)
	round.Hold("flood", false)
	equal(t, "with it again", len(ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 1000))), 600)

	var ids []int64
	for _, r := range first {
		ids = append(ids, r.ID)
	}
	h.finish("", ids...)
	left := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 1000))
	equal(t, "left", len(left), 631-len(first))
}

// leavesRoom lets a source have as much of the bound as it leaves free.
func leavesRoom(t *testing.T, h *house) {
	must(t, h.Close())
	h.o.InboxBound = 12_000
	h.open()
	fill := func(source string) (n int) {
		for {
			_, err := h.from(source, 100)
			if errors.Is(err, alert.ErrFull) {
				return n
			}
			must(t, err)
			n++
		}
	}
	equal(t, "of the first", fill("a"), 60)
	equal(t, "of the second", fill("b"), 30)
	equal(t, "of the third", fill("c"), 15)
	equal(t, "of the first once more", fill("a"), 0)
	must(t, h.Close())
	h.open()
	equal(t, "of a fourth after a restart", fill("d"), 7)
	equal(t, "of the first after a restart", fill("a"), 0)
	must(t, h.work(func(c context.Context, waiting []int64, w alert.Work) error {
		for _, id := range waiting {
			must(t, w.Finish(c, id, ""))
		}
		return nil
	}))
	equal(t, "of the first when all is done", fill("a"), 60)
	equal(t, "bytes of the first", h.InboxBySource()["a"], 6000)
}

// begun tells a request that is worked off in pieces from one that came again.
func begun(t *testing.T, h *house) {
	ask := func(a alert.Arrival) (first bool) {
		id := h.put("x")
		must(t, h.WorkOff(ctx(t), []int64{id}, func(c context.Context, _ []int64, w alert.Work) error {
			first = ok[[]bool](t)(w.First(c, []alert.Arrival{a}))[0]
			return w.Finish(c, id, "")
		}))
		return first
	}
	a := alert.Arrival{Source: "am", ID: "7", Received: h.now(), Begun: true}
	equal(t, "first", ask(a), true)
	equal(t, "begun before a restart", ask(a), true)
	a.Received = a.Received.Add(1000)
	equal(t, "sent again", ask(a), false)
	a.Received, a.Begun = h.now(), false
	equal(t, "a whole one", ask(a), false)
}
