package bot

import (
	"time"

	"matoi/incident"
	"matoi/lang"
)

// AnnouncementFor is what everybody may know: of a private incident its number and nothing else.
func AnnouncementFor(i *incident.Incident, v View) *Card {
	if i.Private {
		return &Card{Title: i.Number.String(), Tone: Calm, Text: v.text("card.private")}
	}
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: v.tone(i)}
	if v.headless(i) && i.Acting == "" {
		c.Alarm = v.text("card.no_manager")
	}
	add := func(id, value string, at time.Time) {
		if value != "" {
			c.Fields = append(c.Fields, Field{Name: lang.Text(v.Lang, id, nil), Value: value, Time: at})
		}
	}
	add("card.field_priority", v.priority(i), time.Time{})
	add("card.field_status", v.status(i), time.Time{})
	if leads := i.Leads(); leads != "" {
		add("card.field_leads", Escape(v.Names(leads)), time.Time{})
	}
	add("card.field_services", Escape(list(i.Services, v.Lang)), time.Time{})
	if !i.Restored.IsZero() {
		add("card.field_restored", v.moment(i.Restored), i.Restored.At)
	}
	if i.Last != nil {
		add("card.field_update", v.text("card.update", "When", v.when(i.Last.At), "Text", oneLine(unmention(i.Last.Text, v.Names), 300)), i.Last.At)
	}
	for _, r := range i.Rooms {
		if r.Link != "" && r.Thread == "" {
			c.Buttons = append(c.Buttons, Button{Label: v.text("card.button_room", "Room", "#"+r.Name), URL: r.Link})
		}
	}
	c.Buttons = append(c.Buttons, v.button(i.Number, v.text("card.button_brief"), "brief"))
	c.Foot = v.foot(i)
	return c
}
