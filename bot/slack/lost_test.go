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
	"matoi/lang"
)

// another waits for the room that takes the place of one, and gives it.
func (f *floor) another(n incident.Number, not string) (room incident.Room) {
	f.Helper()
	f.w.Until("another room", func() bool {
		var ok bool
		room, ok = f.load(n).Room(slack.Realm)
		return ok && room.ID != not
	})
	return room
}

// told is all that the app wrote into a channel, as people see it.
func (f *floor) told(room string) string {
	var out []string
	for _, m := range f.w.Posts(room) {
		out = append(out, m.Shown()+m.Text)
	}
	return strings.Join(out, "\n")
}

// card is the incident's card in a channel, "" where there is none.
func (f *floor) card(room string) string {
	for _, m := range f.w.Posts(room) {
		if strings.Contains(m.Shown(), "[Log]") {
			return m.Shown()
		}
	}
	return ""
}

// A channel that people archive or delete while its incident is open is no reason to go silent: there is another one with all
// that a room has, and what was to be said stands there.
func TestAnIncidentWhoseChannelIsLostGoesOnInAnother(t *testing.T) {
	for name, lose := range map[string]func(f *floor, room string){
		"archived": func(f *floor, room string) { f.w.Archive(f.ann.ID, room) },
		"deleted":  func(f *floor, room string) { f.w.Remove(room) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, slacktest.Options{})
			i, old := f.open("Checkout times out")
			f.w.Command(f.ann.ID, old, "/incident", "log the pool is empty")
			f.w.Until("the note", func() bool { return strings.Contains(f.told(old), "the pool is empty") })
			lose(f, old)
			room := f.another(i.Number, old)
			f.w.Command(f.ann.ID, "general", "/incident", "log restarted the pool --in "+i.Number.String())
			for what, ok := range map[string]func() bool{
				"the card":           func() bool { return f.card(room.ID) != "" },
				"Ann in it":          func() bool { return slices.Contains(f.w.Members(room.ID), f.ann.ID) },
				"a topic":            func() bool { return strings.Contains(f.w.Topic(room.ID), i.Number.String()) },
				"what was so far":    func() bool { return strings.Contains(f.told(room.ID), "the pool is empty") },
				"what was said then": func() bool { return strings.Contains(f.told(room.ID), "restarted the pool") },
				"why it is there":    func() bool { return strings.Contains(f.told(room.ID), "The room in Slack was "+name) },
			} {
				f.w.Until(what, ok)
			}
			f.settle()
			var opened []string
			for _, e := range f.facts(i.Number, "room_opened") {
				opened = append(opened, e.Fact.(*incident.RoomOpened).Room.ID)
			}
			if !slices.Equal(opened, []string{old, room.ID}) {
				t.Errorf("rooms in the record: %q, want %q", opened, []string{old, room.ID})
			}
			failed := f.facts(i.Number, "delivery_failed")
			if len(failed) != 1 {
				t.Errorf("the record says %d times that it was lost", len(failed))
			}
			for _, e := range failed {
				say := bot.Say(e, f.load(i.Number), nil, lang.JA, time.UTC)
				if strings.Contains(say, "_") || !strings.Contains(say, "Slackのルーム") {
					t.Errorf("people read %q", say)
				}
			}
			if card := f.card(room.ID); strings.Contains(card, "Not delivered") {
				t.Errorf("the card complains of a room that was replaced:\n%s", card)
			}
		})
	}
}

func TestAChannelThatIsLostAgainAndAgainIsNotOpenedForEver(t *testing.T) {
	f := newFloor(t, slacktest.Options{Unlimited: true})
	i, room := f.open("Checkout times out")
	for range 3 {
		f.w.Archive(f.ann.ID, room)
		room = f.another(i.Number, room).ID
	}
	f.w.Archive(f.ann.ID, room)
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "delivery_failed")) == 4 })
	f.settle()
	f.w.Command(f.ann.ID, "general", "/incident", "log restarted the pool --in "+i.Number.String())
	f.settle()
	if now, _ := f.load(i.Number).Room(slack.Realm); now.ID != room {
		t.Errorf("a fifth room: %+v", now)
	}
	if got := f.w.Command(f.ann.ID, "general", "/incident", "status "+i.Number.String()); got.Message == nil || !strings.Contains(got.Message.Shown(), "unarchive it there") {
		t.Errorf("nobody is told the cure: %+v", got.Message)
	}
}

func TestAChannelOfWhatIsOverStaysArchived(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	for _, text := range []string{"role im", "restored", "resolve fixed", "close"} {
		f.w.Command(f.ann.ID, room, "/incident", text+" --in "+i.Number.String())
		for len(f.w.Views(f.ann.ID)) > 0 {
			f.w.Dismiss(f.ann.ID, true)
		}
	}
	if _, err := f.bot.Desk.Do(t.Context(), i.Number, incident.Cancel{Reason: "a drill"}, incident.By{Person: f.person(f.ann)}, incident.Cause{ID: "over"}); err != nil && !f.load(i.Number).Over() {
		t.Fatal(err)
	}
	f.settle()
	f.w.Archive(f.ann.ID, room)
	f.w.Command(f.ann.ID, "general", "/incident", "log we learned something --in "+i.Number.String())
	f.settle()
	f.w.Until("nothing more than the note", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	if now, _ := f.load(i.Number).Room(slack.Realm); now.ID != room {
		t.Errorf("another room for what is over: %+v", now)
	}
}

func TestOutOfAPrivateChannelTheBotStaysWhereItWasTakenOut(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Command(f.ann.ID, "general", "/incident", "open")
	f.w.Submit(f.ann.ID, f.w.Views(f.ann.ID)[0], map[string]any{"title": "A leak", "impact": "large", "urgency": "high", "private": []string{"yes"}})
	f.w.Until("a room", func() bool { rows := f.rows(); return len(rows) == 1 && len(f.load(rows[0].Number).Rooms) == 1 })
	i := f.load(f.rows()[0].Number)
	f.settle()
	f.w.Leave(f.w.BotUser, i.Rooms[0].ID)
	f.w.Until("the record says so", func() bool { return len(f.facts(i.Number, "delivery_failed")) > 0 })
	f.w.Command(f.ann.ID, "general", "/incident", "log nothing of it --in "+i.Number.String())
	f.settle()
	if now, _ := f.load(i.Number).Room(slack.Realm); now != i.Rooms[0] {
		t.Errorf("another room: %+v", now)
	}
	if got := f.w.Command(f.ann.ID, "general", "/incident", "status "+i.Number.String()); got.Message == nil || !strings.Contains(got.Message.Shown(), "Invite it there again") {
		t.Errorf("nobody is told the cure: %+v", got.Message)
	}
}
