package incident

import (
	"slices"
	"strings"
	"time"
)

// decideLife decides what moves the incident through its life (the machine drawn in doc.go).
func (p Policy) decideLife(i *Incident, cmd Command, by By, now time.Time) (out []Entry, r *Refusal, known bool) {
	switch c := cmd.(type) {
	case SetPriority:
		out, r = p.setPriority(i, c, by, now)
	case SetStatus:
		out, r = p.setStatus(i, c)
	case Restore:
		out, r = p.restore(i, c, now)
	case Resolve:
		out, r = p.resolve(i, c, by, now)
	case Confirm:
		out, r = p.confirm(i, c, by, now)
	case Close:
		out, r = p.close(i, c, by, now)
	case Reopen:
		out, r = p.reopen(i, c, now)
	case Cancel:
		out, r = i.cancel(c, by)
	case Undo:
		out, r = p.undo(i, by, now)
	case PutHold:
		out, r = p.putHold(i, c, by, now)
	case ExtendHold:
		out, r = i.extendHold(c, by, now)
	case Resume:
		out, r = i.resume(c)
	default:
		return nil, nil, false
	}
	return out, r, true
}

// PriorityDependency is why a priority is raised for a service that depends on the one in trouble: what it does to others tells how bad
// it is.
const PriorityDependency = "dependency"

func (p Policy) setPriority(i *Incident, c SetPriority, by By, now time.Time) ([]Entry, *Refusal) {
	if i.Over() {
		return no("over", "Status", string(i.Status))
	}
	if c.Why != "" && (!i.Judged.IsZero() || !c.Priority.Higher(i.Priority)) {
		return nil, nil
	}
	f := &Prioritised{From: i.Priority, Impact: i.Impact, Urgency: i.Urgency, Why: c.Why, Service: c.Service}
	if c.Impact != "" || c.Urgency != "" {
		if c.Impact == "" {
			c.Impact = i.Impact
		}
		if c.Urgency == "" {
			c.Urgency = i.Urgency
		}
		impact, urgency, priority, provisional, refusal := p.judge(c.Impact, c.Urgency, c.Priority)
		if refusal != nil {
			return nil, refusal
		}
		f.Impact, f.Urgency, f.Priority, f.Provisional = impact, urgency, priority, provisional
	} else if c.Priority == 0 {
		return no("priority_needed")
	} else {
		f.Priority = c.Priority
		_, f.Provisional, _ = p.Matrix.Priority(f.Impact, f.Urgency)
	}
	if byMatrix, unsure, _ := p.Matrix.Priority(f.Impact, f.Urgency); !unsure && byMatrix != f.Priority {
		if f.Override = strings.TrimSpace(c.Reason); c.Why != "" {
			f.Provisional = true // nobody has judged it; why is asked for later
		} else if f.Override == "" {
			return no("override_reason", "Matrix", byMatrix.String(), "Given", f.Priority.String())
		}
	}
	if i.Priority.Higher(f.Priority) && !i.commands(by) {
		return nil, i.onlyManager()
	}
	if f.Priority == i.Priority && f.Impact == i.Impact && f.Urgency == i.Urgency && f.Override == i.Override {
		return no("already_so")
	}
	if f.Override == "" {
		f.Reason = strings.TrimSpace(c.Reason)
	}
	f.Targets = p.targets(f.Priority, i.Category, i.Services, now)
	out := []Entry{{Fact: f}}
	if i.Priority > p.RoomsFrom && f.Priority <= p.RoomsFrom && i.Open() {
		if !slices.ContainsFunc(i.Tasks, func(t Task) bool { return t.Checklist }) {
			for n, text := range p.Checklist {
				out = append(out, Entry{Fact: &TaskAdded{ID: len(i.Tasks) + n + 1, Text: text, Checklist: true}, By: matoi})
			}
		}
		if i.Leads() == "" {
			out = append(out, p.askManager(by)...)
		}
	}
	if f.Priority == P1 && i.Priority != P1 && i.Open() {
		out = append(out, p.major(by.Person)...)
	}
	return out, nil
}

// notOpen says how work on what is not open begins again.
func (i *Incident) notOpen() ([]Entry, *Refusal) {
	if i.Status == StatusCancelled {
		return no("undo_instead", "Status", string(i.Status))
	}
	return no("reopen_first", "Status", string(i.Status))
}

func (p Policy) setStatus(i *Incident, c SetStatus) ([]Entry, *Refusal) {
	if !slices.Contains([]Status{New, Triaged, Investigating, Identified, Mitigated}, c.To) {
		return no("status_unknown", "Given", string(c.To))
	}
	if !i.Open() {
		return i.notOpen()
	}
	var out []Entry
	if i.Hold != nil {
		out = append(out, Entry{Fact: &Resumed{Why: "by_hand"}})
	}
	if i.Status != c.To {
		out = append(out, Entry{Fact: &StatusChanged{From: i.Status, To: c.To, Text: c.Text}})
	}
	if c.Text != "" && c.To == Mitigated && c.Text != i.Workaround {
		out = append(out, Entry{Fact: &WorkaroundRecorded{Text: c.Text}})
	}
	if c.Text != "" && c.To == Identified && c.Text != i.Cause.Direct {
		out = append(out, Entry{Fact: &CauseRecorded{Direct: c.Text}})
	}
	if len(out) == 0 {
		return no("already_so")
	}
	return out, nil
}

func (p Policy) restore(i *Incident, c Restore, now time.Time) ([]Entry, *Refusal) {
	if i.Status == StatusCancelled || c.Withdraw && i.Over() {
		return no("over", "Status", string(i.Status))
	}
	if c.Withdraw {
		if i.Restored.IsZero() {
			return no("not_restored")
		}
		if i.Status == StatusResolved { // not usable, so not resolved either
			return p.reopen(i, Reopen{Reason: c.Text, NeverWorked: true}, now)
		}
		return just(&RestorationWithdrawn{Text: c.Text, Every: i.Targets.Update})
	}
	since := c.Since
	switch {
	case since.IsZero():
		since = Moment{At: now}
	case since.At.After(now.Add(time.Minute)):
		return no("future", "At", since.At)
	case !i.Occurred.IsZero() && since.At.Before(i.Occurred.At):
		return no("restored_before_occurred", "Occurred", i.Occurred.At)
	}
	if i.Restored.At.Equal(since.At) && i.Restored.Approx == since.Approx {
		return no("already_so")
	}
	return []Entry{{Fact: &RestorationDeclared{Since: since, Text: c.Text, Every: i.Targets.AfterRestored}, Occurred: said(since, now)}}, nil
}

// said keeps a moment as the entry's own time only where it differs from the recording.
func said(m Moment, now time.Time) Moment {
	if m.At.Equal(now) && !m.Approx {
		return Moment{}
	}
	return m
}

func (p Policy) resolve(i *Incident, c Resolve, by By, now time.Time) ([]Entry, *Refusal) {
	if i.Status == StatusResolved {
		return no("already_so")
	}
	if i.Over() {
		return no("over", "Status", string(i.Status))
	}
	var out []Entry
	if i.Hold != nil {
		out = append(out, Entry{Fact: &Resumed{Why: "by_hand"}})
	}
	if i.Restored.IsZero() {
		out = append(out, Entry{Fact: &RestorationDeclared{Since: Moment{At: now}, Every: i.Targets.AfterRestored}})
	}
	out = append(out, Entry{Fact: &Resolved{Text: c.Text, From: i.Status}})
	if c.Text != "" && (i.Fix == "" || i.FixFailed) { // a fix that was told by itself is not overwritten
		out = append(out, Entry{Fact: &FixRecorded{Text: c.Text}})
	}
	return out, nil
}

func (i *Incident) isReporter(p PersonID) bool {
	for _, r := range i.Reporters {
		if r.Person == p && p != "" {
			return true
		}
	}
	return false
}

// mayConfirm: a reporter; anybody where a reporter is known by contact only or where an alarm told us.
func (i *Incident) mayConfirm(p PersonID) bool {
	if i.isReporter(p) || len(i.Reporters) == 0 {
		return true
	}
	return slices.ContainsFunc(i.Reporters, func(r Reporter) bool { return r.Person == "" })
}

func (p Policy) confirm(i *Incident, c Confirm, by By, now time.Time) ([]Entry, *Refusal) {
	switch {
	case c.Fixed && (i.Status == StatusClosed || i.Status == StatusResolved && i.answered(by.Person, "fixed")),
		!c.Fixed && c.Text == "" && !i.Open() && i.answered(by.Person, "not_fixed"):
		return no("already_so")
	case i.Status != StatusResolved && i.Status != StatusClosed:
		return no("not_resolved_yet")
	case !i.mayConfirm(by.Person):
		return no("not_reporter")
	}
	out := []Entry{{Fact: &Confirmed{Person: by.Person, Fixed: c.Fixed, Text: c.Text}}}
	if i.Priority <= P2 && i.Priority != 0 {
		return out, nil // the incident manager closes, or reopens with one press
	}
	if !c.Fixed {
		if i.Status == StatusClosed && now.Sub(i.Closed) > p.ReopenFor {
			return no("reopen_late", "Number", i.Number.String())
		}
		return append(out, Entry{Fact: &Reopened{Reason: c.Text, NeverWorked: c.NeverWorked, Targets: p.targets(i.Priority, i.Category, i.Services, now), From: i.Status}}), nil
	}
	after := i.Clone()
	after.confirm(Event{At: now}, out[0].Fact.(*Confirmed))
	if after.confirmed() && i.owedByLaw() == nil {
		out = append(out, i.closed("confirmed", "")...)
	}
	return out, nil
}

// confirmed reports whether every reporter has said that it is fixed.
func (i *Incident) confirmed() bool {
	return !slices.ContainsFunc(i.Reporters, func(r Reporter) bool { return r.Answer != "fixed" })
}

// answered reports whether that person, a reporter, has said so already.
func (i *Incident) answered(p PersonID, answer string) bool {
	return slices.ContainsFunc(i.Reporters, func(r Reporter) bool { return r.Person == p && p != "" && r.Answer == answer })
}

func (i *Incident) closed(how, pending string) []Entry {
	return []Entry{{Fact: &Closed{How: how, Pending: pending, From: i.Status}}, {Fact: &ReportIssued{Version: i.Report.Version + 1}, By: matoi}}
}

// close: never while a legal clock is open. P1 and P2 are closed by who leads; below, a reporter's closing is a confirmation, and all have to
// confirm. An alert has no reporter: whoever closes confirms for the service.
func (p Policy) close(i *Incident, c Close, by By, now time.Time) ([]Entry, *Refusal) {
	if i.Over() {
		return no("over", "Status", string(i.Status))
	}
	if i.Priority <= P2 && !i.commands(by) {
		return nil, i.onlyManager()
	}
	if f := i.owedByLaw(); f != nil {
		return no("legal_open", "Rule", f.Rule)
	}
	var out []Entry
	after := i.Clone()
	if i.Status != StatusResolved {
		resolved, refusal := p.resolve(i, Resolve{}, by, now)
		if refusal != nil {
			return nil, refusal
		}
		out = resolved
		after.unanswer()
	}
	if i.Priority <= P2 {
		return append(out, i.closed("manager", c.Pending)...), nil
	}
	if i.isReporter(by.Person) && !after.answered(by.Person, "fixed") {
		said := &Confirmed{Person: by.Person, Fixed: true}
		after.confirm(Event{At: now}, said)
		out = append(out, Entry{Fact: said})
	}
	switch {
	case !after.confirmed() && i.mayConfirm(by.Person) && !i.isReporter(by.Person):
		return no("confirm_for_them")
	case !after.confirmed():
		return no("awaits_confirmation")
	}
	return append(out, i.closed("confirmed", c.Pending)...), nil
}

func (p Policy) reopen(i *Incident, c Reopen, now time.Time) ([]Entry, *Refusal) {
	switch {
	case i.Status == StatusCancelled:
		return no("undo_instead", "Status", string(i.Status))
	case i.Open():
		return no("already_so")
	case i.Status == StatusClosed && now.Sub(i.Closed) > p.ReopenFor:
		return no("reopen_late", "Number", i.Number.String())
	}
	return just(&Reopened{Reason: c.Reason, NeverWorked: c.NeverWorked, Targets: p.targets(i.Priority, i.Category, i.Services, now), From: i.Status})
}

func (i *Incident) cancel(c Cancel, by By) ([]Entry, *Refusal) {
	if i.Over() {
		return no("over", "Status", string(i.Status))
	}
	if !i.commands(by) {
		return nil, i.onlyManager()
	}
	if strings.TrimSpace(c.Reason) == "" {
		return no("reason_needed")
	}
	return just(&Cancelled{Reason: c.Reason, From: i.Status})
}

func (p Policy) undo(i *Incident, by By, now time.Time) ([]Entry, *Refusal) {
	b := i.Before
	switch {
	case b == nil:
		return no("nothing_to_undo")
	case b.Kind == "prioritised" && i.Priority.Higher(b.Priority) && !i.commands(by):
		return nil, i.onlyManager()
	case b.Kind == "closed" && now.Sub(i.Closed) > p.ReopenFor:
		return no("reopen_late", "Number", i.Number.String())
	}
	f := &Undone{Seq: b.Seq, Of: b.Kind, Back: *b, Targets: i.Targets}
	if b.Kind == "prioritised" {
		f.Targets = p.targets(b.Priority, i.Category, i.Services, now)
	}
	after := i.Clone() // Back tells what it is then, also where others have changed something since
	after.undo(Event{At: now}, f)
	f.Back.Status, f.Back.Title, f.Back.Category, f.Back.Team, f.Back.Services = after.Status, after.Title, after.Category, after.Team, after.Services
	f.Back.Impact, f.Back.Urgency, f.Back.Priority, f.Back.Provisional, f.Back.Override = after.Impact, after.Urgency, after.Priority, after.Provisional, after.Override
	f.Back.Restored, f.Back.Resolved, f.Back.Closed, f.Back.Into = after.Restored, after.Resolved, after.Closed, after.Into
	out := []Entry{{Fact: f}}
	if b.Kind == "categorised" || b.Kind == "services_named" {
		out = append(out, p.follow(after, map[string]string{"categorised": "category", "services_named": "service"}[b.Kind], now)...)
	}
	return out, nil
}

// Merge decides over both incidents: from ends in favour of into, which takes the reporters along.
func (p Policy) Merge(from, into *Incident, by By, now time.Time) (a, b []Entry, r *Refusal) {
	switch {
	case from.Over():
		return nil, nil, refuse("over", "Status", string(from.Status))
	case into.Over():
		return nil, nil, refuse("target_over", "Number", into.Number.String(), "Status", string(into.Status))
	case from.Priority.Higher(into.Priority) && !from.commands(by): // lowering in disguise
		return nil, nil, from.onlyManager()
	}
	f := &Absorbed{Number: from.Number, Title: from.Title, Reporters: from.Reporters, Total: from.Alerts.Total, Firing: from.Alerts.Firing}
	if from.Private && !into.Private {
		f.Title, f.Reporters = "", nil // a public record shows nothing of a private one but its number
	}
	return []Entry{{Fact: &MergedInto{Into: into.Number, From: from.Status}}}, []Entry{{Fact: f}}, nil
}

// Unmerge undoes a merge on both sides.
func (p Policy) Unmerge(from, into *Incident, by By, now time.Time) (a, b []Entry, r *Refusal) {
	a, r = p.undo(from, by, now)
	if r != nil {
		return nil, nil, r
	}
	return a, []Entry{{Fact: &Released{Number: from.Number, Total: from.Alerts.Total, Firing: from.Alerts.Firing}}}, nil
}

func (p Policy) putHold(i *Incident, c PutHold, by By, now time.Time) ([]Entry, *Refusal) {
	h := c.Hold
	switch {
	case !i.Open():
		return i.notOpen()
	case i.Hold != nil:
		return no("already_on_hold", "Reason", i.Hold.Reason)
	case !i.commands(by):
		return nil, i.onlyManager()
	case strings.TrimSpace(h.Reason) == "":
		return no("reason_needed")
	case !h.Review.IsZero() && !h.Review.After(now):
		return no("past", "At", h.Review)
	case !h.Promised.IsZero() && !h.Promised.After(now):
		return no("past", "At", h.Promised)
	}
	if h.For == "" {
		h.For = "other"
	}
	if !slices.Contains([]string{"user", "vendor", "part", "change", "other"}, h.For) {
		return no("hold_for", "Given", h.For)
	}
	h.Since, h.Stops = now, p.HoldStops[h.For]
	if h.For == "vendor" || h.For == "part" || h.For == "change" {
		for _, name := range i.Services {
			if s, ok := p.service(name); ok && s.HoldStops != nil {
				h.Stops = *s.HoldStops
			}
		}
	}
	if h.Review.IsZero() {
		h.Review = now.Add(p.ReviewHold)
	}
	return just(&PutOnHold{Hold: h})
}

func (i *Incident) resume(c Resume) ([]Entry, *Refusal) {
	if i.Hold == nil {
		return no("not_on_hold")
	}
	why := c.Why
	if why == "" {
		why = "by_hand"
	}
	return just(&Resumed{Why: why})
}
