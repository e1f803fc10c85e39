package slacktest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot/slack/slacktest"
)

// line is one thing that the app made with Bolt says.
type line struct {
	What  string
	Value any
}

// bolt runs testdata/bolt/app.js, made with Slack's own library, against a workspace. It keeps the simulator honest: what
// Slack's library can't read or does not accept, an adapter must not learn here.
type bolt struct {
	t     *testing.T
	w     *slacktest.Workspace
	lines chan line
	early []line
}

func runBolt(t *testing.T, w *slacktest.Workspace, env ...string) *bolt {
	t.Helper()
	modules := os.Getenv("MATOI_TEST_BOLT")
	if modules == "" {
		if os.Getenv("MATOI_TEST_ALL") == "1" {
			t.Fatal("MATOI_TEST_ALL is set, but MATOI_TEST_BOLT names no node_modules with @slack/bolt")
		}
		t.Skip("needs MATOI_TEST_BOLT, a node_modules with @slack/bolt")
	}
	script, err := filepath.Abs("testdata/bolt/app.js")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "API_URL="+w.APIURL(), "BOT_TOKEN="+w.BotToken, "SIGNING_SECRET="+w.SigningSecret)
	cmd.Env = append(cmd.Env, env...)
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors bytes.Buffer
	cmd.Stderr = &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &bolt{t: t, w: w, lines: make(chan line, 100)}
	go func() {
		defer close(b.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var l line
			if json.Unmarshal(s.Bytes(), &l) != nil {
				l = line{"noise", s.Text()}
			}
			b.lines <- l
		}
	}()
	t.Cleanup(func() {
		_ = stop.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(errors.String())
		}
	})
	return b
}

// hear waits for the app to say something, whatever it says before.
func (b *bolt) hear(what string, want any) {
	b.t.Helper()
	if i := slices.IndexFunc(b.early, func(l line) bool { return l.What == what }); i >= 0 {
		got := b.early[i]
		b.early = slices.Delete(b.early, i, i+1)
		b.same(got, want)
		return
	}
	limit := time.After(20 * time.Second)
	for {
		select {
		case l, open := <-b.lines:
			if !open || l.What == "error" || l.What == "failed" {
				b.t.Fatalf("waiting for %q: %v", what, l)
			}
			if l.What == what {
				b.same(l, want)
				return
			}
			b.early = append(b.early, l)
		case <-limit:
			b.t.Fatalf("%q was not heard within 20 s", what)
		}
	}
}

func (b *bolt) same(l line, want any) {
	b.t.Helper()
	if want != nil && l.Value != want {
		b.t.Errorf("%s: got %v, want %v", l.What, l.Value, want)
	}
}

// play is what a person does with the app, the same by both doors.
func (b *bolt) play() {
	t, w := b.t, b.w
	t.Helper()
	aki := w.Person(slacktest.User{Name: "aki"}).ID
	b.hear("refused", "name_taken")
	b.hear("refused", "invalid_blocks 1")
	b.hear("channels", "general inc-1")
	b.hear("ready", w.BotUser)
	if w.Topic("inc-1") != "from bolt" {
		t.Errorf("topic %q", w.Topic("inc-1"))
	}
	w.Until("the file", func() bool {
		return slices.ContainsFunc(w.Messages("inc-1"), func(m slacktest.Message) bool {
			f := w.Files(m)
			return len(f) == 1 && string(f[0].Data) == "# Report"
		})
	})

	if a := w.Command(aki, "general", "/incident", "now"); a.Failure != "" || a.Message == nil || a.Message.Text != "acked now" {
		t.Errorf("command: %+v", a)
	}
	w.Until("the response", func() bool { return slices.Contains(w.Texts("general"), "responded now") })

	w.Command(aki, "general", "/incident", "form")
	b.hear("opened", nil)
	v := w.Views(aki)[0]
	w.Choose(aki, v, "who", "Ben")
	b.hear("chosen", "p2")
	if a := w.Submit(aki, v, map[string]any{"Title": "bad"}); a.Errors["title"] != "Too vague." {
		t.Errorf("errors: %+v", a)
	}
	w.Submit(aki, v, map[string]any{"Title": "api is down"})
	b.hear("submitted", "api is down")
	if len(w.Views(aki)) != 0 {
		t.Errorf("still open: %v", w.Views(aki))
	}

	said := w.Say(aki, "general", "hello bolt")
	w.Until("the card", func() bool { return len(w.Thread(said.Channel, said.TS)) == 2 })
	w.Press(aki, w.Thread(said.Channel, said.TS)[1], "Ack")
	w.Until("the acknowledgement", func() bool { return w.Thread(said.Channel, said.TS)[1].Text == "acked 7 by "+aki })
	w.MessageAction(aki, said, "log")
	b.hear("shortcut", "message_action hello bolt")
	w.Shortcut(aki, "log")
	b.hear("shortcut", "shortcut ")
	w.React(aki, said, "pushpin")
	b.hear("reacted", "pushpin on hello bolt")
	w.Home(aki)
	b.hear("home", "home")
	if !strings.Contains(w.HomeOf(aki).Shown(), "My incidents") {
		t.Errorf("home %q", w.HomeOf(aki).Shown())
	}
	m := w.Share(aki, "general", "https://matoi.test/incidents/7")
	b.hear("unfurled", "matoi.test")
	if len(w.Unfurled(m)) != 1 {
		t.Errorf("unfurled %v", w.Unfurled(m))
	}
	w.Leave(aki, "general")
	b.hear("left", aki)
	settle(t, w)
	if got := w.Troubles(); len(got) > 0 {
		t.Errorf("troubles %q", got)
	}
}

func TestBoltOverHTTP(t *testing.T) {
	all := slacktest.Paths{Commands: "/slack/events", Events: "/slack/events", Interactions: "/slack/events", Options: "/slack/events"}
	w := slacktest.New(t, slacktest.Options{Paths: all, Unfurls: []string{"matoi.test"}})
	w.Start()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	w.Connect(fmt.Sprintf("http://127.0.0.1:%d", port), nil)
	b := runBolt(t, w, fmt.Sprintf("PORT=%d", port))
	b.play()
	if !w.VerifyURL() {
		t.Error("Bolt did not give the challenge back")
	}
	was := w.Deliveries(slacktest.Commands)[0].Tries[0].Request
	w.Sign(&was, w.SigningSecret, time.Now().Add(-301*time.Second))
	if a := w.Send(was); a.Status != 401 {
		t.Errorf("a stamp of 301 seconds ago: %d", a.Status)
	}
	w.Sign(&was, "wrong", time.Now())
	if a := w.Send(was); a.Status != 401 {
		t.Errorf("a wrong secret: %d", a.Status)
	}
}

func TestBoltOverSocketMode(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Unfurls: []string{"matoi.test"}})
	w.Start()
	b := runBolt(t, w, "APP_TOKEN="+w.AppToken)
	b.play()
	w.Disconnect("refresh_requested", 0)
	w.Until("a new connection", func() bool { return w.Sockets() == 1 })
	aki := w.Person(slacktest.User{Name: "ben"}).ID
	if a := w.Command(aki, "general", "/incident", "again"); a.Failure != "" {
		t.Errorf("after the disconnect: %+v", a)
	}
}
