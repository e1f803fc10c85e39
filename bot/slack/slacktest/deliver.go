package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The kinds of deliveries. Each has a request URL of the app, and an envelope type of Socket Mode.
const (
	Commands    = "commands"
	Events      = "events"
	Interactive = "interactive"
	Suggestions = "options"
)

// limit is the time an app has to acknowledge (docs.slack.dev/apis/events-api and interactivity).
const limit = 3 * time.Second

// Delivery is something that Slack sends to the app, and how that went.
type Delivery struct {
	Kind    string
	ID      string // the event_id of events, the trigger_id of the rest
	At      time.Time
	Payload map[string]any
	Tries   []Try
}

// Try is one attempt at a delivery.
type Try struct {
	Num    int // X-Slack-Retry-Num, 0 for the first
	Reason string
	At     time.Time
	Request
	Answer
}

// Request is a delivery as it goes over the wire, over HTTP.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// Answer is how the app answered, and what the person who waits for it sees.
type Answer struct {
	Status      int
	Header      http.Header
	Body        []byte
	Took        time.Duration
	Socket      bool
	Failure     string // what the person is told when it went wrong: operation_timeout, dispatch_failed, or a sentence
	Reason      string // Slack's word for it in X-Slack-Retry-Reason: http_timeout, http_error, connection_failed
	TriggerID   string
	ResponseURL string
	Message     *Message          // what the answer itself showed
	Errors      map[string]string // of a modal, per block, from the app or from Slack's own client
	Options     []Option          // of an options request
}

// Option is one entry of an external menu.
type Option struct{ Text, Value string }

// app is where HTTP deliveries go.
type app struct {
	base   string
	client *http.Client
}

// Connect sends deliveries to the app over HTTP from now on, base without a slash at the end. A nil client is
// http.DefaultClient; InMemory makes one of a handler.
func (w *Workspace) Connect(base string, client *http.Client) {
	if client == nil {
		client = http.DefaultClient
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.app = &app{base: base, client: client}
}

// carry makes one try at a delivery, by HTTP or by Socket Mode, and waits three seconds.
func (w *Workspace) carry(ctx context.Context, d *Delivery, num int, reason string) Answer {
	w.mu.Lock()
	app, down := w.app, w.down
	w.mu.Unlock()
	t := Try{Num: num, Reason: reason, At: w.Now()}
	switch {
	case down:
		t.Answer = Answer{Failure: "Slack is away", Reason: "connection_failed"}
	case app == nil:
		t.Answer = w.overSocket(ctx, d, num, reason)
	default:
		t.Request = w.request(d, num, reason)
		t.Answer = w.overHTTP(ctx, app, t.Request)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d.Tries = append(d.Tries, t)
	w.Log("deliver %s %s try %d -> %d %s", d.Kind, d.ID, num, t.Status, t.Failure)
	return t.Answer
}

// request encodes and signs a delivery.
func (w *Workspace) request(d *Delivery, num int, reason string) Request {
	r := Request{Header: http.Header{}}
	kind := "application/x-www-form-urlencoded"
	raw, err := json.Marshal(d.Payload)
	if err != nil {
		panic(err) // a payload of the simulator's own
	}
	switch d.Kind {
	case Events:
		r.Path, r.Body, kind = w.Paths.Events, raw, "application/json"
	case Commands:
		form := url.Values{}
		for k, v := range d.Payload {
			form.Set(k, fmt.Sprint(v))
		}
		r.Path, r.Body = w.Paths.Commands, []byte(form.Encode())
	case Interactive, Suggestions:
		r.Path = w.Paths.Interactions
		if d.Kind == Suggestions {
			r.Path = w.Paths.Options
		}
		r.Body = []byte(url.Values{"payload": {string(raw)}}.Encode())
	}
	r.Header.Set("Content-Type", kind)
	if num > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(num))
		r.Header.Set("X-Slack-Retry-Reason", reason)
	}
	w.Sign(&r, w.SigningSecret, w.Now())
	return r
}

// Sign sets the stamp and the signature of a request: v0= and the HMAC-SHA256 of v0:stamp:body
// (docs.slack.dev/authentication/verifying-requests-from-slack).
func (w *Workspace) Sign(r *Request, secret string, at time.Time) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, r.Body)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}

// Send delivers a request of the test's own making: a replay of Try.Request, an old stamp, a wrong secret.
func (w *Workspace) Send(r Request) Answer {
	w.mu.Lock()
	app := w.app
	w.mu.Unlock()
	if app == nil {
		w.t.Fatalf("slacktest: Send needs Connect")
		return Answer{}
	}
	return w.overHTTP(w.life, app, r)
}

func (w *Workspace) overHTTP(ctx context.Context, app *app, r Request) Answer {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, app.base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{Failure: "dispatch_failed", Reason: "unknown_error"}
	}
	req.Header = r.Header.Clone()
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	from := w.Now()
	res, err := app.client.Do(req)
	a := Answer{Header: http.Header{}}
	if err == nil {
		defer func() { _ = res.Body.Close() }()
		a.Status, a.Header = res.StatusCode, res.Header
		a.Body, err = io.ReadAll(io.LimitReader(res.Body, 1<<20))
	}
	a.Took = w.Now().Sub(from)
	switch {
	case ctx.Err() != nil:
		a.Failure, a.Reason = "operation_timeout", "http_timeout"
	case err != nil:
		a.Failure, a.Reason = "dispatch_failed", "connection_failed"
	case a.Status < 200 || a.Status > 299:
		a.Failure, a.Reason = "dispatch_failed", "http_error"
	}
	return a
}

// Deliveries gives what was sent so far, of some kinds or of all.
func (w *Workspace) Deliveries(kinds ...string) []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Delivery
	for _, d := range w.sent {
		if len(kinds) == 0 || contains(kinds, d.Kind) || contains(kinds, kindOf(d)) {
			c := *d
			c.Tries = append([]Try(nil), d.Tries...)
			out = append(out, c)
		}
	}
	return out
}
