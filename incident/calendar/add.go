package calendar

import "time"

// Add is the instant at which d of open time has passed since another. One that is reached as the service closes is the moment
// of closing, not the next opening; nothing, or less, has passed at once, even where that is closed. It is false where d is
// not reached within 10 years.
func (h *Hours) Add(from time.Time, d time.Duration) (time.Time, bool) {
	if d <= 0 {
		return from, true
	}
	if h == nil {
		return from.Add(d), true
	}
	for _, in := range h.after(from) {
		start := later(from, in.Start)
		open := in.End.Sub(start)
		if d <= open {
			return start.Add(d).In(from.Location()), true
		}
		d -= open
	}
	return time.Time{}, false
}

// Between is the open time between two instants, exactly and as it elapsed. It is 0 where b does not come after a.
func (h *Hours) Between(a, b time.Time) time.Duration {
	if !a.Before(b) {
		return 0
	}
	if h == nil {
		return b.Sub(a)
	}
	var open time.Duration
	for _, in := range h.touching(a, b) {
		if took := earlier(b, in.End).Sub(later(a, in.Start)); took > 0 {
			open += took
		}
	}
	return open
}

// AddDays is the same local time on the n-th business day after another instant. A business day is one on which something
// opens; the first day is not counted, as Japan's Civil Code (art. 140) and Regulation (EEC, Euratom) 1182/71 (art. 3) have it.
// What comes while the service is closed counts from when it opens next, as in Add: Saturday noon and 1 day is Tuesday
// morning. After midnight within a night's span it is still that night's day. Where the time is not open on the day it falls on,
// it is the closing before it, or that day's opening where there is none: so what came at 15:00 is due at 12:00 on a
// day that closes then. Around the clock a day is 24 hours. It is false where the day is not reached within 10 years.
func (h *Hours) AddDays(from time.Time, n int) (time.Time, bool) {
	if n <= 0 {
		return from, true
	}
	if h == nil {
		return from.Add(time.Duration(n) * 24 * time.Hour), true
	}
	start, ok := h.Next(from)
	if !ok {
		return time.Time{}, false
	}
	zone := h.Location()
	first, _ := h.around(start)
	clock := start.In(zone)
	_, offset := clock.Zone()
	sinceMidnight := clock.Unix() + int64(offset) - int64(first)*secondsADay

	var due time.Time
	day := first
	for d, in := range h.raw(first+1, first+horizon) {
		switch {
		case d == day: // one more stretch of the day that has been reached, or of one before it
		case n == 0:
			return due.In(from.Location()), true
		default:
			n, day, due = n-1, d, in.Start
		}
		if n == 0 {
			same := firstShown(int64(d)*secondsADay+sinceMidnight, zone).Add(time.Duration(clock.Nanosecond()))
			if !same.Before(in.Start) {
				due = earlier(same, in.End)
			}
		}
	}
	return due.In(from.Location()), n == 0
}
