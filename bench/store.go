package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"matoi/bench/fill/stock"
	"matoi/bench/load"
	"matoi/bench/proc"
	"matoi/storage"
)

func storeGroup() group {
	return group{name: "store", whole: true, measure: (*bed).store, rows: []row{
		{"memory-store", "anonymous memory with 10,000 open + 100,000 closed incidents + 1,000,000 entries, idle after being read", "MiB", 120, 70, false},
		{"ready-store", "ready with that store", "ms", 500, 150, false},
		{"page-list", "list page in that store, p99", "ms", 50, 15, false},
		{"page-incident", "incident page in that store, p99", "ms", 50, 15, false},
		{"idle-cpu", "idle CPU with 10,000 deadlines armed, of a core", "%", .5, .1, false},
		{"size-store", "beside: size of that store on disk", "MiB", 0, 0, false},
	}}
}

// filled makes a folder with a big store in it. No deadline in it is due while we measure.
func (b *bed) filled(open, closed, entries, alerts int) (data string, err error) {
	if data, err = b.folder("filled"); err != nil {
		return "", err
	}
	if b.smoke { // a store of the same kind
		open, closed, entries, alerts = 20+open/1000, 20+closed/1000, 500+entries/1000, alerts/1000
	}
	o := stock.Options{Open: open, Closed: closed, Entries: entries, Alerts: alerts, Now: time.Now().UTC(), Seed: 1}
	o.Due = o.Now.Add(24 * time.Hour)
	if o.Policy, err = stock.Shipped(); err != nil {
		return "", err
	}
	s, err := storage.Open(b.ctx, storage.Options{Path: data, Zone: o.Policy.Zone})
	if err != nil {
		return "", err
	}
	return data, errors.Join(stock.Fill(b.ctx, s, o), s.Close())
}

// store measures reading, starting and doing nothing where years of work are stored.
func (b *bed) store() error {
	data, err := b.filled(10_000, 100_000, 1_000_000, 0)
	if err != nil {
		return err
	}
	b.got("size-store", folderSize(data)/(1<<20), "")
	ready, _, err := b.starts(data, 4)
	if err != nil {
		return err
	}
	b.got("ready-store", load.Median(ready[1:]), fmt.Sprintf("the first start after it was filled took %.0f ms", ready[0]))
	m, err := b.matoi(data, "")
	if err != nil {
		return err
	}
	if err := b.pages(m); err != nil {
		return err
	}
	if err := b.pause(b.pace.burst); err != nil {
		return err
	}
	held := proc.MemoryOf(m.pid())
	b.got("memory-store", held.Anonymous, fmt.Sprintf("resident %.0f MiB", held.Resident))
	before, began := proc.Fine(m.pid()), time.Now()
	if err := b.pause(b.pace.idle); err != nil {
		return err
	}
	used := proc.Fine(m.pid()) - before
	b.got("idle-cpu", 100*used.Seconds()/time.Since(began).Seconds(), fmt.Sprintf("%.1f ms in %s", float64(used.Microseconds())/1000, b.pace.idle))
	return nil
}

// pages measures what people open most: the list, and incidents in turn, two readers at a time.
func (b *bed) pages(m *server) error {
	cookie, err := b.enter(m)
	if err != nil {
		return err
	}
	numbers, err := b.known(m, 500)
	if err != nil || len(numbers) == 0 {
		return errors.Join(errors.New("no incidents to read"), err)
	}
	for id, path := range map[string]string{"page-list": "/", "page-incident": "/incidents/{{any}}"} {
		l := load.Load{
			Addresses: []string{m.address}, Method: "GET", Path: path, Mine: numbers, Conns: 2, For: b.pace.burst, Processes: []int{m.pid()},
			Header: "Cookie: " + cookie + "\r\nAccept-Language: ja\r\nAccept-Encoding: gzip\r\n",
		}
		if _, err := l.Run(b.ctx); err != nil { // warms up
			return err
		}
		var laps []lap
		for range b.pace.rounds {
			one, err := b.quiet(func() (lap, error) {
				r, err := l.Run(b.ctx)
				if err == nil && r.Failed > 0 {
					err = fmt.Errorf("GET %s: %v %s", path, r.Status, r.Broken)
				}
				return lap{Kind: "lap", Contest: "pages", Target: id, Result: r}, err
			})
			if err == nil {
				err = b.book.line(one)
			}
			if err != nil {
				return err
			}
			laps = append(laps, one)
		}
		b.got(id, middle(laps, func(l lap) float64 { return l.P99 }), fmt.Sprintf("two readers; p50 %.1f ms, %.0f/s",
			middle(laps, func(l lap) float64 { return l.P50 }), middle(laps, func(l lap) float64 { return l.Rate })), results(laps)...)
	}
	return nil
}

// enter becomes somebody in the browser's way and gives the cookie.
func (b *bed) enter(m *server) (cookie string, err error) {
	code, head, text, err := m.ask(b.ctx, "POST", "/do/who", "name=reader", "Content-Type: application/x-www-form-urlencoded")
	if err != nil {
		return "", err
	}
	for _, line := range head.Values("Set-Cookie") {
		if name, _, _ := strings.Cut(line, ";"); strings.HasPrefix(name, "matoi_who=") {
			return name, nil
		}
	}
	return "", fmt.Errorf("POST /do/who: %d %.200s", code, text)
}

// known lists the numbers of incidents that there are, newest first.
func (b *bed) known(m *server, count int) (numbers []string, err error) {
	code, _, text, err := m.ask(b.ctx, "GET", fmt.Sprintf("/api/v1/incidents?limit=%d", count), "")
	if err != nil {
		return nil, err
	}
	var list struct{ Incidents []struct{ Number string } }
	if err := json.Unmarshal([]byte(text), &list); err != nil || code != http.StatusOK {
		return nil, fmt.Errorf("list incidents: %d %.200s", code, text)
	}
	for _, i := range list.Incidents {
		numbers = append(numbers, i.Number)
	}
	return numbers, nil
}
