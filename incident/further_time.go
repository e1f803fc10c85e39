package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// Period is how long a rule gives: by the wall clock, in calendar days, or in business days. Only one of them is set; zero is none.
type Period struct {
	Wall     time.Duration
	Days     int
	Business int
}

// String writes 72h0m0s, 5d or 3bd.
func (t Period) String() string {
	switch {
	case t.Days > 0:
		return strconv.Itoa(t.Days) + "d"
	case t.Business > 0:
		return strconv.Itoa(t.Business) + "bd"
	}
	return t.Wall.String()
}

// MarshalText writes what String does.
func (t Period) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (t *Period) UnmarshalText(b []byte) error {
	for _, unit := range []struct {
		name string
		make func(n int) Period
	}{{"bd", func(n int) Period { return Period{Business: n} }}, {"d", func(n int) Period { return Period{Days: n} }}} {
		if digits, ok := strings.CutSuffix(string(b), unit.name); ok {
			n, err := strconv.Atoi(digits)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no number of days", b)
			}
			*t = unit.make(n)
			return nil
		}
	}
	d, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no length of time: %w", b, err)
	}
	*t = Period{Wall: d}
	return nil
}

// Warning is when a stage is reminded of while it can still be kept: so long before its deadline, or after the start. By the wall
// clock it is that instant; by days it is the morning of that day, because nobody reads a reminder at midnight.
type Warning struct {
	Period

	AfterStart bool `json:",omitempty"`
}

// morning is the local time of reminders that go by days, in minutes.
const morning = 9 * 60

func (r *FurtherRule) zone() *time.Location {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return time.UTC // the configuration was checked
	}
	return zone
}

// due is when a stage ends that began at an instant. A period by the wall clock ends so much later, whatever is closed. One in days
// ends with the last of them, at midnight in the rule's zone. The day of the start is not counted, as Japan's Civil Code
// (art. 140) and Regulation (EEC, Euratom) 1182/71 (art. 3) have it, unless the rule says that it is day one.
func (r *FurtherRule) due(since time.Time, s *FurtherStage) time.Time {
	after := s.After
	if after.Days == 0 && after.Business == 0 {
		return since.Add(after.Wall)
	}
	day := r.day(since, after)
	if s.Roll {
		day = r.step(day-1, 1, 1)
	}
	return (day + 1).At(0, r.zone()).In(since.Location())
}

// day is the n-th day after the start, by calendar or business days.
func (r *FurtherRule) day(since time.Time, after Period) calendar.Date {
	first := calendar.DateOf(since.In(r.zone()))
	if r.DayOne {
		first--
	}
	if after.Business > 0 {
		return r.step(first, after.Business, 1)
	}
	return first + calendar.Date(after.Days)
}

// step goes n business days on from a day, or back by -1. Where the calendar never opens it counts all days.
func (r *FurtherRule) step(day calendar.Date, n int, by calendar.Date) calendar.Date {
	at, left := day, n
	for range 3653 {
		if left == 0 {
			return at
		}
		if at += by; r.Hours.Business(at) {
			left--
		}
	}
	return day + calendar.Date(n)*by
}

// warns are the instants at which a stage is reminded of before its deadline, in order. Those at the start itself or outside
// the time between fall away.
func (r *FurtherRule) warns(since, due time.Time, warn []Warning) (out []time.Time) {
	last := calendar.DateOf(due.Add(-1).In(r.zone()))
	for _, w := range warn {
		var at time.Time
		switch wall := w.Days == 0 && w.Business == 0; {
		case wall && w.AfterStart:
			at = since.Add(w.Wall)
		case wall:
			at = due.Add(-w.Wall)
		case w.AfterStart:
			at = r.day(since, w.Period).At(morning, r.zone())
		case w.Business > 0:
			at = r.step(last, w.Business, -1).At(morning, r.zone())
		default:
			at = (last - calendar.Date(w.Days)).At(morning, r.zone())
		}
		if at.After(since) && at.Before(due) {
			out = append(out, at.In(since.Location()))
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// terms are what a rule comes to when it starts at an instant.
func (r *FurtherRule) terms(policy string, since time.Time) FurtherTerms {
	t := FurtherTerms{
		Rule: r.ID, Version: r.From, JA: r.JA, EN: r.EN, Legal: r.Legal, Authority: r.Authority, NoteJA: r.NoteJA, NoteEN: r.NoteEN,
		Start: r.Start, Since: since, Zone: r.Zone, DayOne: r.DayOne, Policy: policy,
	}
	if r.Hours != nil {
		t.Hours = r.Hours.Name
	}
	for n := range r.Stages {
		s := &r.Stages[n]
		due := ceil(r.due(since, s))
		t.Deadlines = append(t.Deadlines, StageTerms{ID: s.ID, JA: s.JA, EN: s.EN, After: s.After, Roll: s.Roll, Due: due, Warn: r.warns(since, due, s.Warn)})
	}
	for _, target := range r.Tell {
		if target.Kind == ToRole {
			t.Roles = append(t.Roles, RoleID(target.Name))
		}
		t.People = append(t.People, target.People...)
	}
	return t
}

// since is when the fact happened that starts a rule by itself; zero where it has not, or a person has to say so.
func (s Start) since(i *Incident) time.Time {
	switch s {
	case StartOpened:
		return i.Opened
	case StartReported:
		return firstOf(i.Reported, i.Opened)
	case StartDetected:
		return firstOf(i.Detected, i.Opened)
	case StartOccurred:
		return i.Occurred.At
	case StartRestored:
		return i.Restored.At
	case StartResolved:
		return i.Resolved
	}
	return time.Time{}
}

func firstOf(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}
