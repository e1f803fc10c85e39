package bot

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

// The kinds of silences. Both do the same to alerts; they differ in what people mean by them.
const (
	// ForNoise is set because something makes noise that nobody needs now.
	ForNoise = "silence"
	// ForWork is set because somebody works there: a maintenance window.
	ForWork = "maintenance"
)

// Silence is an order about alerts: while it is in force, those that fit are kept and counted, but open nothing and say nothing.
type Silence struct {
	Number int64
	Kind   string // ForNoise or ForWork
	// Name is set where the configuration holds it; then there is no number, nobody set it and nobody can end it.
	Name string
	// Match maps fields of alerts and labels to patterns, as rules have them: any of them, and none of those behind an exclamation mark.
	Match map[string][]string
	// Incident is the one whose alerts it was made for, 0 for none. The match says which alerts those are.
	Incident incident.Number
	From     time.Time
	Until    time.Time // zero for one that comes again and again until it is ended
	// Weekly is when it is in force between From and Until; nil: all the time.
	Weekly  *Weekly
	Why     string
	By      incident.PersonID
	Made    time.Time
	Place   incident.Place // where it was set, and its end is said; without a room nowhere
	Ended   time.Time      // zero unless somebody ended it early
	EndedBy incident.PersonID
	Told    time.Time // up to which end it was told what it hid
}

// Weekly is a span that comes each week: on these days from a time, in minutes after midnight by the clock of the zone, to another, which
// lies on the next day where it is not later.
type Weekly struct {
	Days []time.Weekday `json:"days"`
	From int            `json:"from"`
	To   int            `json:"to"`
	Zone string         `json:"zone"`
}

// KeyOfWindow begins the keys of silences that the configuration holds.
const KeyOfWindow = "name:"

// Key names a silence among all of them, as alerts remember which one hid them.
func (s Silence) Key() string {
	if s.Number == 0 {
		return KeyOfWindow + s.Name
	}
	return strconv.FormatInt(s.Number, 10)
}

// over is when it ends for good: zero if it doesn't.
func (s Silence) over() time.Time {
	if !s.Ended.IsZero() && (s.Until.IsZero() || s.Ended.Before(s.Until)) {
		return s.Ended
	}
	return s.Until
}

// Over reports whether it never comes into force again.
func (s Silence) Over(now time.Time) bool { return !s.over().IsZero() && !s.over().After(now) }

// At gives the span around an instant in which it is in force, its beginning included and its end not. One that is cut short by
// somebody, or by its own end, ends there.
func (s Silence) At(now time.Time) (Span, bool) {
	for _, span := range s.spans(now.Add(-longestSpan), now) {
		if !span.From.After(now) && span.To.After(now) {
			return span, true
		}
	}
	return Span{}, false
}

// Next gives the first span that begins after an instant, within the next eight days.
func (s Silence) Next(now time.Time) (Span, bool) {
	for _, span := range s.spans(now, now.Add(8*24*time.Hour)) {
		if span.From.After(now) {
			return span, true
		}
	}
	return Span{}, false
}

// Last gives the latest span that had ended by an instant, if that was less than a week ago.
func (s Silence) Last(now time.Time) (last Span, ok bool) {
	for _, span := range s.spans(now.Add(-8*24*time.Hour), now) {
		if !span.To.After(now) && now.Sub(span.To) < 7*24*time.Hour {
			last, ok = span, true
		}
	}
	return last, ok
}

// Span is a stretch of time in which a silence is in force.
type Span struct{ From, To time.Time }

// longestSpan is how long one of those that come weekly may last.
const longestSpan = 24 * time.Hour

// spans lists those that overlap some time, in their order.
func (s Silence) spans(from, to time.Time) []Span {
	end := s.over()
	if s.Weekly == nil {
		if !end.After(s.From) {
			return nil
		}
		return []Span{{s.From, end}}
	}
	zone, err := time.LoadLocation(s.Weekly.Zone)
	if err != nil { // it was checked when it was set: the machine has lost its zones
		zone = time.UTC
	}
	var out []Span
	for day := calendar.DateOf(from.In(zone)) - 1; day <= calendar.DateOf(to.In(zone)); day++ {
		if !slices.Contains(s.Weekly.Days, day.Weekday()) {
			continue
		}
		until := s.Weekly.To
		if until <= s.Weekly.From {
			until += 24 * 60
		}
		span := Span{day.At(s.Weekly.From, zone).UTC(), day.At(until, zone).UTC()}
		if span.From.Before(s.From) {
			span.From = s.From
		}
		if !end.IsZero() && end.Before(span.To) {
			span.To = end
		}
		if span.To.After(span.From) && span.To.After(from) && !span.From.After(to) {
			out = append(out, span)
		}
	}
	return out
}

// End ends it before its time; false where it is over already.
func (s Silence) End(by incident.PersonID, now time.Time) (Silence, bool) {
	if s.Over(now) {
		return s, false
	}
	s.Ended, s.EndedBy = now, by
	return s, true
}

// Pattern writes what it fits as people type it: service=db host=web-*. Texts are as they were given.
func (s Silence) Pattern() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s.Match)) {
		value := strings.Join(s.Match[name], ",")
		if strings.ContainsAny(value, " \u3000") {
			value = `"` + value + `"`
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, " ")
}

// Hidden is what a silence has hidden since the beginning of a span: how many alerts, and how many of them fire still.
type Hidden struct{ Alerts, Firing int }

// Silences keeps the orders that people give about alerts.
type Silences interface {
	// Silences lists those that end after an instant, and those of the configuration; in the order in which they were made.
	Silences(ctx context.Context, since time.Time) ([]Silence, error)
	// Silence gives one; incident.ErrNotFound for an unknown number.
	Silence(ctx context.Context, number int64) (Silence, error)
	// ChangeSilence decides on one (a new one: 0) in one transaction with what must be told, and gives it as it stands where the cause was seen
	// before. It is in force, or no longer, when it returns.
	ChangeSilence(ctx context.Context, cause incident.Cause, number int64, decide func(Silence) (Silence, []incident.Effect, error)) (Silence, error)
	// Hidden counts what a silence has hidden since an instant.
	Hidden(ctx context.Context, key string, since time.Time) (Hidden, error)
	// CheckMatch refuses patterns that can't be read.
	CheckMatch(match map[string][]string) error
	// Foresee says how many of the newest alerts a match fits and, where that is none, which of its words may be a slip, and for what.
	Foresee(ctx context.Context, match map[string][]string) (f Foreseen, word, near string, err error)
	// AlertsOf gives the match of an incident's alerts, nil where it has none.
	AlertsOf(ctx context.Context, n incident.Number) (map[string][]string, error)
}

// SilenceSeq is the Seq of what tells of a silence: another one for its beginning than for its end.
func SilenceSeq(s Silence) int64 {
	seq := 2 * s.Number
	if !s.Ended.IsZero() {
		seq++
	}
	return seq
}
