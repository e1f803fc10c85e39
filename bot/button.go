package bot

import (
	"fmt"
	"slices"

	"matoi/incident"
	"matoi/lang"
)

// buttons: the one that is due now first, then what people do in this state, eight at most.
func (v View) buttons(i *incident.Incident) []Button {
	n := i.Number
	b := func(label, command string) Button { return v.button(n, lang.Text(v.Lang, label, nil), command) }
	f := func(label, verb string) Button { return v.form(n, lang.Text(v.Lang, label, nil), verb) }
	var out []Button
	switch {
	case i.Status == incident.StatusCancelled || i.Status == incident.StatusMerged:
		out = []Button{b("card.button_undo", "undo"), b("card.button_report", "report")}
	case i.Status == incident.StatusClosed:
		out = []Button{b("card.button_report", "report"), f("card.button_reopen", "reopen")}
	case i.Status == incident.StatusResolved && i.Priority <= incident.P2:
		out = []Button{f("card.button_close", "close"), f("card.button_update", "update"), b("card.button_notfixed", "reopen --never"), b("card.button_report", "report")}
	case i.Status == incident.StatusResolved:
		out = []Button{b("card.button_confirm", "confirm"), b("card.button_notfixed", "notfixed"), f("card.button_close", "close"), b("card.button_report", "report")}
	default:
		out = v.working(i, b, f)
	}
	if len(out) > 0 {
		out[0].Style = "primary"
	}
	return out
}

func (v View) working(i *incident.Incident, b, f func(label, command string) Button) []Button {
	var out []Button
	add := func(button Button) {
		if !slices.ContainsFunc(out, func(o Button) bool { return o.Command == button.Command }) && len(out) < 9 {
			out = append(out, button)
		}
	}
	if i.Clock(incident.Response).Running() {
		add(b("card.button_ack", "ack"))
	}
	if v.headless(i) {
		add(b("card.button_manager", "role "+string(incident.Manager)))
	}
	if c := i.NextTarget(); c != nil {
		add(v.dueButton(i, c.Kind))
	}
	add(f("card.button_update", "update"))
	add(f("card.button_log", "log"))
	add(f("card.button_role", "role"))
	if i.Hold != nil {
		add(b("card.button_resume", "resume"))
	}
	if i.Status != incident.Mitigated && i.Restored.IsZero() {
		add(f("card.button_mitigate", "mitigate"))
	}
	if i.Restored.IsZero() {
		add(f("card.button_restored", "restored"))
	}
	add(f("card.button_resolve", "resolve"))
	add(b("card.button_brief", "brief"))
	add(f("card.button_escalate", "escalate"))
	return out
}

// DueButton is the button that does what a clock of the incident waits for.
func (v View) DueButton(i *incident.Incident, k incident.ClockKind) Button { return v.dueButton(i, k) }

// dueButton is the button that does what a clock waits for.
func (v View) dueButton(i *incident.Incident, k incident.ClockKind) Button {
	b := func(label, command string) Button {
		return v.button(i.Number, lang.Text(v.Lang, label, nil), command)
	}
	f := func(label, verb string) Button {
		return v.form(i.Number, lang.Text(v.Lang, label, nil), verb)
	}
	switch k {
	case incident.Response:
		return b("card.button_ack", "ack")
	case incident.Restoration:
		return f("card.button_restored", "restored")
	case incident.FirstNotice:
		return f("card.button_first", "update")
	case incident.CustomerNotice:
		return f("card.button_customers", "update --audience customers")
	case incident.HoldReview, incident.VendorPromise:
		return b("card.button_resume", "resume")
	case incident.Confirmation:
		return f("card.button_close", "close")
	case incident.Delegate:
		return f("card.button_role", "role")
	case incident.Relief:
		return f("card.button_handover", "handover")
	}
	if c := i.Clock(incident.NextUpdate); k == incident.NextUpdate && c != nil && c.Audience == "customers" {
		return f("card.button_customers", "update --audience customers")
	}
	return f("card.button_update", "update")
}

// selects ask for what nobody has judged yet and offer the vacant roles.
func (v View) selects(i *incident.Incident) []Select {
	var out []Select
	level := func(id, flag, value string, levels []incident.Level) {
		s := Select{Label: lang.Text(v.Lang, id, nil), Command: inCommand(i.Number, "priority") + " --" + flag, Value: value}
		for _, l := range levels {
			s.Options = append(s.Options, Option{Value: l.ID, Label: levelLabel(l, v.Lang)})
		}
		out = append(out, s)
	}
	if i.Provisional || i.Impact == incident.Unknown || i.Urgency == incident.Unknown {
		level("card.select_impact", "impact", i.Impact, v.Policy.Matrix.Impacts)
		level("card.select_urgency", "urgency", i.Urgency, v.Policy.Matrix.Urgencies)
	}
	if !v.wantsRoles(i) {
		return out
	}
	vacant := Select{Label: v.text("card.select_role"), Command: inCommand(i.Number, "role") + " --role"}
	for _, r := range append(incident.Roles(), i.Custom...) {
		if len(i.Holding(r.ID)) == 0 {
			vacant.Options = append(vacant.Options, Option{Value: string(r.ID), Label: roleName(i, r.ID, v.Lang)})
		}
	}
	if len(vacant.Options) > 0 {
		out = append(out, vacant)
	}
	return append(out, v.answers(i))
}

// answers is what each responder says of themself: on it, there in a while, can't.
func (v View) answers(i *incident.Incident) Select {
	s := Select{Label: v.text("card.select_answer"), Command: "--in " + i.Number.String(), Options: []Option{{Value: "ack", Label: v.text("card.button_ack")}}}
	for _, in := range []int{15, 30, 60} {
		s.Options = append(s.Options, Option{Value: fmt.Sprintf("eta %dm", in), Label: v.text("card.eta_in", "Minutes", in)})
	}
	s.Options = append(s.Options, Option{Value: "cant", Label: v.text("card.button_cant")})
	return s
}
