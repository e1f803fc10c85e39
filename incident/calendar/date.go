package calendar

import (
	"fmt"
	"time"
)

const secondsADay = 24 * 60 * 60

// Date is a civil day without a zone, as days since 1970-01-01. Days are compared, counted and added as numbers.
type Date int32

// DateOf is the day that the local clock of at's own zone shows.
func DateOf(at time.Time) Date {
	_, offset := at.Zone()
	return Date(floorDiv(at.Unix()+int64(offset), secondsADay))
}

// DateAt is the day of a calendar sheet; days and months out of their range carry over, as in time.Date.
func DateAt(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// ParseDate reads a day as 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is no day: write it as 2026-12-29", s)
	}
	return DateOf(t), nil
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(floorMod(int64(d)+int64(time.Thursday), 7)) // 1970-01-01 was a Thursday
}

// Year is the year of the day.
func (d Date) Year() int { return d.utc().Year() }

// Month is the month of the day.
func (d Date) Month() time.Month { return d.utc().Month() }

// Day is the day of the month.
func (d Date) Day() int { return d.utc().Day() }

// At is the instant of a local time of the day, in minutes after midnight, also past 24:00: the first at which the clocks
// of the zone show that time or a later one.
func (d Date) At(minute int, zone *time.Location) time.Time {
	return firstShown(int64(d)*secondsADay+int64(minute)*60, zone)
}

// String writes the day as 2006-01-02.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes the day as 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// firstShown is the first instant at which the clocks of a zone show a wall time (seconds since 1970 as if it were UTC) or a
// later one. No zone has ever been more than 16 hours from UTC.
func firstShown(wall int64, zone *time.Location) time.Time {
	for from := wall - 16*60*60; ; {
		at := time.Unix(from, 0).In(zone)
		_, offset := at.Zone()
		shown := max(wall-int64(offset), from)
		_, end := at.ZoneBounds()
		if end.IsZero() || shown < end.Unix() {
			return time.Unix(shown, 0).In(zone)
		}
		from = end.Unix()
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
