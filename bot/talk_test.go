package bot_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// talk is a conversation with a bot over a real database, at a clock that stands until it is moved.
type talk struct {
	t      *testing.T
	bot    *bot.Bot
	store  *storage.Storage
	now    time.Time
	zone   *time.Location
	policy incident.Policy
	causes int
	forms  bool // forms can be shown
	room   incident.Place
	lang   lang.Lang
}

func newTalk(t *testing.T) *talk {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c := &talk{t: t, now: time.Date(2026, 11, 21, 5, 40, 0, 0, time.UTC), zone: zone, policy: incident.DefaultPolicy(zone), lang: lang.JA}
	clock := func() time.Time { return c.now }
	c.store, err = storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: zone, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	})
	policy := func() incident.Policy { return c.policy }
	c.bot = bot.New(bot.Options{
		Desk: &incident.Desk{Store: c.store, Policy: policy, Now: clock}, Store: c.store, People: c.store, Choices: c.store,
		DigestAt: func() string { return "09:00" },
		Policy:   policy, Now: clock, Local: true, BaseURL: "http://127.0.0.1:8080",
	})
	return c
}

func (c *talk) person(name string) incident.PersonID {
	c.t.Helper()
	p, err := c.store.Meet(c.t.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return p.ID
}

// ask sends any request; a cause of its own is given where it has none.
func (c *talk) ask(r bot.Request) bot.Reply {
	c.t.Helper()
	if r.Cause == "" {
		c.causes++
		r.Cause = "c" + strconv.Itoa(c.causes)
	}
	if r.Place == (incident.Place{}) {
		r.Place = c.room
	}
	r.Place.Realm, r.NoForms, r.Lang = "console", !c.forms, c.lang
	reply, err := c.bot.Handle(c.t.Context(), r)
	if err != nil {
		c.t.Fatalf("%s %q: %v", r.Kind, r.Text, err)
	}
	if strings.Contains(reply.Text, "⟦") || strings.Contains(reply.Text, "<no value>") {
		c.t.Errorf("%s %q: a text is missing: %s", r.Kind, r.Text, reply.Text)
	}
	return reply
}

// says types a command and expects it to be done, with each of the wants in the answer.
func (c *talk) says(name, text string, wants ...string) bot.Reply {
	c.t.Helper()
	reply := c.ask(bot.Request{Kind: bot.Typed, By: c.person(name), Text: text})
	if reply.Refused != nil {
		c.t.Errorf("%s: %q is refused: %v", name, text, reply.Refused)
	}
	for _, w := range wants {
		if !strings.Contains(reply.Text, w) {
			c.t.Errorf("%s: %q: the answer lacks %q:\n%s", name, text, w, reply.Text)
		}
	}
	return reply
}

// refused types a command and expects a refusal of that code.
func (c *talk) refused(name, text, code string, wants ...string) bot.Reply {
	c.t.Helper()
	reply := c.ask(bot.Request{Kind: bot.Typed, By: c.person(name), Text: text})
	if reply.Refused == nil || reply.Refused.Code != code {
		c.t.Errorf("%s: %q: got %v (%s), want the refusal %s", name, text, reply.Refused, reply.Text, code)
	}
	for _, w := range wants {
		if !strings.Contains(reply.Text, w) {
			c.t.Errorf("%s: %q: the refusal lacks %q:\n%s", name, text, w, reply.Text)
		}
	}
	return reply
}

// opens opens an incident with a room of its own and goes into it.
func (c *talk) opens(name, text string) *incident.Incident {
	c.t.Helper()
	n := c.says(name, text).Number
	room := incident.Room{Realm: "console", ID: strings.ToLower(n.String()), Name: strings.ToLower(n.String())}
	if _, err := c.bot.Desk.Do(c.t.Context(), n, incident.ReceiveRoom{Room: room}, incident.By{}, incident.Cause{ID: "room:" + n.String()}); err != nil {
		c.t.Fatal(err)
	}
	c.room = incident.Place{Realm: "console", Room: room.ID}
	return c.load(n)
}

func (c *talk) load(n incident.Number) *incident.Incident {
	c.t.Helper()
	i, err := c.store.Load(c.t.Context(), n)
	if err != nil {
		c.t.Fatal(err)
	}
	return i
}

// events lists all entries of an incident.
func (c *talk) events(n incident.Number) []incident.Event {
	c.t.Helper()
	events, err := c.store.Timeline(c.t.Context(), n, 0, 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	return events
}
