package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"matoi/incident"
)

// DueStore tells the clock what is due.
type DueStore interface {
	// Due lists incidents whose deadline is not after before, the most pressing priority first.
	Due(ctx context.Context, before time.Time, limit int) ([]incident.Number, error)
	// NextDue is the earliest deadline, zero where there is none.
	NextDue(ctx context.Context) (time.Time, error)
	// Stale lists incidents whose deadline was set by another version of the policy.
	Stale(ctx context.Context, policy string, limit int) ([]incident.Number, error)
	// Watch signals on the topic "due" that a commit may have set an earlier deadline. It is a hint only.
	Watch(topic string) (signal <-chan struct{}, cancel func())
}

// Door is the incident desk.
type Door interface {
	Do(ctx context.Context, ref incident.Number, cmd incident.Command, by incident.By, cause incident.Cause) (incident.Result, error)
}

// Clock makes deadlines happen: it sleeps until the earliest, works off what is due, and sleeps again. A commit that
// lowers the earliest wakes it, and once a minute it looks in any case. Sweeping twice, late, or on several machines does
// nothing twice, because a tick only makes true what the state says is due.
type Clock struct {
	Store  DueStore
	Desk   Door
	Policy func() incident.Policy
	Now    func() time.Time
	Log    *slog.Logger
	// Swept hears of each incident looked at: how late, and what went wrong.
	Swept func(late time.Duration, err error)
	// Renew asks, after the policy changed, for the deadlines that the old one set to be set anew.
	Renew <-chan struct{}
}

// sweepBatch bounds how many incidents are asked for at once, so that new ones that are more pressing come in between.
const sweepBatch = 256

// Run works until the context ends; it returns nil then.
func (c *Clock) Run(ctx context.Context) error {
	signal, stop := c.Store.Watch("due")
	defer stop()
	backstop := make(chan struct{}, 1)
	minute := cron.New(cron.WithLocation(time.UTC))
	if _, err := minute.AddFunc("@every 1m", func() { poke(backstop) }); err != nil {
		return fmt.Errorf("start the clock: %w", err)
	}
	minute.Start()
	defer func() { <-minute.Stop().Done() }()
	c.renew(ctx)
	for ctx.Err() == nil {
		timer := time.NewTimer(c.sweep(ctx))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-signal:
		case <-backstop:
		case <-c.Renew:
			c.renew(ctx)
		}
		timer.Stop()
	}
	return nil
}

// poke signals without waiting: one signal stands for many.
func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// rest is the longest sleep; the backstop would wake the clock anyway.
const rest = time.Minute

// sweep works off what is due and tells how long to sleep. Incidents that fail are left for the next sweep, so that one
// which can't be worked never holds up the others.
func (c *Clock) sweep(ctx context.Context) time.Duration {
	failed := map[incident.Number]bool{}
	for ctx.Err() == nil {
		now := c.now()
		earliest, err := c.Store.NextDue(ctx)
		if err != nil {
			c.broken(ctx, "find the next deadline", 0, err)
			return time.Second
		}
		if earliest.IsZero() {
			return rest
		}
		if earliest.After(now) {
			return min(rest, earliest.Sub(now))
		}
		due, err := c.Store.Due(ctx, now, sweepBatch)
		if err != nil {
			c.broken(ctx, "find what is due", 0, err)
			return time.Second
		}
		worked := 0
		for _, n := range due {
			if failed[n] {
				continue
			}
			worked++
			failed[n] = c.tick(ctx, n, now.Sub(earliest)) != nil
		}
		if worked == 0 { // only those that fail are left
			return rest
		}
	}
	return rest
}

// tick has the desk do what is due. An incident still due after a tick that changed nothing would be asked for again at
// once: it counts as failed for this sweep.
func (c *Clock) tick(ctx context.Context, n incident.Number, late time.Duration) error {
	r, err := c.Desk.Do(ctx, n, incident.Tick{}, incident.By{}, incident.Cause{Machine: true})
	if c.Swept != nil && ctx.Err() == nil {
		c.Swept(late, err)
	}
	if err != nil {
		c.broken(ctx, "work off a deadline", n, err)
		return err
	}
	if len(r.Events) == 0 {
		return errIdle
	}
	return nil
}

var errIdle = errors.New("nothing was due")

// renew sets deadlines anew that another version of the policy set, in batches between which others get their turn.
func (c *Clock) renew(ctx context.Context) {
	seen := map[incident.Number]bool{}
	for ctx.Err() == nil {
		stale, err := c.Store.Stale(ctx, c.Policy().Version, sweepBatch)
		if err != nil {
			c.broken(ctx, "find deadlines of another policy", 0, err)
			return
		}
		fresh := 0
		for _, n := range stale {
			if seen[n] {
				continue
			}
			seen[n] = true
			fresh++
			if _, err := c.Desk.Do(ctx, n, incident.Tick{}, incident.By{}, incident.Cause{Machine: true}); err != nil {
				c.broken(ctx, "set a deadline anew", n, err)
			}
		}
		if fresh == 0 {
			return
		}
	}
}

func (c *Clock) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// broken logs what went wrong, unless we are only asked to stop.
func (c *Clock) broken(ctx context.Context, doing string, n incident.Number, err error) {
	if ctx.Err() == nil {
		c.Log.Error("clock", "doing", doing, "incident", n.String(), "error", err)
	}
}
