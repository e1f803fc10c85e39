package console_test

import (
	"context"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/chattest"
	"matoi/bot/console"
	"matoi/incident"
)

// deaf is a bot that hears everything and says nothing.
type deaf struct{}

func (deaf) Handle(context.Context, bot.Request) (bot.Reply, error) { return bot.Reply{}, nil }

func TestConsoleMeetsTheContractOfChats(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Harness {
		store := newMemory(incident.Person{ID: "p1", Name: "Ann"}, incident.Person{ID: "p2", Name: "Bob"})
		for _, n := range []incident.Number{20261121000001, 20261121000002} {
			store.incidents[n] = &incident.Incident{Number: n}
		}
		c := console.New(console.Options{Store: store, Handler: deaf{}, Now: func() time.Time { return morning }})
		if err := c.Start(t.Context()); err != nil {
			t.Fatalf("start: %v", err)
		}
		texts := func(channel string, thread int64) []string {
			list, err := store.Messages(t.Context(), channel, thread, 0, 100)
			if err != nil {
				t.Fatalf("messages: %v", err)
			}
			var out []string
			for _, m := range list {
				if m.Text == "" && m.Card != nil {
					m.Text = m.Card.Title
				}
				out = append(out, m.Text)
			}
			return out
		}
		return chattest.Harness{
			Chat: c, Ann: "p1", Bob: "p2", Stranger: "p99",
			Texts: func(at incident.Place) []string { return texts(at.Room, number(at.Thread)) },
			Told:  func(p incident.PersonID) []string { return texts("@"+string(p), 0) },
			Members: func(r incident.Room) []incident.PersonID {
				m, err := store.Members(t.Context(), r.ID)
				if err != nil {
					t.Fatalf("members: %v", err)
				}
				return m
			},
			Topic: func(r incident.Room) string { return store.channels[r.ID].Topic },
			Taken: func(name string) {
				if _, err := store.SaveChannel(t.Context(), console.Channel{ID: name}); err != nil {
					t.Fatalf("make channel: %v", err)
				}
			},
		}
	})
}
