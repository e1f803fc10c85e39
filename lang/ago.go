package lang

import (
	"strings"
	"time"
)

// Ago says how long before now something was: たった今, 10分前, 3時間前, 2日前; just
// now, 10 minutes ago. It counts full units, so "1 hour ago" is never less. A
// negative d is to come: まもなく, 10分後; in 10 minutes. Minutes are rounded, because a
// promise of half an hour should not read "in 29 minutes" a second after it was made;
// hours and days are full ones but for such a moment, because a deadline must not
// seem farther than it is.
func Ago(l Lang, d time.Duration) string {
	switch {
	case d <= -day+30*time.Minute:
		return numbered(l, "time.in_days", d-30*time.Minute, day)
	case d <= -time.Hour+5*time.Minute:
		return numbered(l, "time.in_hours", d-5*time.Minute, time.Hour)
	case d <= -30*time.Second:
		return numbered(l, "time.in_minutes", d.Round(time.Minute), time.Minute)
	case d < 0:
		return Text(l, "time.soon", nil)
	case d < time.Minute:
		return Text(l, "time.just_now", nil)
	case d < time.Hour:
		return numbered(l, "time.minutes_ago", d, time.Minute)
	case d < day:
		return numbered(l, "time.hours_ago", d, time.Hour)
	}
	return numbered(l, "time.days_ago", d, day)
}

// numbered fills a text with the number of full units, without sign.
func numbered(l Lang, id string, d, unit time.Duration) string {
	n := int64(d / unit)
	if n < 0 {
		n = -n
	}
	return Text(l, id, Args{"N": n})
}

// Span says how long something took: 45秒, 25分, 1時間25分, 2日3時間; 45 s, 25 min,
// 1 h 25 min, 2 days 3 h. From a minute on full minutes count. A negative span
// has a minus sign.
func Span(l Lang, d time.Duration) string { return span(l, d, true) }

// Hours says it without days: 24時間, 30 h 25 min. It is for time that is counted in office hours, of which a day has fewer.
func Hours(l Lang, d time.Duration) string { return span(l, d, false) }

func span(l Lang, d time.Duration, days bool) string {
	sign := ""
	if d < 0 {
		sign = "−"
		d = max(-d, 0) // the smallest Duration has no positive twin
	}
	if d < time.Minute {
		return sign + numbered(l, "time.span_seconds", d, time.Second)
	}
	var parts []string
	for _, p := range []struct {
		id   string
		unit time.Duration
	}{
		{"time.span_days", day},
		{"time.span_hours", time.Hour},
		{"time.span_minutes", time.Minute},
	} {
		if d >= p.unit && (days || p.unit != day) {
			parts = append(parts, numbered(l, p.id, d, p.unit))
			d %= p.unit
		}
	}
	if l == EN {
		return sign + strings.Join(parts, " ")
	}
	return sign + strings.Join(parts, "")
}
