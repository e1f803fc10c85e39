package calendar

import (
	"iter"
	"time"
)

const (
	// reach is how many days before a day a span that touches it may begin: 48:00, and a day for zones that jump over one.
	reach = 3
	// horizon is how far, in days, an answer is looked for: 10 years.
	horizon = 3653
)

// Interval is a stretch of open time: Start is in it, End is not.
type Interval struct{ Start, End time.Time }

// raw gives the open stretches that begin on the days from first to last, in order and disjoint; those that touch are not joined.
func (h *Hours) raw(first, last Date) iter.Seq2[Date, Interval] {
	return func(yield func(Date, Interval) bool) {
		zone := h.Location()
		var end time.Time
		for d := first; d <= last; d++ {
			for _, s := range h.begins(d) {
				in := Interval{d.At(s.From, zone), d.At(s.To, zone)}
				if in.Start.Before(end) { // an hour is never counted twice, whatever the spans say
					in.Start = end
				}
				if !in.Start.Before(in.End) {
					continue // it did not take place: the clock jumped over it
				}
				end = in.End
				if !yield(d, in) {
					return
				}
			}
		}
	}
}

// after gives what raw gives from the one that ends after an instant, for 10 years. The first may have begun before it.
func (h *Hours) after(at time.Time) iter.Seq2[Date, Interval] {
	day := DateOf(at.In(h.Location()))
	return func(yield func(Date, Interval) bool) {
		for d, in := range h.raw(day-reach, day+horizon) {
			if in.End.After(at) && !yield(d, in) {
				return
			}
		}
	}
}

// touching gives what raw gives of the days that may touch the time between two instants, and may begin before it or end later.
func (h *Hours) touching(from, to time.Time) iter.Seq2[Date, Interval] {
	zone := h.Location()
	return h.raw(DateOf(from.In(zone))-reach, DateOf(to.In(zone))+1)
}

// Spans gives the open time between two instants as stretches that do not touch, cut off at both ends.
func (h *Hours) Spans(from, to time.Time) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		if !from.Before(to) {
			return
		}
		if h == nil {
			yield(Interval{from, to})
			return
		}
		var joined Interval
		for _, in := range h.touching(from, to) {
			in.Start, in.End = later(in.Start, from), earlier(in.End, to)
			switch {
			case !in.Start.Before(in.End):
			case joined.End.Equal(in.Start):
				joined.End = in.End
			default:
				if !joined.End.IsZero() && !yield(joined) {
					return
				}
				joined = in
			}
		}
		if !joined.End.IsZero() {
			yield(joined)
		}
	}
}

// Open reports whether an instant is open.
func (h *Hours) Open(at time.Time) bool {
	if h == nil {
		return true
	}
	_, open := h.around(at)
	return open
}

// around is the stretch that an instant lies in, and the day it begins on.
func (h *Hours) around(at time.Time) (Date, bool) {
	for d, in := range h.touching(at, at) {
		if !at.Before(in.Start) && at.Before(in.End) {
			return d, true
		}
	}
	return 0, false
}

// Next is the first open instant at or after another: at itself where that is open. It is false where nothing opens within
// 10 years.
func (h *Hours) Next(at time.Time) (time.Time, bool) {
	if h == nil {
		return at, true
	}
	for _, in := range h.after(at) {
		return later(at, in.Start), true
	}
	return time.Time{}, false
}

// Until is when the open time that an instant lies in ends. It is false where the instant is closed, and where nothing closes
// within 10 years; Open tells which.
func (h *Hours) Until(at time.Time) (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	var end time.Time
	for _, in := range h.after(at) {
		switch {
		case end.IsZero() && in.Start.After(at):
			return time.Time{}, false
		case !end.IsZero() && in.Start.After(end):
			return end, true
		}
		end = in.End
	}
	if end.IsZero() || DateOf(end) >= DateOf(at)+horizon {
		return time.Time{}, false
	}
	return end, true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
