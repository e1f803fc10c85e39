package alert_test

import (
	"net/http"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/lang"
)

// numbered takes a request in that its sender has given a number.
func (h *house) numbered(source, number, body string) {
	h.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {number}}
	if _, err := h.intake.Accept(h.t.Context(), h.source(source), header, []byte(body), h.now); err != nil {
		h.t.Fatal(err)
	}
	h.now = h.now.Add(time.Minute)
}

const (
	undatedFire = `{"title":"disk","dedup_key":"d","severity":"critical","status":"firing"}`
	undatedEnd  = `{"title":"disk","dedup_key":"d","severity":"critical","status":"resolved"}`
)

func TestARequestThatComesAgainIsDoneOnce(t *testing.T) {
	h := newHouse(t)
	h.numbered("generic", "1", undatedFire)
	h.numbered("generic", "1", undatedFire) // in one batch with the first
	h.work()
	h.numbered("generic", "2", undatedEnd)
	h.work()
	const once = "P2, +1~0-0 1/1, +0~0-1 0/1"
	before := h.story()
	h.worker = alert.NewWorker(alert.WorkerOptions{Queue: &h.queue, Config: func() alert.Config { return h.config }, Desk: h.desk, Lang: lang.JA}) // another process
	h.numbered("generic", "1", undatedFire)
	h.work()
	if after := h.story(); len(after) != 1 || after[0] != before[0] {
		t.Errorf("%q after a repetition, %q before it (%s)", after, before, once)
	}
	if h.worker.Repeated() != 1 || h.waiting() != 0 || len(h.inbox()) != 0 {
		t.Errorf("%d repeated, %d wait, %d in the inbox", h.worker.Repeated(), h.waiting(), len(h.inbox()))
	}
	if rows := h.rows(h.only().Number); len(rows) != 1 || rows[0].Count != 1 || rows[0].Status != alert.Resolved {
		t.Errorf("the alert is %+v", rows)
	}
	h.numbered("generic", "3", undatedFire)
	h.work()
	if after := h.story(); after[0] == before[0] {
		t.Error("a new request about the same changes nothing")
	}
}

func TestARequestThatNothingCouldBeMadeOfIsNoRepetition(t *testing.T) {
	h := newHouse(t)
	h.numbered("generic", "1", `{"title":`)
	h.numbered("generic", "1", `{"title":`)
	h.work()
	if len(h.inbox()) != 2 || h.worker.Repeated() != 0 {
		t.Errorf("%d in the inbox, %d repeated", len(h.inbox()), h.worker.Repeated())
	}
	h.numbered("generic", "1", undatedFire) // as once its mapping is mended
	h.work()
	h.only()
}

func TestALostTransactionLosesTheNumberToo(t *testing.T) {
	h := newHouse(t)
	h.queue.lost = 1
	h.numbered("generic", "1", undatedFire)
	h.work()
	h.now = h.now.Add(time.Minute)
	h.work()
	h.only()
	if h.worker.Repeated() != 0 {
		t.Errorf("%d repeated", h.worker.Repeated())
	}
}

func TestARoutineRequestIsKeptNowhere(t *testing.T) {
	h := newHouse(t)
	h.post("gitlab", `{"object_kind":"push"}`)
	h.post("pagerduty", `{"event":{"event_type":"pagey.ping"}}`)
	h.work()
	if rows := h.inbox(); h.waiting() != 0 || len(rows) != 1 || rows[0].Source != "pagerduty" || rows[0].Reason != "alert.error_test?Sender=PagerDuty" {
		t.Errorf("%d wait; in the inbox %+v", h.waiting(), rows)
	}
}
