package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

// inbox holds what opened nothing.
type inbox struct{ idle, broken []web.Alert }

func (b *inbox) Idle(context.Context, lang.Lang, int) ([]web.Alert, error) { return b.idle, nil }

func (b *inbox) Undecoded(context.Context, lang.Lang, int) ([]web.Alert, error) { return b.broken, nil }

func (b *inbox) Of(context.Context, incident.Number, lang.Lang, int) ([]web.Alert, error) {
	return nil, nil
}

func someAlerts() *inbox {
	at := time.Now().Add(-time.Minute)
	return &inbox{
		idle: []web.Alert{
			{Source: "alertmanager", Key: "k1", Title: `disk "full" --service x`, Severity: "warning", Service: "checkout", Host: "db-03", Status: "firing", Count: 3, First: at, Last: at, Reason: "No rule matches; severity warning waits in the inbox.", Why: "alert.reason_harmless", Outcome: "inbox"},
			{Source: "zabbix", Key: "k2", Title: "ＤＢが遅い", Status: "resolved", Count: 1, First: at, Last: at, Reason: "Rule “quiet” matches.", Why: "alert.reason_rule", Rule: "quiet", Outcome: "ignore", Link: "javascript:alert(1)"},
		},
		broken: []web.Alert{{Source: "generic", Key: "7", Title: "{oops <script>", First: at, Last: at, Reason: "The body is not valid JSON", Outcome: "undecoded"}},
	}
}

func TestInboxFiltersBySourceReasonStatusAndWords(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Alerts = someAlerts() })
	ann := s.as("Ann")
	for query, want := range map[string][2]bool{
		"": {true, true}, "?source=zabbix": {false, true}, "?why=harmless": {true, false}, "?why=ignored": {false, true}, "?why=rule": {false, false},
		"?status=firing": {true, false}, "?q=DB-03": {true, false}, "?q=db": {true, true}, "?q=nothing": {false, false}, "?tab=undecoded": {false, false},
	} {
		_, body := ann.get("/alerts" + query)
		if got := [2]bool{strings.Contains(body, "disk &#34;full&#34;"), strings.Contains(body, "ＤＢが遅い")}; got != want {
			t.Errorf("/alerts%s: shows %v, want %v", query, got, want)
		}
	}
	body := ann.wants("/alerts", http.StatusOK, "severity warning waits", "How this was decided", "quiet", "3 times")
	if strings.Contains(body, `href="javascript:`) {
		t.Error("a link of an alert runs script")
	}
	body = ann.wants("/alerts?tab=undecoded", http.StatusOK, "not valid JSON", "{oops")
	if strings.Contains(body, "<script>") {
		t.Error("the body of a request becomes markup")
	}
}

func TestIncidentOpenedFromAnAlertHasItsTitleWhateverStandsInIt(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Alerts = someAlerts() })
	ann := s.as("Ann")
	body := ann.wants("/alerts", http.StatusOK)
	command := regexp.MustCompile(`&#34;command&#34;:&#34;((?:[^&]|&[^#]|&#[^3]|&#3[^4])*?(?:\\&#34;.*?)?)&#34;,&#34;form&#34;`).FindStringSubmatch(body)
	if command == nil {
		t.Fatalf("no button opens an incident: %s", body)
	}
	typed := strings.NewReplacer(`\&#34;`, `"`, "&#39;", "'", "&amp;", "&").Replace(command[1])
	_, form := ann.post("/do/press", "command", typed, "form", "true", "place", "page")
	for _, part := range []string{`value="disk &#39;full&#39; --service x"`, `value="checkout"`, "Alert from alertmanager"} {
		if !strings.Contains(form, part) {
			t.Errorf("the form that %q asks for lacks %s:\n%s", typed, part, form)
		}
	}
}

func TestAlertIsNotedInTheIncidentThatIsChosen(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Alerts = someAlerts() })
	ann := s.as("Ann")
	if _, body := ann.post("/do/note", "text", "disk full"); !strings.Contains(body, "No incident is open") {
		t.Errorf("with nothing open: %s", body)
	}
	s.open(incident.Open{Title: "other", Priority: incident.P1, Services: []string{"mail"}}, ann.id)
	n := s.open(incident.Open{Title: "slow", Priority: incident.P3, Services: []string{"checkout"}}, ann.id)
	_, body := ann.post("/do/note", "text", "disk full", "service", "checkout")
	first := regexp.MustCompile(`<option value="(INC-[^"]+)"`).FindStringSubmatch(body)
	if first == nil || first[1] != n.String() {
		t.Errorf("offers %v first, want the incident of its service %s", first, n)
	}
	if resp, body := ann.post("/do/submit", "command", "log --kind finding", "f.in", n.String(), "f.text", "disk full", "deed", "note1"); resp.StatusCode != http.StatusOK {
		t.Fatalf("submit: got %d %s", resp.StatusCode, body)
	}
	ann.wants("/incidents/"+n.String(), http.StatusOK, "disk full")
}

func TestInboxTellsOfNewAlertsWithoutMoving(t *testing.T) {
	box := someAlerts()
	s := newSite(t, func(o *web.Options) { o.Alerts = box })
	ann := s.as("Ann")
	have := regexp.MustCompile(`/live/alerts\?have=(\w+)`).FindStringSubmatch(ann.wants("/alerts", http.StatusOK))
	if have == nil {
		t.Fatal("the page follows nothing")
	}
	box.idle = append([]web.Alert{{Source: "x", Key: "new", Title: "new one", First: time.Now(), Last: time.Now()}}, box.idle...)
	ann.follow("/live/alerts?"+url.Values{"have": {have[1]}}.Encode(), func(e event) bool {
		return e.ID == "inbox-news" && strings.Contains(e.HTML, "New alerts have come")
	})
}

func TestInboxShowsAHundredAtATime(t *testing.T) {
	box := &inbox{}
	for n := range 130 {
		box.idle = append(box.idle, web.Alert{Source: "s", Key: fmt.Sprint(n), Title: "alert", First: time.Now(), Last: time.Now()})
	}
	s := newSite(t, func(o *web.Options) { o.Alerts = box })
	ann := s.as("Ann")
	count := func(body string) int { return strings.Count(body, `class="col-alert"`) }
	if got := count(ann.wants("/alerts", http.StatusOK, "Show 30 more", `href="/alerts?show=200"`)); got != 100 {
		t.Errorf("%d rows, want 100", got)
	}
	if got := count(ann.wants("/alerts?show=200", http.StatusOK)); got != 130 {
		t.Errorf("%d rows after asking for more, want 130", got)
	}
}
