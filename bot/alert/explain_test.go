package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/lang"
)

func TestExplainNamesTheRuleAndTheFields(t *testing.T) {
	c := Config{Rules: Rules{{Name: "pay", Match: map[string]Patterns{"team": {"payments"}}, Do: Open, Priority: "P1"}}}
	s := load(t, "alertmanager-instancedown-1-firing.json")
	e := c.Explain(s.Source, s.header(t), s.Body, s.received()).In(lang.JA)
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Alerts      []map[string]any `json:"alerts"`
		GroupStatus string           `json:"group_status"`
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"status": "firing", "event": "trigger", "severity": "critical", "title": "payment-api-7d9f:8080 が応答していません",
		"service": "payment-api", "host": "payment-api-7d9f:8080", "dedupe_key": "alertmanager:dd66d3c385575dc2",
		"starts_at": "2026-11-21T20:29:02.568Z", "rule": "pay", "do": "open", "priority": "P1", "why": "ルール「pay」に該当し、P1 で起票します。",
	} {
		if got.Alerts[0][field] != want {
			t.Errorf("%s is %v, want %v", field, got.Alerts[0][field], want)
		}
	}
	if link, _ := got.Alerts[0]["link"].(string); link == "" || got.GroupStatus != Firing {
		t.Errorf("link %q, group status %q", link, got.GroupStatus)
	}
}

// What follows another alert opens nothing, so that it has no priority either.
func TestExplainNamesNoPriorityOfWhatOpensNothing(t *testing.T) {
	for _, file := range []string{"pagerduty-2-acknowledged.json", "opsgenie-4-close.json"} {
		s := load(t, file)
		for _, a := range (&Config{}).Explain(s.Source, s.header(t), s.Body, s.received()).Alerts {
			if a.Severity != Critical || a.Do != Follow || a.Priority != "" {
				t.Errorf("%s: severity %s, do %s, priority %q", file, a.Severity, a.Do, a.Priority)
			}
		}
	}
}

func TestExplainSaysWhyNothingCanBeRead(t *testing.T) {
	e := (&Config{}).Explain(Generic, nil, []byte("garbage"), noon())
	if e.Alerts == nil || len(e.Alerts) != 0 || e.Reason == nil || e.Error == "" {
		t.Fatalf("%+v", e)
	}
	if said := e.In(lang.EN).Error; !strings.Contains(said, "not valid JSON") {
		t.Errorf("said %q", said)
	}
}

func TestExplainSaysWhatTheHouseMakesOfIt(t *testing.T) {
	quiet, err := NewSilences([]bot.Silence{{
		Kind: bot.ForWork, Name: "w", Match: map[string][]string{"service": {"payments"}}, From: noon(), Until: noon().Add(time.Hour),
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Sources:  []Source{{Name: "prom", Format: Generic, Heartbeat: &Pulse{Every: Span(time.Minute), Match: map[string]Patterns{"title": {"Watchdog"}}}}},
		Names:    NewNames([]Service{{"payments", []string{"pay-api"}}}),
		Silences: quiet,
	}
	if err := c.Compile(); err != nil {
		t.Fatal(err)
	}
	e := c.Explain("prom", nil, []byte(`{"title":"down","service":"Pay-API","severity":"critical"}`), noon())
	if len(e.Alerts) != 1 || e.Alerts[0].Service != "payments" || e.Alerts[0].Do != Silenced || !e.Alerts[0].Until.Equal(noon().Add(time.Hour)) {
		t.Errorf("%+v", e)
	}
	e = c.Explain("prom", nil, []byte(`{"title":"Watchdog","severity":"critical"}`), noon())
	if len(e.Alerts) != 1 || e.Alerts[0].Do != Heartbeated || len(e.Heartbeats) != 1 || e.Heartbeats[0] != "prom" {
		t.Errorf("%+v", e)
	}
	if e := c.Explain("nobody", nil, nil, noon()); e.Reason == nil || e.Reason.ID != "alert.error_unknown_source" {
		t.Errorf("%+v", e)
	}
}

// Every reason that the code gives is worded in both languages, with all its arguments.
func TestEveryReasonIsWordedInBothLanguages(t *testing.T) {
	args := []string{"Source", "S1", "Detail", "S2", "Found", "S3", "Rule", "S4", "Severity", "S5", "Code", "S6", "Service", "S7"}
	for _, id := range []string{
		"alert.error_broken", "alert.error_mapping", "alert.error_no_alerts", "alert.error_no_key", "alert.error_no_object", "alert.error_no_title",
		"alert.error_not_json", "alert.error_too_deep", "alert.error_unknown_source", "alert.reason_critical", "alert.reason_error",
		"alert.reason_follow", "alert.reason_harmless", "alert.reason_held", "alert.reason_joined", "alert.reason_joined_group",
		"alert.reason_joined_service", "alert.reason_nothing_open", "alert.reason_refused",
		"alert.reason_reopen", "alert.reason_rule", "alert.reason_storm", "alert.reason_unknown", "alert.storm_title",
	} {
		for _, l := range lang.All() {
			said := because(id, args...).Text(l)
			if !lang.Has(l, id) || strings.Contains(said, "⟦") || strings.Contains(said, "<no value>") {
				t.Errorf("%s in %s: %q", id, l, said)
			}
		}
	}
}
