package ics

import (
	"strconv"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// moment is a time as a file has it: what a clock on the wall shows, and where that wall stands.
type moment struct {
	line int
	wall time.Time // as if it were UTC
	date bool      // a whole day
	tzid string    // empty: UTC, or where the reader is
	utc  bool
	zone *time.Location // of tzid, once all zones of the file are known
}

// in is the zone of a moment; floating ones and days are where the reader is.
func (m moment) in(local *time.Location) *time.Location {
	switch {
	case m.utc:
		return time.UTC
	case m.zone != nil:
		return m.zone
	}
	return local
}

// at is the instant.
func (m moment) at(local *time.Location) time.Time { return shown(m.wall, m.in(local)) }

// shown is the first instant at which the clocks of a zone show a wall time or a later one.
func shown(wall time.Time, zone *time.Location) time.Time {
	return calendar.DateOf(wall).At(wall.Hour()*60+wall.Minute(), zone).Add(time.Duration(wall.Second()) * time.Second)
}

// wallOf is what the clocks of a zone show at an instant.
func wallOf(at time.Time, zone *time.Location) time.Time {
	t := at.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// moment reads a date or a date-time.
func (p property) moment() (moment, *LineError) {
	m, ok := readMoment(p.value)
	if !ok || p.params["VALUE"] == "DATE" && !m.date {
		return m, wrong(p.line, "%s: %.40q is no date or time", p.name, p.value)
	}
	m.line = p.line
	if !m.date && !m.utc {
		m.tzid = p.params["TZID"]
	}
	return m, nil
}

// moments reads a list of them; a period counts from its beginning.
func (p property) moments() (out []moment, fault *LineError) {
	for value := range strings.SplitSeq(p.value, ",") {
		one := p
		one.value, _, _ = strings.Cut(value, "/")
		m, fault := one.moment()
		if fault != nil {
			return nil, fault
		}
		out = append(out, m)
	}
	return out, nil
}

func readMoment(s string) (m moment, ok bool) {
	s = strings.TrimSpace(s)
	var err error
	switch len(s) {
	case len("20060102"):
		m.date = true
		m.wall, err = time.Parse("20060102", s)
	case len("20060102T150405"):
		m.wall, err = time.Parse("20060102T150405", s)
	default:
		m.utc = true
		m.wall, err = time.Parse("20060102T150405Z", s)
	}
	return m, err == nil && m.wall.Year() > 0
}

// length is how long an event takes: some of it by the clock on the wall, which a change of clocks stretches, and some exactly.
type length struct{ wall, exact time.Duration }

// readLength reads P1D, PT12H, P1DT12H30M, P2W. Days and weeks are by the wall, the rest is exact (RFC 5545, 3.3.6).
func readLength(s string) (length, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	date, clock, _ := strings.Cut(s, "T")
	rest, ok := strings.CutPrefix(date, "P")
	days, okDays := sum(rest, map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour})
	exact, okExact := sum(clock, map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second})
	return length{days, exact}, ok && okDays && okExact && s != "P"
}

// sum adds numbers with units, at most 9,999 of each.
func sum(s string, units map[byte]time.Duration) (total time.Duration, ok bool) {
	for s != "" {
		end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 || end > 4 {
			return 0, false
		}
		n, err := strconv.Atoi(s[:end])
		unit, known := units[s[end]]
		if err != nil || !known {
			return 0, false
		}
		total, s = total+time.Duration(n)*unit, s[end+1:]
	}
	return total, true
}
