package web

import (
	"slices"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/wording"
	"matoi/lang"
)

// clockView is a deadline with the reason for it: the rule, from where it counts, for how long it stood still, and who
// ended it.
type clockView struct {
	incident.Clock
	Name    string
	Rule    string
	From    time.Time     // from where it counts, whatever it stood still
	Raised  bool          // it counts anew from a raise of the priority
	Stood   time.Duration // in all, the pause that lasts included
	Stopper incident.Event
	Stopped bool // Stopper is known
	hours   *calendar.Hours
}

// shownClocks are the targets people see, the running ones first by what is due next.
func shownClocks(rd *reader, view bot.View, i *incident.Incident, r record) []clockView {
	var out []clockView
	for _, c := range i.Clocks {
		switch c.Kind {
		case incident.AskNext, incident.Delegate, incident.Relief:
			continue
		}
		if !c.Due.IsZero() {
			out = append(out, explained(rd, view, i, c, r))
		}
	}
	slices.SortStableFunc(out, func(a, b clockView) int {
		if ar, br := a.Met.IsZero(), b.Met.IsZero(); ar != br {
			if ar {
				return -1
			}
			return 1
		}
		return a.Due.Compare(b.Due)
	})
	return out
}

func explained(rd *reader, view bot.View, i *incident.Incident, c incident.Clock, r record) clockView {
	v := clockView{Clock: c, Name: bot.ClockName(c.Kind, rd.Lang), From: i.CountsFrom(&c), Stood: c.Stood, hours: i.HoursOf(&c)}
	if c.Audience != "" {
		v.Name = rd.T("page.clock_for", "Clock", v.Name, "Audience", audienceWord(rd, c.Audience))
	}
	if !c.Paused.IsZero() && rd.Now.After(c.Paused) {
		v.Stood += v.hours.Between(c.Paused, rd.Now)
	}
	v.Raised = !c.Base.IsZero() && c.Raised(v.hours) && !i.Raised.IsZero()
	v.Rule = rule(rd, i, c)
	if v.hours != nil {
		v.Rule += " — " + view.WhyDue(i, &c)
	}
	v.Stopper, v.Stopped = r.stopper(c)
	return v
}

// rule words why a clock runs at all.
func rule(rd *reader, i *incident.Incident, c incident.Clock) string {
	span := rd.Span(c.Due.Sub(c.Start))
	if !c.Term.IsZero() {
		span = wording.Length(c.Term, i.HoursOf(&c), rd.Lang)
	}
	switch c.Kind {
	case incident.Response:
		return rd.T("page.rule_response", "Span", span)
	case incident.Restoration:
		return rd.T("page.rule_restoration", "Span", span)
	case incident.FirstNotice:
		return rd.T("page.rule_first_notice", "Span", span)
	case incident.CustomerNotice:
		return rd.T("page.rule_customer_notice", "Span", span)
	case incident.NextUpdate:
		if i.Last != nil && i.Last.Promised && i.Last.Next.Equal(c.Due) || c.Audience != "" {
			return rd.T("page.rule_promised")
		}
		return rd.T("page.rule_next_update", "Span", span)
	case incident.HoldReview:
		return rd.T("page.rule_hold_review")
	case incident.VendorPromise:
		return rd.T("page.rule_vendor_promise")
	}
	return rd.T("page.rule_confirmation", "Span", span)
}

// stopper is the entry that ended a clock: the deed it waited for, at the time at which it ended.
func (r record) stopper(c incident.Clock) (incident.Event, bool) {
	if c.Met.IsZero() || c.Dropped {
		return incident.Event{}, false
	}
	for k := len(r.events) - 1; k >= 0; k-- {
		e := r.events[k]
		switch f := e.Fact.(type) {
		case *incident.RestorationDeclared:
			if c.Kind == incident.Restoration && (f.Since.At.Equal(c.Met) || e.At.Equal(c.Met)) {
				return e, true
			}
			continue
		case *incident.Published:
			if c.Kind == incident.Restoration || c.Kind == incident.HoldReview || c.Kind == incident.VendorPromise {
				continue
			}
		default:
			switch c.Kind {
			case incident.FirstNotice, incident.CustomerNotice, incident.NextUpdate, incident.Restoration:
				continue
			}
		}
		if e.At.Equal(c.Met) && e.By != "" {
			return e, true
		}
	}
	return incident.Event{}, false
}

// share is how much of a clock's time is used up, in percent.
func share(c clockView, now time.Time) int {
	whole := c.hours.Between(c.Start, c.Due)
	if whole <= 0 {
		return 100
	}
	if !c.Paused.IsZero() {
		now = c.Paused
	}
	return int(min(100*c.hours.Between(c.Start, now)/whole, 100))
}

// outcomeWord words how a clock stands, by how much it was met or missed.
func outcomeWord(rd *reader, c clockView) string {
	switch {
	case c.Dropped:
		return rd.T("page.clock_dropped")
	case !c.Met.IsZero() && c.Met.After(c.Due):
		return rd.T("page.clock_late", "Span", rd.Span(c.Met.Sub(c.Due)))
	case !c.Met.IsZero():
		return rd.T("page.clock_met", "Span", rd.Span(c.Due.Sub(c.Met)))
	case !c.Paused.IsZero():
		return rd.T("page.clock_paused")
	case !c.Due.After(rd.Now):
		return rd.T("page.clock_over", "Span", rd.Span(rd.Now.Sub(c.Due)))
	}
	return rd.T("page.clock_left", "Span", rd.Span(c.Due.Sub(rd.Now)))
}

// audienceWord and updateWord are the words of updates; what configuration made up stands for itself.
func audienceWord(rd *reader, audience string) string {
	if id := "update.audience_" + audience; lang.Has(rd.Lang, id) {
		return lang.Text(rd.Lang, id, nil)
	}
	return audience
}

func updateWord(rd *reader, sort string) string {
	if id := "update.sort_" + sort; lang.Has(rd.Lang, id) {
		return lang.Text(rd.Lang, id, nil)
	}
	return sort
}
