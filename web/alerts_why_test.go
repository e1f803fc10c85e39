package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/web"
)

func TestInboxFiltersByWhatComesAndGoes(t *testing.T) {
	at := time.Now().Add(-time.Minute)
	s := newSite(t, func(o *web.Options) {
		box := someAlerts()
		box.idle = append(box.idle, web.Alert{Source: "zabbix", Key: "k3", Title: "link of sw-3", Status: "firing", Count: 9, First: at, Last: at, Why: "alert.reason_flaps", Outcome: "flapping"})
		o.Alerts = box
	})
	ann := s.as("Ann")
	if body := ann.wants("/alerts?why=flapping", http.StatusOK, "link of sw-3", "Comes and goes", "until it has held still"); strings.Contains(body, "db-03") {
		t.Error("it shows another one, too")
	}
	if _, body := ann.get("/alerts?why=other"); strings.Contains(body, "link of sw-3") {
		t.Error("it is among the others, too")
	}
}
