package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"matoi/incident"
)

const (
	// hands is how many batches are under way: while one is written the next is read and decided. With more of them the most
	// pressing share the processor with those that come after them, and are late. tickBatch is how many incidents are in one:
	// few enough that a command, which goes between two of them, does not wait for long.
	hands     = 2
	tickBatch = 64
)

// round works off what is due with several hands until nothing more is found.
type round struct {
	*Clock
	mu     sync.Mutex
	ready  []incident.Number        // found due and not begun, the most pressing first
	held   map[incident.Number]bool // being ticked
	looked time.Time                // when it was last asked what is due
	over   bool                     // nothing more was found
	done   bool                     // nor was anything being ticked then
	found  int
	worked int
	err    error
}

// run gives how many were found, and how many of them were ticked: those that another process holds are not.
func (r *round) run(ctx context.Context) (found, worked int, err error) {
	r.held = map[incident.Number]bool{}
	first := r.next(ctx)
	if len(first) == 0 {
		return 0, 0, r.err
	}
	var all sync.WaitGroup
	for range min(hands-1, (len(r.ready)+tickBatch-1)/tickBatch) {
		all.Go(func() { r.work(ctx, r.next(ctx)) })
	}
	r.work(ctx, first)
	all.Wait()
	return r.found, r.worked, r.err
}

// work is one hand.
func (r *round) work(ctx context.Context, batch []incident.Number) {
	for ; len(batch) > 0; batch = r.next(ctx) {
		began := r.now()
		ticked, err := r.Desk.Tick(ctx, batch)
		r.mu.Lock()
		r.took(ctx, began, ticked)
		r.worked += len(ticked)
		for _, n := range batch {
			delete(r.held, n)
		}
		if err != nil && r.err == nil {
			r.err = err
		}
		r.mu.Unlock()
	}
}

// next gives a batch, nil where there is none.
func (r *round) next(ctx context.Context) []incident.Number {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.err != nil || ctx.Err() != nil {
		return nil
	}
	if len(r.ready) == 0 {
		if r.ready, r.err = r.look(ctx); r.err != nil {
			return nil
		}
		r.found += len(r.ready)
		r.over = len(r.ready) == 0
		r.done = r.over && len(r.held) == 0
	}
	batch := r.ready[:min(len(r.ready), tickBatch)]
	r.ready = r.ready[len(batch):]
	for _, n := range batch {
		r.held[n] = true
	}
	return batch
}

// look asks for the most pressing that are due by now, but for those that are being ticked or set aside.
func (r *round) look(ctx context.Context) ([]incident.Number, error) {
	r.looked = r.now()
	limit := sweepBatch + len(r.aside) + len(r.held)
	due, err := r.Store.Due(ctx, r.looked, limit)
	if err != nil {
		return nil, err
	}
	if len(due) < limit {
		r.forget(due)
	}
	return slices.DeleteFunc(due, func(n incident.Number) bool { return r.held[n] || !r.aside[n].over(r.looked) }), nil
}
