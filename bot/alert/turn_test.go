package alert_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot/alert"
)

// batchOf is a request of so many alerts, each of a key of its own.
func batchOf(n int, key, rest string) string {
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, `,{"title":"full","dedup_key":"%s%d","severity":"info"%s}`, key, k, rest)
	}
	return "[" + b.String()[1:] + "]"
}

// worked notes the order in which keys are saved.
type worked struct {
	alert.Work
	keys *[]string
}

func (w worked) Save(ctx context.Context, rows []alert.Row) error {
	for _, r := range rows {
		*w.keys = append(*w.keys, r.Key)
	}
	return w.Work.Save(ctx, rows)
}

// A source that floods, by many requests or by huge ones, delays another one's alert by a turn, not by all that waits.
func TestAFloodDelaysAnotherSourcesAlertByATurn(t *testing.T) {
	for name, flood := range map[string]func(h *house){
		"many requests": func(h *house) {
			for k := range 3000 {
				h.post("datadog", fmt.Sprintf(`{"id":"%d","title":"disk %d","alert_cycle_key":"%d","alert_type":"info"}`, k, k, k))
			}
		},
		"a huge request": func(h *house) { h.post("generic", batchOf(3000, "flood", "")) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			var keys []string
			h.queue.wrap = func(w alert.Work) alert.Work { return worked{w, &keys} }
			flood(h)
			h.post("mackerel", `{"event":"alert","host":{"name":"db-1"},"alert":{"id":"late","status":"critical","isOpen":true,"monitorName":"late"}}`)
			h.work()
			for k, key := range keys {
				if strings.HasPrefix(key, "mackerel:") {
					if k > 1100 {
						t.Errorf("%d alerts of another source came before it", k)
					}
					if len(keys) != 3001 {
						t.Errorf("%d alerts are kept", len(keys))
					}
					return
				}
			}
			t.Errorf("it was not worked off among %d", len(keys))
		})
	}
}

// meanwhile is a queue in front of whose transactions something happens.
type meanwhile struct {
	*queue
	before func(run int)
}

func (q meanwhile) WorkOff(ctx context.Context, ids []int64, work func(context.Context, []int64, alert.Work) error) error {
	q.before(q.runs)
	return q.queue.WorkOff(ctx, ids, work)
}

// However much of one source waits, what others send is opened after the turn that is under way and one more, counted in transactions.
func TestAHundredThousandOfOneSourceKeepNoOtherWaiting(t *testing.T) {
	const (
		flood  = 100_000
		aLook  = 512/8 + 1 // transactions of a look of the least size, and what is between two looks
		second = aLook + 1 // the transaction before which the second quiet source sends
	)
	h := newHouse(t)
	var wait sync.WaitGroup
	for worker := range 256 {
		wait.Go(func() {
			for k := worker; k < flood; k += 256 {
				body := fmt.Sprintf(`{"id":"%d","title":"disk %d","alert_cycle_key":"%d","alert_type":"info"}`, k, k, k)
				if _, err := h.intake.Accept(t.Context(), alert.Source{Name: "datadog"}, http.Header{"Content-Type": {"application/json"}}, []byte(body), noon()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	if h.waiting() != flood {
		t.Fatalf("%d wait", h.waiting())
	}
	h.post("mackerel", `{"event":"alert","host":{"name":"db-1"},"alert":{"id":"first","status":"critical","isOpen":true,"monitorName":"first"}}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opened := map[int]int{} // how many incidents there were first, by transactions
	h.workerOn(meanwhile{&h.queue, func(run int) {
		if run == second {
			h.fire("second")
		}
		if n := len(h.incidents()); opened[n] == 0 {
			opened[n] = run
		}
		if run > second+2*aLook || opened[2] > 0 {
			cancel()
		}
	}})
	if _, err := h.worker.WorkOff(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("all of it was worked off: %v", err)
	}
	if first := opened[1]; first == 0 || first > aLook {
		t.Errorf("the first quiet source had its incident before transaction %d", first)
	}
	if after := opened[2] - second; after < 0 || after > 2*aLook {
		t.Errorf("the second quiet source had its incident %d transactions after it sent", after)
	}
	if left := h.waiting(); left < flood/2 {
		t.Errorf("only %d still wait: this proves little", left)
	}
}

func TestALargeRequestIsWorkedOffInPieces(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "all", Match: map[string]alert.Patterns{"severity": {"critical"}}, Do: alert.Open})
	h.post("generic", batchOf(5000, "k", ""))
	if n := h.work(); n != 1 || h.waiting() != 0 {
		t.Errorf("%d requests are done with, %d wait", n, h.waiting())
	}
	if h.queue.runs < 5000/256 {
		t.Errorf("it took %d transactions", h.queue.runs)
	}
	if n := countRows(h); n != 5000 {
		t.Errorf("%d alerts are kept", n)
	}
}

// countRows counts the alerts that opened nothing.
func countRows(h *house) int {
	rows, err := h.store.InboxRows(h.t.Context(), 100_000)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(rows)
}

// A process that ends between two pieces leaves the request where it was: the next one begins anew, and nothing is lost or opened
// twice, although the number of the request is known already.
func TestALargeRequestThatWasBegunIsGoneOnWith(t *testing.T) {
	h := newHouse(t)
	body := strings.Replace(batchOf(1000, "k", ""), `"k700","severity":"info"`, `"k700","severity":"critical"`, 1)
	body = strings.Replace(body, `"k10","severity":"info"`, `"k10","severity":"critical"`, 1)
	id, err := h.intake.Accept(t.Context(), h.source("generic"), map[string][]string{"Content-Type": {"application/json"}, "Idempotency-Key": {"once"}}, []byte(body), h.now)
	if err != nil {
		t.Fatal(err)
	}
	h.queue.after = 2 // transactions from which on the database is away
	if _, err := h.worker.WorkOff(t.Context()); err == nil {
		t.Fatal("the database was never away")
	}
	if begun := countRows(h); begun == 0 || begun > 600 || h.waiting() != 1 {
		t.Fatalf("%d alerts of %d are kept, %d requests wait", begun, id, h.waiting())
	}
	h.queue.after = 0
	h.restart()
	h.work()
	if n := countRows(h); n != 998 || h.waiting() != 0 || len(h.incidents()) != 2 && len(h.incidents()) != 1 {
		t.Errorf("%d alerts are kept, %d requests wait, %q", n, h.waiting(), h.story())
	}
	total := 0
	for _, i := range h.incidents() {
		total += len(h.rows(i.Number))
	}
	if total != 2 {
		t.Errorf("%d alerts have an incident: %q", total, h.story())
	}
	if h.worker.Repeated() != 0 {
		t.Error("it was taken for a repetition")
	}
}

// Of a request whose piece fails no later piece is worked off before it, or what failed would be lost with its end.
func TestAPieceThatFailsHoldsTheRestBack(t *testing.T) {
	h := newHouse(t)
	h.post("generic", batchOf(1000, "k", ""))
	fail := 1
	h.queue.wrap = func(w alert.Work) alert.Work { return failing{w, "k300", &fail} }
	h.work()
	if h.waiting() != 1 {
		t.Fatal("it does not wait to be tried again")
	}
	h.now = h.now.Add(5e9)
	h.work()
	if n := countRows(h); n != 1000 || h.waiting() != 0 {
		t.Errorf("%d alerts are kept, %d requests wait", n, h.waiting())
	}
}

// failing fails some times where a key is saved.
type failing struct {
	alert.Work
	key  string
	left *int
}

func (w failing) Save(ctx context.Context, rows []alert.Row) error {
	for _, r := range rows {
		if *w.left > 0 && strings.HasSuffix(r.Key, ":"+w.key) {
			*w.left--
			return fmt.Errorf("no room for %s", w.key)
		}
	}
	return w.Work.Save(ctx, rows)
}

// What holds more alerts than we take stays visible, with how many were left out.
func TestWhatIsLeftOutOfARequestStaysVisible(t *testing.T) {
	h := newHouse(t)
	h.post("generic", batchOf(20_003, "k", ""))
	h.work()
	if n := countRows(h); n != 20_001 {
		t.Errorf("%d rows, want 20,000 alerts and the request", n)
	}
	rows, err := h.store.UndecodedRows(t.Context(), 10)
	if err != nil || len(rows) != 1 || !strings.Contains(rows[0].Reason, "alert.error_too_many") || !strings.Contains(rows[0].Reason, "Over=3") {
		t.Errorf("%+v %v", rows, err)
	}
}

// What can't be read beside an alert costs it nothing and is kept with its request, which may be worked off again once the mistake is
// mended, also where the sender numbers its requests.
func TestWhatCannotBeReadBesideAnAlertStaysVisible(t *testing.T) {
	for _, number := range []string{"", "n1"} {
		h := newHouse(t)
		const body = `[{"title":"keep me","key":"kp1","starts_at":"2026-11-21T11:00:00Z"},{"text":"lost is down","key":null}]`
		header := http.Header{"Content-Type": {"application/json"}}
		if number != "" {
			header.Set("Idempotency-Key", number)
		}
		if _, err := h.intake.Accept(t.Context(), h.source("generic"), header, []byte(body), h.now); err != nil {
			t.Fatal(err)
		}
		h.work()
		check := func(alerts int, what string) string {
			t.Helper()
			unread, err := h.store.UndecodedRows(t.Context(), 10)
			if err != nil || len(unread) != 1 && alerts == 1 {
				t.Fatalf("%s: %+v %v", what, unread, err)
			}
			rows, err := h.store.InboxRows(t.Context(), 10)
			if k := slices.IndexFunc(rows, func(r alert.Row) bool { return r.Key == "generic:kp1" }); k < 0 || rows[k].Count != 1 {
				t.Errorf("%s: what was read counts again: %+v", what, rows)
			}
			if err != nil || len(rows) != len(unread)+alerts || h.waiting() != 0 {
				t.Errorf("%s: %+v %v, %d wait", what, rows, err, h.waiting())
			}
			if len(unread) == 0 {
				return ""
			}
			return unread[0].Key + " " + unread[0].Reason
		}
		key, reason, _ := strings.Cut(check(1, "first"), " ")
		if reason != "alert.error_unread_title?First=2&Of=2&Unread=1" {
			t.Error(reason)
		}
		if !strings.Contains(h.log.String(), "some of a request can't be read") {
			t.Errorf("nothing in the log: %s", h.log.String())
		}
		again := func(key string) {
			t.Helper()
			var id int64
			if _, err := fmt.Sscan(key, &id); err != nil {
				t.Fatal(err)
			}
			h.now = h.now.Add(time.Minute)
			if err := h.store.WorkAgain(t.Context(), "again "+key+h.now.String(), id); err != nil {
				t.Fatal(err)
			}
			h.work()
		}
		again(key)
		key, _, _ = strings.Cut(check(1, "again"), " ")
		h.config.Sources = []alert.Source{{Name: "generic", Mapping: &alert.Mapping{Title: "title|text"}}}
		if err := h.config.Compile(); err != nil {
			t.Fatal(err)
		}
		again(key)
		if left := check(2, "mended"); left != "" {
			t.Errorf("still unread: %s", left)
		}
		if n := len(h.incidents()); n != 0 {
			t.Errorf("%d incidents", n)
		}
	}
}

// What a request that comes again says of an alert is as old as it is: it ends nothing that fired since.
func TestAnOldWordThatComesAgainEndsNothing(t *testing.T) {
	h := newHouse(t)
	h.post("generic", `[{"title":"disk","key":"d","status":"resolved"},{"text":"lost"}]`)
	h.work()
	h.now = h.now.Add(time.Minute)
	h.post("generic", `{"title":"disk","key":"d","severity":"info"}`)
	h.work()
	unread, err := h.store.UndecodedRows(t.Context(), 10)
	if err != nil || len(unread) != 1 {
		t.Fatalf("%+v %v", unread, err)
	}
	var id int64
	if _, err := fmt.Sscan(unread[0].Key, &id); err != nil {
		t.Fatal(err)
	}
	if err := h.store.WorkAgain(t.Context(), "again", id); err != nil {
		t.Fatal(err)
	}
	h.work()
	rows, err := h.store.InboxRows(t.Context(), 10)
	if k := slices.IndexFunc(rows, func(r alert.Row) bool { return r.Key == "generic:d" }); err != nil || k < 0 || rows[k].Status != alert.Firing {
		t.Errorf("%+v %v", rows, err)
	}
}
