package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"matoi/bot/alert"
	"matoi/incident"
)

// anyNumber finds the number of an incident.
var anyNumber = regexp.MustCompile(`INC-[0-9]{8}-[0-9]{3,}`)

func TestAnAlertBecomesAnIncidentWithARoomAndAnAnnouncement(t *testing.T) {
	s := boot(t, "")
	if code, out := s.ask(t, "POST", "/hooks/alertmanager", sample(time.Now())); code != 202 {
		t.Fatalf("%d %s", code, out)
	}
	listed := ""
	eventually(t, "the incident opens", func() bool {
		_, listed = s.ask(t, "GET", "/api/v1/incidents", "")
		return strings.Contains(listed, "Checkout fails for 12% of customers")
	})
	eventually(t, "its room opens", func() bool {
		_, out := s.ask(t, "GET", "/api/v1/incidents/"+anyNumber.FindString(listed), "")
		return strings.Contains(out, `"rooms":[{`)
	})
	eventually(t, "everything was told", func() bool {
		_, out := s.ask(t, "GET", "/metrics", "")
		return strings.Contains(out, "matoi_outbox_waiting 0") && strings.Contains(out, "matoi_inbox_waiting 0")
	})
	told, err := s.store.Messages(t.Context(), "incidents", 0, 0, 10)
	if err != nil || len(told) != 1 || told[0].Card == nil {
		t.Errorf("announcements: %v %v", told, err)
	}
}

func TestWhatWasAnsweredIsReadByTheNextRequestAndByTheNextStart(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "/incident open P3 Printer on fire")
	for i := range 20 {
		text := fmt.Sprintf("entry number %d.", i)
		s.say(t, "alice", "/incident log "+text+" --in "+n)
		if _, out := s.ask(t, "GET", "/api/v1/incidents/"+n+"/timeline", ""); strings.Count(out, text) != 1 {
			t.Fatalf("%q is %d times in %s", text, strings.Count(out, text), out)
		}
	}
	s.end(t)
	a := NewApp(s.AppOptions)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := server{a, s.log}
	defer again.end(t)
	if _, out := again.ask(t, "GET", "/api/v1/incidents/"+n+"/timeline", ""); strings.Count(out, "entry number") != 20 {
		t.Errorf("after a restart: %s", out)
	}
}

func TestARetriedCommandIsDoneOnceAndAnsweredAlike(t *testing.T) {
	s := boot(t, "")
	body := `{"as":"alice","channel":"#general","text":"open P3 Twice"}`
	var first string
	for range 3 {
		code, out := s.ask(t, "POST", "/api/v1/commands", body, "Idempotency-Key: abc")
		if first == "" {
			first = out
		}
		var a, b struct{ Incident struct{ Number string } }
		_ = json.Unmarshal([]byte(first), &a)
		_ = json.Unmarshal([]byte(out), &b)
		if code != 200 || a != b {
			t.Fatalf("%d %s, first %s", code, out, first)
		}
	}
	if _, out := s.ask(t, "GET", "/api/v1/incidents", ""); strings.Count(out, "Twice") != 1 {
		t.Errorf("%s", out)
	}
}

func TestARetriedCommandAboutARequestIsDoneOnceAndAnsweredAlike(t *testing.T) {
	s := boot(t, "")
	for _, body := range []string{"{broken", "{more"} {
		if code, out := s.ask(t, "POST", "/hooks/generic", body); code != 202 {
			t.Fatalf("%d %s", code, out)
		}
	}
	var rows []alert.Row
	eventually(t, "both stand in the inbox", func() bool {
		rows, _ = s.store.UndecodedRows(t.Context(), 10)
		return len(rows) == 2
	})
	for n, text := range []string{"inbox discard " + rows[0].Key + " a test", "inbox again " + rows[1].Key} {
		body, key := fmt.Sprintf(`{"as":"alice","channel":"#general","text":%q}`, text), fmt.Sprintf("Idempotency-Key: k%d", n)
		code, first := s.ask(t, "POST", "/api/v1/commands", body, key)
		again, out := s.ask(t, "POST", "/api/v1/commands", body, key)
		if code != 200 || again != 200 || out != first {
			t.Errorf("%s: %d %s, then %d %s", text, code, first, again, out)
		}
		if code, out = s.ask(t, "POST", "/api/v1/commands", body, key+"-other"); n == 0 && code == 200 {
			t.Errorf("%s, asked for anew: %d %s", text, code, out)
		}
	}
	dropped := 0
	events, err := s.store.Register(t.Context())
	for _, e := range events {
		if _, is := e.Fact.(*incident.RequestDropped); is {
			dropped++
		}
	}
	if err != nil || dropped != 1 {
		t.Errorf("%d are dropped by the register: %v", dropped, err)
	}
}

func TestSomeoneNewBecomesAPersonHoweverManyAskAtOnce(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P3 Crowd")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { s.say(t, "花子", fmt.Sprintf("log 同時 %d --in %s", i, n)) })
	}
	all.Wait()
	found, err := s.store.Named(t.Context(), "花子")
	if err != nil || len(found) != 1 {
		t.Errorf("花子 is %v %v", found, err)
	}
}

func TestStopEndsOpenStreamsAndLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := boot(t, "")
	s.say(t, "alice", "open P3 Stream")
	found, err := s.store.Named(t.Context(), "alice")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	var streams []*http.Response
	for range 3 {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.Addr()+"/live/list", nil)
		r.AddCookie(&http.Cookie{Name: "matoi_who", Value: string(found[0].ID)})
		r.Header.Set("Accept", "text/event-stream")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
			t.Fatalf("no stream: %s %s", answer.Status, answer.Header)
		}
		streams = append(streams, answer)
	}
	s.end(t)
	if strings.Contains(s.log.String(), "cut the requests") {
		t.Errorf("the stop waited for the streams and cut them:\n%s", s.log)
	}
	for _, answer := range streams {
		if _, err := io.ReadAll(answer.Body); err != nil && !strings.Contains(err.Error(), "EOF") {
			t.Errorf("a stream ended with %v", err)
		}
		answer.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func TestADawdlingSenderDoesNotHoldUpTheStop(t *testing.T) {
	s := boot(t, "")
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /hooks/generic HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 100"))); err != nil { // it waits for the body now
		t.Fatal(err)
	}
	const within = 10 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	began := time.Now()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("the stop is a failure: %v", err)
	}
	if took := time.Since(began); took > within*9/10 {
		t.Errorf("the stop took %s of %s", took, within)
	}
}

const tokens = `
auth:
  tokens:
    - {name: all, token: correct-horse-battery, scopes: [admin]}
`

func TestAChangedConfigurationIsTakenAsAWholeOrNotAtAll(t *testing.T) {
	s := boot(t, tokens)
	head := "Authorization: Bearer correct-horse-battery"
	version := s.live.Policy().Version
	change := func(text string) error {
		if err := os.WriteFile(s.File, []byte(text+"\nlisten: 127.0.0.1:0\ndata: "+s.Config.Data+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return s.Reload(t.Context())
	}
	if err := change(tokens + "targets: {P1: {response: 5m}}\nmanagers: [Tanaka]\nsources: [{name: shop, format: generic}]"); err != nil {
		t.Fatal(err)
	}
	if s.live.Policy().Version == version || len(s.live.Policy().Managers) != 1 {
		t.Error("the policy did not change")
	}
	if code, _ := s.ask(t, "POST", "/hooks/shop", "{}", head); code != 202 {
		t.Errorf("the new source answers %d", code)
	}
	if found, err := s.store.Named(t.Context(), "Tanaka"); err != nil || len(found) != 1 || !found[0].Manager {
		t.Errorf("Tanaka is %v %v", found, err)
	}
	version = s.live.Policy().Version
	if err := change(tokens + "targets: {P1: {response: soon}}"); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Errorf("a broken configuration was taken: %v", err)
	}
	if err := change(""); err == nil {
		t.Error("a configuration without tokens was taken by a server that has them")
	}
	if s.live.Policy().Version != version {
		t.Error("a refused configuration changed the policy")
	}
	if code, _ := s.ask(t, "POST", "/hooks/shop", "{}", head); code != 202 {
		t.Errorf("after a refused one the source answers %d", code)
	}
	if err := change(tokens + "zone: UTC\nmanagers: []"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.log.String(), "needs a restart") || s.live.Policy().Zone.String() != "Asia/Tokyo" {
		t.Error("a change that needs a restart was taken or not reported")
	}
	if found, _ := s.store.Named(t.Context(), "Tanaka"); found[0].Manager {
		t.Error("who was taken off the list is still a manager")
	}
	if code, _ := s.ask(t, "GET", "/api/v1/incidents", ""); code != 401 {
		t.Errorf("without a token: %d", code)
	}
}

func TestAChangedPolicyIsSetOnWhatIsOpen(t *testing.T) {
	s := boot(t, "")
	s.say(t, "alice", "open P1 Under the old policy")
	before, err := s.store.NextDue(t.Context())
	if err != nil || before.IsZero() {
		t.Fatal(before, err)
	}
	text := "reminders: {ask_next_after: 2m, at: [10, 90]}\nlisten: 127.0.0.1:0\ndata: " + s.Config.Data + "\n"
	if err := os.WriteFile(s.File, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is due by the old policy", func() bool {
		stale, err := s.store.Stale(t.Context(), s.live.Policy().Version, 10)
		return err == nil && len(stale) == 0
	})
	after, err := s.store.NextDue(t.Context())
	if err != nil || !after.Before(before) {
		t.Errorf("due %s, by the old policy %s (%v)", after, before, err)
	}
}

func TestAServerWithTokensLetsNobodyInWithoutOne(t *testing.T) {
	s := boot(t, tokens)
	for _, path := range []string{"/", "/incidents", "/chat", "/people", "/alerts", "/live/list", "/api/v1/incidents", "/metrics"} {
		_, out := s.ask(t, "GET", path, "")
		if strings.Contains(out, "#general") || strings.Contains(out, `"incidents"`) || strings.Contains(out, "matoi_inbox") {
			t.Errorf("%s lets anybody in: %.300s", path, out)
		}
	}
	if strings.Contains(s.log.String(), "correct-horse") {
		t.Error("the log names a token")
	}
}

func TestExposedWithoutTokensNeverStarts(t *testing.T) {
	c := DefaultConfig()
	c.Listen, c.Data = "0.0.0.0:0", t.TempDir()
	if err := NewApp(AppOptions{Config: c}).Start(t.Context()); err == nil {
		t.Error("it started")
	}
}

func TestSayShowsReplyOrRefusal(t *testing.T) {
	s := boot(t, "")
	env := map[string]string{"MATOI_ADDR": s.Addr()}
	code, out, errs := run(t, "", env, "say", "--as", "alice", "open", "P3", "Said from a terminal")
	if code != 0 || !strings.Contains(out, "INC-") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	n := anyNumber.FindString(out)
	if code, _, errs := run(t, "", env, "say", "--as", "alice", "--in", n, "log restarted --by @bob"); code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, out := s.ask(t, "GET", "/api/v1/incidents/"+n+"/timeline", ""); !strings.Contains(out, `"by":"bob","recorded_by":"alice"`) {
		t.Errorf("timeline %s", out)
	}
	if code, _, errs := run(t, "", env, "say", "--as", "alice", "frobnicate"); code != 1 || !strings.Contains(errs, "frobnicate") {
		t.Errorf("a refusal: exit %d: %s", code, errs)
	}
	if code, _, errs := run(t, "", map[string]string{"MATOI_ADDR": "127.0.0.1:1"}, "say", "--as", "alice", "list"); code != 1 || !strings.Contains(errs, "nobody answers") {
		t.Errorf("nobody there: exit %d: %s", code, errs)
	}
}

func TestVerifyBackupAndExportWorkBesideARunningServer(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P3 Copied")
	file := filepath.Join(t.TempDir(), "copy", "matoi.db")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", s.Config.Data); code != 0 || !strings.Contains(out, "1 incident") {
		t.Errorf("verify: exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := run(t, "", nil, "backup", "--data", s.Config.Data, file); code != 0 {
		t.Fatalf("backup: exit %d: %s", code, errs)
	}
	if code, _, errs := run(t, "", nil, "backup", "--data", s.Config.Data, file); code != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("over a file: exit %d: %s", code, errs)
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", filepath.Dir(file)); code != 0 {
		t.Errorf("verify the copy: exit %d: %s%s", code, out, errs)
	}
	code, out, errs := run(t, "", nil, "export", "--data", s.Config.Data)
	if code != 0 || !strings.Contains(out, n) || !strings.Contains(out, "Copied") {
		t.Errorf("export: exit %d: %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("export: %s", line)
		}
	}
}

func TestASlowOrHugeRequestIsCut(t *testing.T) {
	s := boot(t, "")
	if code, out := s.ask(t, "POST", "/hooks/generic", strings.Repeat("x", int(s.Config.BodyBound)+1)); code != 413 {
		t.Errorf("a body over the bound: %d %s", code, out)
	}
	if code, out := s.ask(t, "POST", "/api/v1/commands", `{"text":"`+strings.Repeat("x", 1<<20)+`"}`, "Content-Type: application/json"); code != 413 {
		t.Errorf("a command over the API's bound: %d %s", code, out)
	}
	if code, _ := s.ask(t, "GET", "/healthz", "", "X-Big: "+strings.Repeat("h", 100<<10)); code != 431 {
		t.Errorf("a header of 100 KiB: %d", code)
	}
}
