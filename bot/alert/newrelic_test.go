package alert

import "testing"

func TestNewRelicOfOtherShapes(t *testing.T) {
	const old = `"incident_id":42,"incident_url":"https://i","condition_name":"CPU","policy_name":"本番","severity":"CRITICAL","details":"CPU > 90%","timestamp":1795250000000,"targets":[{"name":"web-1"}],"runbook_url":null`
	shapes(t, "newrelic", []shape{
		{
			name: "a second incident of the issue", body: `{"id":"i1","title":["CPU > 90%","and more"],"priority":"HIGH","state":"ACTIVATED","trigger":"INCIDENT_ADDED","createdAt":1795250000000,"impactedEntities":"web-1"}`,
			want: `update error "CPU > 90%, and more" @web-1 i1 2026-11-21T08:33:20`,
		},
		{name: "created, not active yet", body: `{"issueId":"i1","title":"CPU","state":"CREATED","createdAt":"1795250000000"}`, want: `trigger unknown "CPU" @ i1 2026-11-21T08:33:20`},
		{
			name: "resolved by another word", body: `{"id":"i1","title":"CPU","priority":"LOW","state":"RESOLVED","createdAt":1795250000000,"closedAt":1795250060000}`,
			want: `resolve info "CPU" @ i1 2026-11-21T08:33:20 until 08:34:20`,
		},
		{name: "an unknown state fires", body: `{"id":"i1","title":"CPU","state":"EXPLODED"}`, want: `trigger unknown "CPU" @ i1`},
		{name: "of old, open", body: `{"current_state":"open",` + old + `}`, want: `trigger critical "CPU > 90%" @web-1 incident:42`},
		{name: "of old, acknowledged", body: `{"current_state":"acknowledged",` + old + `}`, want: `acknowledge critical "CPU > 90%" @web-1 incident:42`},
		{name: "of old, closed", body: `{"current_state":"closed",` + old + `}`, want: `resolve critical "CPU > 90%" @web-1 incident:42 until 08:33:20`},
		{name: "of old, its test", body: `{"current_state":"test","condition_name":"New Relic Alert - Test Condition","policy_name":"New Relic Alert - Test Policy","incident_id":0}`, want: "error_test"},
		{name: "nulls", body: `{"id":null,"title":null,"impactedEntities":null}`, want: "error_no_title"},
	})
}
