package bot

import (
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// LengthName words the length of a target: 4 hours, 2 business days.
func LengthName(of incident.Length, l lang.Lang) string {
	if of.Days > 0 {
		return lang.BusinessDays(l, of.Days)
	}
	return lang.Span(l, of.Open)
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
	args := lang.Args{"Length": LengthName(c.Term, l), "From": when(i.CountsFrom(c))}
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
		out = append(out, say("target.stood", lang.Args{"Span": lang.Span(l, c.Stood)}))
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
