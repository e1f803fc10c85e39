package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// checkCalls warns of steps of escalations that nobody can be called for: nobody is named. When nobody will be on
// call is told of each schedule.
func (w World) checkCalls(c Config, l lang.Lang) {
	warn := func(id string, args lang.Args) { _, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, id, args)) }
	for _, e := range c.ladders(func(name string) incident.PersonID { return incident.PersonID(name) }) {
		for n, s := range e.Steps {
			if s.Wait < time.Minute {
				warn("cli.calls_hasty", lang.Args{"Name": e.ID, "Step": n + 1, "Wait": lang.Span(l, s.Wait)})
			}
			for _, t := range s.Targets {
				args := lang.Args{"Name": e.ID, "Step": n + 1}
				switch {
				case t.Kind == incident.ToManagers && len(c.Managers) == 0:
					warn("cli.calls_managers", args)
				case (t.Kind == incident.ToNext || t.Kind == incident.ToOnCall && t.Name == "") && len(c.OnCall) == 0:
					warn("cli.calls_on_call", args)
				}
			}
		}
	}
	onCall, _ := c.asked()
	for _, list := range []struct {
		key   string
		names []string
	}{{"managers", c.Managers}, {"on_call", onCall}} {
		for _, name := range list.names {
			known := c.memberNames()
			if slices.Contains(known, name) {
				continue
			}
			args, what := lang.Args{"Key": list.key, "Word": name, "Near": nearest(name, known)}, "cli.calls_unknown"
			if args["Near"] != "" {
				what = "cli.calls_unknown_near"
			}
			warn(what, args)
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

// checkCounted says in which hours targets count whose file names no hours: an older configuration meant all of them.
func (w World) checkCounted(c Config, l lang.Lang) {
	if len(c.uncounted) == 0 {
		return
	}
	var words []string
	for _, of := range c.uncounted {
		words = append(words, of.String())
	}
	_, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, "cli.targets_counted", lang.Args{"Priorities": strings.Join(words, ", "), "Hours": c.Targets.of(c.uncounted[0]).Hours}))
}
