package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

// diary is a store in memory, under a clock on the wall that can be set while the time by which timers run goes on. It asks of
// each tick whether it was time.
type diary struct {
	t      *testing.T
	policy incident.Policy
	mu     sync.Mutex
	set    time.Duration // by how much the clock on the wall was set in all
	rows   map[incident.Number]*incident.Incident
	events map[incident.Number][]incident.Event
	due    map[incident.Number]time.Time
	made   int64
	wake   chan struct{}
}

func newDiary(t *testing.T, zone *time.Location) *diary {
	p := incident.DefaultPolicy(zone)
	p.OnCall, p.Managers = []incident.PersonID{"bob", "cho"}, []incident.PersonID{"dan", "eri"}
	return &diary{
		t: t, policy: p, rows: map[incident.Number]*incident.Incident{}, events: map[incident.Number][]incident.Event{}, due: map[incident.Number]time.Time{},
		wake: make(chan struct{}, 1),
	}
}

// now is what the clock on the wall says.
func (d *diary) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.set).UTC()
}

// jump sets the clock on the wall. What slept through a suspended hour sees it jump by as much.
func (d *diary) jump(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set += by
}

func (d *diary) Change(_ context.Context, cause incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var loaded []*incident.Incident
	for _, n := range numbers {
		loaded = append(loaded, d.rows[n].Clone())
	}
	done, err := decide(loaded, func(day time.Time) (incident.Number, error) {
		d.made++
		return incident.NumberOf(day, time.UTC, d.made), nil
	})
	if err != nil {
		return nil, false, err
	}
	for _, c := range done {
		n := c.After.Number
		if was := d.due[n]; cause.Machine && len(c.Events) > 0 && (was.IsZero() || was.After(c.Events[0].At)) {
			d.t.Errorf("%s: at %s the clock did %s, which was due %s", n, c.Events[0].At, c.Events[0].Fact.Kind(), was)
		}
		d.rows[n], d.due[n], d.events[n] = c.After, c.Due, append(d.events[n], c.Events...)
	}
	poke(d.wake)
	return done, false, nil
}

func (d *diary) Due(_ context.Context, before time.Time, limit int) (out []incident.Number, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(d.due)) {
		if at := d.due[n]; !at.IsZero() && !at.After(before) && len(out) < limit {
			out = append(out, n)
		}
	}
	return out, nil
}

func (d *diary) DueAfter(_ context.Context, after time.Time) (first time.Time, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.due {
		if at.After(after) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, nil
}

func (d *diary) Stale(context.Context, string, int) ([]incident.Number, error) { return nil, nil }
func (d *diary) Watch(string) (<-chan struct{}, func())                        { return d.wake, func() {} }

// run starts the clock, and gives the desk.
func (d *diary) run() *incident.Desk {
	desk := &incident.Desk{Store: d, Policy: func() incident.Policy { return d.policy }, Now: d.now}
	c := &Clock{Store: d, Desk: desk, Policy: desk.Policy, Now: d.now, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	d.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("the clock ended with %v", err)
		}
	})
	return desk
}

// open opens one of each priority, with a promise, an offer and a hold among them.
func (d *diary) open(desk *incident.Desk) {
	do := func(n incident.Number, by incident.PersonID, cmd incident.Command) *incident.Incident {
		r, err := desk.Do(d.t.Context(), n, cmd, incident.By{Person: by}, incident.Cause{})
		if err != nil {
			d.t.Fatalf("%T: %v", cmd, err)
		}
		return r.Incident
	}
	for p := incident.P1; p <= incident.P4; p++ {
		do(0, "ann", incident.Open{Title: "x", Priority: p})
	}
	led := do(0, "ann", incident.Open{Title: "led", Priority: incident.P1}).Number
	do(led, "dan", incident.TakeRole{Role: incident.Manager, Person: "dan"})
	do(led, "dan", incident.Publish{Text: "調査中", Next: d.now().Add(100 * time.Minute)})
	do(led, "dan", incident.OfferHandover{Role: incident.Manager, To: "eri"})
	held := do(0, "ann", incident.Open{Title: "held", Priority: incident.P3}).Number
	do(held, "bob", incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "waits", Review: d.now().Add(3 * time.Hour), Promised: d.now().Add(5 * time.Hour)}})
}

// passed lists what was missed and expired until some time on the wall: that much must be so however the clock was set.
func (d *diary) passed(until time.Time) (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, events := range d.events {
		for _, e := range events {
			switch f := e.Fact.(type) {
			case *incident.TargetMissed:
				if !f.Due.After(until) {
					out = append(out, fmt.Sprint(n, " missed ", f.Clock, " ", f.Due.Format(time.TimeOnly)))
				}
			case *incident.HandoverAnswered:
				out = append(out, fmt.Sprint(n, " offer ", f.Answer))
			}
		}
	}
	slices.Sort(out)
	return out
}

// once holds that no deadline was recorded twice, and that what came more than a minute late says so and comes once.
func (d *diary) once() (late int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, events := range d.events {
		if err := deadlines(n, events); err != nil {
			d.t.Error(err)
		}
		for _, e := range events {
			if incident.Late(e.Fact) > 0 {
				late++
			}
			if f, ok := e.Fact.(*incident.TargetMissed); ok && e.At.Sub(f.Due) >= time.Minute+time.Second && incident.Late(f) == 0 {
				d.t.Errorf("%s: %s was missed %s late, which it does not say", n, f.Clock, e.At.Sub(f.Due))
			}
		}
	}
	return late
}

// The clock on the wall is set back, set forth, and jumps by the hour for which the machine was suspended, while the timers of the
// clock go on or stood still. Nothing is early by the wall, nothing comes a second time, and all that was to be missed is missed;
// what an hour was left out of comes once, and says that it is late.
func TestTheClockOnTheWallMayBeSet(t *testing.T) {
	const length = 10 * time.Hour
	for _, x := range []struct {
		name  string
		jumps map[time.Duration]time.Duration // after so long, by so much
		late  bool                            // something comes late
	}{
		{"not at all", nil, false},
		{"an hour back", map[time.Duration]time.Duration{20 * time.Minute: -time.Hour}, false},
		{"an hour forth, or a suspended hour", map[time.Duration]time.Duration{4 * time.Minute: time.Hour}, true},
		{"back and forth", map[time.Duration]time.Duration{12 * time.Minute: -time.Hour, 31 * time.Minute: time.Hour, 50 * time.Minute: -time.Hour, 3 * time.Hour: time.Hour}, true},
		{"by seconds every minute", func() map[time.Duration]time.Duration {
			m := map[time.Duration]time.Duration{}
			for k := range 120 {
				m[time.Duration(k+1)*time.Minute] = time.Duration(k%5-2) * 7 * time.Second
			}
			return m
		}(), false},
		{"anyhow", func() map[time.Duration]time.Duration {
			m := map[time.Duration]time.Duration{}
			for range 12 {
				m[rand.N(9*time.Hour)] = rand.N(4*time.Hour) - 2*time.Hour
			}
			return m
		}(), false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Logf("set %v", x.jumps)
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, time.UTC)
				d.open(d.run())
				began := time.Now()
				end := began.Add(length) // on the wall
				jumps := slices.Sorted(maps.Keys(x.jumps))
				for _, after := range jumps {
					time.Sleep(time.Until(began.Add(after)))
					d.jump(x.jumps[after])
				}
				time.Sleep(end.Sub(d.now()) + time.Minute + time.Second) // the longest for which it looks away
				synctest.Wait()
				if late := d.once(); x.late != (late > 0) && x.name != "anyhow" {
					t.Errorf("%d deeds came late", late)
				}
				want := untroubled(t, length)
				if got := d.passed(end); !slices.Equal(got, want) {
					t.Errorf("passed were\n%v, want\n%v", got, want)
				}
			})
		})
	}
}

// untroubled is what passes while nobody touches the clock: the rules alone, asked at each instant at which something is due.
func untroubled(t *testing.T, length time.Duration) []string {
	d := newDiary(t, time.UTC)
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // as synctest's
	now := began
	desk := &incident.Desk{Store: d, Policy: func() incident.Policy { return d.policy }, Now: func() time.Time { return now }}
	d.set = -time.Since(began)
	d.open(desk)
	for end := began.Add(length); ; {
		next, _ := d.DueAfter(t.Context(), time.Time{})
		if next.IsZero() || next.After(end) {
			return d.passed(end)
		}
		now = later(now, next)
		if _, err := desk.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Summer time begins and ends while reminders run in office hours and around the clock: each comes once, at its time on the wall of
// whoever reads it, and never in the night.
func TestSummerTimeBeginsAndEndsUnderTheClock(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	hours := &calendar.Hours{Name: "office", Zone: "Europe/London"}
	for day := 1; day <= 5; day++ {
		hours.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	for _, x := range []struct {
		name           string
		opened         time.Time // the Friday before
		office, around time.Time // when P3's 3 hours and P1's 15 minutes of response end
	}{
		{"begins", time.Date(2027, 3, 26, 17, 0, 0, 0, london), time.Date(2027, 3, 29, 11, 0, 0, 0, london), time.Date(2027, 3, 26, 17, 15, 0, 0, london)},
		{"ends", time.Date(2027, 10, 29, 17, 0, 0, 0, london), time.Date(2027, 11, 1, 11, 0, 0, 0, london), time.Date(2027, 10, 29, 17, 15, 0, 0, london)},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, london)
				targets := d.policy.Targets[incident.P3]
				targets.Hours = hours
				d.policy.Targets[incident.P3] = targets
				d.jump(time.Until(x.opened))
				d.open(d.run())
				time.Sleep(4 * 24 * time.Hour)
				synctest.Wait()
				d.once()
				missed := map[incident.Priority]time.Time{}
				for n, events := range d.events {
					for _, e := range events {
						f, ok := e.Fact.(*incident.TargetMissed)
						if !ok || f.Clock != incident.Response {
							continue
						}
						missed[d.rows[n].Priority] = e.At
						if local := e.At.In(london); d.rows[n].Priority == incident.P3 && (local.Hour() < 9 || local.Hour() >= 18) {
							t.Errorf("%s was reminded of at %s", n, local)
						}
					}
				}
				if !missed[incident.P3].Equal(x.office) || !missed[incident.P1].Equal(x.around) {
					t.Errorf("missed %v, want %s and %s", missed, x.office, x.around)
				}
			})
		})
	}
}
