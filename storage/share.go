package storage

import "time"

// Working off the inbox shares the writer with what people do and what is taken in, which both go first: a sender that waits
// sends less, or gives up, while what is stored is safe and can wait. But it must not wait for ever.
//
// Which part of the time it has depends on the age of the oldest request. A burst of some seconds is taken in as if there were no
// work-off, and worked off behind it; yet one request in many is met at once, of each source in turn, so that a storm's first alerts
// open what they open. Under a load that never ends the age settles where the part is what is needed, below two seconds for half of
// what can be taken in (docs/performance.md); only past that do senders pay more for it.
const (
	leastShare = 0.05 // the part up to the age of
	grownOld   = 1400 * time.Millisecond
	fairShare  = 0.35 // at the age of
	tooOld     = 1800 * time.Millisecond
	mostShare  = 0.5 // from the age of
	farTooOld  = 10 * time.Second
)

const (
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
	if age < tooOld {
		return between(age, grownOld, tooOld, leastShare, fairShare)
	}
	return between(age, tooOld, farTooOld, fairShare, mostShare)
}

// between is what lies as far between two shares as an age between two others, and one of the two outside of them.
func between(age, from, to time.Duration, low, high float64) float64 {
	way := min(max(float64(age-from)/float64(to-from), 0), 1)
	return low + way*(high-low)
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
