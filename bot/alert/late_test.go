package alert_test

import (
	"fmt"
	"testing"
	"time"
)

// What is sent once more, or was held up, may come after what was said later.
func TestEventsThatComeLate(t *testing.T) {
	t.Run("a fire after its all-clear", func(t *testing.T) {
		h := newHouse(t)
		h.event("resolve", time.Second)
		h.event("trigger", time.Minute)
		h.wants()
	})
	t.Run("an all-clear after the next fire", func(t *testing.T) {
		h := newHouse(t)
		h.event("trigger", time.Second)
		h.later(time.Minute)
		h.event("resolve", time.Second)
		h.later(time.Minute)
		h.event("trigger", time.Second)
		h.wants("P2, +0~0-1 0/1, +0~1-0 1/1")
		h.later(10 * time.Second)
		h.event("resolve", 71*time.Second)
		h.wants("P2, +0~0-1 0/1, +0~1-0 1/1")
		h.event("resolve", time.Second)
		h.wants("P2, +0~0-1 0/1, +0~1-0 1/1, +0~0-1 0/1")
	})
	t.Run("of a clock that was set right", func(t *testing.T) {
		h := newHouse(t)
		h.event("trigger", -5*time.Hour)
		h.later(time.Minute)
		h.event("resolve", 0)
		h.later(time.Minute)
		h.event("trigger", 0)
		h.wants("P2, +0~0-1 0/1, +0~1-0 1/1")
	})
	t.Run("of a clock that is years slow", func(t *testing.T) {
		h := newHouse(t)
		h.event("trigger", 0)
		h.later(time.Minute)
		h.event("resolve", 6*365*24*time.Hour)
		h.wants("P2, +0~0-1 0/1")
		h.later(time.Minute)
		h.event("trigger", 6*365*24*time.Hour)
		h.wants("P2, +0~0-1 0/1, +0~1-0 1/1")
	})
	t.Run("Azure's", func(t *testing.T) {
		h := newHouse(t)
		send := func(status string, at time.Time) {
			h.post("azure-monitor", fmt.Sprintf(`{"schemaId":"AzureMonitorMetricAlert","data":{"version":"2.0","status":%q,"context":{"id":"r","name":"CPU","severity":"0","timestamp":%q,"resourceName":"vm","resourceId":"/vm"}}}`, status, at.Format(time.RFC3339)))
			h.work()
		}
		begun := h.now
		h.later(time.Minute)
		send("Deactivated", h.now.Add(-time.Second))
		send("Activated", begun)
		h.wants()
	})
}

// By a clock that runs ahead a fire begins when its first event says so, however often it is repeated.
func TestEventsOfAClockThatRunsAhead(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.event("trigger", -10*time.Second)
		h.later(time.Minute)
	}
	if row := h.rows(h.only().Number)[0]; !row.Start.Equal(noon().Add(10 * time.Second)) {
		t.Errorf("from %v", row.Start)
	}
}
