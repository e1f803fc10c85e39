package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
)

func (h *house) search(v incident.Viewer, text string, limit int) []message {
	h.t.Helper()
	return ok[[]message](h.t)(h.Search(ctx(h.t), query{Viewer: v, Text: text, Limit: limit}))
}

func said(list []message) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return strings.Join(out, "|")
}

func searches(t *testing.T, h *house) {
	h.channel(general)
	h.channel(console.Channel{ID: "desk"})
	root := h.say("general", 0, "決済APIがタイムアウトする")
	h.say("general", root.ID, "ＤＢ０１ の接続数が上限")
	h.say("general", 0, "Restart of db01 <@p17>")
	h.say("desk", 0, "決済は復旧した")
	ok[message](t)(h.AddMessage(ctx(t), message{Channel: "general", Only: "p1", Text: "決済 for p1 alone", At: h.now()}))
	card := ok[message](t)(h.AddMessage(ctx(t), message{Channel: "desk", Card: &bot.Card{Title: "INC-20261121-001 Printer"}, At: h.now()}))
	ok[message](t)(h.AddMessage(ctx(t), message{Channel: "desk", Author: "p2", Text: "restart the printer", At: h.now()}))
	v := incident.Viewer{Person: "p1"}
	for _, x := range []struct {
		name string
		q    query
		want string
	}{
		{"newest first", query{Text: "決済"}, "決済は復旧した|決済APIがタイムアウトする"},
		{"all words", query{Text: "決済 api"}, "決済APIがタイムアウトする"},
		{"in any width and case", query{Text: "DB01"}, "Restart of db01 <@p17>|ＤＢ０１ の接続数が上限"},
		{"words that never meet", query{Text: "決済 restart"}, ""},
		{"unknown", query{Text: "mainframe"}, ""},
		{"no words", query{Text: "!?"}, ""},
		{"a mention is no word", query{Text: "p17"}, ""},
		{"in a channel", query{Text: "決済", Channel: "desk"}, "決済は復旧した"},
		{"of an author", query{Text: "restart", Author: "p2"}, "restart the printer"},
		{"all of an author", query{Author: "p2"}, "restart the printer"},
		{"before", query{Text: "決済", Before: root.ID + 1}, "決済APIがタイムアウトする"},
		{"limit", query{Text: "決済", Limit: 1}, "決済は復旧した"},
		{"the beginning of the last word", query{Text: "printer res"}, "restart the printer"},
		{"in any width and case", query{Text: "ＲＥＳＴ"}, "restart the printer|Restart of db01 <@p17>"},
		{"not of a word before it", query{Text: "res printer"}, ""},
		{"half-width kana", query{Text: "ﾀｲﾑｱｳ"}, "決済APIがタイムアウトする"},
		{"a character that begins a word", query{Text: "決"}, "決済は復旧した|決済APIがタイムアウトする"},
		{"within one", query{Text: "旧"}, "決済は復旧した"},
		{"at the end of a text", query{Text: "た"}, "決済は復旧した"},
		{"at the end of words before letters", query{Text: "済 ap"}, "決済APIがタイムアウトする"},
		{"the beginning of an author's word", query{Text: "re", Author: "p2"}, "restart the printer"},
		{"the beginning of a card's number", query{Text: "INC-2026112 printer"}, ""},
		{"a card by its title", query{Text: "20261121 printer"}, ""},
	} {
		x.q.Viewer = v
		if x.q.Limit == 0 {
			x.q.Limit = 10
		}
		got := ok[[]message](t)(h.Search(ctx(t), x.q))
		if said(got) != x.want {
			t.Errorf("%s: got %q, want %q", x.name, said(got), x.want)
		}
		if x.name == "a card by its title" && (len(got) != 1 || got[0].ID != card.ID) {
			t.Errorf("the card is not found: %+v", got)
		}
	}
	ok[message](t)(h.EditMessage(ctx(t), root.ID, func(m *message) error { m.Text = "認証が遅い"; return nil }))
	equal(t, "by what was edited away", said(h.search(v, "タイムアウト", 10)), "")
	equal(t, "by what it says now", said(h.search(v, "認証", 10)), "認証が遅い")
	h.delete(root)
	equal(t, "deleted", said(h.search(v, "認証", 10)), "")
}

func searchesVisible(t *testing.T, h *house) {
	n := h.recorded(0, incident.Change{}, &incident.Opened{Title: "x"})
	for _, c := range []console.Channel{general, {ID: "closed", Private: true}, {ID: "room", Number: n}, {ID: "@p1,p2", Private: true, Direct: true}} {
		h.channel(c)
		h.say(c.ID, 0, "secret in "+c.ID)
	}
	for _, c := range []string{"closed", "@p1,p2"} {
		ok[bool](t)(h.AddMember(ctx(t), c, "p2"))
	}
	see := func(v incident.Viewer, want ...string) {
		t.Helper()
		var got []string
		for _, m := range h.search(v, "secret", 10) {
			got = append(got, m.Channel)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%+v finds %v, want %v", v, got, want)
		}
	}
	see(incident.Viewer{}, "general", "room")
	see(incident.Viewer{Person: "p2"}, "@p1,p2", "closed", "general", "room")
	see(incident.Viewer{All: true}, "closed", "general", "room")
	h.recorded(n, incident.Change{}, &incident.AccessSet{Private: true, Members: []incident.PersonID{"p3"}})
	see(incident.Viewer{Person: "p2"}, "@p1,p2", "closed", "general")
	see(incident.Viewer{Person: "p3"}, "general", "room")
}

func marks(t *testing.T, h *house) {
	h.channel(general)
	h.channel(console.Channel{ID: "incidents"})
	first := h.say("general", 0, "one")
	h.say("incidents", 0, "old")
	last := h.say("general", 0, "two")
	signal, cancel := h.Watch("console")
	defer cancel()
	mark := func(channel string) int64 { return ok[int64](t)(h.Mark(ctx(t), "p1", channel)) }
	equal(t, "at first", mark("general"), 0)
	must(t, h.MoveMark(ctx(t), "p1", "general", first.ID, "general", "incidents"))
	equal(t, "moved", mark("general"), first.ID)
	if mark("incidents") == 0 {
		t.Error("the other channel got no mark")
	}
	select {
	case <-signal:
	default:
		t.Error("nobody was woken")
	}
	rev := ok[int64](t)(h.MarkRev(ctx(t)))
	must(t, h.MoveMark(ctx(t), "p1", "general", first.ID-1))
	equal(t, "never back", mark("general"), first.ID)
	equal(t, "and nobody hears of it", ok[int64](t)(h.MarkRev(ctx(t))), rev)
	must(t, h.MoveMark(ctx(t), "p1", "general", 1<<50))
	equal(t, "not behind what there is", mark("general"), last.ID)
	moved := ok[[]console.Mark](t)(h.MarksSince(ctx(t), rev, 10))
	if len(moved) != 1 || moved[0].Person != "p1" || moved[0].Channel != "general" || moved[0].Message != last.ID || moved[0].Rev <= rev {
		t.Errorf("marks since: %+v", moved)
	}
	must(t, h.StartMarks(ctx(t), "p3", "general", "nowhere"))
	equal(t, "a mark that began", ok[int64](t)(h.Mark(ctx(t), "p3", "general")), last.ID)
	must(t, h.SetMark(ctx(t), "p1", "general", first.ID))
	must(t, h.StartMarks(ctx(t), "p1", "general"))
	equal(t, "set back", mark("general"), first.ID)
	if again := ok[[]console.Mark](t)(h.MarksSince(ctx(t), moved[0].Rev, 10)); len(again) != 1 || again[0].Message != first.ID {
		t.Errorf("of a mark set back others hear: %+v", again)
	}
	crowd(8, func(k int) {
		if err := h.MoveMark(ctx(t), "p2", "general", int64(k)+1); err != nil {
			t.Error(err)
		}
	})
	equal(t, "of several at once the furthest", ok[int64](t)(h.Mark(ctx(t), "p2", "general")), min(8, last.ID))
}

func unreads(t *testing.T, h *house) {
	for _, c := range []console.Channel{general, {ID: "incidents"}, {ID: "desk"}, {ID: "elsewhere"}, {ID: "closed", Private: true}} {
		h.channel(c)
	}
	by := func(author incident.PersonID, channel string, thread int64, text string) message {
		t.Helper()
		return ok[message](t)(h.AddMessage(ctx(t), message{Channel: channel, Thread: thread, Author: author, Text: text, At: h.now()}))
	}
	old := by("p2", "desk", 0, "before p1 came")
	for _, c := range []string{"desk", "closed"} {
		ok[bool](t)(h.AddMember(ctx(t), c, "p1"))
	}
	v := incident.Viewer{Person: "p1"}
	show := func() (out []string) {
		t.Helper()
		for _, u := range ok[[]unread](t)(h.Unread(ctx(t), v, "general", "incidents")) {
			out = append(out, fmt.Sprintf("%s %d %d from %d", u.Channel, u.Count, u.Mentions, u.First))
		}
		return out
	}
	want := func(when string, lines ...string) {
		t.Helper()
		if got := show(); !slices.Equal(got, lines) {
			t.Errorf("%s: got %q, want %q", when, got, lines)
		}
	}
	want("what was said before one came")
	by("p2", "general", 0, "nobody has read general yet")
	by("p2", "elsewhere", 0, "where p1 is no member")
	want("without a mark in the open ones")
	a := by("p2", "desk", 0, "news for <@p1>")
	by("p1", "desk", 0, "my own <@p1>")
	by("p2", "desk", a.ID, "in the thread")
	ok[message](t)(h.AddMessage(ctx(t), message{Channel: "desk", Only: "p3", Text: "for p3 alone", At: h.now()}))
	gone := by("p2", "desk", 0, "gone <@p1>")
	h.delete(gone)
	b := by("", "desk", 0, "Matoi says")
	want("of others, for all, at the top", fmt.Sprintf("desk 2 1 from %d", a.ID))
	by("p2", "desk", old.ID, "<@p1> in an old thread")
	must(t, h.MoveMark(ctx(t), "p1", "desk", b.ID, "general", "incidents"))
	want("only a mention in a thread is left", "desk 0 1 from 0")
	first := by("p2", "general", 0, "now general has a mark")
	secret := by("p2", "closed", 0, "closed")
	want("in both", fmt.Sprintf("closed 1 0 from %d", secret.ID), "desk 0 1 from 0", fmt.Sprintf("general 1 0 from %d", first.ID))
	for range console.MostUnread {
		by("p2", "general", 0, "<@p1>")
	}
	want("counting stops", fmt.Sprintf("closed 1 0 from %d", secret.ID), "desk 0 1 from 0", fmt.Sprintf("general %d %d from %d", console.MostUnread, console.MostUnread, first.ID))
	ok[bool](t)(h.RemoveMember(ctx(t), "closed", "p1"))
	want("nothing of what one may not see", "desk 0 1 from 0", fmt.Sprintf("general %d %d from %d", console.MostUnread, console.MostUnread, first.ID))
}

func mentions(t *testing.T, h *house) {
	h.channel(general)
	h.channel(console.Channel{ID: "closed", Private: true})
	v := incident.Viewer{Person: "p2"}
	list := func() string {
		t.Helper()
		return said(ok[[]message](t)(h.Search(ctx(t), query{Viewer: v, Mentioned: "p2", Limit: 10})))
	}
	a := h.say("general", 0, "<@p2> look, <@p2> and <@p3>")
	h.say("closed", 0, "<@p2> is no member")
	ok[message](t)(h.AddMessage(ctx(t), message{Channel: "general", Author: "p2", Text: "I, <@p2>", At: h.now()}))
	b := ok[message](t)(h.AddMessage(ctx(t), message{Channel: "general", Text: "<@p3> took over from <@p2>", At: h.now()}))
	equal(t, "silent ones of Matoi's", list(), a.Text)
	pinged := ok[message](t)(h.AddMessage(ctx(t), message{Channel: "general", Text: "<@p2> is called", Pings: []incident.PersonID{"p2"}, At: h.now()}))
	equal(t, "meant ones", list(), pinged.Text+"|"+a.Text)
	ok[message](t)(h.EditMessage(ctx(t), pinged.ID, func(m *message) error { m.Text = "was called"; return nil }))
	equal(t, "stays when Matoi edits", list(), "was called|"+a.Text)
	ok[message](t)(h.EditMessage(ctx(t), a.ID, func(m *message) error { m.Text = "look, <@p3>"; return nil }))
	equal(t, "edited away", list(), "was called")
	ok[message](t)(h.EditMessage(ctx(t), a.ID, func(m *message) error { m.Text = "<@p2> again"; return nil }))
	equal(t, "edited in", list(), "was called|<@p2> again")
	h.delete(pinged)
	h.delete(b)
	equal(t, "deleted", list(), "<@p2> again")
	equal(t, "with words", said(ok[[]message](t)(h.Search(ctx(t), query{Viewer: v, Mentioned: "p2", Text: "again", Limit: 10}))), "<@p2> again")
	equal(t, "with other words", said(ok[[]message](t)(h.Search(ctx(t), query{Viewer: v, Mentioned: "p2", Text: "look", Limit: 10}))), "")
}

func preferences(t *testing.T, h *house) {
	is := func(p incident.PersonID, want string) {
		t.Helper()
		equal(t, "theme of "+string(p), ok[string](t)(h.Preference(ctx(t), p, "theme")), want)
	}
	is("p1", "")
	must(t, h.SetPreference(ctx(t), "p1", "theme", "dark"))
	must(t, h.SetPreference(ctx(t), "p2", "theme", "light"))
	must(t, h.SetPreference(ctx(t), "p1", "theme", "暗い"))
	is("p1", "暗い")
	is("p2", "light")
	must(t, h.SetPreference(ctx(t), "p1", "theme", ""))
	is("p1", "")
	person := ok[incident.Person](t)(h.Meet(ctx(t), incident.Identity{Realm: "console", ID: "taro"}, "Taro", ""))
	must(t, h.SetPreference(ctx(t), person.ID, "theme", "dark"))
	must(t, h.Erase(ctx(t), person.ID, incident.By{}, "asked for"))
	is(person.ID, "")
}
