package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// kept is a floor whose policy is that of cmd: rooms are furnished and put away.
func kept(t *testing.T) *floor {
	t.Helper()
	t.Parallel()
	f := floorOf(t, slacktest.Options{}, false)
	policy := *f.policy.Load()
	policy.Kept = []string{slack.Realm}
	f.policy.Store(&policy)
	f.start()
	return f
}

// Slack makes no public channel private: the incident goes on in another one, and the old one tells nothing of it any more.
func TestAnIncidentThatBecomesPrivateLeavesItsPublicChannel(t *testing.T) {
	f := kept(t)
	i, old := f.open("Payroll of Bob leaks")
	f.w.Command(f.ann.ID, old, "/incident", "update it was Bob's payroll --next 30m")
	f.w.Until("the update", func() bool { return f.tells(old, "payroll") })
	f.w.Command(f.ann.ID, old, "/incident", "private")
	f.w.Command(f.ann.ID, "general", "/incident", "log the payroll stands in a mail --in "+i.Number.String())
	f.w.Until("a private channel", func() bool { room, _ := f.load(i.Number).Room(slack.Realm); return room.Private && room.ID != old })
	room, _ := f.load(i.Number).Room(slack.Realm)
	if !f.w.Private(room.ID) || strings.Contains(room.Name, "payroll") {
		t.Errorf("it goes on in #%s, private: %v", room.Name, f.w.Private(room.ID))
	}
	f.w.Until("the old one closed", func() bool { return f.w.Archived(old) })
	f.w.Until("what was said meanwhile, in the new one", func() bool { return f.tells(room.ID, "stands in a mail") })
	f.w.Until("Ann in it", func() bool { return slices.Contains(f.w.Members(room.ID), f.ann.ID) })
	if name := f.w.Name(old); name != strings.ToLower(i.Number.String())+"-moved" {
		t.Errorf("the public channel is named %s", name)
	}
	for _, word := range []string{"ayroll", "mail"} {
		if f.tells(old, word) || strings.Contains(f.w.Topic(old), word) {
			t.Errorf("%q stands in the public channel: %q, topic %q", word, f.w.Texts(old), f.w.Topic(old))
		}
	}
	if n := len(f.facts(i.Number, "room_opened")); n != 2 {
		t.Errorf("%d rooms were recorded", n)
	}
	f.clean()
}

// A channel that was lost before is left as well. What an archived one takes no more is said in the record, for somebody to delete it.
func TestAnEarlierPublicChannelOfWhatBecomesPrivateIsNotForgotten(t *testing.T) {
	f := kept(t)
	i, old := f.open("Payroll of Bob leaks")
	f.w.Archive(f.ann.ID, old)
	second := f.another(i.Number, old)
	f.w.Until("the card there", func() bool { return f.tells(second.ID, "Payroll") })
	f.w.Command(f.ann.ID, second.ID, "/incident", "private")
	f.w.Until("a private channel", func() bool { room, _ := f.load(i.Number).Room(slack.Realm); return room.Private })
	f.w.Until("the second closed", func() bool { return f.w.Archived(second.ID) })
	if f.tells(second.ID, "ayroll") {
		t.Errorf("it stands in the second public channel: %q", f.w.Texts(second.ID))
	}
	f.settle()
	var said []string
	for _, e := range f.facts(i.Number, "delivery_failed") {
		if d := e.Fact.(*incident.DeliveryFailed); d.Effect == "leave" {
			said = append(said, bot.Say(e, f.load(i.Number), nil, "en", time.UTC))
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], "taking back") || !strings.Contains(said[0], old) {
		t.Errorf("the record says of the first: %q", said)
	}
}

// What it left there besides messages goes as well.
func TestAReportOfWhatBecomesPrivateLeavesThePublicChannel(t *testing.T) {
	f := kept(t)
	i, old := f.open("Payroll of Bob leaks")
	for _, d := range []bot.Document{{Name: "report.md", Title: "Report", Text: "# Payroll"}, {Name: "course.svg", Title: "Course", Text: "<svg/>", Picture: true}} {
		if err := f.a.File(t.Context(), incident.Room{Realm: slack.Realm, ID: old}, d, false); err != nil {
			t.Fatal(err)
		}
	}
	f.w.Command(f.ann.ID, old, "/incident", "private")
	f.w.Until("the public channel closed", func() bool { return f.w.Archived(old) })
	if canvas := f.w.Canvas(old); canvas != "" {
		t.Errorf("the public channel has a canvas: %s", canvas)
	}
	for _, m := range f.w.Messages(old) {
		if len(f.w.Files(m)) > 0 {
			t.Errorf("the public channel has files: %v", f.w.Files(m))
		}
	}
	f.w.Until("it is recorded where it goes on", func() bool { room, _ := f.load(i.Number).Room(slack.Realm); return room.Private })
	f.clean()
}

// A channel that is private stays, whoever is let in later; and one that was public in between is the same.
func TestAPrivateChannelIsKept(t *testing.T) {
	f := kept(t)
	room := f.secret()
	n := f.rows()[0].Number
	for _, text := range []string{"private @bob", "public", "private"} {
		f.w.Command(f.ann.ID, room.ID, "/incident", text)
	}
	f.w.Until("Bob in it", func() bool { return slices.Contains(f.w.Members(room.ID), f.bob.ID) })
	f.w.Command(f.ann.ID, room.ID, "/incident", "log it goes on")
	f.w.Until("it goes on there", func() bool { return f.tells(room.ID, "it goes on") })
	if now, _ := f.load(n).Room(slack.Realm); now != room || f.w.Archived(room.ID) {
		t.Errorf("from %+v to %+v", room, now)
	}
	f.clean()
}

// Who is taken out of a private incident reads its channel no more.
func TestWhoMayNotSeeItAnyMoreLeavesThePrivateChannel(t *testing.T) {
	f := kept(t)
	room := f.secret()
	f.w.Command(f.ann.ID, room.ID, "/incident", "private @bob")
	f.w.Until("Bob in it", func() bool { return slices.Contains(f.w.Members(room.ID), f.bob.ID) })
	f.w.Command(f.ann.ID, room.ID, "/incident", "private --remove @bob")
	f.w.Until("Bob out of it", func() bool { return !slices.Contains(f.w.Members(room.ID), f.bob.ID) })
	f.w.Command(f.ann.ID, room.ID, "/incident", "private @bob")
	f.w.Until("Bob back in it", func() bool { return slices.Contains(f.w.Members(room.ID), f.bob.ID) })
	f.clean()
}

// secret opens a private incident and gives its room, once Ann is in it.
func (f *floor) secret() (room incident.Room) {
	f.Helper()
	f.w.Command(f.ann.ID, "general", "/incident", "open P1 Payroll leaks --private")
	f.w.Until("a room", func() bool {
		if rows := f.rows(); len(rows) == 1 {
			room, _ = f.load(rows[0].Number).Room(slack.Realm)
		}
		return room.ID != "" && slices.Contains(f.w.Members(room.ID), f.ann.ID)
	})
	return room
}

// tells reports whether the app's messages in a channel say something.
func (f *floor) tells(room, part string) bool {
	return slices.ContainsFunc(f.w.Posts(room), func(m slacktest.Message) bool { return strings.Contains(m.Shown()+m.Text, part) })
}
