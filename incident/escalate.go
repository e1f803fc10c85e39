package incident

import (
	"slices"
	"strings"
	"time"
)

// PageRealm is the realm of the effects that call people outside the chats.
const PageRealm = "page"

// escalateTo begins an escalation that a person asked for by name: its first step is taken at once.
func (p Policy) escalateTo(i *Incident, c Escalate, by By, now time.Time) ([]Entry, *Refusal) {
	e, known := p.Escalation(c.To)
	switch {
	case !known:
		return no("escalation_policy_unknown", "Given", c.To, "Known", strings.Join(p.names(), ", "))
	case !i.Open():
		return i.notOpen()
	case len(e.Steps) == 0:
		return no("nobody_to_escalate_to")
	}
	f := &Escalated{How: "policy", Policy: e.ID, Reason: c.Reason}
	after := i.Clone()
	after.Apply(Event{Number: i.Number, Seq: i.Version + 1, At: now, By: by.Person, Recorder: by.Recorder, Fact: f})
	lanes := slices.DeleteFunc(p.lanes(after), func(l lane) bool { return l.trigger != string(OnCommand) || l.of != e })
	if len(lanes) == 0 {
		return no("nobody_to_escalate_to")
	}
	lanes[0].at, lanes[0].bold = now, true // whoever asks for it by name does not wait for the morning
	return append([]Entry{{Fact: f}}, p.stepAll(after, lanes, now)...), nil
}

// names lists the escalations that can be asked for.
func (p Policy) names() []string {
	out := make([]string, len(p.Escalations))
	for n, e := range p.Escalations {
		out[n] = e.ID
	}
	return out
}

// isCalled reports whether a call waits for somebody, or went quiet because of what they said.
func (i *Incident) isCalled(person PersonID) bool {
	return slices.ContainsFunc(i.Calls, func(c Call) bool { return c.By == person || slices.Contains(c.Waiting, person) })
}

// expected reports whether an ordinary message of somebody says that they have come.
func (i *Incident) expected(person PersonID) bool {
	r, _ := i.Responder(person)
	return !r.onTheWay().IsZero()
}

// pages reports whether somebody is to be reached outside the chats, too: who is called by an escalation, and who is asked about
// what is pressing.
func (t *teller) pages(f *Asked) bool {
	if !t.p.Paging || !MaySee(t.after, Viewer{Person: f.Person}) {
		return false
	}
	return f.Call != "" || t.urgent && (f.Why == "manager" || f.Why == "unacknowledged" || f.Why == "escalation")
}

// foundNobody reports whether the step before found nobody either, which the room knows then.
func (t *teller) foundNobody(f *Called) bool {
	c := t.before.call(f.Escalation, f.Trigger)
	return c != nil && c.Since.Equal(f.Since) && c.Nobody
}

// aloud reports whether the room hears of a step.
func (t *teller) aloud(f *Called) bool {
	return f.Room || f.To != "" || f.Slow && !f.nobody() || f.nobody() && !t.foundNobody(f)
}

// namedAloud reports whether the room hears of a step that names whom it asks: it is not said twice.
func (t *teller) namedAloud(f *Asked) bool {
	return slices.ContainsFunc(t.events, func(e Event) bool {
		c, step := e.Fact.(*Called)
		return step && c.Escalation == f.Call && c.Trigger == f.Trigger && slices.Contains(c.People, f.Person) && t.aloud(c)
	})
}
