package slack_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/chattest"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/storage"
)

// deaf is a bot that hears everything and says nothing.
type deaf struct{ slack.Handler }

func (deaf) Handle(context.Context, bot.Request) (bot.Reply, error) { return bot.Reply{}, nil }

func open(t *testing.T) *storage.Storage {
	t.Helper()
	store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: time.UTC, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// TestSlackMeetsTheContractOfChats runs over a real database and a workspace that is as strict as Slack.
func TestSlackMeetsTheContractOfChats(t *testing.T) {
	chattest.Run(t, func(t *testing.T) chattest.Harness {
		store := open(t)
		w := slacktest.New(t, slacktest.Options{Unlimited: true})
		var clock atomic.Int64 // a second and more goes by between two looks: the suite does not wait for budgets
		now := func() time.Time { return time.Unix(1700000000+2*clock.Add(1), 0) }
		a := slack.New(slack.Options{
			Config:  slack.Config{BotToken: bot.NewSecret(w.BotToken), SigningSecret: bot.NewSecret(w.SigningSecret), APIURL: w.APIURL()},
			Handler: deaf{}, People: store, Rooms: store, Now: now, HTTP: w.HTTP(),
		})
		users, ids := map[incident.PersonID]string{}, map[string]incident.PersonID{}
		var people []incident.PersonID
		for _, name := range []string{"Ann", "Bob"} {
			u := w.Person(slacktest.User{Name: strings.ToLower(name), Real: name, Email: strings.ToLower(name) + "@example.com"})
			p, err := store.Meet(t.Context(), incident.Identity{Realm: slack.Realm, ID: u.ID}, name, "")
			if err != nil {
				t.Fatal(err)
			}
			people, users[p.ID], ids[u.ID] = append(people, p.ID), u.ID, p.ID
		}
		t.Cleanup(func() {
			for _, trouble := range w.Troubles() {
				t.Log(trouble)
			}
		})
		return chattest.Harness{
			Chat: a, Ann: people[0], Bob: people[1], Stranger: "p99",
			Texts: func(at incident.Place) []string {
				if at.Thread != "" {
					return said(w.Thread(at.Room, at.Thread))
				}
				return said(w.Posts(at.Room))
			},
			Told: func(p incident.PersonID) []string { return said(w.DMs(users[p])) },
			Members: func(r incident.Room) (out []incident.PersonID) {
				for _, u := range w.Members(r.ID) {
					if p, ok := ids[u]; ok {
						out = append(out, p)
					}
				}
				return out
			},
			Topic: func(r incident.Room) string { return w.Topic(r.ID) },
			Taken: func(name string) { w.Channel(name, false, users[people[0]]) },
			Kept: chattest.Kept{
				Pinned: func(r incident.Room) []string { return said(w.Pins(r.ID)) },
				AtHand: func(r incident.Room) (out []string) {
					for _, b := range w.Bookmarks(r.ID) {
						out = append(out, b[1])
					}
					return out
				},
				Asleep: func(r incident.Room) bool { return w.Archived(r.ID) },
				Documents: func(r incident.Room) (out []string) {
					if canvas := w.Canvas(r.ID); canvas != "" {
						out = append(out, canvas)
					}
					for _, m := range w.Messages(r.ID) {
						for _, f := range w.Files(m) {
							out = append(out, string(f.Data))
						}
					}
					return out
				},
				Group: func() (out []incident.PersonID) {
					for _, u := range w.GroupUsers("incident-managers") {
						out = append(out, ids[u])
					}
					return out
				},
			},
		}
	})
}

// said is what messages say: a card by the title that its text begins with.
func said(all []slacktest.Message) (out []string) {
	for _, m := range all {
		if text, _, _ := strings.Cut(m.Text, "\n"); m.Subtype == "" {
			out = append(out, text)
		}
	}
	return out
}
