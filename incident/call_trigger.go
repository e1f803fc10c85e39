package incident

import (
	"slices"
	"time"
)

// lane is an escalation under way, or one that begins unless something is done before.
type lane struct {
	of      *Escalation
	trigger string
	since   time.Time // names the occurrence
	at      time.Time // of the next step
	call    *Call     // nil before the first step of this occurrence
	bold    bool      // a person asked for it by name: it waits for no morning
}

func (l *lane) taken() int {
	if l.call == nil {
		return 0
	}
	return l.call.Taken
}

// lanes are the escalations that are under way or will begin, each trigger once: by the first policy that fits and has it.
func (p Policy) lanes(i *Incident) []lane {
	if !i.Open() {
		return nil
	}
	var out []lane
	for n := range p.Escalations {
		e := &p.Escalations[n]
		if len(e.Steps) == 0 || !e.For.fits(i) {
			continue
		}
		for _, t := range e.Triggers {
			o := p.occurrence(i, t)
			if !o.true {
				continue
			}
			key := t.Key()
			if p.claimed(i, n, key) || !p.inForce(e, t, &o) {
				continue
			}
			l := lane{of: e, trigger: key, since: o.since, at: o.fires}
			if c := i.call(e.ID, key); c != nil && c.Since.Equal(o.since) {
				l.call = c
			}
			if p.resume(i, &l, o, t.On) {
				out = append(out, l)
			}
		}
	}
	for k := range i.Calls {
		c := &i.Calls[k]
		if e, ok := p.Escalation(c.Escalation); ok && c.Trigger == string(OnCommand) && len(e.Steps) > 0 {
			l := lane{of: e, trigger: c.Trigger, since: c.Since, at: c.Since, call: c}
			if p.resume(i, &l, occurrence{since: c.Since}, OnCommand) {
				out = append(out, l)
			}
		}
	}
	return out
}

// inForce moves what a trigger fires at behind the time since when it is in force, and reports whether it fires at all: what was
// missed, passed or raised before is not called for when a policy comes later, and what merely lasts waits anew for its time.
func (p Policy) inForce(e *Escalation, t Trigger, o *occurrence) bool {
	since := p.InForce[e.Word(t)]
	if since.IsZero() {
		return true
	}
	switch t.On {
	case OnShare, OnMissed, OnNoUpdate, OnRaised:
		return !o.fires.Before(since)
	}
	o.fires = latest(o.fires, since.Add(t.After))
	return true
}

// claimed reports whether an escalation before the n-th fits and has the same trigger.
func (p Policy) claimed(i *Incident, n int, key string) bool {
	return slices.ContainsFunc(p.Escalations[:n], func(e Escalation) bool {
		return len(e.Steps) > 0 && e.For.fits(i) && slices.ContainsFunc(e.Triggers, func(t Trigger) bool { return t.Key() == key })
	})
}

// resume sets when the next step of a lane comes, and reports whether one does at all.
func (p Policy) resume(i *Incident, l *lane, o occurrence, on TriggerKind) bool {
	c := l.call
	if c == nil {
		l.at = latest(l.at, o.until)
		return p.leads(i, l, false) && p.soonest(i, l)
	}
	if on != OnUnacknowledged && !c.Answered.IsZero() { // of that trigger any answer of ours ends it: o says so
		if c.Until.IsZero() {
			return false
		}
		o.until = latest(o.until, c.Until)
	}
	here := p.place(l.of, max(c.Taken-1, 0))
	if c.Nobody { // whoever comes on duty is not to be called hours later
		here.late = 0
	}
	at := c.At.Add(p.wait(here, on))
	if c.Next || c.Taken == 0 {
		at = c.At
		if at.IsZero() {
			at = c.Since
		}
	}
	if l.at = latest(at, o.until); on != OnUnacknowledged && on != OnUnanswered && p.heard(i, l) {
		return false
	}
	return p.leads(i, l, c.Nobody || c.Slow) && p.soonest(i, l)
}

// occurrence is one time that a trigger comes true.
type occurrence struct {
	true  bool
	since time.Time // names it
	fires time.Time // it has been so for long enough
	until time.Time // somebody on the way is waited for
}

// occurrence tells whether a trigger holds now, or will if nothing is done before.
func (p Policy) occurrence(i *Incident, t Trigger) occurrence {
	at := func(since, from time.Time) occurrence {
		return occurrence{true: !since.IsZero(), since: since, fires: from.Add(t.After)}
	}
	switch t.On {
	case OnUnacknowledged:
		firmly, until := i.acknowledged()
		if firmly {
			return occurrence{}
		}
		o := at(i.Raised, latest(i.Raised, i.lastAsked()))
		o.until = until
		return o
	case OnUnanswered:
		since := i.Nudged[upward]
		if since.IsZero() || p.heeds(i, since, nil) {
			return occurrence{}
		}
		o := at(since, since)
		if _, only := i.Nudged[major]; only {
			firmly, until := i.acknowledged()
			if firmly || p.walks(i) {
				return occurrence{}
			}
			o.until = until
		}
		for _, r := range i.People {
			if way := r.onTheWay(); !r.At.Before(since) && p.counts(r, nil) {
				o.until = latest(o.until, way)
			}
		}
		return o
	case OnVacant:
		if len(i.Holding(t.Role)) > 0 || t.Role == Manager && (i.Acting != "" || !p.wantsManager(i)) {
			return occurrence{}
		}
		since := latest(i.Raised, i.Nudged[vacant+ClockKind(t.Role)])
		return at(since, since)
	case OnSilent:
		return p.silent(i, t)
	case OnShare:
		if c := i.Clock(t.Clock); c.Running() && t.Share > 0 && t.Share < 100 {
			return at(c.Start, i.shareAt(c, t.Share))
		}
	case OnMissed:
		if c := i.Clock(t.Clock); c.Running() {
			return at(c.Due, c.Due)
		}
	case OnNoUpdate:
		if c := i.Clock(NextUpdate); c.Running() {
			return at(c.Due, c.Due)
		}
	case OnRaised:
		if since := i.Nudged[raise]; since.Equal(i.Raised) && i.Priority != 0 && i.Priority <= t.To {
			return at(since, since)
		}
	}
	return occurrence{}
}

// walks reports whether an escalation goes on to the managers while nobody has answered at all. They are not called by another
// one beside it then, which asks them to see to the same.
func (p Policy) walks(i *Incident) bool {
	for n := range p.Escalations {
		e := &p.Escalations[n]
		if !e.For.fits(i) || !slices.ContainsFunc(e.Triggers, func(t Trigger) bool { return t.On == OnUnacknowledged }) {
			continue
		}
		for range p.Escalations {
			if slices.ContainsFunc(e.Steps, func(s Step) bool {
				return slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Kind == ToNext || t.Kind == ToManagers })
			}) {
				return true
			}
			next, ok := p.Escalation(e.Then)
			if e.Then == "" || !ok {
				break
			}
			e = next
		}
		return false // the first that fits has the trigger
	}
	return false
}

// goneFor is how long one who leads may be out of the room before they count as gone.
const goneFor = 5 * time.Minute

// silent: who leads has done nothing since their last deed, or left the room after it. While work is on hold nobody is expected to.
func (p Policy) silent(i *Incident, t Trigger) occurrence {
	lead := i.Leads()
	if lead == "" || i.Hold != nil {
		return occurrence{}
	}
	since := latest(latest(i.Raised, i.Nudged[deed]), i.resumed())
	o := occurrence{true: true, since: since, fires: since.Add(t.After)}
	if r, _ := i.Responder(lead); r.State == "left" && r.At.After(since) {
		if gone := r.At.Add(goneFor); gone.Before(o.fires) {
			o.fires = gone
		}
	}
	return o
}

// resumed is when the last hold ended.
func (i *Incident) resumed() time.Time {
	if len(i.Holds) == 0 {
		return time.Time{}
	}
	return i.Holds[len(i.Holds)-1].Until
}

// Listens reports whether an ordinary message of who leads makes a difference: an escalation waits for a sign of them, and half
// of its time has passed without one.
func (p Policy) Listens(i *Incident, person PersonID, now time.Time) bool {
	if person == "" || person != i.Leads() || !i.Open() {
		return false
	}
	since := latest(i.Raised, i.Nudged[deed])
	return slices.ContainsFunc(p.Escalations, func(e Escalation) bool {
		return slices.ContainsFunc(e.Triggers, func(t Trigger) bool {
			return t.On == OnSilent && !now.Before(since.Add(t.After/2)) && e.For.fits(i)
		})
	})
}

// lastAsked is when somebody who is waited for was asked last, but for who was asked to go above.
func (i *Incident) lastAsked() time.Time {
	var at time.Time
	for _, r := range i.People {
		if r.State == "asked" && r.Why != "escalation" {
			at = latest(at, r.At)
		}
	}
	return at
}

// heard reports whether somebody answered a call who was not called by it, but might have been: a manager, where it goes to
// managers.
func (p Policy) heard(i *Incident, l *lane) bool {
	if l.call == nil {
		return false
	}
	up := slices.ContainsFunc(l.of.Steps, func(s Step) bool {
		return slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Kind == ToManagers })
	})
	return up && p.heeds(i, l.call.At, l.call.Called)
}

// heeds: one of the managers, or who was asked to go above, has acknowledged since, and is not only on the way; so has one of
// called.
func (p Policy) heeds(i *Incident, since time.Time, called []PersonID) bool {
	return slices.ContainsFunc(i.People, func(r Responder) bool {
		answers := r.State == "acknowledged" || r.State == "asked" // anew, for something else
		return answers && !r.Heard.IsZero() && !r.Heard.Before(since) && p.counts(r, called)
	})
}

// counts reports whether the answer of somebody is one to a call that goes up.
func (p Policy) counts(r Responder, called []PersonID) bool {
	return r.Why == "escalation" || slices.Contains(p.Managers, r.Person) || slices.Contains(called, r.Person)
}

// shareAt is when so many percent of a clock will have passed, in the hours it is counted in.
func (i *Incident) shareAt(c *Clock, percent int) time.Time {
	h := i.HoursOf(c)
	return passing(h, c.Start, h.Between(c.Start, c.Due)/100*time.Duration(percent))
}
