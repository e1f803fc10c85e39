package alert_test

import (
	"fmt"
	"testing"
	"time"

	"matoi/bot/alert"
)

// icinga posts a notification about the host db-1 of that type, which is in this state.
func (h *house) icinga(kind, state string) {
	h.t.Helper()
	h.post("icinga2", fmt.Sprintf(`{"notification_type":%q,"host_name":"db-1","host_state":%q,"output":"x"}`, kind, state))
	h.work()
	h.now = h.now.Add(time.Minute)
}

// What its sender calls flapping is judged as soon as the sender says that it no longer does.
func TestFlappingEndsWhenItsSenderSaysSo(t *testing.T) {
	t.Run("badly, of what has no incident", func(t *testing.T) {
		h := newHouse(t)
		h.ask(alert.Rule{Name: "look", Do: alert.Inbox})
		h.icinga("PROBLEM", "DOWN")
		h.icinga("FLAPPINGSTART", "DOWN")
		h.ask()
		h.wants()
		h.icinga("FLAPPINGEND", "DOWN")
		h.wants("P2")
	})
	t.Run("never, of what has no incident", func(t *testing.T) {
		h := newHouse(t)
		h.ask(alert.Rule{Name: "look", Do: alert.Inbox})
		h.icinga("PROBLEM", "DOWN")
		h.icinga("FLAPPINGSTART", "DOWN")
		h.ask()
		h.later(23 * time.Hour)
		h.wants()
		h.later(time.Hour)
		h.wants("P2")
	})
	t.Run("well, of what has come and gone", func(t *testing.T) {
		h := newHouse(t)
		h.icinga("PROBLEM", "DOWN")
		h.icinga("FLAPPINGSTART", "DOWN")
		h.icinga("RECOVERY", "UP")
		h.wants("P2, +0~0-0 1/1")
		h.icinga("FLAPPINGEND", "UP")
		h.wants("P2, +0~0-0 1/1, +0~0-1 0/1")
	})
	t.Run("badly, of what an incident has", func(t *testing.T) {
		h := newHouse(t)
		h.icinga("PROBLEM", "DOWN")
		h.icinga("FLAPPINGSTART", "DOWN")
		h.icinga("FLAPPINGEND", "DOWN")
		row := h.rows(h.only().Number)[0]
		if since, _ := row.Flaps(); !since.IsZero() || row.Outcome == alert.Damped || !row.Due.IsZero() {
			t.Errorf("%+v", row)
		}
		h.icinga("RECOVERY", "UP")
		h.wants("P2, +0~0-0 1/1, +0~1-0 1/1, +0~0-1 0/1")
	})
}

// What flaps is not over between two of its fires, whatever else clears.
func TestWhatFlapsIsNotOver(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "one", Do: alert.Open, GroupBy: []string{"service"}, Resolve: "1m"})
	h.config.Flapping = alert.Damping{Times: 2, Within: 10 * time.Minute}
	h.burn(0, "disk", "tap")
	for k := range 4 { // the last all-clears are only counted
		h.now = h.now.Add(time.Minute)
		h.clears("disk")
		if k < 3 {
			h.now = h.now.Add(time.Minute)
			h.burn(time.Duration(2*k+2)*time.Minute, "disk")
		}
	}
	h.clears("tap")
	if i := h.only(); i.Alerts.Firing != 1 || !i.EndsAt().IsZero() {
		t.Errorf("taken for over: %+v, %q", i.Alerts, h.story())
	}
	h.later(20 * time.Minute)
	if i := h.only(); i.Alerts.Firing != 0 || i.EndsAt().IsZero() {
		t.Errorf("not over: %+v, %q", i.Alerts, h.story())
	}
}
