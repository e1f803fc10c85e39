package incident

import (
	"slices"
	"time"
)

// calling is when the next step of any escalation comes, and what it does then. All that are due at once go one after the other,
// so that nobody is called twice.
func (p Policy) calling(i *Incident) []deadline {
	lanes := p.lanes(i)
	if len(lanes) == 0 {
		return nil
	}
	first := lanes[0].at
	for _, l := range lanes[1:] {
		if l.at.Before(first) {
			first = l.at
		}
	}
	return []deadline{{first, func(now time.Time) []Entry { return p.stepAll(i, lanes, now) }}}
}

// stepAll takes the steps that are due.
func (p Policy) stepAll(i *Incident, lanes []lane, now time.Time) []Entry {
	var out []Entry
	var busy []PersonID
	for k := range lanes {
		if ceil(lanes[k].at).After(now) {
			continue
		}
		around := append(slices.Clone(busy), i.calledOf(lanes[k].call, now)...)
		f := p.step(i, &lanes[k], now, around)
		out = append(out, Entry{Fact: f, By: matoi})
		why := "escalation"
		if ParseTrigger(f.Trigger).On == OnUnacknowledged {
			why = "unacknowledged"
		}
		for _, person := range f.People {
			if !slices.Contains(around, person) {
				out = append(out, Entry{Fact: &Asked{Person: person, Why: why, Call: f.Escalation, Trigger: f.Trigger}, By: matoi})
				busy = append(busy, person)
			}
		}
	}
	return out
}

// breather is how long who was called by one escalation is not called by another one: they have hardly had time to look.
const breather = time.Minute

// calledOf are those whom other calls than this one called a moment ago and wait for.
func (i *Incident) calledOf(not *Call, now time.Time) []PersonID {
	var out []PersonID
	for k := range i.Calls {
		if c := &i.Calls[k]; (not == nil || c.Escalation != not.Escalation || c.Trigger != not.Trigger) && c.At.After(now.Add(-breather)) {
			out = append(out, c.Waiting...)
		}
	}
	return out
}

// onward takes the steps that an answer of "can't" leaves due at once.
func (p Policy) onward(i *Incident, now time.Time) []Entry {
	lanes := slices.DeleteFunc(p.lanes(i), func(l lane) bool { return l.call == nil || !l.call.Next || l.at.After(now) })
	return p.stepAll(i, lanes, now)
}

// step finds whom the next step of a lane calls. One that finds nobody goes on to the next at once; Missing says whom it did not
// find. Where no step does, that is said, too.
func (p Policy) step(i *Incident, l *lane, now time.Time, busy []PersonID) *Called {
	f := &Called{Escalation: l.of.ID, Trigger: l.trigger, Since: l.since}
	taken := l.taken()
	for range max(p.cycle(l.of), 1) {
		at := p.place(l.of, taken)
		taken++
		step := at.of.Steps[at.step]
		f.Taken, f.Step, f.Of, f.Round, f.Line = taken, at.step+1, len(at.of.Steps), at.round+1, step.Line
		f.Slow = at.slow && (l.call == nil || !l.call.Slow)
		f.Handed = ""
		if at.of != l.of {
			f.Handed = at.of.ID
		}
		for _, t := range step.Targets {
			p.find(i, l, t, now, busy, f)
		}
		if !f.nobody() {
			break
		}
	}
	return f
}

// nobody reports whether a step went to nobody at all.
func (f *Called) nobody() bool { return len(f.People) == 0 && !f.Room && f.To == "" }

// find resolves a target at the moment of its step.
func (p Policy) find(i *Incident, l *lane, t Target, now time.Time, busy []PersonID, f *Called) {
	switch t.Kind {
	case ToRoom:
		f.Room = true
		return
	case ToVendor:
		f.To = t.Name
		return
	}
	may := func(list []PersonID) []PersonID {
		return slices.DeleteFunc(slices.Clone(list), func(person PersonID) bool { return !l.may(i, person) })
	}
	all := may(p.candidates(i, t, now))
	found, asleep := all, []PersonID(nil)
	if !l.bold {
		found, asleep = p.awake(i, all, now)
	}
	if len(found) == 0 && (t.Kind == ToNext || t.Kind == ToOnCall && len(asleep) > 0) { // whose turn it is not, but who is awake
		others := p.rotation()
		if t.Name != "" {
			others = p.inSchedule(t.Name)
		}
		found, _ = p.awake(i, may(others), now)
		if t.Name != "" {
			found = l.turn(i, found)
		}
	}
	if t.Kind == ToNext || t.Kind == ToManagers || t.Kind == ToOnCall && t.Name == "" {
		if asleep = l.turn(i, all); len(asleep) > 0 && (l.bold || !p.asleep(i, asleep[0], now)) {
			asleep = nil // whose turn it is, is awake
		}
		free := slices.DeleteFunc(slices.Clone(found), func(person PersonID) bool {
			return slices.Contains(busy, person) || slices.Contains(f.People, person)
		})
		if found = l.turn(i, free); len(found) == 0 { // whoever is left is being called this moment
			found = busyOf(p.candidates(i, t, now), busy)
		}
	}
	if len(found) == 0 && len(asleep) == 0 {
		f.Missing = append(f.Missing, t.word())
	}
	f.People, f.Asleep = union(f.People, found), union(f.Asleep, asleep)
}

// union adds those to a list who are not in it.
func union(list, more []PersonID) []PersonID {
	for _, person := range more {
		if !slices.Contains(list, person) {
			list = append(list, person)
		}
	}
	return list
}

func busyOf(list, busy []PersonID) []PersonID {
	for _, person := range list {
		if slices.Contains(busy, person) {
			return []PersonID{person}
		}
	}
	return nil
}

// candidates are all whom a target may mean at an instant, in their order.
func (p Policy) candidates(i *Incident, t Target, now time.Time) []PersonID {
	switch t.Kind {
	case ToPerson, ToGroup:
		return slices.Clone(t.People)
	case ToManagers:
		return slices.Clone(p.Managers)
	case ToNext:
		return slices.Concat(p.OnDuty(now), p.Managers)
	case ToRole:
		var out []PersonID
		for _, h := range i.Holding(RoleID(t.Name)) {
			out = append(out, h.Person)
		}
		return out
	case ToOnCall:
		if t.Name == "" {
			return slices.Clone(p.OnDuty(now))
		}
		var out []PersonID
		if s, ok := p.Schedule(t.Name); ok {
			for _, person := range s.At(now) {
				out = append(out, PersonID(person))
			}
		}
		return out
	}
	return nil
}

// may reports whether a person may be called: they were not taken out, and have not said that they can't since it began.
func (l *lane) may(i *Incident, person PersonID) bool {
	r, known := i.Responder(person)
	return !slices.Contains(i.Recused, person) && (!known || r.State != "declined" || r.At.Before(l.since))
}

// turn chooses who is called of a list: the first who was not called since it began, then the one called longest ago; who has
// answered and is on the way comes last.
func (l *lane) turn(i *Incident, list []PersonID) []PersonID {
	var next PersonID
	var best Responder
	for _, person := range list {
		r, known := i.Responder(person)
		called := l.call != nil && slices.Contains(l.call.Called, person)
		if !known || r.At.Before(l.since) && !called {
			return []PersonID{person}
		}
		waits, better := r.State == "asked", best.State == "asked"
		if next == "" || waits && !better || waits == better && r.At.Before(best.At) {
			next, best = person, r
		}
	}
	if next == "" {
		return nil
	}
	return []PersonID{next}
}

// leads reports whether a lane goes anywhere. Before its first step that is so when anything is named at all; later, when
// somebody is left who could be called: whether a step is due must not depend on the hour.
func (p Policy) leads(i *Incident, l *lane, left bool) bool {
	e := l.of
	for range p.Escalations {
		for _, s := range e.Steps {
			for _, t := range s.Targets {
				if left && p.leftOf(i, l, t) || !left && p.named(t) {
					return true
				}
			}
		}
		next, ok := p.Escalation(e.Then)
		if e.Then == "" || !ok {
			break
		}
		e = next
	}
	return false
}

// named reports whether a target names anybody.
func (p Policy) named(t Target) bool {
	switch t.Kind {
	case ToNext:
		return !p.alone()
	case ToManagers:
		return len(p.Managers) > 0
	case ToPerson, ToGroup:
		return len(t.People) > 0
	case ToOnCall:
		return t.Name != "" || len(p.OnCall)+len(p.Duty) > 0
	}
	return true
}

// leftOf reports whether a target may find somebody to call, now or at another hour.
func (p Policy) leftOf(i *Incident, l *lane, t Target) bool {
	may := func(list []PersonID) bool {
		return slices.ContainsFunc(list, func(person PersonID) bool { return l.may(i, person) })
	}
	switch t.Kind {
	case ToNext:
		return may(p.OnCall) || may(p.Managers) || may(p.rotation())
	case ToManagers:
		return may(p.Managers)
	case ToPerson, ToGroup:
		return may(t.People)
	case ToRole:
		return may(p.candidates(i, t, time.Time{}))
	case ToOnCall:
		if t.Name == "" {
			return may(p.OnCall) || may(p.rotation())
		}
		if s, ok := p.Schedule(t.Name); ok {
			return slices.ContainsFunc(s.People(), func(person string) bool { return l.may(i, PersonID(person)) })
		}
	}
	return false
}

// Ahead is what an escalation does next.
type Ahead struct {
	Escalation string
	Trigger    string
	At         time.Time
	Step, Of   int
	Round      int
	People     []PersonID // whom it would call, as things stand
	Words      string     // the vendor it names
	Room       bool
	Call       *Call // what was done so far; nil where it has not begun
	Waits      bool  // for the hours in which people are called for what is not pressing
}

// Ahead lists what the escalations of an incident do next, the soonest first.
func (p Policy) Ahead(i *Incident) []Ahead {
	var out []Ahead
	for _, l := range p.lanes(i) {
		f := p.step(i, &l, l.at, nil)
		a := Ahead{
			Escalation: l.of.ID, Trigger: l.trigger, At: ceil(l.at), Step: f.Step, Of: f.Of, Round: f.Round, People: f.People, Words: f.To, Room: f.Room, Call: l.call,
		}
		if p.quiet(i) {
			free := p
			free.CallHours, free.Awake, free.AwakeElse = nil, nil, nil
			for _, soon := range free.lanes(i) {
				a.Waits = a.Waits || soon.of.ID == l.of.ID && soon.trigger == l.trigger && soon.at.Before(l.at)
			}
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Ahead) int { return a.At.Compare(b.At) })
	return out
}
