package alert

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is one captured request of testdata.
type sample struct {
	Source   string            `json:"source"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	BodyRaw  string            `json:"body_raw"`
	Received time.Time         `json:"received_at"`
}

// expectation is what expected.json says of one request.
type expectation struct {
	Alerts      []map[string]any `json:"alerts"`
	GroupKey    *string          `json:"group_key"`
	GroupStatus *string          `json:"group_status"`
	Truncated   *int             `json:"truncated"`
	DeliveryID  *string          `json:"delivery_id"`
	Lenient     bool             `json:"lenient"`
}

// samples gives the names of all captured requests.
func samples(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(found) < 20 {
		t.Fatalf("%d samples: %v", len(found), err)
	}
	var names []string
	for _, path := range found {
		if name := filepath.Base(path); name != "expected.json" {
			names = append(names, name)
		}
	}
	return names
}

// formatOf gives the format of samples whose source is called otherwise.
func formatOf(source string) string {
	switch source {
	case "alertmanager-custom":
		return Generic
	case "aws-sns":
		return "aws-cloudwatch"
	}
	return source
}

// load reads one captured request.
func load(t testing.TB, name string) sample {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var s sample
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s.Source = formatOf(s.Source)
	var text string
	switch {
	case s.BodyRaw != "":
		s.Body = []byte(s.BodyRaw)
	case json.Unmarshal(s.Body, &text) == nil:
		s.Body = []byte(text)
	}
	return s
}

// sent gives the headers as they came.
func (s sample) sent() http.Header {
	h := http.Header{}
	for name, value := range s.Headers {
		h.Set(name, value)
	}
	return h
}

// header gives what is kept of the headers: decoding has to do with it.
func (s sample) header(t testing.TB) http.Header {
	t.Helper()
	kept := http.Header{}
	if err := json.Unmarshal(Source{Name: s.Source}.Keep(s.sent()), &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

// received is when it was captured, or else somewhat later than anything that documented samples speak of.
func (s sample) received() time.Time {
	if s.Received.IsZero() {
		return noon().Add(36 * time.Hour)
	}
	return s.Received
}

// decoded decodes a captured request as if it arrived when it was captured.
func decoded(t testing.TB, name string) Delivery {
	t.Helper()
	s := load(t, name)
	d, err := Decode(s.Source, nil, s.header(t), s.Body, s.received())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// one decodes a body that holds exactly one alert.
func one(t testing.TB, source, body string) Alert {
	t.Helper()
	d, err := Decode(source, nil, nil, []byte(body), noon())
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if len(d.Alerts) != 1 {
		t.Fatalf("%s: %d alerts, want 1", body, len(d.Alerts))
	}
	return d.Alerts[0]
}

// refused decodes a body that must give an error, and returns the id of its reason.
func refused(t testing.TB, source, body string) string {
	t.Helper()
	d, err := Decode(source, nil, nil, []byte(body), noon())
	if err == nil {
		t.Fatalf("%.60s: decoded to %+v, want an error", body, d)
	}
	u, ok := err.(*Undecoded) //nolint:errorlint // the type itself is promised
	if !ok {
		t.Fatalf("%.60s: error %T, want *Undecoded", body, err)
	}
	return u.Reason.ID
}

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func TestEverySampleIsDecodedAsExpected(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]expectation
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	names := samples(t)
	if len(names) != len(expected) {
		t.Fatalf("%d samples, %d expectations", len(names), len(expected))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want, known := expected[name]
			if !known {
				t.Fatal("nothing is expected of it")
			}
			if len(want.Alerts) > 0 {
				compare(t, decoded(t, name), want)
				return
			}
			s := load(t, name)
			if d, err := Decode(s.Source, nil, s.header(t), s.Body, s.received()); err == nil {
				t.Errorf("decoded to %+v, want a reason", d)
			}
		})
	}
}

// compare checks a delivery field by field; what isn't expected isn't checked.
func compare(t *testing.T, d Delivery, want expectation) {
	t.Helper()
	if want.GroupKey != nil && d.GroupKey != *want.GroupKey {
		t.Errorf("group key %q, want %q", d.GroupKey, *want.GroupKey)
	}
	if want.GroupStatus != nil && d.GroupStatus != *want.GroupStatus {
		t.Errorf("group status %q, want %q", d.GroupStatus, *want.GroupStatus)
	}
	if want.Truncated != nil && d.Truncated != *want.Truncated {
		t.Errorf("truncated %d, want %d", d.Truncated, *want.Truncated)
	}
	if want.DeliveryID != nil && d.DeliveryID != *want.DeliveryID {
		t.Errorf("delivery id %q, want %q", d.DeliveryID, *want.DeliveryID)
	}
	if len(d.Alerts) != len(want.Alerts) {
		t.Fatalf("%d alerts, want %d", len(d.Alerts), len(want.Alerts))
	}
	for i, a := range d.Alerts {
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for field, value := range want.Alerts[i] {
			checkField(t, field, got[field], value, want.Lenient)
		}
	}
}

func checkField(t *testing.T, field string, got, want any, lenient bool) {
	t.Helper()
	if want == nil || lenient && field != "status" && field != "title" && field != "dedupe_key" {
		return
	}
	if field == "starts_at" {
		g, errG := time.Parse(time.RFC3339Nano, got.(string))
		w, errW := time.Parse(time.RFC3339Nano, want.(string))
		if errG != nil || errW != nil || !g.Truncate(time.Millisecond).Equal(w) { // as exact as expectations are
			t.Errorf("starts_at %v, want %v", got, want)
		}
		return
	}
	if got != want {
		t.Errorf("%s %q, want %q", field, got, want)
	}
}

func TestSampleWithoutAServiceHasNone(t *testing.T) {
	a := decoded(t, "alertmanager-watchdog.json").Alerts[0]
	if a.Service != "" || a.Host != "" || a.Runbook != "" {
		t.Errorf("service %q, host %q, runbook %q: none is sent", a.Service, a.Host, a.Runbook)
	}
}

func TestSeverityWordsOfAnyCase(t *testing.T) {
	for word, want := range map[string]string{
		"critical": Critical, "FATAL": Critical, "Emergency": Critical, "disaster": Critical, "page": Critical,
		"P1": Critical, "Sev0": Critical, "DOWN": Critical, " critical ": Critical, "ＣＲＩＴＩＣＡＬ": Critical,
		"error": Error, "High": Error, "major": Error, "p2": Error, "Sev1": Error,
		"warning": Warning, "warn": Warning, "Average": Warning, "medium": Warning, "minor": Warning, "P3": Warning, "SEV2": Warning,
		"info": Notice, "Information": Notice, "informational": Notice, "low": Notice, "none": Notice, "P4": Notice, "p5": Notice, "Sev3": Notice, "sev4": Notice,
		"緊急": Critical, "重大": Critical, "致命的": Critical, "最高": Critical, "障害": Error, "異常": Error, "エラー": Error, "高": Error, "重度の障害": Error,
		"警告": Warning, "注意": Warning, "中": Warning, "軽度の障害": Warning, "情報": Notice, "低": Notice, "お知らせ": Notice, "ｴﾗｰ": Error,
		"emerg": Critical, "Alert": Critical, "urgent": Critical, "blocker": Critical, "severe": Error, "notice": Notice, "DEBUG": Notice, // syslog's (RFC 5424, 6.2.1) and trackers'
		"": Unknown, "purple": Unknown, "6": Unknown, "紫": Unknown,
	} {
		if got := severity(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}

func TestFiringAndResolvedOfOneAlertShareTheirKey(t *testing.T) {
	for _, pair := range [][2]string{
		{"alertmanager-instancedown-1-firing.json", "alertmanager-instancedown-2-resolved.json"},
		{"alertmanager-instancedown-1-firing.json", "alertmanager-instancedown-3-refiring.json"},
		{"alertmanager-ha-duplicate-a.json", "alertmanager-ha-duplicate-b.json"},
		{"pdevents-am-1-trigger.json", "pdevents-am-3-resolve.json"},
		{"pdevents-zabbix-1-trigger.json", "pdevents-zabbix-3-resolve.json"},
	} {
		a, b := decoded(t, pair[0]).Alerts[0], decoded(t, pair[1]).Alerts[0]
		if a.DedupeKey != b.DedupeKey || GroupKey(a) != GroupKey(b) && b.Title != "" && strings.HasPrefix(a.Source, "alertm") {
			t.Errorf("%v: keys %q and %q, groups %q and %q", pair, a.DedupeKey, b.DedupeKey, GroupKey(a), GroupKey(b))
		}
	}
}
