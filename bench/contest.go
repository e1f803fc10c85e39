package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"matoi/bench/load"
	"matoi/bench/proc"
)

// target is one of several that take the same load in turn.
type target struct {
	name    string
	servers []*server
	path    string
	body    string
	// drain: what was accepted is worked off later, and must be before the next one's turn.
	drain bool
	// still: its server is stopped while it is another's turn.
	still bool
	// also are processes that work for the servers: a database.
	also []int
}

// lap is one target's turn in a round.
type lap struct {
	load.Result
	Kind    string  `json:"kind"` // "lap"
	Contest string  `json:"contest"`
	Target  string  `json:"target"`
	Round   int     `json:"round"`
	Drained float64 `json:"drained_s,omitempty"` // from the end of the burst until all was worked off
	// Whole is the servers' processor time for each alert until all was worked off, in microseconds.
	Whole     float64 `json:"whole_us"`
	Anonymous float64 `json:"anonymous_mib,omitempty"` // at the end of the burst
	Beside    float64 `json:"beside_per_s,omitempty"`  // the rate of the load that ran meanwhile
}

// contest lets the targets take a burst in turn, round after round, so that what changes on the machine meets all alike. Every other
// round goes the other way, so that none always comes after one that leaves the disk busy.
func (b *bed) contest(name string, targets []target, conns, rounds int) (map[string][]lap, error) {
	out := map[string][]lap{}
	targets = slices.Clone(targets)
	for round := range rounds {
		if round > 0 {
			slices.Reverse(targets)
		}
		for _, t := range targets {
			l, err := b.quiet(func() (lap, error) { return b.burst(t, conns) })
			if err != nil {
				return nil, fmt.Errorf("%s, %d connections: %w", t.name, conns, err)
			}
			l.Kind, l.Contest, l.Target, l.Round = "lap", name, t.name, round
			if err := b.book.line(l); err != nil {
				return nil, err
			}
			out[t.name] = append(out[t.name], l)
		}
	}
	return out, nil
}

// quiet takes a turn again while the rest of the machine is busy, and keeps the quietest.
func (b *bed) quiet(turn func() (lap, error)) (best lap, err error) {
	for try := range b.pace.tries {
		l, err := turn()
		if err != nil {
			return l, err
		}
		if try == 0 || l.OtherCores < best.OtherCores {
			best = l
		}
		best.Thrown = try
		if best.OtherCores <= b.pace.noise || try+1 == b.pace.tries || b.pace.spare == 0 {
			break
		}
		b.pace.spare--
		if err := b.pause(time.Second); err != nil {
			return l, err
		}
	}
	return best, nil
}

// burst is one turn: the load, and the wait until it is worked off.
func (b *bed) burst(t target, conns int) (l lap, err error) {
	pids := t.pids()
	if t.still {
		if err := t.servers[0].stand(false); err != nil {
			return lap{}, err
		}
		defer func() { err = errors.Join(err, t.servers[0].stand(true)) }()
	}
	before := proc.CPU(pids)
	r, err := t.load(conns, b.pace.burst, 0).Run(b.ctx)
	if err != nil {
		return lap{}, err
	}
	if r.OK == 0 {
		return lap{}, fmt.Errorf("nothing was answered 2xx: %v %s", r.Status, r.Broken)
	}
	l = lap{Result: r, Anonymous: proc.MemoryOf(pids...).Anonymous}
	if t.drain {
		took, err := b.drained(t.servers[0], 2*time.Minute)
		if err != nil {
			return lap{}, err
		}
		l.Drained = took.Seconds()
	}
	l.Whole = float64((proc.CPU(pids) - before).Microseconds()) / float64(r.OK)
	return l, b.pause(300 * time.Millisecond)
}

func (t target) pids() (out []int) {
	for _, s := range t.servers {
		out = append(out, s.pid())
	}
	return append(out, t.also...)
}

func (t target) load(conns int, during time.Duration, rate float64) load.Load {
	l := load.Load{Path: t.path, Bodies: []string{t.body}, Conns: conns, For: during, Rate: rate, Processes: t.pids()}
	for _, s := range t.servers {
		l.Addresses = append(l.Addresses, s.address)
	}
	return l
}

// share is the median over the rounds of one target's rate against another's in the same round.
func share(of, reference []lap) float64 {
	var ratios []float64
	for i := range min(len(of), len(reference)) {
		ratios = append(ratios, of[i].Rate/reference[i].Rate)
	}
	return load.Median(ratios)
}

// middle is the median of something over laps.
func middle(laps []lap, what func(lap) float64) float64 {
	var out []float64
	for _, l := range laps {
		if v := what(l); !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return load.Median(out)
}

func results(laps []lap) (out []load.Result) {
	for _, l := range laps {
		out = append(out, l.Result)
	}
	return out
}

// refusals says how much of the load was not taken, where any was not.
func refusals(laps []lap) string {
	failed, sent := 0, 0
	for _, l := range laps {
		failed, sent = failed+l.Failed, sent+l.Sent
	}
	if failed == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d not taken", failed, sent)
}
