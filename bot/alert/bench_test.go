package alert_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"matoi/bot/alert"
)

// BenchmarkWorkOff works 256 requests of one alert each off and holds that against the least that any way of doing it
// must write: the same rows and the same queue in the same kind of transaction (share, in percent of that limit's speed).
func BenchmarkWorkOff(b *testing.B) {
	const requests = 256
	for _, kind := range []string{"repeats", "joins", "clears"} {
		b.Run(kind, func(b *testing.B) {
			h := newHouse(b)
			body := func(round, k int, status string) string {
				return fmt.Sprintf(`{"title":"disk %d full","dedup_key":"%d-%d","severity":"critical","service":"shop","status":%q}`, k, round, k, status)
			}
			post := func(round int, status string) {
				for k := range requests {
					h.post("generic", body(round, k, status))
				}
			}
			post(0, "firing")
			h.work()
			var plain, worked time.Duration
			round := 0
			for b.Loop() {
				round++
				b.StopTimer()
				switch kind {
				case "repeats":
					post(0, "firing")
				case "joins":
					post(round, "firing")
				case "clears":
					post(round, "firing")
					h.work()
					post(round, "ok")
				}
				b.StartTimer()
				start := time.Now()
				if n := h.work(); n != requests {
					b.Fatalf("%d worked off", n)
				}
				worked += time.Since(start)
				b.StopTimer()
				plain += h.limit(round, requests)
				b.StartTimer()
			}
			alerts := float64(round * requests)
			b.ReportMetric(alerts/worked.Seconds(), "alerts/s")
			b.ReportMetric(100*plain.Seconds()/worked.Seconds(), "%limit")
			b.ReportMetric(float64(worked.Microseconds())/alerts, "µs/alert")
		})
	}
}

// limit saves rows and finishes as many requests in one transaction, and nothing more.
func (h *house) limit(round, requests int) time.Duration {
	h.t.Helper()
	var ids []int64
	rows := make([]alert.Row, requests)
	for k := range requests {
		ids = append(ids, h.post("limit", `{}`))
		rows[k] = alert.Row{
			Source: "limit", Key: fmt.Sprintf("limit:%d-%d", round, k), Start: h.now, Status: alert.Firing, Count: 1, FirstSeen: h.now, LastSeen: h.now,
			Title: "disk full", Service: "shop", Group: "limit|disk full|shop", Outcome: alert.Ignore,
		}
	}
	start := time.Now()
	err := h.store.WorkOff(h.t.Context(), ids, func(ctx context.Context, waiting []int64, w alert.Work) error {
		if err := w.Save(ctx, rows); err != nil {
			return err
		}
		for _, id := range waiting {
			if err := w.Finish(ctx, id, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return time.Since(start)
}
