package incident

import (
	"slices"
	"time"
)

// further is a clock as its terms begin it.
func (t FurtherTerms) further() *Further {
	f := &Further{FurtherTerms: t}
	for _, d := range t.Deadlines {
		f.Stages = append(f.Stages, Stage{StageTerms: d})
	}
	f.Deadlines = nil // Stages has them
	return f
}

func cloneFurther(all []Further) []Further {
	out := slices.Clone(all)
	for n := range out {
		out[n].Stages = slices.Clone(out[n].Stages)
	}
	return out
}

// applyFurther folds what is said of further clocks. Nothing else touches them.
func (i *Incident) applyFurther(e Event) {
	switch f := e.Fact.(type) {
	case *FurtherBegan:
		i.startFurther(e, f.Terms, f.Grounds)
	case *FurtherCorrected:
		i.correctFurther(e, f)
	case *FurtherFiled:
		i.stagesOf(f.Rule, []string{f.Stage}, func(s *Stage) {
			s.Dropped, s.By, s.Why = time.Time{}, "", ""
			s.Filings = append(slices.Clip(s.Filings), Filing{At: f.At, By: e.By, Receipt: f.Receipt, Link: f.Link, Reason: f.Reason, Seq: e.Seq})
		})
	case *FurtherExcused:
		if f.Terms != nil {
			i.startFurther(e, *f.Terms, "")
		}
		i.stagesOf(f.Rule, f.Stages, func(s *Stage) { s.Dropped, s.By, s.Why = e.At, e.By, f.Why })
	case *FurtherResumed:
		i.stagesOf(f.Rule, f.Stages, func(s *Stage) { s.Filings, s.Dropped, s.By, s.Why = nil, time.Time{}, "", "" })
	}
}

func (i *Incident) startFurther(e Event, t FurtherTerms, grounds string) {
	f := t.further()
	f.Seq, f.At, f.By, f.Grounds = e.Seq, e.At, e.By, grounds
	if have := i.FurtherOf(t.Rule); have != nil { // two began at once
		return
	}
	i.Further = append(i.Further, *f)
}

// correctFurther gives what is open the deadlines of another start, by the version of the rule that was in force then. What was
// filed or not required keeps what was said; what was missed by a time that was wrong is not missed.
func (i *Incident) correctFurther(e Event, c *FurtherCorrected) {
	have := i.FurtherOf(c.Terms.Rule)
	if have == nil {
		return
	}
	f := c.Terms.further()
	f.Seq, f.At, f.By, f.Grounds = e.Seq, e.At, e.By, c.Grounds
	never := have.Since.IsZero() // it was judged not to be required before it began; now it runs
	for n := range f.Stages {
		s := &f.Stages[n]
		switch was := have.Stage(s.ID); {
		case was == nil || never:
		case !was.Open():
			*s = *was
		default:
			s.Told = was.Told
			if !s.Due.After(e.At) {
				s.Missed = was.Missed
			}
		}
	}
	for _, was := range have.Stages {
		if f.Stage(was.ID) == nil && !was.Open() { // another version has none: what was said of it stays
			f.Stages = append(f.Stages, was)
		}
	}
	*have = *f
}

func (i *Incident) stagesOf(rule string, ids []string, change func(*Stage)) {
	f := i.FurtherOf(rule)
	if f == nil {
		return
	}
	for n := range f.Stages {
		if slices.Contains(ids, f.Stages[n].ID) {
			change(&f.Stages[n])
		}
	}
}

// remindedFurther notes that a stage was reminded of, or recorded as missed; false where the deadline is none of these.
func (i *Incident) remindedFurther(k ClockKind, at time.Time, missed bool) bool {
	if !k.Further() {
		return false
	}
	if _, s := i.FurtherStage(k); s != nil {
		s.Told = at
		if missed {
			s.Missed = at
		}
	}
	return true
}
