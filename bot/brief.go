package bot

import (
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// BriefFor tells somebody who comes in where things stand: what, since when, who leads, what was tried, what is
// in hand, who waits for what, and when the next update is due. events are the incident's entries, oldest first.
func BriefFor(i *incident.Incident, events []incident.Event, v View) *Card {
	c := &Card{Title: v.text("card.brief_title", "Title", v.title(i)), Link: v.link(i.Number), Tone: v.tone(i), Alarm: v.alarm(i)}
	if i.Summary != "" {
		c.Text = oneLine(unmention(i.Summary, v.Names), 600)
	}
	add := func(id, value string) {
		if value != "" {
			c.Fields = append(c.Fields, Field{Name: lang.Text(v.Lang, id, nil), Value: value, Wide: true})
		}
	}
	add("card.brief_what", v.priority(i)+v.text("bot.comma")+v.status(i))
	add("card.brief_since", v.since(i))
	add("card.field_impact", oneLine(unmention(i.ImpactText, v.Names), 300))
	add("card.field_roles", strings.Join(v.roles(i), "\n"))
	add("card.brief_tried", strings.Join(v.tried(i, events), "\n"))
	add("card.field_workaround", oneLine(unmention(i.Workaround, v.Names), 300))
	add("card.brief_cause", oneLine(unmention(strings.TrimSpace(i.Cause.Direct+" "+i.Cause.Root), v.Names), 300))
	add("card.brief_hand", strings.Join(v.inHand(i), "\n"))
	add("card.brief_waits", strings.Join(v.waits(i), "\n"))
	if i.Last != nil {
		add("card.field_update", v.text("card.update", "When", v.when(i.Last.At), "Text", oneLine(unmention(i.Last.Text, v.Names), 300)))
	}
	add("card.brief_next", v.next(i))
	if i.Open() {
		c.Buttons = []Button{
			v.button(i.Number, v.text("card.button_ack"), "ack"),
			v.form(i.Number, v.text("card.button_log"), "log"),
			v.form(i.Number, v.text("card.button_role"), "role"),
		}
	}
	return c
}

// since tells from when it goes wrong, and for how long or until when.
func (v View) since(i *incident.Incident) string {
	from := i.Occurred
	if from.IsZero() {
		from = incident.Moment{At: i.Opened}
	}
	if i.Restored.IsZero() {
		return v.text("card.since_open", "From", v.moment(from), "Ago", lang.Ago(v.Lang, v.Now.Sub(from.At)))
	}
	return v.text("card.since_restored", "From", v.moment(from), "To", v.moment(i.Restored), "Span", lang.Span(v.Lang, i.Restored.At.Sub(from.At)))
}

// tried lists the last entries that tell what was found, thought, decided and done.
func (v View) tried(i *incident.Incident, events []incident.Event) []string {
	var out []string
	for _, e := range slices.Backward(events) {
		switch f := e.Fact.(type) {
		case *incident.Noted, *incident.DeedClosed, *incident.TaskDone:
			if n, ok := f.(*incident.Noted); ok && n.Sort == "note" && len(out) >= 3 {
				continue // plain notes give way to findings and decisions
			}
			s := sayer{i: i, names: v.Names, l: v.Lang, zone: v.Zone, now: v.Now, policy: v.Policy}
			out = append(out, v.text("card.entry", "When", v.when(e.When()), "Text", oneLine(s.shown(e), 160)))
		}
		if len(out) == 8 {
			break
		}
	}
	slices.Reverse(out)
	return out
}

// inHand lists deeds on production and tasks that somebody is at.
func (v View) inHand(i *incident.Incident) []string {
	out := v.deeds(i)
	open := 0
	for _, t := range i.Tasks {
		switch t.State {
		case "claimed":
			out = append(out, v.text("card.task_of", "ID", t.ID, "Text", oneLine(unmention(taskText(t, v.Lang), v.Names), 120), "Person", Escape(v.Names(t.Owner))))
		case "open":
			open++
		}
	}
	if open > 0 {
		out = append(out, v.text("card.tasks_open", "N", open))
	}
	return out
}

// waits lists who waits for what.
func (v View) waits(i *incident.Incident) []string {
	var out []string
	for _, o := range i.Offers {
		out = append(out, v.text("card.waits_offer", "Role", Escape(roleName(i, o.Role, v.Lang)), "From", Escape(v.Names(o.From)), "To", Escape(v.Names(o.To)), "Until", v.when(o.Until)))
	}
	if i.Hold != nil {
		out = append(out, v.status(i))
	}
	for _, r := range i.People {
		if r.State == "asked" {
			out = append(out, v.text("card.waits_asked", "Person", Escape(v.Names(r.Person)), "When", v.when(r.At)))
		}
	}
	if i.Status == incident.StatusResolved {
		for _, r := range i.Reporters {
			if r.Answer == "" {
				out = append(out, v.text("card.waits_reporter", "Reporter", Escape(reporterName(r, v.Names))))
			}
		}
	}
	return out
}

// next tells which targets come next, the update first to be promised among them.
func (v View) next(i *incident.Incident) string {
	var running []*incident.Clock
	for k := range i.Clocks {
		switch c := &i.Clocks[k]; c.Kind {
		case incident.NextUpdate, incident.FirstNotice, incident.CustomerNotice:
			if c.Running() {
				running = append(running, c)
			}
		}
	}
	if c := i.NextTarget(); c != nil && i.Open() && !slices.Contains(running, c) {
		running = append(running, c)
	}
	slices.SortStableFunc(running, func(a, b *incident.Clock) int { return a.Due.Compare(b.Due) })
	var lines []string
	for _, c := range running {
		lines = append(lines, v.due(c))
	}
	return strings.Join(lines, "\n")
}
