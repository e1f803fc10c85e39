package main

import (
	"fmt"
	"strings"

	"matoi/bench/load"
)

// The rows here are Go benchmarks of cmd/matoi, for they need the inside of the program: a chat that is slow or down, a
// clock that is moved. Each value is the median of its runs.

// benched is a metric of a benchmark that fills a row.
type benched struct {
	row       string
	benchmark string
	unit      string
	beside    []string
}

func chatGroup() group {
	return group{name: "chat", whole: true, measure: (*bed).chat, rows: []row{
		{"chat-idle", "from alert to chat call, idle, p50", "ms", 20, 5, false},
		{"chat-slow", "intake while chat takes 2 s for each message, of the rate without", "share", .5, .95, true},
		{"chat-down", "intake while chat is down, of the rate without", "share", .5, .95, true},
		{"chat-slow-5xx", "… requests answered 5xx, slow and down together", "requests", 0, 0, false},
		{"chat-2000", "2,000 distinct alerts at once, chat at 1 message/s: newest state in chat within", "s", 5, 5, false},
		{"chat-20000", "… 20,000", "s", 0, 5, false},
	}}
}

func (b *bed) chat() error {
	m, noise, err := b.gobench("cmd/matoi", "^BenchmarkChat", 1) // each takes turns by itself
	if len(m) == 0 && err != nil {
		return err
	}
	queue := []string{"queue-rows", "all-told-s", "messages"}
	b.fill(m, noise, []benched{
		{"chat-idle", "ChatIdle", "p50-ms", []string{"p99-ms", "announced-p50-ms"}},
		{"chat-slow", "ChatSlow", "share", []string{"alerts/s"}},
		{"chat-down", "ChatDown", "share", []string{"alerts/s"}},
		{"chat-2000", "ChatStorm2000", "newest-s", queue},
		{"chat-20000", "ChatStorm20000", "newest-s", queue},
	})
	if slow, down := m["ChatSlow"]["5xx"], m["ChatDown"]["5xx"]; len(slow)+len(down) > 0 {
		sum := 0.0
		for _, v := range append(slow, down...) {
			sum += v
		}
		b.got("chat-slow-5xx", sum, "must be 0")
	}
	return err
}

func deadlineGroup() group {
	return group{name: "deadlines", whole: true, measure: (*bed).deadlines, rows: []row{
		{"deadlines-all", "10,000 deadlines due at one instant: all recorded within", "s", 3, 1.5, false},
		{"deadlines-p1", "… lateness of the P1 among them, p99", "ms", 250, 100, false},
		{"deadlines-spread", "1,000 deadlines spread over a second, lateness p99", "ms", 100, 30, false},
		{"armed-idle", "a sweep with 1,000,000 deadlines armed and none due", "µs", 500, 100, false},
		{"armed-100", "… and 100 due: all recorded within", "ms", 100, 30, false},
		{"armed-10000", "… and 10,000 due", "s", 3, 1.5, false},
	}}
}

func (b *bed) deadlines() error {
	m, noise, err := b.gobench("cmd/matoi", "^Benchmark(Deadlines|Armed)", min(b.pace.rounds, 3))
	if len(m) == 0 && err != nil {
		return err
	}
	for _, unit := range []string{"idle-µs", "100-ms", "10000-s"} { // beside what it is with none armed
		if none := m["Armed/0"][unit]; m["Armed/1000000"] != nil {
			m["Armed/1000000"]["none armed: "+unit] = none
		}
	}
	b.fill(m, noise, []benched{
		{"deadlines-all", "DeadlinesAtOnce", "s/all", []string{"p99-ms"}},
		{"deadlines-p1", "DeadlinesAtOnce", "p1-p99-ms", nil},
		{"deadlines-spread", "DeadlinesSpread", "p99-ms", []string{"p50-ms"}},
		{"armed-idle", "Armed/1000000", "idle-µs", []string{"none armed: idle-µs"}},
		{"armed-100", "Armed/1000000", "100-ms", []string{"none armed: 100-ms"}},
		{"armed-10000", "Armed/1000000", "10000-s", []string{"none armed: 10000-s"}},
	})
	return err
}

// fill puts metrics into rows.
func (b *bed) fill(m metrics, noise float64, rows []benched) {
	for _, r := range rows {
		values := m[r.benchmark][r.unit]
		if len(values) == 0 {
			b.cannot(r.row, "the benchmark "+r.benchmark+" did not report "+r.unit)
			continue
		}
		var beside []string
		for _, unit := range r.beside {
			if also := m[r.benchmark][unit]; len(also) > 0 {
				beside = append(beside, fmt.Sprintf("%s %.4g", unit, load.Median(also)))
			}
		}
		got := load.Median(values)
		b.keep(figure{ID: r.row, Got: &got, Note: strings.Join(beside, ", "), Rounds: len(values), Noise: noise})
	}
}
