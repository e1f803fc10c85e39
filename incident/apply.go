package incident

import (
	"maps"
	"slices"
	"time"
)

// Fold computes an incident from its entries.
func Fold(n Number, events []Event) *Incident {
	i := &Incident{Number: n}
	for _, e := range events {
		i.Apply(e)
	}
	return i
}

// Clone copies an incident so deeply that Apply on the copy leaves the original alone. What Apply only ever
// replaces as a whole (Source, Hold, Last) stays shared.
func (i *Incident) Clone() *Incident {
	c := *i
	c.Services, c.Members = slices.Clone(i.Services), slices.Clone(i.Members)
	c.Reporters, c.Downs, c.Measures, c.Holds = slices.Clone(i.Reporters), slices.Clone(i.Downs), slices.Clone(i.Measures), slices.Clone(i.Holds)
	c.Custom, c.Holders, c.Offers, c.People = slices.Clone(i.Custom), slices.Clone(i.Holders), slices.Clone(i.Offers), slices.Clone(i.People)
	c.Tasks, c.Deeds, c.Clocks, c.Hours = slices.Clone(i.Tasks), slices.Clone(i.Deeds), slices.Clone(i.Clocks), slices.Clone(i.Hours)
	c.Rooms, c.Links, c.Merged, c.Doubts = slices.Clone(i.Rooms), slices.Clone(i.Links), slices.Clone(i.Merged), slices.Clone(i.Doubts)
	c.Calls, c.Snoozes = slices.Clone(i.Calls), slices.Clone(i.Snoozes)
	c.Further = cloneFurther(i.Further)
	c.Pins, c.Nudged = maps.Clone(i.Pins), maps.Clone(i.Nudged)
	c.Announced, c.Recused, c.Told = slices.Clone(i.Announced), slices.Clone(i.Recused), slices.Clone(i.Told)
	if i.Before != nil {
		b := *i.Before
		b.Services, b.Clocks = slices.Clone(b.Services), slices.Clone(b.Clocks)
		c.Before = &b
	}
	return &c
}

// Apply folds one entry in. It reads nothing but the entry and the state.
func (i *Incident) Apply(e Event) {
	i.Number, i.Version, i.Head, i.Changed = e.Number, e.Seq, e.Hash, e.At
	i.respond(e)
	i.touch(e)
	i.aimed(e)
	i.remember(e)
	switch f := e.Fact.(type) {
	case *Opened:
		i.open(e, f)
	case *Titled:
		i.Title = f.Title
	case *LanguageChosen:
		i.Lang = f.Lang
	case *Summarised:
		i.Summary = f.Text
	case *Prioritised:
		i.prioritise(e, f)
	case *Retargeted:
		i.follow(e.At, f.Targets)
	case *Categorised:
		i.Category = f.Category
		if f.Team != "" {
			i.Team = f.Team
		}
	case *ServicesNamed:
		i.Services = slices.Clone(f.Services)
	case *Teamed:
		i.Team = f.Team
	case *Assigned:
		i.awake(i.Assignee)
		i.Assignee = f.Person
		i.awake(f.Person)
		i.admit(f.Person)
	case *StatusChanged:
		i.Status = f.To
	case *RestorationDeclared:
		i.restored(e, f)
	case *RestorationWithdrawn:
		i.forget("restored")
		i.Restored = Moment{}
		i.again(Restoration, e.At)
		i.cadence(e.At, f.Every)
	case *WorkaroundRecorded:
		i.Workaround = f.Text
	case *FixRecorded:
		i.Fix, i.FixFailed = f.Text, false
	case *CauseRecorded:
		i.recordCause(f)
	case *ImpactRecorded:
		i.ImpactText = f.Text
	case *AccessSet:
		i.grant(f)
	case *AlertsMet:
		i.meet(e, f)
	case *Linked:
		i.Links = append(i.Links, f.Link)
	case *RoomOpened:
		i.Rooms = append(slices.DeleteFunc(i.Rooms, func(r Room) bool { return r.Realm == f.Room.Realm }), f.Room)
	case *DeliveryFailed:
		i.Doubts = append(i.Doubts, f.Effect+" "+f.Realm+": "+f.Why)
		i.Doubts = i.Doubts[max(0, len(i.Doubts)-5):]
		i.unreached(f)
	case *Paged:
		i.reached(f)
	case *ReportIssued:
		if i.Report.First.IsZero() {
			i.Report.First, i.Report.By = e.At, e.By
		}
		i.Report.Version = f.Version
	case *OccurrenceSet:
		i.forget("prioritised", "restored")
		i.Occurred = f.Happened
		i.began(e.At, f.Restore)
	default:
		if !i.applyLife(e) && !i.applyMeasure(e) && !i.applyPeople(e) {
			i.applyWork(e)
		}
	}
	i.calm(e)
}

// applyLife folds the facts that end, reopen, merge, hold and undo.
func (i *Incident) applyLife(e Event) bool {
	switch f := e.Fact.(type) {
	case *Resolved:
		i.resolve(e)
	case *Confirmed:
		i.confirm(e, f)
	case *Closed:
		i.Status, i.Closed, i.Offers = StatusClosed, e.At, nil
		i.voidAll(e.At)
	case *Reopened:
		i.reopen(e, f)
	case *Cancelled:
		i.Status, i.Closed, i.Offers = StatusCancelled, e.At, nil
		i.voidAll(e.At)
	case *MergedInto:
		i.Status, i.Closed, i.Into, i.Offers = StatusMerged, e.At, f.Into, nil
		i.voidAll(e.At)
	case *Absorbed:
		i.absorb(e, f)
	case *Released:
		i.release(e, f)
	case *Undone:
		i.undo(e, f)
	case *PutOnHold:
		i.forget("prioritised", "restored")
		h := f.Hold
		i.Hold = &h
		i.start(HoldReview, h.Since, h.Review)
		if !h.Promised.IsZero() {
			i.start(VendorPromise, h.Since, h.Promised)
		}
		if c := i.Clock(Restoration); h.Stops && c.Running() {
			c.Paused = h.Since
		}
	case *HoldExtended:
		i.extend(e, f)
	case *Resumed:
		i.forget("prioritised", "restored")
		if i.Hold != nil {
			i.Holds = append(i.Holds, Held{Hold: *i.Hold, Until: e.At})
		}
		i.Hold = nil
		i.end(HoldReview, e.At)
		i.end(VendorPromise, e.At)
		if c := i.Clock(Restoration); c != nil {
			i.stand(c, e.At)
			c.Paused = time.Time{}
		}
	default:
		return false
	}
	return true
}

// applyWork folds entries, tasks, deeds, updates and reminders.
func (i *Incident) applyWork(e Event) {
	switch f := e.Fact.(type) {
	case *Noted:
		if f.Message != nil {
			if i.Pins == nil {
				i.Pins = map[string]Pin{}
			}
			i.Pins[PinKey(f.Message.Place)] = Pin{Seq: e.Seq, By: e.hand()}
		}
	case *Revised:
		if f.Why == "unpinned" {
			maps.DeleteFunc(i.Pins, func(_ string, p Pin) bool { return p.Seq == f.Seq })
		}
	case *DeedAnnounced:
		i.Deeds = append(i.Deeds, Deed{Seq: e.Seq, Person: e.By, Text: f.Text, At: e.At})
	case *DeedClosed:
		i.Deeds = slices.DeleteFunc(i.Deeds, func(d Deed) bool { return d.Seq == f.Seq })
	case *TaskAdded:
		t := Task{ID: f.ID, Text: f.Text, Checklist: f.Checklist, State: "open", At: e.At}
		if f.Owner != "" {
			t.Owner, t.State = f.Owner, "claimed"
			i.admit(f.Owner)
		}
		i.Tasks = append(i.Tasks, t)
	case *TaskClaimed:
		i.admit(f.Person)
		i.task(f.ID, func(t *Task) { t.Owner, t.State, t.At = f.Person, "claimed", e.At })
	case *TaskDone:
		i.task(f.ID, func(t *Task) {
			t.State, t.Result, t.At = "done", f.Result, e.At
			if t.Owner == "" {
				t.Owner = e.By
			}
		})
	case *TaskDropped:
		i.task(f.ID, func(t *Task) { t.State, t.Result, t.At = "dropped", f.Reason, e.At })
	case *Published:
		i.publish(e, f)
	case *Reminded:
		if i.remindedFurther(f.Clock, e.At, false) {
			return
		}
		if c := i.Clock(f.Clock); c != nil {
			c.Step = f.Step
		}
		i.nudge(f.Clock, e.At)
	case *TargetMissed:
		if c := i.Clock(f.Clock); c != nil {
			c.Missed, c.Step = e.At, f.Step
		}
		i.remindedFurther(f.Clock, e.At, true)
	case *Escalated:
		i.escalated(e, f)
	case *Called:
		i.called(e, f)
	case *FurtherBegan, *FurtherCorrected, *FurtherFiled, *FurtherExcused, *FurtherResumed:
		i.applyFurther(e)
	case *Snoozed:
		i.snoozed(f)
	}
}

func (i *Incident) open(e Event, f *Opened) {
	i.Title, i.Summary, i.Status = f.Title, f.Summary, New
	i.Impact, i.Urgency, i.Priority, i.Provisional, i.Override = f.Impact, f.Urgency, f.Priority, f.Provisional, f.Override
	i.Category, i.Services, i.Team, i.Private, i.Channel = f.Category, slices.Clone(f.Services), f.Team, f.Private, f.Channel
	i.Realm, i.Opener, i.Source, i.Opened, i.Raised = f.Realm, e.By, f.Source, e.At, e.At
	i.Occurred, i.Detected, i.Reported, i.Links = f.Happened, f.Detected, f.Reported, slices.Clone(f.Links)
	i.aim(f.Targets)
	if f.Reporter != (Reporter{}) {
		i.Reporters = []Reporter{f.Reporter}
	}
	if f.Previous != 0 {
		i.Links = append(i.Links, Link{Kind: "previous", To: f.Previous})
	}
	if f.Alert != nil {
		i.Alerts = AlertTally{Source: f.Alert.Source, Group: f.Group, Storm: f.Storm, Total: 1, Firing: 1, Last: e.At, Ending: f.Ending, Alone: f.Alone}
	}
	for n, text := range f.Checklist {
		i.Tasks = append(i.Tasks, Task{ID: n + 1, Text: text, Checklist: true, State: "open", At: e.At})
	}
	i.startTargets(e.At, f)
}

func (i *Incident) recordCause(f *CauseRecorded) {
	if f.Direct != "" {
		i.Cause.Direct = f.Direct
	}
	if f.Root != "" {
		i.Cause.Root = f.Root
	}
}

func (i *Incident) meet(e Event, f *AlertsMet) {
	quiet := !i.Alerts.Quiet.IsZero()
	i.tally(e, f.Total, f.Firing)
	if f.Firing == 0 || len(f.Attached)+len(f.Refired)+len(f.Flapping) > 0 {
		i.Alerts.Hushed = false
	} else if quiet && len(f.Hushed) > 0 {
		i.Alerts.Hushed = true
	}
	if len(f.Attached)+len(f.Refired)+len(f.Flapping) > 0 {
		i.Alerts.Last = e.At
	}
	if len(f.Refired) > 0 && !i.Open() && !i.askedAgain() {
		i.Alerts.Asked = e.At
	}
}

// askedAgain reports whether it was asked since the end whether to reopen: a flapping alarm asks once.
func (i *Incident) askedAgain() bool {
	ended := i.Resolved
	if i.Closed.After(ended) {
		ended = i.Closed
	}
	return !i.Alerts.Asked.IsZero() && i.Alerts.Asked.After(ended)
}

func (i *Incident) confirm(e Event, f *Confirmed) {
	answer, who := "fixed", PersonID("") // who is no reporter answers for those known by contact only
	if !f.Fixed {
		answer = "not_fixed"
	}
	if i.isReporter(f.Person) {
		who = f.Person
	}
	for k := range i.Reporters {
		if i.Reporters[k].Person == who {
			i.Reporters[k].Answer, i.Reporters[k].At = answer, e.At
		}
	}
}

// reopen starts the work anew. "Never worked" counts the interval as downtime: the restoration clock runs on.
// "Broke again" ends that downtime and begins another.
func (i *Incident) reopen(e Event, f *Reopened) {
	i.Before = nil
	i.FixFailed = i.Fix != ""
	i.aim(f.Targets)
	broke := !f.NeverWorked && !i.Restored.IsZero()
	if broke {
		i.Downs = append(i.Downs, Span{From: i.Since().At, To: i.Restored.At})
		i.Occurred = Moment{At: e.At}
	}
	i.Status, i.Resolved, i.Closed, i.Restored, i.Raised = Investigating, time.Time{}, time.Time{}, Moment{}, e.At
	i.unanswer()
	i.Calls, i.Snoozes = nil, nil
	delete(i.Nudged, upward)
	for k := range i.Told {
		i.Told[k].Next = time.Time{} // promised of what was over
	}
	if c := i.Clock(Restoration); broke || c == nil {
		i.arm(Restoration, e.At, f.Targets.Restore)
	} else {
		i.again(Restoration, e.At)
	}
	switch c := i.Clock(NextUpdate); {
	case i.Updates == 0:
		i.arm(FirstNotice, e.At, f.Targets.FirstNotice)
		i.arm(CustomerNotice, e.At, f.Targets.CustomerNotice)
	case !c.Running():
		i.arm(NextUpdate, e.At, f.Targets.Update)
	}
}

// Since is when the present downtime began: occurred, else detected, reported or opened.
func (i *Incident) Since() Moment {
	if !i.Occurred.IsZero() {
		return i.Occurred
	}
	for _, t := range []time.Time{i.Detected, i.Reported} {
		if !t.IsZero() {
			return Moment{At: t}
		}
	}
	return Moment{At: i.Opened}
}

// resolve ends every clock but that of an update which somebody promised.
func (i *Incident) resolve(e Event) {
	i.Status, i.Resolved = StatusResolved, e.At
	for k := range i.Clocks {
		if kind := i.Clocks[k].Kind; kind != NextUpdate {
			i.void(kind, e.At)
		}
	}
	i.nextUpdate(e.At, time.Time{}, Length{})
	i.unanswer()
}

// unanswer: the reporters are asked anew.
func (i *Incident) unanswer() {
	for k := range i.Reporters {
		i.Reporters[k].Answer, i.Reporters[k].At = "", time.Time{}
	}
}

// absorb takes over what a merged incident brings along.
func (i *Incident) absorb(e Event, f *Absorbed) {
	i.Merged = append(i.Merged, f.Number)
	for _, r := range f.Reporters {
		r.Answer, r.At, r.Via = "", time.Time{}, f.Number
		i.addReporter(r)
	}
	i.tally(e, i.Alerts.Total+f.Total, i.Alerts.Firing+f.Firing)
	if f.Firing > 0 {
		i.Alerts.Hushed = false
	}
}

// release gives back what absorb took.
func (i *Incident) release(e Event, f *Released) {
	i.Merged = slices.DeleteFunc(i.Merged, func(n Number) bool { return n == f.Number })
	i.Reporters = slices.DeleteFunc(i.Reporters, func(r Reporter) bool { return r.Via == f.Number })
	i.tally(e, max(0, i.Alerts.Total-f.Total), max(0, i.Alerts.Firing-f.Firing))
}

// tally counts the alerts; quiet is since when none of them fires.
func (i *Incident) tally(e Event, total, firing int64) {
	was := i.Alerts
	i.Alerts.Total, i.Alerts.Firing = total, firing
	switch {
	case firing > 0 || total == 0:
		i.Alerts.Quiet = time.Time{}
	case was.Firing > 0 || was.Quiet.IsZero():
		i.Alerts.Quiet = e.At
	}
}

func (i *Incident) addReporter(r Reporter) {
	if !i.knows(r) {
		i.Reporters = append(i.Reporters, r)
	}
}

// knows reports whether r is among the reporters already.
func (i *Incident) knows(r Reporter) bool {
	return slices.ContainsFunc(i.Reporters, func(known Reporter) bool {
		return known.Person == r.Person && (r.Person != "" || known.Contact == r.Contact)
	})
}

func (i *Incident) task(id int, change func(*Task)) {
	for k := range i.Tasks {
		if i.Tasks[k].ID == id {
			change(&i.Tasks[k])
		}
	}
}
