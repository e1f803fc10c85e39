package lang

import (
	"strings"
	"time"
)

// weekdayJA is the one-character name of a weekday.
func weekdayJA(w time.Weekday) string {
	return [...]string{"日", "月", "火", "水", "木", "金", "土"}[w]
}

// local shows t in the zone; nil is UTC.
func local(t time.Time, zone *time.Location) time.Time {
	if zone == nil {
		return t.UTC()
	}
	return t.In(zone)
}

// Clock writes the time of day: 14:35 in both languages. The language is asked for
// all the same, so that a caller need not know that.
func Clock(_ Lang, t time.Time, zone *time.Location) string {
	return local(t, zone).Format("15:04")
}

// Date writes the day with its weekday: 2026年11月21日(土), Sat 21 Nov 2026.
func Date(l Lang, t time.Time, zone *time.Location) string {
	t = local(t, zone)
	if l == EN {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("2006年1月2日") + "(" + weekdayJA(t.Weekday()) + ")"
}

// Day is Date without the year where it is that of now: 11月21日(土), Sat 21 Nov.
func Day(l Lang, t, now time.Time, zone *time.Location) string {
	if local(t, zone).Year() != local(now, zone).Year() {
		return Date(l, t, zone)
	}
	t = local(t, zone)
	if l == EN {
		return t.Format("Mon 2 Jan")
	}
	return t.Format("1月2日") + "(" + weekdayJA(t.Weekday()) + ")"
}

// DateTime writes day and time, short: 11月21日 14:35, 21 Nov 14:35. The year is
// added when it is not the year of now in that zone.
func DateTime(l Lang, t, now time.Time, zone *time.Location) string {
	t = local(t, zone)
	sameYear := t.Year() == local(now, zone).Year()
	switch {
	case l == EN && sameYear:
		return t.Format("2 Jan 15:04")
	case l == EN:
		return t.Format("2 Jan 2006 15:04")
	case sameYear:
		return t.Format("1月2日 15:04")
	}
	return t.Format("2006年1月2日 15:04")
}

// DayTime is DateTime with the day of the week, for what is planned by weeks: 11月21日(土) 14:35, Sat 21 Nov 14:35.
func DayTime(l Lang, t, now time.Time, zone *time.Location) string {
	t = local(t, zone)
	if l == EN {
		return t.Format("Mon ") + DateTime(l, t, now, zone)
	}
	day, clock, _ := strings.Cut(DateTime(l, t, now, zone), " ")
	return day + "(" + weekdayJA(t.Weekday()) + ") " + clock
}

// When writes a moment as DateTime does, with 頃 or about if it is approximate. It
// is what a typed time is echoed with.
func When(l Lang, m Moment, now time.Time, zone *time.Location) string {
	text := DateTime(l, m.At, now, zone)
	if m.Approx {
		return About(l, text)
	}
	return text
}

// About marks a written time as approximate: 14:35頃, about 14:35.
func About(l Lang, text string) string {
	return Text(l, "time.about", Args{"Text": text})
}

// Stamp writes an instant so that it can be read in one way only, for reports and
// records in any language: 2026-11-21 14:35 JST. Zones without a name show their
// offset.
func Stamp(t time.Time, zone *time.Location) string {
	return local(t, zone).Format("2006-01-02 15:04 MST")
}
