package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/storage"
)

// arrivals: a number that a sender gave a request is known from its commit on, for itself and its source alone, until it is pruned.
func arrivals(t *testing.T, h *house) {
	at := func(source string, ids ...string) (list []alert.Arrival) {
		for _, id := range ids {
			list = append(list, alert.Arrival{Source: source, ID: id, Received: h.now()})
		}
		return list
	}
	first := func(list []alert.Arrival, want ...bool) {
		t.Helper()
		h.put("x")
		must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
			equal(t, "first", fmt.Sprint(ok[[]bool](t)(w.First(c, list))), fmt.Sprint(want))
			return nil
		}))
	}
	first(nil)
	first(at("github", "a", "b", "a"), true, true, false)
	first(append(at("github", "c", "a"), at("gitlab", "a")...), true, false, true)
	h.put("x")
	lost := errors.New("lost")
	if err := h.work(func(c context.Context, _ []int64, w alert.Work) error {
		equal(t, "first", fmt.Sprint(ok[[]bool](t)(w.First(c, at("github", "d")))), "[true]")
		return lost
	}); !errors.Is(err, lost) {
		t.Errorf("work that fails: %v", err)
	}
	first(at("github", "d"), true)

	const many = 5000 // more than a statement, a scan and a write hold
	ids, all := make([]string, many), make([]bool, many)
	for k := range ids {
		ids[k], all[k] = fmt.Sprintf("%05d", k), true
	}
	first(at("storm", ids...), all...)
	h.pass(8 * day)
	first(at("storm", "young"), true)
	first(at("storm", "00000", "04999"), false, false)
	r := storage.Retention{Causes: time.Hour} // less than what is kept at least
	equal(t, "pruned", ok[storage.Pruned](t)(h.Prune(ctx(t), r)).Arrivals, many+5)
	equal(t, "pruned again", ok[storage.Pruned](t)(h.Prune(ctx(t), r)).Arrivals, 0)
	first(at("storm", "young", "00000"), false, true)
}
