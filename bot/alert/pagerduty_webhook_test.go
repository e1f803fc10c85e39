package alert

import (
	"slices"
	"strings"
	"testing"
)

// pagerDutyIncident is an event with an incident, as the documentation shows it.
func pagerDutyIncident(kind, at, status string) string {
	return `{"event":{"id":"01E","event_type":"` + kind + `","resource_type":"incident","occurred_at":"` + at + `","agent":null,"client":{"name":"PagerDuty"},"data":{"id":"P1","type":"incident",
		"html_url":"https://acme.pagerduty.com/incidents/P1","status":"` + status + `","created_at":"2026-11-21T09:00:00Z","title":"A little bump","service":{"summary":"API"},
		"teams":[{"summary":"Engineering"}],"priority":null,"urgency":"low","conference_bridge":null}}}`
}

func TestPagerDutyOfOtherShapes(t *testing.T) {
	const at = "2026-11-21T10:00:00Z"
	about := func(kind, data string) string {
		return `{"event":{"event_type":"` + kind + `","occurred_at":"` + at + `","data":{"incident":{"id":"P1","summary":"A little bump","html_url":"https://x"},"id":"N1",` + data + `}}}`
	}
	const burns = `warning "A little bump" API@ P1`
	shapes(t, "pagerduty", []shape{
		{name: "priority", body: pagerDutyIncident("incident.priority_updated", at, "triggered"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "a priority in own words", body: strings.Replace(pagerDutyIncident("incident.priority_updated", at, "triggered"), `"priority":null`, `"priority":{"summary":"最優先"}`, 1), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "escalated", body: pagerDutyIncident("incident.escalated", at, "acknowledged"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "delegated", body: pagerDutyIncident("incident.delegated", at, "triggered"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "reassigned", body: pagerDutyIncident("incident.reassigned", at, "triggered"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "unacknowledged", body: pagerDutyIncident("incident.unacknowledged", at, "triggered"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "reopened", body: pagerDutyIncident("incident.reopened", at, "triggered"), want: "trigger " + burns},
		{name: "of a kind to come, burning", body: pagerDutyIncident("incident.incident_type.changed", at, "triggered"), want: "update " + burns + " 2026-11-21T09:00:00"},
		{name: "of a kind to come, over", body: pagerDutyIncident("incident.priority_updated", at, "resolved"), want: "note " + burns + " 2026-11-21T09:00:00"},
		{
			name: "a responder asked", body: about("incident.responder.added", `"user":{"summary":"Maeve"},"message":"Please help","state":"pending","type":"incident_responder"`),
			want: `note unknown "A little bump" @ P1 (Maeve (pending): Please help)`,
		},
		{
			name: "a responder's answer", body: about("incident.responder.replied", `"user":{"summary":"Maeve"},"message":null,"state":"accepted","type":"incident_responder"`),
			want: `note unknown "A little bump" @ P1 (Maeve (accepted))`,
		},
		{name: "a status update", body: about("incident.status_update_published", `"message":"A fix is near","type":"incident_status_update"`), want: `note unknown "A little bump" @ P1 (A fix is near)`},
		{name: "a workflow", body: about("incident.workflow.started", `"type":"incident_workflow_instance"`), want: "idle incident.workflow.started"},
		{name: "fields", body: `{"event":{"event_type":"incident.custom_field_values.updated","data":{"type":"incident_field_values","custom_fields":[]}}}`, want: "idle incident.custom_field_values.updated"},
		{name: "a service", body: `{"event":{"event_type":"service.updated","data":{"id":"PF9","type":"service","summary":"API"}}}`, want: "idle service.updated"},
		{name: "the test button", body: `{"event":{"event_type":"pagey.ping","data":{"message":"Hello from your friend Pagey!","type":"ping"}}}`, want: "error_test"},
		{name: "nothing", body: `{"event":null}`, want: "error_no_title"},
	})
}

func TestPagerDutyReopensAndEndsAgain(t *testing.T) {
	triggered := pagerDutyIncident("incident.triggered", "2026-11-21T09:00:01Z", "triggered")
	resolved := pagerDutyIncident("incident.resolved", "2026-11-21T09:30:00Z", "resolved")
	reopened := pagerDutyIncident("incident.reopened", "2026-11-21T10:00:00Z", "triggered")
	again := pagerDutyIncident("incident.resolved", "2026-11-21T11:00:00Z", "resolved")
	row, news := life(t, "pagerduty", nil, triggered, resolved, triggered, reopened, again, again)
	if want := []News{New, Cleared, Repeat, Refired, Cleared, StaleResolved}; !slices.Equal(news, want) || row.Status != Resolved {
		t.Errorf("%v, want %v, then %+v", news, want, row)
	}
}
