package slack_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// What is sent again with its signature does not do anything again: the second answer says the same.
func TestAReplayedCommandActsOnce(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool")
	replay := f.last(slacktest.Commands).Tries[0].Request
	for range 3 {
		if got := f.w.Send(replay); got.Status != http.StatusOK {
			t.Errorf("a replay within five minutes: %d %s", got.Status, got.Body)
		}
	}
	if n := len(f.facts(i.Number, "noted")); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
	f.clean()
}

func TestAReplayedFormOpensOnce(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.open("Checkout times out")
	if got := f.w.Send(f.last(slacktest.Interactive).Tries[0].Request); got.Status != http.StatusOK {
		t.Errorf("the form again: %d %s", got.Status, got.Body)
	}
	if rows := f.rows(); len(rows) != 1 {
		t.Errorf("%d incidents", len(rows))
	}
}

func TestADoubleClickActsOnce(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Join(f.bob.ID, room)
	f.settle()
	card := f.w.Posts(room)[0]
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { f.w.Press(f.bob.ID, card, "button-0") })
	}
	both.Wait()
	if n := len(f.facts(i.Number, "acknowledged")); n != 1 {
		t.Errorf("acknowledged %d times", n)
	}
	f.clean()
}

func TestAPressRepeatedActsOnceAndOneInEarnestLaterActs(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Join(f.bob.ID, room)
	f.settle()
	f.w.Press(f.bob.ID, f.w.Posts(room)[0], "button-0")
	was := f.last(slacktest.Interactive).Tries[0].Request
	f.w.Command(f.bob.ID, room, "/incident", "cant")
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 1}, {11 * time.Minute, 2}, {12 * time.Minute, 2}} {
		r := slacktest.Request{Path: was.Path, Header: was.Header.Clone(), Body: pressedLater(t, was.Body, c.after)}
		f.w.Sign(&r, f.w.SigningSecret, time.Now())
		if got := f.w.Send(r); got.Status != http.StatusOK {
			t.Fatalf("after %s: answered %d", c.after, got.Status)
		}
		f.settle()
		if n := len(f.facts(i.Number, "acknowledged")); n != c.want {
			t.Errorf("after %s: acknowledged %d times, want %d", c.after, n, c.want)
		}
	}
}

// pressedLater is the payload of a button as if it had been pressed later.
func pressedLater(t *testing.T, body []byte, after time.Duration) []byte {
	t.Helper()
	values, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(values.Get("payload")), &p); err != nil {
		t.Fatal(err)
	}
	action := p["actions"].([]any)[0].(map[string]any)
	seconds, micros, _ := strings.Cut(action["action_ts"].(string), ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	action["action_ts"] = strconv.FormatInt(n+int64(after/time.Second), 10) + "." + micros
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(url.Values{"payload": {string(text)}}.Encode())
}

// Nothing of a request is looked at before it is known to be Slack's, and new.
func TestWhatSlackDidNotSendNowIsRefused(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Command(f.ann.ID, "general", "/incident", "me")
	was := f.last(slacktest.Commands).Tries[0].Request
	seen := len(f.between.requests())
	for name, spoil := range map[string]func(r *slacktest.Request){
		"301 seconds old":     func(r *slacktest.Request) { f.w.Sign(r, f.w.SigningSecret, time.Now().Add(-301*time.Second)) },
		"301 seconds ahead":   func(r *slacktest.Request) { f.w.Sign(r, f.w.SigningSecret, time.Now().Add(302*time.Second)) },
		"a wrong secret":      func(r *slacktest.Request) { f.w.Sign(r, "0123456789abcdef", time.Now()) },
		"an empty secret":     func(r *slacktest.Request) { f.w.Sign(r, "", time.Now()) },
		"no signature":        func(r *slacktest.Request) { r.Header.Del("X-Slack-Signature") },
		"no time":             func(r *slacktest.Request) { r.Header.Del("X-Slack-Request-Timestamp") },
		"another body":        func(r *slacktest.Request) { r.Body = append(r.Body, "&text=close"...) },
		"another signature":   func(r *slacktest.Request) { r.Header.Set("X-Slack-Signature", "v0=00") },
		"a time with letters": func(r *slacktest.Request) { r.Header.Set("X-Slack-Request-Timestamp", "soon") },
	} {
		r := slacktest.Request{Path: was.Path, Header: was.Header.Clone(), Body: append([]byte(nil), was.Body...)}
		spoil(&r)
		if got := f.w.Send(r); got.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if n := len(f.between.requests()); n != seen {
		t.Errorf("%d of them were worked", n-seen)
	}
	still := slacktest.Request{Path: was.Path, Header: was.Header.Clone(), Body: was.Body}
	f.w.Sign(&still, f.w.SigningSecret, time.Now().Add(-299*time.Second))
	if got := f.w.Send(still); got.Status != http.StatusOK {
		t.Errorf("299 seconds old: %d %s", got.Status, got.Body)
	}
}

// The payload of an interaction counts as the body has it: the address is not signed.
func TestAPayloadInTheAddressIsNotLookedAt(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	r := slacktest.Request{Path: "/slack/interactions?payload=" + `{"type":"shortcut"}`, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
	f.w.Sign(&r, f.w.SigningSecret, time.Now())
	if got := f.w.Send(r); got.Status != http.StatusBadRequest {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// Events come at least once, and in no order.
func TestEventsThatComeAgainAndInDisorderLeaveOneRecord(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.settle()
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	f.settle()
	f.w.Hold()
	f.w.React(f.ann.ID, said, "pushpin")
	f.w.React(f.ann.ID, said, "round_pushpin")
	f.w.Edit(f.ann.ID, said, "the pool was empty")
	f.w.Release(2, 1, 0)
	f.settle()
	for n, d := range f.w.Deliveries(slacktest.Events) {
		if got := f.w.Redeliver(d, 1+n%3, "http_timeout"); got.Status != http.StatusOK {
			t.Errorf("event %s again: %d %s", d.ID, got.Status, got.Body)
		}
	}
	if n := len(f.facts(i.Number, "noted")); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
	if pin := f.load(i.Number).Pins; len(pin) != 1 {
		t.Errorf("pins: %v", pin)
	}
	f.clean()
}

// The channel may be there, with people in it, before its receipt is recorded: a kill in between makes that long.
func TestWhatHappensInAChannelThatIsNotRecordedYetIsNotLost(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Fail(slacktest.Fault{Method: "conversations.create", After: 1, Lost: true}) // the first is the announcement channel, or not
	f.w.Command(f.ann.ID, "general", "/incident", "open P1 Checkout times out --impact large")
	f.w.Until("a channel", func() bool { return f.channel("inc-") != "" })
	room := f.w.Room(f.channel("inc-"))
	f.w.Join(f.bob.ID, room)
	said := f.w.Say(f.bob.ID, room, "the pool is empty")
	f.w.React(f.bob.ID, said, "pushpin")
	f.w.Until("the record", func() bool {
		rows := f.rows()
		return len(rows) == 1 && len(f.facts(rows[0].Number, "noted")) == 1
	})
}

func (f *floor) channel(prefix string) string {
	for _, name := range f.w.Rooms() {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	return ""
}

// Blocks of other apps, of kinds that nobody knows yet, or broken ones, keep no message out of the record.
func TestAMessageWithStrangeBlocksIsRecorded(t *testing.T) {
	for name, blocks := range map[string][]any{
		"unknown": {map[string]any{"type": "hologram", "depth": 3}},
		"broken":  {map[string]any{"type": "section", "text": []any{1, 2}, "fields": "none"}, map[string]any{"type": 7}, "no block"},
		"known":   {map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "the pool is empty"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, slacktest.Options{})
			i, room := f.open("Checkout times out")
			said := f.w.SayBlocks(f.ann.ID, room, "the pool is empty", blocks)
			f.w.React(f.ann.ID, said, "pushpin")
			f.settle()
			f.w.MessageAction(f.ann.ID, f.w.SayBlocks(f.ann.ID, room, "and so is the cache", blocks), "log")
			f.w.Until("both stand in the record", func() bool { return len(f.facts(i.Number, "noted")) == 2 })
			f.clean()
		})
	}
}

// One app in two workspaces has one signing secret: what is another's is not ours.
func TestWhatAnotherWorkspaceSendsIsRefused(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out")
	other := slacktest.New(t, slacktest.Options{Team: "T0000000002"})
	other.SigningSecret = f.w.SigningSecret
	other.Connect("http://matoi.test", slacktest.InMemory(f.a.Routes()))
	eve := other.Person(slacktest.User{Name: "eve"})
	f.settle() // people come into the room
	seen := len(f.between.requests())
	got := other.Command(eve.ID, "general", "/incident", "close "+i.Number.String())
	if got.Status != http.StatusBadRequest || got.Header.Get("X-Slack-No-Retry") == "" {
		t.Errorf("a command: %d %s", got.Status, got.Body)
	}
	other.Shortcut(eve.ID, "open")
	other.Say(eve.ID, "general", "hello")
	if err := other.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(f.between.requests()); n != seen {
		t.Errorf("%d requests of another workspace were worked", n-seen)
	}
}

// In a shared channel people of another organisation act through our app.
func TestAPersonOfAnotherOrganisationWorksInASharedChannel(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	carl := f.w.Person(slacktest.User{Name: "carl", Real: "Carl", Foreign: "T0000000009"})
	f.w.ShareWith(room)
	f.w.Join(carl.ID, room)
	f.settle()
	f.w.Press(carl.ID, f.w.Posts(room)[0], "button-0")
	f.w.Until("acknowledged", func() bool {
		got := f.facts(i.Number, "acknowledged")
		return len(got) == 1 && got[0].By == f.person(carl)
	})
	f.clean()
}

// Another organisation writes what it likes into the addresses of its people: nobody becomes one of ours by it.
func TestAPersonOfAnotherOrganisationIsNobodyOfOursByTheirAddress(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	ann := f.person(f.ann)
	carl := f.w.Person(slacktest.User{Name: "carl", Real: "Carl", Email: "ann@example.com", Foreign: "T0000000009"})
	f.w.ShareWith(room)
	f.w.Join(carl.ID, room)
	f.settle()
	f.w.Press(carl.ID, f.w.Posts(room)[0], "button-0")
	f.w.Until("acknowledged", func() bool { return len(f.facts(i.Number, "acknowledged")) == 1 })
	if by := f.facts(i.Number, "acknowledged")[0].By; by == ann || by != f.person(carl) {
		t.Errorf("acknowledged by %s, and Ann is %s", by, ann)
	}
	dora, err := f.store.Meet(t.Context(), incident.Identity{Realm: "console", ID: "dora"}, "Dora", "dora@example.com")
	if err != nil {
		t.Fatal(err)
	}
	eve := f.w.Person(slacktest.User{Name: "eve", Real: "Eve", Email: "dora@example.com", Foreign: "T0000000009"})
	f.w.Join(eve.ID, room)
	if _, err := f.a.Tell(t.Context(), dora.ID, bot.Message{Text: "for Dora"}, false); !errors.Is(err, bot.ErrStranger) || len(f.w.DMs(eve.ID)) > 0 {
		t.Errorf("what is Dora's is told to Eve: %v", err)
	}
	f.clean()
}

// A person who was erased and goes on at work is somebody new, at once.
func TestWhoeverWasErasedAndActsAgainIsSomebodyNew(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	before := f.person(f.ann)
	f.settle()
	if err := f.store.Erase(t.Context(), before, incident.By{}, "she asked"); err != nil {
		t.Fatal(err)
	}
	f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool")
	f.w.Until("the note", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	if by := f.facts(i.Number, "noted")[0].By; by == before || by != f.person(f.ann) {
		t.Errorf("noted by %s, who was erased as %s", by, before)
	}
}

func TestADeactivatedPersonDoesNothingMore(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Join(f.bob.ID, room)
	said := f.w.Say(f.bob.ID, room, "the pool is empty")
	f.w.Command(f.bob.ID, room, "/incident", "ack")
	replay := f.last(slacktest.Commands).Tries[0].Request
	f.w.Change(f.bob.ID, func(u *slacktest.User) { u.Deleted = true })
	f.settle()
	if got := f.w.Send(replay); got.Status != http.StatusBadRequest {
		t.Errorf("a replay of theirs: %d %s", got.Status, got.Body)
	}
	f.w.React(f.ann.ID, said, "pushpin") // what they wrote is still theirs
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	if m := f.facts(i.Number, "noted")[0].Fact.(*incident.Noted).Message; m == nil || m.Author != f.person(f.bob) {
		t.Errorf("written by %v", m)
	}
}

// Removed from a public channel we go back; from a private one nobody comes back by themselves, and the record says it.
func TestRemovedFromAChannel(t *testing.T) {
	t.Run("public", func(t *testing.T) {
		f := newFloor(t, slacktest.Options{})
		_, room := f.open("Checkout times out")
		f.settle()
		f.w.Leave(f.w.BotUser, room)
		f.w.Until("we are back", func() bool {
			for _, m := range f.w.Members(room) {
				if m == f.w.BotUser {
					return true
				}
			}
			return false
		})
		f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool")
		f.w.Until("it is told there", func() bool { return strings.Contains(strings.Join(f.w.Texts(room), "\n"), "restarted the pool") })
		f.clean()
	})
	t.Run("private", func(t *testing.T) {
		f := newFloor(t, slacktest.Options{})
		f.w.Command(f.ann.ID, "general", "/incident", "open")
		f.w.Submit(f.ann.ID, f.w.Views(f.ann.ID)[0], map[string]any{"title": "A leak", "impact": "large", "urgency": "high", "private": []string{"yes"}})
		f.w.Until("a room", func() bool { rows := f.rows(); return len(rows) == 1 && len(f.load(rows[0].Number).Rooms) == 1 })
		i := f.load(f.rows()[0].Number)
		f.w.Until("Ann in it", func() bool { return len(f.w.Members(i.Rooms[0].ID)) == 2 })
		f.settle()
		f.w.Leave(f.w.BotUser, i.Rooms[0].ID)
		f.w.Until("the record says so", func() bool { return len(f.facts(i.Number, "delivery_failed")) > 0 })
	})
}

// Killed between the commit and the answer, the next process gets the event again and writes nothing twice.
func TestAnEventThatWasRecordedBeforeAKillIsNotRecordedAgain(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	f.w.React(f.ann.ID, said, "pushpin")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.settle()
	all := f.w.Deliveries("reaction_added")
	f.stop()
	f.start()
	if got := f.w.Redeliver(all[len(all)-1], 1, "http_timeout"); got.Status != http.StatusOK {
		t.Errorf("again: %d %s", got.Status, got.Body)
	}
	if n := len(f.facts(i.Number, "noted")); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
	if rooms := f.load(i.Number).Rooms; len(rooms) != 1 || rooms[0].ID != room {
		t.Errorf("rooms: %v", rooms)
	}
}

// A busy channel uses up no budget: messages are read for the reactions that log them, and for no other.
func TestReactionsThatLogNothingAreNotLookedUp(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	for n := range 40 {
		f.w.React(f.ann.ID, said, "thumbsup"+strings.Repeat("x", n))
	}
	f.settle()
	if n := len(f.w.Calls("conversations.replies")); n != 0 {
		t.Errorf("%d messages were read", n)
	}
	f.w.React(f.ann.ID, said, "pushpin")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.clean()
}
