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

// Clone copies an incident so deeply that Apply on the copy leaves the original alone.
func (i *Incident) Clone() *Incident {
	c := *i
	c.Services, c.Members = slices.Clone(i.Services), slices.Clone(i.Members)
	c.Reporters, c.Downs, c.Measures, c.Holds = slices.Clone(i.Reporters), slices.Clone(i.Downs), slices.Clone(i.Measures), slices.Clone(i.Holds)
	c.Custom, c.Holders, c.Offers, c.People = slices.Clone(i.Custom), slices.Clone(i.Holders), slices.Clone(i.Offers), slices.Clone(i.People)
	c.Tasks, c.Deeds, c.Clocks = slices.Clone(i.Tasks), slices.Clone(i.Deeds), slices.Clone(i.Clocks)
	c.Rooms, c.Links, c.Merged, c.Doubts = slices.Clone(i.Rooms), slices.Clone(i.Links), slices.Clone(i.Merged), slices.Clone(i.Doubts)
	c.Pins, c.Nudged = maps.Clone(i.Pins), maps.Clone(i.Nudged)
	return &c
}

// Apply folds one entry in. It reads nothing but the entry and the state.
func (i *Incident) Apply(e Event) {
	i.Number, i.Version, i.Head, i.Changed = e.Number, e.Seq, e.Hash, e.At
	i.remember(e)
	i.respond(e)
	switch f := e.Fact.(type) {
	case *Opened:
		i.open(e, f)
	case *Titled:
		i.Title = f.Title
	case *Summarised:
		i.Summary = f.Text
	case *Prioritised:
		i.prioritise(e, f)
	case *Categorised:
		i.Category = f.Category
		if f.Team != "" {
			i.Team = f.Team
		}
	case *ServicesNamed:
		i.Services = f.Services
	case *Teamed:
		i.Team = f.Team
	case *Assigned:
		i.Assignee = f.Person
	case *StatusChanged:
		i.Status = f.To
	case *RestorationDeclared:
		i.Restored = f.Since
		i.end(Restoration, e.At)
		i.slowUpdates(e.At, f.Every)
	case *RestorationWithdrawn:
		i.Restored = Moment{}
		i.again(Restoration)
		i.slowUpdates(e.At, f.Every)
	case *WorkaroundRecorded:
		i.Workaround = f.Text
	case *FixRecorded:
		i.Fix = f.Text
	case *CauseRecorded:
		i.recordCause(f)
	case *ImpactRecorded:
		i.ImpactText = f.Text
	case *MeasureAdded:
		i.Measures = append(i.Measures, f.Measure)
	case *AccessSet:
		i.Private, i.Members = f.Private, f.Members
	case *AlertsMet:
		i.meet(e, f)
	case *Linked:
		i.Links = append(i.Links, f.Link)
	case *RoomOpened:
		i.Rooms = append(slices.DeleteFunc(i.Rooms, func(r Room) bool { return r.Realm == f.Room.Realm }), f.Room)
	case *DeliveryFailed:
		i.Doubts = append(i.Doubts, f.Effect+" "+f.Realm+": "+f.Why)
		i.Doubts = i.Doubts[max(0, len(i.Doubts)-5):]
	case *ReportIssued:
		if i.Report.First.IsZero() {
			i.Report.First, i.Report.By = e.At, e.By
		}
		i.Report.Version = f.Version
	case *OccurrenceSet:
		i.Occurred = f.Happened
		if c := i.Clock(Restoration); c != nil && !f.Restore.IsZero() && c.Missed.IsZero() {
			c.Due, c.Start, c.Step = c.Due.Add(f.Restore.Sub(c.Start)), f.Restore, 0
		}
	default:
		if !i.applyLife(e) && !i.applyPeople(e) {
			i.applyWork(e)
		}
	}
}

// applyLife folds the facts that end, reopen, merge, hold and undo.
func (i *Incident) applyLife(e Event) bool {
	switch f := e.Fact.(type) {
	case *Resolved:
		i.Status, i.Resolved = StatusResolved, e.At
		i.endAll(e.At)
		for k := range i.Reporters {
			i.Reporters[k].Answer, i.Reporters[k].At = "", time.Time{}
		}
	case *Confirmed:
		i.confirm(e, f)
	case *Closed:
		i.Status, i.Closed, i.Offers = StatusClosed, e.At, nil
		i.endAll(e.At)
	case *Reopened:
		i.reopen(e, f)
	case *Cancelled:
		i.Status, i.Closed, i.Offers = StatusCancelled, e.At, nil
		i.endAll(e.At)
	case *MergedInto:
		i.Status, i.Closed, i.Into, i.Offers = StatusMerged, e.At, f.Into, nil
		i.endAll(e.At)
	case *Absorbed:
		i.Merged = append(i.Merged, f.Number)
		for _, r := range f.Reporters {
			i.addReporter(r)
		}
		i.Alerts.Total, i.Alerts.Firing = i.Alerts.Total+f.Total, i.Alerts.Firing+f.Firing
	case *Released:
		i.Merged = slices.DeleteFunc(i.Merged, func(n Number) bool { return n == f.Number })
		i.Alerts.Total, i.Alerts.Firing = max(0, i.Alerts.Total-f.Total), max(0, i.Alerts.Firing-f.Firing)
	case *Undone:
		i.undo(f)
	case *PutOnHold:
		h := f.Hold
		i.Hold = &h
		i.start(HoldReview, h.Since, h.Review, i.Targets.Policy)
		if !h.Promised.IsZero() {
			i.start(VendorPromise, h.Since, h.Promised, i.Targets.Policy)
		}
		if c := i.Clock(Restoration); h.Stops && c.Running() {
			c.Paused = h.Since
		}
	case *Resumed:
		if i.Hold != nil {
			i.Holds = append(i.Holds, Held{Hold: *i.Hold, Until: e.At})
		}
		i.Hold = nil
		i.end(HoldReview, e.At)
		i.end(VendorPromise, e.At)
		if c := i.Clock(Restoration); c != nil && !c.Paused.IsZero() {
			stood := e.At.Sub(c.Paused)
			c.Start, c.Due, c.Paused = c.Start.Add(stood), c.Due.Add(stood), time.Time{}
		}
	default:
		return false
	}
	return true
}

// applyPeople folds roles and the responder board.
func (i *Incident) applyPeople(e Event) bool {
	switch f := e.Fact.(type) {
	case *RoleInvented:
		i.Custom = append(i.Custom, f.Role)
	case *RoleTaken:
		if f.From != "" {
			i.drop(f.Role, f.From)
		}
		i.hold(f.Role, f.Person, f.Stream, e.At)
		if state := "acknowledged"; e.By != f.Person {
			if _, known := i.Responder(f.Person); !known {
				i.respondent(f.Person, "asked", "role", e.At)
			}
		} else {
			i.respondent(f.Person, state, "", e.At)
		}
	case *RoleLeft:
		i.drop(f.Role, f.Person)
	case *HandoverOffered:
		i.Offers = append(i.Offers, Offer{Seq: e.Seq, Role: f.Role, From: f.From, To: f.To, Until: f.Until})
	case *HandoverAnswered:
		i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return o.Seq == f.Offer })
		if f.Answer == "accepted" {
			i.drop(f.Role, f.From)
			i.hold(f.Role, f.To, "", e.At)
			i.respondent(f.To, "acknowledged", "", e.At)
		}
	case *TakenOver:
		i.drop(f.Role, f.From)
		i.Offers = slices.DeleteFunc(i.Offers, func(o Offer) bool { return o.Role == f.Role })
		i.hold(f.Role, f.To, "", e.At)
		i.respondent(f.To, "acknowledged", "", e.At)
	case *ActingBegan:
		i.Acting = f.Person
	case *Asked:
		i.respondent(f.Person, "asked", f.Why, e.At)
	case *Acknowledged:
		i.respondent(f.Person, "acknowledged", "", e.At)
	case *Declined:
		i.respondent(f.Person, "declined", f.Reason, e.At)
		if i.Acting == f.Person {
			i.Acting = ""
		}
	case *ETAGiven:
		i.respondent(f.Person, "acknowledged", "", e.At)
		for k := range i.People {
			if i.People[k].Person == f.Person {
				i.People[k].ETA = f.ETA
			}
		}
	case *Joined:
		r, known := i.Responder(f.Person)
		if !known || r.State == "left" || r.State == "asked" && r.Why == "role" {
			i.respondent(f.Person, "joined", "", e.At)
		}
	case *Left:
		i.respondent(f.Person, "left", "", e.At)
	case *ReporterAdded:
		i.addReporter(f.Reporter)
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
			i.Pins[PinKey(f.Message.Place)] = Pin{Seq: e.Seq, By: e.By}
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
		}
		i.Tasks = append(i.Tasks, t)
	case *TaskClaimed:
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
		if c := i.Clock(f.Clock); c != nil {
			c.Step = f.Step
		}
		i.nudge(f.Clock, e.At)
	case *TargetMissed:
		if c := i.Clock(f.Clock); c != nil {
			c.Missed, c.Step = e.At, f.Step
		}
	case *Escalated:
		i.Line = max(i.Line, f.Line)
	}
}

func (i *Incident) open(e Event, f *Opened) {
	i.Title, i.Summary, i.Status = f.Title, f.Summary, New
	i.Impact, i.Urgency, i.Priority, i.Provisional, i.Override = f.Impact, f.Urgency, f.Priority, f.Provisional, f.Override
	i.Category, i.Services, i.Team, i.Private, i.Channel = f.Category, f.Services, f.Team, f.Private, f.Channel
	i.Opener, i.Source, i.Opened, i.Raised = e.By, f.Source, e.At, e.At
	i.Occurred, i.Detected, i.Reported, i.Targets, i.Links = f.Happened, f.Detected, f.Reported, f.Targets, f.Links
	if f.Reporter != (Reporter{}) {
		i.Reporters = []Reporter{f.Reporter}
	}
	if f.Previous != 0 {
		i.Links = append(i.Links, Link{Kind: "previous", To: f.Previous})
	}
	if f.Alert != nil {
		i.Alerts = AlertTally{Source: f.Alert.Source, Group: f.Group, Storm: f.Storm, Total: 1, Firing: 1}
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
	i.Alerts.Total, i.Alerts.Firing = f.Total, f.Firing
	i.Alerts.Quiet = time.Time{}
	if f.Firing == 0 {
		i.Alerts.Quiet = e.At
	}
}

func (i *Incident) confirm(e Event, f *Confirmed) {
	answer := "fixed"
	if !f.Fixed {
		answer = "not_fixed"
	}
	for k := range i.Reporters {
		if i.Reporters[k].Person == f.Person || i.Reporters[k].Person == "" {
			i.Reporters[k].Answer, i.Reporters[k].At = answer, e.At
		}
	}
}

func (i *Incident) reopen(e Event, f *Reopened) {
	if !f.NeverWorked && !i.Restored.IsZero() {
		from := i.Occurred.At
		if from.IsZero() {
			from = i.Opened
		}
		i.Downs = append(i.Downs, Span{From: from, To: i.Restored.At})
		i.Occurred = Moment{At: e.At}
	}
	i.Status, i.Resolved, i.Closed, i.Restored, i.Targets = Investigating, time.Time{}, time.Time{}, Moment{}, f.Targets
	if f.NeverWorked {
		i.again(Restoration)
	} else if f.Targets.Restore > 0 {
		i.start(Restoration, e.At, e.At.Add(f.Targets.Restore), f.Targets.Policy)
	}
	if f.Targets.Update > 0 {
		i.start(NextUpdate, e.At, e.At.Add(f.Targets.Update), f.Targets.Policy)
	}
}

// remember keeps the state before a deed that can be undone.
func (i *Incident) remember(e Event) {
	switch e.Fact.(type) {
	case *Titled, *Prioritised, *Categorised, *ServicesNamed, *StatusChanged, *RestorationDeclared, *Resolved, *Closed, *Cancelled, *MergedInto:
		if i.Before != nil && i.Before.Seq == e.Seq-1 && sameDeed(i.Before.Kind, e.Fact.Kind()) {
			i.Before.Seq, i.Before.Kind = e.Seq, e.Fact.Kind() // restored, resolved and closed in one breath
			return
		}
		i.Before = &Before{Seq: e.Seq, Kind: e.Fact.Kind(), Status: i.Status, Title: i.Title, Impact: i.Impact, Urgency: i.Urgency,
			Priority: i.Priority, Provisional: i.Provisional, Override: i.Override, Category: i.Category, Services: slices.Clone(i.Services),
			Restored: i.Restored, Resolved: i.Resolved, Closed: i.Closed, Into: i.Into, Clocks: slices.Clone(i.Clocks)}
	}
}

func (i *Incident) undo(f *Undone) {
	b := f.Back
	i.Status, i.Title, i.Impact, i.Urgency, i.Priority, i.Provisional = b.Status, b.Title, b.Impact, b.Urgency, b.Priority, b.Provisional
	i.Override, i.Category, i.Services = b.Override, b.Category, b.Services
	i.Restored, i.Resolved, i.Closed, i.Into, i.Targets, i.Before = b.Restored, b.Resolved, b.Closed, b.Into, f.Targets, nil
	for k := range b.Clocks { // a reminder already given is not given again
		if now := i.Clock(b.Clocks[k].Kind); now != nil && now.Due.Equal(b.Clocks[k].Due) {
			b.Clocks[k].Step = max(b.Clocks[k].Step, now.Step)
			b.Clocks[k].Missed = now.Missed
		}
	}
	i.Clocks = slices.Clone(b.Clocks)
}

func (i *Incident) addReporter(r Reporter) {
	for _, known := range i.Reporters {
		if known.Person != "" && known.Person == r.Person || known.Person == "" && known.Contact == r.Contact && r.Person == "" {
			return
		}
	}
	i.Reporters = append(i.Reporters, r)
}

func (i *Incident) hold(role RoleID, p PersonID, stream string, at time.Time) {
	if !i.Has(p, role) {
		i.Holders = append(i.Holders, Holder{Role: role, Person: p, Stream: stream, Since: at})
	}
	if role == Manager {
		i.Acting = ""
	}
}

func (i *Incident) drop(role RoleID, p PersonID) {
	i.Holders = slices.DeleteFunc(i.Holders, func(h Holder) bool { return h.Role == role && h.Person == p })
	if role == Manager && i.Acting == p {
		i.Acting = ""
	}
}

func (i *Incident) respondent(p PersonID, state, why string, at time.Time) {
	for k := range i.People {
		if i.People[k].Person == p {
			i.People[k].State, i.People[k].Why, i.People[k].At = state, why, at
			return
		}
	}
	i.People = append(i.People, Responder{Person: p, State: state, Why: why, At: at})
}

func (i *Incident) task(id int, change func(*Task)) {
	for k := range i.Tasks {
		if i.Tasks[k].ID == id {
			change(&i.Tasks[k])
		}
	}
}

func sameDeed(before, now string) bool {
	return before == "restored" && (now == "resolved" || now == "closed") || before == "resolved" && now == "closed"
}
