package incident

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// What people are asked about beside the targets of an incident, each once at a time: a reminder with a kind of clock of its own,
// which no Clock runs for. Of measures, tasks and offers the kind ends in which one it is.
const (
	Stale       ClockKind = "stale"       // nobody has recorded anything for long
	Unconfirmed ClockKind = "unconfirmed" // a reporter has not said whether it is fixed
	ShiftEnds   ClockKind = "shift_ends"  // who leads goes off duty

	measureKind = "measure/"
	taskKind    = "task/"
	offerKind   = "offer/"
)

// MeasureClock is the kind of the reminders of a measure, counted from 1.
func MeasureClock(id int) ClockKind { return ClockKind(measureKind + strconv.Itoa(id)) }

// TaskClock is the kind of the reminder of a task that was left when the work ended.
func TaskClock(id int) ClockKind { return ClockKind(taskKind + strconv.Itoa(id)) }

// OfferClock is the kind of the reminder of a hand-over that waits for its answer.
func OfferClock(seq int64) ClockKind { return ClockKind(offerKind + strconv.FormatInt(seq, 10)) }

// Of splits the kind of a chaser into what it is about and which one: measure/3 is measure, 3. Other kinds are whole, with 0.
func (k ClockKind) Of() (ClockKind, int64) {
	if what, which, ok := strings.Cut(string(k), "/"); ok {
		if n, err := strconv.ParseInt(which, 10, 64); err == nil {
			return ClockKind(what), n
		}
	}
	return k, 0
}

// Chases reports whether a kind is that of a chaser, for which no Clock runs.
func (k ClockKind) Chases() bool {
	what, _ := k.Of()
	return slices.Contains([]ClockKind{Stale, Unconfirmed, ShiftEnds, "measure", "task", "offer"}, what)
}

// Chase says how people are asked about what is left lying. It is part of what deadlines depend on.
type Chase struct {
	Office *calendar.Hours     `json:",omitempty"` // in which they are asked about what is not pressing; nil is always
	Stale  map[Priority]Length `json:",omitempty"` // no entry by a person for so long, counted in Office from P3 on; none is never
	Again  time.Duration       `json:",omitempty"` // after this a reporter is asked once more whether it is fixed; 0 is never
}

// DefaultChase is the shipped one, but for the hours, which the configuration brings along.
func DefaultChase() Chase {
	return Chase{
		Stale: map[Priority]Length{P1: In(time.Hour), P2: In(4 * time.Hour), P3: InDays(1), P4: InDays(3), P5: InDays(5)},
		Again: 24 * time.Hour,
	}
}

// rungs are the instants at which somebody is asked about one thing, from the 0th on, each later than the one before or as late.
type rungs struct {
	kind  ClockKind
	due   time.Time // what the reminder names
	since time.Time // what was before this is passed over
	at    func(n int) (at time.Time, step int)
	last  int                          // how many there are; 0 is without end
	to    func(now time.Time) PersonID // who alone is asked; may be nil, and give nobody
}

// mostRungs bounds what is counted of those without end: a measure is asked about for more than a lifetime.
const mostRungs = 5000

// next is the deadline of the first rung that has not been asked at yet. Rungs passed together are one reminder.
func (r rungs) next(i *Incident) []deadline {
	after, last := latest(r.since, i.Nudged[r.kind]), r.last
	if last == 0 {
		last = mostRungs
	}
	for n := range last {
		at, _ := r.at(n)
		if !at.After(after) {
			continue
		}
		return []deadline{{at, func(now time.Time) []Entry {
			_, step := r.at(n)
			for k := n + 1; k < last; k++ {
				later, reached := r.at(k)
				if later.After(now) {
					break
				}
				step = reached
			}
			f := &Reminded{Clock: r.kind, Step: step, Due: r.due}
			if r.to != nil {
				f.To = r.to(now)
			}
			return []Entry{{Fact: f}}
		}}}
	}
	return nil
}

// once is a single rung.
func once(k ClockKind, at, due, since time.Time) rungs {
	return rungs{kind: k, due: due, since: since, at: func(int) (time.Time, int) { return at, 100 }, last: 1}
}

// chasing is what outlives an incident: its measures, and the tasks that somebody still has.
func (p Policy) chasing(i *Incident) []deadline {
	var out []deadline
	for n := range i.Measures {
		if m := &i.Measures[n]; m.Waits() && !m.Until.IsZero() {
			out = append(out, p.measureDue(n+1, m).next(i)...)
		}
	}
	if i.Status != StatusResolved && i.Status != StatusClosed {
		return out
	}
	ended := i.Resolved
	if ended.IsZero() {
		ended = i.Closed
	}
	zone := p.Chase.zone(p.Zone)
	at := p.Chase.morning(calendar.DateOf(ended.In(zone))+1, zone)
	for _, t := range i.Tasks {
		if t.Owner != "" && t.State == "claimed" {
			out = append(out, once(TaskClock(t.ID), at, at, ended).next(i)...)
		}
	}
	return out
}

// chasingLiving is what is asked about while an incident is not over.
func (p Policy) chasingLiving(i *Incident) []deadline {
	var out []deadline
	for _, o := range i.Offers {
		if at := p.decent(i, o.At.Add(o.Until.Sub(o.At)/2)); !o.At.IsZero() && at.Before(o.Until) {
			half := rungs{kind: OfferClock(o.Seq), due: o.Until, since: o.At, at: func(int) (time.Time, int) { return at, 50 }, last: 1}
			out = append(out, half.next(i)...)
		}
	}
	if !i.Open() {
		return append(out, p.unconfirmed(i)...)
	}
	if c := i.Clock(HoldReview); c.Running() {
		out = append(out, p.reviewDue(i, c).next(i)...)
	}
	return append(append(out, p.stale(i)...), p.shiftEnds(i)...)
}

// unconfirmed: reporters who have not answered are asked once more, before silence closes it.
func (p Policy) unconfirmed(i *Incident) []deadline {
	at := p.decent(i, i.Resolved.Add(p.Chase.Again))
	if p.Chase.Again <= 0 || p.ConfirmFor > 0 && !at.Before(i.Resolved.Add(p.ConfirmFor)) || len(i.unanswered()) == 0 {
		return nil
	}
	return once(Unconfirmed, at, at, i.Resolved).next(i)
}

// unanswered are the reporters who are asked whether it is fixed and have not said so. One who works on a P1 or P2 is not asked.
func (i *Incident) unanswered() []PersonID {
	var out []PersonID
	for _, r := range i.Reporters {
		if r.Person != "" && r.Answer == "" && (i.Priority > P2 || !i.works(r.Person)) {
			out = append(out, r.Person)
		}
	}
	return out
}

// reviewDue is when somebody is asked about a hold: at its time, and each day from then on.
func (p Policy) reviewDue(i *Incident, c *Clock) rungs {
	return rungs{kind: HoldReview, due: c.Due, since: c.Start, at: func(n int) (time.Time, int) {
		return p.decent(i, c.Due.Add(time.Duration(n)*24*time.Hour)), 100 + n
	}}
}

// staleMost is how often is asked whether an incident that nobody touches goes on: the last time after 127 times as long as the
// first. From then on the digest alone names it.
const staleMost = 7

// stale: nobody has recorded anything since somebody did, and nothing says why it waits. Each time is asked twice as late.
// Where nobody has come at all the response clock asks, not this.
func (p Policy) stale(i *Incident) []deadline {
	of := i.Priority
	if of == 0 {
		of = P3
	}
	length, since := p.Chase.Stale[of], i.StillSince()
	if length.IsZero() || i.Hold != nil || i.Clock(Response).Running() {
		return nil
	}
	h := p.Chase.Office
	if pressing(i) {
		h = nil
	}
	rung := func(n int) time.Time {
		times := 1<<(n+1) - 1
		return Length{Open: length.Open * time.Duration(times), Days: length.Days * times}.From(h, since)
	}
	r := rungs{kind: Stale, due: rung(0), since: since, at: func(n int) (time.Time, int) { return p.decent(i, rung(n)), 100 + n }, last: staleMost}
	if i.Leads() == "" && i.Assignee == "" { // the desk is asked: who is on call
		r.to = func(now time.Time) PersonID { return append(p.OnDuty(now), "")[0] }
	}
	return r.next(i)
}

// shiftEnds: who leads what is pressing goes off duty. Somebody who was not on duty when they began to lead is not asked.
func (p Policy) shiftEnds(i *Incident) []deadline {
	lead := i.Leads()
	if lead == "" || !pressing(i) {
		return nil
	}
	began := latest(i.Raised, i.Nudged[ShiftEnds])
	if held := i.Holding(Manager); len(held) > 0 {
		began = latest(began, held[0].Since)
	} else if r, ok := i.Responder(lead); ok {
		began = latest(began, r.At)
	}
	for _, s := range p.duties() {
		for _, shift := range s.Current(began) {
			if shift.Person == string(lead) && shift.To.After(began) {
				return once(ShiftEnds, shift.To, shift.To, began).next(i)
			}
		}
	}
	return nil
}

// StillSince is since when nobody has recorded anything, nor raised the priority.
func (i *Incident) StillSince() time.Time { return latest(latest(i.Opened, i.Raised), i.Touched) }

// touch remembers the last entry by a person. To come and to go is none.
func (i *Incident) touch(e Event) {
	switch e.Fact.(type) {
	case *Joined, *Left, *TextErased, *RoomOpened:
		return
	}
	if e.hand() == "" {
		return
	}
	i.Touched = e.At
	switch f := e.Fact.(type) {
	case *Opened, *Prioritised:
		i.Judged = e.At
	case *Undone:
		if f.Of == "prioritised" {
			i.Judged = e.At
		}
	}
}

// chased is who is asked about what a chaser reminds of: whoever it is on, and where that did not help who leads, too.
func (i *Incident) chased(f *Reminded) []PersonID {
	what, which := f.Clock.Of()
	switch what {
	case Unconfirmed:
		return i.unanswered()
	case "task":
		return people(i.taskOwner(int(which)))
	case "offer":
		for _, o := range i.Offers {
			if o.Seq == which {
				return people(o.To)
			}
		}
		return nil
	case "measure":
		if which < 1 || int(which) > len(i.Measures) {
			return nil
		}
		m := i.Measures[which-1]
		if m.Person != "" && f.Step <= 100 {
			return people(m.Person)
		}
		return people(m.Person, i.follows())
	}
	out := people(i.Leads())
	if len(out) == 0 {
		out = people(i.Assignee)
	}
	return out
}

// follows is who sees to the measures: the problem manager, else who led, else the assignee or who opened it.
func (i *Incident) follows() PersonID {
	if h := i.Holding(ProblemManager); len(h) > 0 {
		return h[0].Person
	}
	for _, p := range []PersonID{i.Leads(), i.Assignee, i.Opener} {
		if p != "" {
			return p
		}
	}
	return ""
}

func (i *Incident) taskOwner(id int) PersonID {
	for _, t := range i.Tasks {
		if t.ID == id {
			return t.Owner
		}
	}
	return ""
}

// people lists each of those who are somebody once.
func people(all ...PersonID) []PersonID {
	var out []PersonID
	for _, p := range all {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// pressing reports whether people are asked at any hour.
func pressing(i *Incident) bool { return i.Priority != 0 && i.Priority <= P2 }

// decent moves what is not pressing into the hours in which people work. Where such hours never come it stays where it is.
func (p Policy) decent(i *Incident, at time.Time) time.Time {
	if next, ok := p.Chase.Office.Next(at); ok && !pressing(i) {
		return next
	}
	return at
}

// zone is where the days of work are those of.
func (c Chase) zone(house *time.Location) *time.Location {
	switch {
	case c.Office != nil:
		return c.Office.Location()
	case house != nil:
		return house
	}
	return time.UTC
}

// nine is when a day of work has begun for everybody, in minutes.
const nine = 9 * 60

// morning is when people are asked about a day: at nine, or as the work begins after that; on the next working day where it is none.
func (c Chase) morning(d calendar.Date, zone *time.Location) time.Time {
	at := d.At(nine, zone)
	if next, ok := c.Office.Next(at); ok {
		return next
	}
	return at
}

// Workday reports whether people work on a day.
func (p Policy) Workday(d calendar.Date) bool { return p.Chase.works(d, p.Chase.zone(p.Zone)) }

// works reports whether a day is one of work.
func (c Chase) works(d calendar.Date, zone *time.Location) bool {
	return calendar.DateOf(c.morning(d, zone).In(zone)) == d
}

// evening is the end of the work on a day; its midnight where there is none.
func (c Chase) evening(d calendar.Date, house *time.Location) time.Time {
	zone := c.zone(house)
	end := (d + 1).At(0, zone)
	if c.Office == nil {
		return end
	}
	last := time.Time{}
	for span := range c.Office.Spans(d.At(0, zone), end) {
		last = span.End
	}
	if last.IsZero() {
		return end
	}
	return last
}
