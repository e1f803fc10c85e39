package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The sender is the real one here: what Prometheus' Alertmanager says, repeats and takes back by its own clock.
func TestARealAlertmanagerOpensFeedsAndSettlesAnIncident(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	binary := outside(t, "MATOI_TEST_ALERTMANAGER", "Prometheus Alertmanager", "/usr/bin/prometheus-alertmanager")
	s := newScene(t, nil)
	am := startAlertmanager(t, binary, s.app.URL()+"/hooks/alertmanager", "400ms")
	began := time.Now().Add(-time.Minute)

	am.alert(map[string]any{"startsAt": began})
	s.until("the alert opens an incident", func() bool { return len(s.numbers()) == 1 })
	number := s.numbers()[0]
	i := s.incident(number)
	if i.Title != "payment-api-7d9f:8080 が応答していません" || i.Priority != "P2" {
		t.Errorf("opened %q as %s, want the summary, and P2 for what is critical", i.Title, i.Priority)
	}
	s.until("the room is open", func() bool { return len(s.incident(number).Rooms) == 1 })
	before := len(s.timeline(number))

	s.until("Alertmanager says it again", func() bool { return am.sent(t) >= 3 })
	if got := s.numbers(); len(got) != 1 {
		t.Errorf("a repeated alert opened more: %v", got)
	}
	if got := s.timeline(number)[before:]; len(got) > 0 {
		t.Errorf("a repeated alert wrote %v into the record, want its counter alone", got)
	}
	if got := s.incident(number).Alerts; got.Firing != 1 {
		t.Errorf("%d alerts fire, want 1", got.Firing)
	}

	am.alert(map[string]any{"startsAt": began, "endsAt": time.Now()})
	s.until("the room is told that it is over", func() bool { return s.incident(number).Alerts.Firing == 0 })
	if got := s.timeline(number)[before:]; len(got) != 1 || got[0].Kind != "alerts_met" {
		t.Errorf("the end of the alert wrote %v, want one entry", got)
	}
	if got := s.incident(number).Status; got == "resolved" || got == "closed" {
		t.Errorf("the end of the alert made the incident %s; a person decides that", got)
	}
	if got := s.numbers(); len(got) != 1 {
		t.Errorf("the end of the alert opened more: %v", got)
	}
}

// alertmanager is a running one that sends to one webhook.
type alertmanager struct {
	t   *testing.T
	url string
}

// startAlertmanager starts one that says again after the time given what was answered well; what was not it says again by itself.
func startAlertmanager(t *testing.T, binary, hook, repeat string) alertmanager {
	t.Helper()
	dir := t.TempDir()
	config := write(t, fmt.Sprintf(`route: {receiver: matoi, group_by: ['...'], group_wait: 0s, group_interval: 400ms, repeat_interval: %s}
receivers: [{name: matoi, webhook_configs: [{url: '%s', send_resolved: true}]}]
`, repeat, hook))
	address := "127.0.0.1:" + port(t)
	beside(t, binary, "--config.file="+config, "--storage.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--cluster.listen-address=")
	am := alertmanager{t, "http://" + address}
	answers(t, am.url+"/-/ready")
	return am
}

// alert says what Prometheus would say, with the times given.
func (a alertmanager) alert(times map[string]any) {
	a.t.Helper()
	alert := map[string]any{
		"labels": map[string]string{
			"alertname": "InstanceDown", "instance": "payment-api-7d9f:8080", "service": "payment-api", "severity": "critical",
		},
		"annotations":  map[string]string{"summary": "payment-api-7d9f:8080 が応答していません"},
		"generatorURL": "https://prometheus.example.jp/graph?g0.expr=up",
	}
	for k, v := range times {
		alert[k] = v
	}
	body, err := json.Marshal([]any{alert})
	if err != nil {
		a.t.Fatal(err)
	}
	answer, err := http.Post(a.url+"/api/v2/alerts", "application/json", bytes.NewReader(body)) //nolint:noctx // loopback
	if err != nil {
		a.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		a.t.Fatalf("Alertmanager took the alert with %d", answer.StatusCode)
	}
}

// sent is how many notifications Alertmanager has delivered by webhook.
func (a alertmanager) sent(t *testing.T) int {
	t.Helper()
	answer, err := http.Get(a.url + "/metrics") //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		var n int
		if _, err := fmt.Sscanf(line, `alertmanager_notifications_total{integration="webhook"} %d`, &n); err == nil {
			return n
		}
	}
	return 0
}
