package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// bell is a room full of deadlines: incidents in a file that one App fills, and another one finds due. Its clock runs at
// the pace of the real one, moved so that what was armed becomes due a moment after the start.
type bell struct {
	*testing.B
	options AppOptions
	moved   atomic.Int64 // the App's clock against the real one
	frozen  atomic.Int64 // while above 0 it stands still at these microseconds
	look    *sql.DB      // reads the file beside the App
	due     []time.Time  // of the incidents, in the order of their numbers
	numbers []incident.Number
}

// bellConfig makes the response of every priority due alike, tells people, and leaves every other deadline out.
const bellConfig = `
targets:
  P1: {response: 10m, restore: 0, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0}
  P2: {response: 10m, restore: 0, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0}
  P3: {response: 10m, restore: 0, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0, hours: 24x7}
  P4: {response: 10m, restore: 0, first_notice: 0, customer_notice: 0, update: 0, after_restored: 0, hours: 24x7}
reminders: {at: [], every: 30m, ask_next_after: 5d, delegate_after: 5d, relief_after: 5d, offer_expires_after: 10m}
on_call: [sato]
managers: [tanaka]
rooms_from: P5
`

func newBell(b *testing.B) *bell {
	b.Helper()
	data := filepath.Join(b.TempDir(), "data")
	file := filepath.Join(b.TempDir(), "matoi.yaml")
	if err := os.WriteFile(file, []byte(bellConfig+"data: "+data+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	c, err := LoadConfig(file, env)
	if err != nil {
		b.Fatal(err)
	}
	l := &bell{B: b}
	l.options = AppOptions{Config: c, File: file, Env: env, Mute: true, Now: l.now}
	if l.look, err = sql.Open("sqlite", "file:"+filepath.Join(data, "matoi.db")+"?_pragma=busy_timeout(5000)"); err != nil {
		b.Fatal(err)
	}
	l.look.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = l.look.Close() })
	return l
}

func (l *bell) now() time.Time {
	if at := l.frozen.Load(); at > 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Now().Add(time.Duration(l.moved.Load())).UTC()
}

// start runs an App on the file until the returned function is called.
func (l *bell) start(byHand bool) (*App, func()) {
	l.Helper()
	o := l.options
	o.ByHand = byHand
	a := NewApp(o)
	if err := a.Start(l.Context()); err != nil {
		l.Fatal(err)
	}
	return a, func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			l.Errorf("stop: %v", err)
		}
	}
}

// fill opens incidents with their rooms, the urgent ones last, so that no order of numbers helps. opened gives the time of
// each; all have been told when it returns.
func (l *bell) fill(count, urgent int, opened func(k int) time.Time) {
	l.Helper()
	l.frozen.Store(opened(0).UnixMicro())
	a, stop := l.start(true)
	sato, err := a.store.Named(l.Context(), "sato")
	if err != nil || len(sato) != 1 {
		l.Fatal(sato, err)
	}
	numbers := make([]incident.Number, count)
	policy := a.live.Policy()
	one := func(k int) {
		at := opened(k)
		desk := incident.Desk{Store: a.store, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return at }}
		priority := incident.P2 + incident.Priority(k%3)
		if k >= count-urgent {
			priority = incident.P1
		}
		r, err := desk.Do(l.Context(), 0, incident.Open{Title: "決済がタイムアウトする", Priority: priority}, incident.By{}, incident.Cause{})
		if err != nil {
			l.Error(err)
			return
		}
		numbers[k] = r.Incident.Number
		room, err := a.chat.OpenRoom(l.Context(), bot.RoomSpec{Number: r.Incident.Number})
		if err == nil {
			_, err = desk.Do(l.Context(), r.Incident.Number, incident.ReceiveRoom{Room: room}, incident.By{}, incident.Cause{})
		}
		if err != nil {
			l.Error(err)
		}
	}
	for _, part := range [][2]int{{0, count - urgent}, {count - urgent, count}} {
		var next atomic.Int64
		next.Store(int64(part[0]))
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				for k := int(next.Add(1)) - 1; k < part[1]; k = int(next.Add(1)) - 1 {
					one(k)
				}
			})
		}
		all.Wait()
	}
	stop()
	l.frozen.Store(0)
	if _, err := l.look.ExecContext(l.Context(), `DELETE FROM outbox`); err != nil {
		l.Fatal(err)
	}
	l.numbers, l.due = numbers, nil
	for k := range count {
		l.due = append(l.due, opened(k).Add(10*time.Minute))
	}
}

// count asks the file, up to a bound that keeps asking cheap.
func (l *bell) count(query string, args ...any) (n int) {
	l.Helper()
	if err := l.look.QueryRowContext(l.Context(), query, args...).Scan(&n); err != nil {
		l.Fatal(err)
	}
	return n
}

const (
	bellP1   = `SELECT count(*) FROM (SELECT 1 FROM incident WHERE priority = 1 AND due_at > 0 AND due_at <= $1 LIMIT $2)`
	bellAll  = `SELECT count(*) FROM (SELECT 1 FROM incident WHERE priority IN (1, 2, 3, 4) AND due_at > 0 AND due_at <= $1 LIMIT $2)`
	bellLead = 1500 * time.Millisecond // between the start of the App and the first deadline
)

// BenchmarkDeadlinesAtOnce is 10,000 deadlines due at one instant, one in twenty of them of P1: how long until all were recorded
// (facts and outbox committed, as another reader of the file sees it), and how late the last but a hundredth were. The
// pump tells the rooms meanwhile.
func BenchmarkDeadlinesAtOnce(b *testing.B) {
	const count, urgent = 10_000, 500
	var all, first, most float64
	for range b.N {
		b.StopTimer()
		l := newBell(b)
		opened := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
		l.fill(count, urgent, func(int) time.Time { return opened })
		at := l.due[0]
		l.moved.Store(int64(time.Until(at)) - int64(bellLead))
		a, stop := l.start(false)
		signal, cancel := a.store.Watch("incident")
		b.StartTimer()
		p1, p99 := time.Duration(0), time.Duration(0)
		for done := false; !done; {
			select {
			case <-signal:
			case <-time.After(time.Minute):
				b.Fatal("nothing was recorded for a minute")
			}
			late := l.now().Sub(at)
			if late < 0 {
				continue
			}
			if p1 == 0 && l.count(bellP1, at.UnixMicro(), urgent/100+1) <= urgent/100 {
				p1 = late
			}
			if p99 == 0 && l.count(bellAll, at.UnixMicro(), count/100+1) <= count/100 {
				p99 = late
			}
			if done = p99 > 0 && l.count(bellAll, at.UnixMicro(), 1) == 0; done {
				all += late.Seconds()
			}
		}
		b.StopTimer()
		first, most = first+p1.Seconds(), most+p99.Seconds()
		cancel()
		stop()
		l.recordedOnce(count)
	}
	n := float64(b.N)
	b.ReportMetric(all/n, "s/all")
	b.ReportMetric(1000*first/n, "p1-p99-ms")
	b.ReportMetric(1000*most/n, "p99-ms")
}

// recordedOnce asserts what was measured: each incident missed its target once.
func (l *bell) recordedOnce(count int) {
	l.Helper()
	if n := l.count(`SELECT count(*) FROM entry WHERE kind = 'target_missed'`); n != count {
		l.Errorf("%d misses were recorded of %d", n, count)
	}
	if n := l.count(`SELECT count(DISTINCT number) FROM entry WHERE kind = 'target_missed'`); n != count {
		l.Errorf("%d incidents missed their target of %d", n, count)
	}
}

// BenchmarkDeadlinesSpread is 1,000 deadlines spread over one second: how late each was recorded.
func BenchmarkDeadlinesSpread(b *testing.B) {
	const count = 1_000
	var lates []time.Duration
	for range b.N {
		b.StopTimer()
		l := newBell(b)
		opened := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
		l.fill(count, count/10, func(k int) time.Time { return opened.Add(time.Duration(k*7919%count) * time.Millisecond) })
		l.moved.Store(int64(time.Until(opened.Add(10*time.Minute))) - int64(bellLead))
		a, stop := l.start(false)
		signal, cancel := a.store.Watch("incident")
		b.StartTimer()
		waiting := make(map[incident.Number]time.Time, count)
		for k, n := range l.numbers {
			waiting[n] = l.due[k]
		}
		for len(waiting) > 0 {
			select {
			case <-signal:
			case <-time.After(time.Minute):
				b.Fatal("nothing was recorded for a minute")
			}
			now := l.now()
			overdue := l.overdue(now)
			for n, due := range waiting {
				if !due.After(now) && !overdue[n] {
					lates = append(lates, now.Sub(due))
					delete(waiting, n)
				}
			}
		}
		b.StopTimer()
		cancel()
		stop()
		l.recordedOnce(count)
	}
	slices.Sort(lates)
	b.ReportMetric(float64(lates[len(lates)*50/100].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(lates[len(lates)*99/100].Microseconds())/1000, "p99-ms")
}

// overdue lists what is due and not recorded yet.
func (l *bell) overdue(now time.Time) map[incident.Number]bool {
	l.Helper()
	rows, err := l.look.QueryContext(l.Context(), `SELECT number FROM incident WHERE priority IN (1, 2, 3, 4) AND due_at > 0 AND due_at <= $1`, now.UnixMicro())
	if err != nil {
		l.Fatal(err)
	}
	defer rows.Close()
	out := map[incident.Number]bool{}
	for rows.Next() {
		var n incident.Number
		if err := rows.Scan(&n); err != nil {
			l.Fatal(err)
		}
		out[n] = true
	}
	if err := rows.Err(); err != nil {
		l.Fatal(err)
	}
	return out
}
