package slack_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

const number incident.Number = 20261121000001

func spec() bot.RoomSpec {
	return bot.RoomSpec{Number: number, Name: "inc-20261121-001", Title: "x"}
}

func roomAt(p incident.Place) incident.Room { return incident.Room{Realm: p.Realm, ID: p.Room} }

func isPermanent(err error) bool {
	_, ok := errors.AsType[*bot.Permanent](err)
	return ok
}

func TestARoomsNameThatAnArchiveHoldsIsSteppedOver(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	s.w.Archive(s.annID, place.Room)
	r, err := s.a.OpenRoom(t.Context(), spec())
	if err != nil || r.Name != "inc-20261121-001-2" || r.ID == place.Room {
		t.Errorf("opened %+v, %v", r, err)
	}
}

func TestARoomWhoseAnswerWasLostIsAdopted(t *testing.T) {
	for name, fault := range map[string]slacktest.Fault{
		"lost": {Method: "conversations.create", Lost: true}, "broken": {Method: "conversations.create", Break: true},
		"503": {Method: "conversations.create", Status: 503}, "429": {Method: "conversations.create", RetryAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, slacktest.Options{Unlimited: true})
			s.w.Fail(fault)
			if _, err := s.a.OpenRoom(t.Context(), spec()); err == nil || isPermanent(err) {
				t.Fatalf("the first try: %v", err)
			}
			r, err := s.a.OpenRoom(t.Context(), spec())
			if err != nil || r.Name != "inc-20261121-001" {
				t.Errorf("the second try: %+v, %v", r, err)
			}
			if got := s.w.Rooms(); !slices.Equal(got, []string{"general", "inc-20261121-001"}) {
				t.Errorf("there are %q", got)
			}
		})
	}
}

// An organisation's installation says which workspace it means.
func TestAnOrganisationsRoomsAreMadeInItsWorkspace(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true, Enterprise: "E0000000001", OrgInstall: true})
	s.room(t)
	if _, err := s.a.Announcements(t.Context()); err != nil {
		t.Error(err)
	}
	s.w.Channel("inc-20261121-007", false)
	r, err := s.a.OpenRoom(t.Context(), bot.RoomSpec{Number: number + 6, Name: "inc-20261121-007"})
	if err != nil || r.Name != "inc-20261121-007-2" {
		t.Errorf("opened %+v, %v", r, err)
	}
}

func TestInvitationsOfTheSameMomentAreOneCall(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	who := []incident.PersonID{s.ann, s.bob, "p99"}
	errs := make([]error, len(who))
	var all sync.WaitGroup
	for k, p := range who {
		all.Go(func() { errs[k] = s.a.Invite(t.Context(), roomAt(place), []incident.PersonID{p}) })
	}
	all.Wait()
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], bot.ErrStranger) {
		t.Errorf("invited: %v", errs)
	}
	if got := s.w.Members(place.Room); !slices.Contains(got, s.annID) || !slices.Contains(got, s.bobID) {
		t.Errorf("members: %q", got)
	}
	if n := len(s.w.Calls("conversations.invite")); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// One who left the company is in the way of nobody else.
func TestOneWhoCannotBeInvitedIsAnErrorOfTheirOwn(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	s.w.Change(s.bobID, func(u *slacktest.User) { u.Deleted = true })
	both := []incident.PersonID{s.ann, s.bob}
	for _, try := range []string{"together", "again"} {
		var errs [2]error
		var all sync.WaitGroup
		for k, p := range both {
			all.Go(func() { errs[k] = s.a.Invite(t.Context(), roomAt(place), []incident.PersonID{p}) })
		}
		all.Wait()
		if errs[0] != nil || !slices.Contains(s.w.Members(place.Room), s.annID) {
			t.Errorf("%s: %v, members %q", try, errs, s.w.Members(place.Room))
		}
	}
	if err := s.a.Invite(t.Context(), roomAt(place), both[1:]); !isPermanent(err) || !errors.Is(err, bot.ErrStranger) {
		t.Errorf("alone: %v", err)
	}
	if _, err := s.a.Tell(t.Context(), s.bob, bot.Message{Key: "k", Text: "x"}, false); !errors.Is(err, bot.ErrStranger) {
		t.Errorf("told: %v", err)
	}
}

// The bot was taken out of a channel that it may enter: it goes back, and does what it was to do.
func TestABotThatWasRemovedGoesBack(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	s.w.Leave(s.w.BotUser, place.Room)
	if err := s.a.SetTopic(t.Context(), roomAt(place), "P1"); err != nil || s.w.Topic(place.Room) != "P1" {
		t.Errorf("topic %q, %v", s.w.Topic(place.Room), err)
	}
	if !slices.Contains(s.w.Members(place.Room), s.w.BotUser) {
		t.Error("not back")
	}
	hidden, err := s.a.OpenRoom(t.Context(), bot.RoomSpec{Number: number, Name: "hidden", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	s.w.Leave(s.w.BotUser, hidden.ID)
	if err := s.a.SetTopic(t.Context(), hidden, "P1"); !isPermanent(err) {
		t.Errorf("a private one: %v", err)
	}
}

func TestAnotherChannelOfAnnouncementsIsFoundWhenTheOldOneIsGone(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place, err := s.a.Announcements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.w.Remove(place.Room)
	if _, err := s.a.Post(t.Context(), place, bot.Message{Key: "k", Text: "x"}, false); err == nil || isPermanent(err) {
		t.Fatalf("it is tried again: %v", err)
	}
	next, err := s.a.Announcements(t.Context())
	if err != nil || next.Room == place.Room {
		t.Fatalf("now %+v, %v", next, err)
	}
	if _, err := s.a.Post(t.Context(), next, bot.Message{Key: "k", Text: "x"}, true); err != nil || len(s.w.Posts(next.Room)) != 1 {
		t.Errorf("posted %d, %v", len(s.w.Posts(next.Room)), err)
	}
}

// Where apps may make no channels, people have made the one of announcements.
func TestAnnouncementsGoWhereAChannelIsWhenNoneMayBeMade(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true, Policies: map[string]bool{"create": true}})
	if _, err := s.a.Announcements(t.Context()); !isPermanent(err) {
		t.Errorf("without one: %v", err)
	}
	id := s.w.Channel("incidents", false)
	if p, err := s.a.Announcements(t.Context()); err != nil || p.Room != id || !slices.Contains(s.w.Members(id), s.w.BotUser) {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestATopicIsPlainAndFits(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	for in, want := range map[string]string{
		"INC | <@" + string(s.ann) + "> | a & b":      "INC | Ann | a & b",
		"two\nlines":                                  "two lines",
		"<!channel> and <@U123>":                      "<\u200b!channel> and (someone)",
		strings.Repeat("長", 300):                      strings.Repeat("長", 249) + "…",
		"<@" + string(s.bob) + "> < " + string(s.ann): "Bob < " + string(s.ann),
	} {
		if err := s.a.SetTopic(t.Context(), roomAt(place), in); err != nil {
			t.Fatal(err)
		}
		if got := s.w.Topic(place.Room); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestARoomIsFurnishedOnce(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	r, err := s.a.Post(t.Context(), place, bot.Message{Key: "card", Card: &bot.Card{Title: "INC"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	links := []bot.Mark{
		{Kind: "page", Title: "INC-20261121-001", URL: "https://matoi.example/incidents/1"},
		{Kind: "report", Title: "Report", URL: "https://matoi.example/incidents/1/report"},
		{Kind: "runbook", Title: strings.Repeat("長", 300), URL: "https://wiki.example/a?b=c&d"},
		{Kind: "runbook", Title: "twice", URL: "https://wiki.example/a?b=c&d"},
	}
	s.w.Fail(slacktest.Fault{Method: "bookmarks.add", After: 1, Lost: true})
	if err := s.a.Furnish(t.Context(), roomAt(place), r.Place, links); err == nil || isPermanent(err) {
		t.Fatalf("a lost answer: %v", err)
	}
	for range 2 {
		if err := s.a.Furnish(t.Context(), roomAt(place), r.Place, links); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.w.Pins(place.Room); len(got) != 1 || got[0].TS != r.Place.Message {
		t.Errorf("pinned: %+v", got)
	}
	got := s.w.Bookmarks(place.Room)
	if len(got) != 3 || got[0] != [2]string{"INC-20261121-001", "https://matoi.example/incidents/1"} || got[2][1] != "https://wiki.example/a?b=c&d" {
		t.Errorf("bookmarks: %q", got)
	}
	if n := len(s.w.Calls("pins.add")); n != 1 {
		t.Errorf("pinned %d times", n)
	}
}

// What is only convenient is left out where Slack does not allow it.
func TestNoRoomWaitsForWhatSlackDoesNotAllow(t *testing.T) {
	scopes := slices.DeleteFunc(slacktest.BotScopes(), func(s string) bool { return strings.HasPrefix(s, "pins:") || strings.HasPrefix(s, "bookmarks:") })
	s := newScene(t, slacktest.Options{Unlimited: true, Scopes: scopes, Policies: map[string]bool{"archive": true}})
	place := s.room(t)
	r, err := s.a.Post(t.Context(), place, bot.Message{Key: "card", Text: "x"}, false)
	if err != nil {
		t.Fatal(err)
	}
	links := []bot.Mark{{Kind: "page", Title: "x", URL: "https://matoi.example"}}
	if err := s.a.Furnish(t.Context(), roomAt(place), r.Place, links); err != nil {
		t.Errorf("furnish: %v", err)
	}
	if err := s.a.Archive(t.Context(), roomAt(place)); err != nil || s.w.Archived(place.Room) {
		t.Errorf("archive: %v", err)
	}
}

func TestARoomIsArchivedOnceAndABotBringsNoneBack(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	if err := s.a.Wake(t.Context(), roomAt(place)); err != nil {
		t.Errorf("one that is not archived: %v", err)
	}
	for range 2 {
		if err := s.a.Archive(t.Context(), roomAt(place)); err != nil || !s.w.Archived(place.Room) {
			t.Fatalf("archive: %v", err)
		}
	}
	if err := s.a.Wake(t.Context(), roomAt(place)); !errors.Is(err, bot.ErrGone) {
		t.Errorf("wake: %v", err)
	}
	_, err := s.a.Post(t.Context(), place, bot.Message{Key: "k", Text: "x"}, false)
	if !isPermanent(err) || !errors.Is(err, bot.ErrGone) {
		t.Errorf("post: %v", err)
	}
}
