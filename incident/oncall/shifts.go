package oncall

import (
	"slices"
	"time"
)

// Shifts lists who is on call in [from, to), in order of time: each shift is as long as one person is on for one reason,
// cut at the window. Windows longer than [Longest] are cut too.
func (s *Schedule) Shifts(from, to time.Time) []Shift {
	from, to = from.UTC(), to.UTC()
	if to.Sub(from) > Longest {
		to = from.Add(Longest)
	}
	if !from.Before(to) {
		return nil
	}
	lanes := make([]lane, len(s.Layers))
	cuts := []time.Time{from, to}
	for n := range s.Layers {
		lanes[n].shifts = s.Layers[n].shifts(from, to, s.zoneOf(n), n)
		cuts = edges(cuts, lanes[n].shifts)
	}
	fixed := inside(s.Fixed, from, to)
	cuts = edges(cuts, fixed)
	overrides := make([]Override, 0, len(s.Overrides))
	for _, o := range s.Overrides {
		if o.From.Before(to) && o.To.After(from) && o.From.Before(o.To) {
			overrides = append(overrides, o)
			cuts = append(cuts, o.From, o.To)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var out []Shift
	open := map[duty]int{} // where in out the shift stands that may go on
	feed := active{waits: fixed}
	for n := range len(cuts) - 1 {
		a, b := cuts[n], cuts[n+1]
		if a.Before(from) || b.After(to) {
			continue
		}
		for _, d := range on(a, lanes, feed.at(a), overrides) {
			if k, ok := open[d]; ok && out[k].To.Equal(a) {
				out[k].To = b
				continue
			}
			open[d] = len(out)
			out = append(out, Shift{d.person, a, b, d.why, d.layer, d.override})
		}
	}
	return out
}

// lane is a layer's shifts, walked through once.
type lane struct {
	shifts []Shift
	next   int
}

// at gives the layer's shift at an instant; instants only grow.
func (l *lane) at(t time.Time) (Shift, bool) {
	for l.next < len(l.shifts) && !t.Before(l.shifts[l.next].To) {
		l.next++
	}
	if l.next == len(l.shifts) || t.Before(l.shifts[l.next].From) {
		return Shift{}, false
	}
	return l.shifts[l.next], true
}

// active are the shifts from elsewhere that go on; each comes and goes once.
type active struct{ waits, now []Shift }

// at gives those at an instant; instants only grow.
func (f *active) at(t time.Time) []Shift {
	for len(f.waits) > 0 && !f.waits[0].From.After(t) {
		f.now, f.waits = append(f.now, f.waits[0]), f.waits[1:]
	}
	f.now = slices.DeleteFunc(f.now, func(s Shift) bool { return !s.To.After(t) })
	return f.now
}

// on is At over what was prepared for a window.
func on(t time.Time, lanes []lane, feed []Shift, overrides []Override) []duty {
	var duties []duty
	for n := range lanes {
		if s, ok := lanes[n].at(t); ok {
			duties = []duty{{s.Person, ByLayer, n, ""}}
		}
	}
	if len(feed) > 0 {
		duties = nil
	}
	for _, f := range feed {
		if !slices.ContainsFunc(duties, func(d duty) bool { return d.person == f.Person }) {
			duties = append(duties, duty{f.Person, ByFeed, -1, ""})
		}
	}
	for _, o := range overrides {
		if covers(o.From, o.To, t) {
			duties = o.over(duties)
		}
	}
	return duties
}

// shifts lists a layer's own turns in [from, to), without those in which it is closed.
func (l *Layer) shifts(from, to time.Time, zone *time.Location, n int) []Shift {
	if from.Before(l.Start) {
		from = l.Start.UTC()
	}
	if !l.Until.IsZero() && l.Until.Before(to) {
		to = l.Until.UTC()
	}
	if len(l.People) == 0 || l.Turn.minutes() <= 0 || !from.Before(to) {
		return nil
	}
	var out []Shift
	add := func(who string, a, b time.Time) {
		if last := len(out) - 1; last >= 0 && out[last].Person == who && out[last].To.Equal(a) {
			out[last].To = b
		} else if a.Before(b) {
			out = append(out, Shift{who, a, b, ByLayer, n, ""})
		}
	}
	if len(l.People) == 1 {
		add(l.People[0], from, to)
	} else {
		t := l.turns(zone)
		for k, a := t.index(from), from; a.Before(to); k++ {
			b := earlier(t.begins(k+1), to)
			add(t.who(k), a, b)
			a = b
		}
	}
	if l.Hours == nil {
		return out
	}
	return l.opened(out, from, to)
}

// opened cuts shifts to the hours of the layer.
func (l *Layer) opened(shifts []Shift, from, to time.Time) []Shift {
	var out []Shift
	n := 0
	for open := range l.Hours.Spans(from, to) {
		for n < len(shifts) && !shifts[n].To.After(open.Start) {
			n++
		}
		for k := n; k < len(shifts) && shifts[k].From.Before(open.End); k++ {
			s := shifts[k]
			s.From, s.To = later(s.From, open.Start).UTC(), earlier(s.To, open.End).UTC()
			out = append(out, s)
		}
	}
	return out
}

// inside gives the shifts that touch a window, in order of time, as they are.
func inside(shifts []Shift, from, to time.Time) []Shift {
	var out []Shift
	for _, s := range shifts {
		if s.From.Before(to) && s.To.After(from) && s.From.Before(s.To) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Shift) int { return a.From.Compare(b.From) })
	return out
}

func edges(cuts []time.Time, shifts []Shift) []time.Time {
	for _, s := range shifts {
		cuts = append(cuts, s.From, s.To)
	}
	return cuts
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
