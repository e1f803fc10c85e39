package storagetest

import (
	"context"
	"testing"
	"time"

	"matoi/bot/alert"
)

// rowsAreDue: a row is judged again when its time has come, the latest occurrence of its key alone, and those that wait are found by
// their group.
func rowsAreDue(t *testing.T, h *house) {
	at := func(k int) time.Time { return h.now().Add(time.Duration(k) * time.Minute) }
	row := func(key string, first time.Time, due time.Time) alert.Row {
		return alert.Row{
			Source: "am", Key: key, Start: first, Status: alert.Firing, FirstSeen: first, LastSeen: first, Group: "g", Outcome: alert.Wait, Due: due,
			Alert: `{"labels":{"a":"é\\"}}`,
		}
	}
	equal(t, "nothing is due", ok[time.Time](t)(h.NextAgain(ctx(t))), time.Time{})
	a, b, c := row("a", at(0), at(9)), row("b", at(1), at(5)), row("c", at(2), time.Time{})
	h.put("x")
	must(t, h.work(func(ctx context.Context, _ []int64, w alert.Work) error { return w.Save(ctx, []alert.Row{a, b, c}) }))
	equal(t, "the next", ok[time.Time](t)(h.NextAgain(ctx(t))), at(5))
	ran := false
	must(t, h.WorkOff(ctx(t), nil, func(ctx context.Context, waiting []int64, w alert.Work) error { // without any request
		ran = true
		equal(t, "requests", len(waiting), 0)
		equal(t, "too early", len(ok[[]alert.Row](t)(w.DueRows(ctx, at(5).Add(-time.Microsecond), 9))), 0)
		due := ok[[]alert.Row](t)(w.DueRows(ctx, at(9), 9))
		equal(t, "due", len(due), 2)
		equal(t, "the longest due first", due[0], b)
		equal(t, "then", due[1], a)
		equal(t, "no more than asked for", len(ok[[]alert.Row](t)(w.DueRows(ctx, at(9), 1))), 1)
		waits := ok[[]alert.Row](t)(w.Waiting(ctx, "am", "g", 9))
		equal(t, "of the group", len(waits), 2)
		equal(t, "the earliest first", waits[0], a)
		equal(t, "of another source", len(ok[[]alert.Row](t)(w.Waiting(ctx, "zabbix", "g", 9))), 0)
		return w.Save(ctx, []alert.Row{row("b", at(7), time.Time{})}) // a later occurrence: the former one isn't due any more
	}))
	equal(t, "worked without requests", ran, true)
	equal(t, "the next", ok[time.Time](t)(h.NextAgain(ctx(t))), at(9))
	a.Due, a.Alert, a.Outcome = time.Time{}, "", alert.Inbox
	must(t, h.WorkOff(ctx(t), nil, func(ctx context.Context, _ []int64, w alert.Work) error { return w.Save(ctx, []alert.Row{a}) }))
	equal(t, "all are judged", ok[time.Time](t)(h.NextAgain(ctx(t))), time.Time{})
}
