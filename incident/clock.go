package incident

import "time"

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
	AskNext        ClockKind = "ask_next"     // an unacknowledged P1 goes to the next person
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
	Stood   time.Duration `json:"stood,omitempty"`   // how long it stood still
	Step    int           `json:"step,omitempty"`    // last reminder given: share in percent, 100 and above after the miss
	Policy  string        `json:"policy"`

	Audience string `json:"audience,omitempty"` // of a next update: to whom it was promised, empty for the cadence
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
	t := f.Targets
	i.arm(Response, told, t.Response)
	i.arm(Restoration, f.Restore, t.Restore)
	i.arm(FirstNotice, at, t.FirstNotice)
	i.arm(CustomerNotice, at, t.CustomerNotice)
}

// arm starts a clock unless its target is none.
func (i *Incident) arm(k ClockKind, from time.Time, target time.Duration) {
	if target > 0 {
		i.start(k, from, from.Add(target), i.Targets.Policy)
	}
}

func (i *Incident) start(k ClockKind, from, due time.Time, policy string) {
	c := Clock{Kind: k, Start: from, Due: due, Base: from, Policy: policy}
	if old := i.Clock(k); old != nil {
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
	c.stand(at)
	c.Met, c.Paused = at, time.Time{}
	c.judge()
}

// void stops a clock for good because nobody needs it any more.
func (i *Incident) void(k ClockKind, at time.Time) {
	if c := i.Clock(k); c != nil && c.Met.IsZero() {
		c.stand(at)
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
		c.stand(at)
		c.Paused = at
	}
	c.Met, c.Dropped = time.Time{}, false
}

// stand moves a paused clock on to at, by the time for which it stood still.
func (c *Clock) stand(at time.Time) {
	if c.Paused.IsZero() || !at.After(c.Paused) {
		return
	}
	stood := at.Sub(c.Paused)
	c.Start, c.Due, c.Stood, c.Paused = c.Start.Add(stood), c.Due.Add(stood), c.Stood+stood, at
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
func (c *Clock) reshare(at time.Time) {
	if percent := c.Due.Sub(c.Start) / 100; percent > 0 {
		c.Step = min(c.Step, max(0, int(at.Sub(c.Start)/percent)))
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
	case *Opened, *ReporterAdded, *Joined, *Left, *Declined, *Asked, *RoomOpened, *AlertsMet, *Confirmed, *TextErased:
		return
	}
	for _, p := range []PersonID{e.By, e.hand()} {
		if i.named(p) {
			i.respondent(p, "acknowledged", "role", e.At)
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
	i.Impact, i.Urgency, i.Priority, i.Provisional, i.Override, i.Targets = f.Impact, f.Urgency, f.Priority, f.Provisional, f.Override, f.Targets
	if f.Priority == was {
		return
	}
	i.Raised = e.At
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
	case i.Open() && every > 0 && (!c.Running() || at.Add(every).Before(c.Due)):
		i.start(NextUpdate, at, at.Add(every), t.Policy)
	}
}

func (i *Incident) retarget(k ClockKind, at time.Time, target time.Duration, raised, anew bool) {
	c := i.Clock(k)
	if c != nil && !c.Paused.IsZero() {
		at = c.Paused // it stands still: the time since will be added when it goes on
	}
	switch {
	case (c == nil || c.Dropped) && i.Open():
		i.arm(k, at, target)
	case c == nil || !c.Met.IsZero() || !c.Missed.IsZero():
	case target == 0:
		i.void(k, at)
	case raised && anew, raised && at.Add(target).Before(c.Due):
		c.Start, c.Due, c.Step, c.Policy = at, at.Add(target), 0, i.Targets.Policy
	case !raised:
		c.Start = c.Base.Add(c.Stood)
		c.Due, c.Policy = c.Start.Add(target), i.Targets.Policy
		c.reshare(at)
	}
}

// began moves where the restoration clock counts from, once it is known better when it began. Where a raise
// set the deadline, that stays.
func (i *Incident) began(at, from time.Time) {
	c := i.Clock(Restoration)
	if c == nil || from.IsZero() {
		return
	}
	if c.Start.Equal(c.Base.Add(c.Stood)) {
		moved := from.Sub(c.Base)
		c.Start, c.Due = c.Start.Add(moved), c.Due.Add(moved)
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
		c.reshare(at)
	}
}

func (i *Incident) nudge(k ClockKind, at time.Time) {
	if i.Nudged == nil {
		i.Nudged = map[ClockKind]time.Time{}
	}
	i.Nudged[k] = at
}
