package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
)

// rota is a small working store of deadlines, and the desk that meets them.
type rota struct {
	mu     sync.Mutex
	due    map[incident.Number]time.Time
	policy map[incident.Number]string
	now    string // the policy in force
	broken map[incident.Number]bool
	ticked []incident.Number
	at     []time.Time
	wake   chan struct{}
	first  func()                            // runs in the first tick
	found  map[incident.Number]int           // how many had been ticked when it was first found due
	moved  map[incident.Number]time.Duration // a command came first and put the deadline off, by less than the tick takes
}

func newRota() *rota {
	return &rota{
		due: map[incident.Number]time.Time{}, policy: map[incident.Number]string{}, broken: map[incident.Number]bool{}, found: map[incident.Number]int{},
		moved: map[incident.Number]time.Duration{}, wake: make(chan struct{}, 1),
	}
}

func (r *rota) set(n incident.Number, due time.Time) {
	r.mu.Lock()
	r.due[n] = due
	r.mu.Unlock()
	poke(r.wake)
}

func (r *rota) Due(_ context.Context, before time.Time, limit int) ([]incident.Number, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []incident.Number
	for n, at := range r.due {
		if !at.After(before) {
			out = append(out, n)
		}
	}
	slices.Sort(out) // the lower the number, the more pressing here
	out = out[:min(len(out), limit)]
	for _, n := range out {
		if _, before := r.found[n]; !before {
			r.found[n] = len(r.ticked)
		}
	}
	return out, nil
}

func (r *rota) DueAfter(_ context.Context, after time.Time) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first time.Time
	for _, at := range r.due {
		if at.After(after) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, nil
}

func (r *rota) Stale(_ context.Context, policy string, limit int) ([]incident.Number, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []incident.Number
	for n, p := range r.policy {
		if p != policy && len(out) < limit {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (r *rota) Watch(string) (<-chan struct{}, func()) { return r.wake, func() {} }

func (r *rota) Tick(_ context.Context, numbers []incident.Number) ([]incident.Each, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first != nil && len(r.ticked) == 0 {
		r.first()
	}
	var out []incident.Each
	for _, n := range numbers {
		r.ticked, r.at = append(r.ticked, n), append(r.at, time.Now())
		e := incident.Each{Number: n, Due: r.due[n], Change: incident.Change{Events: make([]incident.Event, 1)}}
		if off, is := r.moved[n]; is {
			r.due[n] = time.Now().Add(off)
			e.Change = incident.Change{Due: r.due[n]}
			delete(r.moved, n)
			time.Sleep(2 * off)
		} else if r.broken[n] {
			e.Err = errors.New("broken")
		} else {
			if _, stale := r.policy[n]; stale {
				r.policy[n] = r.now
			}
			delete(r.due, n)
		}
		out = append(out, e)
	}
	return out, nil
}

func (r *rota) done() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ticked)
}

// start runs a clock over the rota until the test ends.
func (r *rota) start(t *testing.T, renew chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &Clock{
		Store: r, Desk: r, Now: time.Now, Log: slog.New(slog.DiscardHandler), Renew: renew,
		Policy: func() incident.Policy { return incident.Policy{Version: r.now} },
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the clock ended with %v", err)
		}
	})
}

func TestADeadlineHappensWhenItIsDueAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.due[1] = began.Add(90 * time.Second)
		r.start(t, nil)
		time.Sleep(89 * time.Second)
		synctest.Wait()
		if r.done() != 0 {
			t.Fatal("a deadline happened before its time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if r.done() != 1 || !r.at[0].Equal(began.Add(90*time.Second)) {
			t.Fatalf("ticked %v at %v", r.ticked, r.at)
		}
	})
}

func TestAnEarlierDeadlineWakesTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.due[1] = began.Add(50 * time.Second)
		r.start(t, nil)
		time.Sleep(time.Second)
		r.set(2, began.Add(3*time.Second))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r.done() != 1 || r.ticked[0] != 2 || !r.at[0].Equal(began.Add(3*time.Second)) {
			t.Fatalf("ticked %v at %v", r.ticked, r.at)
		}
	})
}

func TestALostSignalCostsAMinuteAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.start(t, nil)
		time.Sleep(time.Second)
		r.mu.Lock() // committed elsewhere, unheard
		r.due[7] = began.Add(2 * time.Second)
		r.mu.Unlock()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if r.done() != 1 {
			t.Fatal("a deadline that nobody signalled was never worked off")
		}
	})
}

func TestABrokenIncidentHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.broken[1] = true
		r.due[1], r.due[2] = began, began
		r.start(t, nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if !slices.Contains(r.ticked, 2) {
			t.Fatal("the other incident was never worked off")
		}
		if n := r.done(); n > 4 {
			t.Fatalf("the broken one was tried %d times in half a minute", n-1)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if n := r.done(); n < 4 {
			t.Fatalf("the broken one was given up on after %d tries", n-1)
		}
	})
}

func TestABrokenIncidentIsTriedLessAndLessAndDelaysNoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.broken[1] = true
		r.due[1], r.due[2] = began, began.Add(25*time.Second)
		r.start(t, nil)
		time.Sleep(40 * time.Minute)
		synctest.Wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		var tries []time.Duration
		for k, n := range r.ticked {
			after := r.at[k].Sub(began)
			if n == 2 && after != 25*time.Second {
				t.Errorf("the other one was ticked after %s", after)
			}
			if n == 1 {
				tries = append(tries, after/time.Second)
			}
		}
		if want := []time.Duration{0, 10, 30, 70, 150, 310, 630, 1270}; !slices.Equal(tries, want) {
			t.Errorf("the broken one was tried after %d seconds, want %d", tries, want)
		}
	})
}

func TestADeadlineThatPassesWhileItIsLookedAtIsWorkedOffAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		r.due[1], r.moved[1] = began, 100*time.Millisecond
		r.start(t, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := r.done(); n != 2 || r.at[1].Sub(began) != 200*time.Millisecond {
			t.Errorf("ticked %d times, at %v", n, r.at)
		}
	})
}

func TestWhatBecomesMorePressingComesBeforeTheRestOfABacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newRota(), time.Now()
		for n := range 3 * sweepBatch {
			r.due[incident.Number(1000+n)] = began
		}
		r.first = func() { r.due[1] = began } // committed while the first batch is worked off
		r.start(t, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if at := r.found[1]; r.done() != 3*sweepBatch+1 || at > sweepBatch { // then it is the next that is ticked
			t.Errorf("the pressing one was found after %d, %d were ticked", at, r.done())
		}
	})
}

func TestAChangedPolicySetsDeadlinesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRota()
		r.now = "one"
		r.policy[1], r.policy[2] = "one", "one"
		renew := make(chan struct{}, 1)
		r.start(t, renew)
		time.Sleep(time.Second)
		synctest.Wait()
		if r.done() != 0 {
			t.Fatalf("ticked %v under an unchanged policy", r.ticked)
		}
		r.mu.Lock()
		r.now = "two"
		r.mu.Unlock()
		poke(renew)
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(r.ticked, []incident.Number{1, 2}) {
			t.Fatalf("ticked %v, want both once", r.ticked)
		}
	})
}
