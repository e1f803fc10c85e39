package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func storedGroup() group {
	return group{name: "stored", whole: true, measure: (*bed).stored, rows: []row{
		{"stored-100k", "rate with 100,000 alerts stored, of the empty one's, 16 connections", "share", .9, .95, true},
		{"stored-1m", "… 1,000,000", "share", .7, .8, true},
		{"stored-1m-drained", "… worked off after a burst of 3 s, 1,000,000 stored", "s", 15, 8, false},
		{"stored-pruned", "rate while 1,000,000 stored alerts that are too old are taken away, of the empty one's, 16 connections", "share", .7, .8, true},
		{"stored-pruned-p99", "… p99", "ms", 100, 30, false},
	}}
}

// stored compares servers that differ only in how much is in them, in the same rounds.
func (b *bed) stored() error {
	var targets []target
	var full string
	for _, size := range []struct {
		name   string
		alerts int
	}{{"empty", 0}, {"100k", 100_000}, {"1m", 1_000_000}} {
		data, err := b.folder("stored")
		if err == nil && size.alerts > 0 {
			data, err = b.filled(100, 1000, 11_000, size.alerts)
		}
		if err != nil {
			return err
		}
		full = data
		if size.name == "1m" {
			if full, err = b.copied(data); err != nil {
				return err
			}
		}
		m, err := b.matoi(data, "")
		if err != nil {
			return err
		}
		targets = append(targets, target{name: size.name, servers: []*server{m}, path: "/hooks/generic", body: distinctAlert, drain: true})
	}
	laps, err := b.contest("stored", targets, 16, b.pace.rounds)
	if err != nil {
		return err
	}
	cost := func(l lap) float64 { return l.Whole }
	for _, size := range []string{"100k", "1m"} {
		b.got("stored-"+size, share(laps[size], laps["empty"]),
			fmt.Sprintf("CPU for each alert %.0f µs, empty %.0f µs", middle(laps[size], cost), middle(laps["empty"], cost)), results(laps[size])...)
	}
	b.got("stored-1m-drained", middle(laps["1m"], func(l lap) float64 { return l.Drained }), b.shortened(), results(laps["1m"])...)
	for _, t := range targets[1:] {
		if err := t.servers[0].stop(); err != nil {
			return err
		}
	}
	return b.pruned(targets[0], full)
}

// pruneBegins is when a server first looks for what is too old, after its start.
const pruneBegins = time.Minute

// pruned lets one of the servers take away what it has while it takes alerts in. It stands still during the other's turns.
func (b *bed) pruned(empty target, data string) error {
	before, err := resolved(b.ctx, data)
	if err != nil {
		return err
	}
	m, err := b.matoi(data, "retention: {alerts: 24h}\n")
	if err != nil {
		return err
	}
	if !b.smoke {
		if err := b.pause(pruneBegins + 5*time.Second); err != nil {
			return err
		}
	}
	pruning := empty
	pruning.name, pruning.servers, pruning.still = "pruned", []*server{m}, true
	if err := m.stand(true); err != nil {
		return err
	}
	laps, err := b.contest("pruned", []target{empty, pruning}, 16, b.pace.rounds)
	if err != nil {
		return err
	}
	if err := errors.Join(m.stand(false), m.stop()); err != nil {
		return err
	}
	after, err := resolved(b.ctx, data)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d of %d went", before-after, before)
	b.got("stored-pruned", share(laps["pruned"], laps["empty"]), note, results(laps["pruned"])...)
	b.got("stored-pruned-p99", middle(laps["pruned"], func(l lap) float64 { return l.P99 }),
		fmt.Sprintf("the empty one's %.1f ms", middle(laps["empty"], func(l lap) float64 { return l.P99 })), results(laps["pruned"])...)
	return nil
}

// resolved counts the alerts in a store that are over. Those that are sent here go on firing.
func resolved(ctx context.Context, data string) (n int, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "matoi.db"))
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM alert WHERE status = 'resolved'`).Scan(&n)
	return n, errors.Join(err, db.Close())
}

// copied copies a folder that nobody uses.
func (b *bed) copied(data string) (to string, err error) {
	if to, err = b.folder("copy"); err != nil {
		return "", err
	}
	return to, os.CopyFS(to, os.DirFS(data))
}

// folderSize is in bytes.
func folderSize(folder string) (sum float64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += float64(info.Size())
			}
		}
		return nil
	})
	return sum
}
