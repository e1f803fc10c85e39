package slack_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"matoi/bot/slack/slacktest"
)

// deny has Slack answer nobody who asks who they are.
func (f *floor) deny() { f.w.Fail(slacktest.Fault{Method: "auth.test", Times: -1, Status: 503}) }

// figure reads one of those for an operator.
func (f *floor) figure(name string) float64 {
	f.Helper()
	for _, figure := range f.a.Figures() {
		if figure.Name == name {
			return figure.Read()
		}
	}
	f.Fatalf("no figure %s", name)
	return 0
}

// After a start the workspace is known from the record, before Slack says who we are: what is another's is refused, what is
// ours is worked, and nothing is sent.
func TestAfterAStartTheWorkspaceIsKnownBeforeSlackAnswers(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.settle()
	f.stop()
	f.deny()
	f.start()
	other := slacktest.New(t, slacktest.Options{Team: "T0000000002"})
	other.SigningSecret = f.w.SigningSecret
	other.Connect("http://matoi.test", slacktest.InMemory(f.a.Routes()))
	eve := other.Person(slacktest.User{Name: "eve"})
	seen := len(f.between.requests())
	if got := other.Command(eve.ID, "general", "/incident", "close "+i.Number.String()); got.Status != http.StatusBadRequest {
		t.Errorf("another's command: %d %s", got.Status, got.Body)
	}
	if n := len(f.between.requests()); n != seen {
		t.Errorf("%d requests of another workspace were worked", n-seen)
	}
	before := len(f.w.Calls("chat.postMessage", "chat.update"))
	if got := f.w.Command(f.ann.ID, room, "/incident", "log restarted the pool"); got.Status != http.StatusOK {
		t.Errorf("a command of ours: %d %s", got.Status, got.Body)
	}
	if n := len(f.facts(i.Number, "noted")); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
	if n := len(f.w.Calls("chat.postMessage", "chat.update")); n != before {
		t.Errorf("%d messages were written by who does not know where they are", n-before)
	}
	f.w.Mend()
	f.w.Until("it is told in the room", func() bool { return strings.Contains(strings.Join(f.w.Texts(room), "\n"), "restarted the pool") })
}

// A process that was nowhere yet takes nothing from anybody until Slack said where it is.
func TestBeforeTheFirstAnswerNothingIsTaken(t *testing.T) {
	t.Parallel()
	f := floorOf(t, slacktest.Options{}, false)
	f.deny()
	f.start()
	if got := f.w.Command(f.ann.ID, "general", "/incident", "me"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	f.w.Mend()
	f.w.Until("an answer", func() bool { return f.w.Command(f.ann.ID, "general", "/incident", "me").Status == http.StatusOK })
}

// Somebody put the token of another workspace in: nothing is sent to it, nothing taken from it, and an operator sees why. Who
// means to move says so; then people are met anew there, as the same people.
func TestTheTokenOfAnotherWorkspaceMixesNothing(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out")
	f.settle()
	ann := f.person(f.ann)
	f.stop()
	f.w = slacktest.New(t, slacktest.Options{Team: "T0000000002", Domain: "elsewhere", Escape: true})
	for range 50 { // Slack gives no id twice, of whatever workspace
		f.w.Person(slacktest.User{Name: "somebody"})
	}
	f.ann = f.w.Person(slacktest.User{Name: "ann", Real: "Ann", Email: "ann@example.com"})
	f.start()
	f.w.Until("it is said", func() bool { return f.figure("matoi_slack_elsewhere") == 1 })
	if got := f.w.Command(f.ann.ID, "general", "/incident", "log who is there --in "+i.Number.String()); got.Status != http.StatusBadRequest {
		t.Errorf("a command from there: %d %s", got.Status, got.Body)
	}
	for _, call := range f.w.Calls() {
		if call.Method != "auth.test" {
			t.Errorf("called %s in another's workspace", call.Method)
		}
	}

	f.stop()
	f.moves = f.w.Team
	f.start()
	f.w.Until("we are there", func() bool { return f.figure("matoi_slack_elsewhere") == 0 })
	next, channel := f.open("Search is slow")
	if next.Number == i.Number || !slices.Contains(f.w.Members(channel), f.ann.ID) {
		t.Errorf("%s in %s", next.Number, channel)
	}
	if f.person(f.ann) != ann {
		t.Error("Ann became somebody else")
	}
	f.stop()
	f.moves = "" // it was remembered
	f.start()
	f.w.Command(f.ann.ID, channel, "/incident", "log restarted the pool")
	f.w.Until("the record", func() bool { return len(f.facts(next.Number, "noted")) == 1 })
}
