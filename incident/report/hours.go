package report

import (
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/wording"
	"matoi/lang"
)

// given is how long a target gives, and in which hours where those are not all hours; nothing where a person named the time.
func (b *builder) given(c incident.Clock) string {
	if c.Term.IsZero() {
		return b.say("report.none", nil)
	}
	h := b.i.HoursOf(&c)
	length := wording.Length(c.Term, h, b.l)
	if h == nil {
		return length
	}
	return b.say("report.given_in", lang.Args{"Length": length, "Hours": b.plain(h.Name)})
}

// counted says of all hours in which a deadline was counted what they are, and which of their days were closed meanwhile.
func (b *builder) counted() (out []Block) {
	var told []*calendar.Hours
	wall := false
	for n := range b.i.Clocks {
		c := &b.i.Clocks[n]
		if _, known := clockNames()[string(c.Kind)]; !known || c.Term.IsZero() || b.target(*c) == nil {
			continue
		}
		h := b.i.HoursOf(c)
		wall = wall || h == nil
		if h == nil || contains(told, h) {
			continue
		}
		told = append(told, h)
		lines := append([]string{b.say("report.counted_hours", lang.Args{"Hours": b.plain(h.Name), "Week": wording.Week(h, b.l), "Zone": h.Zone})}, b.closed(h)...)
		out = append(out, Block{Text: lines, Remark: true})
	}
	switch {
	case wall && len(told) > 0:
		out = append(out, b.remark("report.counted_else", nil))
	case wall:
		out = append(out, b.remark("report.counted_always", nil))
	}
	return out
}

func contains(all []*calendar.Hours, h *calendar.Hours) bool {
	for _, known := range all {
		if known.Equal(h) {
			return true
		}
	}
	return false
}

// closed are the closed days from the first beginning of a clock that was counted in the hours to its last end, or to its deadline where it runs.
func (b *builder) closed(h *calendar.Hours) (out []string) {
	var from, to time.Time
	for n := range b.i.Clocks {
		c := &b.i.Clocks[n]
		if !b.i.HoursOf(c).Equal(h) || c.Term.IsZero() {
			continue
		}
		if start := b.i.CountsFrom(c); from.IsZero() || start.Before(from) {
			from = start
		}
		end := c.Met
		if end.IsZero() || c.Due.Before(end) {
			end = c.Due
		}
		if end.After(to) {
			to = end
		}
	}
	closed, others := wording.Days(h, b.Policy.DayNames, from, to, b.now, b.l)
	if len(closed) > 0 {
		out = append(out, b.say("report.counted_closed", lang.Args{"Days": b.plain(wording.Several(closed, b.l))}))
	}
	if len(others) > 0 {
		out = append(out, b.say("report.counted_others", lang.Args{"Days": wording.Several(others, b.l)}))
	}
	return out
}
