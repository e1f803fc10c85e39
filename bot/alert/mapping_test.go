package alert

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPathsLeadToTexts(t *testing.T) {
	var doc any
	if err := json.Unmarshal([]byte(`{"a":{"b":[{"c":"deep"},{"c":""}],"n":12,"t":true,"z":null,"l":["x","y"]},"k.e|y":"odd","blank":" "}`), &doc); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[Path]string{
		"a.b[0].c": "deep", "a.b[1].c|a.b[0].c": "deep", "a.b[7].c": "", "a[0]": "", "a.b.c": "", "a.t": "true", "a.z": "",
		"a.l": "x, y", `["k.e|y"]`: "odd", "a.q|'x'": "x", "'fixed'": "fixed", " a.q | a.l[1] ": "y", "": "", "blank|a.t": "true",
		"a.b[0]": `{"c":"deep"}`, "a.n": "12", "a.b[0]['c']|'w'": "?",
	} {
		trails, err := path.parse()
		if want == "?" {
			if err == nil {
				t.Errorf("%q is accepted", path)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", path, err)
		} else if got := read(trails, doc); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestWrongPathsSayWhere(t *testing.T) {
	for _, path := range []Path{"a..b", "a[", "a[-1]", "a[x]", "'open", "a b", "|a", "a|", "a]", `["x`, ".a", "a."} {
		if _, err := path.parse(); err == nil || !strings.Contains(err.Error(), "path ") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestMappingReplacesOnlyWhatItNames(t *testing.T) {
	m := &Mapping{
		Alerts: "data.items", Title: "event.name", Status: "event.state", Severity: "event.level|'major'",
		DedupeKey: "id", Labels: "tags", StatusValues: map[string]string{"Raised": "firing", "gone": "resolved", "seen": "acknowledge"},
		SeverityValues: map[string]string{"5": "critical"},
	}
	if err := m.Compile(); err != nil {
		t.Fatal(err)
	}
	d, err := Decode("our-tool", m, nil, []byte(`{"data":{"items":[
		{"id":12345678901234567890,"event":{"name":"A","state":"RAISED","level":5},"host":"h1","tags":{"team":"pay"}},
		{"id":"b","event":{"name":"B","state":"gone"}},
		{"id":"c","event":{"state":"Seen"}}]}}`), noon())
	if err != nil || len(d.Alerts) != 3 {
		t.Fatalf("%d alerts, %v", len(d.Alerts), err)
	}
	a, b, c := d.Alerts[0], d.Alerts[1], d.Alerts[2]
	if a.Source != "our-tool" || a.DedupeKey != "our-tool:12345678901234567890" || a.Severity != Critical || a.Host != "h1" || a.Labels["team"] != "pay" || a.Status != Firing {
		t.Errorf("first: %+v", a)
	}
	if b.Status != Resolved || b.Severity != Error {
		t.Errorf("second: %+v", b)
	}
	if c.Event != EventAcknowledge || c.Title != "" {
		t.Errorf("third: %+v", c)
	}
}

func TestMappingMistakesNameTheKey(t *testing.T) {
	m := &Mapping{Title: "a[", Host: "b..c", StatusValues: map[string]string{"x": "gone"}, SeverityValues: map[string]string{"y": "purple"}}
	err := m.Compile()
	for _, key := range []string{"mapping.title", "mapping.host", "mapping.status_values.x", "mapping.severity_values.y"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
	if d, err := Decode(Generic, m, nil, []byte(`{"title":"x"}`), noon()); err == nil {
		t.Errorf("a broken mapping decodes to %+v", d)
	}
}

func TestConfigNamesEveryMistake(t *testing.T) {
	c := Config{
		Sources: []Source{
			{Name: "alertmanager"},
			{Name: "alertmanager"},
			{Name: "Bad Name", Format: "generic"},
			{Name: "x", Format: "smoke-signal"},
			{Name: "pagerduty-events-v2", Mapping: &Mapping{}},
			{Name: "tool", Mapping: &Mapping{Title: "a["}},
			{Name: "there", Format: "zabbix", Zone: "Asia/Tokio"},
			{Name: "here", Format: "zabbix", Zone: "Local"},
			{Name: "open", Format: "generic", Auth: Auth{HMAC: &HMAC{Algorithm: "md5"}}},
		},
		Rules: Rules{{Name: "r", Do: "explode"}},
	}
	err := c.Compile()
	for _, want := range []string{
		"sources[1]: name", "sources[2]: name", "x: format", "pagerduty-events-v2: mapping", "tool: mapping.title", "there: zone", "here: zone",
		"auth.hmac.header", "auth.hmac.secrets", "auth.hmac.algorithm", `rule "r": do`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestFormatsAreSourcesWithoutConfiguration(t *testing.T) {
	c := Config{Sources: []Source{{Name: "alertmanager-osaka", Format: Alertmanager}}}
	if err := c.Compile(); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(Sources(), "alertmanager-osaka") {
		if s, found := c.Source(name); !found || s.Name != name {
			t.Errorf("%s: %+v, %v", name, s, found)
		}
	}
	if _, found := c.Source("nobody"); found {
		t.Error("an unknown source is found")
	}
	s, _ := c.Source("alertmanager-osaka")
	sent := load(t, "alertmanager-bare-1-firing.json")
	if d, err := s.Decode(nil, sent.Body, noon()); err != nil || d.Alerts[0].DedupeKey != "alertmanager-osaka:c3076cf20d5ce46d" {
		t.Errorf("%+v, %v", d, err)
	}
}
