package incident

import "time"

// Ending says what becomes of an incident when all its alerts are over. By itself it is said in the room, which is asked whether to
// resolve.
type Ending struct {
	Tell  bool          `json:"tell,omitempty"`  // it is only said
	After time.Duration `json:"after,omitempty"` // it is resolved once all has been quiet for so long; 0 for never
}

// EndsAt is when an incident is resolved because its alerts are over, unless one fires or somebody works on it before; zero for never.
// What a person did since counts as the alerts do, a raised priority included: their work is never overruled. Neither is a hold, work
// that was announced and is under way, or a duty by law.
func (i *Incident) EndsAt() time.Time {
	a := i.Alerts
	if a.Ending.After <= 0 || a.Quiet.IsZero() || a.Firing > 0 || !i.Open() || i.Hold != nil || len(i.Deeds) > 0 || i.owedByLaw() != nil {
		return time.Time{}
	}
	if i.Raised.After(a.Quiet) { // reopened, or found to be worse, when all alerts were over: somebody knows better
		return time.Time{}
	}
	return latest(a.Quiet, i.Touched).Add(a.Ending.After)
}

// ending resolves an incident whose alerts are over for long enough.
func (i *Incident) ending() []deadline {
	at := i.EndsAt()
	if at.IsZero() {
		return nil
	}
	return []deadline{{at, func(time.Time) []Entry {
		var out []Entry
		if i.Restored.IsZero() {
			out = append(out, Entry{Fact: &RestorationDeclared{Since: Moment{At: i.Alerts.Quiet}, Every: i.Targets.AfterRestored}})
		}
		return append(out, Entry{Fact: &Resolved{From: i.Status, How: "alerts"}})
	}}}
}

// escalateOpened begins an escalation that an opening asks for by name. One that isn't known any more costs no incident.
func (p Policy) escalateOpened(out []Entry, name string, by By, now time.Time) []Entry {
	if name == "" {
		return out
	}
	i := &Incident{}
	for n, e := range out {
		i.Apply(Event{Seq: int64(n + 1), At: now, By: by.Person, Recorder: by.Recorder, Fact: e.Fact})
	}
	more, refusal := p.escalateTo(i, Escalate{To: name}, by, now)
	if refusal != nil {
		return out
	}
	return append(out, more...)
}
