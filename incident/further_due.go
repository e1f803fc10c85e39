package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// legal are the deadlines of further clocks, also when the incident is over: of each stage that waits the next warning, then the
// deadline itself, then every morning until it is filed or not required. What was passed while Matoi was away is one reminder.
func (p Policy) legal(i *Incident) (out []deadline) {
	if starting := p.starting(i); len(starting) > 0 && !i.Over() {
		out = append(out, deadline{i.Changed, func(time.Time) []Entry { return starting }}) // another policy has brought them
	}
	for n := range i.Further {
		f := &i.Further[n]
		for s := range f.Stages {
			if stage := &f.Stages[s]; stage.Open() && !stage.Due.IsZero() {
				out = append(out, f.next(stage))
			}
		}
	}
	return out
}

// next is what a stage that waits is to be reminded of next.
func (f *Further) next(s *Stage) deadline {
	k, due := f.Clock(s), s.Due
	for n, at := range s.Warn {
		if at.After(s.Told) && s.Missed.IsZero() {
			return deadline{at, func(now time.Time) []Entry {
				if !now.Before(due) {
					return []Entry{{Fact: &TargetMissed{Clock: k, Step: 100, Due: due}}}
				}
				step := n + 1
				for _, later := range s.Warn[n+1:] {
					if !later.After(now) {
						step++
					}
				}
				return []Entry{{Fact: &Reminded{Clock: k, Step: step, Due: due}}}
			}}
		}
	}
	if s.Missed.IsZero() {
		return deadline{due, one(&TargetMissed{Clock: k, Step: 100, Due: due})}
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		zone = time.UTC
	}
	last := s.Missed
	if s.Told.After(last) {
		last = s.Told
	}
	day := calendar.DateOf(last.In(zone))
	at := day.At(morning, zone)
	if !at.After(last) {
		at = (day + 1).At(morning, zone)
	}
	return deadline{at, func(now time.Time) []Entry {
		days := int(calendar.DateOf(now.In(zone)) - calendar.DateOf(due.In(zone)))
		return []Entry{{Fact: &Reminded{Clock: k, Step: 100 + max(1, days), Due: due}}}
	}}
}

// starting are the clocks of rules that start by themselves and have not, though the fact that starts them has happened while the
// rule was in force.
func (p Policy) starting(i *Incident) (out []Entry) {
	var seen []string
	for n := range p.Further {
		r := &p.Further[n]
		since := r.Start.since(i)
		if since.IsZero() || i.FurtherOf(r.ID) != nil || slices.Contains(seen, r.ID) {
			continue
		}
		chosen, ok := p.FurtherRule(r.ID, since)
		if !ok || chosen.Start != r.Start || chosen.From != r.From || !r.For.fits(p, i) || i.Opened.Before(r.From.At(0, r.zone())) {
			continue
		}
		seen = append(seen, r.ID)
		out = append(out, Entry{Fact: &FurtherBegan{Terms: r.terms(p.Version, since)}, By: matoi})
	}
	return out
}

// begun are the clocks that a change of an incident starts by what it made true. What was over before has none begin by
// itself any more.
func (p Policy) begun(before, after *Incident) []Entry {
	if before.Over() {
		return nil
	}
	return p.starting(after)
}

// mindFurther lists who must act on a further clock: who leads or led it, who speaks for it, and whom the rule names.
func (i *Incident) mindFurther(k ClockKind) []PersonID {
	var out []PersonID
	add := func(p PersonID) {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	add(i.Leads())
	for _, h := range i.Holding(Communications) {
		add(h.Person)
	}
	if f, _ := i.FurtherStage(k); f != nil {
		for _, role := range f.Roles {
			for _, h := range i.Holding(role) {
				add(h.Person)
			}
		}
		for _, p := range f.People {
			add(p)
		}
		if len(out) == len(f.People) { // nobody of the incident itself
			add(i.Assignee)
			add(f.By)
		}
	}
	return out
}
