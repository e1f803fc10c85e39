package ics

import (
	"cmp"
	"slices"
	"time"
)

// Occurrence is one time that an event takes place.
type Occurrence struct {
	UID        string // of the event: all of a series have the same
	Summary    string
	Start, End time.Time // End is not in it; both are equal where the event takes no time
	AllDay     bool      // it begins and ends at midnight where the reader is
	Attendees  []string  // mail addresses; shared by all of a series
	Status     string    // confirmed, tentative, or what else the file says; what is cancelled does not occur
}

// mostZones is how many time zones a file may name.
const mostZones = 100

// resolve finds the zones of all moments and sees that series happen, once the whole file is known.
func (f *Feed) resolve() *LineError {
	found := map[string]*time.Location{}
	settle := func(m *moment) *LineError {
		if m.tzid == "" {
			return nil
		}
		if found[m.tzid] == nil {
			if len(found) >= mostZones || len(m.tzid) > 200 {
				return wrong(m.line, "there are too many time zones, or too long a name of one")
			}
			zone, fault := f.find(m.tzid, m.line)
			if fault != nil {
				return fault
			}
			found[m.tzid] = zone
		}
		m.zone = found[m.tzid]
		return nil
	}
	for _, e := range f.events {
		all := []*moment{&e.start, &e.end}
		if e.instead != nil {
			all = append(all, e.instead)
		}
		for n := range e.also {
			all = append(all, &e.also[n])
		}
		for n := range e.not {
			all = append(all, &e.not[n])
		}
		for _, m := range all {
			if fault := settle(m); fault != nil {
				return fault
			}
		}
		if e.hasEnd && e.end.at(time.UTC).Before(e.start.at(time.UTC)) {
			return wrong(e.end.line, "the event ends before it begins")
		}
		if e.rule == nil {
			continue
		}
		if fault := e.rule.happens(e.start); fault != nil {
			return fault
		}
	}
	return nil
}

// Between gives what occurs, or goes on, between two instants, in order. Whole days and times without a zone are those of local.
// Its error is a *LineError: a rule that makes more of them than the limits allow.
func (f *Feed) Between(from, to time.Time, local *time.Location) ([]Occurrence, error) {
	w := window{feed: f, from: from, to: to, local: local, moved: map[string]*dates{}}
	newest := map[string]int{}
	for _, e := range f.events {
		newest[e.key(local)] = max(newest[e.key(local)], e.sequence)
		if e.instead != nil {
			if w.moved[e.uid] == nil {
				w.moved[e.uid] = newDates(nil, local)
			}
			w.moved[e.uid].add(*e.instead, local)
		}
	}
	for _, e := range f.events {
		if e.uid != "" && e.sequence < newest[e.key(local)] {
			continue // the file keeps older versions
		}
		if fault := w.event(e); fault != nil {
			return nil, fault
		}
	}
	slices.SortStableFunc(w.out, func(a, b Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.UID, b.UID))
	})
	return w.out, nil
}

// key is what versions of one event share.
func (e *event) key(local *time.Location) string {
	if e.instead == nil {
		return e.uid
	}
	return e.uid + "\x00" + e.instead.at(local).UTC().String()
}

// dates are moments to be found fast: whole days as the wall shows them, and instants.
type dates struct {
	days     map[time.Time]bool
	instants map[int64]bool
}

func newDates(all []moment, local *time.Location) *dates {
	d := &dates{map[time.Time]bool{}, map[int64]bool{}}
	for _, m := range all {
		d.add(m, local)
	}
	return d
}

func (d *dates) add(m moment, local *time.Location) {
	if m.date {
		d.days[m.wall] = true
		return
	}
	d.instants[m.at(local).Unix()] = true
}

// has reports whether a wall time of a zone is among them. A day means all of that day.
func (d *dates) has(wall time.Time, zone *time.Location) bool {
	return d != nil && (d.days[wall.Truncate(24*time.Hour)] || d.instants[shown(wall, zone).Unix()])
}

// window gathers what occurs in it.
type window struct {
	feed     *Feed
	from, to time.Time
	local    *time.Location
	moved    map[string]*dates // by UID, which of a series are told of apart: moved, or cancelled
	steps    int
	out      []Occurrence
}

func (w *window) event(e *event) *LineError {
	if e.status == "cancelled" {
		return nil
	}
	if e.instead != nil || e.rule == nil && len(e.also) == 0 {
		return w.add(e, e.start.wall)
	}
	zone, not, had := e.start.in(w.local), newDates(e.not, w.local), map[time.Time]bool{}
	var fault *LineError
	one := func(wall time.Time) bool {
		if had[wall] || not.has(wall, zone) || w.moved[e.uid].has(wall, zone) {
			return true
		}
		had[wall] = true
		fault = w.add(e, wall)
		return fault == nil
	}
	for _, m := range e.also {
		wall := m.wall
		if m.date == e.start.date {
			wall = wallOf(m.at(w.local), zone)
		}
		if !one(wall) {
			return fault
		}
	}
	if e.rule == nil {
		one(e.start.wall)
		return fault
	}
	broken := e.rule.each(e.start, w.local, wallOf(w.to, zone), &w.steps, func(wall time.Time) bool {
		if _, end := e.from(wall, w.local); end.Before(w.from) {
			return true
		}
		return one(wall)
	})
	if broken != nil {
		return broken
	}
	return fault
}

func (w *window) add(e *event, wall time.Time) *LineError {
	start, end := e.from(wall, w.local)
	if !start.Before(w.to) || !end.After(w.from) && (!start.Equal(end) || start.Before(w.from)) {
		return nil
	}
	if len(w.out) >= w.feed.limits.Occurrences {
		return wrong(e.line, "there are more than %d occurrences", w.feed.limits.Occurrences)
	}
	w.out = append(w.out, Occurrence{e.uid, e.summary, start, end, e.start.date, e.attendees, e.status})
	return nil
}
