package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// HoursOf are the hours in which a clock is counted; nil is around the clock. A time that a person named is wall clock.
func (i *Incident) HoursOf(c *Clock) *calendar.Hours { return i.kept(c.Hours) }

// hours are those in which new clocks are counted.
func (i *Incident) hours() *calendar.Hours { return i.kept(i.Counted) }

func (i *Incident) kept(n int) *calendar.Hours {
	if n < 1 || n > len(i.Hours) {
		return nil
	}
	return i.Hours[n-1]
}

// Aims are the targets in force, with the hours in which they are counted.
func (i *Incident) Aims() Targets {
	t := i.Targets
	t.Hours = i.hours()
	return t
}

// aim takes targets over: their hours are kept once, however many clocks are counted in them.
func (i *Incident) aim(t Targets) {
	i.Counted = i.keep(t.Hours)
	t.Hours = nil
	i.Targets = t
}

// keep finds a place for hours, from 1: one that has the same, one that nothing is counted in any more, or a new one.
func (i *Incident) keep(h *calendar.Hours) int {
	if h == nil {
		return 0
	}
	if at := slices.IndexFunc(i.Hours, h.Equal); at >= 0 {
		return at + 1
	}
	for n := range i.Hours {
		if !i.counts(n + 1) {
			i.Hours[n] = h
			return n + 1
		}
	}
	i.Hours = append(i.Hours, h)
	return len(i.Hours)
}

// counts reports whether a clock, or one that undo would bring back, is counted in the n-th hours.
func (i *Incident) counts(n int) bool {
	in := func(c Clock) bool { return c.Hours == n }
	return slices.ContainsFunc(i.Clocks, in) || i.Before != nil && slices.ContainsFunc(i.Before.Clocks, in)
}

// CountsFrom is the instant from which a clock counts, whatever it stood still: where it began, or the raise that set it anew.
func (i *Incident) CountsFrom(c *Clock) time.Time {
	switch h := i.HoursOf(c); {
	case !c.Raised(h):
		return c.Base
	case h == nil:
		return c.Start.Add(-c.Stood)
	}
	return i.Raised
}
