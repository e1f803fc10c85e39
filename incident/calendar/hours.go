package calendar

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Hours are the hours of a service. A nil *Hours is around the clock: all time is open. The zero value is never open.
// Whoever keeps one does not change it any more: it is shared.
type Hours struct {
	Name   string
	Zone   string      // as the IANA names it
	Week   [7][]Span   // what is open on each weekday, Sunday first; a span over midnight belongs to the day it begins on
	Closed []Date      // sorted: holidays and days of one's own; spans that begin on them fall away
	Except []Exception // sorted by date: these replace the spans of their day, closed or not
}

// Exception is one day with hours of its own, or with none.
type Exception struct {
	Date  Date
	Spans []Span
}

// stored is how Hours stand in JSON: short and readable, because facts carry them.
type stored struct {
	Name   string          `json:"name,omitempty"`
	Zone   string          `json:"zone"`
	Week   [7]string       `json:"week"`
	Closed []Date          `json:"closed,omitempty"`
	Except map[Date]string `json:"except,omitempty"`
}

// MarshalJSON writes {"name":"office","zone":"Asia/Tokyo","week":["","09:00-18:00",…],"closed":["2026-11-23"],"except":{"2026-12-30":"09:00-12:00"}}.
func (h Hours) MarshalJSON() ([]byte, error) {
	s := stored{Name: h.Name, Zone: h.Zone, Closed: h.Closed}
	for day, spans := range h.Week {
		s.Week[day] = SpansText(spans)
	}
	for _, e := range h.Except {
		if s.Except == nil {
			s.Except = map[Date]string{}
		}
		s.Except[e.Date] = SpansText(e.Spans)
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (h *Hours) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a calendar: %w", err)
	}
	out := Hours{Name: s.Name, Zone: s.Zone, Closed: s.Closed}
	for day, text := range s.Week {
		spans, err := ParseSpans(text)
		if err != nil {
			return fmt.Errorf("the calendar %q, %s: %w", s.Name, time.Weekday(day), err)
		}
		out.Week[day] = spans
	}
	for date, text := range s.Except {
		spans, err := ParseSpans(text)
		if err != nil {
			return fmt.Errorf("the calendar %q, %s: %w", s.Name, date, err)
		}
		out.Except = append(out.Except, Exception{date, spans})
	}
	out.sort()
	*h = out
	return nil
}

// Equal reports whether both say the same. Around the clock is equal to itself alone.
func (h *Hours) Equal(other *Hours) bool {
	if h == nil || other == nil {
		return h == other
	}
	return h.Name == other.Name && h.Zone == other.Zone && slices.Equal(h.Closed, other.Closed) &&
		slices.EqualFunc(h.Week[:], other.Week[:], slices.Equal) &&
		slices.EqualFunc(h.Except, other.Except, func(a, b Exception) bool { return a.Date == b.Date && slices.Equal(a.Spans, b.Spans) })
}

// Trim is a copy with only those closed days and exceptions that count between two instants, to be kept beside a deadline.
// Every question about the time between them has the same answer.
func (h *Hours) Trim(from, until time.Time) *Hours {
	if h == nil {
		return nil
	}
	zone := h.Location()
	first, last := DateOf(from.In(zone))-reach, DateOf(until.In(zone))+reach
	out := &Hours{Name: h.Name, Zone: h.Zone, Week: h.Week}
	for _, d := range h.Closed {
		if first <= d && d <= last && len(h.Week[d.Weekday()]) > 0 && h.except(d) == nil {
			out.Closed = append(out.Closed, d)
		}
	}
	for _, e := range h.Except {
		if first <= e.Date && e.Date <= last {
			out.Except = append(out.Except, e)
		}
	}
	return out
}

// Location is the zone of the calendar; UTC around the clock, and for a zone that nobody knows.
func (h *Hours) Location() *time.Location {
	if h == nil {
		return time.UTC
	}
	zone, err := location(h.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// sort brings closed days and exceptions into the order that the searches rely on.
func (h *Hours) sort() {
	slices.Sort(h.Closed)
	h.Closed = slices.Compact(h.Closed)
	slices.SortStableFunc(h.Except, func(a, b Exception) int { return int(a.Date) - int(b.Date) })
}

// except finds the hours of one day that has some of its own.
func (h *Hours) except(d Date) *Exception {
	at, found := slices.BinarySearchFunc(h.Except, d, func(e Exception, d Date) int { return int(e.Date) - int(d) })
	if !found {
		return nil
	}
	return &h.Except[at]
}

// begins are the spans that begin on a day.
func (h *Hours) begins(d Date) []Span {
	if e := h.except(d); e != nil {
		return e.Spans
	}
	if _, closed := slices.BinarySearch(h.Closed, d); closed {
		return nil
	}
	return h.Week[d.Weekday()]
}

// located remembers zones, which never change while a program runs: reading one takes 20 µs, and a sweep asks thousands of times.
var located sync.Map

func location(name string) (*time.Location, error) {
	if zone, ok := located.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if name == "" || name == "Local" { // time reads both as the machine's own matter
		return nil, fmt.Errorf("%q is no time zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone: %w", name, err)
	}
	located.Store(name, zone)
	return zone, nil
}
