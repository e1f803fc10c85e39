package alert

import (
	"slices"
	"testing"
)

func TestDatadogOfOtherShapes(t *testing.T) {
	shapes(t, "datadog", []shape{
		{
			name: "a warning", body: `{"title":"[Warn on {host:a,service:pay}] CPU","date":1795250000000}`,
			want: `trigger warning "CPU" pay@a title:f490f0916720f356`,
		},
		{
			name: "no data", body: `{"title":"[P1] [No data] heartbeat","alert_id":"7","date":"1795250000000"}`,
			want: `trigger warning "heartbeat" @ monitor:7:`,
		},
		{
			name: "a priority before the transition, and one of the event", body: `{"title":"[P1] [Triggered on {host:a}] CPU","aggreg_key":"k","priority":"normal","alert_type":"warning","date":1795250000}`,
			want: `trigger critical "CPU" @a k 2026-11-21T08:33:20`,
		},
		{
			name: "triggered anew while it burns", body: `{"title":"[Re-Triggered] CPU","aggreg_key":"k","alert_type":"error","date":1795250000000}`,
			want: `update error "CPU" @ k`,
		},
		{
			name: "recovered from a warning", body: `{"title":"[Warn Recovered on {host:a}] CPU","aggreg_key":"k","alert_type":"success"}`,
			want: `resolve unknown "CPU" @a k`,
		},
		{
			name: "the transition alone, in the variable's name", body: `{"alert_transition":"No Data Recovered","event_title":"CPU","aggreg_key":"k"}`,
			want: `resolve unknown "CPU" @ k`,
		},
		{
			name: "variables without a value", body: `{"title":"[Triggered] CPU","aggreg_key":"$AGGREG_KEY","hostname":"null","link":"$LINK","tags":"$TAGS","alert_id":"9","scope":"*"}`,
			want: `trigger error "CPU" @ monitor:9:*`,
		},
		{
			name: "tags as a list", body: `{"title":"[Triggered] CPU","aggreg_key":"k","tags":["service:pay","host:b","odd",7,null]}`,
			want: `trigger error "CPU" pay@b k`,
		},
		{
			name: "a monitor's test", body: `{"title":"[TEST] [P3] [Triggered on {host:a}] CPU","aggreg_key":"k"}`,
			want: `trigger warning "[TEST] CPU" @a k`,
		},
		{
			name: "a title with brackets of the operator's own", body: `{"title":"[Triggered] [db] slow","aggreg_key":"k"}`,
			want: `trigger error "[db] slow" @ k`,
		},
		{
			name: "an event of no monitor", body: `{"title":"deploy finished","alert_type":"success","aggreg_key":"e"}`,
			want: `resolve unknown "deploy finished" @ e`,
		},
		{
			name: "an unknown transition fires", body: `{"title":"x","transition":"Exploded","aggreg_key":"e","priority":"P4"}`,
			want: `trigger info "x" @ e`,
		},
		{
			name: "a form", body: `title=%5BTriggered%5D+CPU&aggreg_key=k&tags=service%3Apay&date=1795250000000`,
			want: `trigger error "CPU" pay@ k 2026-11-21T08:33:20`,
		},
		{name: "nulls", body: `{"title":null,"body":null,"id":null,"tags":null}`, want: "error_no_title"},
	})
}

func TestDatadogsLifeOfAMonitor(t *testing.T) {
	triggered := `{"title":"[Triggered] CPU","aggreg_key":"k","date":1795250000000}`
	row, news := life(t, "datadog", nil, `{"title":"[Warn] CPU","aggreg_key":"k","date":1795240000000}`, triggered, `{"title":"[Re-Triggered] CPU","aggreg_key":"k","date":1795251000000}`,
		`{"title":"[Recovered] CPU","aggreg_key":"k","date":1795252000000}`, triggered, `{"title":"[Triggered] CPU","aggreg_key":"k","date":1795254000000}`)
	if want := []News{New, Refired, Repeat, Cleared, Repeat, Refired}; !slices.Equal(news, want) {
		t.Errorf("%v, want %v", news, want)
	}
	if row.Status != Firing || row.Severity != Error {
		t.Errorf("in the end %+v", row)
	}
}
