package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// lively gives signs of life, or none at all.
type lively struct {
	list []bot.Pulse
	sick error
}

func (l lively) Pulses(context.Context) ([]bot.Pulse, error) { return l.list, l.sick }

func TestServicesAndHeartbeatsByTheAPI(t *testing.T) {
	c, d := readContract(t), newDesk()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	row := incident.Row{Number: 20261122001, Priority: incident.P2}
	full := bot.ServiceNow{
		ServiceOf: incident.ServiceOf{
			Name: "pay", Tier: 1, Team: "t", Owners: []string{"o"}, Description: "d", Lifecycle: "production", System: "s", Runbook: "https://r.example.com",
			Dashboard: "https://d.example.com", Links: []incident.ServiceLink{{Title: "x", URL: "https://x.example.com"}}, Aliases: []string{"a"},
		},
		Open: []incident.Row{row}, Needs: []bot.Neighbour{{Name: "db", Open: []incident.Row{row}}}, NeededBy: []bot.Neighbour{{Name: "web"}},
	}
	pulses := lively{list: []bot.Pulse{
		{Name: "new", State: "waiting", Every: time.Minute},
		{Name: "old", State: "silent", Every: time.Hour, Grace: time.Minute, Last: at, Since: at, Source: true, Service: "pay"},
	}}
	site := func(p lively) http.Handler {
		return NewAPI(APIOptions{
			Gate: Gate{Access: func() Access { return Access{Local: true} }}, Bot: d, Store: d, People: d, Lang: lang.EN, Log: slog.New(slog.DiscardHandler), Pulses: p,
			Services: func(_ context.Context, _ incident.Viewer, names ...string) ([]bot.ServiceNow, error) {
				switch {
				case p.sick != nil:
					return nil, p.sick
				case len(names) > 0 && names[0] != "pay":
					return nil, nil
				}
				return []bot.ServiceNow{full, {ServiceOf: incident.ServiceOf{Name: "bare"}}}[:2-len(names)], nil
			},
		})
	}
	for _, row := range []struct {
		path string
		p    lively
		code int
		want string
	}{
		{"/api/v1/services", pulses, 200, `"name":"bare","open_incidents":[]`},
		{"/api/v1/services?name=pay", pulses, 200, `"depends_on":[{"name":"db","open_incidents":["INC-`},
		{"/api/v1/services?name=nobody", pulses, 200, `{"services":[]}`},
		{"/api/v1/heartbeats", pulses, 200, `{"name":"old","state":"silent","source":true,"service":"pay","every_seconds":3600,"grace_seconds":60,"last":"2026-11-22T09:00:00Z"`},
		{"/api/v1/services", lively{sick: errors.New("away")}, 500, ""},
		{"/api/v1/heartbeats", lively{sick: errors.New("away")}, 500, ""},
	} {
		w := call(site(row.p), "GET", row.path, "")
		path, _, _ := strings.Cut(row.path, "?")
		c.hold(t, "GET", path, w)
		if w.Code != row.code || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: %d %s", row.path, w.Code, w.Body)
		}
	}
}
