package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"matoi/bench/proc"
)

// Load is one run against a server, or against several that do the same work.
type Load struct {
	// Addresses are host:port, loopback only; connection w talks to the one at w modulo their number.
	Addresses []string
	Method    string // POST where empty
	Path      string // a template
	// Bodies are templates taken in turn, request n the one at n modulo their number; none for requests without a body.
	Bodies []string
	// Header is further lines, templates, each ended by \r\n.
	Header string
	// Mine is what {{mine}} stands for on each connection in turn, for requests that must keep apart, and {{any}} for each
	// request in turn.
	Mine  []string
	Conns int
	For   time.Duration
	// Rate asks for so many requests a second over all connections, whether or not answers came: latency then counts from
	// when a request should have left. 0: each connection sends as soon as it was answered.
	Rate    float64
	Timeout time.Duration // of one request; 10 s where 0
	// Processes are the servers' ids, for what the run cost them; their children count.
	Processes []int
}

// tooMany errors end a run: a server that is gone must not be hammered for the rest of it.
const tooMany = 1000

// run is a Load under way.
type run struct {
	Load
	id           string
	path, header template
	bodies       []template
	began, end   time.Time
	next, errs   atomic.Int64
}

// Run drives the load to its end, or until the context ends.
func (l Load) Run(ctx context.Context) (Result, error) {
	r, err := l.prepare()
	if err != nil {
		return Result{}, err
	}
	before := proc.Now(l.Processes)
	r.began = time.Now()
	r.end = r.began.Add(l.For)
	workers := make([]worker, l.Conns)
	var all sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		*w = worker{run: r, id: i, wire: wire{address: l.Addresses[i%len(l.Addresses)], timeout: r.Timeout}, status: map[int]int{}}
		all.Go(func() { w.work(ctx) })
	}
	all.Wait()
	took := time.Since(r.began)
	used := proc.Now(l.Processes).Since(before)
	return gather(workers, took, used), ctx.Err()
}

func (l Load) prepare() (*run, error) {
	if l.Method == "" {
		l.Method = "POST"
	}
	if l.Timeout == 0 {
		l.Timeout = 10 * time.Second
	}
	if l.Conns < 1 || l.Conns > 1024 || l.For <= 0 || len(l.Addresses) == 0 {
		return nil, errors.New("a load needs an address, 1 to 1024 connections and a length")
	}
	for _, a := range l.Addresses {
		host, _, err := net.SplitHostPort(a)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return nil, fmt.Errorf("%s is not on this machine: refused", a)
		}
	}
	r := &run{Load: l, id: strconv.FormatInt(time.Now().UnixNano(), 36)}
	var err error
	one := func(text string) template {
		t, broken := parseTemplate(text)
		err = errors.Join(err, broken)
		return t
	}
	if len(r.Mine) == 0 {
		r.Mine = []string{""}
	}
	r.path, r.header = one(l.Path), one(l.Header)
	for _, b := range l.Bodies {
		r.bodies = append(r.bodies, one(b))
	}
	return r, err
}

// build writes request n into buffers that are used again.
func (r *run) build(dst, body []byte, n int64, w int) (request, used []byte) {
	body = body[:0]
	if len(r.bodies) > 0 {
		body = r.bodies[n%int64(len(r.bodies))].fill(body, n, w, r)
	}
	dst = append(append(dst[:0], r.Method...), ' ')
	dst = r.path.fill(dst, n, w, r)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, r.Addresses[w%len(r.Addresses)]...)
	dst = append(dst, "\r\nUser-Agent: matoi-bench\r\n"...)
	dst = r.header.fill(dst, n, w, r)
	if len(r.bodies) > 0 {
		dst = append(dst, "Content-Type: application/json\r\nContent-Length: "...)
		dst = append(strconv.AppendInt(dst, int64(len(body)), 10), "\r\n"...)
	}
	return append(append(dst, "\r\n"...), body...), body
}

// worker is one connection's side of a run.
type worker struct {
	*run
	id     int
	wire   wire
	took   []time.Duration // of every answer
	sent   int
	status map[int]int
	broken []error // no answer came; the first few
}

func (w *worker) work(ctx context.Context) {
	defer w.wire.close()
	var request, body []byte
	var step time.Duration // between two requests of this connection
	due := w.began
	if w.Rate > 0 {
		step = time.Duration(float64(time.Second) * float64(w.Conns) / w.Rate)
		due = due.Add(step * time.Duration(w.id) / time.Duration(w.Conns))
	}
	for ctx.Err() == nil && w.errs.Load() < tooMany {
		from := time.Now()
		if step > 0 {
			from, due = due, due.Add(step)
			time.Sleep(time.Until(from))
		}
		if step > 0 && from.After(w.end) || w.sent > 0 && time.Now().After(w.end) { // each sends one, however late a busy machine lets it begin
			return
		}
		request, body = w.build(request, body, w.next.Add(1)-1, w.id)
		w.sent++
		status, err := w.wire.exchange(request)
		if err != nil {
			w.errs.Add(1)
			if len(w.broken) < 3 {
				w.broken = append(w.broken, err)
			}
			time.Sleep(5 * time.Millisecond)
			continue
		}
		w.took = append(w.took, time.Since(from))
		w.status[status]++
		if status/100 != 2 {
			w.errs.Add(1)
		}
	}
}

// gather makes one result of what the connections saw.
func gather(workers []worker, took time.Duration, used proc.Use) Result {
	r := Result{Conns: len(workers), Seconds: took.Seconds(), Status: map[int]int{}, ServerCores: used.Cores, OtherCores: used.Other, SelfCores: used.Self}
	var all []time.Duration
	for i := range workers {
		w := &workers[i]
		all = append(all, w.took...)
		r.Sent += w.sent
		for code, n := range w.status {
			r.Status[code] += n
			if code/100 == 2 {
				r.OK += n
			}
		}
		if r.Broken == "" && len(w.broken) > 0 {
			r.Broken = w.broken[0].Error()
		}
	}
	slices.Sort(all)
	r.Failed = r.Sent - r.OK
	r.Rate = float64(r.OK) / r.Seconds
	r.P50, r.P99, r.Max = Percentile(all, 50), Percentile(all, 99), Percentile(all, 100)
	r.CPU = used.Cores * r.Seconds
	return r
}
