package slack_test

import (
	"fmt"
	"net/http"
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

func TestTheMenuOfAMessageLogsItAndOpensFromIt(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	first := f.w.Attach(f.bob.ID, f.join(f.bob, room), "the pool is empty", map[string][]byte{"pool.png": []byte("x")})
	inThread := f.w.Reply(f.ann.ID, first, "and the cache, too")
	f.w.MessageAction(f.ann.ID, inThread, "log")
	f.w.MessageAction(f.ann.ID, first, "log")
	f.w.Until("both stand in the record", func() bool { return len(f.facts(i.Number, "noted")) == 2 })
	for _, e := range f.facts(i.Number, "noted") {
		m := e.Fact.(*incident.Noted).Message
		switch {
		case m == nil || m.Link == "":
			t.Errorf("no link: %+v", m)
		case m.Place.Message == inThread.TS && m.Place.Thread != first.TS:
			t.Errorf("out of its thread: %+v", m.Place)
		case m.Place.Message == first.TS && (len(m.Files) != 1 || m.Files[0].Name != "pool.png" || m.Author != f.person(f.bob)):
			t.Errorf("%+v", m)
		}
	}
	elsewhere := f.w.Say(f.bob.ID, "general", "search is slow")
	f.w.MessageAction(f.ann.ID, elsewhere, "open")
	views := f.w.Views(f.ann.ID)
	if len(views) != 1 {
		t.Fatal("no form")
	}
	f.w.Submit(f.ann.ID, views[0], map[string]any{"impact": "large", "urgency": "high"})
	f.w.Until("a second incident", func() bool { rows := f.rows(); return len(rows) == 2 })
	f.clean()
}

// join brings somebody into a channel, and gives the channel.
func (f *floor) join(u *slacktest.User, room string) string {
	f.w.Join(u.ID, room)
	return room
}

// People and signs in a command come as Slack writes them.
func TestACommandNamesPeopleAsSlackDoes(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "role im @bob")
	f.w.Command(f.ann.ID, room, "/incident", "log latency > 3s & rising, @bob looks at it")
	noted := f.facts(i.Number, "noted")
	if len(noted) != 1 || noted[0].Fact.(*incident.Noted).Text != "latency > 3s & rising, <@"+string(f.person(f.bob))+"> looks at it" {
		t.Errorf("%+v", noted)
	}
	if got := f.load(i.Number).Manager(); got != f.person(f.bob) {
		t.Errorf("led by %q", got)
	}
	f.w.Until("Bob is invited", func() bool { return slices.Contains(f.w.Members(room), f.bob.ID) })
	f.clean()
}

func TestTheGlobalShortcutOpensAnIncident(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Shortcut(f.ann.ID, "open")
	views := f.w.Views(f.ann.ID)
	if len(views) != 1 {
		t.Fatal("no form")
	}
	f.w.Submit(f.ann.ID, views[0], map[string]any{"title": "Search is slow", "impact": "large", "urgency": "high"})
	f.w.Until("an incident", func() bool { return len(f.rows()) == 1 })
	f.w.Until("Ann is told", func() bool { return f.saw(f.ann, "Search is slow") })
	f.clean()
}

// A form that is not right stays open, with what is wrong at the input, and can be sent again.
func TestWhatIsWrongStandsAtItsInput(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "role im me")
	f.w.Command(f.ann.ID, room, "/incident", "hold")
	views := f.w.Views(f.ann.ID)
	top := views[len(views)-1]
	got := f.w.Submit(f.ann.ID, top, map[string]any{"reason": "the vendor looks at it", "for": "vendor", "review": "whenever"})
	if got.Errors["review"] == "" {
		t.Errorf("errors %v", got.Errors)
	}
	if got := f.w.Submit(f.ann.ID, top, map[string]any{"reason": "the vendor looks at it", "for": "vendor", "review": "2h"}); len(got.Errors) > 0 {
		t.Errorf("errors %v", got.Errors)
	}
	if f.load(i.Number).Hold == nil {
		t.Error("not on hold")
	}
	f.clean()
}

// While the title is written, what looks like it is shown, for the title as it was written last.
func TestAFormShowsWhatLooksAlike(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	f.w.Command(f.bob.ID, "general", "/incident", "open")
	form := f.w.Views(f.bob.ID)[0]
	f.w.Choose(f.bob.ID, form, "title", "Checkout times out")
	f.w.Until("the twin", func() bool { return strings.Contains(f.w.Views(f.bob.ID)[0].Shown(), i.Number.String()) })
	f.w.Choose(f.bob.ID, form, "title", "Something else entirely") // with the old view's hash: it is the newest all the same
	f.w.Until("no twin any more", func() bool { return !strings.Contains(f.w.Views(f.bob.ID)[0].Shown(), i.Number.String()) })
	got := f.w.Submit(f.bob.ID, f.w.Views(f.bob.ID)[0], map[string]any{"title": "Something else entirely", "impact": "large", "urgency": "high"})
	if got.Failure != "" || len(got.Errors) > 0 {
		t.Fatalf("%+v", got)
	}
	f.w.Until("a second incident", func() bool { return len(f.rows()) == 2 })
	f.clean()
}

// Slash commands can't be typed in threads: there, and in direct messages, one writes to the app.
func TestACommandIsTypedInAThreadByNamingTheApp(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	asked := f.w.Reply(f.ann.ID, said, "<@"+f.w.BotUser+"> log restarted the pool")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.w.Reply(f.ann.ID, said, "<@"+f.w.BotUser+"> who")
	f.w.Until("the answer in the thread", func() bool {
		for _, m := range f.w.Ephemerals(f.ann.ID) {
			if m.Thread == said.TS {
				return true
			}
		}
		return false
	})
	f.w.Edit(f.ann.ID, asked, "<@"+f.w.BotUser+"> log restarted the pool twice")
	f.w.Tell(f.ann.ID, "log and the cache, too --in "+i.Number.String())
	f.w.Until("the direct message, too", func() bool { return len(f.facts(i.Number, "noted")) == 2 })
	f.w.Tell(f.ann.ID, "/incident open")
	f.w.Until("a button for the form", func() bool { return f.saw(f.ann, "Open it here") })
	f.settle()
	for _, p := range f.people() {
		if p.Name == "matoi" {
			t.Error("the app became a person")
		}
	}
	f.clean()
}

func (f *floor) people() []incident.Person {
	f.Helper()
	all, err := f.store.People(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	return all
}

func TestWhatBecomesOfARecordedMessageIsRevised(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	said := f.w.Say(f.ann.ID, room, "the pool is empty")
	parent := f.w.Say(f.ann.ID, room, "the cache is empty")
	f.w.Reply(f.ann.ID, parent, "really")
	f.w.React(f.ann.ID, said, "pushpin")
	f.w.React(f.ann.ID, parent, "pushpin")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 2 })
	f.w.Edit(f.ann.ID, said, "the pool is full")
	f.w.Until("the edit", func() bool { return len(f.facts(i.Number, "revised")) == 1 })
	f.w.Delete(f.ann.ID, parent) // leaves a tombstone, for it has a reply
	f.w.Until("the deletion", func() bool { return len(f.facts(i.Number, "revised")) == 2 })
	if why := f.facts(i.Number, "revised")[1].Fact.(*incident.Revised).Why; why != "deleted" {
		t.Errorf("why %q", why)
	}
	f.w.Unreact(f.ann.ID, said, "pushpin")
	f.w.Until("unpinned", func() bool { return len(f.load(i.Number).Pins) < 2 || len(f.facts(i.Number, "revised")) == 3 })
	f.clean()
}

// A reply is logged as it stands in its thread: its own author, time, files and link, not those of the message above it.
func TestAReactionInAThreadLogsTheReply(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.w.Join(f.bob.ID, room)
	parent := f.w.Say(f.ann.ID, room, "the cache is empty")
	f.w.Reply(f.ann.ID, parent, "really")
	reply := f.w.Reply(f.bob.ID, parent, "since 14:05")
	f.w.React(f.ann.ID, reply, "pushpin")
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	e := f.facts(i.Number, "noted")[0]
	m := e.Fact.(*incident.Noted).Message
	if m == nil || m.Text != "since 14:05" || m.Author != f.person(f.bob) || m.Place.Thread != parent.TS || m.Place.Message != reply.TS {
		t.Fatalf("%+v", m)
	}
	if !strings.Contains(m.Link, "thread_ts="+parent.TS) || m.At.IsZero() {
		t.Errorf("link %s, said at %s", m.Link, m.At)
	}
	f.w.Unreact(f.ann.ID, reply, "pushpin")
	f.w.Until("taken back", func() bool { return len(f.load(i.Number).Pins) == 0 })
	f.clean()
}

func TestWhatPeopleDoWithTheChannelIsFollowed(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.join(f.bob, room)
	f.w.Until("Bob is there", func() bool { return len(f.facts(i.Number, "joined")) > 0 })
	f.w.Leave(f.bob.ID, room)
	f.w.Until("Bob is gone", func() bool { return len(f.facts(i.Number, "left")) > 0 })
	f.w.Rename(f.ann.ID, room, "war-room")
	f.w.Until("its new name", func() bool { r, _ := f.load(i.Number).Room(slack.Realm); return r.Name == "war-room" && r.ID == room })
	opened := f.facts(i.Number, "room_opened")
	for n, want := range []string{"opened in Slack", "is named #war-room now"} {
		if got := bot.Say(opened[min(n, len(opened)-1)], f.load(i.Number), nil, lang.EN, time.UTC); len(opened) != 2 || !strings.Contains(got, want) {
			t.Errorf("entry %d of %d about the room reads %q, want %q", n, len(opened), got, want)
		}
	}
	f.w.Archive(f.ann.ID, room)
	f.w.Until("the record says that nothing reaches it", func() bool { return len(f.facts(i.Number, "delivery_failed")) > 0 })
	f.settle()
	f.clean()
}

func TestThePageOfAPersonShowsTheirWork(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Home(f.bob.ID)
	f.w.Until("an empty page", func() bool { return strings.Contains(f.w.HomeOf(f.bob.ID).Shown(), "Nothing waits for you") })
	i, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "role im me")
	f.w.Home(f.ann.ID)
	f.w.Until("her incident, with her role", func() bool {
		s := f.w.HomeOf(f.ann.ID).Shown()
		return strings.Contains(s, i.Number.String()) && strings.Contains(s, "incident manager")
	})
	if got := f.w.Press(f.ann.ID, f.w.HomeOf(f.ann.ID), "Open an incident"); got.Failure != "" || len(f.w.Views(f.ann.ID)) != 1 {
		t.Errorf("%+v", got)
	}
	before := f.w.HomeOf(f.ann.ID).Hash
	f.w.Press(f.ann.ID, f.w.HomeOf(f.ann.ID), "Brief me")
	f.w.Until("the brief by a direct message", func() bool { return f.saw(f.ann, i.Number.String()) })
	f.w.Until("a page anew", func() bool { return f.w.HomeOf(f.ann.ID).Hash != before })
	f.clean()
}

// Two that renew a page at once, and a page that changed since: the newest state is the last that is shown.
func TestAPageThatChangedMeanwhileIsMadeAgain(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Home(f.ann.ID)
	f.w.Until("a page", func() bool { return f.w.HomeOf(f.ann.ID).Hash != "" })
	f.w.Fail(slacktest.Fault{Method: "views.publish", Error: "hash_conflict"})
	i, _ := f.open("Checkout times out")
	f.w.Home(f.ann.ID)
	f.w.Until("the incident", func() bool { return strings.Contains(f.w.HomeOf(f.ann.ID).Shown(), i.Number.String()) })
}

func TestALinkToAnIncidentIsShownAsOne(t *testing.T) {
	f := newFloor(t, slacktest.Options{Unfurls: []string{"matoi.example.com"}})
	i, _ := f.open("Checkout times out")
	link := pages + "/incidents/" + i.Number.String()
	said := f.w.Share(f.bob.ID, "general", "look at "+link+" and "+pages+"/incidents/INC-1999-0001")
	f.w.Until("an object", func() bool { return len(f.w.Unfurled(said)) == 1 })
	object := fmt.Sprint(f.w.Unfurled(said)...)
	for _, part := range []string{"slack#/entities/incident", "Checkout times out", i.Number.String(), f.ann.ID} {
		if !strings.Contains(object, part) {
			t.Errorf("no %q in %s", part, object)
		}
	}
	f.w.OpenDetails(f.bob.ID, said)
	f.w.Until("its details", func() bool { return len(f.w.Details()) == 1 })
	f.w.Draft(f.bob.ID, "general", link)
	f.w.Until("shown to the one who writes", func() bool { return len(f.w.Calls("chat.unfurl")) == 2 })
	f.clean()
}

// Where the app has no such objects, a card is shown.
func TestALinkIsShownAsACardWhereSlackTakesNoObjects(t *testing.T) {
	f := newFloor(t, slacktest.Options{Unfurls: []string{"matoi.example.com"}})
	i, _ := f.open("Checkout times out")
	f.w.Fail(slacktest.Fault{Method: "chat.unfurl", Error: "cannot_parse_metadata"})
	said := f.w.Share(f.bob.ID, "general", pages+"/incidents/"+i.Number.String())
	f.w.Until("a card", func() bool { return strings.Contains(fmt.Sprint(f.w.Unfurled(said)...), "from_url") })
	f.clean()
}

func TestALinkToAPrivateIncidentTellsNothing(t *testing.T) {
	f := newFloor(t, slacktest.Options{Unfurls: []string{"matoi.example.com"}})
	i, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "private")
	link := pages + "/incidents/" + i.Number.String()
	f.w.Share(f.bob.ID, "general", link)
	f.settle()
	inside := f.w.Share(f.ann.ID, room, link)
	f.w.Until("shown in its own room", func() bool { return len(f.w.Unfurled(inside)) == 1 })
	if n := len(f.w.Calls("chat.unfurl")); n != 1 {
		t.Errorf("shown %d times", n)
	}
}

// A step opens an incident, once, and tells the workflow its number; what can't be is told as an error.
func TestAWorkflowOpensAnIncident(t *testing.T) {
	f := newFloor(t, slacktest.Options{Functions: map[string][]string{slack.StepOpen: {"title", "impact"}, "other": {}}})
	id := f.w.RunStep(slack.StepOpen, map[string]any{"title": "Checkout times out", "impact": "large"})
	f.w.Until("the step has ended", func() bool { return f.w.StepOf(id).Done })
	rows := f.rows()
	if s := f.w.StepOf(id); len(rows) != 1 || s.Outputs["number"] != rows[0].Number.String() {
		t.Fatalf("%+v, %d incidents", s, len(rows))
	}
	all := f.w.Deliveries("function_executed")
	if got := f.w.Redeliver(all[0], 1, "http_timeout"); got.Status != http.StatusOK || len(f.rows()) != 1 {
		t.Errorf("again: %d, %d incidents", got.Status, len(f.rows()))
	}
	for _, bad := range []string{f.w.RunStep(slack.StepOpen, map[string]any{"title": " "}), f.w.RunStep("other", nil)} {
		f.w.Until("an error", func() bool { return f.w.StepOf(bad).Error != "" })
	}
	f.clean()
}

// With more incidents or services than a menu holds, people type what they look for.
func TestLongMenusAreSearched(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	policy := *f.policy.Load()
	policy.Services = slices.Clone(policy.Services)
	for n := range 120 {
		policy.Services = append(policy.Services, incident.ServiceOf{Name: fmt.Sprintf("service %03d", n)})
	}
	f.policy.Store(&policy)
	f.w.Command(f.ann.ID, "general", "/incident", "open")
	form := f.w.Views(f.ann.ID)[0]
	got := f.w.Suggest(f.ann.ID, form, "service", "che")
	if len(got.Options) != 1 || got.Options[0].Value != "checkout" {
		t.Errorf("che: %v", got.Options)
	}
	if got := f.w.Suggest(f.ann.ID, form, "service", ""); len(got.Options) != 100 {
		t.Errorf("everything: %d", len(got.Options))
	}
	if got := f.w.Suggest(f.ann.ID, form, "service", "no such thing"); len(got.Options) != 1 {
		t.Errorf("nothing: %v", got.Options)
	}
	if got := f.w.Submit(f.ann.ID, form, map[string]any{"title": "Checkout times out", "service": []string{"checkout"}}); len(got.Errors) > 0 {
		t.Fatal(got.Errors)
	}
	f.w.Until("the incident of that service", func() bool {
		rows := f.rows()
		return len(rows) == 1 && len(rows[0].Services) == 1 && rows[0].Services[0] == "checkout"
	})
	f.clean()
}

// In an organisation the payloads carry no team, and ids of people begin with a W.
func TestAnInstallationForAnOrganisation(t *testing.T) {
	f := newFloor(t, slacktest.Options{Enterprise: "E0000000001", OrgInstall: true})
	_, room := f.open("Checkout times out")
	f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool")
	d := f.last(slacktest.Commands)
	payload := strings.Replace(string(d.Tries[0].Request.Body), "team_id="+f.w.Team, "team_id=", 1)
	r := slacktest.Request{Path: d.Tries[0].Request.Path, Header: d.Tries[0].Request.Header.Clone(), Body: []byte(payload)}
	f.w.Sign(&r, f.w.SigningSecret, f.w.Now())
	if got := f.w.Send(r); got.Status != http.StatusOK {
		t.Errorf("without a team: %d %s", got.Status, got.Body)
	}
	f.clean()
}
