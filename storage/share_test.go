package storage

import (
	"testing"
	"time"
)

// worked is how much of a second work-off gets whose transactions take so long, while requests come all the time.
func worked(t *testing.T, took, age time.Duration) time.Duration {
	t.Helper()
	var s share
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s.earn(now, age)
	s.spend(mostCredit) // what it has at the beginning
	total := time.Duration(0)
	for end := now.Add(time.Second); now.Before(end); {
		s.arrived = now
		s.earn(now, age)
		if s.owed() {
			now = now.Add(took)
			s.spend(took)
			total += took
			continue
		}
		now = now.Add(300 * time.Microsecond) // a commit of what came in
	}
	return total
}

func TestWorkOffHasLittleAndMoreAsRequestsGrowOld(t *testing.T) {
	for _, c := range []struct {
		took, age   time.Duration
		least, most time.Duration
	}{
		{2 * time.Millisecond, 0, 48 * time.Millisecond, 56 * time.Millisecond},
		{500 * time.Microsecond, 0, 48 * time.Millisecond, 53 * time.Millisecond},
		{2 * time.Millisecond, grownOld, 48 * time.Millisecond, 56 * time.Millisecond},
		{2 * time.Millisecond, (grownOld + tooOld) / 2, 195 * time.Millisecond, 210 * time.Millisecond},
		{2 * time.Millisecond, tooOld, 345 * time.Millisecond, 360 * time.Millisecond},
		{2 * time.Millisecond, farTooOld, 495 * time.Millisecond, 510 * time.Millisecond},
		{2 * time.Millisecond, time.Hour, 495 * time.Millisecond, 510 * time.Millisecond},
	} {
		if got := worked(t, c.took, c.age); got < c.least || got > c.most {
			t.Errorf("%v each, oldest %v: %v of a second, want %v to %v", c.took, c.age, got, c.least, c.most)
		}
	}
}

func TestWorkOffWaitsUntilNothingComesInAnyMore(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := share{counted: now, arrived: now, credit: -mostCredit}
	if d := s.idle(now, 0); d != quiet {
		t.Errorf("just after a request it waits %v, want %v", d, quiet)
	}
	if d := s.idle(now.Add(quiet), 0); d != 0 {
		t.Errorf("when all is quiet it waits %v", d)
	}
	s.credit = -25 * time.Microsecond
	if d := s.idle(now, 0); d <= 400*time.Microsecond || d > 600*time.Microsecond {
		t.Errorf("with a small debt it waits %v", d)
	}
	s.credit = time.Microsecond
	if d := s.idle(now, 0); d != 0 {
		t.Errorf("with credit it waits %v", d)
	}
}

func TestAfterALongTimeWorkOffBeginsAtOnceButOwesNoMoreThanABit(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	var s share
	s.earn(now, 0)
	if !s.owed() || s.credit != mostCredit {
		t.Errorf("at the start it has %v", s.credit)
	}
	s.spend(time.Minute)
	if s.credit != -mostCredit {
		t.Errorf("after a long transaction it owes %v", s.credit)
	}
	s.earn(now.Add(time.Hour), 0)
	if s.credit != mostCredit {
		t.Errorf("an hour later it has %v", s.credit)
	}
}
