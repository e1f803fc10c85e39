package bot

import (
	"context"
	"slices"

	"matoi/incident"
	"matoi/lang"
)

// tell words entry e for one person: duties for whoever takes a role, asks with their answers, offers with the
// brief, reminders with the button that does what is due. ok is false where there is nothing left to say: it was
// answered, met or withdrawn since.
func (b *Bot) tell(ctx context.Context, i *incident.Incident, e incident.Event, to incident.PersonID, v View) (m Message, ok bool, err error) {
	if m, ok, further := v.tellFurther(i, e, to); further {
		return m, ok, nil
	}
	if !incident.MaySee(i, incident.Viewer{Person: to}) {
		return v.told(i, e, to)
	}
	switch f := e.Fact.(type) {
	case *incident.RoleTaken:
		return v.duties(i, f.Role, e, to), i.Has(to, f.Role), nil
	case *incident.TakenOver:
		if f.To == to {
			return v.duties(i, f.Role, e, to), i.Has(to, f.Role), nil
		}
		return v.note(i, "bot.tell_taken_over", e), true, nil
	case *incident.ActingBegan:
		return v.acting(i), i.Acting == to, nil
	case *incident.HandoverOffered:
		events, err := b.Store.Timeline(ctx, i.Number, 0, timelineMax)
		return v.offered(i, f, e, events), standing(i, e.Seq), err
	case *incident.HandoverAnswered:
		if f.Answer == "accepted" && f.To == to {
			return v.duties(i, f.Role, e, to), i.Has(to, f.Role), nil
		}
		return v.note(i, "bot.tell_handover", e), true, nil
	case *incident.Asked:
		m, ok := v.asked(i, f, to)
		return m, ok, nil
	case *incident.Assigned:
		return v.note(i, "bot.tell_assigned", e), i.Assignee == to, nil
	case *incident.Reminded:
		if f.Clock.Chases() {
			m, ok := v.chased(i, f, to)
			return m, ok, nil
		}
		m, ok := v.reminded(i, f.Clock, e, to)
		return m, ok, nil
	case *incident.TargetMissed:
		m, ok := v.reminded(i, f.Clock, e, to)
		return m, ok, nil
	case *incident.Confirmed:
		m := v.note(i, "bot.tell_not_fixed", e)
		m.Card.Buttons = []Button{v.button(i.Number, v.text("card.button_reopen"), "reopen --never")}
		return m, !i.Open(), nil
	case *incident.AlertsMet:
		m := v.note(i, "bot.tell_refired", e)
		m.Card.Buttons = []Button{v.button(i.Number, v.text("card.button_reopen"), "reopen"), v.button(i.Number, v.text("card.button_brief"), "brief")}
		return m, !i.Open(), nil
	case *incident.DeedAnnounced:
		return v.note(i, "bot.tell_clash", e), slices.ContainsFunc(i.Deeds, func(d incident.Deed) bool { return d.Seq == e.Seq }), nil
	case *incident.TaskAdded:
		m, ok := v.task(i, e, f.ID, to)
		return m, ok, nil
	case *incident.TaskClaimed:
		m, ok := v.task(i, e, f.ID, to)
		return m, ok, nil
	case *incident.Reopened:
		if i.Leads() == to {
			return v.note(i, "bot.tell_reopened", e), i.Open(), nil
		}
	}
	return v.told(i, e, to)
}

// task tells somebody that a task is theirs, while it is.
func (v View) task(i *incident.Incident, e incident.Event, id int, to incident.PersonID) (Message, bool) {
	m := v.note(i, "bot.tell_task", e)
	m.Card.Buttons = []Button{v.button(i.Number, v.text("card.button_done"), "task done "+itoa(id)), v.button(i.Number, v.text("card.button_brief"), "brief")}
	mine := slices.ContainsFunc(i.Tasks, func(t incident.Task) bool { return t.ID == id && t.Owner == to && t.State == "claimed" })
	return m, mine
}

// timelineMax bounds how much of a timeline is read to tell where things stand.
const timelineMax = 1000

// told keeps a reporter informed; of a private incident only by its number.
func (v View) told(i *incident.Incident, e incident.Event, to incident.PersonID) (Message, bool, error) {
	title := v.title(i)
	if !incident.MaySee(i, incident.Viewer{Person: to}) {
		title = i.Number.String()
	}
	c := &Card{Title: title, Tone: Calm}
	switch f := e.Fact.(type) {
	case *incident.RestorationDeclared:
		if i.Restored.IsZero() {
			return Message{}, false, nil
		}
		c.Text = v.text("bot.told_restored", "When", v.moment(f.Since))
	case *incident.Resolved:
		if i.Status != incident.StatusResolved {
			return Message{}, false, nil
		}
		c.Text, c.Tone, c.Question = v.text("bot.told_resolved"), Done, true
		c.Buttons = []Button{v.button(i.Number, v.text("card.button_confirm"), "confirm"), v.button(i.Number, v.text("card.button_notfixed"), "notfixed")}
		c.Buttons[0].Style = "primary"
	case *incident.RestorationWithdrawn:
		if !i.Restored.IsZero() {
			return Message{}, false, nil
		}
		c.Text, c.Tone = v.text("bot.told_withdrawn"), Warning
	case *incident.Closed:
		if i.Status != incident.StatusClosed {
			return Message{}, false, nil
		}
		c.Text, c.Tone = v.text("bot.told_closed"), Done
		if f.How == "silence" {
			c.Text = v.text("bot.told_closed_silence")
		}
		c.Buttons = []Button{v.button(i.Number, v.text("card.button_notfixed"), "notfixed")}
	case *incident.Cancelled:
		c.Text, c.Tone = v.text("bot.told_cancelled", "Reason", Escape(unmention(f.Reason, v.Names))), Done
		return Message{Card: c, Pings: []incident.PersonID{to}}, i.Status == incident.StatusCancelled, nil
	case *incident.MergedInto:
		c.Text = v.text("bot.told_merged", "Number", f.Into.String())
		return Message{Card: c, Pings: []incident.PersonID{to}}, i.Status == incident.StatusMerged, nil
	case *incident.Reopened:
		c.Text, c.Tone = v.text("bot.told_reopened"), Warning
	case *incident.Published:
		c.Text = v.text("bot.told_update", "Sort", updateName(f.Sort, v.Lang), "Text", Escape(unmention(f.Text, v.Names)))
		if !f.Next.IsZero() {
			c.Text += "\n" + v.text("bot.told_next", "Next", v.when(f.Next))
		}
	case *incident.Undone:
		return v.toldUndone(i, f, c, to)
	default:
		return Message{}, false, nil
	}
	return Message{Card: c, Pings: []incident.PersonID{to}}, true, nil
}

// toldUndone: what a reporter was told is taken back where it was told.
func (v View) toldUndone(i *incident.Incident, f *incident.Undone, c *Card, to incident.PersonID) (Message, bool, error) {
	m := Message{Card: c, Pings: []incident.PersonID{to}}
	c.Tone = Warning
	switch f.Of {
	case "restored":
		c.Text = v.text("bot.told_withdrawn")
		return m, i.Restored.IsZero(), nil
	case "resolved", "closed", "cancelled", "merged_into":
		c.Text = v.text("bot.told_reopened")
		return m, i.Open(), nil
	}
	return Message{}, false, nil
}

// note is a card with one sentence and the incident's page.
func (v View) note(i *incident.Incident, id string, e incident.Event) Message {
	return Message{Card: &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Text: lang.Text(v.Lang, id, nil) + "\n" + v.say(e, i)}}
}

// duties is what whoever takes a role is sent.
func (v View) duties(i *incident.Incident, role incident.RoleID, e incident.Event, to incident.PersonID) Message {
	name := Escape(roleName(i, role, v.Lang))
	text := v.text("bot.duties", "Role", name)
	if r, ok := i.Role(role); ok && r.Name != "" {
		if text = v.text("bot.duty_none", "Role", name); r.Duty != "" {
			text = v.text("bot.duties", "Role", name) + "\n- " + Escape(unmention(r.Duty, v.Names))
		}
	} else {
		text += "\n- " + lang.Text(v.Lang, "duty."+string(role)+"_first", nil) + "\n- " + lang.Text(v.Lang, "duty."+string(role)+"_second", nil)
	}
	if e.By != "" && e.By != to {
		text = v.say(e, i) + "\n" + text
	}
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Text: text}
	n := i.Number
	if r, known := i.Responder(to); !known || r.State == "asked" {
		c.Buttons = append(c.Buttons, v.button(n, v.text("card.button_ack"), "ack"), v.button(n, v.text("card.button_cant"), "cant"))
	}
	switch role {
	case incident.Manager:
		c.Buttons = append(c.Buttons, v.form(n, v.text("card.button_role"), "role"), v.form(n, v.text("card.button_update"), "update"))
	case incident.Communications, incident.SocialMedia, incident.CustomerSupport:
		c.Buttons = append(c.Buttons, v.form(n, v.text("card.button_update"), "update"))
	case incident.TechLead, incident.Expert:
		c.Buttons = append(c.Buttons, v.form(n, v.text("card.button_mitigate"), "mitigate"), v.form(n, v.text("card.button_log"), "log"))
	default:
		c.Buttons = append(c.Buttons, v.form(n, v.text("card.button_log"), "log"))
	}
	c.Buttons = append(c.Buttons, v.button(n, v.text("card.button_brief"), "brief"), v.form(n, v.text("card.button_handover"), "handover --role "+string(role)))
	return Message{Card: c, Pings: []incident.PersonID{to}}
}

func (v View) acting(i *incident.Incident) Message {
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Text: v.text("bot.tell_acting")}
	c.Buttons = []Button{
		v.button(i.Number, v.text("card.button_manager"), "role "+string(incident.Manager)),
		v.form(i.Number, v.text("card.button_role"), "role"),
		v.form(i.Number, v.text("card.button_update"), "update"),
	}
	return Message{Card: c, Pings: []incident.PersonID{i.Acting}}
}

// offered is the hand-over's question with the brief beneath it.
func (v View) offered(i *incident.Incident, f *incident.HandoverOffered, e incident.Event, events []incident.Event) Message {
	c := BriefFor(i, events, v)
	c.Alarm, c.Question = "", true
	c.Text = v.text("bot.tell_offer", "Role", Escape(roleName(i, f.Role, v.Lang)), "From", Escape(v.Names(f.From)), "Until", v.when(f.Until))
	seq := itoa(int(e.Seq))
	c.Buttons = []Button{
		v.button(i.Number, v.text("card.button_accept"), "handover accept "+seq),
		v.button(i.Number, v.text("card.button_decline"), "handover decline "+seq),
	}
	c.Buttons[0].Style = "primary"
	return Message{Card: c, Pings: []incident.PersonID{f.To}, Tells: Tells{First: 1, Last: i.Version, Title: true}} // with the brief beneath it
}

// standing reports whether a hand-over still waits for its answer.
func standing(i *incident.Incident, seq int64) bool {
	for _, o := range i.Offers {
		if o.Seq == seq {
			return true
		}
	}
	return false
}

// asked calls a person, with the answers as buttons. Who has answered since, or whom nothing waits for any more,
// is not called.
func (v View) asked(i *incident.Incident, f *incident.Asked, to incident.PersonID) (Message, bool) {
	if r, known := i.Responder(to); !i.Open() || known && r.State != "asked" && f.Why != "manager" {
		return Message{}, false
	}
	wantsManager := f.Why == "manager" || f.Why == "unacknowledged"
	if wantsManager && i.Manager() != "" {
		return Message{}, false
	}
	text := lang.Text(v.Lang, "bot.ask_"+known(f.Why, "help", "manager", "unacknowledged", "escalation", "role"), lang.Args{"Role": v.askedRole(i, f)})
	if f.Trigger != "" && f.Why != "unacknowledged" {
		text += "\n" + Escape(sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now, policy: v.Policy}.trigger(f.Trigger))
	}
	if f.Text != "" && f.Text != "major" {
		text += "\n> " + oneLine(unmention(f.Text, v.Names), 300)
	}
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Alarm: v.alarm(i), Text: text}
	c.Fields = []Field{{Name: v.text("card.field_priority"), Value: v.priority(i)}, {Name: v.text("card.field_status"), Value: v.status(i)}}
	n := i.Number
	c.Buttons = []Button{v.button(n, v.text("card.button_ack"), "ack")}
	if wantsManager {
		c.Buttons = []Button{
			v.button(n, v.text("card.button_manager"), "role "+string(incident.Manager)), v.form(n, v.text("card.button_name"), "role --role "+string(incident.Manager)),
			v.button(n, v.text("card.button_ack"), "ack"),
		}
	}
	c.Buttons[0].Style = "primary"
	c.Buttons = append(c.Buttons, v.form(n, v.text("card.button_eta"), "eta"), v.form(n, v.text("card.button_cant"), "cant"), v.button(n, v.text("card.button_brief"), "brief"))
	return Message{Card: c, Pings: []incident.PersonID{to}, Asks: true, Passes: true}, true
}

func (v View) askedRole(i *incident.Incident, f *incident.Asked) string {
	if f.Role == "" {
		return ""
	}
	return roleName(i, f.Role, v.Lang)
}

// reminded names what is due and when, with the button that does it; ok is false when it is done.
func (v View) reminded(i *incident.Incident, k incident.ClockKind, e incident.Event, to incident.PersonID) (Message, bool) {
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: Warning, Text: v.say(e, i)}
	switch clock := i.Clock(k); {
	case i.Over():
		return Message{}, false
	case k == incident.Delegate || k == incident.Relief:
		if !i.Open() || i.Leads() == "" {
			return Message{}, false
		}
	case k == incident.Confirmation: // no clock runs for it: who leads is to close
	case !clock.Running() || !clock.Due.Equal(dueOf(e.Fact)): // met, or moved since
		return Message{}, false
	default:
		c.Fields = []Field{{Name: v.text("card.field_due"), Value: v.due(clock), Time: clock.Due}}
		if !clock.Due.After(v.Now) {
			c.Tone, c.Fields[0].Tone = Burning, Burning
		}
	}
	c.Buttons = []Button{v.dueButton(i, k), v.button(i.Number, v.text("card.button_brief"), "brief")}
	switch k {
	case incident.HoldReview:
		v.review(i, c)
	case incident.Relief:
		c.Buttons = nil
		v.relief(i, c, to)
	}
	if k == incident.Response && slices.ContainsFunc(i.Reporters, func(r incident.Reporter) bool { return r.Person == to }) { // a reporter's own word is no response: somebody else has to come
		c.Text += "\n" + v.text("bot.response_of_others")
		c.Buttons[0] = v.form(i.Number, v.text("card.button_role"), "role")
	}
	if f, ok := e.Fact.(*incident.Reminded); ok && f.Up == to { // who is told of it only because nothing happens
		c.Text += "\n" + v.text("remind.up", "People", list(v.people(i.MustAct(k)), v.Lang))
		c.Buttons = []Button{v.button(i.Number, v.text("card.button_brief"), "brief"), v.form(i.Number, v.text("card.button_escalate"), "escalate")}
	}
	c.Buttons[0].Style = "primary"
	return Message{Card: c, Pings: []incident.PersonID{to}}, true
}

// people are the names of people, as they are shown.
func (v View) people(ids []incident.PersonID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, Escape(v.Names(id)))
	}
	return out
}
