package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
)

func storedGroup() group {
	return group{name: "stored", whole: true, measure: (*bed).stored, rows: []row{
		{"stored-100k", "rate with 100,000 alerts stored, of the empty one's, 16 connections", "share", .9, .95, true},
		{"stored-1m", "… 1,000,000", "share", .7, .8, true},
		{"stored-1m-drained", "… worked off after a burst of 3 s, 1,000,000 stored", "s", 15, 8, false},
	}}
}

// stored compares servers that differ only in how much is in them, in the same rounds.
func (b *bed) stored() error {
	var targets []target
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
	return nil
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
