package incident

import "time"

// LateFrom is how long after its time a deed of the clock counts as late, and says so in the record. Less is the pace at which
// it works off what is due at once; more means that Matoi, its database or the machine was away.
const LateFrom = time.Minute

// delayed is a fact that the clock gives by itself, which says by how much it comes late.
type delayed interface{ delay() *time.Duration }

func (f *Reminded) delay() *time.Duration     { return &f.Late }
func (f *TargetMissed) delay() *time.Duration { return &f.Late }
func (f *Called) delay() *time.Duration       { return &f.Late }

// Late is how long after its time a deed of the clock was recorded, zero where that was less than LateFrom, and of all other
// facts.
func Late(f Fact) time.Duration {
	if f, ok := f.(delayed); ok {
		return *f.delay()
	}
	return 0
}

// aimed remembers facts that correct, raise or count anew: a deadline may have been in the past when they set it. All others set deadlines
// from their own time on.
func (i *Incident) aimed(e Event) {
	switch e.Fact.(type) {
	case *Opened, *OccurrenceSet, *Prioritised, *Retargeted, *Categorised, *ServicesNamed, *RestorationDeclared, *RestorationWithdrawn, *Reopened, *Undone,
		*FurtherBegan, *FurtherCorrected:
		i.Aimed = e.At
	}
}

// late marks what is recorded so long after it was to be. Nobody could say so before the incident became what it is: a time
// that was put into the past by a correction, a raise or another policy is late from then on only.
func late(entries []Entry, due, known, now time.Time) []Entry {
	by := now.Sub(latest(due, known)).Truncate(time.Second)
	if by < LateFrom {
		return entries
	}
	for _, e := range entries {
		if f, ok := e.Fact.(delayed); ok {
			*f.delay() = by
		}
	}
	return entries
}
