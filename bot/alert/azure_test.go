package alert

import (
	"slices"
	"testing"
)

// azureOf is an alert in the common schema.
func azureOf(by, condition, context string) string {
	return `{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertId":"/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/1","alertRule":"rule","severity":"Sev4","signalType":"Log","monitorCondition":"` +
		condition + `","monitoringService":"` + by + `","alertTargetIDs":["/subscriptions/s/VM/a"],"configurationItems":["a"],"firedDateTime":"2026-11-21T08:00:00.1234567Z","resolvedDateTime":null,"description":""},"alertContext":` + context + `}}`
}

func TestAzureOfOtherShapes(t *testing.T) {
	const key = "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/1"
	health := func(status, kind string) string {
		return azureOf("ServiceHealth", "Fired", `{"level":"Warning","status":"`+status+`","properties":{"title":"Storage in Japan East","service":"Storage","trackingId":"ABC-1","incidentType":"`+kind+`"}}`)
	}
	resource := func(status string) string {
		return azureOf("Resource Health", "Fired", `{"status":"Active","properties":{"currentHealthStatus":"`+status+`","previousHealthStatus":"Available"}}`)
	}
	shapes(t, "azure-monitor", []shape{
		{name: "a log search", body: azureOf("Log Alerts V2", "Fired", `{"condition":{"allOf":[{"searchQuery":"Heartbeat","operator":"GreaterThan","threshold":"0","metricValue":3}]}}`), want: `trigger info "rule" @a ` + key + ` 2026-11-21T08:00:00`},
		{name: "an unknown condition fires", body: azureOf("Platform", "Suspended", `null`), want: `trigger info "rule" @a ` + key + ` 2026-11-21T08:00:00`},
		{name: "smart detection", body: azureOf("SmartDetector", "Fired", `{"DetectionSummary":"failures rise"}`), want: `trigger info "rule" @a ` + key + ` 2026-11-21T08:00:00`},
		{name: "Azure is in trouble", body: health("Active", "Incident"), want: `trigger warning "Storage in Japan East" Storage@a servicehealth:ABC-1`},
		{name: "Azure is well again", body: health("Resolved", "Incident"), want: `resolve warning "Storage in Japan East" Storage@a servicehealth:ABC-1 2026-11-21T08:00:00 until 08:00:00`},
		{name: "Azure plans work", body: health("Active", "Maintenance"), want: `trigger info "Storage in Japan East" Storage@a servicehealth:ABC-1`},
		{name: "a machine is away", body: resource("Unavailable"), want: `trigger error "rule" @a resourcehealth:/subscriptions/s/vm/a`},
		{name: "a machine is back", body: resource("Available"), want: `resolve info "rule" @a resourcehealth:/subscriptions/s/vm/a 2026-11-21T08:00:00 until 08:00:00`},
		{
			name: "a metric in the old schema", body: `{"schemaId":"AzureMonitorMetricAlert","data":{"version":"2.0","status":"Activated","context":{"id":"r","name":"CPU","severity":"1","timestamp":"2026-11-21T08:00:00Z","resourceName":"vm","resourceId":"/vm"}}}`,
			want: `trigger error "CPU" @vm metric:` + digest("r", "/vm"),
		},
		{
			name: "it is over", body: `{"schemaId":"AzureMonitorMetricAlert","data":{"status":"Deactivated","context":{"id":"r","name":"CPU","severity":1,"timestamp":"2026-11-21T09:00:00Z","resourceName":"vm","resourceId":"/vm"}}}`,
			want: `resolve error "CPU" @vm metric:` + digest("r", "/vm") + ` 2026-11-21T09:00:00 until 09:00:00`,
		},
		{
			name: "a classic metric", body: `{"status":"Activated","context":{"id":"r","name":"CPU","timestamp":"2026-11-21T08:00:00Z","resourceName":"vm","resourceId":"/vm"}}`,
			want: `trigger unknown "CPU" @vm metric:` + digest("r", "/vm"),
		},
		{
			name: "a log search in the old schema", body: `{"schemaId":"Microsoft.Insights/LogAlert","data":{"AlertRuleName":"errors","Severity":"Warning","SearchQuery":"x","ResultCount":2,"SearchIntervalEndtimeUtc":"2026-11-21T08:00:00Z"}}`,
			want: `trigger warning "errors" @ log:errors`,
		},
		{
			name: "the activity log in the old schema", body: `{"schemaId":"Microsoft.Insights/activityLogs","data":{"status":"Activated","context":{"activityLog":{"operationName":"delete","status":"Succeeded","level":"Informational","eventTimestamp":"2026-11-21T08:00:00Z","correlationId":"c","caller":"x@example.jp"}}}}`,
			want: `trigger info "delete: Succeeded" @ activity:c`,
		},
		{
			name: "a rule of Prometheus", body: azureOf("Prometheus", "Fired", `{"expression":"up == 0","labels":{"alertname":"PodDown","app":"shop","pod":"shop-7d9f","cluster":"aks"},"annotations":{"summary":"shop-7d9f is down"},"ruleGroup":"/g"}`),
			want: `trigger info "rule" shop@shop-7d9f ` + key + ` 2026-11-21T08:00:00`,
		},
		{name: "nulls", body: `{"schemaId":null,"data":null}`, want: "error_no_title"},
	})
}

// What a rule of Prometheus says of the alert stands in its labels and annotations, for rules and for people.
func TestAzureTellsWhatARuleOfPrometheusSays(t *testing.T) {
	a := one(t, "azure-monitor", azureOf("Prometheus", "Fired", `{"expression":"up == 0","labels":{"cluster":"aks"},"annotations":{"summary":"shop is down","description":"since noon","runbook_url":"https://rb.example/down"}}`))
	if want := "shop is down\nsince noon\nup == 0"; a.Description != want || a.Labels["cluster"] != "aks" || a.Runbook != "https://rb.example/down" {
		t.Errorf("%q, labels %v, runbook %q", a.Description, a.Labels, a.Runbook)
	}
}

func TestAzureTellsOneTroubleByItsTrackingID(t *testing.T) {
	word := func(at, status string) string {
		return `{"data":{"essentials":{"alertId":"/subscriptions/s/` + at + `","alertRule":"r","severity":"Sev4","monitorCondition":"Fired","monitoringService":"ServiceHealth","firedDateTime":"2026-11-21T` + at + `:00Z"},
			"alertContext":{"status":"` + status + `","level":"Error","properties":{"trackingId":"T","incidentType":"Incident","title":"Storage"}}}}`
	}
	row, news := life(t, "azure-monitor", nil, word("08:00", "Active"), word("08:30", "Active"), word("09:00", "Resolved"), word("10:00", "Active"), word("11:00", "Resolved"))
	if want := []News{New, Repeat, Cleared, Refired, Cleared}; !slices.Equal(news, want) || row.Status != Resolved {
		t.Errorf("%v, want %v, then %+v", news, want, row)
	}
}
