package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/incident"
)

const (
	commands = "/api/v1/commands"
	one      = "/api/v1/incidents/{number}"
)

func TestAnswersAreThoseOfTheContract(t *testing.T) {
	c := readContract(t)
	d := newDesk()
	local := d.site(Access{Local: true})
	deep := strings.Repeat("[", 10_000)
	for _, row := range []struct {
		method, path, route, body string
		want                      int
		header                    []string
	}{
		{"POST", commands, commands, `{"as":"alice","channel":"#general","text":"/incident log x"}`, 200, nil},
		{"POST", commands, commands, `{"as":"alice","channel":"＃general","text":"list"}`, 200, nil},
		{"POST", commands, commands, `{"as":"new one","text":"log x"}`, 200, nil},
		{"POST", commands, commands, `{"as":"a\u0000b","text":"log \u0000 \ud800"}`, 200, nil},
		{"POST", commands, commands, "{\"as\":\"alice\",\"text\":\"\xff\xfe\"}", 200, nil},
		{"POST", commands, commands, `{"as":"alice","text":"close"}`, 403, nil},
		{"POST", commands, commands, `{"as":"alice","text":"break"}`, 500, nil},
		{"POST", commands, commands, `{"as":"alice","text":"panic"}`, 500, nil},
		{"POST", commands, commands, `{"as":"","text":"log x"}`, 422, nil},
		{"POST", commands, commands, `{"as":"` + strings.Repeat("長", 81) + `","text":"log x"}`, 422, nil},
		{"POST", commands, commands, `{"as":"alice","channel":"#nowhere","text":"log x"}`, 404, nil},
		{"POST", commands, commands, `{"as":`, 400, nil},
		{"POST", commands, commands, `{"as":5}`, 400, nil},
		{"POST", commands, commands, deep[:900], 400, nil},
		{"POST", commands, commands, deep, 413, nil},
		{"POST", commands, commands, `{"as":"alice","text":"log x"}`, 403, []string{"Sec-Fetch-Site: cross-site"}},
		{"POST", commands, commands, `{"as":"alice","text":"log x"}`, 403, []string{"Origin: http://evil.example"}},
		{"POST", commands, commands, `{"as":"alice","text":"log x"}`, 403, []string{"Host: rebound.example"}},
		{"POST", commands, commands, `{"as":"alice","text":"log x"}`, 400, []string{"Idempotency-Key: " + strings.Repeat("k", 256)}},
		{"GET", "/api/v1/incidents", "/api/v1/incidents", "", 200, nil},
		{"GET", "/api/v1/incidents?status=new,open&limit=5000&priority=P2&before=INC-20261121-009", "/api/v1/incidents", "", 200, nil},
		{"GET", "/api/v1/incidents?as=alice&mine=true&vacant=scribe&category=software&q=db&private=true&due_before=2026-11-21T05:00:00Z", "/api/v1/incidents", "", 200, nil},
		{"GET", "/api/v1/incidents?vacant=nobody", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?due_before=noon", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?mine=true", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?status=burning", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?limit=0", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?before=x", "/api/v1/incidents", "", 400, nil},
		{"GET", "/api/v1/incidents?as=nobody", "/api/v1/incidents", "", 422, nil},
		{"GET", "/api/v1/incidents", "/api/v1/incidents", "", 403, []string{"Sec-Fetch-Site: same-site"}},
		{"GET", "/api/v1/incidents/INC-20261121-001", one, "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-002", one, "", 404, nil},
		{"GET", "/api/v1/incidents/INC-20261121-002?as=alice", one, "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-009", one, "", 404, nil},
		{"GET", "/api/v1/incidents/x", one, "", 404, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/timeline", one + "/timeline", "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/timeline?after=2&limit=2", one + "/timeline", "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/timeline?after=-1", one + "/timeline", "", 400, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/report", one + "/report", "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/report?format=html&lang=en", one + "/report", "", 200, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/report?format=pdf", one + "/report", "", 400, nil},
		{"GET", "/api/v1/incidents/INC-20261121-001/report?lang=fr", one + "/report", "", 400, nil},
		{"POST", "/hooks/generic", "/hooks/{source}", `{"summary":"x"}`, 202, nil},
		{"POST", "/hooks/alertmanager", "/hooks/{source}", "\xff\x00 no JSON", 202, nil},
		{"POST", "/hooks/pagerduty-events-v2", "/hooks/{source}", `{"event_action":"trigger","dedup_key":"k"}`, 202, nil},
		{"POST", "/hooks/pagerduty-events-v2/v2/enqueue", "/hooks/{source}/v2/enqueue", `{"event_action":"trigger","dedup_key":"k"}`, 202, nil},
		{"POST", "/hooks/pagerduty-events-v2/v2/change/enqueue", "/hooks/{source}/v2/change/enqueue", `{"payload":{"summary":"deploy 1.2"}}`, 202, nil},
		{"POST", "/hooks/events/v2/enqueue", "/hooks/{source}/v2/enqueue", `{"event_action":"trigger","dedup_key":"k"}`, 401, nil},
		{"POST", "/hooks/events/v2/enqueue", "/hooks/{source}/v2/enqueue", `{"routing_key":"R0","event_action":"trigger","dedup_key":"k"}`, 202, nil},
		{"POST", "/hooks/generic/v2/enqueue", "/hooks/{source}/v2/enqueue", `{}`, 404, nil},
		{"POST", "/hooks/pagerduty-events-v2/v3/enqueue", "/hooks/{source}/v2/enqueue", `{}`, 404, nil},
		{"POST", "/hooks/generic", "/hooks/{source}", "", 202, nil},
		{"POST", "/hooks/nobody", "/hooks/{source}", `{}`, 404, nil},
		{"POST", "/hooks/generic", "/hooks/{source}", strings.Repeat("x", 1001), 413, nil},
		{"POST", "/hooks/generic", "/hooks/{source}", `{}`, 403, []string{"Sec-Fetch-Site: cross-site"}},
		{"POST", "/hooks/locked", "/hooks/{source}", `{}`, 401, nil},
		{"POST", "/hooks/locked", "/hooks/{source}", `{}`, 403, []string{"Authorization: Bearer wrong"}},
		{"POST", "/hooks/locked", "/hooks/{source}", `{}`, 202, []string{"Authorization: Bearer s3cret"}},
		{"GET", "/healthz", "/healthz", "", 200, nil},
		{"GET", "/readyz", "/readyz", "", 200, nil},
		{"GET", "/metrics", "/metrics", "", 200, nil},
		{"GET", "/openapi.json", "/openapi.json", "", 200, nil},
		{"GET", "/openapi.yaml", "/openapi.yaml", "", 200, nil},
	} {
		w := call(local, row.method, row.path, row.body, row.header...)
		if w.Code != row.want {
			t.Errorf("%s %s %.60s: %d, want %d: %s", row.method, row.path, row.body, w.Code, row.want, w.Body)
		}
		c.hold(t, row.method, row.route, w)
		if strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), "a bug") {
			t.Errorf("%s %s tells what only the log should: %s", row.method, row.path, w.Body)
		}
		if strings.Contains(w.Body.String(), "⟦") {
			t.Errorf("%s %s: a text is missing: %s", row.method, row.path, w.Body)
		}
	}
	d.sick = errors.New("no database")
	c.hold(t, "GET", "/readyz", call(local, "GET", "/readyz", ""))
	c.hold(t, "POST", "/hooks/{source}", call(local, "POST", "/hooks/generic", "{}"))
	if w := call(local, "GET", "/metrics", ""); w.Code != 200 || strings.Contains(w.Body.String(), "matoi_inbox_waiting") {
		t.Errorf("a count that failed is shown: %d", w.Code)
	}
}

func TestAPrivateIncidentIsNotThereForOthers(t *testing.T) {
	d := newDesk()
	h := d.site(Access{Local: true})
	for _, path := range []string{"", "/INC-20261121-002", "/INC-20261121-002/timeline", "/INC-20261121-002/report"} {
		for _, as := range []string{"", "?as=bob"} {
			if w := call(h, "GET", "/api/v1/incidents"+path+as, ""); strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s%s shows it: %s", path, as, w.Body)
			}
		}
	}
	if w := call(h, "GET", "/api/v1/incidents?as=alice", ""); !strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a member does not see it: %s", w.Body)
	}
	p := d.people["bob"]
	p.Auditor = true
	d.people["bob"] = p
	if w := call(h, "GET", "/api/v1/incidents?as=bob", ""); !strings.Contains(w.Body.String(), "secret") {
		t.Errorf("an auditor does not see it: %s", w.Body)
	}
}

func TestTheTimelineIsReadPageByPage(t *testing.T) {
	h := newDesk().site(Access{Local: true})
	var texts []string
	for after, pages := int64(0), 0; pages < 10; pages++ {
		w := call(h, "GET", fmt.Sprintf("/api/v1/incidents/INC-20261121-001/timeline?limit=2&after=%d", after), "")
		var page struct {
			Entries []entryJSON `json:"entries"`
			Next    *int64      `json:"next"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			texts = append(texts, e.Text)
			if e.By != "alice" || e.RecordedBy != "bob" || !e.Occurred.Before(e.At) || !e.Approx {
				t.Errorf("entry %+v", e)
			}
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if got := strings.Join(texts, ","); got != "entry 1,entry 2,entry 3,entry 4,entry 5" {
		t.Errorf("read %s", got)
	}
}

func TestTheSameKeyIsTheSameCauseForOneTokenOnly(t *testing.T) {
	d := newDesk()
	token := func(name string) Token {
		return Token{Name: name, Secret: bot.NewSecret("token-" + name), Scopes: []string{ScopeCommand}}
	}
	h := d.site(Access{Tokens: []Token{token("a"), token("b")}})
	body := `{"as":"alice","text":"log x"}`
	for _, header := range [][]string{
		{"Authorization: Bearer token-a", "Idempotency-Key: k"},
		{"Authorization: Bearer token-a", "Idempotency-Key: k"},
		{"Authorization: Bearer token-b", "Idempotency-Key: k"},
		{"Authorization: Bearer token-a"},
		{"Authorization: Bearer token-a"},
	} {
		if w := call(h, "POST", commands, body, header...); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if d.asked[0].Cause != d.asked[1].Cause || d.asked[0].Cause == d.asked[2].Cause || d.asked[3].Cause+d.asked[4].Cause != "" {
		t.Errorf("causes %q %q %q %q %q", d.asked[0].Cause, d.asked[1].Cause, d.asked[2].Cause, d.asked[3].Cause, d.asked[4].Cause)
	}
	if r := d.asked[0]; !r.NoForms || r.By != "p1" || r.Place.Room != "general" || r.Kind != bot.Typed {
		t.Errorf("request %+v", r)
	}
}

func TestAKeyUsedTwiceSwallowsNoOtherCommandAndShowsNobodyElsesAnswer(t *testing.T) {
	d := newDesk()
	h := d.site(Access{Local: true})
	seen := map[string]string{}
	for _, body := range []string{
		`{"as":"alice","text":"log x"}`, `{"as":"bob","text":"log x"}`, `{"as":"alice","text":"log y"}`,
	} {
		if w := call(h, "POST", commands, body, "Idempotency-Key: k"); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		cause := d.asked[len(d.asked)-1].Cause
		if other, again := seen[cause]; again {
			t.Errorf("%s has the cause of %s", body, other)
		}
		seen[cause] = body
	}
}

func TestTokensOpenOnlyWhatTheirScopesSay(t *testing.T) {
	d := newDesk()
	h := d.site(Access{Tokens: []Token{
		{Name: "r", Secret: bot.NewSecret("reader"), Scopes: []string{ScopeRead}},
		{Name: "c", Secret: bot.NewSecret("bound"), Scopes: []string{ScopeCommand}, Person: "p1"},
		{Name: "h", Secret: bot.NewSecret("hooker"), Scopes: []string{ScopeHooks}},
		{Name: "x", Secret: bot.NewSecret("admin"), Scopes: []string{ScopeAdmin}},
	}})
	for _, row := range []struct {
		token, method, path, body string
		want                      int
	}{
		{"", "GET", "/api/v1/incidents", "", 401},
		{"wrong", "GET", "/api/v1/incidents", "", 403},
		{"reader", "GET", "/api/v1/incidents", "", 200},
		{"reader", "POST", commands, `{"as":"alice","text":"log x"}`, 403},
		{"bound", "POST", commands, `{"text":"log x"}`, 200},
		{"bound", "POST", commands, `{"as":"bob","text":"log x"}`, 403},
		{"bound", "POST", commands, `{"as":"stranger","text":"log x"}`, 422},
		{"admin", "POST", commands, `{"as":"stranger","text":"log x"}`, 422},
		{"admin", "POST", commands, `{"as":"bob","text":"log x"}`, 200},
		{"reader", "POST", "/hooks/generic", `{}`, 403},
		{"hooker", "POST", "/hooks/generic", `{}`, 202},
		{"", "POST", "/hooks/generic", `{}`, 401},
		{"", "GET", "/metrics", "", 401},
		{"admin", "GET", "/metrics", "", 200},
		{"", "GET", "/healthz", "", 200},
	} {
		var header []string
		if row.token != "" {
			header = []string{"Authorization: Bearer " + row.token}
		}
		if w := call(h, row.method, row.path, row.body, header...); w.Code != row.want {
			t.Errorf("%q %s %s %s: %d, want %d: %s", row.token, row.method, row.path, row.body, w.Code, row.want, w.Body)
		}
	}
	if w := call(h, "GET", "/api/v1/incidents", "", "Authorization: Bearer admin"); !strings.Contains(w.Body.String(), "secret") {
		t.Errorf("admin does not see private incidents: %s", w.Body)
	}
	if w := call(h, "GET", "/api/v1/incidents?as=alice", "", "Authorization: Bearer reader"); strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a token borrowed somebody's eyes: %s", w.Body)
	}
}

func TestAFullInboxAsksToComeAgain(t *testing.T) {
	d := newDesk()
	d.full = true
	w := call(d.site(Access{Local: true}), "POST", "/hooks/generic", "{}")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestADatabaseThatIsAwayIsSaidAndAskedAgain(t *testing.T) {
	c := readContract(t)
	d := newDesk()
	d.sick = fmt.Errorf("write: %w", incident.ErrUnavailable)
	h := d.site(Access{Local: true})
	for _, row := range []struct {
		method, path, route, body string
		want                      int
		retry                     string
	}{
		{"POST", commands, commands, `{"as":"alice","text":"away"}`, 503, "5"},
		{"GET", "/readyz", "/readyz", "", 503, "5"},
		{"POST", "/hooks/generic", "/hooks/{source}", "{}", 500, ""}, // 503 is the full inbox alone
	} {
		w := call(h, row.method, row.path, row.body, "Accept-Language: en")
		c.hold(t, row.method, row.route, w)
		if w.Code != row.want || w.Header().Get("Retry-After") != row.retry || !strings.Contains(w.Body.String(), "can't be used") {
			t.Errorf("%s: %d %v %s", row.path, w.Code, w.Header(), w.Body)
		}
	}
}

func TestEveryErrorOfTheMachinesAddressesIsAProblem(t *testing.T) {
	h := newDesk().site(Access{Local: true})
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		w := call(h, "POST", path, "")
		if w.Code != 405 || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
}

func TestARequestIsStoredAsItCameWithoutItsSecrets(t *testing.T) {
	d := newDesk()
	body := "\x00\xff {\"a\": 1}"
	call(d.site(Access{Local: true}), "POST", "/hooks/locked?token=q", body, "Authorization: Bearer s3cret", "Cookie: a=b",
		"Content-Type: text/plain", "Ce-Type: x", "X-Signature: y")
	if len(d.stored) != 1 || !bytes.Equal(d.stored[0].Body, []byte(body)) || d.stored[0].Source != "locked" {
		t.Fatalf("stored %+v", d.stored)
	}
	if got := string(d.stored[0].Header); got != `{"Ce-Type":["x"],"Content-Type":["text/plain"]}` {
		t.Errorf("headers %s", got)
	}
}

func TestAnUnknownAddressIsAProblemInTheReadersLanguage(t *testing.T) {
	h := newDesk().site(Access{Local: true})
	w := call(h, "GET", "/api/v1/nothing", "", "Accept-Language: en")
	if w.Code != 404 || !strings.Contains(w.Body.String(), "nothing at this address") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = call(h, "DELETE", "/api/v1/incidents", "")
	if w.Code != 405 || w.Header().Get("Allow") != "GET" || !strings.Contains(w.Body.String(), "この URL で使えるのは") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestFiguresNameRoutesNotAddresses(t *testing.T) {
	h := newDesk().site(Access{Local: true})
	call(h, "GET", "/api/v1/incidents/INC-20261121-001", "")
	call(h, "BREW", "/api/v1/incidents/INC-20261121-001", "")
	text := call(h, "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`matoi_http_request_duration_seconds_count{code="200",method="GET",route="GET /api/v1/incidents/{number}"} 1`,
		`method="other"`, "matoi_inbox_waiting 3", "matoi_outbox_waiting 4", `matoi_build_info{version="test"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, "INC-") {
		t.Error("a figure names an incident")
	}
}

func TestARefusalSaysByItsStatusWhatToDo(t *testing.T) {
	for code, want := range map[string]int{
		"category_unknown": 422, "priority_unknown": 422, "audience_unknown": 422, "link_target": 422, "zone_unknown": 422, "role_needed": 422, // other words
		"silence_time": 422, "silence_pattern": 422, "inbox_rule_wrong": 422, "inbox_rule_then": 422,
		"only_manager": 403, "only_opener": 403, // somebody else
		"over": 409, "already_so": 409, "awaits_confirmation": 409, "confirm_for_them": 409, // not in this state
		"not_found": 404, "task_unknown": 404, "silence_number": 404, // nothing there
	} {
		if got := refusalStatus(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}
