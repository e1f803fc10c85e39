package alert_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"matoi/incident"
)

// Who acknowledges an alert where it comes from stands in the timeline once, and the room is not told.
func TestAnAcknowledgementAtTheSenderIsOneLineOfTheTimeline(t *testing.T) {
	for first, again := range map[string]string{
		"pagerduty-1-triggered.json": "pagerduty-2-acknowledged.json",
		"opsgenie-1-create.json":     "opsgenie-2-acknowledge.json",
		"newrelic-1-activated.json":  "newrelic-2-acknowledged.json",
	} {
		h := newHouse(t)
		send := func(name string) {
			raw, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			var s struct {
				Source string
				Body   json.RawMessage
			}
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			h.post(s.Source, string(s.Body))
			h.work()
		}
		send(first)
		n := h.only().Number
		h.effects(n)
		send(again)
		send(again)
		var said []string
		for _, e := range h.events(n) {
			if f, ok := e.Fact.(*incident.Noted); ok && f.Sort == incident.SeenBySender {
				said = append(said, f.Text)
			}
		}
		want := map[string]string{
			"pagerduty-1-triggered.json": "鈴木 花子 (pagerduty)", "opsgenie-1-create.json": "taro@example.jp (opsgenie)", "newrelic-1-activated.json": "newrelic",
		}[first]
		if !slices.Equal(said, []string{want}) {
			t.Errorf("%s: the timeline says %q, want %q once", again, said, want)
		}
		if told := h.effects(n); len(told) > 0 {
			t.Errorf("%s: told %v, want nothing", again, told)
		}
	}
}
