package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"matoi/incident"
)

// DueStore tells the clock what is due.
type DueStore interface {
	// Due lists incidents whose deadline is not after before, the most pressing priority first.
	Due(ctx context.Context, before time.Time, limit int) ([]incident.Number, error)
	// DueAfter is the earliest deadline behind an instant, zero where there is none.
	DueAfter(ctx context.Context, after time.Time) (time.Time, error)
	// Stale lists incidents whose deadline was set by another version of the policy.
	Stale(ctx context.Context, policy string, limit int) ([]incident.Number, error)
	// Watch signals on the topic "due" that a commit may have set an earlier deadline. It is a hint only.
	Watch(topic string) (signal <-chan struct{}, cancel func())
}

// Door is the incident desk.
type Door interface {
	// Tick does what is due in each of the incidents; one that fails carries its error. The error is one of the database.
	// Several may be under way.
	Tick(ctx context.Context, numbers []incident.Number) ([]incident.Each, error)
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
	// Swept hears of each incident looked at: how late it was committed, and what went wrong.
	Swept func(late time.Duration, err error)
	// Renew asks, after the policy changed, for the deadlines that the old one set to be set anew.
	Renew <-chan struct{}

	aside map[incident.Number]aside
}

// aside is an incident that could not be ticked: it is left alone for a while, and longer each time.
type aside struct {
	until time.Time
	pause time.Duration
}

// over reports whether it is tried again: also where the time was set back, which made its pause longer than it was to be.
func (a aside) over(now time.Time) bool { return !a.until.After(now) || a.until.Sub(now) > a.pause }

const (
	// sweepBatch is how many incidents are asked for at once: few enough that new ones that are more pressing soon come in
	// between.
	sweepBatch = 256
	// The pauses after which one that failed is tried again.
	firstPause, longestPause = 10 * time.Second, time.Hour
	// rest is the longest sleep; the backstop would wake the clock anyway.
	rest = time.Minute
)

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

// sweep works off what is due and tells how long to sleep.
func (c *Clock) sweep(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		r := round{Clock: c}
		found, worked, err := r.run(ctx)
		switch {
		case err != nil:
			c.broken(ctx, "work off deadlines", 0, err)
			return time.Second
		case found > 0 && worked == 0: // another process has them
			return time.Second
		case r.done:
			return c.sleep(ctx, r.looked)
		}
	}
	return rest
}

// sleep is the time until the next deadline, or until one that failed is tried again.
func (c *Clock) sleep(ctx context.Context, now time.Time) time.Duration {
	next, err := c.Store.DueAfter(ctx, now)
	if err != nil {
		c.broken(ctx, "find the next deadline", 0, err)
		return time.Second
	}
	until := now.Add(rest)
	if !next.IsZero() && next.Before(until) {
		until = next
	}
	for _, a := range c.aside {
		if a.until.Before(until) {
			until = a.until
		}
	}
	return min(until.Sub(c.now()), rest) // the time may have been set back since it looked
}

// took hears what became of a batch, and sets aside what can't be done. A command may have come first and moved a deadline to a
// time that was still to come when the tick looked, and has passed by the time it is written: that is no idle tick.
func (c *Clock) took(ctx context.Context, began time.Time, ticked []incident.Each) {
	now := c.now()
	for _, e := range ticked {
		if e.Err == nil && len(e.Change.Events) == 0 && !e.Change.Due.IsZero() && !e.Change.Due.After(began) {
			e.Err = errIdle
		}
		if e.Err == nil {
			delete(c.aside, e.Number)
		} else {
			c.setAside(ctx, e.Number, e.Err)
		}
		if c.Swept != nil && !e.Due.IsZero() {
			c.Swept(now.Sub(e.Due), e.Err)
		}
	}
}

// errIdle: it would be asked for again at once, for ever.
var errIdle = errors.New("a tick did nothing about what is due")

// setAside leaves an incident alone for twice as long as the last time.
func (c *Clock) setAside(ctx context.Context, n incident.Number, err error) {
	a := c.aside[n]
	a.pause = min(max(2*a.pause, firstPause), longestPause)
	a.until = c.now().Add(a.pause)
	if c.aside == nil {
		c.aside = map[incident.Number]aside{}
	}
	c.aside[n] = a
	if ctx.Err() == nil {
		c.Log.Error("an incident can't be ticked and is set aside", "incident", n.String(), "until", a.until, "error", err)
	}
}

// forget takes those off that are not due any more: somebody has put them right.
func (c *Clock) forget(due []incident.Number) {
	maps.DeleteFunc(c.aside, func(n incident.Number, _ aside) bool { return !slices.Contains(due, n) })
}

// renew sets deadlines anew that another version of the policy set, in batches between which others get their turn.
func (c *Clock) renew(ctx context.Context) {
	seen := map[incident.Number]bool{}
	for again := 0; ctx.Err() == nil; {
		stale, err := c.Store.Stale(ctx, c.Policy().Version, sweepBatch+again)
		if err != nil {
			c.broken(ctx, "find deadlines of another policy", 0, err)
			return
		}
		fresh := slices.DeleteFunc(slices.Clone(stale), func(n incident.Number) bool { return seen[n] })
		again = len(stale) - len(fresh)
		if len(fresh) == 0 {
			return
		}
		ticked, err := c.Desk.Tick(ctx, fresh)
		if err != nil {
			c.broken(ctx, "set deadlines anew", 0, err)
			return
		}
		for _, n := range fresh {
			seen[n] = true
		}
		for _, e := range ticked {
			if e.Err != nil {
				c.broken(ctx, "set a deadline anew", e.Number, e.Err)
			}
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
