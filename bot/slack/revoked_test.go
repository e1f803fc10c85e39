package slack_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
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
)

// noted is a log that can be read while it is written.
type noted struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *noted) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(b)
}

// lines counts the lines that say something.
func (n *noted) lines(parts ...string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for line := range strings.Lines(n.text.String()) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			count++
		}
	}
	return count
}

func figure(a *slack.Adapter, name string) float64 {
	for _, f := range a.Figures() {
		if f.Name == name {
			return f.Read()
		}
	}
	return -1
}

// A token that is revoked is said urgently and once, in the log and as a figure, and so is that there is one again.
func TestATokenThatIsTakenNoMoreIsSaidOnce(t *testing.T) {
	for _, code := range []string{"token_revoked", "account_inactive", "invalid_auth"} {
		t.Run(code, func(t *testing.T) {
			var log noted
			s := newScene(t, slacktest.Options{Unlimited: true}, func(o *slack.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			place := s.room(t)
			s.w.Fail(slacktest.Fault{Method: "*", Error: code, Times: -1})
			for range 3 {
				if err := s.a.SetTopic(t.Context(), roomAt(place), "x"); err == nil || isPermanent(err) {
					t.Errorf("what an operator mends is given up: %v", err)
				}
			}
			if n := log.lines("level=ERROR", code, "restart"); n != 1 || figure(s.a, "matoi_slack_token_refused") != 1 {
				t.Errorf("said %d times, the figure is %v", n, figure(s.a, "matoi_slack_token_refused"))
			}
			s.w.Mend()
			for range 2 {
				if err := s.a.SetTopic(t.Context(), roomAt(place), "y"); err != nil {
					t.Error(err)
				}
			}
			if n := log.lines("takes the bot token again"); n != 1 || figure(s.a, "matoi_slack_token_refused") != 0 {
				t.Errorf("that it is taken is said %d times, the figure is %v", n, figure(s.a, "matoi_slack_token_refused"))
			}
		})
	}
}

// What is wrong with the app's token, by which the connections are opened, is nothing of the bot token's: messages go out.
func TestAnAppTokenThatIsRefusedIsNotTakenForTheBotToken(t *testing.T) {
	var log noted
	s := newScene(t, slacktest.Options{Unlimited: true}, func(o *slack.Options) {
		o.Config.AppToken, o.Log = bot.NewSecret("xapp-1-revoked"), slog.New(slog.NewTextHandler(&log, nil))
	})
	s.w.Fail(slacktest.Fault{Method: "apps.connections.open", Error: "invalid_auth", Times: -1})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.a.Run(ctx) }()
	s.w.Until("connections that are refused", func() bool { return log.lines("connection to Slack ended", "invalid_auth") >= 2 })
	if n := log.lines("does not take the bot token"); n != 0 || figure(s.a, "matoi_slack_token_refused") != 0 {
		t.Errorf("the bot token is blamed %d times, the figure is %v", n, figure(s.a, "matoi_slack_token_refused"))
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The token is revoked in the middle of an incident: the built-in chat goes on, what is meant for Slack waits, and all of it comes
// once there is another token.
func TestATokenRevokedInTheMiddleLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, slacktest.Options{Unlimited: true})
	n, there, here := h.opened(incident.P2)
	posts := len(h.w.Posts(there.ID))
	h.w.Fail(slacktest.Fault{Method: "*", Error: "token_revoked", Times: -1})
	for k := range 5 {
		h.types(here.ID, fmt.Sprintf("log entry %d.", k))
		h.do(n, incident.AddTask{Text: fmt.Sprintf("task %d.", k), Owner: h.bob})
	}
	h.until("work goes on in the built-in chat", func() bool {
		list, err := h.store.Messages(t.Context(), here.ID, 0, 0, 500)
		return err == nil && slices.ContainsFunc(list, func(m console.Message) bool { return strings.Contains(m.Text, "entry 4.") })
	})
	h.until("Slack is known to refuse", func() bool { return figure(h.slack, "matoi_slack_token_refused") == 1 })
	h.pass(20 * time.Minute)
	if _, outbox, err := h.store.Waiting(t.Context()); err != nil || outbox < 10 || len(h.w.Posts(there.ID)) != posts {
		t.Errorf("%d wait, %v; %d posts", outbox, err, len(h.w.Posts(there.ID))-posts)
	}
	h.stop() // another token takes a restart
	h.w.Mend()
	h.start()
	h.calm()
	room := strings.Join(shown(h.w.Posts(there.ID)), "\n")
	for k := range 5 {
		if got := strings.Count(room, fmt.Sprintf("entry %d.", k)); got != 1 {
			t.Errorf("entry %d is told %d times:\n%s", k, got, room)
		}
	}
	if got := strings.Join(shown(h.w.DMs(h.bobID)), "\n"); strings.Count(got, "task 4.") != 1 {
		t.Errorf("Bob was told: %s", got)
	}
}

// Two answers of one form cross: the older one, which Slack refuses by its hash, does not take the newer one's place, and the
// newest takes its place whatever stands there.
func TestAFormThatWasMadeAgainMeanwhileShowsTheNewest(t *testing.T) {
	f := newFloor(t, slacktest.Options{})
	i, _ := f.open("Checkout times out at payment")
	f.w.Command(f.bob.ID, "general", "/incident", "open")
	f.w.Fail(slacktest.Fault{Method: "views.update", Error: "hash_conflict"})
	f.w.Choose(f.bob.ID, f.w.Views(f.bob.ID)[0], "title", "Checkout times out")
	f.w.Until("the form made again in spite of it", func() bool {
		return strings.Contains(f.w.Views(f.bob.ID)[0].Shown(), "Look at "+i.Number.String())
	})
	calls := f.w.Calls("views.update")
	if len(calls) != 2 || calls[0].Args()["hash"] == nil || calls[1].Args()["hash"] != nil {
		t.Errorf("%d updates: with the hash first, then without", len(calls))
	}
	if got := f.w.Submit(f.bob.ID, f.w.Views(f.bob.ID)[0], map[string]any{"impact": "large", "urgency": "high"}); got.Failure != "" || len(got.Errors) > 0 {
		t.Errorf("sent: %+v", got)
	}
	f.clean()
}
