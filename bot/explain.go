package bot

import (
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// LengthName words the length of a target that is counted in hours, nil for around the clock: 1 day, 24 hours, 2 business days.
func LengthName(of incident.Length, h *calendar.Hours, l lang.Lang) string {
	if of.Days > 0 {
		return lang.BusinessDays(l, of.Days)
	}
	return openTime(of.Open, h, l)
}

// openTime words a length of time that passes in hours: a day would be read as one of 24 hours.
func openTime(d time.Duration, h *calendar.Hours, l lang.Lang) string {
	if h != nil {
		return lang.Hours(l, d)
	}
	return lang.Span(l, d)
}

// WhyDue words why a deadline is when it is: how long is given from when, in which hours, which days of those were closed, what
// a raise or a hold did to it, and which policy set it.
func WhyDue(i *incident.Incident, c *incident.Clock, l lang.Lang, now time.Time, zone *time.Location) string {
	when := func(t time.Time) string { return lang.DateTime(l, t, now, zone) }
	say := func(id string, args lang.Args) string { return lang.Text(l, id, args) }
	if c.Term.IsZero() {
		return say("target.named", lang.Args{"Policy": c.Policy})
	}
	h := i.HoursOf(c)
	args := lang.Args{"Length": LengthName(c.Term, h, l), "From": when(i.CountsFrom(c))}
	out := []string{say("target.always", args)}
	if h != nil {
		args["Hours"], args["Zone"] = h.Name, h.Zone
		out[0] = say("target.hours", args)
		if days := closedBetween(h, c.Start, c.Due); len(days) > 0 {
			out = append(out, say("target.closed", lang.Args{"Days": strings.Join(days, ", ")}))
		}
	}
	if c.Raised(h) {
		out = append(out, say("target.raised", nil))
	}
	if c.Stood > 0 {
		out = append(out, say("target.stood", lang.Args{"Span": openTime(c.Stood, h, l)}))
	}
	return strings.Join(append(out, say("target.policy", lang.Args{"Policy": c.Policy})), say("target.between", nil))
}

// closedBetween lists the days from one instant to another that would be open but for a holiday or an exception.
func closedBetween(h *calendar.Hours, from, to time.Time) []string {
	first, last := calendar.DateOf(from.In(h.Location())), calendar.DateOf(to.In(h.Location()))
	var out []string
	for _, d := range h.Closed {
		own := slices.ContainsFunc(h.Except, func(e calendar.Exception) bool { return e.Date == d })
		if first <= d && d <= last && len(h.Week[d.Weekday()]) > 0 && !own {
			out = append(out, d.String())
		}
	}
	return out
}
