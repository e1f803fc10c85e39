package storage

import "time"

// Working off the inbox shares the writer with what people do and what is taken in, which both go first: a sender that waits
// sends less, or gives up, while what is stored is safe and can wait. But it must not wait for ever.
const (
	// leastShare is the part of the time that work-off has at least, and mostShare what it has once requests grow old.
	leastShare, mostShare = 0.2, 0.5
	// grownOld is the age of the oldest request from which on work-off gets more, all of it at twice that age.
	grownOld = time.Second
	// mostCredit is how long work-off may run at once after it had nothing to do.
	mostCredit = 10 * time.Millisecond
	// quiet is how long nothing must have come in for work-off to have the writer for itself.
	quiet = 2 * time.Millisecond
)

// share accounts the writer's time: work-off earns credit by the clock, and spends what it takes.
type share struct {
	credit  time.Duration
	counted time.Time // up to when credit was earned
	arrived time.Time // when something was last taken in
}

// earn adds what work-off has earned since the last time.
func (s *share) earn(now time.Time, age time.Duration) {
	since := now.Sub(s.counted)
	if s.counted.IsZero() || since > time.Minute {
		since = time.Minute
	}
	s.counted = now
	s.credit = min(s.credit+time.Duration(float64(since)*part(age)), mostCredit)
}

// part is the share of work-off when the oldest request has waited so long.
func part(age time.Duration) float64 {
	more := min(max(float64(age-grownOld)/float64(grownOld), 0), 1)
	return leastShare + more*(mostShare-leastShare)
}

// spend takes what a transaction took. Debts are bounded, for what is spent while nobody else wants the writer is nobody's
// loss.
func (s *share) spend(took time.Duration) { s.credit = max(s.credit-took, -mostCredit) }

// owed reports whether work-off may go before what is taken in.
func (s *share) owed() bool { return s.credit > 0 }

// idle is how long work-off has to wait while nobody else asks for the writer; 0 when it may go.
func (s *share) idle(now time.Time, age time.Duration) time.Duration {
	if s.owed() {
		return 0
	}
	earned := time.Duration(float64(-s.credit)/part(age)) + time.Microsecond
	return max(min(earned, s.arrived.Add(quiet).Sub(now)), 0)
}
