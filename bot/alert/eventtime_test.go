package alert_test

import (
	"fmt"
	"testing"
	"time"

	"matoi/bot/alert"
)

// event posts an event of PagerDuty's Events API v2 about one key, dated by itself, some time before it comes.
func (h *house) event(action string, ago time.Duration) {
	h.t.Helper()
	h.post("pagerduty-events-v2", fmt.Sprintf(`{"event_action":%q,"dedup_key":"k","payload":{"summary":"slow","source":"s","severity":"critical","component":"shop","timestamp":%q}}`,
		action, h.now.Add(-ago).Format(time.RFC3339Nano)))
	h.work()
}

// What a sender dates event by event fires from the first one until an all-clear, however often it says so.
func TestEventsOfOneFireEachWithItsOwnTime(t *testing.T) {
	t.Run("open when they have lasted", func(t *testing.T) {
		h := newHouse(t, patient)
		for range 5 {
			h.event("trigger", time.Second)
			h.wants()
			h.later(time.Minute)
		}
		h.wants("P3")
		if rows := h.rows(h.only().Number); len(rows) != 1 || rows[0].Count != 5 {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("wait anew after an all-clear", func(t *testing.T) {
		h := newHouse(t, patient)
		h.event("trigger", 0)
		h.later(4 * time.Minute)
		h.event("resolve", 0)
		h.event("trigger", 0)
		h.later(4 * time.Minute)
		h.wants()
		h.later(time.Minute)
		h.wants("P3")
	})
	t.Run("are counted once", func(t *testing.T) {
		h := newHouse(t, counting)
		for range 5 {
			h.event("trigger", 0)
			h.later(time.Minute)
		}
		h.wants()
		h.event("resolve", 0)
		h.event("trigger", 0)
		h.event("resolve", 0)
		h.wants()
		h.event("trigger", 0)
		h.wants("P3")
	})
	t.Run("are all counted without a key", func(t *testing.T) {
		h := newHouse(t, counting)
		for range 3 {
			h.wants()
			h.post("pagerduty-events-v2", `{"event_action":"trigger","payload":{"summary":"slow","source":"s","severity":"critical","component":"shop"}}`)
			h.later(time.Second)
		}
		h.wants("P3")
	})
	t.Run("don't flap", func(t *testing.T) {
		h := newHouse(t)
		h.config.Flapping = alert.Damping{Times: 5, Within: 30 * time.Minute}
		for range 7 {
			h.event("trigger", 0)
			h.later(time.Minute)
		}
		h.wants("P2")
		h.event("resolve", 0)
		h.wants("P2, +0~0-1 0/1")
	})
}

// A start that Matoi guessed is no reason to leave an alert burning.
func TestAllClearThatIsDatedBeforeAGuessedStart(t *testing.T) {
	t.Run("generic", func(t *testing.T) {
		h := newHouse(t)
		h.fire("disk full")
		h.later(time.Minute)
		h.post("generic", fmt.Sprintf(`{"title":"disk full","dedup_key":"disk full","status":"ok","started_at":%q}`, h.now.Add(-time.Hour).Format(time.RFC3339)))
		h.work()
		h.wants("P2, +0~0-1 0/1")
	})
	t.Run("of a clock that is slow", func(t *testing.T) {
		h := newHouse(t)
		h.post("pagerduty-events-v2", `{"event_action":"trigger","dedup_key":"k","payload":{"summary":"slow","source":"s","severity":"critical"}}`)
		h.later(10 * time.Second)
		h.event("resolve", time.Minute)
		h.wants("P2, +0~0-1 0/1")
		if row := h.rows(h.only().Number)[0]; !row.ResolvedAt.Equal(h.now) {
			t.Errorf("over at %v, before it began at %v", row.ResolvedAt, row.Start)
		}
	})
}

// Findings and states that AWS and Azure tell again, each time dated anew, are the same fire too.
func TestSendersThatDateEveryMessageFireOnce(t *testing.T) {
	for source, body := range map[string]string{
		"aws-cloudwatch": `{"detail-type":"GuardDuty Finding","source":"aws.guardduty","time":%q,"detail":{"id":"g1","title":"API call from a Tor node","severity":9}}`,
		"azure-monitor":  `{"schemaId":"AzureMonitorMetricAlert","data":{"version":"2.0","status":"Activated","context":{"id":"r","name":"CPU","severity":"0","timestamp":%q,"resourceName":"vm","resourceId":"/vm"}}}`,
	} {
		t.Run(source, func(t *testing.T) {
			h := newHouse(t, patient)
			for range 5 {
				h.post(source, fmt.Sprintf(body, h.now.Format(time.RFC3339)))
				h.work()
				h.wants()
				h.later(time.Minute)
			}
			h.wants("P3")
		})
	}
}
