package incident

import "slices"

// remember keeps the state before a deed that can be undone.
func (i *Incident) remember(e Event) {
	switch e.Fact.(type) {
	case *Titled, *Prioritised, *Categorised, *ServicesNamed, *StatusChanged, *RestorationDeclared, *Resolved, *Closed, *Cancelled, *MergedInto:
		if b := i.Before; b != nil && b.Seq == e.Seq-1 && b.At.Equal(e.At) && sameDeed(b.Kind, e.Fact.Kind()) {
			b.Seq, b.Kind = e.Seq, e.Fact.Kind() // restored, resolved and closed in one breath
			return
		}
		i.Before = &Before{
			Seq: e.Seq, At: e.At, Kind: e.Fact.Kind(), Status: i.Status, Title: i.Title, Impact: i.Impact, Urgency: i.Urgency,
			Priority: i.Priority, Provisional: i.Provisional, Override: i.Override, Category: i.Category, Team: i.Team,
			Services: slices.Clone(i.Services), Restored: i.Restored, Resolved: i.Resolved, Closed: i.Closed, Into: i.Into, Clocks: slices.Clone(i.Clocks),
		}
	}
}

// forget gives up the undo of a deed whose clocks something else has moved since.
func (i *Incident) forget(kinds ...string) {
	if i.Before != nil && slices.Contains(kinds, i.Before.Kind) {
		i.Before = nil
	}
}

// undo puts back what the deed changed, and nothing that others did since.
func (i *Incident) undo(e Event, f *Undone) {
	b := f.Back
	if f.Of == "prioritised" {
		i.aim(f.Targets) // while Before holds fast the hours of the clocks that come back
	}
	i.Before = nil
	switch f.Of {
	case "titled":
		i.Title = b.Title
	case "categorised":
		i.Category, i.Team = b.Category, b.Team
	case "services_named":
		i.Services = slices.Clone(b.Services)
	case "status_changed":
		i.Status = b.Status
	case "prioritised":
		if i.Priority != b.Priority {
			i.Raised = e.At
		}
		i.Impact, i.Urgency, i.Priority, i.Provisional = b.Impact, b.Urgency, b.Priority, b.Provisional
		i.Override = b.Override
		i.retract(b)
	case "restored":
		i.Restored = b.Restored
		i.rewind(b, Restoration)
		for _, was := range b.Clocks {
			if c := i.Clock(NextUpdate); was.Kind == NextUpdate && c != nil && (c.Start.Equal(b.At) || c.Met.Equal(b.At)) {
				*c = was
			}
		}
	case "resolved", "closed", "cancelled", "merged_into":
		i.Status, i.Restored, i.Resolved, i.Closed, i.Into = b.Status, b.Restored, b.Resolved, b.Closed, b.Into
		i.rewind(b)
		i.nudge(Confirmation, e.At) // silence counts from now
	}
}

func sameDeed(before, now string) bool {
	return before == "restored" && (now == "resolved" || now == "closed") || before == "resolved" && now == "closed"
}

// rewind runs the clocks on that a deed ended, from the state in which it found them.
func (i *Incident) rewind(b Before, kinds ...ClockKind) {
	for _, was := range b.Clocks {
		c := i.Clock(was.Kind)
		if c == nil || len(kinds) > 0 && !slices.Contains(kinds, was.Kind) || c.Met.IsZero() || c.Met.Equal(was.Met) {
			continue
		}
		c.Met, c.Dropped, c.Missed, c.Step = was.Met, was.Dropped, was.Missed, max(was.Step, c.Step)
		if !was.Paused.IsZero() {
			c.Start, c.Due, c.Stood, c.Paused = was.Start, was.Due, was.Stood, was.Paused
		}
	}
}

// retract takes a change of priority back on the clocks it moved or started; those met or missed since stay as recorded.
func (i *Incident) retract(b Before) {
	i.Clocks = slices.DeleteFunc(i.Clocks, func(c Clock) bool {
		return c.Start.Equal(b.At) && c.stirred() && !slices.ContainsFunc(b.Clocks, func(was Clock) bool { return was.Kind == c.Kind })
	})
	for _, was := range b.Clocks {
		c := i.Clock(was.Kind)
		if c == nil {
			continue
		}
		moved := c.Start.Equal(b.At) || c.Start.Equal(was.Start) || c.Dropped && c.Met.Equal(b.At)
		if !c.stirred() || c.Kind == NextUpdate && !moved {
			continue
		}
		if was.Due.Equal(c.Due) {
			was.Step = max(was.Step, c.Step) // a reminder already given is not given again
		}
		*c = was
	}
}

// stirred reports whether a change of priority may have moved the clock: a target neither met nor missed.
func (c *Clock) stirred() bool {
	return c.Kind.target() && (c.Met.IsZero() || c.Dropped) && c.Missed.IsZero()
}
