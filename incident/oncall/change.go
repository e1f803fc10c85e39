package oncall

import (
	"slices"
	"strconv"
	"time"
)

// State is where a change to a schedule stands.
type State string

// The states of changes.
const (
	Offered  State = "offered"  // one person asked another, who has not answered
	InForce  State = "in_force" // agreed upon, or ordered by a manager
	Declined State = "declined"
	Ended    State = "ended" // taken back
)

// Change is one agreement to have somebody else on call for a while than the rotation says. It is never deleted: who was on
// call when can always be told.
type Change struct {
	Number   int64
	Schedule string // its name
	Person   string // who comes in
	For      string // whose place is taken; "" is everybody's, by order of a manager
	From, To time.Time
	State    State
	By       string // who asked for it
	At       time.Time
	Answerer string // who answered, or took it back; "" while nobody has
	Answered time.Time
}

// MostLong is the longest time that one change may take: longer ones are a matter of the rotation.
const MostLong = 62 * 24 * time.Hour

// The reasons for which a change is refused.
const (
	RefusedEmpty    = "span_empty" // it ends before it begins
	RefusedPast     = "span_past"  // its time is over
	RefusedLong     = "span_long"
	RefusedSelf     = "self"     // one can't ask oneself
	RefusedNotOn    = "not_on"   // whoever asks is not on call in that time
	RefusedAnswered = "answered" // it is no offer any more
	RefusedOther    = "other"    // somebody else was asked
	RefusedNotYours = "not_yours"
	RefusedOver     = "over" // it is no longer in force, or never was
)

// Swap makes the offer that somebody asks another to take their place for a while; why is the reason of a refusal, else "".
func (s *Schedule) Swap(by, person string, from, to, now time.Time) (c Change, why string) {
	from, why = span(from, to, now)
	switch {
	case why != "":
		return c, why
	case by == person:
		return c, RefusedSelf
	case !slices.ContainsFunc(s.Shifts(from, to), func(shift Shift) bool { return shift.Person == by }):
		return c, RefusedNotOn
	}
	return Change{Schedule: s.Name, Person: person, For: by, From: from, To: to, State: Offered, By: by, At: now}, ""
}

// Order puts somebody in for everybody, as managers may.
func (s *Schedule) Order(by, person string, from, to, now time.Time) (c Change, why string) {
	if from, why = span(from, to, now); why != "" {
		return c, why
	}
	return Change{Schedule: s.Name, Person: person, From: from, To: to, State: InForce, By: by, At: now, Answerer: by, Answered: now}, ""
}

// span checks a time and cuts off what is past.
func span(from, to, now time.Time) (time.Time, string) {
	switch from = later(from, now); {
	case !to.After(now):
		return from, RefusedPast
	case !from.Before(to):
		return from, RefusedEmpty
	case to.Sub(from) > MostLong:
		return from, RefusedLong
	}
	return from, ""
}

// Answer takes the word of whoever was asked.
func (c Change) Answer(by string, yes bool, now time.Time) (Change, string) {
	switch {
	case c.State != Offered:
		return c, RefusedAnswered
	case by != c.Person:
		return c, RefusedOther
	case !c.To.After(now):
		return c, RefusedPast
	}
	c.State, c.Answerer, c.Answered = Declined, by, now
	if yes {
		c.State, c.From = InForce, later(c.From, now)
	}
	return c, ""
}

// Cancel takes a change back: whoever asked, whoever came in and managers may. What went before stays as it was.
func (c Change) Cancel(by string, manager bool, now time.Time) (Change, string) {
	switch {
	case c.State != Offered && c.State != InForce || !c.To.After(now):
		return c, RefusedOver
	case by != c.By && by != c.Person && !manager:
		return c, RefusedNotYours
	}
	if c.State == InForce && c.From.Before(now) {
		c.To = now
	} else {
		c.State = Ended
	}
	c.Answerer, c.Answered = by, now
	return c, ""
}

// Lay gives the schedules with those changes laid over them that are in force, the one agreed upon last on top.
func Lay(schedules []Schedule, changes []Change) []Schedule {
	out := slices.Clone(schedules)
	order := slices.Clone(changes)
	slices.SortStableFunc(order, func(a, b Change) int { return a.Answered.Compare(b.Answered) })
	for n := range out {
		out[n].Overrides = nil
		for _, c := range order {
			if c.State == InForce && c.Schedule == out[n].Name && c.From.Before(c.To) {
				out[n].Overrides = append(out[n].Overrides, Override{ID: strconv.FormatInt(c.Number, 10), Person: c.Person, For: c.For, From: c.From, To: c.To})
			}
		}
	}
	return out
}
