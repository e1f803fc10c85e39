package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/incident/oncall"
)

// change words where a change stands, in one escaped line.
func (v View) change(c oncall.Change) string {
	name := func(id string) string { return Escape(v.Names(incident.PersonID(id))) }
	instead := v.text("oncall.everybody")
	if c.For != "" {
		instead = name(c.For)
	}
	return v.text("oncall.change_"+string(c.State), "Schedule", Escape(c.Schedule), "Person", name(c.Person), "For", instead, "By", name(c.By),
		"Answerer", name(c.Answerer), "From", v.dayTime(c.From), "To", v.dayTime(c.To))
}

// renderShift tells a person of a change of shifts as it stands now; an offer only whoever is to answer it, while they can.
func (b *Bot) renderShift(ctx context.Context, d incident.Delivery) (Outgoing, error) {
	out := Outgoing{Incident: &incident.Incident{}}
	if b.Shifts == nil || d.Effect.Kind != incident.Tell {
		out.Skip = "no shifts are kept"
		return out, nil
	}
	c, err := b.Shifts.ShiftChange(ctx, d.Effect.Seq)
	if errors.Is(err, incident.ErrNotFound) {
		out.Skip = "no such change"
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("read change %d of shifts: %w", d.Effect.Seq, err)
	}
	v := b.View(ctx, b.Lang, nil)
	v.Names, v.here = mention, d.Effect.Realm
	v = b.viewOf(ctx, d.Effect.Person, v)
	card := &Card{Title: v.text("oncall.title", "Schedule", c.Schedule), Link: v.oncallLink(), Tone: Calm, Text: v.change(c)}
	if c.State == oncall.Offered {
		if string(d.Effect.Person) != c.Person || !c.To.After(v.Now) {
			out.Skip = "nothing left to answer"
			return out, nil
		}
		number := strconv.FormatInt(c.Number, 10)
		card.Tone, card.Question = Warning, true
		card.Buttons = []Button{
			{Label: v.text("oncall.button_accept"), Command: "oncall accept " + number, Style: "primary"},
			{Label: v.text("oncall.button_decline"), Command: "oncall decline " + number},
		}
	}
	out.Message = Message{
		Key: Key(d), Lang: v.Lang, Link: v.oncallLink(), Card: card, Pings: []incident.PersonID{d.Effect.Person}, Asks: card.Question,
	}
	return out, nil
}

// oncallLink is the page of who is on call.
func (v View) oncallLink() string {
	if v.BaseURL == "" {
		return ""
	}
	return strings.TrimRight(v.BaseURL, "/") + "/oncall"
}
