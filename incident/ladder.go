package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// The ladder of reminders, so that nobody is nagged and nothing is forgotten. Before its time a clock reminds who must act, in
// private. A missed target goes to who must act, to who leads, and to the room. What is overdue repeats on these rungs: the
// first to who must act and who leads, the second in the room besides, the third upwards besides; from then on to who must
// act alone, at intervals that double up to a day. A sign of life (see stirs) has the repeats begin at the first rung again.
const (
	rungLead = 1 // who must act, and who leads
	rungRoom = 2 // the room besides
	rungUp   = 3 // for P1 and P2 the next of the managers besides: they are told, not called
)

// repeatGrid is the longest step of the clock's face on which repeats fall: those of several clocks and incidents come at the
// same minute and are one message for each person.
const repeatGrid = 30 * time.Minute

// rung is how high the repeat after so many steps stands, from 1; 0 is no repeat. What was said before a sign of life does not
// count.
func (c *Clock) rung(step int) int { return max(step-max(c.Calm, 100), 0) }

// pace is the interval at which an overdue clock repeats at first: a quarter of a target, for others as long again; never shorter
// than RemindEvery, nor than a minute.
func (p Policy) pace(k ClockKind, total time.Duration) time.Duration {
	if k.target() {
		total /= 4
	}
	return max(p.RemindEvery, total, time.Minute)
}

// repeat is when a clock that is overdue reminds again. It counts from the last that was said of it, or the last sign of life
// after that, in the hours in which the clock is counted.
func (p Policy) repeat(h *calendar.Hours, c *Clock, every time.Duration, last time.Time) time.Time {
	const day = 24 * time.Hour
	at := passing(h, last, every)
	if wait := every; every < day {
		for n := c.rung(c.Step+1) - rungUp; n > 0 && wait < day; n-- {
			wait *= 2
		}
		if doubled, daily := passing(h, last, min(wait, day)), InDays(1).From(h, last); daily.Before(doubled) {
			at = latest(at, daily)
		} else {
			at = doubled
		}
	}
	return onGrid(h, at, min(p.RemindEvery, repeatGrid))
}

// onGrid rounds up to whole steps of the clock's face, unless the service is closed by then.
func onGrid(h *calendar.Hours, at time.Time, step time.Duration) time.Time {
	if to := roundUp(at, max(step, time.Minute)); h.Open(to) {
		return to
	}
	return at
}

// roundUp rounds up to whole steps: rounding down would be early.
func roundUp(t time.Time, step time.Duration) time.Time {
	if floor := t.Truncate(step); !floor.Equal(t) {
		return floor.Add(step)
	}
	return t
}

// reminder is what a clock says at a step. On the third rung it names which of the managers it goes up to.
func (i *Incident) reminder(c *Clock, step int, managers []PersonID) *Reminded {
	f := &Reminded{Clock: c.Kind, Step: step, Due: c.Due, Rung: c.rung(step)}
	if f.Rung != rungUp || !c.Kind.target() || i.Priority == 0 || i.Priority > P2 {
		return f
	}
	told := append(i.MustAct(c.Kind), i.Leads())
	for _, m := range managers { // the first who is none of those told anyhow
		if !slices.Contains(told, m) && MaySee(i, Viewer{Person: m}) {
			f.Up = m
			break
		}
	}
	return f
}

// MustAct lists who must act on a clock: the one whose duty it is, else the manager, else whoever was asked.
func (i *Incident) MustAct(k ClockKind) []PersonID {
	if k.Further() {
		return i.mindFurther(k)
	}
	roles := []RoleID{Manager}
	switch k {
	case FirstNotice, CustomerNotice, NextUpdate:
		roles = []RoleID{Communications, Manager}
	case Restoration:
		roles = []RoleID{TechLead, Manager}
	}
	var out []PersonID
	for _, role := range roles {
		for _, h := range i.Holding(role) {
			if !slices.Contains(out, h.Person) {
				out = append(out, h.Person)
			}
		}
		if len(out) > 0 && k != Restoration {
			return out
		}
	}
	for _, p := range []PersonID{i.Acting, i.Assignee, i.asked()} {
		if len(out) == 0 && p != "" {
			out = append(out, p)
		}
	}
	return out
}

// asked is the person asked last who has not answered.
func (i *Incident) asked() PersonID {
	var last Responder
	for _, r := range i.People {
		if r.State == "asked" && !r.At.Before(last.At) {
			last = r
		}
	}
	return last.Person
}

// Audience lists whom a reminder or a miss is told in private at an instant: who must act, on the lower rungs who leads, and who is
// above; none who has put it off.
func (i *Incident) Audience(f Fact, at time.Time) []PersonID {
	var out []PersonID
	var k ClockKind
	switch f := f.(type) {
	case *TargetMissed:
		k, out = f.Clock, append(i.MustAct(f.Clock), i.Leads())
	case *Reminded:
		switch k = f.Clock; {
		case f.To != "":
			out = []PersonID{f.To}
		case k.Chases():
			out = i.chased(f)
		case f.Rung >= rungLead && f.Rung <= rungUp:
			out = append(i.MustAct(k), i.Leads(), f.Up)
		default:
			out = i.MustAct(k)
		}
	}
	var told []PersonID
	for _, person := range out {
		if person != "" && !slices.Contains(told, person) && !i.Spared(person, k, at) {
			told = append(told, person)
		}
	}
	return told
}

// inRoom reports whether the room hears a reminder: on the second rung, and where nobody is there who must act. That those have
// put it off is no reason to tell all others.
func (i *Incident) inRoom(f *Reminded) bool {
	if f.Clock.Chases() {
		return f.To == "" && !i.Over() && len(i.chased(f)) == 0
	}
	return f.To == "" && (f.Rung == rungRoom || len(i.MustAct(f.Clock)) == 0)
}

// stirs reports whether a deed shows that somebody works on what an overdue clock waits for: an update that is published, another
// status, a restoration declared or withdrawn, a hold or its end, whoever does it; and of who must act on the clock or leads
// anything that tells how it goes: a note, a finding, a workaround, a cause, a fix, a task taken or done, a deed announced
// or closed, a time at which they come. That somebody was asked, acknowledged, put reminders off or changed a title is no such sign.
func (i *Incident) stirs(e Event, k ClockKind) bool {
	switch e.Fact.(type) {
	case *Published, *StatusChanged, *RestorationDeclared, *RestorationWithdrawn, *PutOnHold, *Resumed:
		return true
	case *Noted, *WorkaroundRecorded, *CauseRecorded, *FixRecorded, *ImpactRecorded, *TaskClaimed, *TaskDone, *DeedAnnounced, *DeedClosed, *ETAGiven:
		return e.By != "" && (e.By == i.Leads() || slices.Contains(i.MustAct(k), e.By))
	}
	return false
}

// calm has the repeats of overdue clocks begin anew with a sign of life, a whole interval after it.
func (i *Incident) calm(e Event) {
	for n := range i.Clocks {
		if c := &i.Clocks[n]; c.Running() && c.Step >= 100 && i.stirs(e, c.Kind) {
			c.Calm, c.Calmed = c.Step, e.At
		}
	}
}

// reminders tells each person what becomes due at one instant in one message: it speaks of the first of it, or of the first that
// was missed, and the others are told with it. What is missed of what is pressing waits for nothing else that is told to the person.
func (t *teller) reminders() {
	var order []PersonID
	first := map[PersonID]Event{}
	missed := func(e Event) bool { _, ok := e.Fact.(*TargetMissed); return ok }
	for _, e := range t.events {
		for _, person := range t.audience(e) {
			known, told := first[person]
			if !told {
				order = append(order, person)
			}
			if !told || missed(e) && !missed(known) {
				first[person] = e
			}
		}
	}
	for _, person := range order {
		e, kind := first[person], Remind
		if !t.hears(e, person) {
			continue
		}
		if missed(e) && t.urgent {
			kind = Tell
		}
		t.add(Effect{Kind: kind, Realm: t.home(), Person: person, Seq: e.Seq, Urgent: missed(e)})
	}
}
