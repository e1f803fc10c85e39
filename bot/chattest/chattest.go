package chattest

import (
	"errors"
	"slices"
	"testing"

	"matoi/bot"
	"matoi/incident"
)

// Harness is an adapter with the eyes of the people on its platform. A fresh one is made for every test.
type Harness struct {
	Chat bot.Chat
	// Two different people who can be reached, and one who can't.
	Ann, Bob, Stranger incident.PersonID
	// Texts lists the texts (a card's title where there is no text) that stand at a place, oldest first.
	Texts func(at incident.Place) []string
	// Told lists what a person was told in private, oldest first.
	Told func(p incident.PersonID) []string
	// Members lists who is in a room; Topic is its topic.
	Members func(r incident.Room) []incident.PersonID
	Topic   func(r incident.Room) string
	// Found lists the texts that a person finds by searching for a word, newest first; nil where the platform's own search
	// can't be asked.
	Found func(p incident.PersonID, word string) []string
	// Taken makes a room of that name which is not ours, as people do.
	Taken func(name string)
	// Kept are the eyes for what only some chats can do.
	Kept Kept
}

// Run checks the whole contract.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range []struct {
		name string
		rule func(t *testing.T, h Harness)
	}{
		{"RoomIsAdoptedWhenOpenedAgain", roomIsAdopted},
		{"NameTakenByOthersIsSteppedOver", nameTaken},
		{"TwoIncidentsGetTwoRooms", twoRooms},
		{"ThreadRoomBeginsInAnnouncements", threadRoom},
		{"WithdrawnThreadKeepsNothingOfOurs", withdrawn},
		{"PrivateIncidentNeverStandsInTheAnnouncements", privateThread},
		{"KeyIsPostedOnceWhenDoubtful", postedOnce},
		{"PostsKeepTheirOrder", order},
		{"EditReplacesInPlace", editReplaces},
		{"EditRenewsWhatIsFound", editIsFound},
		{"WhatIsToldIsFoundByThatPersonAlone", toldIsFound},
		{"TellReachesOnePerson", tellReaches},
		{"KeyIsToldOnceWhenDoubtful", toldOnce},
		{"InviteBringsTheOthersWhenOneIsUnknown", inviteOthers},
		{"InviteMayBeRepeated", inviteAgain},
		{"TopicIsSet", topicIsSet},
		{"UnknownRoomIsPermanent", unknownRoom},
		{"UnknownMessageIsPermanent", unknownMessage},
		{"UnknownPersonIsPermanent", unknownPerson},
		{"WhatIsWrittenTogetherFaresAsIfAlone", writtenTogether},
	} {
		t.Run(c.name, func(t *testing.T) { c.rule(t, fresh(t)) })
	}
	runKept(t, fresh)
}

const number incident.Number = 20261121000001

func open(t *testing.T, h Harness, spec bot.RoomSpec) incident.Room {
	t.Helper()
	r, err := h.Chat.OpenRoom(t.Context(), spec)
	if err != nil {
		t.Fatalf("open room %q: %v", spec.Name, err)
	}
	if r.Realm != h.Chat.Realm() || r.ID == "" {
		t.Fatalf("room %+v: want realm %q and an id", r, h.Chat.Realm())
	}
	return r
}

func standard(t *testing.T, h Harness) incident.Room {
	t.Helper()
	return open(t, h, bot.RoomSpec{Number: number, Name: "inc-20261121-001-payments", Title: "決済がタイムアウトする"})
}

func at(r incident.Room) incident.Place {
	return incident.Place{Realm: r.Realm, Room: r.ID, Thread: r.Thread}
}

func roomIsAdopted(t *testing.T, h Harness) {
	first, second := standard(t, h), standard(t, h)
	if first.ID != second.ID {
		t.Errorf("opened again: got room %q, want the first one %q", second.ID, first.ID)
	}
}

func nameTaken(t *testing.T, h Harness) {
	h.Taken("inc-20261121-001-payments")
	first, second := standard(t, h), standard(t, h)
	if first.ID == "inc-20261121-001-payments" {
		t.Error("took over a room that people made")
	}
	if first.ID != second.ID {
		t.Errorf("opened again: got room %q, want the first one %q", second.ID, first.ID)
	}
}

func twoRooms(t *testing.T, h Harness) {
	first := standard(t, h)
	second := open(t, h, bot.RoomSpec{Number: number + 1, Name: "inc-20261121-002", Title: "x"})
	if first.ID == second.ID {
		t.Errorf("two incidents share room %q", first.ID)
	}
}

func withdrawn(t *testing.T, h Harness) {
	r := open(t, h, bot.RoomSpec{Number: number, Title: "slow", Thread: true, First: bot.Message{Key: "first", Text: "a slow printer"}})
	post(t, h, at(r), bot.Message{Key: "k", Text: "in the thread"})
	for range 2 {
		if err := h.Chat.Withdraw(t.Context(), at(r)); err != nil {
			t.Fatalf("withdraw: %v", err)
		}
	}
	if got := h.Texts(at(r)); slices.Contains(got, "in the thread") {
		t.Errorf("the thread still says %q", got)
	}
	place, err := h.Chat.Announcements(t.Context())
	if err != nil {
		t.Fatalf("announcements: %v", err)
	}
	if got := h.Texts(place); !slices.Contains(got, "a slow printer") {
		t.Errorf("the head is gone: %q", got)
	}
}

func threadRoom(t *testing.T, h Harness) {
	spec := bot.RoomSpec{Number: number, Title: "slow", Thread: true, First: bot.Message{Key: "first", Text: "a slow printer"}}
	r := open(t, h, spec)
	again := open(t, h, spec)
	if r.Thread == "" || r.Thread != again.Thread {
		t.Fatalf("thread %q, opened again %q: want one thread", r.Thread, again.Thread)
	}
	place, err := h.Chat.Announcements(t.Context())
	if err != nil {
		t.Fatalf("announcements: %v", err)
	}
	if got, want := h.Texts(place), []string{"a slow printer"}; !slices.Equal(got, want) {
		t.Errorf("announcements: got %q, want %q", got, want)
	}
	post(t, h, at(r), bot.Message{Key: "k", Text: "in the thread"})
	if got := h.Texts(at(r)); !slices.Contains(got, "in the thread") {
		t.Errorf("thread: got %q, want the post in it", got)
	}
	if got := h.Texts(place); slices.Contains(got, "in the thread") {
		t.Errorf("announcements: got %q, want the post in the thread alone", got)
	}
}

func privateThread(t *testing.T, h Harness) {
	r := open(t, h, bot.RoomSpec{
		Number: number, Name: "inc-20261121-001", Title: "leak", Private: true, Thread: true,
		First: bot.Message{Key: "first", Text: "leak"},
	})
	place, err := h.Chat.Announcements(t.Context())
	if err != nil {
		t.Fatalf("announcements: %v", err)
	}
	if r.ID == place.Room || len(h.Texts(place)) > 0 {
		t.Errorf("room %+v, announcements %q: want a room of its own and silence", r, h.Texts(place))
	}
}

func post(t *testing.T, h Harness, to incident.Place, m bot.Message) incident.Receipt {
	t.Helper()
	r, err := h.Chat.Post(t.Context(), to, m, false)
	if err != nil {
		t.Fatalf("post %q: %v", m.Key, err)
	}
	if r.Place.Message == "" || r.Place.Room != to.Room {
		t.Fatalf("receipt %+v: want the room %q and the message", r, to.Room)
	}
	return r
}

func postedOnce(t *testing.T, h Harness) {
	room := at(standard(t, h))
	m := bot.Message{Key: "INC-20261121-001/7", Text: "restarted"}
	first := post(t, h, room, m)
	second, err := h.Chat.Post(t.Context(), room, m, true)
	if err != nil {
		t.Fatalf("doubtful post: %v", err)
	}
	if second.Place != first.Place {
		t.Errorf("doubtful post: got %+v, want the first receipt %+v", second.Place, first.Place)
	}
	if got, want := h.Texts(room), []string{"restarted"}; !slices.Equal(got, want) {
		t.Errorf("room: got %q, want %q", got, want)
	}
}

func order(t *testing.T, h Harness) {
	room := at(standard(t, h))
	want := []string{"one", "two", "three"}
	for _, text := range want {
		post(t, h, room, bot.Message{Key: text, Text: text})
	}
	if got := h.Texts(room); !slices.Equal(got, want) {
		t.Errorf("room: got %q, want %q", got, want)
	}
}

func editReplaces(t *testing.T, h Harness) {
	room := at(standard(t, h))
	card := func(title string) bot.Message {
		return bot.Message{Key: "card", Card: &bot.Card{Title: title, Buttons: []bot.Button{{Label: "Acknowledge", Command: "ack"}}}}
	}
	r := post(t, h, room, card("before"))
	post(t, h, room, bot.Message{Key: "after it", Text: "after it"})
	for range 2 {
		if err := h.Chat.Edit(t.Context(), r.Place, card("after")); err != nil {
			t.Fatalf("edit: %v", err)
		}
	}
	if got, want := h.Texts(room), []string{"after", "after it"}; !slices.Equal(got, want) {
		t.Errorf("room: got %q, want %q", got, want)
	}
}

func editIsFound(t *testing.T, h Harness) {
	if h.Found == nil {
		return
	}
	room, err := h.Chat.Announcements(t.Context())
	if err != nil {
		t.Fatalf("announcements: %v", err)
	}
	r := post(t, h, room, bot.Message{Key: "k", Text: "決済APIを再起動"})
	if got, want := h.Found(h.Ann, "決済"), []string{"決済APIを再起動"}; !slices.Equal(got, want) {
		t.Errorf("before the edit: found %q, want %q", got, want)
	}
	if err := h.Chat.Edit(t.Context(), r.Place, bot.Message{Key: "k", Text: "認証を再起動"}); err != nil {
		t.Fatalf("edit: %v", err)
	}
	if got := h.Found(h.Ann, "決済"); len(got) > 0 {
		t.Errorf("by the old text: found %q", got)
	}
	if got, want := h.Found(h.Ann, "認証"), []string{"認証を再起動"}; !slices.Equal(got, want) {
		t.Errorf("by the new text: found %q, want %q", got, want)
	}
}

func toldIsFound(t *testing.T, h Harness) {
	if h.Found == nil {
		return
	}
	if _, err := h.Chat.Tell(t.Context(), h.Ann, bot.Message{Key: "t", Text: "your duties"}, false); err != nil {
		t.Fatalf("tell: %v", err)
	}
	if got, want := h.Found(h.Ann, "duties"), []string{"your duties"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := h.Found(h.Bob, "duties"); len(got) > 0 {
		t.Errorf("somebody else found %q", got)
	}
}

func tellReaches(t *testing.T, h Harness) {
	if _, err := h.Chat.Tell(t.Context(), h.Ann, bot.Message{Key: "t", Text: "your duties"}, false); err != nil {
		t.Fatalf("tell: %v", err)
	}
	if got, want := h.Told(h.Ann), []string{"your duties"}; !slices.Equal(got, want) {
		t.Errorf("told: got %q, want %q", got, want)
	}
	if got := h.Told(h.Bob); len(got) > 0 {
		t.Errorf("told somebody else: %q", got)
	}
}

func toldOnce(t *testing.T, h Harness) {
	for _, doubtful := range []bool{false, true} {
		if _, err := h.Chat.Tell(t.Context(), h.Ann, bot.Message{Key: "t", Text: "your duties"}, doubtful); err != nil {
			t.Fatalf("tell: %v", err)
		}
	}
	if got, want := h.Told(h.Ann), []string{"your duties"}; !slices.Equal(got, want) {
		t.Errorf("told: got %q, want %q", got, want)
	}
}

func inviteOthers(t *testing.T, h Harness) {
	room := standard(t, h)
	err := h.Chat.Invite(t.Context(), room, []incident.PersonID{h.Ann, h.Stranger, h.Bob})
	permanent(t, "invite a stranger", err)
	got := h.Members(room)
	if !slices.Contains(got, h.Ann) || !slices.Contains(got, h.Bob) || slices.Contains(got, h.Stranger) {
		t.Errorf("members: got %q, want %q and %q", got, h.Ann, h.Bob)
	}
}

func inviteAgain(t *testing.T, h Harness) {
	room := standard(t, h)
	for range 2 {
		if err := h.Chat.Invite(t.Context(), room, []incident.PersonID{h.Ann}); err != nil {
			t.Fatalf("invite: %v", err)
		}
	}
	if got := h.Members(room); !slices.Contains(got, h.Ann) {
		t.Errorf("members: got %q, want %q", got, h.Ann)
	}
}

func topicIsSet(t *testing.T, h Harness) {
	room := standard(t, h)
	for range 2 {
		if err := h.Chat.SetTopic(t.Context(), room, "P1 調査中"); err != nil {
			t.Fatalf("topic: %v", err)
		}
	}
	if got := h.Topic(room); got != "P1 調査中" {
		t.Errorf("topic: got %q", got)
	}
}

func unknownRoom(t *testing.T, h Harness) {
	room := incident.Room{Realm: h.Chat.Realm(), ID: "nowhere-9999"}
	_, err := h.Chat.Post(t.Context(), at(room), bot.Message{Key: "k", Text: "x"}, false)
	permanent(t, "post", err)
	permanent(t, "topic", h.Chat.SetTopic(t.Context(), room, "x"))
	permanent(t, "invite", h.Chat.Invite(t.Context(), room, []incident.PersonID{h.Ann}))
}

func unknownMessage(t *testing.T, h Harness) {
	place := at(standard(t, h))
	place.Message = "999999"
	err := h.Chat.Edit(t.Context(), place, bot.Message{Text: "x"})
	permanent(t, "edit", err)
	if !errors.Is(err, bot.ErrGone) {
		t.Errorf("edit: got %v, want bot.ErrGone so that the card can be posted anew", err)
	}
}

func unknownPerson(t *testing.T, h Harness) {
	_, err := h.Chat.Tell(t.Context(), h.Stranger, bot.Message{Key: "k", Text: "x"}, false)
	permanent(t, "tell a stranger", err)
}

func permanent(t *testing.T, doing string, err error) {
	t.Helper()
	if p := (*bot.Permanent)(nil); !errors.As(err, &p) {
		t.Errorf("%s: got error %v, want a *bot.Permanent", doing, err)
	}
}

// writtenTogether is for chats of the same process.
func writtenTogether(t *testing.T, h Harness) {
	chat, near := h.Chat.(bot.Near)
	if !near {
		return
	}
	room, thread := standard(t, h), open(t, h, bot.RoomSpec{Number: number + 1, Title: "slow", Thread: true, First: bot.Message{Key: "first", Text: "a slow printer"}})
	card := post(t, h, at(room), bot.Message{Key: "card", Text: "before"})
	gone := at(room)
	gone.Message = "999999"
	nowhere := incident.Place{Realm: room.Realm, Room: "nowhere-9999"}
	astray := incident.Place{Realm: room.Realm, Room: room.ID, Thread: thread.Thread}
	list := []bot.Writing{
		{At: at(room), Message: bot.Message{Key: "a", Text: "one"}},
		{At: nowhere, Message: bot.Message{Key: "b", Text: "lost"}},
		{At: at(thread), Message: bot.Message{Key: "c", Text: "in the thread"}},
		{At: card.Place, Message: bot.Message{Text: "after"}, Edit: true},
		{At: gone, Message: bot.Message{Text: "lost"}, Edit: true},
		{At: astray, Message: bot.Message{Key: "d", Text: "lost"}},
		{At: at(room), Message: bot.Message{Key: "e", Text: "two"}},
		{At: at(room), Message: bot.Message{Key: "a", Text: "one again"}},
	}
	var first []bot.Written
	for n := range 2 {
		got, err := chat.Write(t.Context(), list)
		if err != nil || len(got) != len(list) {
			t.Fatalf("write: %d answers, %v", len(got), err)
		}
		for k, w := range got {
			if lost := list[k].Message.Text == "lost"; lost {
				permanent(t, "write", w.Err)
			} else if w.Err != nil || w.Receipt.Place.Message == "" {
				t.Errorf("number %d: %+v", k, w)
			}
			if n > 0 && w.Receipt != first[k].Receipt {
				t.Errorf("number %d stands at %+v, and again at %+v", k, first[k].Receipt, w.Receipt)
			}
		}
		if !errors.Is(got[4].Err, bot.ErrGone) || got[7].Receipt != got[0].Receipt {
			t.Errorf("a message that is gone: %v; a key used twice: %+v and %+v", got[4].Err, got[0].Receipt, got[7].Receipt)
		}
		first = got
	}
	if got := h.Texts(at(room)); !slices.Equal(got, []string{"after", "one", "two"}) {
		t.Errorf("in the room stand %q", got)
	}
	if got := h.Texts(at(thread)); !slices.Contains(got, "in the thread") {
		t.Errorf("in the thread stand %q", got)
	}
	if h.Found != nil && !slices.Contains(h.Found(h.Ann, "thread"), "in the thread") {
		t.Errorf("what was written together is not found: %q", h.Found(h.Ann, "thread"))
	}
}
