package web

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"matoi/bot/console"
)

// doors are who may read which channel, each read from the store once a change.
type doors struct {
	hub   *hub
	clock atomic.Int64 // counts moments: a door that was read from moment t on knows what happened before t
	floor atomic.Int64 // the moment of the last change

	mu    sync.Mutex
	gates map[string]*gate
}

// gate is a door that is being read, or was.
type gate struct {
	began int64
	done  chan struct{}
	door  console.Door
	err   error
}

// mostGates bounds how many doors are kept.
const mostGates = 4096

// moment is now, for door.
func (d *doors) moment() int64 { return d.clock.Add(1) }

// changed makes all doors be read again before they are used.
func (d *doors) changed() { d.floor.Store(d.clock.Add(1)) }

// door gives who may read a channel, as the store knows it after the last change and after a moment.
func (d *doors) door(ctx context.Context, channel string, after int64) (console.Door, error) {
	after = max(after, d.floor.Load())
	d.mu.Lock()
	g, ok := d.gates[channel]
	if !ok || g.began < after {
		if len(d.gates) >= mostGates {
			clear(d.gates)
		}
		g = &gate{began: d.clock.Add(1), done: make(chan struct{})}
		d.gates[channel] = g
		d.mu.Unlock()
		d.read(ctx, channel, g)
		return g.door, g.err
	}
	d.mu.Unlock()
	select {
	case <-g.done:
		return g.door, g.err
	case <-ctx.Done():
		return console.Door{}, ctx.Err()
	}
}

// errUnread is what waiters get when a door could not be looked at.
var errUnread = errors.New("the door was not read")

func (d *doors) read(ctx context.Context, channel string, g *gate) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.hub.pace.patience) // others wait for it
	defer cancel()
	g.err = errUnread
	defer func() {
		if g.err != nil {
			d.mu.Lock()
			if d.gates[channel] == g {
				delete(d.gates, channel)
			}
			d.mu.Unlock()
		}
		close(g.done)
	}()
	g.door, g.err = d.hub.s.Console.Door(ctx, channel)
}
