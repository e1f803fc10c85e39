package report

import (
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// cause is item 8: direct and root cause apart. What is not known says so, and where it is being looked into: restoring
// service never waits for the root cause.
func (b *builder) cause() []Block {
	return []Block{
		{Label: b.say("report.direct_cause", nil), Text: b.known(b.i.Cause.Direct)},
		{Label: b.say("report.root_cause", nil), Text: b.known(b.i.Cause.Root)},
	}
}

// known gives the lines of a text, or what is to be said for want of it.
func (b *builder) known(text string) []string {
	if b.plain(text) != "" {
		return b.paragraphs(text)
	}
	if b.i.Open() {
		return []string{b.say("report.investigating", nil)}
	}
	return b.paragraphs(b.with(b.say("report.cause_unknown", nil), "report.where", b.pending()))
}

// pending is what was still open at the last close and where, "" if nothing was named.
func (b *builder) pending() string {
	var out string
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.Closed); ok {
			out = f.Pending
		}
	}
	return out
}

// workaround is item 10.
func (b *builder) workaround() []Block {
	if b.plain(b.i.Workaround) != "" {
		return []Block{lines(b.paragraphs(b.i.Workaround)...)}
	}
	if b.i.Open() {
		return []Block{lines(b.say("report.no_workaround_yet", nil))}
	}
	return []Block{lines(b.say("report.no_workaround", nil))}
}

// measures is item 11: what mended it, then the measures against recurrence with kind, owner and due date.
func (b *builder) measures() []Block {
	var out []Block
	if b.plain(b.i.Fix) != "" {
		out = append(out, Block{Label: b.say("report.fix", nil), Text: b.paragraphs(b.i.Fix)})
	}
	if len(b.i.Measures) == 0 {
		id := "report.no_measures"
		if b.i.Open() {
			id = "report.no_measures_yet"
		}
		return append(out, Block{Label: b.say("report.prevention", nil), Text: []string{b.say(id, nil)}})
	}
	t := &Table{Head: []string{b.say("report.col_number", nil), b.say("report.col_measure", nil), b.say("report.col_kind", nil), b.say("report.col_owner", nil), b.say("report.col_due", nil)}}
	ended := slices.ContainsFunc(b.i.Measures, func(m incident.Measure) bool { return !m.Waits() })
	if ended {
		t.Head = append(t.Head, b.say("report.col_state", nil))
	}
	for k, m := range b.i.Measures {
		row := []string{decimal(k + 1), b.plain(m.Text), b.orNone(m.Kind), b.orNone(m.Owner), b.orNone(m.Due)}
		if ended {
			row = append(row, b.measureState(m))
		}
		t.Rows = append(t.Rows, row)
	}
	return append(out, Block{Label: b.say("report.prevention", nil), Table: t})
}

// measureState says whether a measure is in force by now, and what came of it.
func (b *builder) measureState(m incident.Measure) string {
	if m.Waits() {
		return b.say("report.measure_open", nil)
	}
	id := "report.measure_done"
	if m.State != "done" {
		id = "report.measure_dropped"
	}
	return strings.TrimSpace(b.say(id, lang.Args{"When": lang.Date(b.l, m.Ended, b.Zone)}) + " " + b.plain(m.Result))
}

func (b *builder) orNone(text string) string {
	if text = b.plain(text); text == "" {
		return b.say("report.none", nil)
	}
	return text
}
