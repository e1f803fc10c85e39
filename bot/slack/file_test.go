package slack_test

import (
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

// files are what the bot gave a channel.
func files(w *slacktest.Workspace, room string) (out []string) {
	for _, m := range w.Messages(room) {
		for _, f := range w.Files(m) {
			out = append(out, f.Name+": "+string(f.Data))
		}
	}
	return out
}

func TestAReportIsTheChannelsCanvas(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true})
	place := s.room(t)
	for _, text := range []string{"# first", "# second"} {
		s.w.Fail(slacktest.Fault{Method: "conversations.canvases.create", Lost: true})
		d := bot.Document{Name: "INC.md", Title: "Report", Text: text}
		err := s.a.File(t.Context(), roomAt(place), d, false)
		if isPermanent(err) {
			t.Fatal(err)
		}
		if err := s.a.File(t.Context(), roomAt(place), d, true); err != nil {
			t.Fatal(err)
		}
		if got := s.w.Canvas(place.Room); got != text {
			t.Errorf("the canvas says %q, want %q", got, text)
		}
	}
	if got := files(s.w, place.Room); len(got) > 0 {
		t.Errorf("files: %q", got)
	}
}

func TestAReportIsAFileWhereThereIsNoCanvas(t *testing.T) {
	noScope := slices.DeleteFunc(slacktest.BotScopes(), func(s string) bool { return strings.HasPrefix(s, "canvases:") })
	for name, o := range map[string]slacktest.Options{
		"policy": {Unlimited: true, Policies: map[string]bool{"canvas": true}}, "scope": {Unlimited: true, Scopes: noScope},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, o)
			place := s.room(t)
			d := bot.Document{Name: "INC.md", Title: "Report", Text: "# 報告書"}
			s.w.Fail(slacktest.Fault{Method: "files.completeUploadExternal", Lost: true})
			if err := s.a.File(t.Context(), roomAt(place), d, false); err == nil || isPermanent(err) {
				t.Fatalf("a lost answer: %v", err)
			}
			s.w.Until("the file", func() bool { return len(files(s.w, place.Room)) == 1 })
			if err := s.a.File(t.Context(), roomAt(place), d, true); err != nil {
				t.Fatal(err)
			}
			if got := files(s.w, place.Room); !slices.Equal(got, []string{"INC.md: # 報告書"}) {
				t.Errorf("files: %q", got)
			}
			if n := len(s.w.Calls("files.getUploadURLExternal")); n != 1 {
				t.Errorf("it was given %d times", n)
			}
		})
	}
}

// Slack may take a file and never share it: that is no success.
func TestAFileThatIsNeverSharedIsNotHandedIn(t *testing.T) {
	s := newScene(t, slacktest.Options{Unlimited: true, Policies: map[string]bool{"canvas": true}})
	place := s.room(t)
	d := bot.Document{Name: "INC.md", Title: "Report", Text: "# x"}
	s.w.Fail(slacktest.Fault{Method: "share"})
	if err := s.a.File(t.Context(), roomAt(place), d, false); err == nil || isPermanent(err) {
		t.Fatalf("taken and not shared: %v", err)
	}
	if err := s.a.File(t.Context(), roomAt(place), d, true); err != nil || len(files(s.w, place.Room)) != 1 {
		t.Errorf("again: %v, files %q", err, files(s.w, place.Room))
	}
	if err := s.a.File(t.Context(), incident.Room{ID: place.Room, Thread: "1.2"}, d, false); err != nil {
		t.Errorf("a thread keeps none: %v", err)
	}
}
