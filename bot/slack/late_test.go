package slack_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// A trigger lives for three seconds. Who waited longer gets a button, which has a new one.
func TestAnExpiredTriggerLeavesAButtonThatOpensTheForm(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.w.Fail(slacktest.Fault{Method: "views.open", Error: "expired_trigger_id"})
	f.w.Command(f.ann.ID, "general", "/incident", "open Checkout times out")
	told := f.w.Ephemerals(f.ann.ID)
	if len(told) != 1 || len(f.w.Views(f.ann.ID)) != 0 {
		t.Fatalf("told %v", told)
	}
	f.w.Press(f.ann.ID, told[0], "button-0")
	views := f.w.Views(f.ann.ID)
	if len(views) != 1 {
		t.Fatal("the button opened no form")
	}
	if got := f.w.Submit(f.ann.ID, views[0], map[string]any{"impact": "large", "urgency": "high"}); got.Failure != "" || len(got.Errors) > 0 {
		t.Fatalf("%+v", got)
	}
	f.w.Until("an incident of that title", func() bool { rows := f.rows(); return len(rows) == 1 && rows[0].Title == "Checkout times out" })
	f.clean()
}

// Whoever asks is answered within three seconds, however long the work takes, and then told what came of it.
func TestALongAnswerIsGivenLater(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	answered := make(chan struct{}, 1)
	f.between.instead(func(ctx context.Context, r bot.Request) (bot.Reply, error) {
		<-answered // Slack was, before the work is done
		return f.bot.Handle(ctx, r)
	})
	f.w.Command(f.ann.ID, "general", "/incident", "open")
	answered <- struct{}{}
	f.w.Until("a button for the form", func() bool { return f.saw(f.ann, "Open it here") })
	f.w.Command(f.ann.ID, "general", "/incident", "me")
	answered <- struct{}{}
	f.w.Until("the answer", func() bool { return f.saw(f.ann, "You are ann") })
	f.clean()
}

// Slack's own answers may take long, too: of who asks, and of the message a form began at.
func TestSlackIsSlowAndPeopleAreAnsweredAllTheSame(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out")
	said := f.w.Say(f.bob.ID, "general", "the pool is empty")
	f.settle()
	f.w.MessageAction(f.ann.ID, said, "log")
	form := f.w.Views(f.ann.ID)
	f.w.Fail(slacktest.Fault{Method: "users.info", Times: -1, Delay: 5 * time.Second})
	f.w.Fail(slacktest.Fault{Method: "conversations.replies", Times: -1, Delay: 4 * time.Second})
	carl := f.w.Person(slacktest.User{Name: "carl"})
	if got := f.w.Command(carl.ID, "general", "/incident", "ask @"+f.w.Person(slacktest.User{Name: "dora"}).Name+" --in "+i.Number.String()); got.Failure != "" {
		t.Errorf("a command: %s after %s", got.Failure, got.Took)
	}
	if len(form) != 1 {
		t.Fatalf("%d forms", len(form))
	}
	if got := f.w.Submit(f.ann.ID, form[0], map[string]any{"in": i.Number.String()}); got.Failure != "" || len(f.w.Views(f.ann.ID)) != 0 {
		t.Errorf("a form: %s after %s", got.Failure, got.Took)
	}
	f.w.Until("the record, with where it was said", func() bool {
		got := f.facts(i.Number, "noted")
		return len(got) == 1 && got[0].Fact.(*incident.Noted).Message != nil
	})
	f.clean()
}

// What breaks in one request breaks no other one.
func TestAPanicIsToldAndTheHouseStands(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	f.between.instead(func(context.Context, bot.Request) (bot.Reply, error) { panic("a bug") })
	f.w.Command(f.ann.ID, "general", "/incident", "me")
	if !f.saw(f.ann, "Something broke") {
		t.Error("nobody was told")
	}
	f.between.instead(nil)
	f.open("Checkout times out")
	f.clean()
}

// A response_url works five times. What comes sixth is told where it was asked.
func TestASixthAnswerGoesAnotherWay(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	go_ := make(chan struct{})
	f.between.instead(func(context.Context, bot.Request) (bot.Reply, error) {
		<-go_
		return bot.Reply{Text: "it was done in the end"}, nil
	})
	got := f.w.Command(f.ann.ID, "general", "/incident", "me")
	for range 5 {
		resp, err := f.w.HTTP().Post(got.ResponseURL, "application/json", strings.NewReader(`{"text":"used"}`))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(err, resp)
		}
		_ = resp.Body.Close()
	}
	close(go_)
	f.w.Until("the answer", func() bool { return f.saw(f.ann, "done in the end") })
	if n := len(f.w.Calls("chat.postEphemeral")); n != 1 {
		t.Errorf("told %d times", n)
	}
}
