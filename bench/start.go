package main

import (
	"fmt"
	"os"
	"time"

	"matoi/bench/load"
	"matoi/bench/proc"
)

func startGroup() group {
	return group{name: "start", measure: (*bed).startUp, rows: []row{
		{"memory-idle", "anonymous memory, idle", "MiB", 25, 15, false},
		{"resident-idle", "resident memory, idle", "MiB", 60, 60, false},
		{"memory-64", "anonymous memory under 64 connections", "MiB", 60, 40, false},
		{"ready-empty", "ready, empty", "ms", 100, 40, false},
		{"binary", "size of the static binary", "MiB", 55, 45, false},
	}}
}

// startUp measures the program as it comes: its size, its start, what it holds idle and under load.
func (b *bed) startUp() error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.got("binary", float64(info.Size())/(1<<20), "")
	data, err := b.folder("matoi")
	if err != nil {
		return err
	}
	ready, idle, err := b.starts(data, b.pace.rounds+1)
	if err != nil {
		return err
	}
	b.got("ready-empty", load.Median(ready[1:]), fmt.Sprintf("the first start, which makes the database, took %.0f ms", ready[0]))
	b.got("memory-idle", median(idle[1:], func(m proc.Memory) float64 { return m.Anonymous }), "")
	b.got("resident-idle", median(idle[1:], func(m proc.Memory) float64 { return m.Resident }), "most of it pages of the binary that the kernel may drop")
	m, err := b.fresh()
	if err != nil {
		return err
	}
	t := target{name: "matoi", servers: []*server{m}, path: "/hooks/generic", body: distinctAlert, drain: true}
	laps, err := b.contest("memory", []target{t}, 64, b.pace.rounds)
	if err != nil {
		return err
	}
	most := 0.0
	for _, l := range laps["matoi"] {
		most = max(most, l.Anonymous)
	}
	b.got("memory-64", most, "the most at the end of any burst", results(laps["matoi"])...)
	return nil
}

// starts starts and stops the program on a folder, and gives for each time how long it took to be ready, in milliseconds,
// and what it held when nothing happened for a while.
func (b *bed) starts(data string, times int) (ready []float64, idle []proc.Memory, err error) {
	for range times {
		m, err := b.matoi(data, "")
		if err != nil {
			return nil, nil, err
		}
		ready = append(ready, float64(m.ready.Microseconds())/1000)
		if err := b.pause(min(b.pace.burst, 3*time.Second)); err != nil {
			return nil, nil, err
		}
		idle = append(idle, proc.MemoryOf(m.pid()))
		if err := m.stop(); err != nil {
			return nil, nil, err
		}
	}
	return ready, idle, nil
}

func median[T any](of []T, what func(T) float64) float64 {
	var out []float64
	for _, v := range of {
		out = append(out, what(v))
	}
	return load.Median(out)
}
