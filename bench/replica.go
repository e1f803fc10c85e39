package main

import (
	"errors"
	"fmt"

	"matoi/bench/cluster"
)

// pgMark is the mark of the rows with PostgreSQL: its own limit.
const pgMark = "limit-postgres"

func postgresGroup() group {
	return group{name: "postgres", whole: true, measure: (*bed).postgres, rows: []row{
		{"pg-intake-1", "PostgreSQL, of its own limit: distinct keys, 1 connection", "share", .4, .7, true},
		{"pg-intake-16", "… 16 connections", "share", .6, 1.25, true},
		{"pg-intake-64", "… 64 connections", "share", .6, 1.25, true},
		{"pg-storm-64", "… one key repeated, 64 connections", "share", .8, 1.25, true},
		{"pg-drained", "… worked off after a burst of 3 s at 64", "s", 15, 8, false},
	}}
}

func replicaGroup() group {
	rows := []row{}
	for _, n := range []int{1, 2, 4} {
		rows = append(rows,
			row{ID: fmt.Sprintf("replicas-%d", n), What: fmt.Sprintf("%d replicas on one PostgreSQL: intake at 64 connections, of its limit", n), Unit: "share", More: true},
			row{ID: fmt.Sprintf("replicas-%d-drained", n), What: "… worked off after a burst of 3 s", Unit: "s"},
			row{ID: fmt.Sprintf("replicas-%d-told", n), What: "… 500 critical alerts at once: worked off and all told in the chat within", Unit: "s"})
	}
	return group{name: "replicas", whole: true, measure: (*bed).replicas, rows: rows}
}

// withCluster measures on a PostgreSQL of our own; where there is none every row says so.
func (b *bed) withCluster(rows []row, measure func(*cluster.Cluster) error) (err error) {
	c, err := b.cluster()
	var none cluster.Missing
	if errors.As(err, &none) {
		for _, r := range rows {
			b.cannot(r.ID, none.Error())
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stopAll(), c.Stop()) }()
	return measure(c)
}

// postgres compares Matoi with the same upserts in one commit, both on one cluster.
func (b *bed) postgres() error {
	return b.withCluster(postgresGroup().rows, func(c *cluster.Cluster) error {
		for _, kind := range []struct {
			name, body string
			conns      []int
		}{{"intake", distinctAlert, []int{16, 64, 1}}, {"storm", stormAlert, []int{64}}} {
			targets, err := b.pair(c, kind.name, kind.body, 1)
			if err != nil {
				return err
			}
			for _, conns := range kind.conns {
				laps, err := b.contest("pg-"+kind.name, targets, conns, b.pace.rounds)
				if err != nil {
					return err
				}
				ours := laps["matoi"]
				b.got(fmt.Sprintf("pg-%s-%d", kind.name, conns), share(ours, laps[pgMark]), b.pgRates(ours, laps[pgMark]), results(ours)...)
				if kind.name == "intake" && conns == 64 {
					b.got("pg-drained", middle(ours, func(l lap) float64 { return l.Drained }), b.shortened(), results(ours)...)
				}
			}
			if err := b.stopAll(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bed) pgRates(ours, limit []lap) string {
	rate, cost := func(l lap) float64 { return l.Rate }, func(l lap) float64 { return l.Whole }
	note := fmt.Sprintf("%.0f/s, its limit %.0f/s; CPU with the database's %.0f and %.0f µs", middle(ours, rate), middle(limit, rate), middle(ours, cost), middle(limit, cost))
	if r := refusals(ours); r != "" {
		note += "; " + r
	}
	return note
}

// pair is the limit and so many replicas of Matoi, each side on an empty database.
func (b *bed) pair(c *cluster.Cluster, name, body string, replicas int) ([]target, error) {
	place, err := c.Database(b.ctx, fmt.Sprintf("limit_%s_%d", name, replicas))
	if err != nil {
		return nil, err
	}
	s, err := b.reference("postgres", place)
	if err != nil {
		return nil, err
	}
	ours := target{name: "matoi", path: "/hooks/generic", body: body, drain: true, also: []int{c.PID}}
	address, err := c.Database(b.ctx, fmt.Sprintf("matoi_%s_%d", name, replicas))
	if err != nil {
		return nil, err
	}
	for range replicas {
		m, err := b.onPostgres(address)
		if err != nil {
			return nil, err
		}
		ours.servers = append(ours.servers, m)
	}
	return []target{{name: pgMark, servers: []*server{s}, path: "/alert", body: body, also: []int{c.PID}}, ours}, nil
}

// replicas lets one, two and four processes share intake, work-off and outbox.
func (b *bed) replicas() error {
	return b.withCluster(replicaGroup().rows, func(c *cluster.Cluster) error {
		for _, n := range []int{1, 2, 4} {
			targets, err := b.pair(c, "replicas", distinctAlert, n)
			if err != nil {
				return err
			}
			laps, err := b.contest(fmt.Sprintf("replicas-%d", n), targets, 64, min(b.pace.rounds, 3))
			if err != nil {
				return err
			}
			ours := laps["matoi"]
			b.got(fmt.Sprintf("replicas-%d", n), share(ours, laps[pgMark]), b.pgRates(ours, laps[pgMark]), results(ours)...)
			b.got(fmt.Sprintf("replicas-%d-drained", n), middle(ours, func(l lap) float64 { return l.Drained }), b.shortened(), results(ours)...)
			told, opened, err := b.told(targets[1].servers, 500)
			if err != nil {
				return err
			}
			b.got(fmt.Sprintf("replicas-%d-told", n), told.Seconds(), fmt.Sprintf("they made %d incidents, the others joined a storm", opened))
			if err := b.stopAll(); err != nil {
				return err
			}
		}
		return nil
	})
}
