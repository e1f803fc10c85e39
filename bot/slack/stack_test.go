package slack_test

import (
	"context"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
)

// seesTwin has Bob begin to open what is open already, and look at that: a page lies on his form.
func (f *floor) seesTwin(number string) (form, page slacktest.View) {
	f.Helper()
	f.w.Command(f.bob.ID, "general", "/incident", "open")
	f.w.Choose(f.bob.ID, f.w.Views(f.bob.ID)[0], "title", "Checkout times out")
	f.w.Until("the twin", func() bool { return strings.Contains(f.w.Views(f.bob.ID)[0].Shown(), "Look at "+number) })
	form = f.w.Views(f.bob.ID)[0]
	f.w.Press(f.bob.ID, form, "Look at "+number)
	views := f.w.Views(f.bob.ID)
	if len(views) != 2 || views[1].Title != number {
		f.Fatalf("%d modals are open", len(views))
	}
	return form, views[1]
}

// On the form for a new incident lies the one that looks like it, and on that a form of its own: three modals, the most that
// Slack takes. What is done in the upper ones shows in the middle one, and the lowest still holds what was filled in.
func TestATwinIsLookedAtOnTopOfTheForm(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	number := i.Number.String()
	_, page := f.seesTwin(number)
	if !strings.Contains(page.Shown(), "Checkout times out at payment") {
		t.Errorf("the page: %s", page.Shown())
	}
	f.w.Press(f.bob.ID, page, "button-0")
	f.w.Until("acknowledged, and shown", func() bool {
		return len(f.facts(i.Number, "acknowledged")) == 1 && f.w.Views(f.bob.ID)[1].Hash != page.Hash
	})
	f.w.Press(f.bob.ID, f.w.Views(f.bob.ID)[1], "Log")
	views := f.w.Views(f.bob.ID)
	if len(views) != 3 {
		t.Fatalf("%d modals are open", len(views))
	}
	if got := f.w.Submit(f.bob.ID, views[2], map[string]any{"text": "it is the pool again"}); got.Failure != "" || len(got.Errors) > 0 {
		t.Fatalf("%+v", got)
	}
	if n := len(f.w.Views(f.bob.ID)); n != 2 {
		t.Errorf("%d modals are open", n)
	}
	f.w.Until("the entry on the page", func() bool {
		return len(f.facts(i.Number, "noted")) == 1 && strings.Contains(f.w.Views(f.bob.ID)[1].Shown(), "it is the pool again")
	})
	f.w.Dismiss(f.bob.ID, false)
	views = f.w.Views(f.bob.ID)
	if len(views) != 1 {
		t.Fatalf("%d modals are open", len(views))
	}
	got := f.w.Submit(f.bob.ID, views[0], map[string]any{"impact": "large", "urgency": "high"})
	if got.Failure != "" || len(got.Errors) > 0 {
		t.Fatalf("%+v", got)
	}
	f.w.Until("what he had written", func() bool {
		for _, row := range f.rows() {
			if row.Title == "Checkout times out" {
				return true
			}
		}
		return false
	})
	f.clean()
}

// Where no modal can be put on another one the answer goes another way, and what is open stays open.
func TestWhatCantBePutOnAModalIsToldOtherwise(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	number := i.Number.String()
	f.w.Fail(slacktest.Fault{Method: "views.push", Error: "expired_trigger_id"})
	f.w.Command(f.bob.ID, "general", "/incident", "open")
	f.w.Choose(f.bob.ID, f.w.Views(f.bob.ID)[0], "title", "Checkout times out")
	f.w.Until("the twin", func() bool { return strings.Contains(f.w.Views(f.bob.ID)[0].Shown(), "Look at "+number) })
	f.w.Press(f.bob.ID, f.w.Views(f.bob.ID)[0], "Look at "+number)
	f.w.Until("told alone", func() bool { return f.saw(f.bob, number) })
	if n := len(f.w.Views(f.bob.ID)); n != 1 {
		t.Errorf("%d modals are open", n)
	}
}

// Slack takes three modals on each other: a fourth is not even asked for.
func TestAFourthModalIsNotPutOnThree(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	_, page := f.seesTwin(i.Number.String())
	f.between.instead(func(ctx context.Context, r bot.Request) (bot.Reply, error) {
		reply, err := f.bot.Handle(ctx, r)
		if reply.Form != nil {
			reply.Form.Buttons = []bot.Button{{Label: "deeper", Command: r.Text, Form: true}}
		}
		return reply, err
	})
	f.w.Press(f.bob.ID, page, "Log")
	views := f.w.Views(f.bob.ID)
	if len(views) != 3 {
		t.Fatalf("%d modals are open", len(views))
	}
	f.w.Press(f.bob.ID, views[2], "deeper")
	f.w.Until("told alone", func() bool { return f.saw(f.bob, "Open it here") })
	if n := len(f.w.Views(f.bob.ID)); n != 3 {
		t.Errorf("%d modals are open", n)
	}
	if n := len(f.w.Calls("views.push")); n != 2 {
		t.Errorf("pushed %d times", n)
	}
}

// A page that was closed meanwhile takes no answer: it is told.
func TestWhatComesOfAClosedPageIsTold(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	_, page := f.seesTwin(i.Number.String())
	f.w.Press(f.bob.ID, page, "Log")
	top := f.w.Views(f.bob.ID)[2]
	f.w.Fail(slacktest.Fault{Method: "views.update", Times: -1, Error: "not_found"})
	f.w.Submit(f.bob.ID, top, map[string]any{"text": "it is the pool again"})
	f.w.Until("the record", func() bool { return len(f.facts(i.Number, "noted")) == 1 })
	f.w.Until("told alone", func() bool { return f.saw(f.bob, "it is the pool again") })
}
