package alert

import (
	"net/http"
	"slices"
	"testing"
)

// sentryOf is a webhook about an issue.
func sentryOf(action, substatus string) string {
	return `{"action":"` + action + `","actor":{"type":"user","id":1,"name":"sato"},"data":{"issue":{"id":"7","shortId":"PAY-1","title":"TypeError: x","level":"fatal","status":"unresolved","substatus":"` + substatus + `",
		"firstSeen":"2026-11-20T10:00:00+00:00","project":{"id":"1","slug":"pay"},"assignedTo":{"name":"suzuki"},"issueCategory":"error"}},"installation":{"uuid":"u"}}`
}

func TestSentryOfOtherShapes(t *testing.T) {
	const event = `{"issue_id":"7","title":"TypeError: x","level":"warning","datetime":"2026-11-21T10:00:00Z","url":"https://sentry.io/api/0/projects/org/pay/events/e/","tags":[["server_name","web-1"],["service","checkout"],["odd"]]}`
	shapes(t, "sentry", []shape{
		{name: "an issue comes up", kind: "issue", body: sentryOf("created", "new"), want: `trigger critical "TypeError: x" pay@ issue:7 2026-11-20T10:00:00`},
		{name: "it regresses", kind: "issue", body: sentryOf("unresolved", "regressed"), want: `trigger critical "TypeError: x" pay@ issue:7`},
		{name: "it is archived", kind: "issue", body: sentryOf("archived", "archived_until_escalating"), want: `acknowledge critical "TypeError: x" pay@ issue:7 2026-11-20T10:00:00 (archived_until_escalating)`},
		{name: "it is ignored, as older ones say", kind: "issue", body: sentryOf("ignored", ""), want: `acknowledge critical "TypeError: x" pay@ issue:7 2026-11-20T10:00:00`},
		{name: "it is given to somebody", kind: "issue", body: sentryOf("assigned", ""), want: `note critical "TypeError: x" pay@ issue:7 2026-11-20T10:00:00 (suzuki)`},
		{name: "an alert with a service tag", kind: "event_alert", body: `{"action":"triggered","data":{"event":` + event + `,"triggered_rule":"r"}}`, want: `trigger warning "TypeError: x" checkout@web-1 issue:7`},
		{name: "every error", kind: "error", body: `{"action":"created","data":{"error":` + event + `}}`, want: `trigger warning "TypeError: x" checkout@web-1 issue:7`},
		{
			name: "a warning of a metric", kind: "metric_alert", body: `{"action":"warning","data":{"metric_alert":{"id":"4","title":"p95","date_started":"2026-11-21T06:00:00Z","projects":["pay"]}}}`,
			want: `trigger warning "p95" pay@ metric:4 2026-11-21T06:00:00`,
		},
		{name: "a comment", kind: "comment", body: `{"action":"created","actor":{"name":"colleen"},"data":{"comment":"looking","project_slug":"pay","comment_id":1,"issue_id":7}}`, want: `note unknown "" pay@ issue:7 (looking)`},
		{name: "a comment taken back", kind: "comment", body: `{"action":"deleted","data":{"comment":"looking","issue_id":7}}`, want: "idle comment deleted"},
		{name: "the installation", kind: "installation", body: `{"action":"created","data":{"installation":{"status":"installed"}}}`, want: "error_setup"},
		{name: "Seer at work", kind: "seer", body: `{"type":"seer.root_cause_started","action":"root_cause_started","data":{"run_id":1}}`, want: "idle seer root_cause_started"},
		{name: "an activity", kind: "activity_alert", body: `{"action":"triggered","data":{"issue":{"id":"7"},"activity":{"type":"seer_pr_created"}}}`, want: "idle activity_alert triggered"},
		{name: "no header", body: sentryOf("created", "new"), want: `trigger critical "TypeError: x" pay@ issue:7 2026-11-20T10:00:00`},
		{
			name: "the older plugin", body: `{"id":"7","project":"pay","level":"error","culprit":"a.b","message":"boom","url":"https://sentry.io/7","event":{"event_id":"e","title":"boom","tags":[{"key":"server_name","value":"web-1"}]}}`,
			want: `trigger error "boom" pay@web-1 issue:7`,
		},
		{name: "nulls", body: `{"action":null,"data":null}`, want: "error_no_title"},
		{name: "an event that names nothing", kind: "event_alert", body: `{"data":{"event":{}}}`, want: "error_no_title"},
	})
}

func TestSentryIssueComesBackAndIsResolvedAgain(t *testing.T) {
	header := http.Header{"Sentry-Hook-Timestamp": {"1795262400"}, "Sentry-Hook-Resource": {"issue"}}
	created, resolved, back := sentryOf("created", "new"), sentryOf("resolved", ""), sentryOf("unresolved", "regressed")
	row, news := life(t, "sentry", header, created, resolved, created, back, back, sentryOf("assigned", ""), resolved)
	if want := []News{New, Cleared, Repeat, Refired, Repeat, Noted, Cleared}; !slices.Equal(news, want) || row.Status != Resolved {
		t.Errorf("%v, want %v, then %+v", news, want, row)
	}
}
