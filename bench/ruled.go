package main

import (
	"fmt"
	"net/http"
	"strings"
)

func ruledGroup() group {
	return group{name: "ruled", measure: (*bed).ruled, rows: []row{
		{"ruled-16", "durable intake with 21 rules, alerts of 50 groups that open incidents and tell their rooms, 16 connections", "share", 1, 1.25, true},
		{"ruled-64", "… 64 connections", "share", 1, 1.25, true},
		{"ruled-16-drained", "… worked off after a burst of 3 s at 16", "s", 15, 8, false},
		{"ruled-64-drained", "… worked off after a burst of 3 s at 64", "s", 15, 8, false},
	}}
}

// ruledAlert is one that the last rule opens an incident for, with those of its machine.
const ruledAlert = alertHead + `,"dedup":"ruled-{{run}}-{{n}}","host":"db-{{n%50}}.example.internal","service":"db","severity":"error"}`

// rulesOf is a configuration of which the last rule decides, after all others have been asked.
func rulesOf() string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for n := range 5 {
		fmt.Fprintf(&b, "  - {name: exact %d, match: {service: shop-%d, severity: [critical, error]}, do: open, priority: P2}\n", n, n)
		fmt.Fprintf(&b, "  - {name: shape %d, match: {title: \"*checkout-%d*\"}, do: wait, wait: {for: 10m}, priority: P4}\n", n, n)
		fmt.Fprintf(&b, "  - {name: expression %d, match: {host: \"/^web-[0-9]+\\\\.site-%d\\\\./\"}, do: open, group_by: [host], priority: P3}\n", n, n)
		fmt.Fprintf(&b, "  - {name: not %d, match: {service: \"!db*\", label.env: [\"!staging\", \"!test-%d\"]}, do: ignore}\n", n, n)
	}
	b.WriteString("  - {name: machines, match: {title: \"Disk almost full*\"}, do: open, group_by: [host], priority: P3, resolve: 30m}\n")
	return b.String()
}

// ruled measures intake where everything behind it has something to do.
func (b *bed) ruled() error {
	s, err := b.reference("sqlite", "")
	if err != nil {
		return err
	}
	data, err := b.folder("ruled")
	if err != nil {
		return err
	}
	m, err := b.matoi(data, rulesOf())
	if err != nil {
		return err
	}
	targets := []target{
		{name: mark, servers: []*server{s}, path: "/alert", body: ruledAlert},
		{name: "matoi", servers: []*server{m}, path: "/hooks/generic", body: ruledAlert, drain: true},
	}
	for _, conns := range []int{16, 64} {
		laps, err := b.contest("ruled", targets, conns, b.pace.rounds)
		if err != nil {
			return err
		}
		ours := laps["matoi"]
		b.got(fmt.Sprintf("ruled-%d", conns), share(ours, laps[mark]), b.rates(ours, laps), results(ours)...)
		b.got(fmt.Sprintf("ruled-%d-drained", conns), middle(ours, func(l lap) float64 { return l.Drained }), b.shortened(), results(ours)...)
	}
	code, _, list, err := m.ask(b.ctx, "GET", "/api/v1/incidents?limit=100", "")
	if err != nil {
		return err
	}
	if opened := strings.Count(list, `"number":`); code != http.StatusOK || opened < 10 {
		return fmt.Errorf("the rules opened %d incidents: %d %.300s", opened, code, list)
	}
	return nil
}
