package report

import (
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// fact words an entry for the timeline, "" for what has no place in it.
func (b *builder) fact(e incident.Event) string {
	for _, family := range []func(incident.Event) string{b.scopeFact, b.lifeFact, b.peopleFact, b.workFact, b.dutyFact} {
		if text := family(e); text != "" {
			return text
		}
	}
	return ""
}

// scopeFact words what is known about the incident.
func (b *builder) scopeFact(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.Opened:
		args := lang.Args{"Priority": b.priority(f.Priority, f.Provisional), "Title": oneLine(b.plain(f.Title))}
		if f.Alert != nil {
			args["Title"] = oneLine(b.plain(f.Alert.Title))
			return b.say("report.fact_opened_alert", args)
		}
		return b.say("report.fact_opened", args)
	case *incident.Prioritised:
		id := "report.fact_prioritised"
		if f.From == f.Priority {
			id = "report.fact_prioritised_same"
		}
		line := b.say(id, lang.Args{"From": b.priority(f.From, false), "To": b.priority(f.Priority, f.Provisional)})
		if f.Why == incident.PriorityDependency {
			if f.Service == "" {
				return line + b.say("report.because_dependencies", nil)
			}
			return b.with(line, "report.because_dependency", f.Service)
		}
		return b.with(line, "report.because", f.Override)
	case *incident.Retargeted:
		return b.say("report.fact_retargeted", nil)
	case *incident.ServicesNamed:
		return b.say("report.fact_services", lang.Args{"Services": b.list(f.Services)})
	case *incident.ImpactRecorded:
		return b.say("report.fact_impact", lang.Args{"Text": b.plain(f.Text)})
	case *incident.WorkaroundRecorded:
		return b.say("report.fact_workaround", lang.Args{"Text": b.plain(f.Text)})
	case *incident.FixRecorded:
		return b.say("report.fact_fix", lang.Args{"Text": b.plain(f.Text)})
	case *incident.CauseRecorded:
		var out []string
		if f.Direct != "" {
			out = append(out, b.say("report.fact_cause_direct", lang.Args{"Text": b.plain(f.Direct)}))
		}
		if f.Root != "" {
			out = append(out, b.say("report.fact_cause_root", lang.Args{"Text": b.plain(f.Root)}))
		}
		return strings.Join(out, "\n")
	case *incident.Erased:
		if slices.Contains([]string{"opened", "noted", "published", "workaround", "fix", "cause", "impact", "deed_announced", "deed_closed"}, f.Was) {
			return b.say("report.fact_erased", nil)
		}
	}
	return ""
}

// lifeFact words the way from opening to closing.
func (b *builder) lifeFact(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.StatusChanged:
		return b.with(b.say("report.fact_status", lang.Args{"To": b.status(f.To)}), "report.colon", f.Text)
	case *incident.RestorationDeclared:
		return b.with(b.say("report.fact_restored", nil), "report.colon", f.Text)
	case *incident.RestorationWithdrawn:
		return b.with(b.say("report.fact_restoration_withdrawn", nil), "report.colon", f.Text)
	case *incident.Resolved:
		return b.with(b.say("report.fact_resolved", nil), "report.colon", f.Text)
	case *incident.Confirmed:
		if f.Fixed {
			return b.with(b.say("report.fact_confirmed", nil), "report.colon", f.Text)
		}
		return b.with(b.say("report.fact_not_fixed", nil), "report.colon", f.Text)
	case *incident.Closed:
		id := "report.fact_closed"
		switch f.How {
		case "confirmed":
			id = "report.fact_closed_confirmed"
		case "silence":
			id = "report.fact_closed_silence"
		}
		return b.with(b.say(id, nil), "report.pending", f.Pending)
	case *incident.Reopened:
		if f.NeverWorked {
			return b.with(b.say("report.fact_reopened_never", nil), "report.because", f.Reason)
		}
		return b.with(b.say("report.fact_reopened", nil), "report.because", f.Reason)
	case *incident.Cancelled:
		return b.with(b.say("report.fact_cancelled", nil), "report.because", f.Reason)
	case *incident.MergedInto:
		return b.say("report.fact_merged_into", lang.Args{"Number": f.Into.String()})
	case *incident.Absorbed:
		return b.with(b.say("report.fact_absorbed", lang.Args{"Number": f.Number.String()}), "report.colon", f.Title)
	case *incident.Released:
		return b.say("report.fact_released", lang.Args{"Number": f.Number.String()})
	case *incident.Undone:
		return b.undone(f)
	case *incident.PutOnHold:
		line := b.say("report.fact_held", lang.Args{"For": b.word(holdNames(), f.Hold.For), "Review": b.stamp(f.Hold.Review)})
		return b.with(line, "report.colon", f.Hold.Reason)
	case *incident.Resumed:
		return b.say("report.fact_resumed", nil)
	}
	return ""
}

// undone names what was taken back; settings that the timeline never showed need no taking back in it.
func (b *builder) undone(f *incident.Undone) string {
	deeds := map[string]string{
		"prioritised": "report.deed_prioritised", "services_named": "report.deed_services", "status_changed": "report.deed_status",
		"restored": "report.deed_restored", "resolved": "report.deed_resolved", "closed": "report.deed_closed", "cancelled": "report.deed_cancelled",
		"merged_into": "report.deed_merged",
	}
	if deeds[f.Of] == "" {
		return ""
	}
	return b.say("report.fact_undone", lang.Args{"Deed": b.word(deeds, f.Of), "Status": b.status(f.Back.Status)})
}

// peopleFact words who took which part.
func (b *builder) peopleFact(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.RoleTaken:
		args := lang.Args{"Role": b.streamed(f.Role, f.Stream), "Person": b.name(f.Person)}
		if f.Person == e.By {
			return b.say("report.fact_role_taken", args)
		}
		return b.say("report.fact_role_given", args)
	case *incident.RoleLeft:
		return b.say("report.fact_role_left", lang.Args{"Role": b.role(f.Role), "Person": b.name(f.Person)})
	case *incident.HandoverAnswered:
		if f.Answer == "accepted" {
			return b.say("report.fact_handed_over", lang.Args{"Role": b.role(f.Role), "From": b.name(f.From), "To": b.name(f.To)})
		}
	case *incident.TakenOver:
		line := b.say("report.fact_taken_over", lang.Args{"Role": b.role(f.Role), "From": b.name(f.From)})
		return b.with(line, "report.because", f.Reason)
	case *incident.ActingBegan:
		return b.say("report.fact_acting", lang.Args{"Person": b.name(f.Person)})
	case *incident.Acknowledged:
		return b.say("report.fact_acknowledged", nil)
	case *incident.Escalated:
		return b.escalated(f)
	}
	return ""
}

// streamed is a role with the stream that tells two holders apart.
func (b *builder) streamed(role incident.RoleID, stream string) string {
	if stream = oneLine(b.plain(stream)); stream != "" {
		return b.say("report.member", lang.Args{"Name": b.role(role), "Department": stream})
	}
	return b.role(role)
}

func (b *builder) escalated(f *incident.Escalated) string {
	reason := f.Reason
	if reason == "major" {
		reason = b.say("report.major", nil)
	}
	args := lang.Args{"To": b.escalatedTo(f), "Line": f.Line}
	switch {
	case f.How != "functional":
		return b.with(b.say("report.fact_escalated_up", args), "report.because", reason)
	case args["To"] == "":
		return b.with(b.say("report.fact_escalated_line", args), "report.because", reason)
	}
	return b.with(b.say("report.fact_escalated_line_to", args), "report.because", reason)
}

// escalatedTo names a person, a team or both, "" for the next line as such.
func (b *builder) escalatedTo(f *incident.Escalated) string {
	var to []string
	if f.Person != "" {
		to = append(to, b.name(f.Person))
	}
	if f.To != "" {
		to = append(to, f.To)
	}
	if f.Policy != "" {
		to = append(to, f.Policy)
	}
	return b.list(to)
}

// workFact words what was done and said.
func (b *builder) workFact(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.DeedAnnounced:
		return b.say("report.fact_deed", lang.Args{"Text": b.plain(f.Text)})
	case *incident.DeedClosed:
		return b.with(b.say("report.fact_deed_closed", lang.Args{"Deed": b.deed(f.Seq)}), "report.colon", f.Result)
	case *incident.TaskDone:
		return b.with(b.say("report.fact_task_done", lang.Args{"Task": b.task(f.ID)}), "report.colon", f.Result)
	case *incident.Published:
		line := b.say("report.fact_published", lang.Args{"Kind": b.word(updateNames(), f.Sort), "Audience": b.word(audiences(), f.Audience)})
		return b.with(line, "report.colon", f.Text)
	case *incident.AlertsMet:
		return b.alerts(f)
	case *incident.TargetMissed:
		return b.say("report.fact_target_missed", lang.Args{"Target": b.clock(f.Clock), "Due": b.stamp(f.Due)})
	}
	return ""
}

// noted is the entry itself in its latest form, with what kind it is unless it is a plain note.
func (b *builder) noted(f *incident.Noted, r revision) string {
	text := f.Text
	if text == "" && f.Message != nil {
		text = f.Message.Text
	}
	if r.text != "" {
		text = r.text
	}
	text = b.plain(text)
	if f.Message != nil && len(f.Message.Files) > 0 {
		var names []string
		for _, file := range f.Message.Files {
			names = append(names, file.Name)
		}
		text = strings.TrimSpace(text + b.say("report.files", lang.Args{"Names": b.list(names)}))
	}
	switch f.Sort {
	case incident.SeenBySender:
		return b.say("report.fact_seen_by_sender", lang.Args{"Text": text})
	case "finding":
		return b.say("report.fact_finding", lang.Args{"Text": text})
	case "decision":
		return b.say("report.fact_decision", lang.Args{"Text": text})
	case "action":
		return b.say("report.fact_action", lang.Args{"Text": text})
	}
	return text
}

// deed finds the text of the announced deed that an entry closes.
func (b *builder) deed(seq int64) string {
	for _, e := range b.Entries {
		if f, ok := e.Fact.(*incident.DeedAnnounced); ok && e.Seq == seq {
			return oneLine(b.plain(f.Text))
		}
	}
	return b.say("report.fact_erased", nil)
}

func (b *builder) task(id int) string {
	for _, t := range b.i.Tasks {
		if t.ID == id {
			if t.Checklist && lang.Has(b.l, "task."+t.Text) {
				return lang.Text(b.l, "task."+t.Text, nil)
			}
			return oneLine(b.plain(t.Text))
		}
	}
	return decimal(id)
}

// alerts tells of alarms that came back and of the moment at which all were quiet; each one attaching is only counted
// (item 7), or a storm would bury what people did.
func (b *builder) alerts(f *incident.AlertsMet) string {
	var out []string
	if len(f.Refired) > 0 {
		var titles []string
		for _, a := range f.Refired {
			titles = append(titles, a.Title)
		}
		out = append(out, b.say("report.fact_alerts_refired", lang.Args{"Titles": b.list(titles)}))
	}
	if f.Firing == 0 && len(f.Cleared) > 0 {
		out = append(out, b.say("report.fact_alerts_quiet", lang.Args{"N": f.Total}))
	}
	return strings.Join(out, "\n")
}
