package storage

import "time"

// Working off the inbox shares the writer with what people do and what is taken in, which both go first: a sender that waits
// sends less, or gives up, while what is stored is safe and can wait. But it must not wait for ever.
//
// As long as both fit into the writer's time, work-off has what it needs to keep up. What comes faster is taken in as if there were
// hardly any work-off, and worked off behind it: so bursts of some seconds pass, and senders pay only for those that last. Even then
// requests are met now and then, of each source in turn, so that a storm's first alerts open what they open.
const (
	// leastShare is the part of the time that work-off has at least, mostShare the most it has while others want the writer.
	leastShare, mostShare = 0.03, 0.5
	// grownOld is the age of the oldest request from which on it has more although both don't fit, and tooOld that of mostShare.
	grownOld, tooOld = 4 * time.Second, 10 * time.Second
	// full is how much of the writer's time both may need together, when as much comes as lately at most.
	full = 0.6
	// lately is how long that counts. Senders who wait for an answer before they send again send less while there is more
	// work-off: what comes then would always seem to fit.
	lately = time.Second / 2
	// spare is what work-off has beyond what it needs, for each second of age of the oldest request, and as much without any.
	spare = 0.3
)

const (
	// worthwhile is how many requests make a transaction worth its cost that works them off.
	worthwhile = 64
	// mostCredit is how long work-off may run at once after it had nothing to do.
	mostCredit = 10 * time.Millisecond
	// quiet is how long nothing must have come in, and nobody been answered who may come again, for work-off to have the writer
	// for itself.
	quiet = 2 * time.Millisecond
)

// share accounts the writer's time: work-off earns credit by the clock, and spends what it takes.
type share struct {
	credit  time.Duration
	counted time.Time // up to when credit was earned
	seen    time.Time // when somebody last came to be taken in, or was answered

	rate   float64   // requests that come in a second
	since  time.Time // when that was last reckoned
	came   int       // how many have come since
	peak   float64   // the most that it was lately
	peaked time.Time // when that was
	intake float64   // seconds of the writer for each, where commits are worth their cost
	work   float64   // and to work one off, where transactions are
}

// arrive notes a request that came.
func (s *share) arrive(now time.Time) {
	s.seen = now
	s.came++
}

// answered notes that somebody was answered, who may come again at once: a commit can take longer than quiet, and while it does
// nobody comes who waits for it.
func (s *share) answered(now time.Time) { s.seen = now }

// tookIn notes how long a commit took that took requests in.
func (s *share) tookIn(requests int, took time.Duration) {
	s.intake = usual(s.intake, took.Seconds()/float64(max(requests, enough)))
}

// earn adds what work-off has earned since the last time.
func (s *share) earn(now time.Time, age time.Duration) {
	const window = 50 * time.Millisecond
	if d := now.Sub(s.since); d >= window {
		s.rate += (float64(s.came)/d.Seconds() - s.rate) * min(d.Seconds()*4, 1)
		s.came, s.since = 0, now
		if s.rate >= s.peak || now.Sub(s.peaked) > lately {
			s.peak, s.peaked = s.rate, now
		}
	}
	since := now.Sub(s.counted)
	if s.counted.IsZero() || since > time.Minute {
		since = time.Minute
	}
	s.counted = now
	s.credit = min(s.credit+time.Duration(float64(since)*s.part(age)), mostCredit)
}

// part is the share of work-off when the oldest request has waited so long.
func (s *share) part(age time.Duration) float64 {
	least := leastShare
	if s.peak*(s.work+s.intake) < full {
		least = min(max(s.rate*s.work*(1+spare+spare*age.Seconds()), leastShare), mostShare)
	}
	older := min(max(float64(age-grownOld)/float64(tooOld-grownOld), 0), 1)
	return least + older*(mostShare-least)
}

// spend takes what a transaction took that worked so many requests off. Debts are bounded, for what is spent while nobody else wants
// the writer is nobody's loss.
func (s *share) spend(requests int, took time.Duration) {
	s.credit = max(s.credit-took, -mostCredit)
	if requests > 0 {
		s.work = usual(s.work, took.Seconds()/float64(max(requests, worthwhile)))
	}
}

// owed reports whether work-off may go before what is taken in.
func (s *share) owed() bool { return s.credit > 0 }

// idle is how long work-off has to wait while nobody else asks for the writer; 0 when it may go.
func (s *share) idle(now time.Time, age time.Duration) time.Duration {
	if s.owed() {
		return 0
	}
	earned := time.Duration(float64(-s.credit)/s.part(age)) + time.Microsecond
	return max(min(earned, s.seen.Add(quiet).Sub(now)), 0)
}

// usual is what something is by and large, when it was so before and is so now. A disk that stands still for a moment must not
// make it look dear for seconds: one time counts as twice the usual at most.
func usual(before, now float64) float64 {
	if before == 0 {
		return now
	}
	return before + (min(now, 2*before)-before)/16
}
