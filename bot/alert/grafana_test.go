package alert

import (
	"net/http"
	"strings"
	"testing"
)

func TestGrafanaOfOtherShapes(t *testing.T) {
	shapes(t, "grafana", []shape{
		{
			"no data and no summary names the rule", "",
			`{"status":"firing","alerts":[{"labels":{"alertname":"DatasourceNoData","rulename":"orders"},"annotations":{},"fingerprint":"f1","startsAt":"2026-11-21T11:00:00Z"}]}`,
			`trigger unknown "DatasourceNoData: orders" @ f1 2026-11-21T11:00:00`,
		},
		{
			"an error of the data source", "",
			`{"status":"firing","alerts":[{"labels":{"alertname":"DatasourceError","rulename":"orders"},"annotations":{"Error":"timeout"},"values":{},"fingerprint":"f2"}]}`,
			`trigger unknown "DatasourceError: orders" @ f2`,
		},
		{
			"without a status the state tells", "",
			`{"state":"ok","alerts":[{"labels":{"alertname":"CPU"},"fingerprint":"f3"}]}`,
			`resolve unknown "CPU" @ f3`,
		},
		{
			"the test button waits for somebody to look", "",
			`{"receiver":"test","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"TestAlert","instance":"Grafana"},"annotations":{"summary":"Notification test"},"startsAt":"2026-11-21T11:59:00Z","fingerprint":"57c6d9296de2ad39","valueString":"[ metric='foo' labels={instance=bar} value=10 ]"}],"version":"1","orgId":1,"truncatedAlerts":0}`,
			`trigger unknown "Notification test" @Grafana 57c6d9296de2ad39 2026-11-21T11:59:00`,
		},
		{
			"the alerting before version 8", "",
			`{"dashboardId":1,"evalMatches":[{"value":1,"metric":"Count","tags":{"host":"web-1"}}],"imageUrl":"https://g.example/i.png","message":"Queue is long","orgId":1,"panelId":2,"ruleId":7,"ruleName":"Queue","ruleUrl":"http://g.example/d/x","state":"alerting","tags":{"severity":"high","service":"shop"},"title":"[Alerting] Queue"}`,
			`trigger error "Queue" shop@web-1 rule:1:7`,
		},
		{"its all-clear", "", `{"ruleId":7,"orgId":1,"ruleName":"Queue","state":"ok","tags":{},"evalMatches":[],"title":"[OK] Queue"}`, `resolve unknown "Queue" @ rule:1:7`},
		{"its lack of data fires", "", `{"ruleId":7,"ruleName":"Queue","state":"no_data","evalMatches":null}`, `trigger unknown "Queue" @ rule:1:7`},
		{"its unknown states fire", "", `{"ruleId":7,"ruleName":"Queue","state":"burning"}`, `trigger unknown "Queue" @ rule:1:7`},
		{"its pauses change nothing", "", `{"ruleId":7,"ruleName":"Queue","state":"paused"}`, `note unknown "Queue" @ rule:1:7`},
		{"nothing in it", "", `{"alerts":[],"title":"x","state":"alerting"}`, `error_no_alerts`},
	})
}

func TestGrafanasValuesAndPagesAreKept(t *testing.T) {
	a := decoded(t, "grafana-1-firing.json").Alerts[0]
	if a.Description != "B = 96.23\nC = 1" || a.Labels["panelURL"] == "" || !strings.HasPrefix(a.Labels["silenceURL"], "https://grafana") {
		t.Errorf("description %q, labels %v", a.Description, a.Labels)
	}
	b := one(t, "grafana", `{"alerts":[{"labels":{"alertname":"A"},"panelURL":"https://g.example/p","values":null,"valueString":"[ v ]"}]}`)
	if b.Link != "https://g.example/p" || b.Description != "[ v ]" {
		t.Errorf("link %q, description %q", b.Link, b.Description)
	}
}

func TestLabelsOfTheRouteStandBehindTheAlertsOwn(t *testing.T) {
	d, err := Decode(Alertmanager, nil, http.Header{}, []byte(`{"status":"firing","routeLabels":{"team":"pay","severity":"critical"},"notification_reason":"repeat interval elapsed",
		"alerts":[{"labels":{"alertname":"A","severity":"warning"}}]}`), noon())
	if err != nil || d.Alerts[0].Labels["team"] != "pay" || d.Alerts[0].Labels["severity"] != "warning" || d.Alerts[0].Severity != Warning {
		t.Errorf("%+v, %v", d, err)
	}
	bare := one(t, Alertmanager, `{"alerts":[{"labels":{"alertname":"A","severity":"warning"}}]}`)
	if bare.DedupeKey != d.Alerts[0].DedupeKey {
		t.Error("the key changes when a route is given labels")
	}
}
