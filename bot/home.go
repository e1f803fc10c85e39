package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// homeMost is how many incidents stand on somebody's own page: who has part in more looks at the list.
const homeMost = 12

// Home is somebody's own work for the page that a chat keeps for them: first what they can do from there, then a card for each
// incident in which they have part, with their roles, what is due from them, and what waits for their answer.
func (b *Bot) Home(ctx context.Context, who incident.PersonID, l lang.Lang) ([]Card, error) {
	c, err := b.begin(ctx, Request{By: who, Lang: l})
	if err != nil {
		return nil, err
	}
	v := c.view
	first := Card{Title: v.text("mine.title"), Buttons: []Button{
		{Label: v.text("form.title_open"), Command: "open", Form: true, Style: "primary"}, {Label: v.text("mine.see_board"), Command: "list"},
	}}
	rows, err := b.Store.Find(ctx, incident.Filter{Viewer: c.viewer(), Mine: who, Open: true, Limit: homeMost})
	if err != nil {
		return nil, fmt.Errorf("list the incidents of %s: %w", who, err)
	}
	var cards []Card
	for _, row := range rows {
		i, err := b.Store.Load(ctx, row.Number)
		if err != nil {
			return nil, fmt.Errorf("load %s for a page: %w", row.Number, err)
		}
		if incident.MaySee(i, c.viewer()) { // it may have changed since
			cards = append(cards, v.mine(i, who))
		}
	}
	if len(cards) == 0 {
		first.Text = "**" + v.text("mine.nothing") + "**\n" + v.text("mine.nothing_hint")
	}
	return append([]Card{first}, cards...), nil
}

// mine is an incident as it concerns one person.
func (v View) mine(i *incident.Incident, me incident.PersonID) Card {
	c := Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i), Alarm: v.alarm(i)}
	add := func(id, value string) {
		if value != "" {
			c.Fields = append(c.Fields, Field{Name: lang.Text(v.Lang, id, nil), Value: value})
		}
	}
	add("card.field_priority", v.priority(i))
	add("card.field_status", v.status(i))
	add("mine.roles", Escape(list(v.held(i, me), v.Lang)))
	if room, ok := i.Room(chatOf(i)); ok && room.Link != "" {
		c.Buttons = append(c.Buttons, Button{Label: v.text("card.button_room", "Room", "#"+room.Name), URL: room.Link})
	}
	var dues []string
	for k := range i.Clocks {
		clock := &i.Clocks[k]
		switch clock.Kind {
		case incident.AskNext, incident.Delegate, incident.Relief, incident.Confirmation:
			continue
		}
		if clock.Running() && slices.Contains(i.MustAct(clock.Kind), me) {
			dues = append(dues, v.due(clock))
			c.Buttons = append(c.Buttons, v.dueButton(i, clock.Kind))
		}
	}
	add("mine.dues", strings.Join(dues, "\n"))
	v.asks(i, me, &c)
	for _, t := range i.Tasks {
		if t.Owner == me && (t.State == "open" || t.State == "claimed") {
			c.Items = append(c.Items, Item{Text: Escape(unmention(taskText(t, v.Lang), v.Names)), Buttons: []Button{v.button(i.Number, v.text("card.button_done"), "task done "+itoa(t.ID))}})
		}
	}
	c.Buttons = append(c.Buttons, v.button(i.Number, v.text("card.button_brief"), "brief"))
	return c
}

// chatOf is the chat whose room people are sent to: the first that has one.
func chatOf(i *incident.Incident) string {
	for _, r := range i.Rooms {
		if r.Link != "" {
			return r.Realm
		}
	}
	return ""
}

// held are somebody's roles in words.
func (v View) held(i *incident.Incident, me incident.PersonID) []string {
	var out []string
	for _, h := range i.Holders {
		if h.Person == me {
			out = append(out, roleName(i, h.Role, v.Lang))
		}
	}
	if i.Manager() == "" && i.Acting == me {
		out = append(out, v.text("mine.acting"))
	}
	if i.Assignee == me {
		out = append(out, v.text("mine.assignee"))
	}
	return out
}

// asks puts what waits for somebody's answer in front of the other buttons.
func (v View) asks(i *incident.Incident, me incident.PersonID, c *Card) {
	var ways []Button
	for _, o := range i.Offers {
		if o.To == me {
			c.Text += v.text("mine.offered", "Name", Escape(v.Names(o.From)), "Role", Escape(roleName(i, o.Role, v.Lang))) + "\n"
			seq := itoa(int(o.Seq))
			ways = append(ways, v.button(i.Number, v.text("card.button_accept"), "handover accept "+seq), v.button(i.Number, v.text("card.button_decline"), "handover decline "+seq))
		}
	}
	if p, ok := i.Responder(me); ok && p.State == "asked" {
		c.Text += v.text("mine.called") + "\n"
		ways = append(ways, v.button(i.Number, v.text("card.button_ack"), "ack"), v.form(i.Number, v.text("card.button_cant"), "cant"))
	}
	c.Text = strings.TrimSpace(c.Text)
	c.Buttons = append(ways, c.Buttons...)
}
