package slack_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
)

// An answer with a card says each thing once, and begins with words.
func TestAnAnswerSaysNothingTwice(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	_, room := f.open("Checkout times out")
	for _, text := range []string{"status", "brief", "checklist"} {
		got := f.w.Command(f.ann.ID, room, "/incident", text)
		if got.Message == nil {
			t.Fatalf("%s: nothing is shown", text)
		}
		if n := strings.Count(got.Message.Shown(), "Checkout times out"); n != 1 {
			t.Errorf("%s: the title stands there %d times:\n%s", text, n, got.Message.Shown())
		}
		if n := strings.Count(got.Message.Text, "Checkout times out"); n != 1 {
			t.Errorf("%s: the title is told %d times: %s", text, n, got.Message.Text)
		}
	}
	got := f.w.Command(f.ann.ID, room, "/incident", "statsu")
	if got.Message == nil || strings.HasPrefix(got.Message.Shown(), "*…*") || !strings.Contains(got.Message.Shown(), "[status]") || strings.HasPrefix(got.Message.Text, "\n") {
		t.Errorf("what is not understood: %+v", got.Message)
	}
	f.clean()
}

// An answer that is too long ends with the place where all of it is read.
func TestALongAnswerEndsWithALink(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.between.instead(func(context.Context, bot.Request) (bot.Reply, error) {
		return bot.Reply{Text: "The report", Document: strings.Repeat("long ", 2000), Number: i.Number}, nil
	})
	got := f.w.Command(f.ann.ID, room, "/incident", "report")
	if got.Message == nil || !strings.Contains(got.Message.Text[len(got.Message.Text)-200:], pages+"/incidents/"+i.Number.String()+"/report|") {
		t.Errorf("it ends without a link: %+v", got.Message)
	}
	f.clean()
}

// A modal's title has 24 characters: a number that is cut is another number.
func TestAModalNamesItsIncidentInFull(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	for _, text := range []string{"role", "log", "update", "priority", "task", "handover"} {
		for len(f.w.Views(f.ann.ID)) > 0 {
			f.w.Dismiss(f.ann.ID, true)
		}
		f.w.Command(f.ann.ID, room, "/incident", text)
		views := f.w.Views(f.ann.ID)
		if len(views) != 1 {
			t.Errorf("%s: %d forms are open", text, len(views))
			continue
		}
		if v := views[0]; utf8.RuneCountInString(v.Title) > 24 || strings.Contains(v.Title, "…") || !strings.Contains(v.Title+v.Shown(), i.Number.String()) {
			t.Errorf("%s: %q\n%s", text, v.Title, v.Shown())
		}
	}
	f.clean()
}

func TestAReportInAnAnswerShowsItsTables(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, room := f.open("Checkout times out")
	f.between.instead(func(context.Context, bot.Request) (bot.Reply, error) {
		document := "# Report\n\n" + strings.Repeat("A line that is read.\n\n", 250) + "| Target | Result |\n| --- | --- |\n| First response | met |\n\nThe end."
		return bot.Reply{Text: "The report", Document: document, Number: i.Number}, nil
	})
	got := f.w.Command(f.ann.ID, room, "/incident", "report")
	if got.Message == nil {
		t.Fatal("nothing is shown")
	}
	for _, want := range []string{"Target          Result\nFirst response  met", "The end."} {
		if !strings.Contains(got.Message.Shown(), want) {
			t.Errorf("no %q in\n%s", want, got.Message.Shown())
		}
	}
	if strings.Contains(got.Message.Shown(), "| --- |") {
		t.Errorf("a table stands raw:\n%s", got.Message.Shown())
	}
	f.clean()
}

func TestAllOfTheHelpIsShown(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	_, room := f.open("Checkout times out")
	for text, wants := range map[string][]string{
		"":         {"log 14:35 restarted", "Checkout times out", "[All commands]"},
		"help all": {"`open`", "`undo`", "`help`", "explains one"},
	} {
		got := f.w.Command(f.ann.ID, room, "/incident", text)
		if got.Message == nil {
			t.Fatalf("%q: nothing is shown", text)
		}
		for _, want := range wants {
			if !strings.Contains(got.Message.Shown()+got.Message.Text, want) {
				t.Errorf("%q lacks %q:\n%s", text, want, got.Message.Shown())
			}
		}
	}
	f.clean()
}
