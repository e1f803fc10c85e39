package report

import (
	"strconv"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// head is what stands above the twelve items: what it is about, how grave, in what state, and which version this is.
func (b *builder) head() []Pair {
	i := b.i
	out := []Pair{{b.say("report.head_subject", nil), oneLine(b.plain(i.Title))}}
	grave := b.say("report.gravity", lang.Args{
		"Priority": b.priority(i.Priority, i.Provisional),
		"Impact":   b.level(b.Policy.Matrix.Impacts, i.Impact), "Urgency": b.level(b.Policy.Matrix.Urgencies, i.Urgency),
	})
	out = append(out, Pair{b.say("report.head_priority", nil), b.with(grave, "report.override", i.Override)})
	state := b.status(i.Shown())
	if i.Into != 0 {
		state = b.say("report.merged_into", lang.Args{"Status": state, "Number": i.Into.String()})
	}
	out = append(out, Pair{b.say("report.head_status", nil), state})
	out = add(out, b.say("report.head_category", nil), b.category())
	version := b.say("report.draft", nil)
	if !i.Report.First.IsZero() {
		version = b.say("report.version", lang.Args{"Version": i.Report.Version})
	}
	out = append(out, Pair{b.say("report.head_document", nil), b.say("report.as_of", lang.Args{"Document": version, "When": b.stamp(b.now)})})
	out = append(out, Pair{b.say("report.head_times", nil), b.zoneName()})
	if i.Private {
		out = append(out, Pair{b.say("report.head_handling", nil), b.say("report.confidential", nil)})
	}
	return out
}

func (b *builder) category() string {
	for _, c := range b.Policy.Categories {
		if c.ID == b.i.Category && b.l == lang.EN && c.EN != "" {
			return b.plain(c.EN)
		}
		if c.ID == b.i.Category && b.l != lang.EN && c.JA != "" {
			return b.plain(c.JA)
		}
	}
	return b.plain(b.i.Category)
}

// date is item 2: the day of the first issue apart from that of the last change.
func (b *builder) date() []Block {
	changed := b.changed()
	last := Pair{b.say("report.last_change", nil), b.stamp(changed)}
	if b.i.Report.First.IsZero() {
		return []Block{lines(b.say("report.never_issued", nil)), {Pairs: []Pair{last}}}
	}
	out := []Block{lines(lang.Date(b.l, b.i.Report.First, b.Zone)), {Pairs: []Pair{last}}}
	var issued time.Time
	table := &Table{Head: []string{b.say("report.col_version", nil), b.say("report.col_issued_at", nil), b.say("report.col_issued_by", nil)}}
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.ReportIssued); ok {
			table.Rows = append(table.Rows, []string{strconv.Itoa(f.Version), b.stamp(e.At), b.name(e.By)})
			issued = e.At
		}
	}
	if len(table.Rows) > 0 {
		out = append(out, Block{Label: b.say("report.versions", nil), Table: table})
	}
	if changed.After(issued) {
		out = append(out, b.remark("report.changed_since", lang.Args{"Version": b.i.Report.Version}))
	}
	return out
}

// changed is when the record last changed in what a report shows; who came and went, reminders, receipts and the
// issuing itself do not count.
func (b *builder) changed() time.Time {
	at := b.i.Opened
	for _, e := range b.Entries {
		switch e.Fact.(type) {
		case *incident.Joined, *incident.Left, *incident.Spoke, *incident.Asked, *incident.Reminded, *incident.RoomOpened,
			*incident.DeliveryFailed, *incident.ReportIssued, *incident.Called, *incident.Paged, *incident.Snoozed:
		default:
			at = e.At
		}
	}
	return at
}

// author is item 3: who issued it last, else who leads the response, else who opened it.
func (b *builder) author() []Block {
	var who incident.PersonID
	for _, e := range b.Entries {
		if _, ok := e.Fact.(*incident.ReportIssued); ok && e.By != "" {
			who = e.By
		}
	}
	for _, p := range []incident.PersonID{b.i.Leads(), b.i.Opener} {
		if who == "" {
			who = p
		}
	}
	if who == "" {
		return []Block{lines(b.say("report.author_unknown", nil))}
	}
	text := b.name(who)
	for _, h := range b.i.Holders {
		if h.Person == who {
			text = b.say("report.member", lang.Args{"Name": text, "Department": b.role(h.Role)})
			break
		}
	}
	var pairs []Pair
	if b.Department != nil {
		pairs = add(pairs, b.say("report.department", nil), b.plain(b.Department(who)))
	}
	if len(pairs) == 0 {
		pairs = add(pairs, b.say("report.team", nil), b.plain(b.i.Team))
	}
	return []Block{lines(text), {Pairs: pairs}}
}
