//go:build unix

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"matoi/incident"
	"matoi/storage"
)

// armed fills a store, before the program runs on it, with incidents whose response is due at one instant, one in twenty of P1, by the
// policy of a configuration, and gives when that is.
func armed(t *testing.T, o storage.Options, config string, count int, in time.Duration) (due time.Time) {
	t.Helper()
	c, err := LoadConfig(config, Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	o.Zone = c.zone()
	s, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	policy := c.Policy(time.Now(), nil, nil)
	const length = 10 * time.Minute // of the response in bellConfig
	opened := time.Now().Add(in - length).UTC().Truncate(time.Microsecond)
	desk := &incident.Desk{Store: s, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return opened }}
	var next atomic.Int64
	var hands sync.WaitGroup
	for range 32 {
		hands.Go(func() {
			for k := int(next.Add(1)); k <= count && !t.Failed(); k = int(next.Add(1)) {
				priority := incident.P2 + incident.Priority(k%3)
				if k%20 == 0 {
					priority = incident.P1
				}
				if _, err := desk.Do(t.Context(), 0, incident.Open{Title: "決済がタイムアウトする", Priority: priority}, incident.By{}, incident.Cause{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	hands.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	return opened.Add(length)
}

// rung holds the record of all that armed opened: each missed its target once, never early; what came more than a minute late says so. It
// gives how late the last was.
func rung(t *testing.T, place string, count int, due time.Time) (last time.Duration) {
	t.Helper()
	s, err := storage.OpenReadOnly(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var numbers []incident.Number
	if broken, err := s.Verify(t.Context(), func(n incident.Number) { numbers = append(numbers, n) }); broken != nil || err != nil {
		t.Errorf("verify: %v %v", broken, err)
	}
	if len(numbers) != count {
		t.Errorf("there are %d incidents, want %d", len(numbers), count)
	}
	for _, n := range numbers {
		events, err := s.Timeline(t.Context(), n, 0, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		if err := deadlines(n, events); err != nil {
			t.Error(err)
		}
		missed := 0
		for _, e := range events {
			f, ok := e.Fact.(*incident.TargetMissed)
			if !ok {
				continue
			}
			missed++
			late := e.At.Sub(due)
			last = max(last, late)
			if says := incident.Late(f); !f.Due.Equal(due) || late < 0 || (late >= incident.LateFrom) != (says > 0) || says > late {
				t.Errorf("%s: due %s, recorded %s, which it calls %s late", n, f.Due, e.At, incident.Late(f))
			}
		}
		if missed != 1 {
			t.Errorf("%s missed its target %d times", n, missed)
		}
	}
	return last
}

// misses asks a database how many misses it has.
func misses(t *testing.T, ask func(query string) (int, error)) func() int {
	return func() int {
		n, err := ask(`SELECT count(*) FROM entry WHERE kind = 'target_missed'`)
		if err != nil {
			t.Logf("count: %v", err)
		}
		return n
	}
}

// asked asks a PostgreSQL, by a connection of its own.
func asked(t *testing.T, address string) func(query string) (int, error) {
	return func(query string) (n int, err error) {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			return 0, err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		return n, conn.QueryRow(t.Context(), query).Scan(&n)
	}
}

// ringing is how many deadlines there are, MATOI_TEST_DEADLINES asks for more.
func ringing(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MATOI_TEST_DEADLINES")
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two processes on one PostgreSQL find the same deadlines due at one instant, and sweep. One is killed in the middle and comes back, and
// then the other. Each deadline is in the record once, and never early.
func TestTwoProcessesSweepAtOnceAndAreKilled(t *testing.T) {
	address, count := database(t), ringing(t)
	config := write(t, bellConfig+"lang: ja\ndatabase:\n  postgres: "+address+"\n")
	due := armed(t, storage.Options{Postgres: address}, config, count, time.Duration(5+count/500)*time.Second)
	h := &herd{t: t, config: config, postgres: address}
	for range 2 {
		r := &replica{}
		h.start(r)
		h.replicas = append(h.replicas, r)
		t.Cleanup(func() { h.kill(r) })
	}
	if time.Now().After(due) {
		t.Logf("the machine is slow: they were due before both processes ran")
	}
	recorded := misses(t, asked(t, address))
	for k, share := range []int{10, 40, 70} {
		eventually(t, fmt.Sprintf("%d %% are recorded", share), func() bool { return recorded() >= count*share/100 })
		r := h.replicas[k%2]
		h.kill(r)
		t.Logf("killed %d when %d of %d were recorded", k%2, recorded(), count)
		h.start(r)
	}
	eventually(t, "all are recorded", func() bool { return recorded() >= count })
	t.Logf("%d deadlines, the last %s late", count, rung(t, address, count, due))
}

// PostgreSQL is stopped before deadlines are due, and comes back after a while: each is recorded once. After more than a minute it says
// that it is late. MATOI_TEST_AWAY=65s waits for so long.
func TestDeadlinesWaitForPostgreSQL(t *testing.T) {
	p := newServer(t)
	count, long := ringing(t)/4, away(t)
	address := fmt.Sprintf("postgres://matoi@127.0.0.1:%s/matoi?sslmode=disable", p.lead.port)
	config := write(t, bellConfig+"lang: ja\ndatabase:\n  postgres: "+address+"\n")
	due := armed(t, storage.Options{Postgres: address}, config, count, 10*time.Second)
	h := &herd{t: t, config: config, postgres: address}
	r := &replica{}
	h.start(r)
	t.Cleanup(func() { h.kill(r) })
	p.do("pg_ctl", "-D", p.lead.data, "-m", "immediate", "-w", "stop")
	before := time.Now()
	<-time.After(max(time.Until(due), 0) + long)
	p.start(p.lead)
	recorded := misses(t, asked(t, address))
	eventually(t, "all are recorded", func() bool { return recorded() >= count })
	last := rung(t, address, count, due)
	if before.Before(due) && last < long {
		t.Errorf("it was stopped for %s, and the last is %s late", long, last)
	}
	t.Logf("stopped until %s after %d deadlines: the last %s late", long, count, last)
}

// Somebody locks the SQLite file before deadlines are due, and lets it go after a while.
func TestDeadlinesWaitForALockedFile(t *testing.T) {
	data, count, long, file := filepath.Join(t.TempDir(), "data"), ringing(t)/4, away(t), binary(t)
	config := write(t, bellConfig+"lang: ja\n")
	due := armed(t, storage.Options{Path: data}, config, count, 10*time.Second)
	p := &process{t: t, file: file, data: data, flags: []string{"--config", config}}
	p.start()
	t.Cleanup(p.kill)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "matoi.db")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	<-time.After(max(time.Until(due), 0) + long)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	recorded := misses(t, func(query string) (n int, err error) { return n, db.QueryRowContext(t.Context(), query).Scan(&n) })
	eventually(t, "all are recorded", func() bool { return recorded() >= count })
	_ = db.Close()
	last := rung(t, data, count, due)
	if before.Before(due) && last < long {
		t.Errorf("it was locked for %s, and the last is %s late", long, last)
	}
	t.Logf("locked until %s after %d deadlines: the last %s late", long, count, last)
}
