package bot

import (
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/wording"
)

// WhyDue words why a deadline is when it is: how long is given from when, in which hours, which days of those were closed, what
// a raise or a hold did to it, what others run beside it, and which policy set it. It is plain text.
func (v View) WhyDue(i *incident.Incident, c *incident.Clock) string {
	x := explanation{v, i, c, i.HoursOf(c)}
	if c.Term.IsZero() {
		return strings.Join(append(x.named(), x.policy()), x.text("target.between"))
	}
	out := []string{x.counted()}
	closed, others := wording.Days(x.h, v.Policy.DayNames, i.CountsFrom(c), c.Due, v.Now, v.Lang)
	if len(closed) > 0 {
		out = append(out, x.text("target.closed", "Days", wording.Several(closed, v.Lang)))
	}
	if len(others) > 0 {
		out = append(out, x.text("target.other_hours", "Days", wording.Several(others, v.Lang)))
	}
	out = append(out, x.raised()...)
	out = append(out, x.stood()...)
	return strings.Join(append(out, x.policy()), x.text("target.between"))
}

// explanation is a deadline that is explained. Its hours are those of the incident; what days are called, the policy in force knows.
type explanation struct {
	View
	i *incident.Incident
	c *incident.Clock
	h *calendar.Hours
}

func (x explanation) policy() string { return x.text("target.policy", "Policy", x.c.Policy) }

// counted says how long is given, from what, and in which hours.
func (x explanation) counted() string {
	from := x.i.CountsFrom(x.c)
	args := []any{"Length", wording.Length(x.c.Term, x.h, x.Lang), "From", x.when(from)}
	if origin := x.origin(from); origin != "" {
		args[3] = x.text("target.from_"+origin, "Time", x.when(from))
	}
	if x.h == nil {
		return x.text("target.always", args...)
	}
	return x.text("target.hours", append(args, "Hours", x.h.Name, "Week", wording.Week(x.h, x.Lang), "Zone", x.h.Zone)...)
}

// origin is what happened when a clock began to count, "" where nothing is known that did.
func (x explanation) origin(from time.Time) string {
	if x.c.Kind == incident.NextUpdate {
		if x.i.Last != nil && x.i.Last.At.Equal(from) {
			return "update"
		}
		return ""
	}
	for _, o := range []struct {
		at   time.Time
		what string
	}{{x.i.Occurred.At, "occurred"}, {x.i.Reported, "reported"}, {x.i.Detected, "detected"}, {x.i.Opened, "opened"}} {
		if !o.at.IsZero() && o.at.Equal(from) && (o.what != "occurred" || x.c.Kind == incident.Restoration) {
			return o.what
		}
	}
	return ""
}

// raised says what a change of the priority did.
func (x explanation) raised() []string {
	kept := x.c.Raised(x.h) && !x.i.Raised.IsZero()
	switch aim, targeted := x.aim(); {
	case kept:
		return []string{x.text("target.raised", "Time", x.when(x.i.Raised), "Priority", PriorityName(x.i.Priority, x.Lang))}
	case targeted && x.c.Met.IsZero() && x.c.Missed.IsZero() && aim != x.c.Term:
		return []string{x.text("target.earlier", "Length", wording.Length(aim, x.i.Aims().Hours, x.Lang), "Priority", PriorityName(x.i.Priority, x.Lang))}
	}
	return nil
}

// aim is the target of the priority that the incident has now, for the clocks of which a raise keeps the earlier time.
func (x explanation) aim() (incident.Length, bool) {
	return x.i.Targets.Restore, x.c.Kind == incident.Restoration && !x.i.Targets.Restore.IsZero()
}

// stood says when the clock stood still, that it does now, and that a hold which is on does not stop it.
func (x explanation) stood() (out []string) {
	if x.c.Stood > 0 {
		var when []string
		for _, p := range x.c.Pauses {
			when = append(when, x.text("target.pause", "From", x.when(p.From), "To", x.when(p.To)))
		}
		args := []any{"Span", wording.OpenTime(x.c.Stood, x.h, x.Lang), "When", wording.Several(when, x.Lang)}
		out = append(out, x.text("target.stood", args...))
	}
	hold := x.i.Hold
	switch {
	case !x.c.Paused.IsZero():
		out = append(out, x.text("target.stands", "Time", x.when(x.c.Paused)))
	case hold != nil && x.c.Met.IsZero() && x.c.Kind == incident.Restoration:
		out = append(out, x.text("target.runs_on", "For", words(x.Lang, "bot.hold_", hold.For)))
	}
	return out
}

// named explains a time that somebody named, by the wall clock.
func (x explanation) named() []string {
	hold := x.i.Hold
	switch {
	case x.c.Kind == incident.NextUpdate && x.c.Audience != "":
		said := x.when(x.c.Start)
		if k := slices.IndexFunc(x.i.Told, func(t incident.Told) bool { return t.Audience == x.c.Audience }); k >= 0 {
			said = x.when(x.i.Told[k].At)
		}
		return []string{x.text("target.promised", "Audience", audienceName(x.c.Audience, x.Lang), "Time", said)}
	case x.c.Kind == incident.HoldReview && hold != nil:
		return []string{x.text("target.review", "For", words(x.Lang, "bot.hold_", hold.For), "Time", x.when(hold.Since))}
	case x.c.Kind == incident.VendorPromise && hold != nil:
		return x.vendor(hold)
	}
	return []string{x.text("target.named")}
}

// vendor explains what others promised: it runs beside our own clocks.
func (x explanation) vendor(hold *incident.Hold) []string {
	out := []string{x.text("target.vendor", "For", words(x.Lang, "bot.hold_", hold.For), "Time", x.when(hold.Since))}
	for _, p := range []struct{ id, text string }{{"target.ticket", hold.Ticket}, {"target.contact", hold.Contact}} {
		if p.text != "" {
			out = append(out, x.text(p.id, "Text", unmention(p.text, x.Names)))
		}
	}
	if hold.Stops {
		return append(out, x.text("target.vendor_stops"))
	}
	return append(out, x.text("target.vendor_beside"))
}
