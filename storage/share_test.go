package storage

import (
	"testing"
	"time"
)

// worked is how much of a second work-off gets while requests come all the time, so many a second that take so long to take in and to
// work off.
func worked(t *testing.T, rate int, intake, work, age time.Duration) time.Duration {
	t.Helper()
	const batch, commit = worthwhile, 300 * time.Microsecond
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := share{counted: now, since: now, rate: float64(rate), peak: float64(rate), peaked: now, intake: intake.Seconds(), work: work.Seconds()}
	total, came := time.Duration(0), 0
	for began, end := now, now.Add(time.Second); now.Before(end); {
		for ; came < int(now.Sub(began).Seconds()*float64(rate)); came++ {
			s.arrive(now)
		}
		s.earn(now, age)
		if s.owed() {
			took := batch * work
			now = now.Add(took)
			s.spend(batch, took)
			total += took
			continue
		}
		now = now.Add(commit)
		s.tookIn(int(commit/intake), commit)
	}
	return total
}

func TestWorkOffHasWhatItNeedsWhereBothFitAndLittleWhereTheyDoNot(t *testing.T) {
	const us, ms = time.Microsecond, time.Millisecond
	for _, c := range []struct {
		name              string
		rate              int
		intake, work, age time.Duration
		least, most       time.Duration
	}{
		{"hardly anything comes", 10, 20 * us, 50 * us, 0, 25 * ms, 40 * ms},
		{"half of what can be taken in", 5000, 20 * us, 50 * us, 0, 300 * ms, 360 * ms},
		{"the same, behind by a second", 5000, 20 * us, 50 * us, time.Second, 375 * ms, 430 * ms},
		{"a burst", 15000, 20 * us, 50 * us, 0, 25 * ms, 40 * ms},
		{"a burst of four seconds", 15000, 20 * us, 50 * us, grownOld, 25 * ms, 40 * ms},
		{"one of seven", 15000, 20 * us, 50 * us, 7 * time.Second, 265 * ms, 290 * ms},
		{"one that doesn't end", 15000, 20 * us, 50 * us, time.Hour, 490 * ms, 515 * ms},
		{"fewer, and harder to work off", 2000, 20 * us, 100 * us, 0, 240 * ms, 290 * ms},
	} {
		if got := worked(t, c.rate, c.intake, c.work, c.age); got < c.least || got > c.most {
			t.Errorf("%s: %v of a second, want %v to %v", c.name, got, c.least, c.most)
		}
	}
}

func TestWorkOffWaitsUntilNothingComesInAnyMore(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := share{counted: now, seen: now, credit: -mostCredit}
	if d := s.idle(now, 0); d != quiet {
		t.Errorf("just after a request it waits %v, want %v", d, quiet)
	}
	if d := s.idle(now.Add(quiet), 0); d != 0 {
		t.Errorf("when all is quiet it waits %v", d)
	}
	now = now.Add(3 * quiet)
	s.answered(now)
	if d := s.idle(now.Add(quiet/2), 0); d != quiet/2 {
		t.Errorf("after a slow commit it waits %v for those whom that answered, want %v", d, quiet/2)
	}
	s.credit = -15 * time.Microsecond
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
	s.spend(1, time.Minute)
	if s.credit != -mostCredit {
		t.Errorf("after a long transaction it owes %v", s.credit)
	}
	s.earn(now.Add(time.Hour), 0)
	if s.credit != mostCredit {
		t.Errorf("an hour later it has %v", s.credit)
	}
}

// A disk that stands still for a moment must not make both seem too dear for each other.
func TestOneSlowWriteIsNoReasonToHoldWorkOffUp(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := share{counted: now, since: now, rate: 5000, peak: 5000, peaked: now, intake: 20e-6, work: 50e-6}
	before := s.part(0)
	s.spend(worthwhile, time.Second)
	s.tookIn(enough, time.Second)
	if after := s.part(0); after < before || after > before*1.1 {
		t.Errorf("its part was %.2f and is %.2f", before, after)
	}
	for range 64 {
		s.spend(worthwhile, time.Second)
	}
	if s.part(0) != leastShare {
		t.Errorf("where every one is slow its part is %.2f", s.part(0))
	}
}

// Senders who wait for answers send less while there is more work-off: that what comes now would fit does not count at once.
func TestWorkOffGetsNoMoreInABurstBecauseItSlowsTheSenders(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := share{counted: now, since: now, rate: 15000, peak: 15000, peaked: now, intake: 20e-6, work: 50e-6}
	came := func(rate int, d time.Duration) {
		for end := now.Add(d); now.Before(end); {
			now = now.Add(50 * time.Millisecond)
			for range rate / 20 {
				s.arrive(now)
			}
			s.earn(now, 0)
		}
	}
	if came(5000, lately-50*time.Millisecond); s.part(0) != leastShare {
		t.Errorf("just after it has %.2f", s.part(0))
	}
	if came(5000, 3*lately); s.part(0) < 0.3 {
		t.Errorf("later it has %.2f", s.part(0))
	}
}
