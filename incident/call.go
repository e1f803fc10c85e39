package incident

import (
	"slices"
	"time"
)

// Call is an escalation under way: how far it has gone, and whether somebody answered.
type Call struct {
	Escalation string     `json:"escalation"`
	Trigger    string     `json:"trigger"` // Trigger.Key
	Since      time.Time  `json:"since"`   // names the occurrence
	Taken      int        `json:"taken"`   // steps so far, those left out included
	Step       int        `json:"step"`    // the last one, from 1
	Of         int        `json:"of"`      // so many
	Round      int        `json:"round"`   // from 1
	At         time.Time  `json:"at"`      // of the last step
	Waiting    []PersonID `json:"waiting,omitempty"`
	Called     []PersonID `json:"called,omitempty"`  // everybody so far
	Lost       []Lost     `json:"lost,omitempty"`    // of Waiting: in which ways they can't be reached
	Reached    []PersonID `json:"reached,omitempty"` // of Waiting: who was told beside the chat
	Anybody    bool       `json:"anybody,omitempty"` // the room, or a vendor through it, was called: whoever answers, answers it
	Next       bool       `json:"next,omitempty"`    // nobody of Waiting can: the next step comes at once
	Nobody     bool       `json:"nobody,omitempty"`  // the last step found nobody
	Slow       bool       `json:"slow,omitempty"`    // all rounds are over
	Answered   time.Time  `json:"answered,omitzero"`
	By         PersonID   `json:"by,omitempty"`
	Until      time.Time  `json:"until,omitzero"` // an answer that holds so long: whoever is on the way has to come
}

// Lost is somebody whom one kind of delivery did not reach: in the chats (tell), or beside them (page).
type Lost struct {
	Person PersonID `json:"person"`
	Effect string   `json:"effect"`
}

// comeWithin is how long after the time they gave somebody on the way is waited for.
const comeWithin = 10 * time.Minute

// What is kept in Nudged beside reminders.
const (
	upward ClockKind = "upward" // when somebody above was asked by a person
	raise  ClockKind = "raised" // when the priority was raised
	deed   ClockKind = "deed"   // the last deed of who leads
	vacant           = "vacant/"
	// major is when somebody above was asked last because it is a major incident: that they know, and that somebody leads it. It goes
	// when a person asks for more.
	major ClockKind = "major"
)

// call finds the call of an escalation and trigger.
func (i *Incident) call(escalation, trigger string) *Call {
	for k := range i.Calls {
		if c := &i.Calls[k]; c.Escalation == escalation && c.Trigger == trigger {
			return c
		}
	}
	return nil
}

// called folds a step of an escalation.
func (i *Incident) called(e Event, f *Called) {
	c := i.call(f.Escalation, f.Trigger)
	if c == nil {
		i.Calls = append(i.Calls, Call{Escalation: f.Escalation, Trigger: f.Trigger, Since: f.Since})
		c = &i.Calls[len(i.Calls)-1]
	} else if !c.Since.Equal(f.Since) {
		*c = Call{Escalation: f.Escalation, Trigger: f.Trigger, Since: f.Since}
	}
	c.Taken, c.Step, c.Of, c.Round, c.At = f.Taken, f.Step, f.Of, f.Round, e.At
	c.Waiting, c.Lost, c.Reached, c.Called = slices.Clone(f.People), nil, nil, slices.Clone(c.Called)
	c.Anybody = c.Anybody || f.Room || f.To != ""
	for _, person := range f.People {
		if !slices.Contains(c.Called, person) {
			c.Called = append(c.Called, person)
		}
	}
	c.Next, c.Nobody, c.Slow = false, f.nobody(), c.Slow || f.Slow
	c.Answered, c.By, c.Until = time.Time{}, "", time.Time{}
	if f.Line == "functional" {
		i.Line = min(max(i.Line, 1)+1, 3)
	}
}

// escalated begins the call that a person asked for by name, and remembers since when somebody above is waited for.
func (i *Incident) escalated(e Event, f *Escalated) {
	i.Line = max(i.Line, f.Line)
	if f.How == "hierarchical" && f.Reason == "major" && e.By == "" {
		i.nudge(major, e.At)
	}
	if f.Policy == "" {
		return
	}
	fresh := Call{Escalation: f.Policy, Trigger: string(OnCommand), Since: e.At, Next: true}
	if c := i.call(f.Policy, string(OnCommand)); c != nil {
		*c = fresh
		return
	}
	i.Calls = append(i.Calls, fresh)
}

// wentUp: somebody above was asked. What Matoi itself asks in place of the first one because of a major incident is for the same.
func (i *Incident) wentUp(e Event) {
	if e.By != "" {
		delete(i.Nudged, major)
	} else if _, same := i.Nudged[major]; same {
		i.nudge(major, e.At)
	}
	i.nudge(upward, e.At)
}

// heeded: somebody answered the calls that called them, or the whole room. until is zero, unless they are only on the way.
func (i *Incident) heeded(person PersonID, at, until time.Time) {
	for k := range i.Calls {
		c := &i.Calls[k]
		if (c.Anybody || slices.Contains(c.Called, person)) && (c.Answered.IsZero() || c.By == person || !c.Until.IsZero() && until.IsZero()) {
			c.Answered, c.By, c.Until = at, person, until
		}
	}
}

// asksAnybody reports whether the room was called and nobody has answered: who has acknowledged before may do so again.
func (i *Incident) asksAnybody() bool {
	return slices.ContainsFunc(i.Calls, func(c Call) bool { return c.Anybody && c.Taken > 0 && c.Answered.IsZero() })
}

// AsksAnybody reports whether a step that called the room still waits for an answer.
func (i *Incident) AsksAnybody(f *Called) bool {
	c := i.call(f.Escalation, f.Trigger)
	return i.Open() && c != nil && c.Since.Equal(f.Since) && c.Anybody && c.Answered.IsZero()
}

// cannot: somebody who was called can't, or can't be reached. Where nobody else is waited for the next step comes at once.
func (i *Incident) cannot(person PersonID) {
	for k := range i.Calls {
		c := &i.Calls[k]
		if c.By == person {
			c.Answered, c.By, c.Until, c.Next = time.Time{}, "", time.Time{}, len(c.Waiting) <= 1
		}
		if slices.Contains(c.Waiting, person) {
			c.Waiting = slices.DeleteFunc(slices.Clone(c.Waiting), func(p PersonID) bool { return p == person })
			c.Next = len(c.Waiting) == 0 && c.Answered.IsZero()
		}
	}
}

// unreached: a delivery to somebody was given up. Who was told in no other way, and will not be, can't come: in the chats and beside
// them it failed, or there is only the one.
func (i *Incident) unreached(f *DeliveryFailed) {
	for k := range i.Calls {
		c := &i.Calls[k]
		if f.Person == "" || !slices.Contains(c.Waiting, f.Person) || slices.Contains(c.Reached, f.Person) {
			continue
		}
		if lost := (Lost{f.Person, f.Effect}); !slices.Contains(c.Lost, lost) {
			c.Lost = append(slices.Clone(c.Lost), lost)
		}
		other := slices.ContainsFunc(c.Lost, func(l Lost) bool { return l.Person == f.Person && l.Effect != f.Effect })
		if !f.Alone && !other {
			continue // the other way may reach them yet
		}
		i.cannot(f.Person)
		return
	}
}

// reached: somebody was told over a way beside the chat. That the chat does not reach them is no matter then.
func (i *Incident) reached(f *Paged) {
	for k := range i.Calls {
		c := &i.Calls[k]
		if f.State != "failed" && slices.Contains(c.Waiting, f.Person) && !slices.Contains(c.Reached, f.Person) {
			c.Reached = append(slices.Clone(c.Reached), f.Person)
		}
	}
}

// onTheWay is until when somebody who gave a time is waited for; zero where nobody did, or they have come.
func (r Responder) onTheWay() time.Time {
	if r.State != "acknowledged" || r.ETA.IsZero() || !r.Joined.IsZero() {
		return time.Time{}
	}
	return r.ETA.Add(comeWithin)
}

// arrived: somebody on the way is seen at work, which is a better answer than the time they gave.
func (i *Incident) arrived(person PersonID) {
	for k := range i.People {
		if r := &i.People[k]; r.Person == person && !r.onTheWay().IsZero() {
			r.ETA, r.Heard = time.Time{}, i.Changed
			i.heeded(person, i.Changed, time.Time{})
		}
	}
}

// acknowledged reports whether one of ours has answered for good; else until when somebody on the way is waited for. Somebody who
// was named manager by another, and has not been heard of, is no answer.
func (i *Incident) acknowledged() (firmly bool, until time.Time) {
	if lead := i.Leads(); lead != "" {
		if r, _ := i.Responder(lead); (r.State != "asked" || !r.Heard.IsZero()) && r.onTheWay().IsZero() {
			return true, time.Time{}
		}
	}
	for _, r := range i.People {
		if r.State != "acknowledged" && (r.State != "asked" || r.Heard.IsZero()) {
			continue
		}
		way := r.onTheWay()
		if way.IsZero() {
			return true, time.Time{}
		}
		until = latest(until, way)
	}
	return false, until
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
