package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
)

// many gives names that share no group: titles without digits differ.
func many(n int) []string {
	names := make([]string, n)
	for k := range names {
		names[k] = "host " + strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%04d", k)) + " is down"
	}
	return names
}

func TestStormOfAThousandOpensTwentyOneIncidents(t *testing.T) {
	h := newHouse(t)
	h.fire(many(1000)...)
	h.work()
	all := h.incidents()
	if len(all) != 21 {
		t.Fatalf("%d incidents, want 20 and the storm", len(all))
	}
	storm := all[20]
	if !storm.Alerts.Storm || storm.Title != "アラート多発: generic" || storm.Priority != incident.P2 || storm.Alerts.Total != 980 || storm.Alerts.Firing != 980 {
		t.Errorf("%q, %s, %+v", storm.Title, storm.Priority, storm.Alerts)
	}
	if facts := len(h.events(storm.Number)); facts > 2+h.queue.runs {
		t.Errorf("%d entries of %d batches", facts, h.queue.runs)
	}
	listed := int64(0)
	for _, e := range h.events(storm.Number) {
		if f, ok := e.Fact.(*incident.AlertsMet); ok {
			if listed += int64(len(f.Attached)) + f.More; len(f.Attached) > 20 {
				t.Errorf("a fact lists %d alerts", len(f.Attached))
			}
		}
	}
	if listed != 979 { // one opened it
		t.Errorf("%d attached", listed)
	}
	h.now = h.now.Add(time.Minute)
	h.fire("one more")
	h.work()
	if n := len(h.incidents()); n != 21 {
		t.Errorf("%d incidents a minute later", n)
	}
	h.now = h.now.Add(5 * time.Minute)
	h.fire("after the storm")
	h.work()
	if all := h.incidents(); len(all) != 22 || all[21].Title != "after the storm" {
		t.Errorf("%d incidents after the storm", len(all))
	}
}

func TestStormOfOneSourceIsNoneOfAnother(t *testing.T) {
	h := newHouse(t)
	h.fire(many(25)...)
	h.send("alertmanager-instancedown-1-firing.json")
	h.work()
	all := h.incidents()
	if n := len(all); n != 22 || all[n-1].Alerts.Source != "generic" || all[n-2].Alerts.Source != "alertmanager" {
		t.Errorf("%d incidents", n)
	}
}

func TestAlertsOfAStormClearAndFireAnewInOneBatch(t *testing.T) {
	h := newHouse(t)
	h.fire(many(20)...)
	h.work()
	h.fire("tap leaks")
	h.now = h.now.Add(time.Second)
	h.post("generic", `{"title":"tap leaks","dedup_key":"tap leaks","status":"ok"}`)
	h.now = h.now.Add(time.Second)
	h.fire("tap leaks")
	h.work()
	storm := h.incidents()[20]
	if got := h.story()[20]; !storm.Alerts.Storm || got != "P2, +0~1-1 1/1" {
		t.Errorf("%q: %s", storm.Title, got)
	}
	rows := h.rows(storm.Number)
	if len(rows) != 2 || rows[0].Status != alert.Firing || rows[1].Status != alert.Resolved {
		t.Errorf("both occurrences belong to the storm: %+v", rows)
	}
}

func TestWorstAlertOfABatchGivesTheStormItsPriority(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "heart", Match: map[string]alert.Patterns{"title": {"heart*"}}, Do: alert.Open, Priority: "P1"})
	h.fire(append(many(21), "heart stops")...)
	h.work()
	if storm := h.incidents()[20]; !storm.Alerts.Storm || storm.Priority != incident.P1 {
		t.Errorf("%s", storm.Priority)
	}
}

func TestCrashBeforeTheCommitDoublesNothing(t *testing.T) {
	h := newHouse(t)
	h.fire("disk 1 full", "disk 2 full", "tap leaks")
	h.queue.lost = 1 // the batch; each by itself then works
	h.work()
	h.wants("P2, +1~0-0 2/2", "P2")
	h.queue.lost = 3 // the batch and both of its requests by themselves
	h.fire("disk 3 full", "door open")
	if n := h.work(); n != 0 || h.waiting() != 2 {
		t.Errorf("%d worked off, %d wait", n, h.waiting())
	}
	h.wants("P2, +1~0-0 2/2", "P2")
	h.now = h.now.Add(time.Second)
	if n := h.work(); n != 2 || h.waiting() != 0 {
		t.Errorf("%d worked off, %d wait", n, h.waiting())
	}
	h.wants("P2, +1~0-0 2/2, +1~0-0 3/3", "P2", "P2")
	for _, i := range h.incidents() {
		for _, row := range h.rows(i.Number) {
			if row.Count != 1 {
				t.Errorf("%s counted %d", row.Key, row.Count)
			}
		}
	}
}

func TestWhatCanNotBeDecodedStaysVisibleWithItsReason(t *testing.T) {
	h := newHouse(t)
	h.post("generic", `{"no":`)
	h.post("alertmanager", `{"alerts":[]}`)
	h.post("nobody", `{}`)
	h.fire("disk full")
	if n := h.work(); n != 4 {
		t.Errorf("%d worked off", n)
	}
	h.wants("P2")
	reasons := map[string]bool{}
	for _, row := range h.inbox() {
		reason := alert.ParseReason(row.Reason)
		if said := reason.Text(lang.JA); strings.Contains(said, "⟦") || said == "" {
			t.Errorf("%s is said as %q", row.Reason, said)
		}
		reasons[row.Source+" "+reason.ID] = true
	}
	for _, want := range []string{"generic alert.error_not_json", "alertmanager alert.error_no_alerts", "nobody alert.error_unknown_source"} {
		if !reasons[want] {
			t.Errorf("%s is missing in %v", want, reasons)
		}
	}
}

// The batch that found a request undecodable must not be named after it: worked again, it would look like a second try.
func TestMendedRequestIsWorkedAgain(t *testing.T) {
	h := newHouse(t)
	h.fire("disk 1 full")
	h.work()
	id := h.post("generic", `{"event":{"what":"disk 2 full","bad":"critical"},"service":"shop"}`)
	h.fire("disk 3 full")
	h.work()
	h.wants("P2, +1~0-0 2/2")
	h.config.Sources = []alert.Source{{Name: "generic", Mapping: &alert.Mapping{Title: "title|event.what", Severity: "severity|event.bad"}}}
	if err := h.config.Compile(); err != nil {
		t.Fatal(err)
	}
	if err := h.store.WorkAgain(t.Context(), "", id); err != nil {
		t.Fatal(err)
	}
	h.work()
	h.wants("P2, +1~0-0 2/2, +1~0-0 3/3")
	if rows := h.inbox(); len(rows) != 0 {
		t.Errorf("still there: %+v", rows)
	}
}

// poison fails, or panics, as soon as it meets one key.
type poison struct {
	alert.Work
	key    string
	panics bool
}

func (p poison) Known(ctx context.Context, source string, keys []string) (map[string]alert.Row, error) {
	for _, key := range keys {
		if key == p.key && p.panics {
			panic("poisoned")
		}
		if key == p.key {
			return nil, errors.New("poisoned")
		}
	}
	return p.Work.Known(ctx, source, keys)
}

func TestADatabaseThatIsAwayIsNoFaultOfARequest(t *testing.T) {
	h := newHouse(t)
	h.fire("disk 1 full", "door open")
	h.queue.full = 5
	for range 5 {
		if n, err := h.worker.WorkOff(t.Context()); n != 0 || !errors.Is(err, incident.ErrUnavailable) {
			t.Errorf("%d worked off, error %v", n, err)
		}
		h.now = h.now.Add(2 * time.Second)
	}
	if n := h.work(); n != 2 || h.waiting() != 0 || len(h.inbox()) != 0 {
		t.Errorf("%d worked off, %d wait, %d were given up", n, h.waiting(), len(h.inbox()))
	}
	h.wants("P2", "P2")
}

func TestPoisonedRequestHoldsUpNobody(t *testing.T) {
	for _, panics := range []bool{false, true} {
		t.Run(fmt.Sprintf("panics %v", panics), func(t *testing.T) {
			h := newHouse(t)
			h.queue.wrap = func(w alert.Work) alert.Work { return poison{w, "generic:bad", panics} }
			h.fire("good", "bad", "better")
			if n := h.work(); n != 2 || h.waiting() != 1 {
				t.Errorf("%d worked off, %d wait", n, h.waiting())
			}
			h.wants("P2", "P2")
			h.fire("best") // isn't tried together with the one that is held
			runs := h.queue.runs
			if n := h.work(); n != 1 || h.queue.runs != runs+1 {
				t.Errorf("%d worked off in %d transactions", n, h.queue.runs-runs)
			}
			for range 2 {
				h.now = h.now.Add(2 * time.Second)
				h.work()
			}
			rows := h.inbox()
			if len(rows) != 1 || alert.ParseReason(rows[0].Reason).ID != "alert.error_broken" || h.waiting() != 0 {
				t.Errorf("%+v, %d wait", rows, h.waiting())
			}
			h.wants("P2", "P2", "P2")
		})
	}
}

// stubborn refuses to let one incident hear of alerts.
type stubborn struct {
	alert.Work
	of incident.Number
}

func (s stubborn) Store() incident.Store { return stubbornStore{s.Work.Store(), s.of} }

type stubbornStore struct {
	incident.Store
	of incident.Number
}

func (s stubbornStore) Change(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	if len(numbers) == 1 && numbers[0] == s.of {
		return nil, false, incident.Refuse("over")
	}
	return s.Store.Change(ctx, cause, numbers, decide)
}

func TestRefusalOpensAnotherIncidentInstead(t *testing.T) {
	h := newHouse(t)
	h.fire("disk 1 full", "tap 1 leaks")
	h.work()
	h.queue.wrap = func(w alert.Work) alert.Work { return stubborn{w, h.incidents()[0].Number} }
	h.fire("disk 2 full", "tap 2 leaks", "disk 3 full")
	if n := h.work(); n != 3 {
		t.Errorf("%d worked off", n)
	}
	h.wants("P2", "P2, +1~0-0 2/2", "P2, +1~0-0 2/2")
	if rows := h.inbox(); len(rows) != 0 {
		t.Errorf("in the inbox: %+v", rows)
	}
}

func TestCauseOfABatchIsNeverThatOfAnother(t *testing.T) {
	h := newHouse(t)
	for k := range 30 { // the queue is empty in between, so that ids may be given out again
		h.now = h.now.Add(time.Second)
		h.fire(fmt.Sprintf("disk %d full", k))
		h.work()
	}
	if i := h.only(); i.Alerts.Total != 30 || i.Alerts.Firing != 30 {
		t.Errorf("%+v", i.Alerts)
	}
}

func TestAcceptKeepsOnlyTheHeadersThatAreNeeded(t *testing.T) {
	h := newHouse(t)
	header := http.Header{
		"Authorization": {"Bearer s3cret"}, "Cookie": {"s3cret"}, "X-Api-Key": {"s3cret"}, "X-Gitlab-Token": {"s3cret"}, "Proxy-Authorization": {"s3cret"},
		"Content-Type": {"application/json"}, "User-Agent": {"Alertmanager/0.28"}, "X-Webhook-Id": {"d-1"}, "X-Pagerduty-Signature": {"v1=abc"},
	}
	if _, err := h.intake.Accept(t.Context(), h.source("generic"), header, []byte(`{"title":"x"}`), h.now); err != nil {
		t.Fatal(err)
	}
	raws, err := h.store.Peek(t.Context(), nil, 10)
	if err != nil || len(raws) != 1 {
		t.Fatalf("%+v, %v", raws, err)
	}
	var kept http.Header
	if err := json.Unmarshal(raws[0].Header, &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 3 || kept.Get("X-Webhook-Id") != "d-1" || strings.Contains(string(raws[0].Header), "s3cret") {
		t.Errorf("kept %s", raws[0].Header)
	}
	if !raws[0].Received.Equal(h.now) || string(raws[0].Body) != `{"title":"x"}` {
		t.Errorf("%+v", raws[0])
	}
}

// slowQueue is a queue in memory, for the loop alone.
type slowQueue struct {
	mu     sync.Mutex
	signal chan struct{}
	raws   []alert.Raw
	took   []time.Duration
	broken int // so many looks fail
	start  time.Time
	alone  bool      // no other process puts anything in
	next   time.Time // an alert is judged again
	beats  []alert.Beat
}

func (q *slowQueue) Watch(string) (<-chan struct{}, func()) { return q.signal, func() {} }
func (q *slowQueue) Alone() bool                            { return q.alone }

func (q *slowQueue) Beats(context.Context) ([]alert.Beat, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.beats), nil
}

func (q *slowQueue) NextAgain(context.Context) (time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next, nil
}

func (q *slowQueue) DueLast(context.Context, int) ([]alert.Row, error) { return nil, nil }

func (q *slowQueue) Peek(_ context.Context, round *alert.Round, _ int) ([]alert.Raw, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken > 0 {
		q.broken--
		return nil, errors.New("the database is away")
	}
	if len(q.raws) == 0 || q.raws[0].ID <= round.After("") {
		return nil, nil
	}
	round.Give("", q.raws[0].ID)
	return slices.Clone(q.raws[:1]), nil
}

func (q *slowQueue) WorkOff(_ context.Context, ids []int64, _ func(context.Context, []int64, alert.Work) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.took = append(q.took, time.Since(q.start))
	if len(ids) == 0 { // what is due
		q.next = time.Time{}
		return nil
	}
	q.raws = q.raws[1:]
	return nil
}

// slowly works a queue off, and puts requests in when it is told to.
func slowly(t *testing.T, q *slowQueue) (put func(id int64, at time.Duration, signal bool), stop func()) {
	q.signal, q.start = make(chan struct{}, 1), time.Now()
	h := alert.NewWorker(alert.WorkerOptions{
		Queue: q, Config: func() alert.Config { return alert.Config{} },
		Desk: &incident.Desk{Now: time.Now, Policy: func() incident.Policy { return incident.Policy{} }},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	put = func(id int64, at time.Duration, signal bool) {
		time.Sleep(at - time.Since(q.start))
		q.mu.Lock()
		q.raws = append(q.raws, alert.Raw{ID: id, Source: "generic"})
		q.mu.Unlock()
		if signal {
			q.signal <- struct{}{}
		}
		synctest.Wait()
	}
	return put, func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
}

func (q *slowQueue) wantTaken(t *testing.T, want ...time.Duration) {
	t.Helper()
	if fmt.Sprint(q.took) != fmt.Sprint(want) {
		t.Errorf("worked off after %v, want %v", q.took, want)
	}
}

func TestRunWorksOffAtASignalAndWithoutOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &slowQueue{}
		put, stop := slowly(t, q)
		put(1, 100*time.Millisecond, true)
		put(2, 1500*time.Millisecond, false) // its signal got lost: the look after it is a second after the one at 1.1 s
		time.Sleep(650 * time.Millisecond)
		q.mu.Lock()
		q.broken = 1
		q.mu.Unlock()
		put(3, 2200*time.Millisecond, true) // the database is away: the next look is a second later
		time.Sleep(1100 * time.Millisecond)
		stop()
		q.wantTaken(t, 100*time.Millisecond, 2100*time.Millisecond, 3200*time.Millisecond)
	})
}

func TestAloneItIsLookedOncePerMinuteUnlessWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &slowQueue{alone: true}
		put, stop := slowly(t, q)
		put(1, 100*time.Millisecond, true)
		put(2, 1500*time.Millisecond, false)
		put(3, 90*time.Second, true)
		stop()
		q.wantTaken(t, 100*time.Millisecond, 60100*time.Millisecond, 90*time.Second)
	})
}

func TestItIsLookedWhenAnAlertIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &slowQueue{alone: true}
		put, stop := slowly(t, q)
		q.mu.Lock()
		q.next = q.start.Add(75*time.Second + time.Millisecond)
		q.mu.Unlock()
		put(1, 70*time.Second, true)
		time.Sleep(20 * time.Second)
		stop()
		q.wantTaken(t, 70*time.Second, 75*time.Second+time.Millisecond)
	})
}
