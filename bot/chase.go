package bot

import (
	"slices"

	"matoi/incident"
	"matoi/lang"
)

// chaser words in the record that somebody was asked about what is left lying.
func (s sayer) chaser(f *incident.Reminded) string {
	what, which := f.Clock.Of()
	id := int(which)
	switch {
	case what == "measure":
		m := measureOf(s.i, id)
		text := "fact.chase_measure"
		if f.Step > 100 {
			text = "fact.chase_measure_late"
		}
		return s.text(text, "ID", id, "Text", oneLine(m.Text, 300), "Owner", m.Owner, "Due", s.time(f.Due))
	case what == "task":
		return s.text("fact.chase_task", "ID", id, "Text", s.task(id))
	case what == "offer":
		return s.text("fact.chase_offer", "Until", s.time(f.Due))
	case what == incident.Unconfirmed:
		return s.text("fact.chase_unconfirmed")
	case what == incident.ShiftEnds:
		return s.text("fact.chase_shift_ends", "Due", s.time(f.Due))
	}
	return s.text("fact.chase_stale")
}

// measureOf finds a measure by its number, from 1; one without words where there is none.
func measureOf(i *incident.Incident, id int) incident.Measure {
	if i == nil || id < 1 || id > len(i.Measures) {
		return incident.Measure{}
	}
	return i.Measures[id-1]
}

// chased words for one person what is left lying, with the buttons that settle it; ok is false where it is settled.
func (v View) chased(i *incident.Incident, f *incident.Reminded, to incident.PersonID) (Message, bool) {
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: Warning, Question: true}
	b := func(label, command string) { c.Buttons = append(c.Buttons, v.button(i.Number, v.text(label), command)) }
	form := func(label, verb string) { c.Buttons = append(c.Buttons, v.form(i.Number, v.text(label), verb)) }
	what, which := f.Clock.Of()
	id, ok := int(which), true
	switch what {
	case "measure":
		m := measureOf(i, id)
		ok = m.Text != "" && m.Waits()
		c.Text = v.text("chase.measure", "ID", id, "Text", Escape(oneLine(unmention(m.Text, v.Names), 600)))
		if f.Step > 100 {
			c.Text = v.text("chase.measure_late", "ID", id, "Text", Escape(oneLine(unmention(m.Text, v.Names), 600)))
		}
		if m.Person != to {
			c.Text += "\n" + v.text("chase.measure_owner", "Owner", Escape(unmention(m.Owner, v.Names)))
		}
		c.Text += "\n" + v.text("chase.measure_drop", "Number", i.Number.String(), "ID", id)
		c.Fields = []Field{{Name: v.text("card.field_due"), Value: v.when(f.Due), Time: f.Due}}
		b("chase.button_measure_done", "measure done "+itoa(id))
	case "task":
		t, found := taskOf(i, id)
		ok = found && t.Owner == to && t.State == "claimed" && !i.Open()
		c.Text = v.text("chase.task", "ID", id, "Text", Escape(unmention(taskText(t, v.Lang), v.Names)))
		b("card.button_done", "task done "+itoa(id))
		b("chase.button_task_drop", "task drop "+itoa(id))
	case "offer":
		k := slices.IndexFunc(i.Offers, func(o incident.Offer) bool { return o.Seq == which && o.To == to })
		if k < 0 || !i.Offers[k].Until.After(v.Now) {
			return Message{}, false
		}
		o := i.Offers[k]
		c.Text = v.text("chase.offer", "Role", Escape(roleName(i, o.Role, v.Lang)), "From", Escape(v.Names(o.From)), "Until", v.when(o.Until))
		b("card.button_accept", "handover accept "+itoa(id))
		b("card.button_decline", "handover decline "+itoa(id))
		b("card.button_brief", "brief")
	case incident.Unconfirmed:
		ok = i.Status == incident.StatusResolved && slices.ContainsFunc(i.Reporters, func(r incident.Reporter) bool { return r.Person == to && r.Answer == "" })
		c.Text = v.text("chase.unconfirmed", "When", v.when(i.Resolved))
		b("card.button_confirm", "confirm")
		b("card.button_notfixed", "notfixed")
	case incident.ShiftEnds:
		ok = i.Open() && i.Leads() == to
		c.Text = v.text("chase.shift_ends", "When", v.when(f.Due))
		v.relief(i, c, to)
	default:
		ok = i.Open() && i.Hold == nil && !i.StillSince().After(f.Due)
		c.Text = v.text("chase.stale", "Since", v.when(i.StillSince()), "Ago", lang.Span(v.Lang, v.Now.Sub(i.StillSince())))
		form("card.button_update", "update")
		form("chase.button_hold", "hold")
		form("card.button_resolve", "resolve")
		b("card.button_brief", "brief")
	}
	if len(c.Buttons) > 0 {
		c.Buttons[0].Style = "primary"
	}
	return Message{Card: c, Pings: []incident.PersonID{to}, Asks: true}, ok
}

func taskOf(i *incident.Incident, id int) (incident.Task, bool) {
	for _, t := range i.Tasks {
		if t.ID == id {
			return t, true
		}
	}
	return incident.Task{}, false
}

// relief names who is on call now beside who leads, and offers the hand-over to them and the brief that goes with it.
func (v View) relief(i *incident.Incident, c *Card, to incident.PersonID) {
	for _, p := range v.Policy.OnDuty(v.Now) {
		if r, _ := i.Responder(p); p == to || r.State == "declined" || !incident.MaySee(i, incident.Viewer{Person: p}) {
			continue
		}
		c.Text += "\n" + v.text("chase.relief_next", "Person", Escape(v.Names(p)))
		c.Buttons = append(c.Buttons, v.button(i.Number, v.text("chase.button_relief"), "handover "+mention(p)+" --role "+string(incident.Manager)))
		break
	}
	if len(c.Buttons) == 0 {
		c.Text += "\n" + v.text("chase.relief_nobody")
		c.Buttons = append(c.Buttons, v.form(i.Number, v.text("card.button_handover"), "handover"))
	}
	c.Buttons = append(c.Buttons, v.button(i.Number, v.text("card.button_brief"), "brief"))
}

// review are the answers to a hold whose time has come: go on, or look again later.
func (v View) review(i *incident.Incident, c *Card) {
	c.Buttons = []Button{
		v.button(i.Number, v.text("card.button_resume"), "resume"),
		v.button(i.Number, v.text("chase.button_tomorrow"), "hold review tomorrow"),
		v.button(i.Number, v.text("chase.button_week"), "hold review in 7 days"),
		v.button(i.Number, v.text("card.button_brief"), "brief"),
	}
	if i.Hold != nil {
		c.Text += "\n" + v.text("chase.hold", "For", words(v.Lang, "bot.hold_", i.Hold.For), "Reason", Escape(oneLine(unmention(i.Hold.Reason, v.Names), 300)), "Since", v.when(i.Hold.Since))
	}
}
