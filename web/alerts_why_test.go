package web_test

import (
	"fmt"
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

// The newest thousand may all be of one sender: what others sent is found, counted and offered to choose nevertheless.
func TestInboxFindsWhatOneSenderBuries(t *testing.T) {
	at := time.Now().Add(-time.Minute)
	s := newSite(t, func(o *web.Options) {
		box := someAlerts()
		var noise []web.Alert
		for k := range 1500 {
			noise = append(noise, web.Alert{Source: "noisy", Key: fmt.Sprint("n", k), Title: "noise", Status: "firing", First: at, Last: at, Why: "alert.reason_harmless", Outcome: "inbox"})
		}
		box.idle = append(noise, box.idle...)
		o.Alerts = box
	})
	ann := s.as("Ann")
	for _, query := range []string{"source=zabbix", "why=ignored", "q=ＤＢが"} {
		if body := ann.wants("/alerts?"+query, http.StatusOK, "ＤＢが遅い", "1502", `value="zabbix"`, `value="refused"`); strings.Contains(body, ">noise<") {
			t.Errorf("/alerts?%s: shows what was not asked for", query)
		}
	}
	ann.wants("/alerts?show=1000", http.StatusOK, "These are the newest 1000")
}
