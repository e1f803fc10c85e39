package chattest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/incident"
)

// Kept are the eyes for what only some chats can do. Each must be given where the chat can do it.
type Kept struct {
	// Pinned lists what is pinned in a room, and AtHand the addresses that are kept at hand there. Of a bot.Furnisher.
	Pinned, AtHand func(r incident.Room) []string
	// Asleep reports whether a room was put away. Of a bot.Archiver.
	Asleep func(r incident.Room) bool
	// Documents lists the texts of the documents that a room keeps. Of a bot.Filer.
	Documents func(r incident.Room) []string
	// Group lists who can be called by one name. Of a bot.Musterer.
	Group func() []incident.PersonID
}

// runKept checks what only some chats can do: a rule for a chat that can't is none.
func runKept(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	chat := fresh(t).Chat
	_, furnishes := chat.(bot.Furnisher)
	_, archives := chat.(bot.Archiver)
	_, files := chat.(bot.Filer)
	_, musters := chat.(bot.Musterer)
	_, unsays := chat.(bot.Unsayer)
	_, recalls := chat.(bot.Recaller)
	for _, c := range []struct {
		name string
		can  bool
		rule func(t *testing.T, h Harness)
	}{
		{"FurnishedRoomKeepsCardAndLinksAtHandOnce", furnishes, furnished},
		{"WhatPeopleKeepAtHandStays", furnishes, furnishedBeside},
		{"RoomThatIsPutAwayTakesNoWords", archives, putAway},
		{"RoomWakesOrAnotherOneOpens", archives, woken},
		{"DocumentStandsOnceAsItWasGivenLast", files, filed},
		{"DocumentThatComesAnewOnlyTakesThePlaceOfAnother", files, filedAnew},
		{"ThreadIsNeitherFurnishedNorPutAwayAndKeepsNoDocuments", furnishes || archives || files, threadKeepsNothing},
		{"GroupIsThoseWhoLead", musters, mustered},
		{"WhatIsUnsaidReadsAsItIsTold", unsays, unsaid},
		{"WhatIsUnsaidInPrivateReadsAsItIsTold", unsays, unsaidInPrivate},
		{"WhatSomebodyWasToldIsRecalledByItsKey", recalls, recalled},
	} {
		if c.can {
			t.Run(c.name, func(t *testing.T) { c.rule(t, fresh(t)) })
		}
	}
}

func none(t *testing.T, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func marks(urls ...string) (out []bot.Mark) {
	for _, u := range urls {
		out = append(out, bot.Mark{Kind: "page", Title: "a page", URL: u})
	}
	return out
}

func furnished(t *testing.T, h Harness) {
	f, _ := h.Chat.(bot.Furnisher)
	room := standard(t, h)
	card := post(t, h, at(room), bot.Message{Key: "card", Card: &bot.Card{Title: "the card"}})
	post(t, h, at(room), bot.Message{Key: "k", Text: "something else"})
	urls := []string{"https://matoi.example/1", "https://wiki.example/a?b=c"}
	for n := range 3 {
		none(t, "furnish", f.Furnish(t.Context(), room, card.Place, marks(urls[:max(1, n)]...)))
	}
	same(t, "pinned", h.Kept.Pinned(room), "the card")
	same(t, "at hand", h.Kept.AtHand(room), urls...)
}

func furnishedBeside(t *testing.T, h Harness) {
	f, _ := h.Chat.(bot.Furnisher)
	room := standard(t, h)
	first := post(t, h, at(room), bot.Message{Key: "a", Text: "pinned before"})
	none(t, "furnish", f.Furnish(t.Context(), room, first.Place, marks("https://wiki.example")))
	card := post(t, h, at(room), bot.Message{Key: "card", Card: &bot.Card{Title: "the card"}})
	none(t, "furnish", f.Furnish(t.Context(), room, card.Place, marks("https://matoi.example")))
	got := h.Kept.Pinned(room)
	slices.Sort(got)
	same(t, "pinned", got, "pinned before", "the card")
	same(t, "at hand", h.Kept.AtHand(room), "https://wiki.example", "https://matoi.example")
}

func putAway(t *testing.T, h Harness) {
	a, _ := h.Chat.(bot.Archiver)
	room := standard(t, h)
	for range 2 {
		none(t, "archive", a.Archive(t.Context(), room))
	}
	if !h.Kept.Asleep(room) {
		t.Error("the room is as it was")
	}
	_, err := h.Chat.Post(t.Context(), at(room), bot.Message{Key: "k", Text: "x"}, false)
	permanent(t, "post", err)
	if !errors.Is(err, bot.ErrGone) {
		t.Errorf("post: got %v, want bot.ErrGone", err)
	}
}

func woken(t *testing.T, h Harness) {
	a, _ := h.Chat.(bot.Archiver)
	room := standard(t, h)
	none(t, "wake one that is awake", a.Wake(t.Context(), room))
	none(t, "archive", a.Archive(t.Context(), room))
	err := a.Wake(t.Context(), room)
	if err != nil {
		permanent(t, "wake", err)
		if !errors.Is(err, bot.ErrGone) {
			t.Fatalf("wake: got %v, want bot.ErrGone", err)
		}
		was := room.ID
		if room = standard(t, h); room.ID == was {
			t.Fatal("the room that can't be brought back was opened again")
		}
	}
	post(t, h, at(room), bot.Message{Key: "k", Text: "it goes on"})
}

func document(text string) bot.Document {
	return bot.Document{Name: "INC-20261121-001.md", Title: "Report", Text: text}
}

func picture(text string) bot.Document {
	return bot.Document{Name: "INC-20261121-001.svg", Title: "Course", Text: text, Picture: true}
}

func filed(t *testing.T, h Harness) {
	f, _ := h.Chat.(bot.Filer)
	room := standard(t, h)
	for _, doubtful := range []bool{false, true} {
		none(t, "file", f.File(t.Context(), room, document("# 報告書"), doubtful))
		none(t, "file a picture", f.File(t.Context(), room, picture("<svg/>"), doubtful))
	}
	same(t, "documents", h.Kept.Documents(room), "# 報告書", "<svg/>")
	none(t, "file", f.File(t.Context(), room, document("# 報告書、第二版"), false))
	none(t, "file a picture", f.File(t.Context(), room, picture("<svg></svg>"), false))
	same(t, "documents", h.Kept.Documents(room), "# 報告書、第二版", "<svg></svg>")
}

func filedAnew(t *testing.T, h Harness) {
	f, _ := h.Chat.(bot.Filer)
	room := standard(t, h)
	give := func(report, course string) {
		t.Helper()
		for _, d := range []bot.Document{document(report), picture(course)} {
			d.Anew = true
			none(t, "file anew", f.File(t.Context(), room, d, false))
		}
	}
	give("# 消された後", "<svg/>")
	same(t, "where none stood", h.Kept.Documents(room))
	none(t, "file", f.File(t.Context(), room, document("# 秘密"), false))
	none(t, "file a picture", f.File(t.Context(), room, picture("<svg>秘密</svg>"), false))
	for range 2 {
		give("# ■■■", "<svg>■■■</svg>")
	}
	same(t, "documents", h.Kept.Documents(room), "# ■■■", "<svg>■■■</svg>")
}

func threadKeepsNothing(t *testing.T, h Harness) {
	r := open(t, h, bot.RoomSpec{Number: number, Title: "slow", Thread: true, First: bot.Message{Key: "first", Text: "a slow printer"}})
	channel := incident.Room{Realm: r.Realm, ID: r.ID}
	card := post(t, h, at(r), bot.Message{Key: "card", Text: "the card"})
	if f, can := h.Chat.(bot.Furnisher); can {
		none(t, "furnish", f.Furnish(t.Context(), r, card.Place, marks("https://matoi.example")))
		same(t, "pinned", h.Kept.Pinned(channel))
		same(t, "at hand", h.Kept.AtHand(channel))
	}
	if f, can := h.Chat.(bot.Filer); can {
		none(t, "file", f.File(t.Context(), r, document("# x"), false))
		same(t, "documents", h.Kept.Documents(channel))
	}
	if a, can := h.Chat.(bot.Archiver); can {
		none(t, "archive", a.Archive(t.Context(), r))
		none(t, "wake", a.Wake(t.Context(), r))
		if h.Kept.Asleep(channel) {
			t.Error("a thread took its channel with it")
		}
	}
}

func mustered(t *testing.T, h Harness) {
	m, _ := h.Chat.(bot.Musterer)
	for _, who := range [][]incident.PersonID{{h.Ann}, {h.Bob, h.Ann, h.Stranger}, {h.Ann, h.Bob}, {h.Bob}} {
		none(t, "muster", m.Muster(t.Context(), who))
		want := slices.DeleteFunc(slices.Clone(who), func(p incident.PersonID) bool { return p == h.Stranger })
		got := h.Kept.Group()
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("after %q the group is %q", who, got)
		}
	}
}

// gone says what was erased: entry 7 of the incident.
func gone(key string, m bot.Tells) bool {
	return bot.Erased{Number: number, Seqs: []int64{7}}.In(key, m)
}

// as has a message in the place of those that are gone.
func as(gone func(key string, t bot.Tells) bool, m bot.Message) func(key string, t bot.Tells) (bot.Message, bool) {
	return func(key string, t bot.Tells) (bot.Message, bool) { return m, gone(key, t) }
}

func said(id, text string, tells bot.Tells) bot.Message {
	return bot.Message{Key: "matoi-" + number.String() + "-" + id, Text: text, Tells: tells}
}

func unsaid(t *testing.T, h Harness) {
	u, _ := h.Chat.(bot.Unsayer)
	room, thread := standard(t, h), open(t, h, bot.RoomSpec{Number: number + 1, Title: "slow", Thread: true, First: bot.Message{Key: "first", Text: "a slow printer"}})
	blank := bot.Message{Key: "matoi-blank", Text: incident.Blank}
	for _, place := range []incident.Place{at(room), at(thread)} {
		r := post(t, h, place, said("1", "a secret", bot.Tells{First: 7, Last: 7}))
		post(t, h, place, said("2", "what was missed, and the secret", bot.Tells{First: 3, Last: 9}))
		post(t, h, place, said("3", "something else", bot.Tells{First: 8, Last: 8}))
		other := said("4", "another incident", bot.Tells{First: 7, Last: 7})
		other.Key = "matoi-" + (number + 5).String() + "-4"
		post(t, h, place, other)
		card := post(t, h, place, bot.Message{Key: "matoi-" + number.String() + "-5", Card: &bot.Card{Title: "asked", Text: "the secret?", Buttons: []bot.Button{{Label: "x", Command: "ack"}}}, Tells: bot.Tells{First: 7, Last: 7}})
		for range 2 {
			none(t, "unsay", u.Unsay(t.Context(), place, as(gone, blank)))
		}
		want := []string{incident.Blank, incident.Blank, "something else", "another incident", incident.Blank}
		got := h.Texts(place)
		same(t, "texts", got[max(0, len(got)-len(want)):], want...)
		again, err := h.Chat.Post(t.Context(), place, said("1", "a secret", bot.Tells{First: 7, Last: 7}), true)
		if err != nil || again.Place != r.Place {
			t.Errorf("found by its key it stands at %+v, %v; it stood at %+v", again.Place, err, r.Place)
		}
		if err := h.Chat.Edit(t.Context(), card.Place, bot.Message{Key: "k", Text: "edited"}); err != nil {
			t.Errorf("edit what was unsaid: %v", err)
		}
	}
}

func unsaidInPrivate(t *testing.T, h Harness) {
	u, _ := h.Chat.(bot.Unsayer)
	r, err := h.Chat.Tell(t.Context(), h.Ann, said("1", "a secret", bot.Tells{First: 7, Last: 7}), false)
	none(t, "tell", err)
	_, err = h.Chat.Tell(t.Context(), h.Ann, said("2", "your duties", bot.Tells{First: 8, Last: 8}), false)
	none(t, "tell", err)
	place := incident.Place{Realm: r.Place.Realm, Room: r.Place.Room}
	none(t, "unsay", u.Unsay(t.Context(), place, as(gone, bot.Message{Key: "matoi-blank", Text: incident.Blank})))
	same(t, "told", h.Told(h.Ann), incident.Blank, "your duties")
	for _, text := range h.Told(h.Ann) {
		if strings.Contains(text, "secret") {
			t.Errorf("still says %q", text)
		}
	}
}

func recalled(t *testing.T, h Harness) {
	c, _ := h.Chat.(bot.Recaller)
	keys := []string{"matoi-" + number.String() + "-1", "matoi-" + number.String() + "-2"}
	first, err := h.Chat.Tell(t.Context(), h.Ann, said("1", "your duties", bot.Tells{First: 7, Last: 7, Also: (number + 1).String()}), false)
	none(t, "tell", err)
	_, err = h.Chat.Tell(t.Context(), h.Ann, said("3", "something else", bot.Tells{First: 8, Last: 8}), false)
	none(t, "tell", err)
	got, err := c.Recall(t.Context(), h.Ann, keys)
	none(t, "recall", err)
	if len(got) != 1 || got[keys[0]].Place != first.Place {
		t.Errorf("recalled %+v; it stands at %+v", got, first.Place)
	}
	u, unsays := h.Chat.(bot.Unsayer)
	if !unsays {
		return
	}
	also := func(key string, m bot.Tells) bool {
		return bot.Erased{Number: number + 1, Seqs: []int64{99}}.In(key, m)
	}
	place := incident.Place{Realm: first.Place.Realm, Room: first.Place.Room}
	none(t, "unsay", u.Unsay(t.Context(), place, as(also, bot.Message{Key: "matoi-blank", Text: incident.Blank})))
	same(t, "told", h.Told(h.Ann), incident.Blank, "something else")
}
