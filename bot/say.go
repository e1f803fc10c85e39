package bot

import (
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// sayer words facts for one reader.
type sayer struct {
	i      *incident.Incident // for the names of invented roles; may be nil
	names  Names
	l      lang.Lang
	zone   *time.Location
	now    time.Time
	policy incident.Policy // for the names of categories
}

// Say gives an entry of the timeline as one plain text, without its time and without who wrote it: pages, report
// and rooms put those beside it. The text is not escaped; mentions in it are what names gives.
func Say(e incident.Event, i *incident.Incident, names Names, l lang.Lang, zone *time.Location) string {
	s := sayer{i: i, names: names, l: l, zone: zone, now: e.At, policy: incident.DefaultPolicy(zone)}
	text := s.fact(e)
	return unmention(text, names)
}

// Say gives an entry as Say does, to one reader and in the policy's own words.
func (v View) Say(e incident.Event, i *incident.Incident) string {
	return sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: e.At, policy: v.Policy}.shown(e)
}

// text words fact.<id>; the ids are literals at the call.
func (s sayer) text(id string, kv ...any) string {
	args := lang.Args{}
	for k := 0; k+1 < len(kv); k += 2 {
		args[kv[k].(string)] = kv[k+1]
	}
	return lang.Text(s.l, id, args)
}

func (s sayer) time(t time.Time) string { return lang.DateTime(s.l, t, s.now, s.zone) }

func (s sayer) moment(m incident.Moment) string {
	return lang.When(s.l, lang.Moment{At: m.At, Approx: m.Approx}, s.now, s.zone)
}

func (s sayer) role(id incident.RoleID) string { return roleName(s.i, id, s.l) }

// with adds a further part behind a line, where there is one.
func (s sayer) with(line, id, key, value string) string {
	if strings.TrimSpace(value) == "" {
		return line
	}
	return line + s.text(id, key, value)
}

func (s sayer) fact(e incident.Event) string {
	for _, family := range []func(incident.Event) string{s.start, s.life, s.people, s.record, s.work, s.furthers, s.machine} {
		if text := family(e); text != "" {
			return s.late(text, e.Fact)
		}
	}
	return s.text("fact.erased")
}

// late adds by how much a deed of the clock came late.
func (s sayer) late(text string, f incident.Fact) string {
	if by := incident.Late(f); by > 0 {
		return s.text("fact.late", "Text", text, "By", lang.Span(s.l, by))
	}
	return text
}

// start words what an incident is: its opening and its settings.
func (s sayer) start(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.Opened:
		id := "fact.opened"
		if f.Provisional {
			id = "fact.opened_provisional"
		}
		return s.text(id, "Title", f.Title, "Priority", f.Priority.String())
	case *incident.Titled:
		return s.text("fact.titled", "Title", f.Title)
	case *incident.LanguageChosen:
		return s.text("fact.language_chosen", "Lang", s.text("bot.lang_"+known(f.Lang, "ja", "en")))
	case *incident.Summarised:
		return s.text("fact.summarised", "Text", f.Text)
	case *incident.Prioritised:
		id := "fact.prioritised"
		if f.From == f.Priority {
			id = "fact.prioritised_same"
		}
		line := s.text(id, "From", f.From.String(), "To", f.Priority.String(), "Impact", levelName(f.Impact, s.l), "Urgency", levelName(f.Urgency, s.l))
		if f.Why == incident.PriorityDependency {
			if f.Service == "" {
				return line + s.text("fact.because_dependencies")
			}
			return s.with(line, "fact.because_dependency", "Service", f.Service)
		}
		return s.with(line, "fact.because", "Reason", f.Override+f.Reason)
	case *incident.Retargeted:
		return s.text("fact.retargeted_" + known(f.Why, "policy", "category", "service"))
	case *incident.Categorised:
		return s.with(s.text("fact.categorised", "Category", categoryName(s.policy, f.Category, s.l)), "fact.to_team", "Team", f.Team)
	case *incident.ServicesNamed:
		return s.text("fact.services_named", "Services", list(f.Services, s.l))
	case *incident.Teamed:
		return s.text("fact.teamed", "Team", f.Team)
	case *incident.Assigned:
		if f.Person == "" {
			return s.text("fact.unassigned")
		}
		return s.text("fact.assigned", "Person", s.names(f.Person))
	case *incident.OccurrenceSet:
		return s.text("fact.occurrence_set", "When", s.moment(f.Happened))
	case *incident.ReporterAdded:
		return s.text("fact.reporter_added", "Reporter", reporterName(f.Reporter, s.names))
	case *incident.Linked:
		return s.link(f.Link)
	case *incident.AccessSet:
		return s.access(f, e.By)
	}
	return ""
}

func (s sayer) link(l incident.Link) string {
	to := l.URL
	if l.To != 0 {
		to = l.To.String()
	}
	if l.Title != "" {
		to = l.Title + " " + to
	}
	return s.text("fact.linked", "Kind", words(s.l, "bot.link_", l.Kind), "To", to)
}

// life words the way through the statuses.
func (s sayer) life(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.StatusChanged:
		return s.with(s.text("fact.status_changed", "From", StatusName(f.From, s.l), "To", StatusName(f.To, s.l)), "fact.text", "Text", f.Text)
	case *incident.RestorationDeclared:
		return s.with(s.text("fact.restored", "When", s.moment(f.Since)), "fact.text", "Text", f.Text)
	case *incident.RestorationWithdrawn:
		return s.with(s.text("fact.restoration_withdrawn"), "fact.text", "Text", f.Text)
	case *incident.Resolved:
		if f.How == "alerts" {
			return s.text("fact.resolved_alerts")
		}
		return s.with(s.text("fact.resolved"), "fact.text", "Text", f.Text)
	case *incident.Confirmed:
		id := "fact.confirmed"
		if !f.Fixed {
			id = "fact.not_fixed"
		}
		return s.with(s.text(id, "Person", s.names(f.Person)), "fact.text", "Text", f.Text)
	case *incident.Closed:
		return s.with(lang.Text(s.l, "fact.closed_"+known(f.How, "manager", "confirmed", "silence"), nil), "fact.pending", "Pending", f.Pending)
	case *incident.Reopened:
		id := "fact.reopened"
		if f.NeverWorked {
			id = "fact.reopened_never"
		}
		return s.with(s.text(id), "fact.because", "Reason", f.Reason)
	case *incident.Cancelled:
		return s.with(s.text("fact.cancelled"), "fact.because", "Reason", f.Reason)
	case *incident.MergedInto:
		if f.Why == "dependency" {
			return s.text("fact.merged_dependency", "Number", f.Into.String())
		}
		return s.text("fact.merged_into", "Number", f.Into.String())
	case *incident.Absorbed:
		return s.with(s.text("fact.absorbed", "Number", f.Number.String()), "fact.text", "Text", f.Title)
	case *incident.Released:
		return s.text("fact.released", "Number", f.Number.String())
	case *incident.Undone:
		return s.undone(f)
	case *incident.PutOnHold:
		line := s.text("fact.put_on_hold", "For", lang.Text(s.l, "bot.hold_"+known(f.Hold.For, holds()...), nil), "Reason", f.Hold.Reason, "Review", s.time(f.Hold.Review))
		line = s.with(line, "fact.hold_ticket", "Ticket", f.Hold.Ticket)
		line = s.with(line, "fact.hold_contact", "Contact", f.Hold.Contact)
		if !f.Hold.Promised.IsZero() {
			line = s.with(line, "fact.hold_promised", "Promised", s.time(f.Hold.Promised))
		}
		return line
	case *incident.HoldExtended:
		return s.text("fact.hold_extended", "Review", s.time(f.Review))
	case *incident.Resumed:
		return lang.Text(s.l, "fact.resumed_"+known(f.Why, "by_hand", "answered", "review"), nil)
	}
	return ""
}

// undone words what stands again.
func (s sayer) undone(f *incident.Undone) string {
	return lang.Text(s.l, "fact.undone_"+known(f.Of, "status", "titled", "prioritised", "categorised", "services_named", "restored", "merged_into"), lang.Args{
		"Seq": f.Seq, "Status": StatusName(f.Back.Status, s.l), "Priority": f.Back.Priority.String(), "Title": f.Back.Title,
	})
}

// access words who may see it besides by, who changed that.
func (s sayer) access(f *incident.AccessSet, by incident.PersonID) string {
	if !f.Private {
		return s.text("fact.made_public")
	}
	names := func(people []incident.PersonID) string {
		var out []string
		for _, p := range people {
			if p != by {
				out = append(out, s.text("fact.person", "Person", s.names(p)))
			}
		}
		return list(out, s.l)
	}
	line := s.with(s.text("fact.made_private"), "fact.private_with", "People", names(f.Members))
	return s.with(line, "fact.private_without", "People", names(f.Removed))
}

// people words roles, hand-overs and the responder board.
func (s sayer) people(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.RoleInvented:
		return s.with(s.text("fact.role_invented", "Role", f.Role.Name), "fact.text", "Text", f.Role.Duty)
	case *incident.RoleTaken:
		id := "fact.role_taken"
		if f.From != "" {
			id = "fact.role_taken_from"
		}
		return s.with(s.text(id, "Person", s.names(f.Person), "Role", s.role(f.Role), "From", s.names(f.From)), "fact.stream", "Stream", f.Stream)
	case *incident.RoleLeft:
		return s.text("fact.role_left", "Person", s.names(f.Person), "Role", s.role(f.Role))
	case *incident.HandoverOffered:
		return s.text("fact.handover_offered", "Role", s.role(f.Role), "From", s.names(f.From), "To", s.names(f.To), "Until", s.time(f.Until))
	case *incident.HandoverAnswered:
		return lang.Text(s.l, "fact.handover_"+known(f.Answer, "accepted", "declined", "expired", "withdrawn"), lang.Args{
			"Role": s.role(f.Role), "From": s.names(f.From), "To": s.names(f.To),
		})
	case *incident.TakenOver:
		return s.text("fact.taken_over", "Role", s.role(f.Role), "From", s.names(f.From), "To", s.names(f.To), "Reason", f.Reason)
	case *incident.ActingBegan:
		return s.text("fact.acting_began", "Person", s.names(f.Person))
	case *incident.Asked:
		return s.with(lang.Text(s.l, "fact.asked_"+known(f.Why, "help", "manager", "unacknowledged", "escalation", "role"), lang.Args{"Person": s.names(f.Person)}),
			"fact.text", "Text", f.Text)
	case *incident.Acknowledged:
		return s.text("fact.acknowledged", "Person", s.names(f.Person))
	case *incident.Declined:
		return s.with(s.text("fact.declined", "Person", s.names(f.Person)), "fact.because", "Reason", f.Reason)
	case *incident.ETAGiven:
		return s.text("fact.eta_given", "Person", s.names(f.Person), "ETA", s.time(f.ETA))
	case *incident.Joined:
		return s.text("fact.joined", "Person", s.names(f.Person))
	case *incident.Left:
		return s.text("fact.left", "Person", s.names(f.Person))
	case *incident.Spoke:
		return s.text("fact.spoke", "Person", s.names(f.Person))
	}
	return ""
}

// record words what people write down.
func (s sayer) record(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.Noted:
		return s.noted(f)
	case *incident.Revised:
		return lang.Text(s.l, "fact.revised_"+known(f.Why, "corrected", "edited", "deleted", "unpinned"), lang.Args{"Seq": f.Seq, "Text": f.Text})
	case *incident.WorkaroundRecorded:
		return s.text("fact.workaround", "Text", f.Text)
	case *incident.FixRecorded:
		return s.text("fact.fix", "Text", f.Text)
	case *incident.CauseRecorded:
		var parts []string
		if f.Direct != "" || f.Root == "" {
			parts = append(parts, s.text("fact.cause_direct", "Text", f.Direct))
		}
		if f.Root != "" {
			parts = append(parts, s.text("fact.cause_root", "Text", f.Root))
		}
		return strings.Join(parts, " / ")
	case *incident.ImpactRecorded:
		return s.text("fact.impact", "Text", f.Text)
	case *incident.MeasureAdded:
		m := f.Measure
		return s.text("fact.measure_added", "Text", m.Text, "Owner", m.Owner, "Due", m.Due)
	case *incident.MeasureDone:
		return s.with(s.text("fact.measure_done", "ID", f.ID, "Text", measureOf(s.i, f.ID).Text), "fact.text", "Text", f.Result)
	case *incident.MeasureDropped:
		return s.with(s.text("fact.measure_dropped", "ID", f.ID, "Text", measureOf(s.i, f.ID).Text), "fact.because", "Reason", f.Reason)
	case *incident.DeedAnnounced:
		if f.Clash != 0 {
			return s.text("fact.deed_clash", "Text", f.Text, "Seq", f.Clash)
		}
		return s.text("fact.deed_announced", "Text", f.Text)
	case *incident.DeedClosed:
		return s.text("fact.deed_closed", "Seq", f.Seq, "Result", f.Result)
	case *incident.Published:
		line := s.text("fact.published", "Sort", updateName(f.Sort, s.l), "Audience", audienceName(f.Audience, s.l), "Text", f.Text)
		if !f.Next.IsZero() {
			line = s.with(line, "fact.next", "Next", s.time(f.Next))
		}
		return line
	case *incident.ReportIssued:
		return s.text("fact.report_issued", "Version", f.Version)
	}
	return ""
}

// noted is the entry itself: plain notes stand for themselves, the other kinds say what they are.
func (s sayer) noted(f *incident.Noted) string {
	text := f.Text
	if f.Message != nil {
		if text == "" {
			text = f.Message.Text
		}
		for _, file := range f.Message.Files {
			text = strings.TrimSpace(text + " 📎" + file.Name)
		}
		if f.Message.Author == "" && f.Message.AuthorName != "" { // nobody of ours: the entry cannot be theirs
			text = s.text("fact.quoted", "Author", f.Message.AuthorName, "Text", text)
		}
	}
	if f.Sort == incident.SeenBySender {
		return s.text("fact.seen_by_sender", "Text", text)
	}
	if f.Sort == "" || f.Sort == "note" {
		return s.text("fact.noted", "Text", text)
	}
	return s.text("fact.noted_as", "Sort", sortName(f.Sort, s.l), "Text", text)
}

// work words tasks, clocks and escalations.
func (s sayer) work(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.TaskAdded:
		text := taskText(incident.Task{Text: f.Text, Checklist: f.Checklist}, s.l)
		if f.Owner != "" {
			return s.text("fact.task_given", "ID", f.ID, "Text", text, "Person", s.names(f.Owner))
		}
		return s.text("fact.task_added", "ID", f.ID, "Text", text)
	case *incident.TaskClaimed:
		return s.text("fact.task_claimed", "ID", f.ID, "Text", s.task(f.ID), "Person", s.names(f.Person))
	case *incident.TaskDone:
		return s.with(s.text("fact.task_done", "ID", f.ID, "Text", s.task(f.ID)), "fact.text", "Text", f.Result)
	case *incident.TaskDropped:
		return s.with(s.text("fact.task_dropped", "ID", f.ID, "Text", s.task(f.ID)), "fact.because", "Reason", f.Reason)
	case *incident.Reminded:
		clock := clockName(f.Clock, s.l)
		switch {
		case f.To != "":
			return s.text("fact.reminded_again", "Clock", clock, "Due", s.time(f.Due), "Person", s.names(f.To))
		case f.Up != "":
			return s.text("fact.reminded_up", "Clock", clock, "Due", s.time(f.Due), "Person", s.names(f.Up))
		case f.Clock.Chases():
			return s.chaser(f)
		case f.Clock.Further():
			return s.furtherReminded(f.Clock, f.Step, f.Due)
		case f.Clock == incident.Delegate:
			return s.text("fact.reminded_delegate")
		case f.Clock == incident.Relief:
			return s.text("fact.reminded_relief")
		case f.Clock == incident.Confirmation:
			return s.text("fact.reminded_confirmation")
		case f.Step == 100: // of a target that is the miss, a fact of its own
			return s.text("fact.reminded_now", "Clock", clock, "Due", s.time(f.Due))
		case f.Step >= 100:
			return s.text("fact.reminded_late", "Clock", clock, "Due", s.time(f.Due))
		}
		return s.text("fact.reminded", "Clock", clock, "Due", s.time(f.Due), "Step", f.Step)
	case *incident.Snoozed:
		return s.snoozed(f)
	case *incident.TargetMissed:
		if f.Clock.Further() {
			return s.furtherReminded(f.Clock, 100, f.Due)
		}
		return s.text("fact.target_missed", "Clock", clockName(f.Clock, s.l), "Due", s.time(f.Due))
	case *incident.Escalated:
		return s.escalated(f)
	}
	return ""
}

func (s sayer) escalated(f *incident.Escalated) string {
	reason := f.Reason
	if reason == "major" {
		reason = s.text("fact.reason_major")
	}
	to := f.To
	if f.Person != "" {
		to = s.text("fact.person", "Person", s.names(f.Person))
	}
	id := "fact.escalated_up"
	if f.How == "policy" {
		id, to = "fact.escalated_policy", PolicyName(s.policy, f.Policy, s.l)
	}
	if f.How == "functional" {
		id = "fact.escalated_line"
		if to == "" {
			to = s.text("fact.line", "Line", f.Line)
		}
	}
	return s.with(s.text(id, "To", to), "fact.because", "Reason", reason)
}

// machine words what Matoi and the monitoring did.
func (s sayer) machine(e incident.Event) string {
	switch f := e.Fact.(type) {
	case *incident.AlertsMet:
		return s.alerts(f)
	case *incident.RoomOpened:
		return s.room(f)
	case *incident.Called:
		return s.called(f)
	case *incident.Paged:
		return s.paged(f)
	case *incident.DeliveryFailed:
		return failed(f.Effect, f.Realm, f.Why, s.l)
	case *incident.TextErased:
		entries := make([]string, 0, len(f.Entries))
		for _, r := range f.Entries {
			entries = append(entries, "#"+strconv.FormatInt(r.Seq, 10))
		}
		return s.text("fact.text_erased", "Entries", strings.Join(entries, ", "), "Reason", f.Reason)
	case *incident.Erased:
		return s.text("fact.erased")
	}
	return ""
}

// room words a room that was opened, or what became of one.
func (s sayer) room(f *incident.RoomOpened) string {
	id := "fact.room_opened"
	switch {
	case f.Was != "" && f.Was != f.Room.Name:
		id = "fact.room_renamed"
	case f.Was != "":
		id = "fact.room_changed"
	case f.Room.Thread != "":
		id = "fact.room_thread"
	}
	return s.text(id, "Room", f.Room.Name, "Was", f.Was, "Chat", ChatName(f.Room.Realm, s.l))
}

func (s sayer) alerts(f *incident.AlertsMet) string {
	var parts []string
	for _, p := range []struct {
		id   string
		refs []incident.AlertRef
	}{{"fact.alerts_attached", f.Attached}, {"fact.alerts_refired", f.Refired}, {"fact.alerts_hushed", f.Hushed}, {"fact.alerts_left", f.Left}, {"fact.alerts_cleared", f.Cleared}} {
		if len(p.refs) == 0 {
			continue
		}
		parts = append(parts, s.text(p.id, "N", len(p.refs), "Title", p.refs[0].Title))
	}
	for _, one := range f.Flapping {
		id := "fact.alerts_flapping"
		if one.Sender {
			id = "fact.alerts_flapping_sender"
		}
		parts = append(parts, s.text(id, "N", one.Times, "Title", one.Alert.Title, "Within", lang.Span(s.l, one.Within)))
	}
	for _, one := range f.Settled {
		parts = append(parts, s.text("fact.alerts_settled", "N", one.Times, "Title", one.Alert.Title))
	}
	if f.More > 0 {
		parts = append(parts, s.text("fact.alerts_more", "N", f.More))
	}
	if f.Firing == 0 {
		parts = append(parts, s.text("fact.alerts_quiet"))
	} else {
		parts = append(parts, s.text("fact.alerts_firing", "Firing", f.Firing, "Total", f.Total))
	}
	return strings.Join(parts, s.text("bot.comma"))
}

func (s sayer) task(id int) string {
	if s.i != nil {
		for _, t := range s.i.Tasks {
			if t.ID == id {
				return taskText(t, s.l)
			}
		}
	}
	return "#"
}
