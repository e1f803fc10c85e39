package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
)

// inSlack is a scene that a workspace is connected to.
func inSlack(t *testing.T) (*scene, *slacktest.Workspace, *slacktest.User) {
	t.Helper()
	w := slacktest.New(t, slacktest.Options{})
	w.Start()
	ann := w.Person(slacktest.User{Name: "ann", Real: "Ann"})
	s := newScene(t, func(c *Config) {
		c.Slack[0].BotToken, c.Slack[0].APIURL, c.Slack[0].SigningSecret = bot.NewSecret(w.BotToken), w.APIURL(), bot.NewSecret(w.SigningSecret)
	})
	w.Connect(s.url(), nil)
	return s, w, ann
}

// opened opens an incident with the form, and gives its number and its channel.
func opened(t *testing.T, s *scene, w *slacktest.Workspace, by *slacktest.User) (number, room string) {
	t.Helper()
	w.Command(by.ID, w.Room("general"), "/incident", "open")
	s.until("the form", func() bool { return len(w.Views(by.ID)) == 1 })
	if got := w.Submit(by.ID, w.Views(by.ID)[0], map[string]any{"title": "payments are slow", "impact": "large", "urgency": "high"}); len(got.Errors) > 0 || got.Failure != "" {
		t.Fatalf("the form: %+v %s", got.Errors, got.Failure)
	}
	s.until("an incident", func() bool { return len(s.numbers()) == 1 })
	number = s.numbers()[0]
	s.until("its channel", func() bool {
		for _, name := range w.Rooms() {
			if strings.HasPrefix(name, strings.ToLower(number)) {
				room = w.Room(name)
			}
		}
		return room != ""
	})
	return number, room
}

func TestAChannelInSlackIsFurnished(t *testing.T) {
	s, w, ann := inSlack(t)
	number, room := opened(t, s, w, ann)
	s.until("the card pinned", func() bool { return len(w.Pins(room)) == 1 && w.Pins(room)[0].TS == w.Posts(room)[0].TS })
	s.until("bookmarks", func() bool { return len(w.Bookmarks(room)) == 2 })
	if got := w.Bookmarks(room); got[0][0] != number || !strings.HasSuffix(got[1][1], "/incidents/"+number+"/report") {
		t.Errorf("bookmarks: %q", got)
	}
	s.until("the opener invited", func() bool { return slices.Contains(w.Members(room), ann.ID) })
	w.Command(ann.ID, room, "/incident", "role im")
	s.until("a manager", func() bool {
		return slices.ContainsFunc(s.timeline(number), func(e entry) bool { return e.Kind == "role_taken" })
	})
	s.until("who leads in the group", func() bool { return slices.Equal(w.GroupUsers("incident-managers"), []string{ann.ID}) })
	w.Command(ann.ID, room, "/incident", "resolve restarted")
	w.Command(ann.ID, room, "/incident", "close")
	s.until("the report in the channel", func() bool { return strings.Contains(w.Canvas(room), number) })
	for _, trouble := range w.Troubles() {
		t.Error(trouble)
	}
}

// In the middle of an opening Slack says no, for a while or for good: the rest happens.
func TestAnOpeningInSlackGetsThroughWhatGoesWrong(t *testing.T) {
	s, w, ann := inSlack(t)
	for _, method := range []string{"conversations.create", "chat.postMessage", "pins.add", "bookmarks.list", "conversations.open"} {
		w.Fail(slacktest.Fault{Method: method, RetryAfter: time.Second})
	}
	w.Fail(slacktest.Fault{Method: "chat.postMessage", After: 1, Lost: true})
	w.Fail(slacktest.Fault{Method: "conversations.setTopic", Error: "channel_not_found", Times: -1})
	number, room := opened(t, s, w, ann)
	s.until("one card, pinned", func() bool { return len(w.Pins(room)) == 1 && w.Pins(room)[0].TS == w.Posts(room)[0].TS })
	s.until("the bookmarks", func() bool { return len(w.Bookmarks(room)) == 2 })
	s.until("the opener invited", func() bool { return slices.Contains(w.Members(room), ann.ID) })
	s.until("one announcement", func() bool { return len(w.Posts(w.Room("incidents"))) == 1 })
	s.until("the record says what did not get through", func() bool {
		return slices.ContainsFunc(s.timeline(number), func(e entry) bool { return e.Kind == "delivery_failed" })
	})
	s.calm()
	cards := 0
	for _, m := range w.Posts(room) {
		if m.Metadata["event_payload"] != nil && len(m.Blocks) > 0 {
			cards++
		}
	}
	if cards != 1 || w.Topic(room) != "" {
		t.Errorf("%d cards, topic %q", cards, w.Topic(room))
	}
}
