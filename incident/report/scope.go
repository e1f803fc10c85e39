package report

import (
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// summary is item 6: what somebody wrote for laymen, else one paragraph from what the record knows (when, where,
// what, whom, why, how).
func (b *builder) summary() []Block {
	if text := b.plain(b.i.Summary); text != "" {
		return []Block{lines(strings.Split(text, "\n")...)}
	}
	first := b.outages[0]
	args := lang.Args{"When": b.moment(first.from), "Title": oneLine(b.plain(b.i.Title)), "Services": b.list(b.i.Services)}
	id := "report.summary_what"
	if len(b.i.Services) > 0 {
		id = "report.summary_what_where"
	}
	out := []string{b.say(id, args)}
	args = lang.Args{"Priority": b.priority(b.i.Priority, b.i.Provisional), "Impact": b.level(b.Policy.Matrix.Impacts, b.i.Impact)}
	out = append(out, b.say("report.summary_whom", args))
	last := b.outages[len(b.outages)-1]
	switch span := lang.Span(b.l, b.down()); {
	case b.dropped():
	case last.to.IsZero():
		out = append(out, b.say("report.summary_down", lang.Args{"Span": span}))
	default:
		out = append(out, b.say("report.summary_restored", lang.Args{"When": b.moment(last.to), "Span": span}))
	}
	for _, part := range []struct{ id, text string }{
		{"report.summary_cause", b.i.Cause.Direct}, {"report.summary_workaround", b.i.Workaround}, {"report.summary_fix", b.i.Fix},
	} {
		if text := oneLine(b.plain(part.text)); text != "" {
			out = append(out, b.say(part.id, lang.Args{"Text": strings.TrimRight(text, "。.")}))
		}
	}
	between := ""
	if b.l == lang.EN {
		between = " "
	}
	return []Block{lines(strings.Join(out, between)), b.remark("report.summary_generated", nil)}
}

// scope is item 7: systems, customers, departments and users, and for how long.
func (b *builder) scope() []Block {
	services := b.list(b.i.Services)
	if services == "" {
		services = b.unknownYet()
	}
	affected := b.plain(b.i.ImpactText)
	if affected == "" {
		affected = b.unknownYet()
	}
	pairs := []Pair{
		{b.say("report.scope_services", nil), services},
		{b.say("report.scope_level", nil), b.level(b.Policy.Matrix.Impacts, b.i.Impact)},
		{b.say("report.scope_affected", nil), affected},
	}
	if !b.dropped() {
		span := lang.Span(b.l, b.down())
		if b.i.Restored.IsZero() {
			span = b.say("report.span_so_far", lang.Args{"Span": span})
		}
		pairs = append(pairs, Pair{b.say("report.scope_span", nil), span})
	}
	if n := len(b.i.Reporters); n > 0 {
		pairs = append(pairs, Pair{b.say("report.scope_reports", nil), b.say("report.count", lang.Args{"N": n})})
	}
	if n := b.i.Alerts.Total; n > 0 {
		pairs = append(pairs, Pair{b.say("report.scope_alerts", nil), b.say("report.count", lang.Args{"N": n})})
	}
	pairs = add(pairs, b.say("report.scope_merged", nil), b.numbers(b.i.Merged))
	return []Block{{Pairs: pairs}}
}

func (b *builder) numbers(of []incident.Number) string {
	var out []string
	for _, n := range of {
		out = append(out, n.String())
	}
	return b.list(out)
}

// unknownYet words what the record does not know: being looked into while people work, else not recorded.
func (b *builder) unknownYet() string {
	if b.i.Open() {
		return b.say("report.checking", nil)
	}
	return b.say("report.not_recorded", nil)
}
