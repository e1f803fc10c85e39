package alert_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
)

// pulsed is a house with a nightly job and a Prometheus whose Watchdog always fires.
func pulsed(t *testing.T, rules ...alert.Rule) *house {
	t.Helper()
	h := newHouse(t, rules...)
	h.config.Heartbeats = []alert.Heartbeat{{Name: "backup", Every: alert.Span(time.Hour), Grace: alert.Span(10 * time.Minute), Priority: "P3", Service: "orders-db"}}
	h.config.Sources = []alert.Source{
		{Name: "alertmanager", Heartbeat: &alert.Pulse{Every: alert.Span(5 * time.Minute), Match: map[string]alert.Patterns{"alertname": {"Watchdog"}}}},
		{Name: "generic", Heartbeat: &alert.Pulse{Every: alert.Span(30 * time.Minute)}},
	}
	if err := h.config.Compile(); err != nil {
		t.Fatal(err)
	}
	return h
}

// call calls the address of a heartbeat.
func (h *house) call(name string, failed bool) {
	h.t.Helper()
	_, err := h.intake.Accept(h.t.Context(), alert.Source{Name: alert.HeartbeatSource}, nil, alert.NewCall(name, failed, []byte("disk full\nline 2")), h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	h.work()
}

// passes lets time pass and looks once.
func (h *house) passes(d time.Duration) {
	h.t.Helper()
	h.now = h.now.Add(d)
	h.work()
}

// restart is another process on the same database.
func (h *house) restart() { h.workerOn(&h.queue) }

// workerOn is one over a queue.
func (h *house) workerOn(q alert.Queue) {
	h.worker = alert.NewWorker(alert.WorkerOptions{
		Queue: q, Config: func() alert.Config { return h.config }, Desk: h.desk, Lang: lang.JA, Log: h.logger,
	})
}

func (h *house) beat(name string) alert.Beat {
	h.t.Helper()
	beats, err := h.store.Beats(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, b := range beats {
		if b.Name == name {
			return b
		}
	}
	return alert.Beat{}
}

func TestASilenceOpensOneIncidentAndItsEndIsTold(t *testing.T) {
	h := pulsed(t)
	h.passes(3 * time.Hour) // what never came is not silent
	h.wants()
	h.call("backup", false)
	h.passes(69 * time.Minute)
	h.wants()
	h.passes(2 * time.Minute)
	h.wants("P3")
	i := h.only()
	if i.Title != "backup からの応答が1時間10分ありません" || i.Services[0] != "orders-db" || !strings.Contains(i.Summary, "15:00:00 UTC") {
		t.Errorf("%q, %q, %v", i.Title, i.Summary, i.Services)
	}
	if want := noon().Add(4 * time.Hour); !i.Occurred.At.Equal(want) { // when it should have come
		t.Errorf("it began at %s, want %s", i.Occurred.At, want)
	}
	for range 3 {
		h.passes(2 * time.Hour)
		h.restart()
		h.passes(2 * time.Hour)
	}
	h.wants("P3")
	if b := h.beat("backup"); b.State != alert.Silent {
		t.Errorf("%+v", b)
	}
	h.call("backup", false)
	h.wants("P3, +0~0-1 0/1")
	if b := h.beat("backup"); b.State != alert.Alive || !b.Last.Equal(h.now) || !b.Since.Equal(h.now) {
		t.Errorf("%+v", b)
	}
	h.passes(72 * time.Minute) // silent once more: the incident is still open
	h.wants("P3, +0~0-1 0/1, +0~1-0 1/1")
}

func TestTwoReplicasOpenOneIncident(t *testing.T) {
	h := pulsed(t)
	h.call("backup", false)
	first := h.worker
	h.workerOn(h.store) // for a queue counts what one worker does
	h.work()            // it listens too from now on
	h.now = h.now.Add(2 * time.Hour)
	var done sync.WaitGroup
	for _, k := range []*alert.Worker{first, h.worker} {
		done.Go(func() {
			if _, err := k.WorkOff(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	h.wants("P3")
}

func TestTimeInWhichMatoiWasAwayIsNobodysSilence(t *testing.T) {
	h := pulsed(t)
	h.call("backup", false)
	h.now = h.now.Add(8 * time.Hour)
	h.restart()
	h.work()
	h.passes(69 * time.Minute)
	h.wants()
	h.passes(2 * time.Minute)
	h.wants("P3")
}

func TestAClockThatWasSetBackHidesNoSilenceForLong(t *testing.T) {
	h := pulsed(t)
	h.call("backup", false)
	h.now = h.now.Add(-5 * time.Hour)
	h.restart()
	h.work()
	h.call("backup", false) // earlier than the last one, by the clock
	if b := h.beat("backup"); !b.Last.Equal(h.now) {
		t.Errorf("the last sign stays at %s, now it is %s", b.Last, h.now)
	}
	h.passes(71 * time.Minute)
	h.wants("P3")
}

func TestWatchdogFeedsAndOpensNothing(t *testing.T) {
	h := pulsed(t)
	watchdog := func(status string) {
		h.post("alertmanager", fmt.Sprintf(`{"version":"4","status":%q,"alerts":[{"status":%q,"labels":{"alertname":"Watchdog","severity":"critical"},"startsAt":"2026-11-21T00:00:00Z","fingerprint":"w"}]}`, status, status))
		h.work()
	}
	other := func() {
		h.post("alertmanager", fmt.Sprintf(`{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Disk","severity":"warning"},"startsAt":%q,"fingerprint":"d"}]}`, h.now.Format(time.RFC3339)))
		h.work()
	}
	watchdog("firing")
	for range 5 {
		h.passes(5 * time.Minute)
		watchdog("firing")
	}
	h.wants()
	if rows := h.inbox(); len(rows) != 1 || rows[0].Outcome != alert.Heartbeated || !strings.HasPrefix(rows[0].Reason, "alert.reason_heartbeat") {
		t.Errorf("%+v", rows)
	}
	h.passes(4 * time.Minute)
	other() // only what matches is the sign of life
	watchdog("resolved")
	h.passes(4 * time.Minute)
	h.wants("P2")
	if i := h.only(); !i.Provisional || i.Title != "alertmanager からの応答が7分ありません" {
		t.Errorf("%q", i.Title)
	}
	watchdog("firing") // as before, by its start
	h.wants("P2, +0~0-1 0/1")
}

func TestAnyRequestOfASourceIsASignOfLife(t *testing.T) {
	h := pulsed(t)
	h.post("generic", `{"title":"x","severity":"info"}`)
	h.passes(40 * time.Minute)
	h.post("generic", `broken`) // nothing can be made of it, yet somebody sent it
	h.work()
	h.passes(40 * time.Minute)
	h.wants()
	h.passes(6 * time.Minute)
	h.wants("P2")
}

func TestAFailureThatAJobReportsOpensAtOnce(t *testing.T) {
	h := pulsed(t)
	h.call("backup", true)
	h.wants("P3")
	if i := h.only(); i.Title != "backup が失敗を報告しました" || i.Summary != "disk full\nline 2" {
		t.Errorf("%q, %q", i.Title, i.Summary)
	}
	h.passes(time.Minute)
	h.call("backup", true)
	h.passes(5 * time.Hour) // it is known not to be well
	h.wants("P3")
	h.call("backup", false)
	h.wants("P3, +0~0-1 0/1")
}

func TestRulesAndSignsOfUnknownNames(t *testing.T) {
	h := pulsed(t, alert.Rule{Name: "night", Source: alert.HeartbeatSource, Match: map[string]alert.Patterns{"label.heartbeat": {"backup"}}, Do: alert.Ignore})
	h.call("backup", false)
	h.call("gone", false) // of a configuration before this one
	h.passes(2 * time.Hour)
	h.wants()
	if b := h.beat("gone"); b.Name != "" || h.waiting() != 0 {
		t.Errorf("%+v is kept, %d wait", b, h.waiting())
	}
	if b := h.beat("backup"); b.State != alert.Silent {
		t.Errorf("%+v", b)
	}
}

func TestManyJobsThatFallSilentAtOnceAreOneStorm(t *testing.T) {
	h := newHouse(t)
	for n := range 30 {
		h.config.Heartbeats = append(h.config.Heartbeats, alert.Heartbeat{Name: fmt.Sprint("job-", n), Every: alert.Span(time.Minute)})
	}
	for n := range 30 {
		h.call(fmt.Sprint("job-", n), false)
	}
	h.passes(2 * time.Minute)
	if all := h.incidents(); len(all) != 21 || !all[20].Alerts.Storm || all[20].Alerts.Total != 10 {
		t.Errorf("%q", h.story())
	}
}

// missing notes when something was missed.
type missing struct {
	slowQueue
	missed []time.Duration
}

func (q *missing) WorkOff(context.Context, []int64, func(context.Context, []int64, alert.Work) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.missed = append(q.missed, time.Since(q.start))
	q.beats[0].State = alert.Silent
	return nil
}

// listens runs a worker that expects the job every ten minutes, until stop.
func listens(t *testing.T, q alert.Queue, now func() time.Time, grace time.Duration) (stop func()) {
	t.Helper()
	k := alert.NewWorker(alert.WorkerOptions{
		Queue: q, Desk: &incident.Desk{Now: now}, Lang: lang.EN,
		Config: func() alert.Config {
			return alert.Config{Heartbeats: []alert.Heartbeat{{Name: "job", Every: alert.Span(10 * time.Minute), Grace: alert.Span(grace)}}}
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	return func() {
		cancel()
		<-done
	}
}

// TestRunNoticesASilenceInTime, to the second; after a sleep of the machine it counts from when that woke.
func TestRunNoticesASilenceInTime(t *testing.T) {
	for _, c := range []struct {
		slept time.Duration // after eight minutes
		want  time.Duration
	}{
		{0, 11*time.Minute + 30*time.Second},
		{3 * time.Hour, 20 * time.Minute}, // it looks once a minute at least, and counts 11 m 30 s from there
	} {
		synctest.Test(t, func(t *testing.T) {
			var skew atomic.Int64
			now := func() time.Time { return time.Now().UTC().Add(time.Duration(skew.Load())) }
			q := &missing{slowQueue: slowQueue{alone: true, start: time.Now(), beats: []alert.Beat{{Name: "job", Last: now()}}}}
			stop := listens(t, q, now, 90*time.Second)
			time.Sleep(8 * time.Minute)
			skew.Store(int64(c.slept))
			time.Sleep(32 * time.Minute)
			stop()
			if len(q.missed) != 1 || q.missed[0] < c.want-time.Minute && c.slept > 0 || q.missed[0] > c.want || c.slept == 0 && q.missed[0] != c.want {
				t.Errorf("slept %s: missed after %v, want %s", c.slept, q.missed, c.want)
			}
		})
	}
}
