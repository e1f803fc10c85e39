package main

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// BenchmarkArmed is what a sweep costs by how many deadlines are armed, which are due in a month: with nothing due, with a hundred, and with
// ten thousand. The clock stands still, and nobody is told meanwhile: it is the sweep alone. Those that are armed have rows and are in
// every index, but no state, which is not read unless they are due.
func BenchmarkArmed(b *testing.B) {
	const few, many = 100, 10_000
	for _, armed := range []int{0, 1_000_000} {
		b.Run(fmt.Sprint(armed), func(b *testing.B) {
			var idle, hundred, all time.Duration
			for range b.N {
				b.StopTimer()
				l := newBell(b)
				opened := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
				l.fill(few+many, many/20, func(k int) time.Time { return opened.Add(time.Duration(min(k/few, 1)) * time.Hour) })
				l.arm(armed)
				l.frozen.Store(l.due[0].Add(-time.Second).UnixMicro())
				a, stop := l.start(true)
				c := &Clock{Store: a.store, Desk: a.desk, Policy: a.live.Policy, Now: a.Now, Log: slog.New(slog.DiscardHandler)}
				sweep := func(at time.Time, missed int) time.Duration {
					l.frozen.Store(at.UnixMicro())
					began := time.Now()
					c.sweep(b.Context())
					took := time.Since(began)
					l.recordedOnce(missed)
					return took
				}
				b.StartTimer()
				for range 1000 {
					began := time.Now()
					c.sweep(b.Context())
					idle += time.Since(began)
				}
				hundred += sweep(l.due[0], few)
				all += sweep(l.due[few], few+many)
				b.StopTimer()
				stop()
			}
			n := float64(b.N)
			b.ReportMetric(float64(idle.Microseconds())/1000/n, "idle-µs")
			b.ReportMetric(hundred.Seconds()*1000/n, "100-ms")
			b.ReportMetric(all.Seconds()/n, "10000-s")
		})
	}
}

// arm adds deadlines of a month later, beside those that were filled in: copies of their rows.
func (l *bell) arm(count int) {
	l.Helper()
	if count == 0 {
		return
	}
	rows, err := l.look.QueryContext(l.Context(), `SELECT name FROM pragma_table_info('incident')`)
	if err != nil {
		l.Fatal(err)
	}
	defer rows.Close()
	var names, values []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			l.Fatal(err)
		}
		value := name
		switch name {
		case "number": // a year before
			value = "20251201000000 + (k.n * 10000 + number % 1000000)"
		case "due_at":
			value = "due_at + 2592000000000 + k.n * 10000000"
		case "state":
			value = "''"
		}
		names, values = append(names, name), append(values, value)
	}
	if err := rows.Err(); err != nil {
		l.Fatal(err)
	}
	_ = rows.Close()
	_, err = l.look.ExecContext(l.Context(), `WITH RECURSIVE k (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < $1)
		INSERT INTO incident (`+strings.Join(names, ", ")+`) SELECT `+strings.Join(values, ", ")+` FROM k CROSS JOIN incident WHERE number % 1000000 BETWEEN 1 AND 10000`, count/10_000)
	if err != nil {
		l.Fatal(err)
	}
	if n := l.count(`SELECT count(*) FROM incident WHERE due_at > 0 AND due_at > $1`, l.due[len(l.due)-1].Add(24*time.Hour).UnixMicro()); n != count {
		l.Fatalf("%d are armed, want %d", n, count)
	}
}
