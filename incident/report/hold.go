package report

import (
	"slices"

	"matoi/incident"
	"matoi/lang"
)

func holdNames() map[string]string {
	return map[string]string{
		"user": "report.hold_user", "vendor": "report.hold_vendor", "part": "report.hold_part",
		"change": "report.hold_change", "other": "report.hold_other",
	}
}

// holds lists every hold: for whom, why, what it did to the restoration clock, and where others promised a time how they kept it.
func (b *builder) holds() *Table {
	all := slices.Clone(b.i.Holds)
	if b.i.Hold != nil {
		all = append(all, incident.Held{Hold: *b.i.Hold})
	}
	if len(all) == 0 {
		return nil
	}
	t := &Table{Head: []string{b.say("report.col_period", nil), b.say("report.col_waiting", nil), b.say("report.col_reason", nil), b.say("report.col_clock", nil)}}
	promises := slices.ContainsFunc(all, func(h incident.Held) bool { return !h.Promised.IsZero() })
	if promises {
		t.Head = append(t.Head, b.say("report.col_promised", nil))
	}
	for _, h := range all {
		clock := b.say("report.clock_went_on", nil)
		if h.Stops {
			clock = b.say("report.clock_stood", nil)
		}
		reason := b.with(b.with(b.plain(h.Reason), "report.ticket", h.Ticket), "report.contact", h.Contact)
		row := []string{b.period(incident.Moment{At: h.Since}, incident.Moment{At: h.Until}), b.word(holdNames(), h.For), reason, clock}
		if promises {
			row = append(row, b.promise(h))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// promise says until when others promised what was waited for, and whether the wait was over by then: their clock runs beside ours.
func (b *builder) promise(h incident.Held) string {
	if h.Promised.IsZero() {
		return b.say("report.none", nil)
	}
	id, end := "report.promise_kept", h.Until
	if end.IsZero() {
		id, end = "report.promise_open", b.now
	}
	if end.After(h.Promised) {
		id = "report.promise_late"
	}
	return b.say(id, lang.Args{"Time": b.stamp(h.Promised), "Span": lang.Span(b.l, end.Sub(h.Promised))})
}
