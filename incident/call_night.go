package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// quiet reports whether an incident is of those for which nobody is woken.
func (p Policy) quiet(i *Incident) bool { return p.QuietFrom != 0 && i.Priority >= p.QuietFrom }

// dayOf are the hours in which somebody may be called for what is not pressing, in their own zone.
func (p Policy) dayOf(person PersonID) *calendar.Hours {
	if h, own := p.Awake[person]; own {
		return h
	}
	return p.AwakeElse
}

// asleep reports whether it is night where somebody is, and they are not to be called for such an incident.
func (p Policy) asleep(i *Incident, person PersonID, at time.Time) bool {
	return p.quiet(i) && !p.dayOf(person).Open(at)
}

// awake splits a list into those who may be called now and those whose night it is.
func (p Policy) awake(i *Incident, list []PersonID, at time.Time) (up, down []PersonID) {
	for _, person := range list {
		if p.asleep(i, person, at) {
			down = append(down, person)
		} else {
			up = append(up, person)
		}
	}
	return up, down
}

// soonest moves a step of what is not pressing into the hours at which people are called for it, and to when the first of those whom
// the escalation may call is awake. Where such hours never come it stays where it is.
func (p Policy) soonest(i *Incident, l *lane) bool {
	if !p.quiet(i) {
		return true
	}
	const most = 8 // the two kinds of hours may chase each other, but not for long
	for range most {
		at := l.at
		if next, ok := p.CallHours.Next(at); !p.CallHours.Open(at) && ok {
			at = next
		}
		if at = p.wakes(i, l, at); at.Equal(l.at) {
			return true
		}
		l.at = at
	}
	return true
}

// wakes is when the first of those is awake whom an escalation may call, its room and vendors among them, which never sleep. It asks
// for all whose turn it may be: when a step is due must not depend on the hour.
func (p Policy) wakes(i *Incident, l *lane, at time.Time) time.Time {
	var first time.Time
	e := l.of
	for range p.Escalations {
		for _, s := range e.Steps {
			for _, t := range s.Targets {
				if t.Kind == ToRoom || t.Kind == ToVendor {
					return at
				}
				for _, person := range p.anyOf(i, t) {
					h := p.dayOf(person)
					if !l.may(i, person) {
						continue
					}
					if h.Open(at) {
						return at
					}
					if next, ok := h.Next(at); ok && (first.IsZero() || next.Before(first)) {
						first = next
					}
				}
			}
		}
		next, ok := p.Escalation(e.Then)
		if e.Then == "" || !ok {
			break
		}
		e = next
	}
	return latest(first, at)
}

// anyOf are all whom a target may ever mean.
func (p Policy) anyOf(i *Incident, t Target) []PersonID {
	switch t.Kind {
	case ToNext:
		return slices.Concat(p.OnCall, p.Managers, p.rotation())
	case ToOnCall:
		if t.Name == "" {
			return slices.Concat(p.OnCall, p.rotation())
		}
		return p.inSchedule(t.Name)
	}
	return p.candidates(i, t, time.Time{})
}

// Callees are all people whom escalations may call.
func (p Policy) Callees() []PersonID {
	var out []PersonID
	for n := range p.Escalations {
		for _, s := range p.Escalations[n].Steps {
			for _, t := range s.Targets {
				if t.Kind != ToRole {
					out = union(out, p.anyOf(nil, t))
				}
			}
		}
	}
	return out
}

// inSchedule are all who take turns in a schedule.
func (p Policy) inSchedule(name string) []PersonID {
	s, ok := p.Schedule(name)
	if !ok {
		return nil
	}
	var out []PersonID
	for _, person := range s.People() {
		out = append(out, PersonID(person))
	}
	return out
}
