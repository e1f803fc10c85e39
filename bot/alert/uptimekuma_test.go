package alert

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestUptimeKumaOfOtherShapes(t *testing.T) {
	shapes(t, "uptime-kuma", []shape{
		{"a port of a host", "", `{"heartbeat":{"monitorID":3,"status":0,"time":"2026-11-21 11:20:00","msg":"refused"},"monitor":{"id":3,"name":"DB","url":"https://","hostname":"db-1","port":5432},"msg":"x"}`, `trigger critical "DB" @db-1 3 2026-11-21T11:20:00`},
		{"pending is tried again first", "", `{"heartbeat":{"monitorID":3,"status":2,"time":"2026-11-21 11:20:00"},"monitor":{"name":"DB"}}`, `note critical "DB" @ 3 2026-11-21T11:20:00`},
		{"maintenance", "", `{"heartbeat":{"monitorID":3,"status":3},"monitor":{"name":"DB"}}`, `maintenance_start critical "DB" @ 3`},
		{"an unknown status fires", "", `{"heartbeat":{"monitorID":3,"status":9},"monitor":{"name":"DB"}}`, `trigger critical "DB" @ 3`},
		{"no monitor", "", `{"heartbeat":{"monitorID":3,"status":0},"monitor":null,"msg":"[DB] [Down] refused"}`, `trigger critical "[DB] [Down] refused" @ 3`},
		{"a tag names the service", "", `{"heartbeat":{"monitorID":3,"status":1},"monitor":{"name":"DB","tags":[{"name":"service","value":"shop"}]}}`, `resolve info "DB" shop@ 3`},
		{"a certificate", "", `{"heartbeat":null,"monitor":null,"msg":"[Shop][https://shop.example/] server certificate shop.example will expire in 14 days"}`, `trigger warning "[Shop][https://shop.example/] server certificate shop.example will expire in 14 days" @ expires:[Shop][https://shop.example/] server certificate shop.example`},
		{"a certificate in version 1", "", `{"msg":"[Shop][https://shop.example/] Certificate will be expired in 7 days"}`, `trigger warning "[Shop][https://shop.example/] Certificate will be expired in 7 days" @ expires:[Shop][https://shop.example/] Certificate`},
		{"other words", "", `{"msg":"something else"}`, `trigger unknown "something else" @ ` + digest("uptime-kuma", "something else", "", "")},
		{"the test button", "", `{"heartbeat":null,"monitor":null,"msg":"Matoi Testing"}`, `error_test`},
		{"nothing", "", `{"heartbeat":{},"monitor":{}}`, `error_test`},
		{"the test button with a truth value", "", `{"heartbeat":true,"monitor":true,"msg":"bot Testing"}`, `error_test`},
		{"the test button with lists", "", `{"heartbeat":[null],"monitor":[null],"msg":"bot Testing"}`, `error_test`},
		{"the test button with words", "", `{"heartbeat":"None","monitor":"None","msg":"bot Testing"}`, `error_test`},
		{"a heartbeat that a template spoilt", "", `{"heartbeat":"[object Object]","msg":"[DB] [Down] refused"}`, `trigger unknown "[DB] [Down] refused" @ ` + digest("uptime-kuma", "[DB] [Down] refused", "", "")},
	})
}

func TestUptimeKumaMaySendAForm(t *testing.T) {
	body := url.Values{"data": {`{"heartbeat":{"monitorID":3,"status":0},"monitor":{"name":"DB"},"msg":"x"}`}}.Encode()
	d, err := Decode("uptime-kuma", nil, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(body), noon())
	if got := shown(d, err); got != `trigger critical "DB" @ 3` {
		t.Error(got)
	}
	parts := "--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + `{"heartbeat":{"monitorID":3,"status":1},"monitor":{"name":"DB"}}` + "\r\n--b--\r\n"
	d, err = Decode("uptime-kuma", nil, http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}, []byte(parts), noon())
	if got := shown(d, err); got != `resolve info "DB" @ 3` {
		t.Error(got)
	}
}

func TestAMonitorThatStaysDownIsNoNewOccurrence(t *testing.T) {
	beat := func(status, at, important string) string {
		return `{"heartbeat":{"monitorID":3,"status":` + status + `,"time":"2026-11-21 ` + at + `","important":` + important + `},"monitor":{"name":"DB"}}`
	}
	_, news := life(t, "uptime-kuma", http.Header{}, beat("0", "11:00:00", "true"), beat("0", "11:10:00", "false"), beat("1", "11:20:00", "true"), beat("0", "11:30:00", "true"))
	if want := []News{New, Repeat, Cleared, Refired}; !slices.Equal(news, want) {
		t.Errorf("%v, want %v", news, want)
	}
}
