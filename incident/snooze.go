package incident

import (
	"slices"
	"time"
)

// Respite is what one person put off: the reminders of one clock, or of all, until a time.
type Respite struct {
	Person PersonID  `json:"person"`
	Clock  ClockKind `json:"clock,omitempty"` // empty is all
	Until  time.Time `json:"until,omitzero"`  // zero is for good
}

// Snoozed: somebody wants no reminders until a time; zero is for good. Calls still come, and what is missed still stands in the
// room. Off ends what they had put off.
type Snoozed struct {
	Person PersonID  `json:"person"`
	Clock  ClockKind `json:"clock,omitempty"` // empty is all
	Until  time.Time `json:"until,omitzero"`
	Off    bool      `json:"off,omitempty"`
}

// Snooze asks for no reminders of an incident, or of one of its clocks, until a time; zero is for good. Off asks for them again.
type Snooze struct {
	Clock ClockKind
	Until time.Time
	Off   bool
}

func (Snooze) command() {}

// snooze decides it. Each speaks for themselves alone.
func (i *Incident) snooze(c Snooze, by By, now time.Time) ([]Entry, *Refusal) {
	f := &Snoozed{Person: by.Person, Clock: c.Clock, Until: c.Until, Off: c.Off}
	same := func(s Respite) bool {
		return s.Person == f.Person && s.Clock == f.Clock && s.Until.Equal(f.Until)
	}
	mine := func(s Respite) bool {
		return s.Person == f.Person && (f.Clock == "" || s.Clock == f.Clock) && s.stands(now)
	}
	switch {
	case by.Person == "":
		return no("person_needed")
	case c.Off && !slices.ContainsFunc(i.Snoozes, mine):
		return no("nothing_snoozed")
	case c.Off:
		f.Until = time.Time{}
		return just(f)
	case !c.Until.IsZero() && !c.Until.After(now):
		return no("past", "At", c.Until)
	case slices.ContainsFunc(i.Snoozes, same):
		return no("already_so")
	}
	return just(f)
}

// snoozed folds it: what is put off anew takes the place of what was before.
func (i *Incident) snoozed(f *Snoozed) {
	i.Snoozes = slices.DeleteFunc(i.Snoozes, func(s Respite) bool {
		return s.Person == f.Person && (f.Clock == "" || s.Clock == f.Clock)
	})
	if !f.Off {
		i.Snoozes = append(i.Snoozes, Respite{Person: f.Person, Clock: f.Clock, Until: f.Until})
	}
}

// awake ends what somebody put off: they have another part now, and what they said was said in the one before.
func (i *Incident) awake(person PersonID) {
	i.Snoozes = slices.DeleteFunc(i.Snoozes, func(s Respite) bool { return s.Person == person })
}

func (s Respite) stands(at time.Time) bool { return s.Until.IsZero() || at.Before(s.Until) }

func (s Respite) covers(k ClockKind) bool { return s.Clock == "" || s.Clock == k }

// Spared reports whether somebody wants no reminders of a clock at an instant.
func (i *Incident) Spared(person PersonID, k ClockKind, at time.Time) bool {
	return slices.ContainsFunc(i.Snoozes, func(s Respite) bool { return s.Person == person && s.covers(k) && s.stands(at) })
}

// Snoozing lists what is put off at an instant.
func (i *Incident) Snoozing(at time.Time) []Respite {
	return slices.DeleteFunc(slices.Clone(i.Snoozes), func(s Respite) bool { return !s.stands(at) })
}

// waking reminds at the end of what somebody put off, them alone, of what was said before and still waits: whoever asks for half
// an hour of quiet counts on that.
func (p Policy) waking(i *Incident) []deadline {
	var out []deadline
	for _, s := range i.Snoozes {
		if len(p.owed(i, s, s.Until)) > 0 {
			out = append(out, deadline{roundUp(s.Until, time.Minute), func(now time.Time) []Entry { return p.owed(i, s, now) }})
		}
	}
	return out
}

// owed is what somebody is reminded of at the end of what they put off: clocks of which something was said before that end, and of
// which nothing is due at this moment anyhow. Who was called only after that end has just heard of the incident.
func (p Policy) owed(i *Incident, s Respite, now time.Time) (out []Entry) {
	if s.Until.IsZero() || !i.Open() {
		return nil
	}
	if r, ok := i.Responder(s.Person); ok && r.State == "asked" && !r.At.Before(s.Until) {
		return nil
	}
	for k := range i.Clocks {
		c := &i.Clocks[k]
		f := &Reminded{Clock: c.Kind, Step: c.Step, Due: c.Due, To: s.Person, Rung: c.rung(c.Step)}
		hears := slices.Contains(i.MustAct(c.Kind), s.Person) || c.Step >= 100 && i.Leads() == s.Person
		if !s.covers(c.Kind) || !c.Running() || c.Step == 0 || !hears || !latest(i.Nudged[c.Kind], c.Missed).Before(s.Until) {
			continue
		}
		if d, ok := p.clockDue(i, c, i.Nudged[c.Kind]); ok && !d.at.After(now) {
			continue
		}
		out = append(out, Entry{Fact: f})
	}
	return out
}

// Snoozable lists the clocks that can be put off one by one.
func Snoozable() []ClockKind {
	return []ClockKind{Response, Restoration, FirstNotice, CustomerNotice, NextUpdate, HoldReview, VendorPromise, Delegate, Relief, Confirmation}
}
