package alert

import (
	"net/http"
	"slices"
	"testing"
)

func TestMackerelOfOtherShapes(t *testing.T) {
	shapes(t, "mackerel", []shape{
		{"a metric of a service", "", `{"event":"alert","type":"service","message":"orders 3 < 10","service":{"name":"shop","roles":[{"fullname":"shop: app","serviceName":"shop"}]},"alert":{"id":"a1","isOpen":true,"status":"warning","monitorName":"orders","openedAt":1795260000}}`, `trigger warning "orders: orders 3 < 10" shop@ a1 2026-11-21T11:20:00`},
		{"the connectivity of a host", "", `{"event":"alert","type":"connectivity","message":"","host":{"name":"web-1","roles":[]},"alert":{"id":"a2","isOpen":true,"status":"critical","monitorName":"connectivity","openedAt":1795260000}}`, `trigger critical "connectivity" @web-1 a2 2026-11-21T11:20:00`},
		{"a query", "", `{"event":"alert","type":"query","message":"x","metric":{"name":"http.status","labels":{"http.method":"GET"}},"alert":{"id":"a3","isOpen":true,"status":"unknown","monitorName":"q"}}`, `trigger unknown "q: x" @ a3`},
		{"closed by a person", "", `{"event":"alert","message":"x","alert":{"id":"a3","isOpen":false,"status":"critical","trigger":"manual","monitorName":"q","openedAt":1795260000,"closedAt":1795260060}}`, `resolve critical "q: x" @ a3 2026-11-21T11:20:00 until 11:21:00`},
		{"its host has retired", "", `{"event":"alert","message":"x","alert":{"id":"a3","isOpen":false,"status":"warning","trigger":"hostRetire","monitorName":"q"}}`, `resolve warning "q: x" @ a3`},
		{"before there was isOpen", "", `{"event":"alert","alert":{"createdAt":1795260000000,"status":"ok","monitorName":"q","url":"https://mackerel.io/a"}}`, `resolve info "q" @ ` + digest("mackerel", "q", "", "") + ` 2026-11-21T11:20:00`},
		{"still open while it is ok", "", `{"event":"alert","alert":{"id":"a3","isOpen":true,"status":"ok","monitorName":"q"}}`, `trigger info "q" @ a3`},
		{"an unknown status fires", "", `{"event":"alert","alert":{"id":"a3","status":"burning","monitorName":"q"}}`, `trigger unknown "q" @ a3`},
		{"a host that begins", "", `{"event":"hostRegister","orgName":"o","host":{"name":"web-1"}}`, `idle hostRegister`},
		{"the test button", "", `{"event":"sample","message":"Sample notification","imageUrl":null}`, `error_test`},
		{"the test button with a truth value", "", `{"event":"sample","alert":true,"message":"Sample Notification from Mackerel"}`, `error_test`},
		{"nothing", "", `{"event":"alert","alert":{}}`, `error_no_title`},
	})
}

func TestAMonitorOfMackerelNamesTheKind(t *testing.T) {
	a := one(t, "mackerel", `{"event":"alert","message":"CPU% 91 > 90","host":{"name":"a","roles":[{"fullname":"shop: app","serviceName":"shop"}]},"alert":{"id":"1","isOpen":true,"monitorName":"CPU %"}}`)
	b := one(t, "mackerel", `{"event":"alert","message":"timeout","host":{"name":"b","roles":[{"fullname":"shop: app","serviceName":"shop"}]},"alert":{"id":"2","isOpen":true,"monitorName":"CPU %"}}`)
	if GroupKey(a) != GroupKey(b) || a.DedupeKey == b.DedupeKey || a.Labels["roles"] != "shop: app" {
		t.Errorf("%s, %s, %v", GroupKey(a), GroupKey(b), a.Labels)
	}
}

func TestAnAlertsLifeInMackerel(t *testing.T) {
	alert := func(status, open string) string {
		return `{"event":"alert","message":"x","alert":{"id":"a1","isOpen":` + open + `,"status":"` + status + `","monitorName":"q","openedAt":1795260000}}`
	}
	_, news := life(t, "mackerel", http.Header{}, alert("warning", "true"), alert("critical", "true"), alert("ok", "false"), alert("ok", "false"))
	if want := []News{New, Worsened, Cleared, StaleResolved}; !slices.Equal(news, want) {
		t.Errorf("%v, want %v", news, want)
	}
}
