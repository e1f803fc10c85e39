package lang

import "time"

// wall is a date with a clock, not yet an instant: what a calendar and a clock on
// the wall show.
type wall struct {
	year  int
	month time.Month
	day   int
	clock clock
}

func wallOf(t time.Time, c clock) wall {
	y, m, d := t.Date()
	return wall{y, m, d, c}
}

func (w wall) addDays(n int) wall {
	w.day += n
	return w
}

// valid tells whether the day exists: not 2/30, not 13/1.
func (w wall) valid() bool {
	t := time.Date(w.year, w.month, w.day, 12, 0, 0, 0, time.UTC)
	return t.Year() == w.year && t.Month() == w.month && t.Day() == w.day
}

// instants places the wall time in its zone. Where clocks go back there are two,
// early and late; where they go forward the missing hour is counted on from
// before the change (02:30 is shown as 03:30). time.Date leaves both cases open.
func (w wall) instants(zone *time.Location) (early, late time.Time) {
	if w.clock.zone != nil {
		zone = w.clock.zone
	}
	c := w.clock
	utc := time.Date(w.year, w.month, w.day, c.hour, c.minute, c.second, c.nano, time.UTC)
	_, before := utc.Add(-26 * time.Hour).In(zone).Zone()
	_, after := utc.Add(26 * time.Hour).In(zone).Zone()
	a, b := utc.Add(-time.Duration(before)*time.Second), utc.Add(-time.Duration(after)*time.Second)
	shows := func(t time.Time) bool {
		_, offset := t.In(zone).Zone()
		return t.Add(time.Duration(offset) * time.Second).Equal(utc)
	}
	switch aShows, bShows := shows(a), shows(b); {
	case aShows && bShows && a.Before(b):
		return a, b
	case aShows && bShows:
		return b, a
	case bShows:
		return b, b
	}
	return a, a
}
