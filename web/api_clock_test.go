package web

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

// Whoever reads the API sees in which hours a deadline is counted, why it is due then, and every hold with what was promised.
func TestTheAPITellsWhatADeadlineFollowsFrom(t *testing.T) {
	d := newDesk()
	answer := call(d.site(Access{Local: true}), "GET", "/api/v1/incidents/"+public.String()+"?lang=en", "")
	body := answer.Body.String()
	for _, want := range []string{
		`"kind":"restoration"`, `"from":"2026-11-21T05:00:00.123456Z"`, `"target":"1h30m"`,
		`"hours":{"name":"shop","zone":"UTC","week":{"sat":"09:00-12:00 13:00-24:00","sun":"09:00-12:00 13:00-24:00"},"closed":["2026-11-22"],"other":{"2026-11-23":"09:00-12:00"}}`,
		`"pauses":[{"from":"2026-11-21T05:00:00.123456Z","to":"2026-11-21T06:00:00.123456Z"}]`, `"policy":"p7"`, `"why":"en restoration"`, `"audience":"customers"`,
		`"holds":[{"for":"vendor","reason":"part","since":"2026-11-21T05:00:00.123456Z","until":"2026-11-21T07:00:00.123456Z","stops":false,"ticket":"V-1","contact":"Acme","promised":"2026-11-21T06:00:00.123456Z"},{"for":"user"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if strings.Contains(body, `"why":"en next_update"`) {
		t.Error("what is over is explained")
	}
}

func TestATargetIsWrittenAsInAConfiguration(t *testing.T) {
	for want, of := range map[string]incident.Length{
		"4h": incident.In(4 * time.Hour), "30m": incident.In(30 * time.Minute), "1h30m": incident.In(90 * time.Minute), "10m5s": incident.In(605 * time.Second), "2bd": incident.InDays(2),
	} {
		if got := short(of); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
