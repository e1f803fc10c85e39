package bot

import (
	"context"
	"errors"
	"fmt"

	"matoi/incident"
)

// outdated is what a question reads like that is asked no more. skip says why it is asked still.
func (v View) outdated(i *incident.Incident, e incident.Effect) (m Message, skip string) {
	m.Tells = Tells{First: e.Seq, Last: e.Seq, Title: true}
	c := &Card{Title: v.title(i), Link: v.link(i.Number), Tone: Calm}
	m.Card = c
	switch {
	case e.Person == "": // also where it is asked anew since
		m.Card = nil
		m.Text = v.text("card.asked_before")
	case i.Status != incident.StatusMerged:
		return m, "not merged any more"
	case !incident.MaySee(i, incident.Viewer{Person: e.Person}):
		return m, "may not see it"
	default:
		c.Text, c.Link = v.text("bot.tell_merged", "Number", i.Into.String()), v.link(i.Into)
	}
	return m, ""
}

// outdate writes what a room or a person was asked last anew. Where nothing stands, or can't be changed any more, nothing is missed.
func (p *Pump) outdate(ctx context.Context, chat Chat, d incident.Delivery, m Message) error {
	e := d.Effect
	r, err := p.receipts.Receipt(ctx, e.Number, e.Realm, incident.Question, e.Person)
	if errors.Is(err, incident.ErrNotFound) {
		return nil
	}
	if err != nil {
		return unsent{fmt.Errorf("find the question of %s: %w", e.Number, err)}
	}
	there := chat
	if other := p.chats[r.Place.Realm]; other != nil { // a stranger here was asked there
		there = other
	}
	err = there.Edit(ctx, r.Place, m)
	if _, permanent := errors.AsType[*Permanent](err); permanent {
		p.log.Info("a question that is asked no more stays as it is", "incident", e.Number, "realm", r.Place.Realm, "error", err)
		return nil
	}
	return ownWait(err, there == chat)
}
