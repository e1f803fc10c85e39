package main

import (
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
)

// TestAnIncidentIsWorkedInSlack plays the story of the README through a workspace: by signed HTTP, and by Socket Mode.
func TestAnIncidentIsWorkedInSlack(t *testing.T) {
	for _, way := range []string{"http", "socket"} {
		t.Run(way, func(t *testing.T) { workInSlack(t, way == "socket") })
	}
}

func workInSlack(t *testing.T, socket bool) {
	asked := slack.NewManifest(slack.ManifestOptions{Name: "/incident"}) // it has what the manifest asks for, and nothing else
	w := slacktest.New(t, slacktest.Options{Log: t.Logf, Scopes: asked.OAuth.Scopes.Bot, Events: asked.Settings.Events.Bot})
	w.Start()
	ann, bob := w.Person(slacktest.User{Name: "ann", Real: "Ann"}), w.Person(slacktest.User{Name: "bob", Real: "鈴木 健", Locale: "ja-JP"})
	s := newScene(t, func(c *Config) {
		c.Slack[0].BotToken, c.Slack[0].APIURL = bot.NewSecret(w.BotToken), w.APIURL()
		if socket {
			c.Slack[0].AppToken = bot.NewSecret(w.AppToken)
		} else {
			c.Slack[0].SigningSecret = bot.NewSecret(w.SigningSecret)
		}
	})
	if socket {
		s.until("two connections", func() bool { return w.Sockets() == 2 })
	} else {
		w.Connect(s.url(), nil)
	}

	// A title alone opens at once, or shows the form; the form opens it.
	w.Command(ann.ID, w.Room("general"), "/incident", "open")
	s.until("the form", func() bool { return len(w.Views(ann.ID)) == 1 })
	got := w.Submit(ann.ID, w.Views(ann.ID)[0], map[string]any{"title": "決済がタイムアウトする", "impact": "large", "urgency": "high"})
	if len(got.Errors) > 0 || got.Failure != "" {
		t.Fatalf("the form: %+v %s", got.Errors, got.Failure)
	}
	number := ""
	s.until("an incident", func() bool {
		if all := s.numbers(); len(all) == 1 {
			number = all[0]
		}
		return number != ""
	})
	name := func() string {
		for _, room := range w.Rooms() {
			if strings.HasPrefix(room, strings.ToLower(number)) {
				return room
			}
		}
		return ""
	}
	s.until("its room", func() bool { return name() != "" })
	room := w.Room(name())
	s.until("its card", func() bool { return len(w.Posts(room)) > 0 })
	s.until("Ann in it", func() bool { return slices.Contains(w.Members(room), ann.ID) })

	// A button, a reaction, a command.
	w.Join(bob.ID, room)
	card := w.Posts(room)[0]
	if got := w.Press(bob.ID, card, "button-0"); got.Failure != "" {
		t.Errorf("press: %s", got.Failure)
	}
	s.until("acknowledged", func() bool {
		return slices.ContainsFunc(s.timeline(number), func(e entry) bool { return e.Kind == "acknowledged" })
	})
	said := w.Say(bob.ID, room, "DB の接続が <https://db.example|枯渇> & 再起動します")
	w.React(ann.ID, said, "pushpin")
	s.until("what was pinned", func() bool { return len(s.saying(number, "枯渇")) > 0 })
	w.Command(bob.ID, room, "/incident", "update 再起動しました。様子を見ます。")
	s.until("the update in the room", func() bool {
		return slices.ContainsFunc(w.Texts(room), func(text string) bool { return strings.Contains(text, "再起動しました") })
	})
	w.Command(ann.ID, room, "/incident", "resolve 接続数を増やした")
	s.until("resolved on the card", func() bool { return s.incident(number).Status == "resolved" })
	for _, trouble := range w.Troubles() {
		t.Error(trouble)
	}
}
