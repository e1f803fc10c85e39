package main

import (
	"fmt"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// checkFurther tells which rules of further clocks are in force today, which come later, and how each counts: whoever wrote them
// sees what was understood. Versions that others have taken the place of are left out.
func (w World) checkFurther(c Config, now time.Time, l lang.Lang) {
	p := incident.Policy{Further: c.further(c.calendars(now), func(name string) incident.PersonID { return incident.PersonID(name) })}
	for _, r := range p.Further {
		zone := zoneOr(r.Zone, c.zone())
		in, ok := p.FurtherRule(r.ID, now)
		what := "cli.further"
		switch {
		case r.From > calendar.DateOf(now.In(zone)):
			what = "cli.further_later"
		case !ok || in.From != r.From:
			continue
		}
		t := incident.FurtherTerms{Rule: r.ID, JA: r.JA, EN: r.EN, DayOne: r.DayOne}
		if r.Hours != nil {
			t.Hours = r.Hours.Name
		}
		var stages []string
		for _, s := range r.Stages {
			stages = append(stages, bot.StageName(&incident.StageTerms{ID: s.ID, JA: s.JA, EN: s.EN}, l)+" "+bot.PeriodName(&t, s.After, s.Roll, l))
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, what, lang.Args{
			"ID": r.ID, "Name": bot.FurtherName(&t, l), "Date": r.From.String(), "Stages": strings.Join(stages, "; "), "Start": bot.StartName(r.Start, l),
		}))
		if r.Start != incident.StartAware && r.Start != incident.StartCommand && len(r.Tell) == 0 {
			_, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, "cli.further_nobody", lang.Args{"ID": r.ID}))
		}
	}
}
