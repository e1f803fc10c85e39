package slack_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/storage"
)

// acme is the realm of the second workspace.
const acme = "slack:acme"

// twins is a house over two workspaces whose ids are alike, and the built-in chat.
type twins struct {
	*testing.T
	a, b     *slacktest.Workspace
	store    *storage.Storage
	desk     *incident.Desk
	all      slack.Workspaces
	built    *console.Console
	ann, bob *slacktest.User // Ann is in both, Bob in the second alone
	seen     between
}

// twinsOf opens the house; lay is asked for what is different from two apps over HTTP before anything starts.
func twinsOf(t *testing.T, o [2]slacktest.Options, lay func(h *twins, policy *incident.Policy, configs []slack.Config)) *twins {
	t.Helper()
	t.Parallel()
	h := &twins{T: t, store: open(t)}
	o[1].Team = "T0000000002"
	h.a, h.b = slacktest.New(t, o[0]), slacktest.New(t, o[1])
	ann := slacktest.User{Name: "ann", Real: "Ann", Email: "ann@example.com"}
	h.ann, h.bob = h.a.Person(ann), h.b.Person(slacktest.User{Name: "bob", Real: "Bob", Email: "bob@example.com"})
	policy := incident.DefaultPolicy(time.UTC)
	policy.Realms, policy.Kept = []string{slack.Realm, acme, console.Realm}, []string{slack.Realm, acme}
	configs := []slack.Config{{}, {Name: "acme"}}
	if lay != nil {
		lay(h, &policy, configs)
	}
	get := func() incident.Policy { return policy }
	h.desk = &incident.Desk{Store: h.store, Policy: get, Now: time.Now}
	b := bot.New(bot.Options{Desk: h.desk, Store: h.store, People: h.store, Policy: get, Now: time.Now, Lang: "en", BaseURL: pages})
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	for n, w := range []*slacktest.Workspace{h.a, h.b} {
		c := configs[n]
		c.BotToken, c.APIURL = bot.NewSecret(w.BotToken), w.APIURL()
		one := slack.Options{
			Realm: c.Realm(), Handler: passing{b, &h.seen}, People: h.store, Rooms: h.store, Memory: h.store, Now: time.Now, Log: log, Lang: "en", BaseURL: pages,
		}
		if c.AppToken.Empty() {
			c.SigningSecret, one.HTTP = bot.NewSecret(w.SigningSecret), w.HTTP()
		}
		one.Config = c
		h.all = append(h.all, slack.New(one))
	}
	h.built = console.New(console.Options{Store: h.store, Handler: b, Now: time.Now, Name: "/incident"})
	if err := h.built.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if configs[0].AppToken.Empty() {
		for _, w := range []*slacktest.Workspace{h.a, h.b} {
			w.Connect("http://matoi.test", slacktest.InMemory(h.all.Routes()))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	pump := bot.NewPump(h.store, b, []bot.Chat{h.all[0], h.all[1], h.built}, time.Now, log)
	loops.Go(func() { _ = pump.Run(ctx) })
	loops.Go(func() { _ = h.all.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		loops.Wait()
	})
	h.b.Until("the second is known", func() bool {
		_, err := h.store.Workspace(h.Context(), acme)
		return err == nil
	})
	return h
}

// opened opens an incident by a command in one workspace.
func (h *twins) opened(w *slacktest.Workspace, by *slacktest.User, title string) incident.Number {
	h.Helper()
	if got := w.Command(by.ID, "general", "/incident", "open P1 "+title+" --impact large --urgency high"); got.Failure != "" {
		h.Fatalf("the command: %s", got.Failure)
	}
	for _, view := range w.Views(by.ID) {
		if got := w.Submit(by.ID, view, map[string]any{"title": title, "impact": "large", "urgency": "high"}); len(got.Errors) > 0 || got.Failure != "" {
			h.Fatalf("the form: %v %s", got.Errors, got.Failure)
		}
	}
	rows, err := h.store.Find(h.Context(), incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil {
		h.Fatal(err)
	}
	for _, row := range rows {
		if row.Title == title {
			return row.Number
		}
	}
	h.Fatalf("%s was not opened", title)
	return 0
}

func (h *twins) load(n incident.Number) *incident.Incident {
	h.Helper()
	i, err := h.store.Load(h.Context(), n)
	if err != nil {
		h.Fatal(err)
	}
	return i
}

// room waits for the room of an incident in a realm, with its card.
func (h *twins) room(w *slacktest.Workspace, n incident.Number, realm string) (id string) {
	h.Helper()
	w.Until("a room with a card in "+realm, func() bool {
		room, ok := h.load(n).Room(realm)
		id = room.ID
		return ok && len(w.Posts(id)) > 0
	})
	return id
}

// person is as whom the house knows somebody of a workspace.
func (h *twins) person(realm string, u *slacktest.User) incident.PersonID {
	h.Helper()
	p, err := h.store.Meet(h.Context(), incident.Identity{Realm: realm, ID: u.ID}, u.Real, u.Email)
	if err != nil {
		h.Fatal(err)
	}
	return p.ID
}

// noted are the texts of the timeline.
func (h *twins) noted(n incident.Number) (out []string) {
	h.Helper()
	events, err := h.store.Timeline(h.Context(), n, 0, 1000)
	if err != nil {
		h.Fatal(err)
	}
	for _, e := range events {
		if f, is := e.Fact.(*incident.Noted); is {
			out = append(out, f.Text)
		}
	}
	return out
}

// One incident has a channel in every workspace, and one timeline. What the workspaces call by the same ids is told apart.
func TestAnIncidentIsWorkedInEveryWorkspace(t *testing.T) {
	h := twinsOf(t, [2]slacktest.Options{}, nil)
	n := h.opened(h.a, h.ann, "Checkout times out")
	first, second := h.room(h.a, n, slack.Realm), h.room(h.b, n, acme)
	if h.ann.ID != h.bob.ID {
		t.Errorf("the test is not hostile: %s and %s", h.ann.ID, h.bob.ID)
	}
	h.a.Command(h.ann.ID, first, "/incident", "log seen in the first")
	got := h.b.Command(h.bob.ID, second, "/incident", "log seen in the second")
	if got.Failure != "" {
		t.Error(got.Failure)
	}
	if all := h.noted(n); !slices.Equal(all, []string{"seen in the first", "seen in the second"}) {
		t.Errorf("the timeline has %q", all)
	}
	for room, w := range map[string]*slacktest.Workspace{first: h.a, second: h.b} {
		w.Until("what was written in both", func() bool {
			said := ""
			for _, m := range w.Posts(room) {
				said += m.Shown() + m.Text
			}
			return strings.Contains(said, "seen in the first") && strings.Contains(said, "seen in the second")
		})
		for _, trouble := range w.Troubles() {
			t.Error(trouble)
		}
	}
	if h.person(slack.Realm, h.ann) == h.person(acme, h.bob) {
		t.Error("two people with one id are one person")
	}
	i := h.load(n)
	if len(i.Rooms) != 3 || i.Realm != slack.Realm {
		t.Errorf("rooms %v, asked for in %q", i.Rooms, i.Realm)
	}
}

// Somebody whom the first workspace does not know is told in the second, and the first is not asked for them again and again.
func TestAPersonIsToldWhereTheyAreKnown(t *testing.T) {
	h := twinsOf(t, [2]slacktest.Options{}, nil)
	bob := h.person(acme, h.bob)
	n := h.opened(h.a, h.ann, "Checkout times out")
	room := h.room(h.b, n, acme)
	h.room(h.a, n, slack.Realm)
	asked := 0
	for _, role := range []incident.RoleID{incident.Manager, incident.TechLead} {
		h.settled()
		asked = len(h.a.Calls("users.lookupByEmail"))
		if _, err := h.desk.Do(t.Context(), n, incident.TakeRole{Role: role, Person: bob}, incident.By{Person: h.person(slack.Realm, h.ann)}, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
	}
	h.b.Until("both duties, and the room", func() bool {
		return len(h.b.DMs(h.bob.ID)) >= 2 && slices.Contains(h.b.Members(room), h.bob.ID)
	})
	if now := len(h.a.Calls("users.lookupByEmail")); asked == 0 || now != asked {
		t.Errorf("the first was asked %d times for an address that it does not know, and then %d more", asked, now-asked)
	}
	if doubts := h.load(n).Doubts; len(doubts) > 0 {
		t.Errorf("a stranger in one workspace is a failure: %v", doubts)
	}
	if err := h.store.EraseEntries(t.Context(), n, []int64{1}, incident.By{}, "the customer asked"); err != nil {
		t.Fatal(err)
	}
	h.b.Until("the title is gone from what he was told, too", func() bool {
		return !slices.ContainsFunc(h.b.DMs(h.bob.ID), func(m slacktest.Message) bool { return strings.Contains(m.Shown()+m.Text, "Checkout") })
	})
}

// A signature is of one secret, and opens the way to the workspaces of that secret only.
func TestARequestIsTakenByTheWorkspaceThatSignedItAndThatItNames(t *testing.T) {
	h := twinsOf(t, [2]slacktest.Options{}, nil)
	h.b.Command(h.bob.ID, "general", "/incident", "mine")
	was := h.b.Deliveries(slacktest.Commands)[0].Tries[0].Request
	seen := len(h.seen.requests())
	forged := slacktest.Request{Path: was.Path, Header: was.Header.Clone(), Body: was.Body}
	h.a.Sign(&forged, h.a.SigningSecret, time.Now())
	if got := h.a.Send(forged); got.Status != http.StatusBadRequest || got.Header.Get("X-Slack-No-Retry") != "1" {
		t.Errorf("signed by one workspace for another: %d %s", got.Status, got.Body)
	}
	h.a.Sign(&forged, "of neither", time.Now())
	if got := h.a.Send(forged); got.Status != http.StatusUnauthorized {
		t.Errorf("signed by nobody: %d %s", got.Status, got.Body)
	}
	if n := len(h.seen.requests()); n != seen {
		t.Errorf("%d of them were worked", n-seen)
	}
}

// Two workspaces that one app is in have one secret: the payload says whose it is, within an organisation too.
func TestOfOneAppThePayloadSaysWhichWorkspace(t *testing.T) {
	org := [2]slacktest.Options{{Enterprise: "E0000000001"}, {Enterprise: "E0000000001"}}
	h := twinsOf(t, org, func(h *twins, _ *incident.Policy, _ []slack.Config) { h.b.SigningSecret = h.a.SigningSecret })
	realms := func() (out []string) {
		for _, r := range h.seen.requests() {
			out = append(out, r.Place.Realm)
		}
		return out
	}
	h.b.Command(h.bob.ID, "general", "/incident", "mine")
	h.a.Command(h.ann.ID, "general", "/incident", "mine")
	if got := realms(); !slices.Equal(got, []string{acme, slack.Realm}) {
		t.Errorf("worked in %q", got)
	}
	// An event of a third workspace of the organisation, or of another company in a shared channel: who is authorised counts.
	for team, want := range map[string]string{"T0000000009": acme, "T0000000002": acme, "T0000000001": slack.Realm} {
		before := len(h.seen.requests())
		h.b.Emit(map[string]any{"type": "message", "channel": h.b.Room("general"), "channel_type": "channel", "user": h.bob.ID, "text": "for " + team, "ts": "1795000000.000100"})
		h.settle(h.b)
		all := h.b.Deliveries(slacktest.Events)
		d := all[len(all)-1]
		d.Payload["team_id"], d.Payload["event_id"] = team, d.ID+team
		body, err := json.Marshal(d.Payload)
		if err != nil {
			t.Fatal(err)
		}
		r := slacktest.Request{Path: d.Tries[0].Path, Header: d.Tries[0].Request.Header.Clone(), Body: body}
		h.b.Sign(&r, h.b.SigningSecret, time.Now())
		if got := h.b.Send(r); got.Status != http.StatusOK {
			t.Errorf("an event of %s: %d %s", team, got.Status, got.Body)
		}
		if got := realms()[before:]; len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("an event of %s was worked in %q, want %s", team, got, want)
		}
	}
}

// An app that a whole organisation has is known by the organisation, whatever workspace of it somebody is in.
func TestOfOrganisationsThePayloadSaysWhichOne(t *testing.T) {
	org := [2]slacktest.Options{{Enterprise: "E0000000001", OrgInstall: true}, {Enterprise: "E0000000002", OrgInstall: true}}
	h := twinsOf(t, org, func(h *twins, _ *incident.Policy, _ []slack.Config) { h.b.SigningSecret = h.a.SigningSecret })
	h.b.Command(h.bob.ID, "general", "/incident", "mine")
	h.a.Command(h.ann.ID, "general", "/incident", "mine")
	h.b.Home(h.bob.ID)
	h.b.Until("a page of the second", func() bool { return h.b.HomeOf(h.bob.ID).Hash != "" })
	var got []string
	for _, r := range h.seen.requests() {
		got = append(got, r.Place.Realm)
	}
	if !slices.Equal(got, []string{acme, slack.Realm}) || h.a.HomeOf(h.ann.ID).Hash != "" {
		t.Errorf("worked in %q", got)
	}
}

// Workspaces with one app token have two connections together, and Slack sends what is for the one over those of the other.
func TestOneAppHasItsConnectionsForAllItsWorkspaces(t *testing.T) {
	h := twinsOf(t, [2]slacktest.Options{}, func(h *twins, _ *incident.Policy, configs []slack.Config) {
		h.a.Start()
		h.b.Start()
		h.b.Through(h.a)
		for n := range configs {
			configs[n].AppToken = bot.NewSecret(h.a.AppToken)
		}
	})
	h.a.Until("two connections", func() bool { return h.a.Sockets() == 2 })
	n := h.opened(h.b, h.bob, "Checkout times out")
	room := h.room(h.b, n, acme)
	if got := h.b.Command(h.bob.ID, room, "/incident", "log by the other's connection"); got.Failure != "" {
		t.Error(got.Failure)
	}
	h.b.Until("Bob is in", func() bool { return slices.Contains(h.b.Members(room), h.bob.ID) })
	said := h.b.Say(h.bob.ID, room, "the pool is empty")
	h.b.React(h.bob.ID, said, "pushpin")
	h.b.Until("the record", func() bool { return len(h.noted(n)) == 2 })
	if h.b.Sockets() != 0 || h.a.Sockets() != 2 {
		t.Errorf("%d and %d connections", h.a.Sockets(), h.b.Sockets())
	}
	if i := h.load(n); i.Realm != acme || i.Opener != h.person(acme, h.bob) {
		t.Errorf("opened in %q by %s", i.Realm, i.Opener)
	}
	for _, f := range h.all.Figures() {
		if f.Name == slack.FigureSockets && (f.Read() != 2 || f.Labels[slack.FigureRealm] == "") {
			t.Errorf("%v says %v", f.Labels, f.Read())
		}
	}
}

// A workspace that is away, or that asks to come back later, holds no other up.
func TestAWorkspaceThatIsAwayHoldsNoOtherUp(t *testing.T) {
	for name, spoil := range map[string]func(w *slacktest.Workspace){
		"away":    func(w *slacktest.Workspace) { w.Down() },
		"limited": func(w *slacktest.Workspace) { w.Fail(slacktest.Fault{Method: "*", Times: -1, RetryAfter: time.Hour}) },
	} {
		t.Run(name, func(t *testing.T) {
			h := twinsOf(t, [2]slacktest.Options{}, nil)
			h.a.Until("the first is known", func() bool {
				_, err := h.store.Workspace(h.Context(), slack.Realm)
				return err == nil
			})
			spoil(h.a)
			n := h.opened(h.b, h.bob, "Checkout times out")
			room := h.room(h.b, n, acme)
			if got := h.b.Command(h.bob.ID, room, "/incident", "log it goes on"); got.Failure != "" {
				t.Error(got.Failure)
			}
			h.b.Until("what was said", func() bool {
				posts := h.b.Posts(room)
				return slices.ContainsFunc(posts, func(m slacktest.Message) bool { return strings.Contains(m.Shown()+m.Text, "it goes on") })
			})
			if _, there := h.load(n).Room(slack.Realm); there {
				t.Error("the first has a room though it is away")
			}
		})
	}
}

// A workspace that works only what is declared there has no channel for anything else, and hears nothing of it.
func TestAWorkspaceMayWorkOnlyWhatIsDeclaredThere(t *testing.T) {
	h := twinsOf(t, [2]slacktest.Options{}, func(_ *twins, policy *incident.Policy, _ []slack.Config) { policy.Own = []string{acme} })
	theirs := h.opened(h.b, h.bob, "Search is slow")
	h.room(h.b, theirs, acme)
	h.room(h.a, theirs, slack.Realm)
	posted := func() int {
		return len(h.b.Calls("chat.postMessage", "conversations.create", "conversations.open", "usergroups.users.update"))
	}
	h.settled()
	before := posted()
	ours := h.opened(h.a, h.ann, "Checkout times out")
	room := h.room(h.a, ours, slack.Realm)
	h.a.Command(h.ann.ID, room, "/incident", "log not for them")
	bob := incident.TakeRole{Role: incident.Manager, Person: h.person(acme, h.bob)} // whom only that workspace knows
	if _, err := h.desk.Do(t.Context(), ours, bob, incident.By{Person: h.person(slack.Realm, h.ann)}, incident.Cause{}); err != nil {
		t.Fatal(err)
	}
	h.settled()
	if _, there := h.load(ours).Room(acme); there || posted() != before {
		t.Errorf("a room there: %v, %d calls more", there, posted()-before)
	}
	for _, d := range h.load(ours).Doubts {
		t.Error(d)
	}
}

// settle waits for the events of a workspace that are under way.
func (h *twins) settle(w *slacktest.Workspace) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 90*time.Second)
	defer cancel()
	if err := w.Settle(ctx); err != nil {
		h.Fatal(err)
	}
}

// settled waits until nothing is left to be told.
func (h *twins) settled() {
	h.Helper()
	end := time.Now().Add(90 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		_, outbox, err := h.store.Waiting(h.Context())
		if err == nil && outbox == 0 {
			return
		}
		if time.Now().After(end) {
			h.Fatal("something waits for more than 90 seconds")
		}
	}
}
