package stock

import (
	"fmt"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

func roomName(i *incident.Incident) string {
	if i.Private {
		return bot.RoomName(i.Number, "")
	}
	return bot.RoomName(i.Number, i.Title)
}

// room is where it was worked: a room with its living card, or a thread whose head is the announcement, and what people
// said there.
func (l *life) room(out *storage.Record) {
	i := l.change.After
	view := bot.View{
		Names: func(p incident.PersonID) string { return string(p) }, Lang: lang.JA, Zone: l.policy.Zone, Now: i.Changed, Policy: *l.policy,
	}
	head := console.Message{ID: l.message, Channel: console.Incidents, Card: bot.AnnouncementFor(i, view), Key: "thread:" + i.Number.String(), At: l.opened.Add(time.Second)}
	kind := incident.Announce
	if l.own() {
		out.Channel = console.Channel{ID: roomName(i), Topic: i.Number.String() + " | " + i.Priority.String(), Private: i.Private, Number: i.Number, Created: head.At}
		out.Members = l.crew
		kind, head.Channel, head.Card, head.Key = incident.ShowCard, out.Channel.ID, bot.CardFor(i, view), "matoi-"+i.Number.String()
	}
	thread := int64(0)
	if !l.own() {
		head.Replies, thread = l.messages-1, l.message
	}
	out.Messages = append(out.Messages, head)
	for k := 1; k < l.messages; k++ {
		at := head.At.Add(time.Duration(k) * l.step)
		out.Messages = append(out.Messages, console.Message{
			ID: l.message + int64(k), Channel: head.Channel, Thread: thread, Author: l.crew[k%len(l.crew)], Text: pick(l.r, notes()).in(l.english), At: at,
		})
	}
	place := incident.Place{Realm: console.Realm, Room: head.Channel, Message: fmt.Sprint(head.ID)}
	out.Receipts = map[incident.EffectKind]incident.Receipt{kind: {Place: place, Link: console.Link(head.Channel, head.ID)}}
}
