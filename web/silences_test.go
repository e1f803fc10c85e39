package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
	"matoi/web"
)

// silences are those that the page does not ask for.
type silences interface{ bot.Silences }

// quiet are silences one of which hid alerts.
type quiet struct {
	silences
	hidden []web.Alert
}

func (q *quiet) Silences(context.Context, time.Time) ([]bot.Silence, error) {
	now := time.Now()
	return []bot.Silence{{Number: 1, Kind: bot.ForNoise, Match: map[string][]string{"service": {"db"}}, From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}, nil
}

func (q *quiet) Hidden(context.Context, string, time.Time) (bot.Hidden, error) {
	return bot.Hidden{Alerts: len(q.hidden), Firing: len(q.hidden)}, nil
}

func (q *quiet) HiddenAlerts(context.Context, string, time.Time, lang.Lang, int) ([]web.Alert, error) {
	return q.hidden, nil
}

func TestWhatASilenceHidOfAPrivateIncidentIsShownToItsPeopleAlone(t *testing.T) {
	q := &quiet{}
	s := newSite(t, func(o *web.Options) { o.Silences = q })
	ann, bob := s.as("Ann"), s.as("Bob")
	secret := s.open(incident.Open{Title: "x", Priority: incident.P1, Private: true}, ann.id)
	public := s.open(incident.Open{Title: "y", Priority: incident.P1}, ann.id)
	q.hidden = []web.Alert{{Title: "payroll copied", Status: "firing", Number: secret}, {Title: "disk full", Status: "firing", Number: public}, {Title: "fan loud", Status: "firing"}}
	ann.wants("/alerts/silences", http.StatusOK, "payroll copied", "disk full", "fan loud")
	if body := bob.wants("/alerts/silences", http.StatusOK, "disk full", "fan loud"); strings.Contains(body, "payroll") {
		t.Error("Bob reads what a private incident is about")
	}
}

// orders are silences of every kind, as the page shows them.
type orders struct {
	silences
	list []bot.Silence
}

func (o *orders) Silences(context.Context, time.Time) ([]bot.Silence, error) { return o.list, nil }

func (o *orders) Hidden(_ context.Context, key string, _ time.Time) (bot.Hidden, error) {
	if key == o.list[0].Key() {
		return bot.Hidden{Alerts: 25, Firing: 2}, nil
	}
	return bot.Hidden{}, nil
}

func (o *orders) HiddenAlerts(context.Context, string, time.Time, lang.Lang, int) ([]web.Alert, error) {
	return []web.Alert{{Title: "disk <full>", Status: "firing", Link: "javascript:alert(1)", Last: time.Now()}}, nil
}

func TestSilencesStandByTheirTimeWithWhatTheyHide(t *testing.T) {
	now := time.Now()
	o := &orders{}
	s := newSite(t, func(opt *web.Options) { opt.Silences = o })
	ann := s.as("Ann")
	span := func(n int64, kind, service string, from, until time.Duration) bot.Silence {
		return bot.Silence{Number: n, Kind: kind, Match: map[string][]string{"service": {service}}, From: now.Add(from), Until: now.Add(until), By: ann.id, Why: "because of <b>" + service}
	}
	o.list = []bot.Silence{
		span(1, bot.ForNoise, "db", -time.Hour, time.Hour), span(2, bot.ForWork, "mail", time.Hour, 2*time.Hour), span(3, bot.ForNoise, "web", -2*time.Hour, -time.Hour),
		{Name: "backups", Kind: bot.ForWork, Match: map[string][]string{"service": {"tape"}}, From: now.Add(-time.Hour), Until: now.Add(time.Hour)},
	}
	body := ann.wants("/alerts/silences", http.StatusOK, "service=db", "because of &lt;b&gt;db", "Ann", "hides 25 alerts, 2 fire", "disk &lt;full&gt;", "and 24 more", "nothing so far", "from the configuration", "maintenance")
	at := -1
	for _, want := range []string{`id="silences-now"`, "#1<", ">backups<", `id="silences-coming"`, "#2<", `id="silences-past"`, "#3<"} {
		next := strings.Index(body, want)
		if next <= at {
			t.Errorf("%s stands at %d, want it behind %d", want, next, at)
		}
		at = next
	}
	for n, ends := range map[string]bool{"1": true, "2": true, "3": false} {
		if strings.Contains(body, `data-command="silence end `+n+`"`) != ends {
			t.Errorf("silence %s offers to end it: want %t", n, ends)
		}
	}
	if strings.Contains(body, `href="javascript:`) {
		t.Error("a link of an alert runs script")
	}
	if strings.Count(body, "<table") != strings.Count(body, `aria-labelledby="silences-`)/2 {
		t.Error("a table of silences has no name")
	}
	o.list = nil
	ann.wants("/alerts/silences", http.StatusOK, "Nothing is silenced.")
}
