package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"matoi/bot/alert"
	"matoi/storage"
)

const (
	// standingEvery is how often it is looked for what was set through another process, and for what has ended.
	standingEvery = 30 * time.Second
	// standingLeast keeps a clock that was set back, or a span that ends at once, from keeping a processor busy.
	standingLeast = 100 * time.Millisecond
)

// overlay is what people set that changes what becomes of alerts, as it was read: it is laid over the configuration that is in force, and
// over those that come. It must not change what it is given a slice or map of, only replace it.
type overlay func(c *alert.Config)

// standing keeps what becomes of alerts equal to what people set: silences and rules of their own. It is read at the start, after each
// change and now and then.
type standing struct {
	store *storage.Storage
	live  *Live
	now   func() time.Time
	log   *slog.Logger
	// read reads each kind of it. An error leaves all as it was.
	read []func(ctx context.Context) (overlay, error)
	// tend does what time brings, and tells when it is to be called again; zero: when something changes.
	tend []func(ctx context.Context) (next time.Time, err error)

	mu sync.Mutex // one refresh at a time, so that the last one to end has read last
}

// refresh reads all of it anew; what it read is in force when it returns.
func (s *standing) refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var laid []overlay
	for _, read := range s.read {
		over, err := read(ctx)
		if err != nil {
			return err
		}
		laid = append(laid, over)
	}
	s.live.LayAlerts(laid)
	return nil
}

// changed is called after a change was committed here: it is in force when it returns. Where reading fails it comes into force at the
// next look.
func (s *standing) changed(ctx context.Context) {
	if err := s.refresh(context.WithoutCancel(ctx)); err != nil {
		s.log.Warn("read what people set about alerts", "error", err)
	}
}

// run looks after each change and now and then, until the context ends; it returns nil then.
func (s *standing) run(ctx context.Context) error {
	signal, stop := s.store.Watch("standing")
	defer stop()
	for {
		wait := s.look(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-signal:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// look reads it, does what time brings, and tells how long to sleep. Where this process alone writes, nothing is read that it has read.
func (s *standing) look(ctx context.Context) (wait time.Duration) {
	if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("read what people set about alerts", "error", err)
	}
	wait = standingEvery
	if s.store.Alone() { // every change signals
		wait = time.Hour
	}
	for _, tend := range s.tend {
		next, err := tend(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("do what is due with what people set about alerts", "error", err)
			wait = min(wait, standingEvery)
		}
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(s.now()), standingLeast))
		}
	}
	return wait
}

// LayAlerts puts what people set over what the configuration says of alerts.
func (v *Live) LayAlerts(laid []overlay) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.laid = laid; v.now.Load() != nil {
		f := *v.now.Load()
		f.lay(v.laid)
		v.now.Store(&f)
	}
}

// lay makes what is in force for alerts of what the configuration says and what people set.
func (f *force) lay(laid []overlay) {
	f.alerts = f.given
	for _, over := range laid {
		over(&f.alerts)
	}
}
