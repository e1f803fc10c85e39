package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident/calendar"
	"matoi/incident/wording"
	"matoi/lang"
)

// daysAhead is how far ahead closed days are listed.
const daysAhead = 90

// checkCalendars tells of each calendar whether it is open, until when or from when on, and which closed days come: whoever
// wrote it sees what was understood.
func (w World) checkCalendars(c Config, now time.Time, l lang.Lang) {
	for _, k := range c.kept() {
		h := k.hours(&c, now)
		zone := h.Location()
		args := lang.Args{"Name": k.Name, "Zone": zone.String(), "At": "–"}
		what := "cli.calendar_closed"
		if at, ok := h.Until(now); ok {
			what, args["At"] = "cli.calendar_open", lang.DayTime(l, at, now, zone)
		} else if h.Open(now) {
			what = "cli.calendar_always"
		} else if at, ok := h.Next(now); ok {
			args["At"] = lang.DayTime(l, at, now, zone)
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, what, args))
		if days := k.soon(&c, now, l); len(days) > 0 {
			_, _ = fmt.Fprintln(w.Out, "  "+lang.Text(l, "cli.calendar_days", lang.Args{"Days": strings.Join(days, ", ")}))
		}
	}
}

// soon are the closed days that come, apart from those that are closed in every week, with their names.
func (k *Calendar) soon(c *Config, now time.Time, l lang.Lang) (out []string) {
	h := k.hours(c, now)
	zone := h.Location()
	today := calendar.DateOf(now.In(zone))
	for _, day := range k.off(c, now) {
		if day.Date < today || day.Date > today+daysAhead || len(h.Week[day.Date.Weekday()]) == 0 {
			continue
		}
		if slices.ContainsFunc(h.Except, func(e calendar.Exception) bool { return e.Date == day.Date && len(e.Spans) > 0 }) {
			continue // it has hours of its own, whatever else is closed then
		}
		out = append(out, strings.TrimSpace(lang.Date(l, day.Date.At(12*60, zone), zone)+" "+wording.DayName(day.Name, l)))
	}
	return out
}
