//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"matoi/incident"
)

// away is how long PostgreSQL is stopped, MATOI_TEST_AWAY asks for longer.
func away(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("MATOI_TEST_AWAY")
	if text == "" {
		return 2 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// doubted is a command that was under way when the server died: whoever sent it does not know whether it happened.
type doubted struct {
	number, key, body string
	status            int
}

// once sends a command a single time.
func (h *herd) once(d *doubted) {
	r, err := http.NewRequestWithContext(h.t.Context(), "POST", h.any()+"/api/v1/commands", strings.NewReader(d.body))
	if err != nil {
		h.t.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", d.key)
	answer, err := h.client.Do(r)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	d.status = answer.StatusCode
}

// notReady waits until /readyz says that the database is away.
func (h *herd) notReady() {
	h.t.Helper()
	eventually(h.t, "it is said that PostgreSQL is away", func() bool {
		status, body := h.status()
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"reason":"away"`)
	})
}

// ready waits until all is well, and tells how long that took.
func (h *herd) ready() time.Duration {
	h.t.Helper()
	began := time.Now()
	eventually(h.t, "it is ready by itself", func() bool { status, _ := h.status(); return status == http.StatusOK })
	return time.Since(began)
}

// A real PostgreSQL and its standby: stopped like a machine that loses its power and started again, then killed in the middle
// of commits twice, with the standby taking its place: once it has what nobody was told, once it never heard of it. Meanwhile
// people and monitoring systems go on. What was answered is there once and said once; what was in doubt happens once when it
// is sent again, and gives the same answer ever after.
func TestARealPostgreSQLStopsAndFailsOver(t *testing.T) {
	p := newPair(t)
	h := newHerd(t, p.address(), 0)
	began := time.Now()
	number := numberIn(t, h.post("/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 Under fire"}`, "first"))
	stop := h.work(number)
	t.Cleanup(stop)

	p.do("pg_ctl", "-D", p.lead.data, "-m", "immediate", "-w", "stop")
	h.notReady()
	<-time.After(away(t))
	h.notReady()
	p.start(p.lead)
	t.Logf("stopped for %s and started: ready after %s", away(t), h.ready().Round(time.Millisecond))

	for _, arrived := range []bool{true, false} {
		p.inStep()
		h.failOver(p, arrived)
	}
	stop()
	h.settle()
	h.judge(began)
	for _, line := range []string{`msg="not ready" reason=away`, `msg="ready again"`} {
		if n := strings.Count(h.errs.String(), line); n < 3 {
			t.Errorf("the log has %d times %s:\n%s", n, line, tail(h.errs.String()))
		}
	}
	t.Logf("%d entries and incidents, %d alerts in %s", size(&h.said), size(&h.alerts), time.Since(began).Round(time.Second))
}

// inStep waits until the standby is there, and makes one where there is none.
func (p *pair) inStep() {
	p.t.Helper()
	if p.behind == nil {
		p.follow(p.spare)
	}
	eventually(p.t, "the standby is in step", func() bool {
		return p.sql(p.lead, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
	})
}

// failOver kills the server while commands are on its disk and wait for the standby, which has received them or not, and lets
// the standby take its place.
func (h *herd) failOver(p *pair, arrived bool) {
	t := h.t
	t.Helper()
	doubts, both := h.doubtful(arrived)
	versions := "SELECT string_agg(CAST(version AS text), ',' ORDER BY number) FROM incident WHERE number IN (" + both + ")"
	h.quiet.Lock() // what the others hold would be waited for
	loud := sync.OnceFunc(h.quiet.Unlock)
	defer loud()
	eventually(t, "nothing else is under way", func() bool {
		return p.sql(p.lead, "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM pack) + (SELECT count(*) FROM raw)") == "0"
	})
	before := p.sql(p.lead, versions)

	// One end of what carries the commits over is held still.
	sender, receiver := p.sql(p.lead, "SELECT pid FROM pg_stat_replication"), p.sql(p.behind, "SELECT pid FROM pg_stat_wal_receiver")
	held := sender
	if arrived {
		held = receiver
	}
	p.signal(held, syscall.SIGSTOP)
	var hands sync.WaitGroup
	for _, d := range doubts {
		hands.Go(func() { h.once(d) })
	}
	eventually(t, "both have committed and wait for the standby", func() bool {
		return p.sql(p.lead, `SELECT count(*) FROM incident JOIN pg_stat_activity ON backend_xid = incident.xmax
			WHERE wait_event = 'SyncRep' AND number IN (`+both+`)`) == "2"
	})
	loud()
	<-time.After(500 * time.Millisecond) // for others to get stuck too
	sent := p.sql(p.lead, "SELECT pg_current_wal_flush_lsn()")
	if arrived {
		eventually(t, "all is on its way", func() bool { return p.sql(p.lead, "SELECT sent_lsn >= '"+sent+"' FROM pg_stat_replication") == "t" })
	}
	p.kill(sender)
	if arrived {
		p.signal(receiver, syscall.SIGCONT)
		eventually(t, "the standby has it", func() bool { return p.sql(p.behind, "SELECT pg_last_wal_receive_lsn() >= '"+sent+"'") == "t" })
	}
	hands.Wait()
	h.notReady()
	p.promote()
	if after := p.sql(p.lead, versions); (after != before) != arrived {
		t.Errorf("arrived %v, and the versions were %s and are %s", arrived, before, after)
	}
	t.Logf("failed over, commits arrived %v: ready %s after the promotion", arrived, h.ready().Round(time.Millisecond))
	for _, d := range doubts {
		if d.status/100 == 2 {
			t.Errorf("%s was answered %d before it was safe", d.body, d.status)
		}
		first := h.post("/api/v1/commands", d.body, d.key)
		if again := h.post("/api/v1/commands", d.body, d.key); again != first || numberIn(t, first) != d.number {
			t.Errorf("%s was answered %s, and then %s", d.body, first, again)
		}
	}
	if n := p.sql(p.lead, "SELECT count(*) FROM entry WHERE kind = 'resolved' AND number IN ("+both+")"); n != "1" {
		t.Errorf("it was resolved %s times", n)
	}
}

// doubtful opens two incidents that nobody else works on, for two commands that will be in doubt.
func (h *herd) doubtful(arrived bool) (doubts []*doubted, both string) {
	h.t.Helper()
	var numbers []string
	for _, verb := range []string{"log", "resolve"} {
		title, text := fmt.Sprintf("To %s %v-x", verb, arrived), fmt.Sprintf("doubted %v-x", arrived)
		number := numberIn(h.t, h.post("/api/v1/commands", fmt.Sprintf(`{"as":"bob","channel":"#general","text":"open P3 %s"}`, title), title))
		n, ok := incident.ParseNumber(number)
		if !ok {
			h.t.Fatalf("%q is no number", number)
		}
		numbers = append(numbers, fmt.Sprint(int64(n)))
		body := fmt.Sprintf(`{"as":"alice","text":"%s %s --in %s"}`, verb, text, number)
		doubts = append(doubts, &doubted{number: number, key: "doubt " + title, body: body})
		h.said.Store(title, true)
		if verb == "log" {
			h.said.Store(text, true)
		}
	}
	return doubts, strings.Join(numbers, ",")
}
