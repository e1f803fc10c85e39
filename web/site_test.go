package web_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
	"matoi/web"
)

// site is the pages over a real database, with the real bot and its pump.
type site struct {
	t       testing.TB
	store   *storage.Storage
	desk    *incident.Desk
	chat    *console.Console
	web     *web.Server
	server  *httptest.Server
	log     *journal
	reports reporter
	deeds   int
}

// journal collects the log.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// reporter writes what the test wants, or panics.
type reporter struct {
	write func(n incident.Number, l lang.Lang) string
}

func (r *reporter) Markdown(_ context.Context, n incident.Number, l lang.Lang) (string, error) {
	return r.write(n, l), nil
}

func (r *reporter) HTML(_ context.Context, n incident.Number, l lang.Lang) (string, error) {
	return "<article class=\"report\"><p>" + html.EscapeString(r.write(n, l)) + "</p></article>", nil
}

func newSite(t testing.TB, change func(o *web.Options)) *site {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, log: &journal{}}
	s.store, err = storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: zone, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.NewTextHandler(s.log, nil))
	policy := func() incident.Policy { return incident.DefaultPolicy(zone) }
	s.desk = &incident.Desk{Store: s.store, Policy: policy, Now: time.Now}
	b := bot.New(bot.Options{Desk: s.desk, Store: s.store, People: s.store, Policy: policy, Now: time.Now, Local: true, Log: log, Choices: s.store, DigestAt: func() string { return "09:00" }})
	s.chat = console.New(console.Options{Store: s.store, Handler: b, Now: time.Now})
	if err := s.chat.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.reports.write = func(n incident.Number, l lang.Lang) string { return "# " + n.String() + " " + string(l) }
	o := web.Options{
		Console: s.chat, Bot: b, Store: s.store, Reporter: &s.reports, Local: true, Zone: zone, Now: time.Now, Log: log,
	}
	if change != nil {
		change(&o)
	}
	s.web = web.New(o)
	s.server = httptest.NewServer(s.web.Handler())
	t.Cleanup(s.server.Close)
	t.Cleanup(s.web.Close) // before the server: it waits for its streams
	s.pump(b)
	return s
}

// pump runs the outbox until the test ends.
func (s *site) pump(b *bot.Bot) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	p := bot.NewPump(s.store, b, []bot.Chat{s.chat}, time.Now, nil)
	done.Go(func() { _ = p.Run(ctx) })
	s.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// visitor is a browser of somebody.
type visitor struct {
	s    *site
	id   incident.PersonID
	head http.Header
}

func (s *site) as(name string) *visitor {
	s.t.Helper()
	p, err := s.store.Meet(s.t.Context(), incident.Identity{Realm: "console", ID: name}, name, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return &visitor{s: s, id: p.ID, head: http.Header{"Cookie": {"matoi_who=" + string(p.ID)}, "Accept-Language": {"en"}}}
}

func (s *site) open(o incident.Open, by incident.PersonID) incident.Number {
	s.t.Helper()
	s.deeds++
	r, err := s.desk.Do(s.t.Context(), 0, o, incident.By{Person: by}, incident.Cause{ID: "test" + string(rune('a'+s.deeds))})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Incident.Number
}

func (v *visitor) send(method, path string, form url.Values, extra ...string) (*http.Response, string) {
	v.s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.s.t.Context(), method, v.s.server.URL+path, body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header = v.head.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(extra); i += 2 {
		if extra[i] == "Host" {
			r.Host = extra[i+1]
			continue
		}
		r.Header.Set(extra[i], extra[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil && method != "TORN" {
		v.s.t.Fatal(err)
	}
	return resp, string(text)
}

func (v *visitor) get(path string, extra ...string) (*http.Response, string) {
	v.s.t.Helper()
	return v.send(http.MethodGet, path, nil, extra...)
}

// post does what the page's script does.
func (v *visitor) post(path string, kv ...string) (*http.Response, string) {
	v.s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		form.Add(kv[i], kv[i+1])
	}
	return v.send(http.MethodPost, path, form, "HX-Request", "true")
}

func (v *visitor) wants(path string, status int, parts ...string) string {
	v.s.t.Helper()
	resp, body := v.get(path)
	if resp.StatusCode != status {
		v.s.t.Errorf("GET %s: got %d, want %d", path, resp.StatusCode, status)
	}
	for _, p := range parts {
		if !strings.Contains(body, p) {
			v.s.t.Errorf("GET %s: want %q in\n%s", path, p, tags.ReplaceAllString(body, " "))
		}
	}
	return body
}

func (v *visitor) say(channel, text string) {
	v.s.t.Helper()
	if resp, body := v.post("/do/say", "channel", channel, "text", text); resp.StatusCode != http.StatusOK {
		v.s.t.Fatalf("say %q: got %d %s", text, resp.StatusCode, body)
	}
}

// eventually waits for what a loop in the background brings about.
func (s *site) eventually(what string, ok func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	signal, stop := s.store.Watch("console")
	defer stop()
	for !ok() {
		select {
		case <-signal:
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// TestEveryPageObeysItsOwnPolicy: nothing inline, nothing from elsewhere.
func TestEveryPageObeysItsOwnPolicy(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, v.id)
	v.say("general", "hello **there**")
	for _, path := range []string{"/", "/incidents?all=1", "/incidents/" + n.String(), "/incidents/" + n.String() + "/report", "/chat", "/chat/general", "/people", "/alerts", "/who", "/nowhere"} {
		resp, body := v.get(path)
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for _, tag := range tags.FindAllString(body, -1) {
			lower := strings.ToLower(tag)
			switch {
			case strings.HasPrefix(lower, "<script") && !strings.Contains(lower, `src="/static/`),
				strings.Contains(lower, " style="), strings.Contains(lower, " onclick="), strings.Contains(lower, " onload="),
				strings.HasPrefix(lower, "<style"), strings.HasPrefix(lower, "<iframe"):
				t.Errorf("%s: %s breaks the policy", path, tag)
			}
			if m := regexp.MustCompile(`(?:src|action)="(https?:)?//[^"]*"`).FindString(tag); m != "" {
				t.Errorf("%s: %s comes from elsewhere", path, m)
			}
		}
		if !strings.Contains(body, `<html lang="en"`) || strings.Contains(body, "⟦") {
			t.Errorf("%s: language or text is missing", path)
		}
	}
}
