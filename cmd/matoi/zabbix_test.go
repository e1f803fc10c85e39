package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Zabbix's own engine runs the script that docs/senders gives to people, with the parameters of the media type beside it.
func TestZabbixRunsOurScript(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	engine := outside(t, "MATOI_TEST_ZABBIX_JS", "zabbix_js", "/usr/bin/zabbix_js")
	s := newScene(t, func(c *Config) {
		sourceOf(t, c, "{name: zabbix, zone: Asia/Tokyo, auth: {bearer: [secret-of-zabbix]}}")
	})
	m := mediaTypeIn(t, "../../docs/senders/zabbix.yaml")
	m.given = map[string]string{"url": s.url() + "/hooks/zabbix", "token": "wrong"}
	if said, err := m.run(engine, happened); err == nil || !strings.Contains(said, "Matoi answered 403") {
		t.Errorf("with a wrong token the script ends with %v and %q, want an error that says so: Zabbix shows it and tries again", err, said)
	}

	m.given["token"] = "secret-of-zabbix"
	m.must(t, engine, happened)
	s.until("the problem opens an incident", func() bool { return len(s.numbers()) == 1 })
	number := s.numbers()[0]
	if i := s.incident(number); i.Title != "ディスク使用率が高い (95.25 %)" || i.Priority != "P3" || i.Alerts.Firing != 1 {
		t.Errorf("%q, %s, %d alerts fire", i.Title, i.Priority, i.Alerts.Firing)
	}
	m.must(t, engine, happened, seenBySato)
	m.must(t, engine, happened, overAgain)
	s.until("the recovery reaches it", func() bool { return s.incident(number).Alerts.Firing == 0 })
	if got := s.numbers(); len(got) != 1 {
		t.Errorf("there are the incidents %v, want one", got)
	}
}

// Zabbix's media type for PagerDuty, as Debian ships it, with nothing changed but PagerDuty's address.
func TestZabbixRunsItsScriptForPagerDuty(t *testing.T) {
	t.Parallel() // it waits for others most of the time
	engine := outside(t, "MATOI_TEST_ZABBIX_JS", "zabbix_js", "/usr/bin/zabbix_js")
	file := outside(t, "MATOI_TEST_ZABBIX_PAGERDUTY", "Zabbix's media type for PagerDuty (in zabbix-frontend-php)",
		"/usr/share/doc/zabbix-frontend-php/templates/media/pagerduty/media_pagerduty.yaml")
	s := newScene(t, func(c *Config) {
		sourceOf(t, c, "{name: pagerduty-events-v2, auth: {secrets: [R00000000000000000000000000000000]}}")
	})
	m := mediaTypeIn(t, file)
	const theirs = "https://events.pagerduty.com/v2/enqueue"
	if strings.Count(m.Script, theirs) != 1 {
		t.Fatalf("the script does not hold %s once", theirs)
	}
	m.Script = strings.Replace(m.Script, theirs, s.url()+"/hooks/pagerduty-events-v2", 1)
	m.given = map[string]string{"token": "R00000000000000000000000000000000", "url": "https://zabbix.example.jp"}

	m.must(t, engine, happened)
	s.until("the problem opens an incident", func() bool { return len(s.numbers()) == 1 })
	number := s.numbers()[0]
	if i := s.incident(number); i.Title != "障害: ディスク使用率が高い (95.25 %)" || i.Priority != "P3" {
		t.Errorf("%q, %s", i.Title, i.Priority)
	}
	m.must(t, engine, happened, seenBySato)
	m.must(t, engine, happened, overAgain)
	s.until("the recovery reaches it", func() bool { return s.incident(number).Alerts.Firing == 0 })
	if got := s.numbers(); len(got) != 1 {
		t.Errorf("there are the incidents %v, want one", got)
	}
}

// The macros of an event, as a real Zabbix filled them; those that an event has no value for stay as they are.
var (
	happened = map[string]string{
		"{ALERT.SUBJECT}": "障害: ディスク使用率が高い (95.25 %)", "{ALERT.MESSAGE}": "ディスク使用率が高い (95.25 %)",
		"{EVENT.ID}": "33", "{EVENT.NAME}": "ディスク使用率が高い (95.25 %)", "{EVENT.VALUE}": "1", "{EVENT.STATUS}": "PROBLEM",
		"{EVENT.SEVERITY}": "High", "{EVENT.NSEVERITY}": "4", "{EVENT.SOURCE}": "0", "{EVENT.UPDATE.STATUS}": "0", "{EVENT.ACK.STATUS}": "No",
		"{EVENT.DATE}": "2026.11.21", "{EVENT.TIME}": "20:48:12", "{EVENT.TAGS}": "service:受注", "{EVENT.TAGSJSON}": `[{"tag":"service","value":"受注"}]`,
		"{TRIGGER.ID}": "23133", "{TRIGGER.URL}": "", "{TRIGGER.DESCRIPTION}": "", "{EVENT.OPDATA}": "95.25 %",
		"{HOST.HOST}": "order-db-01", "{HOST.NAME}": "受注DB 1号機", "{HOST.IP}": "192.0.2.31", "{$ZABBIX.URL}": "https://zabbix.example.jp",
	}
	seenBySato = map[string]string{
		"{EVENT.UPDATE.STATUS}": "1", "{EVENT.ACK.STATUS}": "Yes", "{EVENT.UPDATE.ACTION}": "acknowledged", "{EVENT.UPDATE.MESSAGE}": "見ています",
		"{USER.FULLNAME}": "佐藤",
	}
	overAgain = map[string]string{"{EVENT.VALUE}": "0", "{EVENT.STATUS}": "RESOLVED", "{EVENT.RECOVERY.DATE}": "2026.11.21", "{EVENT.RECOVERY.TIME}": "20:48:30"}
)

// mediaType is one of Zabbix's kinds of webhooks: a script and its parameters.
type mediaType struct {
	Script     string `yaml:"script"`
	Parameters []struct {
		Name  string `yaml:"name"`
		Value string `yaml:"value"`
	} `yaml:"parameters"`
	given  map[string]string // set by whoever imports it, beside those that hold macros
	folder string
}

func mediaTypeIn(t *testing.T, file string) mediaType {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var export struct {
		Export struct {
			MediaTypes []mediaType `yaml:"media_types"`
		} `yaml:"zabbix_export"`
	}
	if err := yaml.Unmarshal(text, &export); err != nil || len(export.Export.MediaTypes) != 1 {
		t.Fatalf("%s: %v", file, err)
	}
	m := export.Export.MediaTypes[0]
	m.folder = t.TempDir()
	return m
}

// run runs the script for an event: later macros overrule earlier ones.
func (m mediaType) run(engine string, macros ...map[string]string) (said string, err error) {
	params := map[string]string{}
	for _, p := range m.Parameters {
		params[p.Name] = p.Value
		for _, some := range macros {
			if value, ok := some[p.Value]; ok {
				params[p.Name] = value
			}
		}
		if value, ok := m.given[p.Name]; ok {
			params[p.Name] = value
		}
	}
	input, err := json.Marshal(params)
	if err != nil {
		return "", err
	}
	script, value := filepath.Join(m.folder, "script.js"), filepath.Join(m.folder, "value.json")
	for file, text := range map[string][]byte{script: []byte(m.Script), value: input} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", err
		}
	}
	var out bytes.Buffer
	cmd := exec.Command(engine, "--script", script, "--input", value, "--timeout", "60")
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

func (m mediaType) must(t *testing.T, engine string, macros ...map[string]string) {
	t.Helper()
	if said, err := m.run(engine, macros...); err != nil || !strings.Contains(said, "OK") {
		t.Fatalf("the script ends with %v and says %s", err, said)
	}
}

// sourceOf gives a configuration a source, written as people write it.
func sourceOf(t *testing.T, c *Config, text string) {
	t.Helper()
	if err := yaml.Unmarshal([]byte("["+text+"]"), &c.Sources); err != nil {
		t.Fatal(err)
	}
	for i := range c.Sources {
		if err := c.Sources[i].Compile(); err != nil {
			t.Fatal(err)
		}
	}
}
