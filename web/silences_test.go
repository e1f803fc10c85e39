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
