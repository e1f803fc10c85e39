package slack_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/incident"
)

// withheld is a scope that was not granted: what is asked for in vain, what has to happen all the same, and what comes once the
// app was installed anew.
type withheld struct {
	scope, method string
	// passed says that what needs the scope is left out for good: it is only convenient. Else it waits in the outbox.
	passed bool
	title  string
	first  func(g *guest)                                    // before the incident
	rest   func(g *guest, i *incident.Incident, room string) // all the same
	then   func(g *guest, i *incident.Incident) bool         // once it was granted
}

func scopes() []withheld {
	pinned := func(g *guest, room string) bool {
		return slices.ContainsFunc(g.wire.of("pins.add"), func(c called) bool { return c.OK && c.Args.Get("channel") == room })
	}
	marked := func(g *guest, room string) bool {
		return slices.ContainsFunc(g.wire.of("bookmarks.add"), func(c called) bool { return c.OK && c.Args.Get("channel_id") == room })
	}
	return []withheld{
		{
			scope: "pins:write", method: "pins.add", passed: true, title: "No pins",
			rest: func(g *guest, _ *incident.Incident, room string) {
				g.until("bookmarks", func() bool { return marked(g, room) })
			},
		},
		{
			scope: "bookmarks:read", method: "bookmarks.list", passed: true, title: "No reading of bookmarks",
			rest: func(g *guest, _ *incident.Incident, room string) {
				g.until("a pin", func() bool { return pinned(g, room) })
			},
		},
		{
			scope: "bookmarks:write", method: "bookmarks.add", passed: true, title: "No writing of bookmarks",
			rest: func(g *guest, _ *incident.Incident, room string) {
				g.until("a pin", func() bool { return pinned(g, room) })
			},
		},
		{
			scope: "files:write", method: "files.getUploadURLExternal", passed: true, title: "No files",
			rest: func(g *guest, i *incident.Incident, _ string) {
				g.ahead.Add(int64(g.a.Rests() + time.Minute))
				g.command("bob", g.town(), "open P4 Another printer")
				g.until("the archive", func() bool { return g.room("ann", "public_channel", bot.RoomName(i.Number, i.Title)).Archived })
			},
		},
		{
			scope: "files:read", method: "files.info", passed: true, title: "No looking at files",
			rest: func(g *guest, i *incident.Incident, room string) {
				g.until("the report, which nobody saw arrive", func() bool { return len(g.files(room)) == 2 })
			},
		},
		{
			scope: "channels:history", method: "conversations.history", title: "No history",
			first: func(g *guest) {
				g.wire.loses("chat.postMessage", func(args url.Values) bool { return strings.HasPrefix(args.Get("channel"), "C") })
			},
			then: func(g *guest, i *incident.Incident) bool {
				at := g.room("ann", "public_channel", g.made.Config.Announcements)
				said := slices.DeleteFunc(g.read("ann", at.ID), func(p posted) bool { return !strings.Contains(p.Text, i.Title) })
				room, _ := i.Room(slack.Realm)
				if n := len(g.cards(room.ID)); n != 1 || len(said) > 1 {
					g.Fatalf("%d cards, %d announcements", n, len(said))
				}
				return len(said) == 1 && slices.ContainsFunc(g.wire.of("conversations.history"), func(c called) bool { return c.OK })
			},
		},
		{
			scope: "im:write", method: "conversations.open", title: "No direct messages",
			rest: func(g *guest, i *incident.Incident, _ string) {
				g.until("a manager", func() bool { return g.has(i.Number, "role_taken") })
			},
			then: func(g *guest, i *incident.Incident) bool {
				return slices.ContainsFunc(g.direct("ann"), func(p posted) bool { return strings.Contains(p.Text, i.Title) })
			},
		},
		{
			scope: "users:read.email", method: "users.lookupByEmail", title: "No addresses",
			rest: func(g *guest, _ *incident.Incident, room string) {
				g.until("those whom we know", func() bool { return slices.Contains(g.members("ann", room), g.e.users["ann"]) })
			},
			then: func(g *guest, i *incident.Incident) bool {
				room, _ := i.Room(slack.Realm)
				return slices.Contains(g.members("ann", room.ID), g.e.users["carol"])
			},
		},
		{
			scope: "users:read", method: "users.info", passed: true, title: "No people",
			rest: func(g *guest, _ *incident.Incident, room string) {
				g.until("the opener", func() bool { return slices.Contains(g.members("ann", room), g.e.users["ann"]) })
			},
		},
		{
			scope: "channels:manage", method: "conversations.create", title: "No channels",
			then: func(g *guest, i *incident.Incident) bool {
				room, _ := i.Room(slack.Realm)
				return room.ID != "" && len(g.cards(room.ID)) == 1
			},
		},
	}
}

// TestAScopeThatIsMissingHoldsUpNothingElse takes the scopes away one by one, in a Slack that is not ours: the log names the scope, the
// doctor too, everything else happens, and what waited for it happens when it was granted.
func TestAScopeThatIsMissingHoldsUpNothingElse(t *testing.T) {
	const whole = "xoxb-as-asked"
	granted := map[string][]string{whole: askedFor()}
	without := func(scope string) []string {
		return slices.DeleteFunc(askedFor(), func(s string) bool { return s == scope })
	}
	for _, w := range scopes() {
		granted["xoxb-without-"+w.scope] = without(w.scope)
	}
	e := startEmulator(t, granted)
	for _, w := range scopes() {
		t.Run(w.scope, func(t *testing.T) {
			t.Parallel()
			g := newGuest(t, e.in(t), "xoxb-without-"+w.scope, without(w.scope), bot.RoomName(1, w.scope))
			g.goesOn(w)
			if w.then == nil {
				return
			}
			g.wire.install(whole, askedFor())
			g.until("what waited for it", func() bool { return w.then(g, g.of(w.title)) })
		})
	}
}

// in is the same emulator, for a part of the test.
func (e *emulator) in(t *testing.T) *emulator {
	return &emulator{T: t, url: e.url, team: e.team, users: e.users, way: e.way}
}

// town is a channel of people.
func (g *guest) town() string {
	g.Helper()
	return g.room("ann", "public_channel", "town").ID
}

// goesOn works an incident without a scope.
func (g *guest) goesOn(w withheld) {
	g.Helper()
	g.knows("Carol")
	if w.first != nil {
		w.first(g)
	}
	said := g.command("ann", g.town(), "open P3 "+w.title)
	i := g.of(w.title)
	if i == nil {
		g.Fatalf("not opened: %s", said)
	}
	n := " --in " + i.Number.String()
	g.command("ann", g.town(), "role im"+n)
	g.command("ann", g.town(), "role scribe @Carol"+n)
	room := incident.Room{}
	if w.scope != "channels:manage" {
		g.until("a room with its card", func() bool {
			room, _ = g.of(w.title).Room(slack.Realm)
			return room.ID != "" && len(g.cards(room.ID)) == 1
		})
	}
	if strings.HasPrefix(w.method, "files.") {
		g.command("ann", g.town(), "resolve restarted"+n)
		g.command("ann", g.town(), "close"+n)
		g.calm()
	}
	g.until("the scope named", func() bool {
		return slices.ContainsFunc(g.wire.of(w.method), func(c called) bool { return c.Error == "missing_scope" && strings.Contains(c.Needed, w.scope) })
	})
	if w.rest != nil {
		w.rest(g, i, room.ID)
	}
	g.until("the scope in the log", func() bool {
		return strings.Contains(g.log.String(), "missing_scope") && strings.Contains(g.log.String(), w.scope)
	})
	for _, c := range g.wire.of("") {
		if c.Error == "missing_scope" && !strings.Contains(c.Needed, w.scope) {
			g.Errorf("%s needs %s, too", c.Method, c.Needed)
		}
	}
	if g.has(i.Number, "delivery_failed") {
		g.Error("the record says that something was given up")
	}
	if w.passed != (w.then == nil) {
		g.Error("what is left out for good comes never, what waits comes then")
	}
	found := g.a.Examine(g.Context(), nil, slack.Server{})
	if !slices.ContainsFunc(found, func(f slack.Finding) bool { return f.Bad() && f.Args["Scopes"] == w.scope }) {
		g.Errorf("the doctor finds %+v", found)
	}
}
