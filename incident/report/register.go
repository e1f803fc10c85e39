package report

import (
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// register is the register of notifications: what had to be told to whom by when, since when we knew and on what facts, what was
// handed in with which receipt, how late and why; or the decision not to notify, with its reason.
func (b *builder) register() []Block {
	if len(b.i.Further) == 0 {
		return nil
	}
	t := &Table{Head: []string{b.say("report.col_duty", nil), b.say("report.col_due", nil), b.say("report.col_filed", nil), b.say("report.col_receipt", nil), b.say("report.col_result", nil)}}
	var pairs []Pair
	for n := range b.i.Further {
		f := &b.i.Further[n]
		pairs = append(pairs, Pair{b.duty(f), b.judged(f)})
		for s := range f.Stages {
			t.Rows = append(t.Rows, b.stage(f, &f.Stages[s]))
		}
	}
	return []Block{{Label: b.say("report.register", nil), Table: t}, {Pairs: pairs}}
}

// own is the one of two texts of the configuration that is in the report's language, the other where that is empty.
func (b *builder) own(ja, en, otherwise string) string {
	if b.l == lang.JA {
		ja, en = en, ja
	}
	for _, text := range []string{en, ja, otherwise} {
		if text = oneLine(b.plain(text)); text != "" {
			return text
		}
	}
	return ""
}

func (b *builder) duty(f *incident.Further) string { return b.own(f.JA, f.EN, f.Rule) }

func (b *builder) stageName(f *incident.Further, s *incident.Stage) string {
	return b.say("report.duty", lang.Args{"Duty": b.duty(f), "Stage": b.own(s.JA, s.EN, s.ID)})
}

// judged says since when a clock runs, who judged it on what facts, by which version of the rule, and to whom it is owed.
func (b *builder) judged(f *incident.Further) string {
	args := lang.Args{"Person": b.name(f.By), "When": b.stamp(f.Since), "Version": f.Version.String()}
	text := b.say("report.judged", args)
	if f.Since.IsZero() {
		text = b.say("report.judged_never", args)
	}
	text = b.with(b.with(text, "report.grounds", f.Grounds), "report.authority", f.Authority)
	if note := b.own(f.NoteJA, f.NoteEN, ""); note != "" {
		text += "\n" + note
	}
	return text
}

// stage is one row of the register.
func (b *builder) stage(f *incident.Further, s *incident.Stage) []string {
	none := b.say("report.none", nil)
	row := []string{b.stageName(f, s), b.until(f, s), none, none, ""}
	switch {
	case len(s.Filings) > 0:
		var when, receipts, reasons []string
		for _, p := range s.Filings {
			when = append(when, b.say("report.filed_by", lang.Args{"When": b.stamp(p.At), "Person": b.name(p.By)}))
			receipts = append(receipts, strings.TrimSpace(b.plain(p.Receipt)+" "+b.plain(p.Link)))
			if p.Reason != "" {
				reasons = append(reasons, b.plain(p.Reason))
			}
		}
		row[2], row[3], row[4] = strings.Join(when, "\n"), strings.Join(receipts, "\n"), b.say("report.filed_in_time", nil)
		if late := s.Late(); late > 0 {
			row[4] = b.with(b.say("report.filed_late", lang.Args{"Span": lang.Span(b.l, late)}), "report.because", strings.Join(reasons, "\n"))
		}
	case !s.Dropped.IsZero():
		row[4] = b.with(b.say("report.not_required", lang.Args{"Person": b.name(s.By), "When": b.stamp(s.Dropped)}), "report.because", s.Why)
	case b.now.Before(s.Due):
		row[4] = b.say("report.not_filed", nil)
	default:
		row[4] = b.say("report.not_filed_late", lang.Args{"Span": lang.Span(b.l, b.now.Sub(s.Due))})
	}
	return row
}

// until is when a stage ends: where days are counted the end of the last of them, in the rule's zone.
func (b *builder) until(f *incident.Further, s *incident.Stage) string {
	if f.Since.IsZero() {
		return b.say("report.none", nil)
	}
	if s.After.Days == 0 && s.After.Business == 0 {
		return b.stamp(s.Due)
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		zone = time.UTC
	}
	return b.say("report.end_of_day", lang.Args{"Day": lang.Date(b.l, s.Due.Add(-1), zone), "Zone": zone.String()})
}

// dutyFact words what became of a duty for the timeline.
func (b *builder) dutyFact(e incident.Event) string {
	stages := func(rule string, ids []string) string {
		f := b.i.FurtherOf(rule)
		if f == nil {
			return b.plain(rule)
		}
		var names []string
		for _, id := range ids {
			if s := f.Stage(id); s != nil {
				id = b.own(s.JA, s.EN, id)
			}
			names = append(names, id)
		}
		return b.say("report.duty", lang.Args{"Duty": b.duty(f), "Stage": b.list(names)})
	}
	switch f := e.Fact.(type) {
	case *incident.FurtherBegan:
		return b.with(b.say("report.fact_further_began", lang.Args{"Duty": b.own(f.Terms.JA, f.Terms.EN, f.Terms.Rule), "When": b.stamp(f.Terms.Since)}), "report.grounds", f.Grounds)
	case *incident.FurtherCorrected:
		return b.with(b.say("report.fact_further_corrected", lang.Args{"Duty": b.own(f.Terms.JA, f.Terms.EN, f.Terms.Rule), "When": b.stamp(f.Terms.Since)}), "report.grounds", f.Grounds)
	case *incident.FurtherFiled:
		return b.with(b.say("report.fact_further_filed", lang.Args{"Duty": stages(f.Rule, []string{f.Stage}), "Receipt": b.plain(f.Receipt)}), "report.because", f.Reason)
	case *incident.FurtherExcused:
		return b.with(b.say("report.fact_further_excused", lang.Args{"Duty": stages(f.Rule, f.Stages)}), "report.because", f.Why)
	case *incident.FurtherResumed:
		return b.with(b.say("report.fact_further_resumed", lang.Args{"Duty": stages(f.Rule, f.Stages)}), "report.because", f.Why)
	}
	return ""
}
