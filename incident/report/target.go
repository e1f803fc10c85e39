package report

import (
	"slices"
	"time"

	"matoi/incident"
)

// clockNames words the targets.
func clockNames() map[string]string {
	return map[string]string{
		string(incident.Response): "report.clock_response", string(incident.Restoration): "report.clock_restoration",
		string(incident.FirstNotice): "report.clock_first_notice", string(incident.CustomerNotice): "report.clock_customer_notice",
		string(incident.NextUpdate): "report.clock_next_update",
	}
}

// targets shows which targets were met and which missed, and every hold with whether it stopped the clock.
func (b *builder) targets() []Block {
	table := &Table{Head: []string{b.say("report.col_target", nil), b.say("report.col_given", nil), b.say("report.col_due", nil), b.say("report.col_actual", nil), b.say("report.col_result", nil)}}
	for _, c := range b.i.Clocks {
		if c.Kind == incident.Restoration {
			table.Rows = append(table.Rows, b.restoredBefore()...)
		} else {
			table.Rows = append(table.Rows, b.missedBefore(c)...)
		}
		if row := b.target(c); row != nil {
			table.Rows = append(table.Rows, row)
		}
	}
	var out []Block
	if len(table.Rows) > 0 {
		out = append(out, Block{Label: b.say("report.targets", nil), Table: table})
		out = append(out, b.counted()...)
	}
	if holds := b.holds(); holds != nil {
		out = append(out, Block{Label: b.say("report.holds", nil), Table: holds})
	}
	return append(out, b.register()...)
}

// restoredBefore gives the restoration targets of earlier intervals, which a relapse set anew.
func (b *builder) restoredBefore() (rows [][]string) {
	for _, o := range b.outages {
		if !o.target.Due.IsZero() {
			rows = append(rows, []string{b.clock(incident.Restoration), b.given(o.target), b.stamp(o.target.Due), b.moment(o.to), b.result(o.target, o.to.At)})
		}
	}
	return rows
}

// missedBefore lists the misses of earlier deadlines of a clock that has since been set anew.
func (b *builder) missedBefore(c incident.Clock) (rows [][]string) {
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.TargetMissed); ok && f.Clock == c.Kind && !f.Due.Equal(c.Due) {
			rows = append(rows, []string{b.clock(c.Kind), b.say("report.none", nil), b.stamp(f.Due), b.say("report.none", nil), b.say("report.missed", nil)})
		}
	}
	return rows
}

func (b *builder) clock(k incident.ClockKind) string {
	if f, s := b.i.FurtherStage(k); f != nil {
		return b.stageName(f, s)
	}
	return b.word(clockNames(), string(k))
}

// target is the row of a clock, nil for what is no target or was never asked for.
func (b *builder) target(c incident.Clock) []string {
	if _, known := clockNames()[string(c.Kind)]; !known {
		return nil
	}
	done, ended := c.Met, !c.Met.IsZero()
	switch c.Kind {
	case incident.Restoration:
		done = b.i.Restored.At // counts since when it was usable, not when somebody said so
	case incident.FirstNotice, incident.CustomerNotice:
		done = b.firstNotice(c.Kind == incident.CustomerNotice)
	case incident.NextUpdate:
		if ended && c.Missed.IsZero() {
			return nil // there was none to come
		}
	}
	actual := b.say("report.none", nil)
	if ended && !c.Dropped && !done.IsZero() {
		actual = b.stamp(done)
	}
	return []string{b.clock(c.Kind), b.given(c), b.stamp(c.Due), actual, b.result(c, done)}
}

// result judges a clock that ended at done, or still runs. A restoration may be recorded after its target was missed and
// yet lie before it: then both are said.
func (b *builder) result(c incident.Clock, done time.Time) string {
	ended := !c.Met.IsZero()
	switch {
	case ended && c.Kind == incident.Restoration && !done.IsZero() && !done.After(c.Due) && b.saidMissed(c):
		return b.say("report.met_said_late", nil)
	case !c.Missed.IsZero():
		return b.say("report.missed", nil)
	case ended && (c.Dropped || done.IsZero()):
		return b.say("report.not_needed", nil)
	case ended && done.After(c.Due):
		return b.say("report.missed", nil)
	case ended:
		return b.say("report.met", nil)
	case !c.Paused.IsZero():
		return b.say("report.paused", nil)
	case b.now.After(c.Due):
		return b.say("report.missed", nil)
	}
	return b.say("report.running", nil)
}

// saidMissed reports whether the record has an entry that this deadline was missed.
func (b *builder) saidMissed(c incident.Clock) bool {
	return slices.ContainsFunc(b.Entries, func(e incident.Event) bool {
		f, ok := e.Fact.(*incident.TargetMissed)
		return ok && f.Clock == c.Kind && f.Due.Equal(c.Due)
	})
}

// firstNotice is when customers, or people inside, were first told; zero when they never were.
func (b *builder) firstNotice(customers bool) time.Time {
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.Published); ok && (f.Audience == "customers") == customers {
			return e.At
		}
	}
	return time.Time{}
}
