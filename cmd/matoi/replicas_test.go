package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"matoi/incident"
	"matoi/storage"
)

// TestReplicaProcess is no test but the program itself, started by the one below: it runs with a machine's clock that is
// wrong by as much as MATOI_TEST_REPLICA says.
func TestReplicaProcess(t *testing.T) {
	wrong, named := os.LookupEnv("MATOI_TEST_REPLICA")
	if !named {
		return
	}
	skew, err := time.ParseDuration(wrong)
	if err != nil {
		t.Fatal(err)
	}
	w := World{Env: Environment(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Machine: func() time.Time { return time.Now().Add(skew) }}
	os.Exit(w.Run(context.Background(), []string{"--listen", "127.0.0.1:0", "--config", os.Getenv("MATOI_TEST_REPLICA_CONFIG")}))
}

// replica is one of several processes on one PostgreSQL.
type replica struct {
	skew    time.Duration
	address atomic.Value
	cmd     *exec.Cmd
}

// herd is the replicas, and what their users were told.
type herd struct {
	t        *testing.T
	config   string
	postgres string
	errs     log
	replicas []*replica
	client   *http.Client
	said     sync.Map // entries and titles that were answered with success
	alerts   sync.Map // keys
	quiet    sync.RWMutex
}

func newHerd(t *testing.T, postgres string, skews ...time.Duration) *herd {
	t.Helper()
	config := filepath.Join(t.TempDir(), "matoi.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "lang: ja\ndatabase:\n  postgres: %s\n", postgres), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &herd{t: t, config: config, postgres: postgres, client: &http.Client{Timeout: 20 * time.Second}}
	t.Cleanup(h.client.CloseIdleConnections)
	for _, skew := range skews {
		r := &replica{skew: skew}
		h.start(r)
		h.replicas = append(h.replicas, r)
		t.Cleanup(func() { h.kill(r) })
	}
	return h
}

// start runs a replica until it says that it is ready.
func (h *herd) start(r *replica) {
	h.t.Helper()
	r.cmd = exec.Command(os.Args[0], "-test.run=^TestReplicaProcess$", "-test.timeout=0")
	r.cmd.Env = append(os.Environ(), "LC_ALL=C", "MATOI_TEST_REPLICA="+r.skew.String(), "MATOI_TEST_REPLICA_CONFIG="+h.config)
	r.cmd.Stderr = &h.errs
	url, err := ready(r.cmd)
	if err != nil {
		h.t.Fatalf("a replica did not start: %v\n%s", err, h.errs.String())
	}
	r.address.Store(url)
}

func (h *herd) kill(r *replica) {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// post sends a request to one replica after the other until one answers with success, as senders and people behind a load
// balancer do.
func (h *herd) post(path, body, key string) string {
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*patience)
	defer cancel()
	for saw := ""; ; <-time.After(5 * time.Millisecond) {
		if ctx.Err() != nil {
			if h.t.Context().Err() == nil {
				h.t.Errorf("%s %s: no success within %s, but %s", path, body, 2*patience, saw)
			}
			return ""
		}
		r, err := http.NewRequestWithContext(ctx, "POST", h.any()+path, strings.NewReader(body))
		if err != nil {
			h.t.Error(err)
			return ""
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := h.client.Do(r)
		if err != nil {
			saw = err.Error()
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		saw = answer.Status + " " + string(text)
		switch {
		case answer.StatusCode/100 == 4:
			h.t.Errorf("%s %s: %s %s", path, body, answer.Status, text)
			return ""
		case answer.StatusCode/100 == 2 && err == nil:
			return string(text)
		}
	}
}

func (h *herd) any() string { return h.replicas[rand.IntN(len(h.replicas))].address.Load().(string) }

func (h *herd) get(path string, to any) error {
	answer, err := h.client.Get(h.any() + path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, ok := to.(*string); ok {
		b, err := io.ReadAll(answer.Body)
		*text = string(b)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(to)
}

// work sends alerts, commands and new incidents through all replicas until stop is called, but while quiet is locked.
func (h *herd) work(number string) (stop func()) {
	var ended atomic.Bool
	var hands sync.WaitGroup
	post := func(path, body, key string) string {
		h.quiet.RLock()
		defer h.quiet.RUnlock()
		return h.post(path, body, key)
	}
	for hand := range 3 {
		hands.Go(func() {
			for n := 0; !ended.Load(); n++ {
				text := fmt.Sprintf("entry %d-%d-x", hand, n)
				post("/api/v1/commands", fmt.Sprintf(`{"as":"alice","text":"log %s --in %s"}`, text, number), text)
				h.said.Store(text, true)
			}
		})
		hands.Go(func() {
			for n := 0; !ended.Load(); n++ {
				key := fmt.Sprintf("alert-%d-%d-x", hand, n)
				post("/hooks/generic", fmt.Sprintf(`{"summary":"disk of machine %d","dedup_key":%q,"severity":"error"}`, hand, key), "")
				h.alerts.Store(key, true)
			}
		})
	}
	hands.Go(func() {
		for n := 0; !ended.Load() && n < 40; n++ {
			title := fmt.Sprintf("Opened %d-x", n)
			body := post("/api/v1/commands", fmt.Sprintf(`{"as":"bob","channel":"#general","text":"open P3 %s"}`, title), title)
			if h.t.Context().Err() != nil {
				return
			}
			numberIn(h.t, body)
			h.said.Store(title, true)
		}
	})
	return func() { ended.Store(true); hands.Wait() }
}

// pass lets the minute go by after which the leases of the dead are over, without waiting for it. Those of the living have
// ended by themselves: their deliveries take milliseconds.
func (h *herd) pass() {
	t := h.t
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	tag, err := conn.Exec(t.Context(), `UPDATE outbox SET claimed_until = 1 WHERE id IN (SELECT id FROM outbox WHERE claimed_until > 1
		AND claimed_until < (extract(epoch FROM clock_timestamp()) + 57) * 1000000 FOR UPDATE SKIP LOCKED)`) // who waits here might be waited for
	if err != nil {
		t.Fatal(err)
	}
	if tag.RowsAffected() == 0 {
		return
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_notify('matoi', 'test outbox')`); err != nil { // they wait for the true end of the lease
		t.Fatal(err)
	}
}

// settle waits until inbox and outbox are empty. A claim whose answer was lost is looked for at the pump's next round.
func (h *herd) settle() {
	h.t.Helper()
	deadline := time.Now().Add(2 * patience)
	for tick := time.NewTicker(250 * time.Millisecond); ; <-tick.C {
		h.pass()
		var text string
		err := h.get("/metrics", &text)
		if strings.Contains(text, "matoi_outbox_waiting 0\n") && strings.Contains(text, "matoi_inbox_waiting 0\n") {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("something still waits: %v %s\n%s", err, regexp.MustCompile(`(?m)^matoi_(in|out)box.*$`).FindAllString(text, -1), tail(h.errs.String()))
		}
	}
}

// Four processes on one PostgreSQL, of clocks that are up to two minutes apart, are killed one after the other while people
// and monitoring systems use all of them. What was answered with success is there once, at its true time, and said once.
func TestReplicasKilledAtAnyMomentDoNothingTwice(t *testing.T) {
	h := newHerd(t, database(t), 0, time.Minute, -time.Minute, 2*time.Second)
	began := time.Now()
	number := numberIn(t, h.post("/api/v1/commands", `{"as":"alice","channel":"#general","text":"open P3 Under fire"}`, "first"))
	stop := h.work(number)
	t.Cleanup(stop)
	n := kills(t)
	for range n {
		<-time.After(50*time.Millisecond + rand.N(200*time.Millisecond)) // a moment nobody chose
		r := h.replicas[rand.IntN(len(h.replicas))]
		h.kill(r)
		h.start(r)
	}
	stop()
	h.settle()
	h.judge(began)
	t.Logf("%d kills in %s, %d entries and incidents, %d alerts", n, time.Since(began).Round(time.Second), size(&h.said), size(&h.alerts))
}

// judge asks verify and the database itself.
func (h *herd) judge(began time.Time) {
	t := h.t
	t.Helper()
	s, err := storage.OpenReadOnly(t.Context(), h.postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	times := map[string]int{}
	var numbers []incident.Number
	broken, err := s.Verify(t.Context(), func(n incident.Number) { numbers = append(numbers, n) })
	if broken != nil || err != nil {
		t.Errorf("verify: %v %v", broken, err)
	}
	for _, n := range numbers {
		i, err := s.Load(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		times[i.Title]++
		if len(i.Rooms) != 1 {
			t.Errorf("%s has rooms %v", n, i.Rooms)
		}
		events, err := s.Timeline(t.Context(), n, 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.At.Before(began.Add(-time.Second)) || e.At.After(time.Now().Add(time.Second)) {
				t.Errorf("%s: entry %d has the time %s of a clock that is wrong", n, e.Seq, e.At)
			}
			if noted, is := e.Fact.(*incident.Noted); is {
				times[noted.Text]++
			}
		}
	}
	h.said.Range(func(text, _ any) bool {
		if n := times[text.(string)]; n != 1 {
			t.Errorf("%q was answered with success and is there %d times", text, n)
		}
		return true
	})
	for text, n := range times {
		if n > 1 && strings.HasSuffix(text, "-x") {
			t.Errorf("%q is there %d times", text, n)
		}
	}
	h.told(s)
}

// told reads the built-in chat and the alerts: every alert is known, every room stands once, no message twice.
func (h *herd) told(s *storage.Storage) {
	t := h.t
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), `SELECT key FROM alert`)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, key := range keys {
		known[strings.TrimPrefix(key, "generic:")] = true
	}
	h.alerts.Range(func(key, _ any) bool {
		if !known[key.(string)] {
			t.Errorf("the alert %s was answered with success and is not there", key)
		}
		return true
	})
	channels, err := s.Channels(t.Context(), incident.Viewer{All: true})
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[incident.Number]string{}
	for _, c := range channels {
		if c.Direct {
			continue
		}
		if c.Number != 0 && rooms[c.Number] != "" {
			t.Errorf("%s has the rooms %s and %s", c.Number, rooms[c.Number], c.ID)
		}
		rooms[c.Number] = c.ID
		list, err := s.Messages(t.Context(), c.ID, 0, 0, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]int{}
		for _, m := range list {
			switch {
			case m.Only != "":
			case m.Card != nil:
				times["card "+m.Card.Title]++
			case strings.Contains(m.Text, "-x"):
				times[m.Text]++
			}
		}
		for text, n := range times {
			if n != 1 {
				t.Errorf("#%s shows %q %d times", c.ID, text, n)
			}
		}
	}
}
