package main

import (
	"fmt"
	"strings"
	"time"

	"matoi/bench/load"
)

// The mark is the reference server that the shares are of.
const mark = "limit-sqlite"

func intakeGroup() group {
	rows := []row{
		{"intake-1", "durable intake, distinct keys, 1 connection", "share", .4, .7, true},
		{"intake-16", "… 16 connections", "share", .6, 1.25, true},
		{"intake-64", "… 64 connections", "share", .6, 1.25, true},
		{"intake-16-p99", "… 16 connections, p99", "ms", 30, 30, false},
		{"intake-64-p99", "… 64 connections, p99", "ms", 30, 30, false},
		{"intake-16-drained", "… worked off after a burst of 3 s at 16", "s", 15, 8, false},
		{"intake-64-drained", "… worked off after a burst of 3 s at 64", "s", 15, 8, false},
		{"intake-cpu", "CPU per alert at 16, until worked off", "µs", 150, 90, false},
	}
	for _, name := range []string{mark, "limit-echo", "limit-log", "limit-sqlite1", "matoi", peerName} {
		rows = append(rows, row{ID: "rate-" + name, What: "beside: " + name + ", distinct keys, 16 connections", Unit: "/s"})
	}
	return group{name: "intake", rows: rows, measure: (*bed).intake}
}

func (b *bed) intake() error {
	more := []string{"echo", "log", "sqlite1"}
	if b.quick || b.smoke {
		more = nil
	}
	targets, err := b.field(distinctAlert, peerDistinct, more...)
	if err != nil {
		return err
	}
	for _, conns := range []int{16, 64, 1} {
		laps, err := b.contest("intake", targets, conns, b.pace.rounds)
		if err != nil {
			return err
		}
		ours := laps["matoi"]
		rounds := results(ours)
		rate := func(l lap) float64 { return l.Rate }
		b.got(fmt.Sprintf("intake-%d", conns), share(ours, laps[mark]), b.rates(ours, laps), rounds...)
		if conns == 1 {
			continue
		}
		b.got(fmt.Sprintf("intake-%d-p99", conns), middle(ours, func(l lap) float64 { return l.P99 }), "", rounds...)
		b.got(fmt.Sprintf("intake-%d-drained", conns), middle(ours, func(l lap) float64 { return l.Drained }), b.shortened(), rounds...)
		if conns != 16 {
			continue
		}
		b.got("intake-cpu", middle(ours, func(l lap) float64 { return l.Whole }),
			fmt.Sprintf("%s uses %.0f µs", mark, middle(laps[mark], func(l lap) float64 { return l.Whole })), rounds...)
		for name, of := range laps {
			b.got("rate-"+name, middle(of, rate), fmt.Sprintf("%.2f of the mark, %.0f µs CPU each, p99 %.1f ms", share(of, laps[mark]),
				middle(of, func(l lap) float64 { return l.Whole }), middle(of, func(l lap) float64 { return l.P99 })), results(of)...)
		}
		if _, ran := laps[peerName]; !ran {
			b.cannot("rate-"+peerName, "its program is not installed here")
		}
		for _, mode := range []string{"echo", "log", "sqlite1"} {
			if _, ran := laps["limit-"+mode]; !ran {
				b.cannot("rate-limit-"+mode, "not part of --quick")
			}
		}
	}
	return nil
}

func stormGroup() group {
	return group{name: "storm", measure: (*bed).storm, rows: []row{
		{"storm-16", "one key repeated (storm), 16 connections", "share", .8, 1.25, true},
		{"storm-64", "… 64 connections", "share", .8, 1.25, true},
		{"storm-64-drained", "… worked off after a burst of 3 s at 64", "s", 15, 8, false},
	}}
}

func (b *bed) storm() error {
	targets, err := b.field(stormAlert, peerStorm)
	if err != nil {
		return err
	}
	for _, conns := range []int{16, 64} {
		laps, err := b.contest("storm", targets, conns, b.pace.rounds)
		if err != nil {
			return err
		}
		ours := laps["matoi"]
		b.got(fmt.Sprintf("storm-%d", conns), share(ours, laps[mark]), b.rates(ours, laps), results(ours)...)
		if conns == 64 {
			b.got("storm-64-drained", middle(ours, func(l lap) float64 { return l.Drained }), b.shortened(), results(ours)...)
		}
	}
	return nil
}

// field starts the mark, Matoi, the peer where it is installed, and further reference servers.
func (b *bed) field(body, peerBody string, more ...string) ([]target, error) {
	var out []target
	for _, mode := range append([]string{"sqlite"}, more...) {
		s, err := b.reference(mode, "")
		if err != nil {
			return nil, err
		}
		out = append(out, target{name: s.name, servers: []*server{s}, path: "/alert", body: body})
	}
	m, err := b.fresh()
	if err != nil {
		return nil, err
	}
	out = append(out, target{name: "matoi", servers: []*server{m}, path: "/hooks/generic", body: body, drain: true})
	p, err := b.peer()
	if err != nil || p == nil {
		return out, err
	}
	return append(out, target{name: peerName, servers: []*server{p}, path: "/api/v2/alerts", body: peerBody}), nil
}

// rates notes what the share was of, and what else must be known.
func (b *bed) rates(ours []lap, all map[string][]lap) string {
	rate := func(l lap) float64 { return l.Rate }
	parts := []string{fmt.Sprintf("%.0f/s, the mark %.0f/s", middle(ours, rate), middle(all[mark], rate))}
	if r := refusals(ours); r != "" {
		parts = append(parts, r)
	}
	if peer := all[peerName]; len(peer) > 0 {
		parts = append(parts, fmt.Sprintf("in-memory peer %.2f", share(peer, all[mark])))
	}
	return strings.Join(parts, "; ")
}

// shortened warns where the burst was not the one that the row speaks of.
func (b *bed) shortened() string {
	if full := paceOf(order{}).burst; b.pace.burst < full {
		return fmt.Sprintf("after %s only", b.pace.burst)
	}
	return ""
}

func sustainedGroup() group {
	return group{name: "sustained", measure: (*bed).sustained, rows: []row{
		{"sustained", "intake and work-off together for 60 s, inbox under 2 s of intake, 16 connections", "share", .3, .5, true},
	}}
}

// sustained offers a share of the mark's rate for a minute; the figure is the largest share tried that was held.
func (b *bed) sustained() error {
	s, err := b.reference("sqlite", "")
	if err != nil {
		return err
	}
	limit := target{name: mark, servers: []*server{s}, path: "/alert", body: distinctAlert}
	laps, err := b.contest("sustained", []target{limit}, 16, b.pace.rounds)
	if err != nil {
		return err
	}
	top := middle(laps[mark], func(l lap) float64 { return l.Rate })
	if err := s.stop(); err != nil {
		return err
	}
	note := ""
	for _, part := range []float64{.5, .4, .3} {
		held, said, r, err := b.hold(part * top)
		if err != nil {
			return err
		}
		note = fmt.Sprintf("%.0f/s: %s", part*top, said)
		if held {
			b.got("sustained", part, note, r)
			return nil
		}
	}
	b.got("sustained", 0, "not even at 0.3, "+note)
	return nil
}

// hold offers a rate to a fresh server and watches its inbox.
func (b *bed) hold(rate float64) (held bool, note string, r load.Result, err error) {
	m, err := b.fresh()
	if err != nil {
		return false, "", r, err
	}
	t := target{name: "matoi", servers: []*server{m}, path: "/hooks/generic", body: distinctAlert}
	most, stop := b.watch(m)
	r, err = t.load(16, b.pace.sustain, rate).Run(b.ctx)
	stop()
	if err != nil {
		return false, "", r, err
	}
	if err := b.book.line(lap{Result: r, Kind: "lap", Contest: "sustained", Target: "matoi"}); err != nil {
		return false, "", r, err
	}
	if _, err := b.drained(m, 5*time.Minute); err != nil {
		return false, "", r, err
	}
	seconds := float64(most()) / rate
	note = fmt.Sprintf("inbox at most %.2f s of intake, p99 %.1f ms, %.2f cores", seconds, r.P99, r.ServerCores)
	held = seconds < 2 && r.Failed == 0 && r.Rate > .98*rate
	return held, note, r, m.stop()
}
