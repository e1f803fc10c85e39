package web_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

func TestRulesAreMadeListedAndRemovedByTheAPI(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	api := web.NewAPI(web.APIOptions{
		Gate: web.Gate{Access: func() web.Access { return web.Access{Local: true} }}, Bot: s.web.Bot.(*bot.Bot), People: s.store, Inbox: box,
		BodyBound: 1 << 20, Lang: lang.EN, Log: slog.New(slog.DiscardHandler),
	})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		api.ServeHTTP(w, r)
		return w
	}
	w := ask(http.MethodPost, "/api/v1/alert-rules", `{"as":"Ann","name":"mine","match":{"source":["am"],"title":["a, b","c*"]},"do":"wait","wait":"10m","priority":"P2","why":"it \"lasts\""}`)
	var made struct {
		Number int64
		Wait   string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated || made.Number != 1 || made.Wait != "10m0s" {
		t.Fatalf("made: %d %s", w.Code, w.Body)
	}
	got := box.rules[0]
	if got.Source != "am" || !reflect.DeepEqual(got.Match, map[string][]string{"title": {"a, b", "c*"}}) || got.Priority != "P2" || got.Why != `it "lasts"` || got.By == "" {
		t.Errorf("it says %+v", got)
	}
	long := strings.Repeat("x", 90) // longer than a name may be: it is shortened
	if w := ask(http.MethodPost, "/api/v1/alert-rules", `{"as":"Ann","name":"`+long+`","match":{"source":["am"]},"do":"ignore"}`); w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"name":"`+box.rules[1].Name+`"`) {
		t.Errorf("a long name: %d %s", w.Code, w.Body)
	}
	box.rules = append(box.rules, bot.AlertRule{Name: "of the file", Do: "open"})
	if w := ask(http.MethodGet, "/api/v1/alert-rules", ""); w.Code != http.StatusOK || strings.Index(w.Body.String(), "mine") > strings.Index(w.Body.String(), "of the file") {
		t.Errorf("listed: %d %s", w.Code, w.Body)
	}
	box.rules = append(box.rules, bot.AlertRule{Name: "counts", Do: "wait", Count: 3, Within: time.Hour, Then: "attach"})
	if w := ask(http.MethodGet, "/api/v1/alert-rules", ""); !strings.Contains(w.Body.String(), `"do":"wait","count":3,"within":"1h0m0s","then":"attach"`) || !strings.Contains(w.Body.String(), `"wait":"10m0s","then":"open"`) {
		t.Errorf("what rules wait for: %s", w.Body)
	}
	for body, code := range map[string]string{
		`{"as":"Ann","name":"x","match":{},"do":"ignore"}`:                 "inbox_which",
		`{"as":"Ann","name":"x","match":{"source":["am"]},"do":"dance"}`:   "inbox_rule_then",
		`{"as":"Ann","match":{"source":["am"]},"do":"wait","wait":"long"}`: "inbox_rule_after",
	} {
		if w := ask(http.MethodPost, "/api/v1/alert-rules", body); w.Code < 400 || !strings.Contains(w.Body.String(), `"`+code+`"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	odd := ask(http.MethodPost, "/api/v1/alert-rules", `{"as":"Ann","name":"x","match":{"source":["am"]},"do":"*a_ [b](c) @all"}`)
	var p web.Problem
	if err := json.Unmarshal(odd.Body.Bytes(), &p); err != nil || odd.Code != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "“*a_ [b](c) @all”") {
		t.Errorf("what a program reads: %d %s", odd.Code, odd.Body)
	}
	if w := ask(http.MethodDelete, "/api/v1/alert-rules/1?as=Ann&why=over", ""); w.Code != http.StatusNoContent || box.rules != nil {
		t.Errorf("removed: %d %s", w.Code, w.Body)
	}
	if w := ask(http.MethodDelete, "/api/v1/alert-rules/x?as=Ann", ""); w.Code != http.StatusNotFound {
		t.Errorf("what is no number: %d", w.Code)
	}
}

func TestRulesAreForManagersAndWhoIsOnCall(t *testing.T) {
	box := someAlerts()
	s := withInbox(t, box)
	ann, b := s.as("Ann"), s.web.Bot.(*bot.Bot)
	policy := b.Policy()
	policy.Managers = []incident.PersonID{"p77"}
	b.Policy = func() incident.Policy { return policy }
	make := func() {
		ann.post("/do/press", "command", "inbox rule --match source=am --then ignore --rule x", "place", "page")
	}
	if make(); len(box.rules) != 0 {
		t.Fatal("anybody makes a rule")
	}
	policy.OnCall = []incident.PersonID{ann.id}
	if make(); len(box.rules) != 1 || !slices.Equal(box.rules[0].Match["source"], nil) || box.rules[0].Source != "am" {
		t.Errorf("who is on call makes %+v", box.rules)
	}
}
