package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
)

func (h *house) channel(c console.Channel) {
	h.t.Helper()
	c.Created = h.now()
	ok[bool](h.t)(h.SaveChannel(ctx(h.t), c))
}

func (h *house) say(channel string, thread int64, text string) console.Message {
	h.t.Helper()
	return ok[console.Message](h.t)(h.AddMessage(ctx(h.t), console.Message{Channel: channel, Thread: thread, Author: "p1", Text: text, At: h.now()}))
}

func revsInOrder(t *testing.T, h *house) {
	h.channel(console.Channel{ID: "general"})
	const writers, each = 8, 10
	var readers, all sync.WaitGroup
	stop := make(chan struct{})
	var seen []int64
	readers.Go(func() {
		rev, last := int64(0), false
		for {
			got, err := h.Since(ctx(t), rev, 7)
			if err != nil {
				t.Error(err)
				return
			}
			for _, m := range got {
				rev = m.Rev
				seen = append(seen, m.ID)
			}
			if len(got) > 0 {
				continue
			}
			if last {
				return
			}
			select {
			case <-stop:
				last = true
			default:
			}
		}
	})
	for k := range writers {
		all.Go(func() {
			for n := range each {
				if _, err := h.AddMessage(ctx(t), console.Message{Channel: "general", Text: fmt.Sprint(k, n), At: h.now()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	readers.Wait()
	slices.Sort(seen)
	equal(t, "messages that a follower saw", len(slices.Compact(seen)), writers*each)
	rev := ok[int64](t)(h.Rev(ctx(t)))
	equal(t, "above the last rev", len(ok[[]console.Message](t)(h.Since(ctx(t), rev, 10))), 0)
}

func messageKeys(t *testing.T, h *house) {
	h.channel(console.Channel{ID: "general"})
	got := make([]console.Message, 6)
	crowd(6, func(k int) {
		m, err := h.AddMessage(ctx(t), console.Message{Channel: "general", Key: "card/1", Text: fmt.Sprint(k), At: h.now()})
		if err != nil {
			t.Error(err)
		}
		got[k] = m
	})
	for _, m := range got {
		equal(t, "id", m.ID, got[0].ID)
		equal(t, "text", m.Text, got[0].Text)
	}
	equal(t, "messages", len(ok[[]console.Message](t)(h.Messages(ctx(t), "general", 0, 0, 10))), 1)
	h.say("general", 0, "no key")
	h.say("general", 0, "no key")
	equal(t, "messages", len(ok[[]console.Message](t)(h.Messages(ctx(t), "general", 0, 0, 10))), 3)
}

func edits(t *testing.T, h *house) {
	h.channel(console.Channel{ID: "general"})
	root := h.say("general", 0, "root")
	first := h.say("general", root.ID, "first")
	h.say("general", root.ID, "second")
	h.say("general", 0, "other")
	equal(t, "replies", ok[console.Message](t)(h.Message(ctx(t), root.ID)).Replies, 2)
	rev := ok[int64](t)(h.Rev(ctx(t)))
	full := func(m *console.Message) error {
		m.Text, m.Edited = "ROOT", h.now()
		m.Card = &bot.Card{Title: "INC", Buttons: []bot.Button{{Label: "引き受ける", Command: "ack"}}}
		m.Reactions = []console.Reaction{{Emoji: "📌", People: []incident.PersonID{"p1", "p2"}}}
		m.Files = []incident.File{{Name: "a.png", Link: "/files/1"}}
		m.Channel, m.Author = "elsewhere", "p9"
		return nil
	}
	edited := ok[console.Message](t)(h.EditMessage(ctx(t), root.ID, full))
	if edited.Rev <= rev || edited.ID != root.ID || edited.Channel != "general" || edited.Author != "p1" {
		t.Errorf("edited: %+v", edited)
	}
	stored := ok[console.Message](t)(h.Message(ctx(t), root.ID))
	if len(stored.Repliers) != 1 || stored.Repliers[0] != "p1" || stored.Replied.IsZero() {
		t.Errorf("who replied, and when: %v at %s", stored.Repliers, stored.Replied)
	}
	stored.Repliers, stored.Replied = edited.Repliers, edited.Replied // found out by reading
	if d := cmp.Diff(edited, stored); d != "" {
		t.Errorf("what was answered is not what was stored:\n%s", d)
	}
	changed := ok[[]console.Message](t)(h.Since(ctx(t), rev, 10))
	if len(changed) != 1 || changed[0].ID != root.ID {
		t.Errorf("since: %+v", changed)
	}
	ok[console.Message](t)(h.EditMessage(ctx(t), first.ID, func(m *console.Message) error { m.Deleted, m.Text = h.now(), ""; return nil }))
	equal(t, "replies after a deletion", ok[console.Message](t)(h.Message(ctx(t), root.ID)).Replies, 1)
	refused := errors.New("not yours")
	if _, err := h.EditMessage(ctx(t), root.ID, func(*console.Message) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("refused edit: %v", err)
	}
	for _, err := range []error{
		second(h.EditMessage(ctx(t), 999, full)), second(h.Message(ctx(t), 999)), second(h.Channel(ctx(t), "nowhere")),
		second(h.AddMessage(ctx(t), console.Message{Channel: "nowhere"})), second(h.AddMessage(ctx(t), console.Message{Channel: "general", Thread: 999})),
		second(h.AddMember(ctx(t), "nowhere", "p1")),
	} {
		if !errors.Is(err, incident.ErrNotFound) {
			t.Errorf("something unknown: %v", err)
		}
	}
	for k := range 5 {
		h.say("general", 0, fmt.Sprint(k))
	}
	page := ok[[]console.Message](t)(h.Messages(ctx(t), "general", 0, 0, 2))
	equal(t, "the newest comes last", page[1].Text, "4")
	page = ok[[]console.Message](t)(h.Messages(ctx(t), "general", 0, page[0].ID, 2))
	equal(t, "the page before", page[1].Text, "2")
	equal(t, "the thread", len(ok[[]console.Message](t)(h.Messages(ctx(t), "general", root.ID, 0, 10))), 2)
}

func second[T any](_ T, err error) error { return err }

func channels(t *testing.T, h *house) {
	public := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x"})
	private := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x", Private: true}, &incident.Asked{Person: "p3", Why: "help"})
	h.channel(console.Channel{ID: "a-general"})
	h.channel(console.Channel{ID: "b-closed", Private: true})
	h.channel(console.Channel{ID: "c-public-incident", Number: public})
	h.channel(console.Channel{ID: "d-private-incident", Number: private, Private: true})
	h.channel(console.Channel{ID: "e-not-yet-closed", Number: private})
	h.channel(console.Channel{ID: "@p1,p2", Private: true, Direct: true})
	for _, c := range []string{"b-closed", "d-private-incident", "@p1,p2"} {
		equal(t, "added", ok[bool](t)(h.AddMember(ctx(t), c, "p2")), true)
		equal(t, "added again", ok[bool](t)(h.AddMember(ctx(t), c, "p2")), false)
	}
	chat := console.New(console.Options{Store: h.Storage, Now: h.now})
	for _, x := range []struct {
		v    incident.Viewer
		want []string
	}{
		{incident.Viewer{}, []string{"a-general", "c-public-incident"}},
		{incident.Viewer{Person: "p2"}, []string{"@p1,p2", "a-general", "b-closed", "c-public-incident"}}, // a member, but no insider
		{incident.Viewer{Person: "p1"}, []string{"a-general", "c-public-incident", "d-private-incident", "e-not-yet-closed"}},
		{incident.Viewer{Person: "p3"}, []string{"a-general", "c-public-incident", "d-private-incident", "e-not-yet-closed"}},
		{incident.Viewer{All: true}, []string{"a-general", "b-closed", "c-public-incident", "d-private-incident", "e-not-yet-closed"}},
	} {
		var got []string
		for _, c := range ok[[]console.Channel](t)(h.Channels(ctx(t), x.v)) {
			got = append(got, c.ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, x.want) {
			t.Errorf("%+v sees %v, want %v", x.v, got, x.want)
		}
		for _, id := range []string{"a-general", "b-closed", "c-public-incident", "d-private-incident", "e-not-yet-closed", "@p1,p2", "nowhere"} {
			_, err := chat.Open(ctx(t), x.v, id) // the rule in Go
			if err != nil && !errors.Is(err, incident.ErrNotFound) {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("%+v in %s by the rule in Go", x.v, id), err == nil, slices.Contains(x.want, id))
			equal(t, fmt.Sprintf("%+v may enter %s", x.v, id), ok[bool](t)(h.MayEnter(ctx(t), id, x.v)), slices.Contains(x.want, id))
		}
	}
	made := ok[bool](t)(h.SaveChannel(ctx(t), console.Channel{ID: "a-general", Topic: "topic"}))
	equal(t, "made", made, false)
	equal(t, "topic", ok[console.Channel](t)(h.Channel(ctx(t), "a-general")), console.Channel{ID: "a-general", Topic: "topic", Created: h.now()})
	equal(t, "removed", ok[bool](t)(h.RemoveMember(ctx(t), "b-closed", "p2")), true)
	equal(t, "removed again", ok[bool](t)(h.RemoveMember(ctx(t), "b-closed", "p2")), false)
	equal(t, "members", len(ok[[]incident.PersonID](t)(h.Members(ctx(t), "b-closed"))), 0)
}

// Matoi's own messages come many at once: each as if it had come alone, and the revs in their order.
func putsTogether(t *testing.T, h *house) {
	h.channel(console.Channel{ID: "general"})
	h.channel(console.Channel{ID: "desk"})
	head, other := h.say("desk", 0, "head"), h.say("general", 0, "other")
	was := ok[int64](t)(h.Rev(ctx(t)))
	text := func(to string) func(*console.Message) error {
		return func(m *console.Message) error { m.Text = to; return nil }
	}
	refused := errors.New("refused")
	put := []console.Put{
		{Message: console.Message{Channel: "general", Key: "a", Text: "hello <@p2>", Pings: []incident.PersonID{"p2"}, At: h.now()}},
		{Message: console.Message{Channel: "desk", Thread: head.ID, Key: "b", Text: "reply", At: h.now()}},
		{Message: console.Message{ID: other.ID}, Change: text("changed")},
		{Message: console.Message{Channel: "nowhere", Key: "c", At: h.now()}},
		{Message: console.Message{Channel: "general", Thread: head.ID, Key: "d", At: h.now()}},
		{Message: console.Message{ID: 99999}, Change: text("x")},
		{Message: console.Message{ID: head.ID}, Change: func(*console.Message) error { return refused }},
		{Message: console.Message{Channel: "desk", Thread: head.ID, Key: "e", Text: "another", At: h.now()}},
		{Message: console.Message{Channel: "general", Text: "without a key", At: h.now()}},
		{Message: console.Message{Channel: "general", Text: "without a key", At: h.now()}},
	}
	for range 70 { // more than one transaction takes
		put = append(put, console.Put{Message: console.Message{Channel: "general", Key: fmt.Sprint("k", len(put)), Text: "many", At: h.now()}})
	}
	done := ok[[]console.Done](t)(h.PutMessages(ctx(t), put))
	for k, want := range []error{nil, nil, nil, incident.ErrNotFound, incident.ErrNotFound, incident.ErrNotFound, refused, nil, nil, nil} {
		if !errors.Is(done[k].Err, want) || want == nil && done[k].Err != nil {
			t.Errorf("number %d: %v, want %v", k, done[k].Err, want)
		}
	}
	if done[8].Message.ID == done[9].Message.ID {
		t.Error("two messages without a key are one")
	}
	if m := ok[console.Message](t)(h.Message(ctx(t), head.ID)); m.Replies != 2 || m.Text != "head" || m.Rev <= head.Rev {
		t.Errorf("the thread's head is %+v, want 2 replies and a new rev", m)
	}
	if m := ok[console.Message](t)(h.Message(ctx(t), other.ID)); m.Text != "changed" {
		t.Errorf("the changed one says %q", m.Text)
	}
	seen := map[int64]bool{}
	for _, m := range ok[[]console.Message](t)(h.Since(ctx(t), was, 1000)) {
		if seen[m.Rev] {
			t.Errorf("rev %d is used twice", m.Rev)
		}
		seen[m.Rev] = true
	}
	if len(seen) != 76+1 { // what was added but for three, and the head; the changed one
		t.Errorf("%d messages have a new rev", len(seen))
	}
	again := ok[[]console.Done](t)(h.PutMessages(ctx(t), put[:2]))
	if again[0].Message.ID != done[0].Message.ID || again[1].Message.ID != done[1].Message.ID {
		t.Errorf("the same keys again made %d and %d of %d and %d", again[0].Message.ID, again[1].Message.ID, done[0].Message.ID, done[1].Message.ID)
	}
	if m := ok[console.Message](t)(h.Message(ctx(t), head.ID)); m.Replies != 2 {
		t.Errorf("after the same keys again the head has %d replies", m.Replies)
	}
	if found := ok[[]console.Message](t)(h.Search(ctx(t), console.Query{Viewer: incident.Viewer{All: true}, Mentioned: "p2", Limit: 5})); len(found) != 1 || found[0].ID != done[0].Message.ID {
		t.Errorf("p2 is mentioned in %+v", found)
	}
}
