package incident

import "time"

// Told remembers what an audience was told last: an update to others neither keeps nor moves what was promised here.
type Told struct {
	Audience string    `json:"audience"`
	At       time.Time `json:"at"`
	Next     time.Time `json:"next,omitzero"` // promised by a person and still to be kept
}

// heard is when an audience was last told, zero if never. Customers are one side; whoever is inside is the other.
func (i *Incident) heard(customers bool) time.Time {
	var last time.Time
	for _, t := range i.Told {
		if (t.Audience == "customers") == customers && t.At.After(last) {
			last = t.At
		}
	}
	return last
}

// promised is the promise to be kept first.
func (i *Incident) promised() (first Told, ok bool) {
	for _, t := range i.Told {
		if !t.Next.IsZero() && (!ok || t.Next.Before(first.Next)) {
			first, ok = t, true
		}
	}
	return first, ok
}

// publish: an update keeps what its audience was promised, and is followed by the next: the earliest of what any
// audience was promised and of the cadence.
func (i *Incident) publish(e Event, f *Published) {
	i.Updates++
	i.Last = &Update{Seq: e.Seq, Kind: f.Sort, Audience: f.Audience, Text: f.Text, At: e.At, Next: f.Next, Promised: f.Promised}
	if f.Audience == "customers" {
		i.end(CustomerNotice, e.At)
	} else {
		i.end(FirstNotice, e.At)
	}
	told, cadence := Told{Audience: f.Audience, At: e.At}, f.Next
	if f.Promised {
		told.Next, cadence = f.Next, time.Time{}
	}
	i.tell(told)
	if c := i.Clock(NextUpdate); i.Over() || c != nil && (c.Audience == "" || c.Audience == f.Audience) {
		i.end(NextUpdate, e.At)
	}
	if !i.Over() {
		i.nextUpdate(e.At, cadence, i.every())
	}
}

func (i *Incident) tell(told Told) {
	for k := range i.Told {
		if i.Told[k].Audience == told.Audience {
			i.Told[k] = told
			return
		}
	}
	i.Told = append(i.Told, told)
}

// every is the cadence of updates now.
func (i *Incident) every() Length {
	if i.Restored.IsZero() {
		return i.Targets.Update
	}
	return i.Targets.AfterRestored
}

// nextUpdate sets the update clock to the earliest promise, or to the cadence where that is earlier; a zero cadence is
// none. A promise that runs already runs on, with the reminders it has given, and is wall clock.
func (i *Incident) nextUpdate(at, cadence time.Time, every Length) {
	p, promised := i.promised()
	c := i.Clock(NextUpdate)
	switch {
	case promised && (cadence.IsZero() || !p.Next.After(cadence)):
		if c.Running() && c.Audience == p.Audience && c.Due.Equal(p.Next) {
			return
		}
		from := at
		if p.Next.Before(from) {
			from = p.Next
		}
		i.start(NextUpdate, from, p.Next)
		i.Clock(NextUpdate).Audience = p.Audience
	case cadence.IsZero():
		i.void(NextUpdate, at)
	default:
		i.set(Clock{Kind: NextUpdate, Start: at, Due: cadence, Term: every, Hours: i.Counted})
	}
}

// cadence sets the update clock anew from now on; zero ends it. What a person promised stands, and what is
// late stays late until an update is published.
func (i *Incident) cadence(at time.Time, every Length) {
	c := i.Clock(NextUpdate)
	switch {
	case c == nil || c.Running() && (!c.Missed.IsZero() || c.Audience != ""):
	case every.IsZero():
		i.nextUpdate(at, time.Time{}, every)
	default:
		i.nextUpdate(at, every.From(i.hours(), at), every)
	}
}

// slow moves the next update away once the priority was lowered: it counts from where the count began. A promise
// stands, and what is late stays late.
func (i *Incident) slow(at time.Time, every Length) {
	c := i.Clock(NextUpdate)
	switch {
	case !c.Running() || !c.Missed.IsZero() || c.Audience != "":
	case every.IsZero():
		i.nextUpdate(at, time.Time{}, every)
	default:
		i.recount(c, every)
		i.reshare(c, at)
	}
}
