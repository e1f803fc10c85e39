package main

import (
	"fmt"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/lang"
)

// gapsAhead is how far ahead gaps of schedules are looked for.
const gapsAhead = 14 * 24 * time.Hour

// checkCalls warns of steps of escalations that nobody can be called for: nobody is named, or nobody will be on call.
func (w World) checkCalls(c Config, now time.Time, l lang.Lang) {
	warn := func(id string, args lang.Args) { _, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, id, args)) }
	schedules := map[string]*oncall.Schedule{}
	all := c.schedules(func(name string) incident.PersonID { return incident.PersonID(name) })
	for n := range all {
		schedules[all[n].Name] = &all[n]
	}
	told := map[string]bool{}
	for _, e := range c.ladders(func(name string) incident.PersonID { return incident.PersonID(name) }) {
		for n, s := range e.Steps {
			for _, t := range s.Targets {
				args := lang.Args{"Name": e.ID, "Step": n + 1}
				switch {
				case t.Kind == incident.ToManagers && len(c.Managers) == 0:
					warn("cli.calls_managers", args)
				case (t.Kind == incident.ToNext || t.Kind == incident.ToOnCall && t.Name == "") && len(c.OnCall) == 0:
					warn("cli.calls_on_call", args)
				case t.Kind == incident.ToOnCall && schedules[t.Name] != nil && !told[t.Name]:
					told[t.Name] = true
					if gaps := c.gaps(schedules[t.Name], now, l); gaps != "" {
						args["Schedule"], args["Gaps"] = t.Name, gaps
						warn("cli.calls_gaps", args)
					}
				}
			}
		}
	}
	if !c.Mail.On() && len(c.Gateways) == 0 {
		return
	}
	for _, name := range c.called() {
		for _, m := range c.People {
			if (m.Name == name || m.Email == name) && len(m.Ways) == 0 && (m.Email == "" || !c.Mail.On()) {
				warn("cli.calls_chat_only", lang.Args{"Name": m.Name})
			}
		}
	}
}

// gaps words the times at which nobody is on call by a schedule, three at most.
func (c *Config) gaps(s *oncall.Schedule, now time.Time, l lang.Lang) string {
	var out []string
	for n, g := range s.Gaps(now, now.Add(gapsAhead)) {
		if n == 3 {
			out = append(out, "…")
			break
		}
		out = append(out, lang.DateTime(l, g.From, now, c.zone())+" – "+lang.DateTime(l, g.To, now, c.zone()))
	}
	return strings.Join(out, ", ")
}
