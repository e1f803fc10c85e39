package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"matoi/bench/load"
)

func commandGroup() group {
	return group{name: "command", measure: (*bed).command, rows: []row{
		{"command-16", "command changing state, 16 connections, p99", "ms", 15, 6, false},
		{"command-storm", "… the same during a storm at 64 connections, p99", "ms", 100, 40, false},
	}}
}

// commands is what responders type most, each connection in an incident of its own: entries for the timeline, and now and
// then an update that stakeholders are told of.
func commands() []string {
	say := func(text string) string {
		return `{"as":"responder-{{w}}","channel":"","text":"` + text + ` --in {{mine}}"}`
	}
	return []string{
		say("log Restarted the pool, no better ({{n}})"),
		say("log 5m ago The error rate is at {{n%100}} per cent"),
		say("update Some payments still fail ({{n}}) --next 45m"),
		say("log --kind finding The pool on db-{{n%50}} is full ({{n}})"),
	}
}

// command measures what people wait for, alone and while monitoring systems storm.
func (b *bed) command() error {
	const conns = 16
	m, err := b.fresh()
	if err != nil {
		return err
	}
	numbers, err := b.open(m, conns)
	if err != nil {
		return err
	}
	people := load.Load{
		Addresses: []string{m.address}, Path: "/api/v1/commands", Bodies: commands(), Mine: numbers, Conns: conns,
		For: b.pace.burst, Processes: []int{m.pid()},
	}
	storm := target{name: "matoi", servers: []*server{m}, path: "/hooks/generic", body: stormAlert}
	var alone, during []lap
	for round := range b.pace.rounds {
		for _, stormy := range []bool{false, true} {
			l, err := b.quiet(func() (lap, error) { return b.spoken(m, people, storm, stormy) })
			if err != nil {
				return err
			}
			l.Kind, l.Contest, l.Target, l.Round = "lap", "command", map[bool]string{false: "alone", true: "storm"}[stormy], round
			if err := b.book.line(l); err != nil {
				return err
			}
			if stormy {
				during = append(during, l)
			} else {
				alone = append(alone, l)
			}
		}
	}
	for id, laps := range map[string][]lap{"command-16": alone, "command-storm": during} {
		note := fmt.Sprintf("%.0f/s, p50 %.1f ms", middle(laps, func(l lap) float64 { return l.Rate }), middle(laps, func(l lap) float64 { return l.P50 }))
		if id == "command-storm" {
			note += fmt.Sprintf(", beside %.0f alerts/s", middle(laps, func(l lap) float64 { return l.Beside }))
		}
		if r := refusals(laps); r != "" {
			note += "; " + r
		}
		b.got(id, middle(laps, func(l lap) float64 { return l.P99 }), note, results(laps)...)
	}
	return nil
}

// spoken is one turn of people typing, with or without a storm that begins before them and ends after them.
func (b *bed) spoken(m *server, people load.Load, storm target, stormy bool) (lap, error) {
	beside := make(chan load.Result, 1)
	failed := make(chan error, 1)
	if stormy {
		const around = 500 * time.Millisecond
		go func() {
			r, err := storm.load(64, b.pace.burst+2*around, 0).Run(b.ctx)
			beside <- r
			failed <- err
		}()
		if err := b.pause(around); err != nil {
			return lap{}, err
		}
	}
	r, err := people.Run(b.ctx)
	l := lap{Result: r}
	if stormy {
		l.Beside = (<-beside).Rate
		if broken := <-failed; err == nil {
			err = broken
		}
	}
	if err != nil {
		return l, err
	}
	if r.OK == 0 {
		return l, fmt.Errorf("no command was done: %v %s", r.Status, r.Broken)
	}
	_, err = b.drained(m, 2*time.Minute)
	return l, err
}

// open lets somebody open incidents and gives their numbers.
func (b *bed) open(m *server, count int) (numbers []string, err error) {
	for k := range count {
		body := fmt.Sprintf(`{"as":"responder-%d","channel":"","text":"open P3 Checkout times out in shop %d"}`, k, k)
		code, _, text, err := m.ask(b.ctx, "POST", "/api/v1/commands", body, "Content-Type: application/json")
		if err != nil {
			return nil, err
		}
		var done struct{ Incident struct{ Number string } }
		if err := json.Unmarshal([]byte(text), &done); err != nil || code != http.StatusOK || done.Incident.Number == "" {
			return nil, fmt.Errorf("open an incident: %d %.200s", code, text)
		}
		numbers = append(numbers, done.Incident.Number)
	}
	return numbers, nil
}
