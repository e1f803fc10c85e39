package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/incident/wording"
	"matoi/lang"
	"matoi/roster"
	"matoi/storage"
)

// gapsAhead is how far ahead gaps of schedules are looked for.
const gapsAhead = 14 * 24 * time.Hour

// checkSchedules warns of times at which nobody is on call, and tells how old what was read from elsewhere is. That is known to the
// database, which is read beside a server that may run; nothing is fetched.
func (w World) checkSchedules(ctx context.Context, c Config, now time.Time, l lang.Lang) {
	schedules := c.inCalendars(now, c.schedules(func(name string) incident.PersonID { return incident.PersonID(name) }))
	read := w.readOutside(ctx, c, now)
	for n := range schedules {
		s := &schedules[n]
		if s.Outside != nil {
			o := read[s.Name]
			s.Fixed, s.AsOf, s.Outside = o.shifts, o.asOf, &oncall.Outside{Trouble: o.trouble, Unknown: o.unknown}
			w.tellOutside(s, now, l)
			if s.AsOf.IsZero() {
				continue // all of it would be a gap
			}
		}
		if gaps := c.gaps(s, now, l); gaps != "" {
			_, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, "cli.rota_gaps", lang.Args{"Name": s.Name, "Gaps": gaps}))
		}
	}
}

// tellOutside tells how old what a source said is, and what is wrong with it.
func (w World) tellOutside(s *oncall.Schedule, now time.Time, l lang.Lang) {
	say := func(mark, id string, args lang.Args) {
		_, _ = fmt.Fprintln(w.Out, mark+lang.Text(l, "cli.rota_outside", lang.Args{"Name": s.Name, "Text": lang.Text(l, id, args)}))
	}
	ago := lang.Args{"Ago": lang.Ago(l, now.Sub(s.AsOf))}
	switch {
	case s.AsOf.IsZero():
		say("! ", "oncall.outside_never", nil)
	case s.Stale(now):
		say("! ", "oncall.outside_old", ago)
	default:
		say("", "oncall.age", ago)
	}
	if s.Outside.Trouble != "" {
		say("! ", "oncall.outside_trouble", lang.Args{"Why": wording.Trouble(s.Outside.Trouble, l)})
	}
	if len(s.Outside.Unknown) > 0 {
		say("! ", "oncall.outside_unknown", lang.Args{"Names": strings.Join(s.Outside.Unknown, ", ")})
	}
}

// readOutside reads what the database knows of the sources; nothing where there is none, which checkDatabase tells.
func (w World) readOutside(ctx context.Context, c Config, now time.Time) map[string]rostered {
	out := map[string]rostered{}
	sources := c.rosters(roster.NewClient(), func() time.Time { return now })
	if len(sources) == 0 {
		return out
	}
	where := c.Database.Postgres.Reveal()
	if where == "" {
		where = c.Data
	}
	s, err := storage.OpenReadOnly(ctx, where)
	if err != nil {
		return out
	}
	defer func() { _ = s.Close() }()
	kept, err := copies{s}.Copies(ctx)
	if err != nil {
		return out
	}
	people, err := c.known(ctx, s)
	if err != nil {
		return out
	}
	for _, source := range sources {
		for _, one := range kept {
			if one.Source == source.Name() && one.Origin == source.Origin() {
				out[one.Source], _ = c.read(ctx, source, one, people, s, now) // who can't be looked up is unknown
			}
		}
	}
	return out
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
