package calendar

import (
	"fmt"
	"strings"
	"time"
)

// What can be wrong with a calendar: Invalid.Why.
const (
	WrongZone    = "zone"    // nobody knows the time zone
	WrongSpan    = "span"    // a span is empty, begins past midnight or ends past 48:00
	WrongOverlap = "overlap" // a span begins before the one before it ends, be it the night's before
	WrongOrder   = "order"   // closed days or exceptions are not sorted, or come twice
	WrongNever   = "never"   // no hour is open for a whole year
)

// Invalid says what is wrong with a calendar, and where: zone, week.mon, closed or except.2026-12-31.
type Invalid struct{ Where, Why, Word string }

// Error words it in English.
func (i *Invalid) Error() string {
	return fmt.Sprintf("%s: %s", i.Where, map[string]string{
		WrongZone:    fmt.Sprintf("%q is no time zone", i.Word),
		WrongSpan:    fmt.Sprintf("the span %s is empty or too long", i.Word),
		WrongOverlap: fmt.Sprintf("the span %s begins before the one before it has ended", i.Word),
		WrongOrder:   fmt.Sprintf("%s stands in the wrong place, or twice", i.Word),
		WrongNever:   "no hour is open for a year",
	}[i.Why])
}

// Validate says what is wrong, as an *Invalid, or nothing. Questions to a calendar that is not valid are answered, too, but
// perhaps not as was meant.
func (h *Hours) Validate() error {
	if h == nil {
		return nil
	}
	if _, err := location(h.Zone); err != nil {
		return &Invalid{"zone", WrongZone, h.Zone}
	}
	for day, spans := range h.Week {
		if i := wrong("week."+DayName(time.Weekday(day)), h.Week[(day+6)%7], spans); i != nil {
			return i
		}
	}
	for n, d := range h.Closed {
		if n > 0 && d <= h.Closed[n-1] {
			return &Invalid{"closed", WrongOrder, d.String()}
		}
	}
	for n, e := range h.Except {
		where := "except." + e.Date.String()
		if n > 0 && e.Date <= h.Except[n-1].Date {
			return &Invalid{where, WrongOrder, e.Date.String()}
		}
		if i := wrong(where, h.begins(e.Date-1), e.Spans); i != nil {
			return i
		}
		if i := wrong(where, e.Spans, h.begins(e.Date+1)); i != nil {
			return i
		}
	}
	if h.shutForAYear() {
		return &Invalid{"week", WrongNever, ""}
	}
	return nil
}

// DayName is a weekday as calendars are written with it: mon.
func DayName(day time.Weekday) string { return strings.ToLower(day.String()[:3]) }

// wrong finds the first span of a day that is not valid, or comes too early after those of the day before.
func wrong(where string, yesterday, today []Span) *Invalid {
	free := 0
	for _, s := range yesterday {
		free = max(free, s.To-minutesADay)
	}
	for _, s := range today {
		if !s.valid() {
			return &Invalid{where, WrongSpan, s.String()}
		}
		if s.From < free {
			return &Invalid{where, WrongOverlap, s.String()}
		}
		free = s.To
	}
	return nil
}

// shutForAYear looks for 365 days in a row on which nothing begins. Apart from closed days every week is like the next.
func (h *Hours) shutForAYear() bool {
	open := 0
	for _, spans := range h.Week {
		open += len(spans)
	}
	if open == 0 {
		return true
	}
	if len(h.Closed) == 0 {
		return false
	}
	shut := 0
	for d := h.Closed[0] - 7; d <= h.Closed[len(h.Closed)-1]+7; d++ {
		if shut++; len(h.begins(d)) > 0 {
			shut = 0
		}
		if shut >= 365 {
			return true
		}
	}
	return false
}
