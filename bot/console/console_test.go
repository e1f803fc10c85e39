package console_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
)

var morning = time.Date(2026, 11, 21, 5, 35, 0, 0, time.UTC)

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// ear is a bot that remembers what it heard and answers with what the test wants.
type ear struct {
	heard  []bot.Request
	answer bot.Reply
	err    error
}

func (e *ear) Handle(_ context.Context, r bot.Request) (bot.Reply, error) {
	e.heard = append(e.heard, r)
	return e.answer, e.err
}

func (e *ear) kinds() []bot.RequestKind {
	var out []bot.RequestKind
	for _, r := range e.heard {
		out = append(out, r.Kind)
	}
	return out
}

type chat struct {
	*console.Console
	t     *testing.T
	store *memory
	bot   *ear
	deeds int
}

// newChat is a chat with four people, a public room "room" and a private one "secret" (p1 inside).
func newChat(t *testing.T) *chat {
	t.Helper()
	store := newMemory(incident.Person{ID: "p1", Name: "Ann"}, incident.Person{ID: "p2", Name: "Ann Lee"},
		incident.Person{ID: "p3", Name: "佐藤"}, incident.Person{ID: "p4", Name: "Twin"}, incident.Person{ID: "p5", Name: "twin"})
	store.incidents[1] = &incident.Incident{Number: 1}
	store.incidents[2] = &incident.Incident{Number: 2, Private: true, Opener: "p1"}
	e := &ear{}
	c := console.New(console.Options{Store: store, Handler: e, Aliases: []string{"/inc"}, Now: func() time.Time { return morning }})
	if err := c.Start(t.Context()); err != nil {
		t.Fatalf("start: %v", err)
	}
	for id, n := range map[string]incident.Number{"room": 1, "secret": 2} {
		if _, err := store.SaveChannel(t.Context(), console.Channel{ID: id, Number: n, Private: n == 2}); err != nil {
			t.Fatalf("make room: %v", err)
		}
	}
	return &chat{Console: c, t: t, store: store, bot: e}
}

func (c *chat) by(p incident.PersonID) console.Deed {
	c.deeds++
	return console.Deed{By: p, Viewer: incident.Viewer{Person: p}, ID: strconv.Itoa(c.deeds)}
}

func (c *chat) say(p incident.PersonID, channel, text string) console.Message {
	c.t.Helper()
	out, err := c.Say(c.t.Context(), c.by(p), channel, 0, text)
	if err != nil {
		c.t.Fatalf("say: %v", err)
	}
	return out.Message
}

func (c *chat) read(p incident.PersonID, channel string) []string {
	c.t.Helper()
	list, _, err := c.Messages(c.t.Context(), incident.Viewer{Person: p}, channel, 0, 0, 100)
	if err != nil {
		c.t.Fatalf("read %s: %v", channel, err)
	}
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return out
}

func TestGeneralAndIncidentsExistFromTheStart(t *testing.T) {
	c := newChat(t)
	list, err := c.List(t.Context(), incident.Viewer{Person: "p3"})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	rooms, err := c.Rooms(t.Context(), incident.Viewer{Person: "p3"}, []incident.Number{0, 1, 2, 3, 4, 5})
	if err != nil {
		t.Fatalf("rooms: %v", err)
	}
	var got []string
	for _, ch := range list {
		got = append(got, ch.ID)
	}
	if want := []string{"general", "incidents"}; !slices.Equal(got, want) {
		t.Errorf("channels: got %q, want %q", got, want)
	}
	if want := map[incident.Number]string{1: "room"}; !cmp.Equal(rooms, want) {
		t.Errorf("rooms: got %v, want %v: the private one stays hidden", rooms, want)
	}
}

func TestMadeChannelsHavePlainNamesAndStayClearOfRooms(t *testing.T) {
	c := newChat(t)
	for typed, want := range map[string]string{"#Shift 夜勤": "shift-夜勤", "  Ops/Team ": "ops-team"} {
		ch, err := c.Make(t.Context(), c.by("p1"), typed)
		if err != nil || ch.ID != want {
			t.Errorf("%q: got %q (%v), want %q", typed, ch.ID, err, want)
		}
	}
	for typed, code := range map[string]string{"general": "channel_taken", "inc-1": "channel_name", "!?": "channel_name", strings.Repeat("x", 41): "channel_name"} {
		_, err := c.Make(t.Context(), c.by("p1"), typed)
		refused(t, err, code)
	}
}

func TestCommandIsNotStoredAndAnsweredToItsAuthorAlone(t *testing.T) {
	for typed, want := range map[string]string{
		"/incident log 14:35 再起動した": "log 14:35 再起動した",
		"／ｉｎｃｉｄｅｎｔ　status":          "status",
		"  /INC":                    "",
		"/inc\nopen P1 x":           "open P1 x",
	} {
		c := newChat(t)
		c.bot.answer = bot.Reply{Text: "done"}
		c.say("p1", "general", typed)
		if len(c.bot.heard) != 1 || c.bot.heard[0].Kind != bot.Typed || c.bot.heard[0].Text != want {
			t.Errorf("%q: the bot heard %+v, want the command %q", typed, c.bot.heard, want)
		}
		if got := c.read("p1", "general"); !slices.Equal(got, []string{"done"}) {
			t.Errorf("%q: its author reads %q, want the answer alone", typed, got)
		}
		if got := c.read("p3", "general"); len(got) > 0 {
			t.Errorf("%q: others read %q, want nothing", typed, got)
		}
	}
}

func TestWordsThatOnlyLookLikeACommandAreMessages(t *testing.T) {
	for _, typed := range []string{"/incidents are many", "see /incident log", "incident"} {
		c := newChat(t)
		c.say("p1", "general", typed)
		if got := c.read("p3", "general"); !slices.Equal(got, []string{typed}) {
			t.Errorf("%q: others read %q", typed, got)
		}
	}
}

func TestSameDeedTwiceSaysItOnce(t *testing.T) {
	c := newChat(t)
	d := c.by("p1")
	for range 2 {
		if _, err := c.Say(t.Context(), d, "general", 0, "hello"); err != nil {
			t.Fatalf("say: %v", err)
		}
	}
	if got := c.read("p3", "general"); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("read %q, want the message once", got)
	}
	if c.bot.heard[0].Cause != c.bot.heard[len(c.bot.heard)-1].Cause {
		t.Error("the second request has another cause")
	}
}

func TestCausesOfTwoPeopleNeverMeet(t *testing.T) {
	c := newChat(t)
	for _, p := range []incident.PersonID{"p1", "p3"} {
		if _, err := c.Say(t.Context(), console.Deed{By: p, Viewer: incident.Viewer{Person: p}, ID: "same"}, "general", 0, "hi "+string(p)); err != nil {
			t.Fatalf("say: %v", err)
		}
	}
	if got, want := c.read("p1", "general"), []string{"hi p1", "hi p3"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestMentionsBecomeIDs(t *testing.T) {
	for typed, want := range map[string]string{
		"@Ann look":              "<@p1> look",
		"@ann lee, look":         "<@p2>, look",
		"@ＡＮＮ　ＬＥＥ":               "<@p2>",
		"@佐藤さんお願いします":            "<@p3>さんお願いします",
		"＠佐藤":                    "<@p3>",
		"@Annette":               "@Annette",
		"@nobody":                "@nobody",
		"mail ann@ann.example":   "mail ann@ann.example",
		"@twin":                  "@twin",
		"<@p9> stays":            "<@p9> stays",
		"@Ann@佐藤":                "<@p1><@p3>",
		"@channel <!here> @here": "@channel <!here> @here",
	} {
		c := newChat(t)
		if got := c.say("p4", "general", typed).Text; got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestMessageInARoomIsToldToTheBotWithItsOwnFacts(t *testing.T) {
	c := newChat(t)
	u, err := c.Upload(t.Context(), c.by("p1"), "room", "a.txt", "", strings.NewReader("restarted\n"))
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	files := []incident.File{{Name: "a.txt", Link: console.FileLink(u), Type: "text/plain; charset=utf-8", Size: 10}}
	out, err := c.Say(t.Context(), c.by("p1"), "room", 0, "restarted", files...)
	if err != nil {
		t.Fatalf("say: %v", err)
	}
	if got, want := c.bot.kinds(), []bot.RequestKind{bot.Entered, bot.Said}; !slices.Equal(got, want) {
		t.Fatalf("heard %q, want %q", got, want)
	}
	want := &incident.Message{
		Place:  incident.Place{Realm: "console", Room: "room", Message: strconv.FormatInt(out.Message.ID, 10)},
		Author: "p1", At: morning, Text: "restarted", Link: "/chat/room#m" + strconv.FormatInt(out.Message.ID, 10), Files: files,
	}
	if diff := cmp.Diff(want, c.bot.heard[1].Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	c.say("p1", "room", "again")
	if got := c.bot.kinds()[2:]; !slices.Equal(got, []bot.RequestKind{bot.Said}) {
		t.Errorf("second message: heard %q, want no second entering", got)
	}
}

func TestPinCarriesTheMessageOfItsAuthorNotOfThePinner(t *testing.T) {
	c := newChat(t)
	m := c.say("p1", "room", "CPU 100 %")
	reply, err := c.Say(t.Context(), c.by("p3"), "room", m.ID, "in the thread")
	if err != nil {
		t.Fatalf("reply: %v", err)
	}
	if _, err := c.React(t.Context(), c.by("p2"), reply.Message.ID, "📌"); err != nil {
		t.Fatalf("react: %v", err)
	}
	r := c.bot.heard[len(c.bot.heard)-1]
	if r.Kind != bot.Reacted || r.By != "p2" || r.Emoji != "📌" || r.Message.Author != "p3" || r.Message.Place.Thread != strconv.FormatInt(m.ID, 10) {
		t.Errorf("heard %+v with message %+v", r, r.Message)
	}
}

func TestSecondReactionOfOnePersonChangesNothing(t *testing.T) {
	c := newChat(t)
	m := c.say("p1", "room", "x")
	for range 2 {
		if _, err := c.React(t.Context(), c.by("p2"), m.ID, "📌"); err != nil {
			t.Fatalf("react: %v", err)
		}
	}
	if _, err := c.React(t.Context(), c.by("p3"), m.ID, "📌"); err != nil {
		t.Fatalf("react: %v", err)
	}
	got, _ := c.store.Message(t.Context(), m.ID)
	if want := []console.Reaction{{Emoji: "📌", People: []incident.PersonID{"p2", "p3"}}}; !cmp.Equal(got.Reactions, want) {
		t.Errorf("reactions %+v, want %+v", got.Reactions, want)
	}
	for _, p := range []incident.PersonID{"p2", "p3", "p3"} {
		if _, err := c.Unreact(t.Context(), c.by(p), m.ID, "📌"); err != nil {
			t.Fatalf("unreact: %v", err)
		}
	}
	if got, _ := c.store.Message(t.Context(), m.ID); len(got.Reactions) > 0 {
		t.Errorf("reactions %+v, want none left", got.Reactions)
	}
}

func TestEditAndDeleteAreToldBeforeTheChatChanges(t *testing.T) {
	c := newChat(t)
	m := c.say("p1", "room", "first")
	c.bot.err = errors.New("down")
	if _, err := c.Rewrite(t.Context(), c.by("p1"), m.ID, "second"); err == nil {
		t.Fatal("edit: want the breakage")
	}
	if got, _ := c.store.Message(t.Context(), m.ID); got.Text != "first" {
		t.Errorf("text %q: changed though the record was not told", got.Text)
	}
	c.bot.err = nil
	if _, err := c.Rewrite(t.Context(), c.by("p1"), m.ID, "second"); err != nil {
		t.Fatalf("edit: %v", err)
	}
	if r := c.bot.heard[len(c.bot.heard)-1]; r.Kind != bot.Edited || r.Message.Text != "second" {
		t.Errorf("heard %+v", r)
	}
	if _, err := c.Delete(t.Context(), c.by("p1"), m.ID); err != nil {
		t.Fatalf("delete: %v", err)
	}
	got, _ := c.store.Message(t.Context(), m.ID)
	if got.Text != "" || got.Deleted.IsZero() || c.bot.heard[len(c.bot.heard)-1].Kind != bot.Deleted {
		t.Errorf("message %+v, want it blank and told", got)
	}
}

func TestOnlyTheAuthorEditsAndDeletes(t *testing.T) {
	c := newChat(t)
	m := c.say("p1", "room", "mine")
	_, err := c.Rewrite(t.Context(), c.by("p2"), m.ID, "yours")
	refused(t, err, "message_not_yours")
	_, err = c.Delete(t.Context(), c.by("p2"), m.ID)
	refused(t, err, "message_not_yours")
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var r *incident.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want the refusal %q", err, code)
	}
}

func TestEmptyAndEndlessMessagesAreRefused(t *testing.T) {
	c := newChat(t)
	_, err := c.Say(t.Context(), c.by("p1"), "general", 0, " \u202e\n ")
	refused(t, err, "message_empty")
	_, err = c.Say(t.Context(), c.by("p1"), "general", 0, strings.Repeat("あ", 20001))
	refused(t, err, "message_too_long")
}

func TestRoomOfAPrivateIncidentDoesNotExistForOthers(t *testing.T) {
	c := newChat(t)
	m := c.say("p1", "secret", "personal data")
	outside := incident.Viewer{Person: "p3"}
	_, err := c.Open(t.Context(), outside, "secret")
	missing(t, "open", err)
	_, _, err = c.Messages(t.Context(), outside, "secret", 0, 0, 10)
	missing(t, "read", err)
	_, err = c.Say(t.Context(), c.by("p3"), "secret", 0, "hello?")
	missing(t, "say", err)
	_, err = c.React(t.Context(), c.by("p3"), m.ID, "👀")
	missing(t, "react", err)
	_, err = c.Press(t.Context(), c.by("p3"), console.Push{Message: m.ID, Command: "brief"})
	missing(t, "press", err)
	_, err = c.Submit(t.Context(), c.by("p3"), console.Sheet{Channel: "secret", Command: "log"})
	missing(t, "submit", err)
	list, upto, _, err := c.Feed(t.Context(), outside, 0, 10)
	if err != nil || len(list) > 0 || upto != m.Rev {
		t.Errorf("feed: got %+v up to %d (%v), want nothing, up to %d", list, upto, err, m.Rev)
	}
}

func TestRoomHidesWhenItsIncidentBecomesPrivate(t *testing.T) {
	c := newChat(t)
	c.say("p3", "room", "seen by all")
	c.store.incidents[1].Private, c.store.incidents[1].Opener = true, "p1"
	_, err := c.Open(t.Context(), incident.Viewer{Person: "p3"}, "room")
	missing(t, "a member who is no insider", err)
	if _, err := c.Open(t.Context(), incident.Viewer{Person: "p1"}, "room"); err != nil {
		t.Errorf("the insider: %v", err)
	}
}

func TestDirectMessagesAreReadByTheirPersonAloneEvenBesideAnAuditor(t *testing.T) {
	c := newChat(t)
	if _, err := c.Tell(t.Context(), "p1", bot.Message{Key: "k", Text: "your duties"}, false); err != nil {
		t.Fatalf("tell: %v", err)
	}
	if got := c.read("p1", "@p1"); !slices.Equal(got, []string{"your duties"}) {
		t.Errorf("p1 reads %q", got)
	}
	_, err := c.Open(t.Context(), incident.Viewer{Person: "p2", All: true}, "@p1")
	missing(t, "auditor", err)
}

func missing(t *testing.T, doing string, err error) {
	t.Helper()
	if !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("%s: got %v, want incident.ErrNotFound", doing, err)
	}
}

func TestFeedGivesEveryChangeOnceInOrder(t *testing.T) {
	c := newChat(t)
	a, b := c.say("p1", "general", "a"), c.say("p1", "general", "b")
	_, upto, _, err := c.Feed(t.Context(), incident.Viewer{Person: "p3"}, 0, 10)
	if err != nil || upto != b.Rev {
		t.Fatalf("feed: up to %d (%v), want %d", upto, err, b.Rev)
	}
	if _, err := c.Rewrite(t.Context(), c.by("p1"), a.ID, "a, edited"); err != nil {
		t.Fatalf("edit: %v", err)
	}
	list, _, _, err := c.Feed(t.Context(), incident.Viewer{Person: "p3"}, upto, 10)
	if err != nil || len(list) != 1 || list[0].ID != a.ID || list[0].Text != "a, edited" {
		t.Errorf("feed after %d: got %+v (%v), want the edit alone", upto, list, err)
	}
}

func TestFeedPassesOverWhatIsHidden(t *testing.T) {
	c := newChat(t)
	for range 3 {
		c.say("p1", "secret", "hidden")
	}
	c.say("p1", "general", "open")
	var got []string
	rev, more := int64(0), true
	for more {
		var list []console.Message
		var err error
		if list, rev, more, err = c.Feed(t.Context(), incident.Viewer{Person: "p3"}, rev, 2); err != nil {
			t.Fatalf("feed: %v", err)
		}
		for _, m := range list {
			got = append(got, m.Text)
		}
	}
	if !slices.Equal(got, []string{"open"}) {
		t.Errorf("feed: got %q, want what stands behind the hidden ones", got)
	}
}

func TestPressOnAThreadHeadSpeaksOfTheThreadAndAnswersWhereItWasPressed(t *testing.T) {
	c := newChat(t)
	room, err := c.OpenRoom(t.Context(), bot.RoomSpec{Number: 1, Thread: true, First: bot.Message{Key: "f", Card: &bot.Card{Title: "P4"}}})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	c.bot.answer = bot.Reply{Text: "acknowledged"}
	out, err := c.Press(t.Context(), c.by("p1"), console.Push{Message: number(room.Thread), Command: "ack"})
	if err != nil {
		t.Fatalf("press: %v", err)
	}
	if r := c.bot.heard[0]; r.Place.Thread != room.Thread || r.Text != "ack" || r.Kind != bot.Typed {
		t.Errorf("heard %+v, want the thread's place", r)
	}
	if out.Message.Thread != 0 || out.Message.Only != "p1" {
		t.Errorf("answer %+v, want it in the channel for p1 alone", out.Message)
	}
}

func TestAnAnsweredQuestionHasNoButtonsLeft(t *testing.T) {
	c := newChat(t)
	r, err := c.Post(t.Context(), incident.Place{Room: "room"}, bot.Message{Key: "q", Card: &bot.Card{
		Title: "Restored?", Question: true, Buttons: []bot.Button{{Label: "Yes", Command: "restored"}, {Label: "No", Command: "brief"}},
	}}, false)
	if err != nil {
		t.Fatalf("post: %v", err)
	}
	id := number(r.Place.Message)
	press := func(command string, reply bot.Reply) *bot.Card {
		t.Helper()
		c.bot.answer = reply
		if _, err := c.Press(t.Context(), c.by("p1"), console.Push{Message: id, Command: command}); err != nil {
			t.Fatalf("press: %v", err)
		}
		m, err := c.Message(t.Context(), incident.Viewer{Person: "p1"}, id)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		return m.Card
	}
	if card := press("brief", bot.Reply{Text: "a brief"}); len(card.Buttons) != 2 {
		t.Errorf("reading took the buttons away: %+v", card)
	}
	if card := press("restored", bot.Reply{Refused: incident.Refuse("over"), Text: "over"}); len(card.Buttons) != 2 {
		t.Errorf("a refusal took the buttons away: %+v", card)
	}
	if card := press("restored", bot.Reply{Changed: true}); len(card.Buttons) != 0 || card.Foot != "✓ Yes · <@p1>" {
		t.Errorf("answered it is %+v", card)
	}
}

func TestMistakesOfAFormStayInTheForm(t *testing.T) {
	c := newChat(t)
	c.bot.answer = bot.Reply{Text: "no", Errors: map[string]string{"title": "missing"}}
	out, err := c.Submit(t.Context(), c.by("p1"), console.Sheet{Channel: "general", Command: "open", Fields: map[string]string{"title": ""}})
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	if out.Reply.Errors["title"] != "missing" || out.Whispered || len(c.read("p1", "general")) > 0 {
		t.Errorf("got %+v, want the mistakes and no message", out)
	}
}

func TestLeavingIsToldAndEndsTheMembership(t *testing.T) {
	c := newChat(t)
	if _, err := c.Join(t.Context(), c.by("p1"), "room"); err != nil {
		t.Fatalf("join: %v", err)
	}
	if _, err := c.Leave(t.Context(), c.by("p1"), "room"); err != nil {
		t.Fatalf("leave: %v", err)
	}
	if got, want := c.bot.kinds(), []bot.RequestKind{bot.Entered, bot.Gone}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
	if in, _ := c.Member(t.Context(), "room", "p1"); in {
		t.Error("still a member")
	}
}
