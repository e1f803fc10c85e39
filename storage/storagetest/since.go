package storagetest

import (
	"context"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/storage"
)

// alertsSince are given whole and in the order in which they were first seen, with requests of which nothing could be made.
func alertsSince(t *testing.T, h *house) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	id := h.put("no alert")
	must(t, h.work(func(c context.Context, _ []int64, w alert.Work) error {
		var rows []alert.Row
		for _, k := range []int{3, 1, 2, 0} {
			at := noon.Add(time.Duration(k) * time.Hour)
			rows = append(rows, alert.Row{
				Source: "am", Key: string(rune('a' + k%2)), Start: at, Status: alert.Firing, Count: 1, FirstSeen: at, LastSeen: at, Title: "t", Outcome: alert.Inbox,
			})
		}
		must(t, w.Save(c, rows))
		return w.Finish(c, id, "alert.reason.json")
	}))
	got := ok[[]alert.Row](t)(h.AlertsSince(ctx(t), noon.Add(time.Hour)))
	equal(t, "since an hour after noon", len(got), 3)
	for k, row := range got {
		equal(t, "in the order of their times", row.FirstSeen, noon.Add(time.Duration(k+1)*time.Hour))
	}
	raws := ok[[]storage.Unread](t)(h.UndecodedSince(ctx(t), time.Time{}))
	equal(t, "undecoded", len(raws), 1)
	equal(t, "its body", string(raws[0].Body), "no alert")
	equal(t, "its reason", raws[0].Why, "alert.reason.json")
	equal(t, "its headers", string(raws[0].Header), "{}")
	equal(t, "later", len(ok[[]storage.Unread](t)(h.UndecodedSince(ctx(t), raws[0].Received.Add(time.Microsecond)))), 0)
}
