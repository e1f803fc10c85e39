package console_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/chattest"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

// deaf is a bot that hears everything and says nothing.
type deaf struct{}

func (deaf) Handle(context.Context, bot.Request) (bot.Reply, error) { return bot.Reply{}, nil }

// TestConsoleMeetsTheContractOfChats runs over a real database.
func TestConsoleMeetsTheContractOfChats(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Harness {
		store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: time.UTC, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		var people []incident.PersonID
		for _, name := range []string{"Ann", "Bob"} {
			p, err := store.Meet(t.Context(), incident.Identity{Realm: console.Realm, ID: name}, name, "")
			if err != nil {
				t.Fatal(err)
			}
			people = append(people, p.ID)
		}
		c := console.New(console.Options{Store: store, Handler: deaf{}, Now: time.Now})
		if err := c.Start(t.Context()); err != nil {
			t.Fatalf("start: %v", err)
		}
		return chattest.Harness{
			Chat: c, Ann: people[0], Bob: people[1], Stranger: "p99",
			Texts: func(at incident.Place) []string { return texts(t, store, at.Room, number(at.Thread)) },
			Told:  func(p incident.PersonID) []string { return texts(t, store, "@"+string(p), 0) },
			Members: func(r incident.Room) []incident.PersonID {
				m, err := store.Members(t.Context(), r.ID)
				if err != nil {
					t.Fatalf("members: %v", err)
				}
				return m
			},
			Topic: func(r incident.Room) string {
				ch, err := store.Channel(t.Context(), r.ID)
				if err != nil {
					t.Fatalf("channel: %v", err)
				}
				return ch.Topic
			},
			Found: func(p incident.PersonID, word string) []string {
				list, _, err := c.Search(t.Context(), incident.Viewer{Person: p}, word, "", 0, 10)
				if err != nil {
					t.Fatalf("search: %v", err)
				}
				var out []string
				for _, m := range list {
					out = append(out, m.Text)
				}
				return out
			},
			Taken: func(name string) {
				if _, err := store.SaveChannel(t.Context(), console.Channel{ID: name}); err != nil {
					t.Fatalf("make channel: %v", err)
				}
			},
		}
	})
}

func texts(t *testing.T, store console.Store, channel string, thread int64) []string {
	t.Helper()
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
