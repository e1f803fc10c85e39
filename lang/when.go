package lang

import "time"

// when is a clock time with the day it was given, if any.
type when struct {
	date   date
	dated  bool
	clock  clock
	approx bool
}

// when reads a day with a clock time, or a clock time with or without a day
// behind it (23:10 yesterday).
func (s scan) when(i int) (w when, next int, ok bool) {
	i, w.approx = s.about(i)
	if d, j, ok := s.date(i); ok {
		offset := ""
		switch {
		case d.kind == complete && s.peek(j-1) == 't':
			offset = "+-"
		case d.kind == complete:
			offset = "+"
		}
		k, approx := s.about(j)
		if c, end, ok := s.clock(k, d.part, offset); ok {
			return when{date: d, dated: true, clock: c, approx: w.approx || approx}, end, true
		}
	}
	c, j, ok := s.clock(i, noPart, "")
	if !ok {
		return when{}, i, false
	}
	w.clock = c
	if k, ok := s.word(s.spaces(j), "yesterday", "last night", "this morning", "today", "tonight", "tomorrow"); ok && s.peek(k) != '\'' {
		d, _, _ := s.day(s.spaces(j))
		if c, _, ok := s.clock(i, d.part, ""); ok {
			return when{date: d, dated: true, clock: c, approx: w.approx}, k, true
		}
	}
	return w, j, true
}

// zone is the zone the time was written in.
func (w when) zone(writer *time.Location) *time.Location {
	if w.clock.zone != nil {
		return w.clock.zone
	}
	return writer
}

// latest places a time that has happened, by the rules of ParseMoment. It reports
// false for a day that does not exist or that lies ahead by its name (明日).
func (w when) latest(now time.Time, zone *time.Location) (time.Time, bool) {
	zone = w.zone(zone)
	local := now.In(zone)
	today := wallOf(local, w.clock)
	if !w.dated {
		t := today.past(now, zone)
		for n := -1; t.After(now.Add(ahead)); n-- {
			t = today.addDays(n).past(now, zone)
		}
		return t, true
	}
	d := w.date
	switch d.kind {
	case relative:
		t := today.addDays(d.offset).past(now, zone)
		if d.offset == 0 && t.After(now.Add(ahead)) && (local.Hour() < nightEnds || w.clock.hour >= 24) {
			t = today.addDays(-1).past(now, zone)
		}
		return t, d.offset <= 0
	case complete:
		at := wall{d.year, time.Month(d.month), d.day, w.clock}
		return at.past(now, zone), at.valid()
	case yearless:
		for year := today.year; year >= today.year-1; year-- {
			at := wall{year, time.Month(d.month), d.day, w.clock}
			if t := at.past(now, zone); at.valid() && !t.After(now.Add(yearlessAhead)) {
				return t, true
			}
		}
	case dayOfMonth:
		first := time.Date(today.year, today.month, 1, 0, 0, 0, 0, time.UTC)
		for n := 0; n >= -2; n-- {
			month := first.AddDate(0, n, 0)
			at := wall{month.Year(), month.Month(), d.day, w.clock}
			if t := at.past(now, zone); at.valid() && !t.After(now.Add(yearlessAhead)) {
				return t, true
			}
		}
	case onWeekday:
		back := int(local.Weekday()-d.weekday+7) % 7
		t := today.addDays(-back).past(now, zone)
		if t.After(now.Add(ahead)) {
			t = today.addDays(-back-7).past(now, zone)
		}
		return t, true
	}
	return time.Time{}, false
}

// past is the instant of a wall time that has happened: of two, the later one if
// it is not ahead of now.
func (w wall) past(now time.Time, zone *time.Location) time.Time {
	early, late := w.instants(zone)
	if late.After(now.Add(ahead)) {
		return early
	}
	return late
}

// earliest places a time that is to come, by the rules of ParseFuture.
func (w when) earliest(now time.Time, zone *time.Location) (time.Time, bool) {
	zone = w.zone(zone)
	local := now.In(zone)
	today := wallOf(local, w.clock)
	first := 0
	if w.clock.hour >= 24 {
		first = -1 // at 00:30, 25:30 is in an hour
	}
	if !w.dated {
		t := today.addDays(first).future(now, zone)
		for n := first + 1; !t.After(now); n++ {
			t = today.addDays(n).future(now, zone)
		}
		return t, true
	}
	d := w.date
	switch d.kind {
	case relative:
		t := today.addDays(d.offset).future(now, zone)
		if sooner := today.addDays(first).future(now, zone); d.offset == 0 && sooner.After(now) {
			t = sooner
		}
		return t, d.offset >= 0
	case complete:
		at := wall{d.year, time.Month(d.month), d.day, w.clock}
		return at.future(now, zone), at.valid()
	case yearless:
		for year := today.year; year <= today.year+1; year++ {
			at := wall{year, time.Month(d.month), d.day, w.clock}
			if t := at.future(now, zone); at.valid() && t.After(now.Add(-halfYear)) {
				return t, true
			}
		}
	case dayOfMonth:
		month := time.Date(today.year, today.month, 1, 0, 0, 0, 0, time.UTC)
		for n := 0; n <= 2; n++ {
			m := month.AddDate(0, n, 0)
			at := wall{m.Year(), m.Month(), d.day, w.clock}
			if t := at.future(now, zone); at.valid() && t.After(now) {
				return t, true
			}
		}
	case onWeekday:
		on := int(d.weekday-local.Weekday()+7) % 7
		t := today.addDays(on).future(now, zone)
		if !t.After(now) {
			t = today.addDays(on+7).future(now, zone)
		}
		return t, true
	}
	return time.Time{}, false
}

// future is the instant of a wall time to come: of two, the earlier one not past.
func (w wall) future(now time.Time, zone *time.Location) time.Time {
	early, late := w.instants(zone)
	if early.After(now) {
		return early
	}
	return late
}
