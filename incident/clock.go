package incident

import "time"

// ClockKind names a deadline.
type ClockKind string

// The clocks. All but the first five are not targets: missing them is a reminder, not a miss.
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
	Confirmation   ClockKind = "confirmation" // silence closes
)

// Clock is one running or ended deadline. Every one stores the policy version that set it.
type Clock struct {
	Kind   ClockKind `json:"kind"`
	Start  time.Time `json:"start"`
	Due    time.Time `json:"due"`
	Met    time.Time `json:"met,omitzero"`    // ended in time or late
	Missed time.Time `json:"missed,omitzero"` // recorded as missed
	Paused time.Time `json:"paused,omitzero"` // stands still since
	Step   int       `json:"step,omitempty"`  // last reminder given: share in percent, above 100 after the miss
	Policy string    `json:"policy"`
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
	arm := func(k ClockKind, from time.Time, target time.Duration) {
		if target > 0 {
			i.start(k, from, from.Add(target), t.Policy)
		}
	}
	arm(Response, told, t.Response)
	arm(Restoration, f.Restore, t.Restore)
	arm(FirstNotice, at, t.FirstNotice)
	arm(CustomerNotice, at, t.CustomerNotice)
}

func (i *Incident) start(k ClockKind, from, due time.Time, policy string) {
	c := Clock{Kind: k, Start: from, Due: due, Policy: policy}
	if old := i.Clock(k); old != nil {
		*old = c
		return
	}
	i.Clocks = append(i.Clocks, c)
}

// end stops a clock for good: met, or no longer wanted.
func (i *Incident) end(k ClockKind, at time.Time) {
	if c := i.Clock(k); c != nil && c.Met.IsZero() {
		c.Met, c.Paused = at, time.Time{}
	}
}

func (i *Incident) endAll(at time.Time) {
	for k := range i.Clocks {
		i.end(i.Clocks[k].Kind, at)
	}
}

// again takes the end of a clock back: it runs on as if it had never stopped.
func (i *Incident) again(k ClockKind) {
	if c := i.Clock(k); c != nil {
		c.Met = time.Time{}
	}
}

// slowUpdates sets the cadence anew from now on; zero ends it.
func (i *Incident) slowUpdates(at time.Time, every time.Duration) {
	c := i.Clock(NextUpdate)
	if !c.Running() {
		return
	}
	if every == 0 {
		c.Met = at
		return
	}
	if !c.Missed.IsZero() {
		return
	}
	i.start(NextUpdate, at, at.Add(every), c.Policy)
}

// respond ends the response clock at the first deed by a person of ours other than a reporter: an
// acknowledgement, a role, a message, or anything else that shows a person at work. Matoi's own receipt,
// and being asked or given something by others, does not count.
func (i *Incident) respond(e Event) {
	c := i.Clock(Response)
	if e.By == "" || !c.Running() {
		return
	}
	for _, r := range i.Reporters {
		if r.Person == e.By {
			return
		}
	}
	switch e.Fact.(type) {
	case *Opened, *ReporterAdded, *Joined, *Left, *Declined, *Asked, *RoomOpened, *AlertsMet, *Confirmed:
		return
	}
	c.Met = e.At
}

// prioritise: raising starts an unmet response anew and brings restoration to the earlier of the old time
// and raise + new target; lowering counts from the old start. What has been recorded stays.
func (i *Incident) prioritise(e Event, f *Prioritised) {
	raised := f.Priority.Higher(i.Priority)
	if f.Priority != i.Priority {
		i.Raised = e.At
		delete(i.Nudged, Delegate)
	}
	i.Impact, i.Urgency, i.Priority, i.Provisional, i.Override, i.Targets = f.Impact, f.Urgency, f.Priority, f.Provisional, f.Override, f.Targets
	t := f.Targets
	i.retarget(Response, e.At, t.Response, raised, true)
	i.retarget(Restoration, e.At, t.Restore, raised, false)
	if i.Updates == 0 {
		i.retarget(FirstNotice, e.At, t.FirstNotice, raised, true)
		i.retarget(CustomerNotice, e.At, t.CustomerNotice, raised, true)
		return
	}
	if c := i.Clock(NextUpdate); c.Running() && raised && t.Update > 0 && e.At.Add(t.Update).Before(c.Due) {
		i.start(NextUpdate, e.At, e.At.Add(t.Update), t.Policy)
	}
}

func (i *Incident) retarget(k ClockKind, at time.Time, target time.Duration, raised, anew bool) {
	c := i.Clock(k)
	switch {
	case c == nil && target > 0 && i.Open():
		i.start(k, at, at.Add(target), i.Targets.Policy)
	case c == nil || !c.Met.IsZero() || !c.Missed.IsZero():
	case target == 0:
		c.Met = at
	case raised && anew:
		c.Start, c.Due, c.Step, c.Policy = at, at.Add(target), 0, i.Targets.Policy
	case raised:
		if due := at.Add(target); due.Before(c.Due) {
			c.Start, c.Due, c.Step, c.Policy = at, due, 0, i.Targets.Policy
		}
	default:
		c.Due, c.Step, c.Policy = c.Start.Add(target), 0, i.Targets.Policy
	}
}

// publish: a real update resets the update clock to what it promised.
func (i *Incident) publish(e Event, f *Published) {
	i.Updates++
	i.Last = &Update{Seq: e.Seq, Kind: f.Sort, Audience: f.Audience, Text: f.Text, At: e.At, Next: f.Next}
	if f.Audience == "customers" {
		i.end(CustomerNotice, e.At)
	} else {
		i.end(FirstNotice, e.At)
	}
	if f.Next.IsZero() || !i.Open() {
		i.end(NextUpdate, e.At)
		return
	}
	i.start(NextUpdate, e.At, f.Next, i.Targets.Policy)
}

func (i *Incident) nudge(k ClockKind, at time.Time) {
	if i.Nudged == nil {
		i.Nudged = map[ClockKind]time.Time{}
	}
	i.Nudged[k] = at
}
