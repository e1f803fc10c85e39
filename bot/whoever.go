package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// whoever answers who where no incident is meant: who is on call now, who comes next, who leads, and how each is reached.
func (b *Bot) whoever(ctx context.Context, c *call) (Reply, error) {
	var lines []string
	seen := map[incident.PersonID]bool{}
	for n := range c.policy.Schedules {
		lines = append(lines, c.view.duty(&c.policy.Schedules[n])...)
	}
	if len(lines) == 0 {
		lines = append(lines, c.view.standing())
	}
	lines = append(lines, "", "**"+c.view.text("oncall.reached")+"**")
	before := len(lines)
	for _, group := range []struct {
		what   string
		people []incident.PersonID
	}{{"oncall.reached_duty", c.policy.OnDuty(c.now)}, {"oncall.reached_duty", c.onShift()}, {"oncall.reached_manager", c.policy.Managers}} {
		for _, id := range group.people {
			if seen[id] {
				continue
			}
			seen[id] = true
			line, err := b.reached(ctx, c, id, c.view.text(group.what))
			if err != nil {
				return Reply{}, err
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == before {
		lines = append(lines, "- "+c.view.text("oncall.reached_nobody"))
	}
	return Reply{Text: strings.Join(lines, "\n")}, nil
}

// onShift is everybody who is on call now by some schedule.
func (c *call) onShift() []incident.PersonID {
	var out []incident.PersonID
	for n := range c.policy.Schedules {
		for _, person := range c.policy.Schedules[n].At(c.now) {
			out = append(out, incident.PersonID(person))
		}
	}
	return out
}

// reached says how one person is reached, and what time it is where they are.
func (b *Bot) reached(ctx context.Context, c *call, id incident.PersonID, what string) (string, error) {
	p, err := b.People.Person(ctx, id)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return "", fmt.Errorf("look up %s: %w", id, err)
	}
	parts := []string{"- " + Escape(c.names(id)), what}
	if p.Email != "" {
		parts = append(parts, Escape(p.Email))
	}
	if b.Pagers != nil {
		list, _, err := b.Pagers.List(ctx, p)
		if err != nil {
			return "", err
		}
		way := ReachName(list, c.lang)
		if way == "" {
			way = "⚠ " + c.view.text("way.reach_none")
		}
		parts = append(parts, Escape(way))
	}
	if zone, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" && p.Zone != c.zone.String() {
		parts = append(parts, c.view.text("oncall.reached_time", "Time", lang.Clock(c.lang, c.now, zone), "Zone", zone.String()))
	}
	return strings.Join(parts, " · "), nil
}

// whoNow is a line for each schedule with who has it now.
func (v View) whoNow() []string {
	var lines []string
	for n := range v.Policy.Schedules {
		s := &v.Policy.Schedules[n]
		var on []string
		for _, person := range s.At(v.Now) {
			on = append(on, Escape(v.Names(incident.PersonID(person))))
		}
		if len(on) == 0 {
			on = append(on, v.text("oncall.word_nobody"))
		}
		lines = append(lines, v.text("oncall.who", "Schedule", Escape(s.Name), "Names", list(on, v.Lang)))
	}
	return lines
}
