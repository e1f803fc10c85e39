package oncall

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// Schedule is one duty that somebody shall have at every moment: rotations in layers, and what was decided beside them.
type Schedule struct {
	Name      string
	Zone      *time.Location // of layers that name none; nil is UTC
	Layers    []Layer        // later ones win where they are open
	Overrides []Override     // win over everything, later ones over earlier ones
	Fixed     []Shift        // shifts from elsewhere, in order of From; they win over the layers, and several may be on at once
	AsOf      time.Time      // when Fixed was read; the zero time where there is no source, or nothing came of it yet
	Outside   *Outside       // of the source of Fixed; nil where there is none
}

// Outside is how a source of shifts does.
type Outside struct {
	Trouble Trouble  // why it can't be read now; "" where it can
	Unknown []string // names in it that mean nobody here: their shifts are nobody's
}

// Old is the age at which shifts from elsewhere are no longer to be relied upon.
const Old = 24 * time.Hour

// Stale reports that what a source said is old, or that it never said anything.
func (s *Schedule) Stale(now time.Time) bool {
	return s.Outside != nil && now.Sub(s.AsOf) >= Old
}

// Layer is one rotation.
type Layer struct {
	Name   string
	Zone   *time.Location  // nil: the schedule's
	People []string        // in the order of their turns; one may come more than once
	Start  time.Time       // the first hand-over: its local time of day is that of all others
	Until  time.Time       // the rotation ends; the zero time is never
	Turn   Turn            // how long each has it
	Hours  *calendar.Hours // when the layer is open at all; nil is always. Turns go on while it is closed
}

// Unit is what turns are counted in.
type Unit string

// The units of turns.
const (
	Hour Unit = "hour"
	Day  Unit = "day"
	Week Unit = "week"
)

// Turn is the length of one turn on the wall clock: N hours, days or weeks.
type Turn struct {
	Every Unit
	N     int
}

// minutes is the length on the wall clock.
func (t Turn) minutes() int64 {
	hours := map[Unit]int64{Hour: 1, Day: 24, Week: 7 * 24}[t.Every]
	return hours * int64(t.N) * 60
}

// Override puts somebody in for a while.
type Override struct {
	ID     string
	Person string // who takes over
	For    string // whose place is taken; "" is everybody's
	From   time.Time
	To     time.Time // not included
}

// Why says what put a shift where it is.
type Why string

// What puts shifts where they are.
const (
	ByLayer    Why = "layer"
	ByFeed     Why = "feed"
	ByOverride Why = "override"
)

// Shift is a time for which one person is on call, from From until right before To.
type Shift struct {
	Person   string
	From, To time.Time
	Why      Why
	Layer    int    // which layer, from 0; -1 where it was none
	Override string // the override's ID
}

// Longest is the most that is looked at in one go; a longer window is cut. It bounds what a page or a feed may ask for.
const Longest = 2 * 366 * 24 * time.Hour

// duty is one person on call with the reason.
type duty struct {
	person   string
	why      Why
	layer    int
	override string
}

// At lists who is on call at an instant, nobody in a gap. Several are on where shifts from elsewhere overlap; they come
// in the order of those.
func (s *Schedule) At(t time.Time) []string {
	duties := s.byLayers(t)
	var here []duty
	for _, f := range s.Fixed {
		if covers(f.From, f.To, t) {
			here = append(here, duty{f.Person, ByFeed, -1, ""})
		}
	}
	if len(here) > 0 {
		duties = here
	}
	for _, o := range s.Overrides {
		if covers(o.From, o.To, t) {
			duties = o.over(duties)
		}
	}
	var on []string
	for _, d := range duties {
		if !slices.Contains(on, d.person) {
			on = append(on, d.person)
		}
	}
	return on
}

// byLayers gives the duty of the layer that wins at an instant.
func (s *Schedule) byLayers(t time.Time) []duty {
	for n := len(s.Layers) - 1; n >= 0; n-- {
		if p := s.Layers[n].at(t, s.zoneOf(n)); p != "" {
			return []duty{{p, ByLayer, n, ""}}
		}
	}
	return nil
}

// over applies an override to those on call.
func (o *Override) over(duties []duty) []duty {
	in := duty{o.Person, ByOverride, -1, o.ID}
	if o.For == "" {
		return []duty{in}
	}
	var out []duty
	for _, d := range duties {
		if d.person == o.For {
			d = in
		}
		if !slices.ContainsFunc(out, func(have duty) bool { return have.person == d.person }) {
			out = append(out, d)
		}
	}
	return out
}

// People lists everybody who takes turns or has a shift from elsewhere, on call now or not, in the order in which they are named.
// Who only stands in is not among them.
func (s *Schedule) People() []string {
	var out []string
	add := func(person string) {
		if person != "" && !slices.Contains(out, person) {
			out = append(out, person)
		}
	}
	for _, l := range s.Layers {
		for _, person := range l.People {
			add(person)
		}
	}
	for _, f := range s.Fixed {
		add(f.Person)
	}
	return out
}

// zoneOf is the zone of a layer.
func (s *Schedule) zoneOf(n int) *time.Location {
	switch {
	case s.Layers[n].Zone != nil:
		return s.Layers[n].Zone
	case s.Zone != nil:
		return s.Zone
	}
	return time.UTC
}

// covers reports whether an instant lies in [from, to).
func covers(from, to, t time.Time) bool { return !t.Before(from) && t.Before(to) }
