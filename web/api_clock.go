package web

import (
	"context"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// clockJSON is a deadline with what it follows from.
type clockJSON struct {
	Kind     string      `json:"kind"`
	Audience string      `json:"audience,omitempty"`
	Start    time.Time   `json:"start"`
	Due      time.Time   `json:"due"`
	Met      *time.Time  `json:"met,omitempty"`
	Missed   *time.Time  `json:"missed,omitempty"`
	Paused   *time.Time  `json:"paused,omitempty"`
	Dropped  bool        `json:"dropped,omitempty"`
	From     time.Time   `json:"from"`
	Target   string      `json:"target,omitempty"`
	Hours    *hoursJSON  `json:"hours,omitempty"`
	Pauses   []pauseJSON `json:"pauses,omitempty"`
	Policy   string      `json:"policy,omitempty"`
	Why      string      `json:"why,omitempty"`
}

type pauseJSON struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// hoursJSON are the hours in which a deadline is counted, by the days of the week, with the days while it counts that are closed or
// have hours of their own.
type hoursJSON struct {
	Name   string            `json:"name"`
	Zone   string            `json:"zone"`
	Week   map[string]string `json:"week"`
	Closed []string          `json:"closed,omitempty"`
	Other  map[string]string `json:"other,omitempty"`
}

// holdJSON is a hold; until is missing while it lasts.
type holdJSON struct {
	For      string     `json:"for"`
	Reason   string     `json:"reason"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	Review   *time.Time `json:"review,omitempty"`
	Stops    bool       `json:"stops"`
	Ticket   string     `json:"ticket,omitempty"`
	Contact  string     `json:"contact,omitempty"`
	Promised *time.Time `json:"promised,omitempty"`
}

// clocks are the deadlines of an incident.
func (a *api) clocks(ctx context.Context, i *incident.Incident, l lang.Lang) []clockJSON {
	out := []clockJSON{}
	for n := range i.Clocks {
		c := &i.Clocks[n]
		x := clockJSON{
			Kind: string(c.Kind), Audience: c.Audience, Start: c.Start.UTC(), Due: c.Due.UTC(), Met: stamp(c.Met), Missed: stamp(c.Missed), Paused: stamp(c.Paused),
			Dropped: c.Dropped, From: i.CountsFrom(c).UTC(), Hours: hoursOf(i, c), Policy: c.Policy,
		}
		if !c.Term.IsZero() {
			x.Target = short(c.Term)
		}
		for _, p := range c.Pauses {
			x.Pauses = append(x.Pauses, pauseJSON{p.From.UTC(), p.To.UTC()})
		}
		if a.Why != nil && c.Met.IsZero() {
			x.Why = a.Why(ctx, i, c, l)
		}
		out = append(out, x)
	}
	return out
}

// short writes 4h, 30m or 2bd, as a configuration has it.
func short(of incident.Length) string {
	text := of.String()
	for _, nothing := range []struct{ tail, rest string }{{"m0s", "m"}, {"h0m", "h"}} {
		if whole, ok := strings.CutSuffix(text, nothing.tail); ok {
			text = whole + nothing.rest
		}
	}
	return text
}

func hoursOf(i *incident.Incident, c *incident.Clock) *hoursJSON {
	h := i.HoursOf(c)
	if h == nil {
		return nil
	}
	out := &hoursJSON{Name: h.Name, Zone: h.Zone, Week: map[string]string{}}
	for day, spans := range h.Week {
		if len(spans) > 0 {
			out.Week[calendar.DayName(time.Weekday(day))] = calendar.SpansText(spans)
		}
	}
	zone := h.Location()
	for d := calendar.DateOf(i.CountsFrom(c).In(zone)); d <= calendar.DateOf(c.Due.In(zone)); d++ {
		if spans, own := h.Own(d); own && spans != "" {
			if out.Other == nil {
				out.Other = map[string]string{}
			}
			out.Other[d.String()] = spans
		} else if h.Shut(d) {
			out.Closed = append(out.Closed, d.String())
		}
	}
	return out
}

// holdsOf are those that are over, and the one that is on.
func holdsOf(i *incident.Incident) (out []holdJSON) {
	add := func(h incident.Hold, until time.Time) {
		out = append(out, holdJSON{
			For: h.For, Reason: h.Reason, Since: h.Since.UTC(), Until: stamp(until), Review: stamp(h.Review), Stops: h.Stops,
			Ticket: h.Ticket, Contact: h.Contact, Promised: stamp(h.Promised),
		})
	}
	for _, h := range i.Holds {
		add(h.Hold, h.Until)
	}
	if i.Hold != nil {
		add(*i.Hold, time.Time{})
	}
	return out
}
