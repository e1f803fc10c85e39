package alert

import (
	"encoding/base64"
	"testing"
)

// pushed packs a notification as a push of Pub/Sub does.
func pushed(body string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `","messageId":"m1","message_id":"m1","attributes":{}},"subscription":"projects/p/subscriptions/s"}`
}

func TestGoogleCloudMonitoringOfOtherShapes(t *testing.T) {
	const open = `{"incident":{"incident_id":"0.x","scoping_project_id":"shop","url":"https://c","started_at":1795251000,"ended_at":null,"state":"open","summary":"it is slow",
		"resource":{"type":"k8s_pod","labels":{"pod_name":"web-1","service_name":"web"}},"metric":{"type":"m","labels":{"code":"500"}},"policy_name":"Latency","condition_name":"p99",
		"documentation":"see the handbook","severity":"No severity"},"version":"1.1"}`
	shapes(t, "gcp-monitoring", []shape{
		{name: "schema 1.1", body: open, want: `trigger unknown "Latency: p99" web@web-1 0.x 2026-11-21T08:50:00`},
		{name: "by Pub/Sub", body: pushed(open), want: `trigger unknown "Latency: p99" web@web-1 0.x 2026-11-21T08:50:00`},
		{name: "Pub/Sub with something else", body: pushed("hello"), want: "error_not_json"},
		{
			name: "a state of its own", body: `{"incident":{"incident_id":"0.x","state":"CLOSED","started_at":"1795251000","ended_at":"1795252000","condition_name":"p99"}}`,
			want: `resolve unknown "p99" @ 0.x 2026-11-21T08:50:00 until 09:06:40`,
		},
		{name: "an unknown state fires", body: `{"incident":{"incident_id":"0.x","state":"???","summary":"s"}}`, want: `trigger unknown "s" @ 0.x`},
		{
			name: "the test button", body: `{"incident":{"incident_id":"12345","state":"OPEN","started_at":0,"summary":"Test Incident","condition":"projects/12345/alertPolicies/12345/conditions/12345","documentation":"Test documentation"},"version":"test"}`,
			want: "error_test",
		},
		{name: "nulls", body: `{"incident":null,"version":null}`, want: "error_no_title"},
	})
}

func TestGoogleCloudMonitoringGivesWhatTheOperatorWrote(t *testing.T) {
	a := one(t, "gcp-monitoring", `{"incident":{"incident_id":"1","summary":"slow","documentation":{"content":"restart it","mime_type":"text/markdown","subject":"Slow","links":[{"displayName":"RB","url":"https://runbooks.example.jp/7"}]}}}`)
	if a.Runbook != "https://runbooks.example.jp/7" || a.Description != "slow\nSlow\nrestart it" {
		t.Errorf("runbook %q, description %q", a.Runbook, a.Description)
	}
}
