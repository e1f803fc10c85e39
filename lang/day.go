package lang

import "time"

// ParseDay reads a text that is nothing but a day to come (2026-12-15, 12/15, 12月15日(火)まで, by Friday, 明日), with a clock time
// or without, and gives midnight UTC of it. Days without a year, month or date mean what they mean to ParseFuture. A milestone
// (the next release, 次期リリース) is no day; nor is a length of time.
func ParseDay(text string, now time.Time, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		zone = time.UTC
	}
	s := newScan(text)
	i := s.spaces(0)
	if j, ok := s.word(i, "by", "until", "till", "before", "on", "next"); ok {
		i = s.spaces(j)
	}
	w, j, ok := s.when(i)
	if !ok || !w.dated {
		d, k, found := s.day(i)
		if !found {
			return time.Time{}, false
		}
		w, j = when{date: d, dated: true, clock: clock{hour: 23, minute: 59}}, s.bracketedWeekday(k)
	}
	if k, ok := s.word(s.spaces(j), "までに", "まで", "中に", "中", "頃", "ごろ"); ok {
		j = k
	}
	t, ok := w.earliest(now, zone)
	if !ok || s.rest(j) != "" || !representable(t) {
		return time.Time{}, false
	}
	y, m, d := t.In(w.zone(zone)).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), true
}
