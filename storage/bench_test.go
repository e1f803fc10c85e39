package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/storage"
)

// body is an alert of usual size.
var body = []byte(fmt.Sprintf(`{"status":"firing","labels":{"alertname":"HighErrorRate","service":"payment","severity":"critical","instance":"%s"},"startsAt":"2026-11-21T00:00:00Z","generatorURL":"http://prometheus/graph"}`, "10.0.0.1:9090"))

// plain is the limit: rows a second that a bare loop inserts with so many rows to a commit, nothing around it.
func plain(b *testing.B, rows int) float64 {
	b.Helper()
	address := "file:" + filepath.Join(b.TempDir(), "plain.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)"
	db, err := sql.Open("sqlite", address)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE plain (id INTEGER PRIMARY KEY, source TEXT, received BIGINT, header BYTEA, body BYTEA)`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare(`INSERT INTO plain (source, received, header, body) VALUES ($1, $2, $3, $4)`)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	n, start := 0, time.Now()
	for time.Since(start) < 500*time.Millisecond {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		st := tx.Stmt(insert)
		for range rows {
			if _, err := st.Exec("am", int64(n), []byte("{}"), body); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// parallel runs f b.N times from so many goroutines and reports rows a second and the share of the limit.
func parallel(b *testing.B, producers int, f func(k int) error) {
	b.Helper()
	limit := plain(b, producers)
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for k := range producers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := f(k); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "done/s")
	b.ReportMetric(100*rate/limit, "%_of_plain_inserts")
}

func fresh(b *testing.B) *storage.Storage {
	b.Helper()
	s, err := storage.Open(context.Background(), storage.Options{Path: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func BenchmarkPutRaw(b *testing.B) {
	for _, producers := range []int{16, 64} {
		b.Run(fmt.Sprint(producers), func(b *testing.B) {
			s := fresh(b)
			now := time.Now()
			parallel(b, producers, func(int) error {
				_, err := s.PutRaw(context.Background(), alert.Raw{Source: "am", Received: now, Header: []byte("{}"), Body: body})
				return err
			})
		})
	}
}

func BenchmarkChange(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(producers), func(b *testing.B) {
			s := fresh(b)
			p := incident.DefaultPolicy(time.UTC)
			desk := incident.Desk{Store: s, Policy: func() incident.Policy { return p }, Now: time.Now}
			var numbers []incident.Number
			for range producers {
				r, err := desk.Do(context.Background(), 0, incident.Open{Title: "x", Priority: incident.P2}, incident.By{Person: "p1"}, incident.Cause{})
				if err != nil {
					b.Fatal(err)
				}
				numbers = append(numbers, r.Incident.Number)
			}
			var cause atomic.Int64
			parallel(b, producers, func(k int) error {
				_, err := desk.Do(context.Background(), numbers[k], incident.Note{Text: "再起動したが改善せず"}, incident.By{Person: "p1"},
					incident.Cause{ID: fmt.Sprint(cause.Add(1))})
				return err
			})
		})
	}
}
