package alert

import (
	"bytes"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestConfigIsReadFromYAML(t *testing.T) {
	const file = `
sources:
  - name: alertmanager
    auth:
      bearer: [one, two]
  - name: our-tool
    auth:
      hmac: {header: X-Sign, secrets: [three], prefix: "v1="}
    mapping:
      title: event.name
      status_values: {5: resolved}
rules:
  - name: quiet
    match: {alertname: Watchdog, label.n: 5}
    do: ignore
  - name: pay
    source: alertmanager
    match: {team: "pay*"}
    do: open
    impact: large
    urgency: high
`
	var c Config
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(file)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if err := c.Compile(); err != nil {
		t.Fatal(err)
	}
	if !c.Sources[0].Auth.Bearer[1].Equal("two") || !c.Sources[1].Auth.HMAC.Secrets[0].Equal("three") || c.Sources[1].Format != Generic {
		t.Errorf("sources %+v", c.Sources)
	}
	if c.Sources[0].Auth.Open() || c.Sources[1].Mapping.StatusValues["5"] != Resolved {
		t.Errorf("sources %+v", c.Sources)
	}
	a := Alert{Source: "alertmanager", Status: Firing, Event: EventTrigger, Labels: map[string]string{"alertname": "Watchdog", "n": "5"}}
	if o := c.Rules.For(a); o.Rule != "quiet" {
		t.Errorf("%+v", o)
	}
	written, err := yaml.Marshal(c)
	if err != nil || bytes.Contains(written, []byte("three")) || !bytes.Contains(written, []byte("…")) {
		t.Errorf("written as %s, %v", written, err)
	}
}
