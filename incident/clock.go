package incident

import (
	"slices"
	"time"

	"matoi/incident/calendar"
)

// ClockKind names a deadline.
type ClockKind string

// The clocks. The first five are targets; missing one of the others is a reminder, not a miss.
const (
	Response       ClockKind = "response"
	Restoration    ClockKind = "restoration"
	FirstNotice    ClockKind = "first_notice"
	CustomerNotice ClockKind = "customer_notice"
	NextUpdate     ClockKind = "next_update"
	HoldReview     ClockKind = "hold_review"
	VendorPromise  ClockKind = "vendor_promise"
	AskNext        ClockKind = "ask_next"     // an unacknowledged P1 went to the next person
	Delegate       ClockKind = "delegate"     // one person still holds everything
	Relief         ClockKind = "relief"       // fatigue
	Confirmation   ClockKind = "confirmation" // silence closes; P1 and P2 wait for their manager
)

// target reports whether missing the clock is a missed target; the others only remind.
func (k ClockKind) target() bool {
	return k == Response || k == Restoration || k == FirstNotice || k == CustomerNotice || k == NextUpdate
}

// Clock is one running or ended deadline. Every one stores the policy version that set it. A target was
// attained when the clock was met, not dropped, and never missed.
type Clock struct {
	Kind    ClockKind     `json:"kind"`
	Start   time.Time     `json:"start"`
	Due     time.Time     `json:"due"`
	Met     time.Time     `json:"met,omitzero"`      // ended in time or late
	Dropped bool          `json:"dropped,omitempty"` // ended because nobody needs it any more, not because it was met
	Missed  time.Time     `json:"missed,omitzero"`   // recorded as missed
	Paused  time.Time     `json:"paused,omitzero"`   // stands still since
	Base    time.Time     `json:"base"`              // where the count began, whatever was raised since
	Stood   time.Duration `json:"stood,omitempty"`   // how long it stood still, in the hours it is counted in
	Pauses  []Pause       `json:"pauses,omitempty"`  // when that was
	Step    int           `json:"step,omitempty"`    // last reminder given: share in percent, 100 and above after the miss
	Calm    int           `json:"calm,omitempty"`    // Step at the last sign of life since it is overdue: the repeats begin anew
	Calmed  time.Time     `json:"calmed,omitzero"`   // when that was
	Policy  string        `json:"policy"`
	Term    Length        `json:"term,omitzero"`   // from Start to Due; none where a person named the time
	Hours   int           `json:"hours,omitempty"` // which of the incident's Hours it is counted in, from 1; 0 is around the clock

	Audience string `json:"audience,omitempty"` // of a next update: to whom it was promised, empty for the cadence
}

// Pause is an interval for which a clock stood still.
type Pause struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Running reports whether the clock still counts.
func (c *Clock) Running() bool { return c != nil && c.Met.IsZero() && c.Paused.IsZero() }

// startTargets arms what an opening arms.
func (i *Incident) startTargets(at time.Time, f *Opened) {
	told := at
	if !f.Reported.IsZero() {
		told = f.Reported
	} else if !f.Detected.IsZero() {
		told = f.Detected
	}
	t := i.Targets
	i.arm(Response, told, t.Response)
	i.arm(Restoration, f.Restore, t.Restore)
	i.arm(FirstNotice, at, t.FirstNotice)
	i.arm(CustomerNotice, at, t.CustomerNotice)
}

// arm starts a clock unless its target is none.
func (i *Incident) arm(k ClockKind, from time.Time, target Length) {
	if !target.IsZero() {
		i.set(Clock{Kind: k, Start: from, Due: target.From(i.hours(), from), Term: target, Hours: i.Counted})
	}
}

// start arms a clock by the wall: somebody named the time.
func (i *Incident) start(k ClockKind, from, due time.Time) {
	i.set(Clock{Kind: k, Start: from, Due: due})
}

func (i *Incident) set(c Clock) {
	c.Base, c.Policy = c.Start, i.Targets.Policy
	if old := i.Clock(c.Kind); old != nil {
		*old = c
		return
	}
	i.Clocks = append(i.Clocks, c)
}

// end stops a clock for good because it was met.
func (i *Incident) end(k ClockKind, at time.Time) {
	c := i.Clock(k)
	if c == nil || !c.Met.IsZero() {
		return
	}
	i.stand(c, at)
	c.Met, c.Paused = at, time.Time{}
	c.judge()
}

// void stops a clock for good because nobody needs it any more.
func (i *Incident) void(k ClockKind, at time.Time) {
	if c := i.Clock(k); c != nil && c.Met.IsZero() {
		i.stand(c, at)
		c.Met, c.Paused, c.Dropped = at, time.Time{}, true
	}
}

func (i *Incident) voidAll(at time.Time) {
	for k := range i.Clocks {
		i.void(i.Clocks[k].Kind, at)
	}
}

// again takes the end of a clock back: it runs on as if it had never stopped. A hold that stops it still does.
func (i *Incident) again(k ClockKind, at time.Time) {
	c := i.Clock(k)
	if c == nil || c.Met.IsZero() {
		return
	}
	if i.Hold != nil && i.Hold.Stops && k == Restoration {
		c.Paused = c.Met
		i.stand(c, at)
		c.Paused = at
	}
	c.Met, c.Dropped = time.Time{}, false
}

// stand moves a paused clock on to at, by the time for which it stood still: of that what was open.
func (i *Incident) stand(c *Clock, at time.Time) {
	if c.Paused.IsZero() || !at.After(c.Paused) {
		return
	}
	h := i.HoursOf(c)
	stood := h.Between(c.Paused, at)
	c.Pauses = append(slices.Clip(c.Pauses), Pause{c.Paused, at})
	c.Paused, c.Stood = at, c.Stood+stood
	c.move(h, passing(h, c.Start, stood))
}

// move has the count begin elsewhere.
func (c *Clock) move(h *calendar.Hours, start time.Time) {
	switch {
	case start.Equal(c.Start):
	case c.Term.IsZero():
		c.Start, c.Due = start, passing(h, start, h.Between(c.Start, c.Due))
	default:
		c.Start, c.Due = start, c.Term.From(h, start)
	}
}

// judge says of an ended clock whether its target was attained: the times may have been corrected since.
func (c *Clock) judge() {
	switch {
	case !c.Met.After(c.Due):
		c.Missed = time.Time{}
	case c.Missed.IsZero() && c.Kind.target():
		c.Missed = c.Met
	}
}

// reshare lowers Step to the share that has passed once a deadline moved away, so that the reminders
// still ahead are given, and none a second time.
func (i *Incident) reshare(c *Clock, at time.Time) {
	h := i.HoursOf(c)
	if percent := h.Between(c.Start, c.Due) / 100; percent > 0 {
		c.Step = min(c.Step, int(h.Between(c.Start, at)/percent))
	}
}

// restored ends the restoration clock at the time since when the service is usable, which may be back-dated
// or corrected; the cadence of updates falls.
func (i *Incident) restored(e Event, f *RestorationDeclared) {
	met := f.Since.At
	if met.After(e.At) {
		met = e.At
	}
	if c := i.Clock(Restoration); c != nil {
		if !i.Restored.IsZero() && !c.Met.IsZero() {
			c.Met = met
			c.judge()
		}
		i.end(Restoration, met)
	}
	i.Restored = f.Since
	if i.Clock(NextUpdate).Running() {
		i.cadence(e.At, f.Every)
	}
}

// respond ends the response clock at the first deed by a person of ours other than a reporter: an
// acknowledgement, a role, a message, or anything else that shows a person at work. Matoi's own receipt,
// and being asked or given something by others, does not count.
// Who was given a role and is seen at work has taken it as good as by saying so.
func (i *Incident) respond(e Event) {
	if e.By == "" {
		return
	}
	switch e.Fact.(type) {
	case *Opened, *ReporterAdded, *Joined, *Left, *Declined, *Asked, *RoomOpened, *AlertsMet, *Confirmed, *TextErased, *Snoozed:
		return
	}
	for _, p := range []PersonID{e.By, e.hand()} {
		if i.named(p) {
			i.respondent(p, "acknowledged", "role", e.At)
			i.heeded(p, e.At, time.Time{})
		}
		if _, coming := e.Fact.(*ETAGiven); !coming {
			i.arrived(p)
		}
		if p != "" && p == i.Leads() {
			i.nudge(deed, e.At)
		}
		if i.Clock(Response).Running() && !i.isReporter(p) {
			i.end(Response, e.At)
		}
	}
}

// named reports whether p was given a role by others and has not answered yet.
func (i *Incident) named(p PersonID) bool {
	r, _ := i.Responder(p)
	return r.State == "asked" && (r.Why == "role" || r.Why != "escalation" && i.Manager() == p)
}

// prioritise: raising starts an unmet response anew and brings restoration to the earlier of the old time
// and raise + new target; lowering counts from where the count began. What has been recorded stays.
func (i *Incident) prioritise(e Event, f *Prioritised) {
	was, raised := i.Priority, f.Priority.Higher(i.Priority)
	i.Impact, i.Urgency, i.Priority, i.Provisional, i.Override = f.Impact, f.Urgency, f.Priority, f.Provisional, f.Override
	i.aim(f.Targets)
	if f.Priority == was {
		return
	}
	if i.Raised = e.At; raised {
		i.nudge(raise, e.At)
		i.Snoozes = nil
	}
	t := f.Targets
	i.retarget(Response, e.At, t.Response, raised, true)
	i.retarget(Restoration, e.At, t.Restore, raised, false)
	if i.heard(false).IsZero() {
		i.retarget(FirstNotice, e.At, t.FirstNotice, raised, true)
	}
	if i.heard(true).IsZero() {
		i.retarget(CustomerNotice, e.At, t.CustomerNotice, raised, true)
	}
	if i.Updates > 0 {
		i.repace(e.At, t, raised)
	}
}

// repace gives the updates the cadence of another priority.
func (i *Incident) repace(at time.Time, t Targets, raised bool) {
	every := t.Update
	if !i.Restored.IsZero() {
		every = t.AfterRestored
	}
	switch c := i.Clock(NextUpdate); {
	case !raised:
		i.slow(at, every)
	case i.Open() && !every.IsZero() && (!c.Running() || every.From(i.hours(), at).Before(c.Due)):
		i.arm(NextUpdate, at, every)
	}
}

func (i *Incident) retarget(k ClockKind, at time.Time, target Length, raised, anew bool) {
	c := i.Clock(k)
	if c != nil && !c.Paused.IsZero() {
		at = c.Paused // it stands still: the time since will be added when it goes on
	}
	switch {
	case (c == nil || c.Dropped) && i.Open():
		i.arm(k, at, target)
	case c == nil || !c.Met.IsZero() || !c.Missed.IsZero():
	case target.IsZero():
		i.void(k, at)
	case raised && anew, raised && target.From(i.hours(), at).Before(c.Due):
		c.Start, c.Due, c.Step = at, target.From(i.hours(), at), 0
		c.Term, c.Hours, c.Policy = target, i.Counted, i.Targets.Policy
	case !raised:
		c.Start = i.rebased(c)
		i.recount(c, target)
		i.reshare(c, at)
	}
}

// recount gives a clock another target, from where it counts.
func (i *Incident) recount(c *Clock, target Length) {
	c.Due = target.From(i.hours(), c.Start)
	c.Term, c.Hours, c.Policy = target, i.Counted, i.Targets.Policy
}

// rebased is where a clock counts from in the hours of the moment, whatever was raised since: what it stood still is measured
// in those.
func (i *Incident) rebased(c *Clock) time.Time {
	if c.Hours != i.Counted && len(c.Pauses) > 0 {
		c.Stood = 0
		for _, p := range c.Pauses {
			c.Stood += i.hours().Between(p.From, p.To)
		}
	}
	return passing(i.hours(), c.Base, c.Stood)
}

// began moves where the restoration clock counts from, once it is known better when it began. Where a raise
// set the deadline, that stays.
func (i *Incident) began(at, from time.Time) {
	c := i.Clock(Restoration)
	if c == nil || from.IsZero() {
		return
	}
	if h := i.HoursOf(c); !c.Raised(h) {
		c.move(h, passing(h, from, c.Stood))
	}
	c.Base = from
	if !c.Met.IsZero() {
		if !c.Dropped {
			c.judge()
		}
		return
	}
	if c.Due.After(at) {
		c.Missed = time.Time{} // it was missed by a time that was wrong
		i.reshare(c, at)
	}
}

// Raised reports whether a raise of the priority, and not Base, is where a clock counts from. h are its hours.
func (c *Clock) Raised(h *calendar.Hours) bool { return !c.Start.Equal(passing(h, c.Base, c.Stood)) }

func (i *Incident) nudge(k ClockKind, at time.Time) {
	if i.Nudged == nil {
		i.Nudged = map[ClockKind]time.Time{}
	}
	i.Nudged[k] = at
}
