package alert_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
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

// reads lets the generic source's titles be read from here.
func (h *house) reads(title string) {
	h.t.Helper()
	h.config.Sources = []alert.Source{{Name: "generic", Mapping: &alert.Mapping{Title: alert.Path(title)}}}
	if err := h.config.Compile(); err != nil {
		h.t.Fatal(err)
	}
}

// unread gives the requests that stay visible, by number.
func (h *house) unread() (ids []int64) {
	h.t.Helper()
	rows, err := h.store.UndecodedRows(h.t.Context(), 10)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range rows {
		id, err := strconv.ParseInt(r.Key, 10, 64)
		if err != nil {
			h.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// again puts the one request that stays visible back.
func (h *house) again() {
	h.t.Helper()
	ids := h.unread()
	if len(ids) != 1 {
		h.t.Fatalf("%d requests stay visible", len(ids))
	}
	if err := h.store.WorkAgain(h.t.Context(), "again "+h.now.String(), ids[0]); err != nil {
		h.t.Fatal(err)
	}
}

const diskTwice = `[{"title":"disk full","dedup_key":"a","severity":"critical","service":"shop"},{"text":"disk full","severity":"critical","service":"shop"}]`

// What could not be read the first time is heard of as if it had just come, also where the rest did the same to the same group before.
func TestWhatARequestThatComesAgainHoldsIsToldToo(t *testing.T) {
	h := newHouse(t)
	h.burn(0, "disk full")
	h.post("generic", diskTwice)
	h.work()
	h.wants("P2, +1~0-0 2/2")
	for range 2 { // which nothing comes of as long as it can't be read
		h.passes(time.Minute)
		h.again()
		h.work()
		h.wants("P2, +1~0-0 2/2")
	}
	h.reads("title|text")
	h.passes(time.Minute)
	h.again()
	h.work()
	h.wants("P2, +1~0-0 2/2, +1~0-0 3/3")
	if len(h.unread()) != 0 || h.waiting() != 0 {
		t.Errorf("%v stay visible, %d wait", h.unread(), h.waiting())
	}
	for _, r := range h.rows(1) {
		if r.Count != 1 {
			t.Errorf("%s counts %d times", r.Key, r.Count)
		}
	}
}

// Where the incident of the first time is over by then a new one opens.
func TestWhatARequestThatComesAgainHoldsOpens(t *testing.T) {
	h := newHouse(t)
	h.post("generic", diskTwice)
	h.work()
	n := h.only().Number
	h.do(n, incident.TakeRole{Role: incident.Manager, Person: "p1"})
	h.clears("a")
	h.do(n, incident.Resolve{})
	h.do(n, incident.Close{})
	h.now = h.now.Add(3 * time.Hour)
	h.reads("title|text")
	h.again()
	h.work()
	h.wants("P2, +0~0-1 0/1", "P2")
	if len(h.unread()) != 0 || len(h.inbox()) != 0 {
		t.Errorf("%v stay visible, in the inbox %+v", h.unread(), h.inbox())
	}
}

// A request of which nothing could be read is a sign of life all the same; what it holds is told when it comes again.
func TestWhatASignOfLifeHeldIsToldToo(t *testing.T) {
	h := newHouse(t, alert.Rule{Name: "beats", Match: map[string]alert.Patterns{"source": {alert.HeartbeatSource}}, Do: alert.Open},
		alert.Rule{Name: "join", Do: alert.Attach, Service: "shop"})
	source := func(m *alert.Mapping) {
		h.config.Sources = []alert.Source{{Name: "generic", Mapping: m, Heartbeat: &alert.Pulse{Every: alert.Span(30 * time.Minute), Service: "shop"}}}
		if err := h.config.Compile(); err != nil {
			t.Fatal(err)
		}
	}
	source(nil)
	h.fire("a")
	h.work()
	h.passes(time.Hour)
	h.wants("P2")
	h.post("generic", `[{"text":"b","severity":"critical","service":"shop"}]`)
	h.work()
	h.wants("P2, +0~0-1 0/1")
	h.now = h.now.Add(time.Minute)
	source(&alert.Mapping{Title: "title|text"})
	h.again()
	h.work()
	h.wants("P2, +0~0-1 0/1, +1~0-0 1/2")
}

// A sender that didn't hear the answer sends the same again, also where not all of it can be read.
func TestAPartlyReadRequestIsDoneOnce(t *testing.T) {
	h := newHouse(t)
	const body = `[` + undatedFire + `,{"text":"lost"}]`
	h.numbered("generic", "1", body)
	h.work()
	h.numbered("generic", "2", undatedEnd)
	h.work()
	h.wants("P2, +0~0-1 0/1")
	h.numbered("generic", "1", body)
	h.work()
	h.wants("P2, +0~0-1 0/1")
	if len(h.unread()) != 1 || h.worker.Repeated() != 1 || h.waiting() != 0 {
		t.Errorf("%v stay visible, %d repeated, %d wait", h.unread(), h.worker.Repeated(), h.waiting())
	}
	h.reads("title|text")
	h.again()
	h.work()
	h.numbered("generic", "1", body)
	h.work()
	if len(h.unread()) != 0 || h.worker.Repeated() != 2 || len(h.inbox()) != 1 || h.inbox()[0].Title != "lost" || h.inbox()[0].Count != 1 {
		t.Errorf("%v stay visible, %d repeated, in the inbox %+v", h.unread(), h.worker.Repeated(), h.inbox())
	}
	h.wants("P2, +0~0-1 0/1")
}

// longBetween is a request in pieces: what burns at its beginning and is over at its end, what comes and goes at once in its first piece,
// what grows worse at its end, and what doesn't matter between.
func longBetween(title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `[{%q:"a","id":"a","severity":"critical","service":"shop","starts_at":"2026-11-21T11:00:00Z"}`, title)
	fmt.Fprintf(&b, `,{%[1]q:"b","id":"b","severity":"critical","service":"hall"},{%[1]q:"b","id":"b","severity":"critical","service":"hall","status":"resolved"}`, title)
	fmt.Fprintf(&b, `,{%q:"c","id":"c","severity":"info","service":"yard","starts_at":"2026-11-21T11:00:00Z"}`, title)
	for k := range 1500 {
		fmt.Fprintf(&b, `,{"title":"x%d","severity":"info"}`, k)
	}
	fmt.Fprintf(&b, `,{%q:"c","id":"c","severity":"critical","service":"yard","starts_at":"2026-11-21T11:00:00Z"}`, title)
	fmt.Fprintf(&b, `,{%q:"a","id":"a","status":"resolved","severity":"critical","service":"shop","starts_at":"2026-11-21T11:00:00Z"}]`, title)
	return b.String()
}

// However often the process ends between two pieces, and whether the request is read at once or comes again, each alert is told and
// counted once, and the last word on it holds.
func TestPiecesAreWorkedOffOnce(t *testing.T) {
	for _, c := range []struct {
		name, title string
		killed      bool
	}{{"at once", "title", false}, {"at once, killed", "title", true}, {"again", "text", false}, {"again, killed", "text", true}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.post("generic", longBetween(c.title))
			if c.title == "text" {
				h.reads("title")
				h.config.Sources[0].Mapping.DedupeKey = "nothing"
				if err := h.config.Compile(); err != nil {
					t.Fatal(err)
				}
				h.work()
				h.wants()
				h.reads("title|text")
				h.passes(time.Minute)
				h.again()
			}
			for kills := 0; c.killed; kills++ {
				h.restart()
				h.queue.after = h.queue.runs + 1 + kills
				if _, err := h.worker.WorkOff(t.Context()); err == nil {
					if kills < 2 {
						t.Fatalf("the process ended only %d times", kills)
					}
					break
				}
				h.queue.after = 0
			}
			h.queue.after = 0
			h.restart()
			h.work()
			h.wants("P2, +0~0-1 0/1", "P2, +0~0-1 0/1", "P2")
			rows := h.inbox()
			for _, i := range h.incidents() {
				rows = append(rows, h.rows(i.Number)...)
			}
			for _, r := range rows {
				want := int64(1)
				if r.Service == "yard" {
					want = 2
				}
				if r.Count != want || (r.Status == alert.Firing) != (r.Severity == "info" || want == 2) {
					t.Fatalf("%s counts %d times, %s", r.Key, r.Count, r.Status)
				}
			}
			if len(rows) != 1503 || len(h.unread()) != 0 || h.waiting() != 0 {
				t.Errorf("%d rows, %v stay visible, %d wait", len(rows), h.unread(), h.waiting())
			}
		})
	}
}

// A request says how often it was put back after a part of it had been worked off, and only then.
func TestARequestSaysHowOftenItComesAgain(t *testing.T) {
	const none, part = "alert.error_no_title", "alert.error_unread_title?First=2&Of=2&Unread=1"
	header := []byte(`{"User-Agent":["x"]}`)
	for k, c := range []struct{ why, want string }{
		{none, `{"User-Agent":["x"]}`},
		{part, `{"Matoi-In-Part":["1"],"User-Agent":["x"]}`},
		{part, `{"Matoi-In-Part":["2"],"User-Agent":["x"]}`},
		{none, `{"Matoi-In-Part":["2"],"User-Agent":["x"]}`},
		{part, `{"Matoi-In-Part":["3"],"User-Agent":["x"]}`},
	} {
		if header = alert.PutBack(header, c.why); string(header) != c.want {
			t.Errorf("put back %d times: %s, want %s", k+1, header, c.want)
		}
	}
	if got := string(alert.PutBack([]byte(`{"Matoi-In-Part":["often"]}`), part)); got != `{"Matoi-In-Part":["2"]}` {
		t.Error(got)
	}
	if got := string(alert.PutBack([]byte("broken"), part)); got != `{"Matoi-In-Part":["1"]}` {
		t.Error(got)
	}
}

// Of one key what could not be read may be the last word, or an earlier one.
func TestTheLastWordOfARequestThatComesAgainHolds(t *testing.T) {
	const fire, end = `{"title":"a","severity":"critical","service":"shop"}`, `{"title":"a","severity":"critical","service":"shop","status":"resolved"}`
	lost := func(entry string) string { return strings.Replace(entry, "title", "text", 1) }
	for _, c := range []struct {
		name, body, first, again string
	}{
		{"ends", fire + "," + lost(end), "P2", "P2, +0~0-1 0/1"},
		{"fires", fire + "," + end + "," + lost(fire), "P2, +0~0-1 0/1", "P2, +0~0-1 0/1, +0~1-0 1/1"},
		{"fired before", lost(fire) + "," + fire, "P2", "P2"},
		{"ended before", lost(end) + "," + fire, "P2", "P2"},
		{"ended between", fire + "," + lost(end) + "," + fire, "P2", "P2"},
		{"fired between", fire + "," + lost(fire) + "," + end, "P2, +0~0-1 0/1", "P2, +0~0-1 0/1"},
	} {
		for _, newer := range []bool{false, true} {
			h := newHouse(t)
			h.post("generic", "["+c.body+"]")
			h.work()
			h.wants(c.first)
			if newer { // which then holds
				h.now = h.now.Add(time.Minute)
				h.post("generic", end)
				h.post("generic", fire)
				h.work()
				c.again = h.story()[0]
			}
			h.now = h.now.Add(time.Minute)
			h.reads("title|text")
			h.again()
			h.work()
			if got := h.story(); len(got) != 1 || got[0] != c.again {
				t.Errorf("%s, newer news %t: %q, want %q", c.name, newer, got, c.again)
			}
		}
	}
}

// A start that Matoi guessed is a guess also where the request comes again.
func TestAStartThatIsGuessedAgainLeavesNothingBurning(t *testing.T) {
	h := newHouse(t)
	h.post("generic", `[{"title":"a","severity":"info"},{"text":"b","severity":"critical","service":"shop"}]`)
	h.work()
	h.wants()
	h.reads("title|text")
	h.passes(time.Minute)
	h.again()
	h.work()
	h.wants("P2")
	h.passes(time.Minute)
	h.post("generic", fmt.Sprintf(`{"title":"b","service":"shop","status":"ok","started_at":%q}`, noon().Add(-time.Hour).Format(time.RFC3339)))
	h.work()
	h.wants("P2, +0~0-1 0/1")
}
