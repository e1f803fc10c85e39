package bot

import (
	"context"
	"errors"
	"fmt"

	"matoi/incident"
	"matoi/lang"
)

// Glance is an incident as it is shown below a link to it: to everybody who reads the place where the link stands.
type Glance struct {
	Incident *incident.Incident
	Card     *Card
	View     View // in the organisation's language: a link is shown once for all
}

// Glance gives an incident for a place. A private one is shown in its own room only, and nowhere else is it said that there is
// such a thing: nil, as for a number that was never given out.
func (b *Bot) Glance(ctx context.Context, n incident.Number, at incident.Place) (*Glance, error) {
	i, err := b.Store.Load(ctx, n)
	if errors.Is(err, incident.ErrNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("load %s for a glance: %w", n, err)
	}
	if !incident.MaySee(i, incident.Viewer{}) {
		room, ok := i.Room(at.Realm)
		if !ok || room.ID != at.Room || room.Thread != "" || b.Policy().Exposed(i, room) {
			return nil, nil //nolint:nilnil // none for them
		}
	}
	v := b.View(ctx, b.Lang, nil)
	v.Names = mention
	card := CardFor(i, v)
	card.Buttons, card.Selects, card.Items = nil, nil, nil
	return &Glance{Incident: i, Card: card, View: v}, nil
}

// Words are an incident's short texts, for chats that show it as an object of their own.
type Words struct{ Title, Status, Priority, Urgency, Summary string }

// Words words the incident: plain, without markup.
func (g *Glance) Words() Words {
	i, v := g.Incident, g.View
	return Words{
		Title: v.title(i), Status: StatusName(i.Shown(), v.Lang), Priority: PriorityName(i.Priority, v.Lang), Urgency: levelName(i.Urgency, v.Lang),
		Summary: cutRunes(unmention(i.Summary, v.Names), 1000),
	}
}

// Suggest gives at most so many choices for an input of a form that fit what was typed into it: incidents that the person may
// see, services, categories. An input that can't be searched has none.
func (b *Bot) Suggest(ctx context.Context, who incident.PersonID, l lang.Lang, input, typed string, most int) ([]Option, error) {
	c, err := b.begin(ctx, Request{By: who, Lang: l})
	if err != nil {
		return nil, err
	}
	var all []Option
	switch input {
	case "in", "into":
		return b.suggestIncidents(ctx, c, typed, most)
	case "service":
		for _, s := range c.policy.Services {
			all = append(all, Option{s.Name, s.Name})
		}
	case "category":
		for _, k := range c.policy.Categories {
			all = append(all, Option{k.ID, categoryName(c.policy, k.ID, c.lang)})
		}
	}
	return fitting(all, typed, most), nil
}
