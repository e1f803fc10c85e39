package alert_test

import (
	"fmt"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// checks posts what Nagios says of a service of a host.
func (h *house) checks(host, service, state, output string) {
	h.t.Helper()
	h.post("nagios", fmt.Sprintf(`{"hostname":%q,"servicedesc":%q,"servicestate":%q,"serviceoutput":%q,"notificationtype":"PROBLEM"}`, host, service, state, output))
}

func TestWhatAPluginSaysMakesNoOtherTrouble(t *testing.T) {
	h := newHouse(t)
	h.checks("web-1", "Load", "CRITICAL", "load average: 31.2, 20.1, 9.0")
	h.checks("web-2", "Load", "CRITICAL", "CRITICAL - load is far too high")
	h.checks("web-1", "HTTP 443", "CRITICAL", "Connection refused")
	h.checks("web-1", "HTTP 80", "CRITICAL", "Connection refused")
	h.checks("db-1", "Load", "CRITICAL", "load average: 31.2, 20.1, 9.0")
	h.work()
	h.wants("P2, +1~0-0 2/2", "P2", "P2", "P2")
}

func TestMachinesOfAKindAreOneTroubleIfTheyFailTogether(t *testing.T) {
	down := func(h *house, hosts ...string) {
		for _, host := range hosts {
			h.post("generic", fmt.Sprintf(`{"title":"%s is down","host":%q,"dedup_key":%q,"severity":"critical"}`, host, host, host))
		}
		h.work()
	}
	h := newHouse(t)
	down(h, "web-1", "web-2", "10.0.0.5", "10.0.0.9", "10.1.0.5")
	h.wants("P2, +1~0-0 2/2", "P2, +1~0-0 2/2", "P2")
	h.later(20 * time.Minute)
	down(h, "web-3")
	h.wants("P2, +1~0-0 2/2, +1~0-0 3/3", "P2, +1~0-0 2/2", "P2")
	h.later(31 * time.Minute)
	down(h, "web-4")
	h.wants("P2, +1~0-0 2/2, +1~0-0 3/3", "P2, +1~0-0 2/2", "P2", "P2")
	all := h.incidents()
	if l := all[3].Links; len(l) != 1 || l[0].Kind != "previous" || l[0].To != all[0].Number {
		t.Errorf("%+v", l)
	}
	h.later(time.Minute)
	down(h, "web-5") // which joins the newer one
	if n := h.incidents()[3].Alerts.Total; n != 2 {
		t.Errorf("%d alerts", n)
	}
}

func TestIncidentTakesInAlertsWithinItsWindow(t *testing.T) {
	rule := alert.Rule{Name: "batch", Do: alert.Open, Priority: "P3", GroupBy: []string{"service"}, Window: alert.Span(10 * time.Minute)}
	h := newHouse(t, rule)
	h.fire("a")
	h.later(9 * time.Minute)
	h.fire("b")
	h.later(9 * time.Minute)
	h.fire("c") // the window goes along
	h.later(0)
	h.wants("P3, +1~0-0 2/2, +1~0-0 3/3")
	h.later(11 * time.Minute)
	h.fire("d", "e")
	h.work()
	h.wants("P3, +1~0-0 2/2, +1~0-0 3/3", "P3, +1~0-0 2/2")
	all := h.incidents()
	if l := all[1].Links; len(l) != 1 || l[0].To != all[0].Number {
		t.Errorf("%+v", l)
	}
	h.clear("a")
	h.later(time.Minute)
	h.fire("a") // its own incident is open: it is that trouble
	h.work()
	h.wants("P3, +1~0-0 2/2, +1~0-0 3/3, +0~0-1 2/3, +0~1-0 3/3", "P3, +1~0-0 2/2")
}

func TestRuleSaysWhatBecomesOfItsIncident(t *testing.T) {
	for _, c := range []struct {
		resolve string
		want    incident.Ending
	}{
		{"", incident.Ending{}}, {"propose", incident.Ending{}}, {"tell", incident.Ending{Tell: true}}, {"10m", incident.Ending{After: 10 * time.Minute}},
	} {
		h := newHouse(t, alert.Rule{Name: "r", Do: alert.Open, Priority: "P3", Resolve: c.resolve, Alone: true})
		h.fire("a")
		h.work()
		if i := h.only(); i.Alerts.Ending != c.want || !i.Alerts.Alone {
			t.Errorf("%q: %+v", c.resolve, i.Alerts)
		}
	}
}

func TestKeysThatDoNotFitARuleAreMistakes(t *testing.T) {
	for _, c := range []struct {
		rule alert.Rule
		want string
	}{
		{alert.Rule{Do: alert.Open, Resolve: "soon"}, "resolve: "},
		{alert.Rule{Do: alert.Open, Resolve: "10s"}, "resolve: "},
		{alert.Rule{Do: alert.Ignore, Resolve: "10m"}, "resolve: "},
		{alert.Rule{Do: alert.Attach, Escalation: "db"}, "escalation: "},
		{alert.Rule{Do: alert.Inbox, Alone: true}, "alone: "},
		{alert.Rule{Do: alert.Inbox, Window: alert.Span(time.Hour)}, "window: "},
		{alert.Rule{Do: alert.Open, Window: alert.Span(time.Second)}, "window: "},
	} {
		c.rule.Name = "r"
		wantMistake(t, c.rule, c.want)
	}
}
