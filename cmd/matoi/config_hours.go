package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"matoi/incident/calendar"
	"matoi/lang"
)

// OpenHours are hours of the week, by days: mon-fri: "09:00-18:00", sat: "10:00-12:00", daily: "22:00-06:00". Days that are
// not named are closed.
type OpenHours map[string]string

// weekdays are the days of the week as the configuration has them, Sunday first.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// days reads mon, mon-fri, fri-mon, "mon, wed" or daily.
func days(word string) ([]time.Weekday, bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	if word == "daily" {
		word = "sun-sat"
	}
	var out []time.Weekday
	for part := range strings.SplitSeq(word, ",") {
		first, last, ranges := strings.Cut(part, "-")
		from := slices.Index(weekdays(), strings.TrimSpace(first))
		to := from
		if ranges {
			to = slices.Index(weekdays(), strings.TrimSpace(last))
		}
		if from < 0 || to < 0 {
			return nil, false
		}
		for n := range (to-from+7)%7 + 1 {
			out = append(out, time.Weekday((from+n)%7))
		}
	}
	return out, true
}

// hours are open hours as the rules know them, nil where none are named. What can't be read is left out: checkHours has
// complained about it.
func (c *Config) hours(h OpenHours, zone *time.Location) *calendar.Hours {
	if len(h) == 0 {
		return nil
	}
	out := &calendar.Hours{Zone: zone.String()}
	for _, word := range sortedNames(h) {
		which, _ := days(word)
		spans, _ := calendar.ParseSpans(h[word])
		for _, day := range which {
			out.Week[day] = spans
		}
	}
	return out
}

func (c *Config) checkHours(t *tree, key string, h OpenHours) {
	seen := map[time.Weekday]bool{}
	before := len(t.mistakes)
	for _, word := range sortedNames(h) {
		which, ok := days(word)
		if !ok {
			t.wrong(join(key, word), "oncall.config_days", lang.Args{"Word": word})
		}
		for _, day := range which {
			if seen[day] {
				t.wrong(join(key, word), "config.twice", lang.Args{"Word": weekdays()[day]})
			}
			seen[day] = true
		}
		if _, err := calendar.ParseSpans(h[word]); err != nil {
			t.wrong(join(key, word), "oncall.config_spans", lang.Args{"Word": h[word]})
		}
	}
	if len(t.mistakes) > before || len(h) == 0 {
		return
	}
	if wrong, ok := errors.AsType[*calendar.Invalid](c.hours(h, c.zone()).Validate()); ok {
		t.wrong(key, "oncall.config_hours_"+wrong.Why, lang.Args{"Word": wrong.Word})
	}
}
