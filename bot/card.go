package bot

import (
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// CardFor is the one living card of an incident: what it is, who does what, what is due, and the buttons that
// make sense now, the one that is due first.
func CardFor(i *incident.Incident, v View) *Card {
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Alarm: v.alarm(i)}
	if i.Summary != "" {
		c.Text = oneLine(unmention(i.Summary, v.Names), 500)
	}
	c.Fields = v.fields(i)
	if !i.Over() {
		c.Items = v.items(i)
	}
	c.Buttons = v.buttons(i)
	if i.Open() {
		c.Selects = v.selects(i)
	}
	c.Foot = v.foot(i)
	return c
}

// headless reports whether nobody leads an incident that wants a leader.
func (v View) headless(i *incident.Incident) bool {
	return i.Open() && i.Manager() == "" && i.Priority != 0 && i.Priority <= v.Policy.RoomsFrom
}

func (v View) tone(i *incident.Incident) Tone {
	switch next := i.NextTarget(); {
	case !i.Open():
		return Done
	case v.alarm(i) != "":
		return Burning
	case !i.Restored.IsZero():
		return Calm
	case i.Priority != 0 && i.Priority <= incident.P2:
		return Burning
	case i.Hold != nil, next != nil && next.Due.Sub(v.Now) < next.Due.Sub(next.Start)/5:
		return Warning
	}
	return Calm
}

// alarm is what burns now: no leader, and targets that were missed and are still open.
func (v View) alarm(i *incident.Incident) string {
	if !i.Open() {
		return ""
	}
	var lines []string
	switch {
	case v.headless(i) && i.Acting != "":
		lines = append(lines, v.text("card.acting", "Person", Escape(v.Names(i.Acting))))
	case v.headless(i):
		lines = append(lines, v.text("card.no_manager"))
	}
	for k := range i.Clocks {
		if c := &i.Clocks[k]; c.Running() && !c.Missed.IsZero() {
			lines = append(lines, v.text("card.missed", "Clock", v.clock(c), "Due", v.when(c.Due)))
		}
	}
	return strings.Join(lines, "\n")
}

func (v View) fields(i *incident.Incident) []Field {
	var out []Field
	add := func(id, value string, f Field) {
		if value != "" {
			f.Name, f.Value = lang.Text(v.Lang, id, nil), value
			out = append(out, f)
		}
	}
	add("card.field_behind", v.Behind(i.Number), Field{Wide: true, Tone: Warning})
	add("card.field_priority", v.priority(i), Field{})
	add("card.field_status", v.status(i), Field{})
	if c := i.NextTarget(); c != nil && i.Open() {
		f := Field{Time: c.Due}
		if !c.Due.After(v.Now) {
			f.Tone = Burning
		}
		add("card.field_due", v.due(c), f)
	}
	if lines, next := v.nextLegal(i); len(lines) > 0 {
		f := Field{Wide: true, Time: next}
		if f.Tone = Warning; !next.After(v.Now) {
			f.Tone = Burning
		}
		add("card.field_legal", strings.Join(lines, "\n"), f)
	}
	add("card.field_services", Escape(list(i.Services, v.Lang)), Field{})
	if lines, trouble := v.background(i); len(lines) > 0 {
		f := Field{Wide: true}
		if trouble {
			f.Tone = Warning
		}
		add("card.field_background", strings.Join(lines, "\n"), f)
	}
	add("card.field_category", Escape(categoryName(v.Policy, i.Category, v.Lang)), Field{})
	add("card.field_owner", v.owner(i), Field{})
	if !i.Occurred.IsZero() {
		add("card.field_occurred", v.moment(i.Occurred), Field{Time: i.Occurred.At})
	}
	if !i.Restored.IsZero() {
		add("card.field_restored", v.moment(i.Restored), Field{Time: i.Restored.At})
	}
	if i.Alerts.Total > 0 {
		add("card.field_alerts", v.text("card.alerts", "Firing", i.Alerts.Firing, "Total", i.Alerts.Total), Field{})
	}
	add("card.field_roles", strings.Join(v.roles(i), "\n"), Field{Wide: true})
	if i.Open() {
		add("card.field_calls", strings.Join(v.calls(i), "\n"), Field{Wide: true, Tone: Warning})
	}
	add("card.field_people", strings.Join(v.board(i), "\n"), Field{Wide: true})
	if i.Last != nil {
		add("card.field_update", v.text("card.update", "When", v.when(i.Last.At), "Text", oneLine(unmention(i.Last.Text, v.Names), 300)), Field{Wide: true})
	}
	add("card.field_workaround", oneLine(unmention(i.Workaround, v.Names), 300), Field{Wide: true})
	add("card.field_deeds", strings.Join(v.deeds(i), "\n"), Field{Wide: true, Tone: Warning})
	add("card.field_links", strings.Join(v.links(i), "\n"), Field{Wide: true})
	add("card.field_doubts", oneLine(v.doubt(i), 300), Field{Wide: true, Tone: Warning})
	return out
}

func (v View) status(i *incident.Incident) string {
	name := StatusName(i.Shown(), v.Lang)
	switch {
	case i.Hold != nil:
		return v.text("card.on_hold", "Status", name, "For", lang.Text(v.Lang, "bot.hold_"+known(i.Hold.For, holds()...), nil),
			"Reason", oneLine(unmention(i.Hold.Reason, v.Names), 200), "Review", v.when(i.Hold.Review))
	case i.Into != 0:
		return v.text("card.merged", "Status", name, "Number", i.Into.String())
	}
	return name
}

func (v View) owner(i *incident.Incident) string {
	var parts []string
	if i.Team != "" {
		parts = append(parts, Escape(i.Team))
	}
	if i.Assignee != "" {
		parts = append(parts, Escape(v.Names(i.Assignee)))
	}
	return strings.Join(parts, " / ")
}

// roles lists holders and vacancies; whoever leads stands for what nobody holds, and the card says so.
func (v View) roles(i *incident.Incident) []string {
	var out []string
	for _, r := range append(incident.Roles(), i.Custom...) {
		held := i.Holding(r.ID)
		if len(held) == 0 && (!r.Core || !i.Open() || !v.wantsRoles(i)) {
			continue
		}
		out = append(out, v.text("card.role", "Role", Escape(roleName(i, r.ID, v.Lang)), "Holder", v.holders(i, r.ID, held)))
	}
	return out
}

// wantsRoles: threads of P4 and P5 have an assignee, not a crew.
func (v View) wantsRoles(i *incident.Incident) bool {
	return i.Priority != 0 && i.Priority <= v.Policy.RoomsFrom || len(i.Holders) > 0
}

func (v View) holders(i *incident.Incident, role incident.RoleID, held []incident.Holder) string {
	var names []string
	for _, h := range held {
		name := Escape(v.Names(h.Person))
		if h.Stream != "" {
			name += v.text("card.stream", "Stream", Escape(h.Stream))
		}
		names = append(names, name)
	}
	switch {
	case len(names) > 0:
		return list(names, v.Lang)
	case role == incident.Manager && i.Acting != "":
		return v.text("card.acting_for", "Person", Escape(v.Names(i.Acting)))
	case role == incident.Manager:
		return v.text("card.nobody")
	case i.Leads() == "":
		return v.text("card.vacant")
	}
	return v.text("card.vacant_manager", "Person", Escape(v.Names(i.Leads())))
}

// board lists who was asked, acknowledged, joined, can't, and when they will be there.
func (v View) board(i *incident.Incident) []string {
	var out []string
	for _, r := range i.People {
		line := v.text("card.board", "Person", Escape(v.Names(r.Person)), "State", lang.Text(v.Lang, "card.state_"+r.State, nil))
		if r.ETA.After(v.Now) {
			line += v.text("card.eta", "ETA", v.when(r.ETA))
		}
		if r.State == "declined" && r.Why != "" {
			line += v.text("card.why", "Why", oneLine(unmention(r.Why, v.Names), 80))
		}
		out = append(out, line)
	}
	if len(out) > 12 {
		out = append(out[:11], v.text("card.more", "N", len(out)-11))
	}
	return out
}

func (v View) deeds(i *incident.Incident) []string {
	var out []string
	for _, d := range i.Deeds {
		out = append(out, v.text("card.deed", "Seq", d.Seq, "Person", Escape(v.Names(d.Person)), "Text", oneLine(unmention(d.Text, v.Names), 120), "When", v.when(d.At)))
	}
	return out
}

func (v View) links(i *incident.Incident) []string {
	var out []string
	for _, l := range i.Links {
		kind := words(v.Lang, "bot.link_", l.Kind)
		switch {
		case l.To != 0:
			out = append(out, strings.TrimSpace(kind+": "+l.To.String()+" "+oneLine(l.Title, 80)))
		case safeURL(l.URL):
			title := l.Title
			if title == "" {
				title = l.URL
			}
			out = append(out, kind+": ["+strings.NewReplacer("[", "(", "]", ")").Replace(oneLine(title, 80))+"]("+l.URL+")")
		}
	}
	return out[:min(len(out), 8)]
}

// safeURL lets only addresses of pages through, without signs that would end a Markdown link.
func safeURL(u string) bool {
	lower := strings.ToLower(u)
	return (strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")) && !strings.ContainsAny(u, " ()<>\"\n\t\\`|")
}

// items are tasks with what can be done to each, the open ones first.
func (v View) items(i *incident.Incident) []Item {
	var open, done []Item
	for _, t := range i.Tasks {
		item := Item{Text: v.text("card.task", "ID", t.ID, "Text", oneLine(unmention(taskText(t, v.Lang), v.Names), 160))}
		if t.Owner != "" {
			item.Who = Escape(v.Names(t.Owner))
		}
		switch t.State {
		case "dropped":
			continue
		case "done":
			item.Done = true
			done = append(done, item)
			continue
		case "open":
			item.Buttons = append(item.Buttons, v.button(i.Number, v.text("card.button_claim"), "task claim "+itoa(t.ID)))
		}
		item.Buttons = append(item.Buttons, v.button(i.Number, v.text("card.button_done"), "task done "+itoa(t.ID)))
		open = append(open, item)
	}
	all := append(open, done...)
	return all[:min(len(all), 20)]
}

func levelLabel(l incident.Level, of lang.Lang) string {
	switch {
	case of == lang.EN && l.EN != "":
		return l.EN
	case l.JA != "":
		return l.JA
	}
	return l.ID
}

func (v View) foot(i *incident.Incident) string {
	by := v.text("card.by_alert")
	if i.Opener != "" {
		by = Escape(v.Names(i.Opener))
	} else if i.Alerts.Source == "" {
		by = v.text("bot.matoi")
	}
	return v.text("card.foot", "Opened", v.when(i.Opened), "By", by, "Changed", v.when(i.Changed))
}
