package wording

import (
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// Length words the length of a target that is counted in hours, nil for around the clock: 1 day, 24 hours, 2 business days.
func Length(of incident.Length, h *calendar.Hours, l lang.Lang) string {
	if of.Days > 0 {
		return lang.BusinessDays(l, of.Days)
	}
	return OpenTime(of.Open, h, l)
}

// OpenTime words a length of time that passes in hours: a day would be read as one of 24 hours.
func OpenTime(d time.Duration, h *calendar.Hours, l lang.Lang) string {
	if h != nil {
		return lang.Hours(l, d)
	}
	return lang.Span(l, d)
}

// List joins words as the language does.
func List(items []string, l lang.Lang) string {
	return strings.Join(items, lang.Text(l, "bot.comma", nil))
}

// Week words the hours of a week: Mon–Fri 09:00-18:00, Sat 10:00-12:00. Around the clock is all of it.
func Week(h *calendar.Hours, l lang.Lang) string {
	if h == nil {
		return lang.Text(l, "target.around", nil)
	}
	day := func(n int) string { return lang.Text(l, "target.weekday_"+calendar.DayName(time.Weekday(n%7)), nil) }
	same := func(a, b int) bool { return slices.Equal(h.Week[a%7], h.Week[b%7]) }
	var out []string
	for from := 1; from <= 7; { // Monday first
		to := from
		for to < 7 && same(from, to+1) {
			to++
		}
		days := day(from)
		if to > from {
			days = lang.Text(l, "target.weekdays", lang.Args{"From": days, "To": day(to)})
		}
		if from == 1 && to == 7 {
			days = lang.Text(l, "target.daily", nil)
		}
		if spans := calendar.SpansText(h.Week[from%7]); spans != "" {
			out = append(out, days+" "+spans)
		}
		from = to + 1
	}
	if len(out) == 0 {
		return lang.Text(l, "target.exceptions", nil)
	}
	return List(out, l)
}
