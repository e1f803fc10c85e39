package oncall

import (
	"slices"
	"time"
)

// Gap is a time in which nobody is on call.
type Gap struct{ From, To time.Time }

// Gaps lists the times in [from, to) in which nobody is on call, the window cut as with [Schedule.Shifts].
func (s *Schedule) Gaps(from, to time.Time) []Gap {
	from, to = from.UTC(), to.UTC()
	if to.Sub(from) > Longest {
		to = from.Add(Longest)
	}
	var out []Gap
	until := from
	for _, shift := range s.Shifts(from, to) {
		if shift.From.After(until) {
			out = append(out, Gap{until, shift.From})
		}
		until = later(until, shift.To)
	}
	if until.Before(to) {
		out = append(out, Gap{until, to})
	}
	return out
}

// Whole lists the shifts that touch [from, to) as long as they really are, up to a year beyond the window; what goes on
// longer is cut there.
func (s *Schedule) Whole(from, to time.Time) []Shift {
	const most = 366 * 24 * time.Hour
	if !from.Before(to) {
		return nil
	}
	for pad := 8 * 24 * time.Hour; ; pad = min(4*pad, most) {
		a, b := from.Add(-pad), earlier(to.Add(pad), from.Add(Longest-most))
		shifts, cut := s.Shifts(a, b), false
		shifts = slices.DeleteFunc(shifts, func(s Shift) bool { return !s.From.Before(to) || !s.To.After(from) })
		for _, shift := range shifts {
			cut = cut || shift.From.Equal(a) || shift.To.Equal(b)
		}
		if !cut || pad == most {
			return shifts
		}
	}
}

// Current gives the shifts of an instant as people think of them: from when until when each person is on, whatever put
// them there. What goes on for more than a year is cut.
func (s *Schedule) Current(t time.Time) []Shift {
	const year = 366 * 24 * time.Hour
	for pad := 8 * 24 * time.Hour; ; pad = min(4*pad, year) {
		a, b := t.Add(-pad), t.Add(pad)
		cut := false
		here := slices.DeleteFunc(Joined(s.Shifts(a, b)), func(s Shift) bool { return !covers(s.From, s.To, t) })
		for _, shift := range here {
			cut = cut || shift.From.Equal(a) || shift.To.Equal(b)
		}
		if !cut || pad == year {
			return here
		}
	}
}

// Next gives the first shift of a person that begins after an instant, within two years; "" is anybody's. Somebody who is
// on at the instant has their next one after a time without.
func (s *Schedule) Next(person string, after time.Time) (Shift, bool) {
	for window := 14 * 24 * time.Hour; ; window = min(6*window, Longest) {
		for _, shift := range Joined(s.Shifts(after, after.Add(window))) {
			if shift.From.After(after) && (person == "" || shift.Person == person) {
				if shift.To.Equal(after.Add(window)) { // it may go on behind the window
					shift = s.whole(shift)
				}
				return shift, true
			}
		}
		if window == Longest {
			return Shift{}, false
		}
	}
}

// whole gives a joined shift with its real end.
func (s *Schedule) whole(shift Shift) Shift {
	for _, c := range s.Current(shift.From) {
		if c.Person == shift.Person && c.From.Equal(shift.From) {
			return c
		}
	}
	return shift
}

// Joined makes one shift of those of one person that follow upon each other, whatever put them there: reason, layer and
// override are those of the first.
func Joined(shifts []Shift) []Shift {
	var out []Shift
	last := map[string]int{}
	for _, s := range shifts {
		if k, ok := last[s.Person]; ok && out[k].To.Equal(s.From) {
			out[k].To = s.To
			continue
		}
		last[s.Person] = len(out)
		out = append(out, s)
	}
	return out
}
