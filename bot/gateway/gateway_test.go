package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

var noon = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func page() bot.Page {
	n, _ := incident.ParseNumber("INC-20261122-001")
	return bot.Page{
		Key: "step/1/p1/sms", Lang: lang.JA, Number: n, Person: "佐藤", Title: "INC-20261122-001 P1 決済", Text: "15分以内に応答してください。", Link: "https://matoi.example.com/incidents/INC-20261122-001",
		Sent: noon, Urgent: true, Answers: []bot.Answer{{Kind: "ack", Label: "対応します", URL: "https://matoi.example.com/a/TOKEN"}},
	}
}

func secrets(all ...string) (out []bot.Secret) {
	for _, s := range all {
		out = append(out, bot.NewSecret(s))
	}
	return out
}

// gateway is a server that answers as do says, and a pager for it.
func gateway(t *testing.T, do http.HandlerFunc) *Pager {
	t.Helper()
	s := httptest.NewServer(do)
	t.Cleanup(s.Close)
	return New(Options{Config: Config{Name: "sms", URL: s.URL + "/in?key=hush", Secrets: secrets("the-new-secret-of-sms", "the-old-secret-of-sms")}, Client: s.Client(), Now: func() time.Time { return noon }})
}

func TestAPageIsPostedSignedWithEverySecret(t *testing.T) {
	var got payload
	var raw []byte
	var header http.Header
	p := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ = io.ReadAll(r.Body)
		header = r.Header
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"id": "SM123"}`)
	})
	ref, err := p.Page(t.Context(), "+819012345678", page())
	if err != nil || ref != "SM123" {
		t.Fatalf("%q %v", ref, err)
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.To != "+819012345678" || got.Person != "佐藤" || got.ID != "step/1/p1/sms" || !got.Urgent || got.Type != "incident.page" || got.Incident == nil || len(got.Answers) != 1 {
		t.Errorf("%s", raw)
	}
	if header.Get("Webhook-Id") != "step/1/p1/sms" || header.Get("Webhook-Timestamp") != "1795316400" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", header)
	}
	for _, s := range secrets("the-new-secret-of-sms", "the-old-secret-of-sms") {
		if !signed(header, []bot.Secret{s}, noon, raw) {
			t.Error("not signed with one of the secrets")
		}
	}
	if signed(header, secrets("the-wrong-secret-of-sms"), noon, raw) || signed(header, p.Config.Secrets, noon, append(raw, ' ')) || signed(header, p.Config.Secrets, noon.Add(time.Hour), raw) {
		t.Error("a wrong secret, a changed body and an old time must not pass")
	}
}

// The example of the specification's own libraries (https://www.standardwebhooks.com).
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	s := bot.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	got := signature(s, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnswersOfTheGatewayAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		do   http.HandlerFunc
		want string
	}{
		"taken":             {status(http.StatusNoContent), "sent"},
		"a bad number":      {status(http.StatusUnprocessableEntity), "permanent"},
		"a wrong secret":    {status(http.StatusUnauthorized), "permanent"},
		"broken":            {status(http.StatusInternalServerError), "again"},
		"away without hint": {status(http.StatusServiceUnavailable), "again"},
		"somewhere else": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "permanent"},
		"too many":           {waits("7"), "wait 7s"},
		"too many, by date":  {waits(noon.Add(time.Minute).Format(http.TimeFormat)), "wait 1m0s"},
		"too many, for ever": {waits("99999999"), "wait 1h0m0s"},
		"cut off":            {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "doubt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gateway(t, c.do).Page(t.Context(), "+81", page())
			if got := sort(err); got != c.want {
				t.Errorf("%s: %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the address is in the error: %v", err)
			}
		})
	}
	gone := New(Options{Config: Config{Name: "sms", URL: "http://127.0.0.1:1/", Secrets: secrets("the-new-secret-of-sms")}, Now: func() time.Time { return noon }})
	if _, err := gone.Page(t.Context(), "+81", page()); sort(err) != "again" {
		t.Errorf("nobody listens: %v", err)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func waits(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// sort is what an error means.
func sort(err error) string {
	wait, waits := errors.AsType[*bot.Wait](err)
	_, permanent := errors.AsType[*bot.Permanent](err)
	_, doubt := errors.AsType[*bot.Doubt](err)
	switch {
	case err == nil:
		return "sent"
	case waits:
		return "wait " + wait.After.String()
	case permanent:
		return "permanent"
	case doubt:
		return "doubt"
	}
	return "again"
}

func TestATextMessageKeepsItsLink(t *testing.T) {
	long := page()
	long.Title = strings.Repeat("決済が止まった ", 40)
	endless := page()
	endless.Answers[0].URL = "https://matoi.example.com/" + strings.Repeat("x", 200)
	bare := bot.Page{Title: strings.Repeat("a", 300)}
	for name, c := range map[string]struct {
		p    bot.Page
		ends string
		most int
	}{
		"short": {page(), "決済 https://matoi.example.com/a/TOKEN", 160}, "long": {long, "… https://matoi.example.com/a/TOKEN", 160},
		"a link that is too long": {endless, endless.Answers[0].URL, 300}, "without a link": {bare, "a…", 160},
	} {
		if got := short(c.p); !strings.HasSuffix(got, c.ends) || utf8.RuneCountInString(got) > c.most {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// pages keeps what was told.
type pages map[string]bot.PageState

func (p pages) SavePage(_ context.Context, s bot.PageState) (bot.PageState, error) {
	if s.Key == "unknown" {
		return s, incident.ErrNotFound
	}
	p[s.Key] = s
	return s, nil
}

func TestAGatewayTellsWhatBecameOfAPage(t *testing.T) {
	known := pages{}
	own := Config{Name: "sms", Secrets: secrets("the-new-secret-of-sms", "whsec_"+base64.StdEncoding.EncodeToString([]byte("the-old-secret-of-sms")))}
	hook := NewHook(HookOptions{Gateways: func() []Config { return []Config{own} }, Store: known, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)})
	post := func(method, name, body string, secret bot.Secret, at time.Time) int {
		r := httptest.NewRequest(method, Path+name, strings.NewReader(body))
		sign(r.Header, []bot.Secret{secret}, "evt_1", at, []byte(body))
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		return w.Code
	}
	good, delivered := own.Secrets[1], `{"id": "step/1/p1/sms", "state": "delivered", "ref": "SM1"}`
	for name, c := range map[string]struct{ got, want int }{
		"delivered":          {post("POST", "sms", delivered, good, noon.Add(-time.Minute)), 204},
		"failed":             {post("POST", "sms", `{"id": "b", "state": "failed", "reason": "no\nroute"}`, own.Secrets[0], noon), 204},
		"a state of its own": {post("POST", "sms", `{"id": "b", "state": "read"}`, good, noon), 400},
		"no JSON":            {post("POST", "sms", `id=b`, good, noon), 400},
		"no page of ours":    {post("POST", "sms", `{"id": "unknown", "state": "sent"}`, good, noon), 404},
		"another gateway":    {post("POST", "phone", delivered, good, noon), 404},
		"signed by others":   {post("POST", "sms", delivered, bot.NewSecret("the-wrong-secret-of-sms"), noon), 401},
		"played again later": {post("POST", "sms", delivered, good, noon.Add(-time.Hour)), 401},
		"a look":             {post("GET", "sms", "", good, noon), 405},
		"far too large":      {post("POST", "sms", `{"id": "`+strings.Repeat("x", 100<<10)+`"}`, good, noon), 413},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
	if s := known["step/1/p1/sms"]; s.State != bot.PageDelivered || s.Ref != "SM1" || s.Realm != "gateway:sms" || !s.At.Equal(noon) {
		t.Errorf("%+v", s)
	}
	if s := known["b"]; s.Why != "no route" {
		t.Errorf("%+v", s)
	}
}

func TestMistakesInTheConfigurationAreNamed(t *testing.T) {
	good := Config{Name: "sms", URL: "https://gateway.example.com/in", Secrets: secrets("the-new-secret-of-sms")}
	for want, change := range map[string]func(*Config){
		"":                               func(c *Config) { c.URL = "http://127.0.0.1:9/in" },
		"name config.gateway_name":       func(c *Config) { c.Name = "mail" },
		"url config.gateway_url":         func(c *Config) { c.URL = "http://gateway.example.com/in" },
		"secrets config.gateway_secrets": func(c *Config) { c.Secrets = secrets("short") },
	} {
		c := good
		change(&c)
		got := ""
		for _, m := range c.Mistakes() {
			got += m.Key + " " + m.ID
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
