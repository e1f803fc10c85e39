package console_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

// real is a chat over a real database with Ann, Ann Lee, 佐藤 and Twin (p1 to p4).
func real(t *testing.T) *chat {
	t.Helper()
	store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: time.UTC, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	for _, name := range []string{"Ann", "Ann Lee", "佐藤", "Twin"} {
		if _, err := store.Meet(t.Context(), incident.Identity{Realm: console.Realm, ID: name}, name, ""); err != nil {
			t.Fatal(err)
		}
	}
	e := &ear{}
	c := &chat{t: t, bot: e, Console: console.New(console.Options{Store: store, Handler: e, Now: time.Now})}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func found(list []console.Message) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return strings.Join(out, "|")
}

func TestDirectChannelsAreTheSameForTheSamePeopleAndNobodyElses(t *testing.T) {
	c := real(t)
	ch, err := c.Direct(t.Context(), c.by("p2"), "p1")
	if err != nil {
		t.Fatalf("direct: %v", err)
	}
	again, err := c.Direct(t.Context(), c.by("p1"), "p2", "p1", "p2")
	if err != nil || again != ch || ch.ID != "@p1,p2" || !slices.Equal(ch.People(), []incident.PersonID{"p1", "p2"}) {
		t.Errorf("made %+v, then %+v %v", ch, again, err)
	}
	u := c.upload("p2", ch.ID, "a.txt", "between us")
	if _, err := c.Say(t.Context(), c.by("p2"), ch.ID, 0, "ひみつ", file(u)); err != nil {
		t.Fatalf("say: %v", err)
	}
	if kinds := c.bot.kinds(); len(kinds) > 0 {
		t.Errorf("the bot heard %q of a direct message", kinds)
	}
	unread, err := c.Unread(t.Context(), incident.Viewer{Person: "p1"})
	if err != nil || len(unread) != 1 || unread[0].Channel != ch.ID || unread[0].Count != 1 {
		t.Errorf("unread of the other: %+v %v", unread, err)
	}
	for _, v := range []incident.Viewer{{Person: "p3"}, {All: true}, {Person: "p3", All: true}} {
		_, err := c.Open(t.Context(), v, ch.ID)
		missing(t, "open", err)
		_, _, err = c.File(t.Context(), v, u.ID)
		missing(t, "file", err)
		list, _, err := c.Search(t.Context(), v, "ひみつ", "", 0, 10)
		if err != nil || len(list) > 0 {
			t.Errorf("%+v finds %q %v", v, found(list), err)
		}
	}
	for p, want := range map[incident.PersonID]bool{"p1": true, "p2": true, "p3": false} {
		list, err := c.List(t.Context(), incident.Viewer{Person: p})
		if err != nil || slices.Contains(list, ch) != want {
			t.Errorf("%s lists %+v %v", p, list, err)
		}
	}
	for name, with := range map[string][]incident.PersonID{"oneself": {"p1"}, "nobody": nil, "somebody unknown": {"p99"}} {
		if _, err := c.Direct(t.Context(), c.by("p1"), with...); err == nil {
			t.Errorf("a direct channel with %s", name)
		}
	}
	var crowd []incident.PersonID
	for n := range 9 {
		crowd = append(crowd, incident.PersonID(fmt.Sprint("p", n+10)))
	}
	_, err = c.Direct(t.Context(), c.by("p1"), crowd...)
	refused(t, err, "direct_too_many")
}

func TestSearchIsNarrowedByWordsInTheText(t *testing.T) {
	c := real(t)
	c.say("p1", "general", "restart of db01")
	c.say("p2", "general", "restart of db02")
	c.say("p3", "incidents", "restart は終わった")
	for text, want := range map[string]string{
		"restart":                           "restart は終わった|restart of db02|restart of db01",
		"restart from:@Ann":                 "restart of db01",
		"from:@Ann Lee restart":             "restart of db02",
		"from:@ann lee":                     "restart of db02",
		"ＦＲＯＭ：＠佐藤　restart":                  "restart は終わった",
		"from:<@p2> restart":                "restart of db02",
		"from:me restart":                   "restart of db01",
		"from:自分":                           "restart of db01",
		"in:#incidents restart":             "restart は終わった",
		"restart in:INCIDENTS":              "restart は終わった",
		"in:#incidents from:@Ann restart":   "",
		"in:nowhere restart":                "",
		"from:@nobody restart":              "",
		"from: restart":                     "",
		"restart 終わった":                      "restart は終わった",
		"":                                  "",
		"   ":                               "",
		"?!":                                "",
		"begin: restart":                    "",
		"restart\nfrom:@Ann":                "restart of db01",
		"from:@Annex restart":               "",
		"in:general from:@Ann Lee restart ": "restart of db02",
	} {
		list, more, err := c.Search(t.Context(), incident.Viewer{Person: "p1"}, text, "", 0, 10)
		if err != nil || more || found(list) != want {
			t.Errorf("%q: found %q (more %v) %v, want %q", text, found(list), more, err, want)
		}
	}
	list, more, err := c.Search(t.Context(), incident.Viewer{Person: "p1"}, "restart", "general", 0, 1)
	if err != nil || !more || found(list) != "restart of db02" {
		t.Errorf("one of a channel: %q %v %v", found(list), more, err)
	}
	list, more, err = c.Search(t.Context(), incident.Viewer{Person: "p1"}, "restart", "general", list[0].ID, 1)
	if err != nil || more || found(list) != "restart of db01" {
		t.Errorf("the one before: %q %v %v", found(list), more, err)
	}
}

func TestAroundAndNewerLeadToAMessageAndOnwards(t *testing.T) {
	c := real(t)
	v := incident.Viewer{Person: "p1"}
	var all []console.Message
	for n := range 9 {
		all = append(all, c.say("p1", "general", strconv.Itoa(n)))
	}
	reply, err := c.Say(t.Context(), c.by("p2"), "general", all[4].ID, "in the thread")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		id           int64
		limit        int
		want         string
		older, newer bool
	}{
		{all[4].ID, 5, "2|3|4|5|6", true, true},
		{all[0].ID, 5, "0|1|2", false, true},
		{all[8].ID, 5, "6|7|8", true, false},
		{reply.Message.ID, 5, "2|3|4|5|6", true, true},
		{all[4].ID, 100, "0|1|2|3|4|5|6|7|8", false, false},
		{all[4].ID, 1, "3|4|5", true, true},
	} {
		list, older, newer, err := c.Around(t.Context(), v, "general", x.id, x.limit)
		if err != nil || found(list) != x.want || older != x.older || newer != x.newer {
			t.Errorf("around %d: %q %v %v %v, want %+v", x.id, found(list), older, newer, err, x)
		}
	}
	_, _, _, err = c.Around(t.Context(), v, "incidents", all[0].ID, 5)
	missing(t, "around a message of another channel", err)
	list, more, err := c.Newer(t.Context(), v, "general", 0, all[5].ID, 2)
	if err != nil || !more || found(list) != "6|7" {
		t.Errorf("newer: %q %v %v", found(list), more, err)
	}
	list, more, err = c.Newer(t.Context(), v, "general", all[4].ID, 0, 2)
	if err != nil || more || found(list) != "in the thread" {
		t.Errorf("newer in the thread: %q %v %v", found(list), more, err)
	}
}

func TestReadingIsKeptPerPersonAndOnlyWhereTheyMayRead(t *testing.T) {
	c := real(t)
	ann, bob := incident.Viewer{Person: "p1"}, incident.Viewer{Person: "p2"}
	c.say("p1", "general", "before")
	first := c.say("p1", "general", "hello <@p2>")
	c.say("p1", "incidents", "announced")
	if err := c.Read(t.Context(), bob, "general", first.ID-1); err != nil {
		t.Fatal(err)
	}
	show := func(v incident.Viewer) string {
		list, err := c.Unread(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(list)
	}
	if got, want := show(bob), fmt.Sprintf("[{general 1 1 %d}]", first.ID); got != want {
		t.Errorf("unread: %s, want %s", got, want)
	}
	if got := show(ann); got != "[]" {
		t.Errorf("unread of who said it: %s", got)
	}
	mentioned, err := c.Mentions(t.Context(), bob, 0, 10)
	if err != nil || found(mentioned) != "hello <@p2>" {
		t.Errorf("mentions: %q %v", found(mentioned), err)
	}
	later := c.say("p1", "incidents", "news")
	if got, want := show(bob), fmt.Sprintf("[{general 1 1 %d} {incidents 1 0 %d}]", first.ID, later.ID); got != want {
		t.Errorf("what came after one began to read: %s, want %s", got, want)
	}
	for _, channel := range []string{"general", "incidents"} {
		if err := c.Read(t.Context(), bob, channel, later.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := show(bob); got != "[]" {
		t.Errorf("all read: %s", got)
	}
	if at, err := c.Mark(t.Context(), bob, "incidents"); err != nil || at != later.ID {
		t.Errorf("the mark is at %d %v, want %d", at, err, later.ID)
	}
	direct, err := c.Direct(t.Context(), c.by("p1"), "p3")
	if err != nil {
		t.Fatal(err)
	}
	missing(t, "read what is hidden", c.Read(t.Context(), bob, direct.ID, 1))
	if err := c.Read(t.Context(), incident.Viewer{All: true}, "general", 1); err != nil {
		t.Errorf("read by nobody: %v", err)
	}
}

func TestAFileOfAMessageGoesIntoTheRecordWithIt(t *testing.T) {
	c := real(t)
	u := c.upload("p1", "general", "graph.txt", "load 9")
	out, err := c.Say(t.Context(), c.by("p1"), "general", 0, "look", file(u))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Menu(t.Context(), c.by("p2"), out.Message.ID, "log"); err != nil {
		t.Fatal(err)
	}
	last := c.bot.heard[len(c.bot.heard)-1]
	if last.Kind != bot.FromMenu || len(last.Message.Files) != 1 || last.Message.Files[0].Link != console.FileLink(u) || last.Message.Files[0].Name != "graph.txt" {
		t.Errorf("the bot heard %+v with %+v", last, last.Message)
	}
}
