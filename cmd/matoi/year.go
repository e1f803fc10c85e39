package main

import (
	"context"
	"reflect"
	"time"
)

// years counts the calendars anew when a year begins, because they know the holidays of the years around the one they were counted in, and
// the nights of those who moved to another zone. It looks now and then: they know three years ahead, so nothing depends on the minute.
func (a *App) years(ctx context.Context) error {
	const often = 5 * time.Minute
	look := time.NewTicker(often)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			if err := a.newYear(ctx); err != nil {
				a.Log.Error("the calendars can't be counted anew", "error", err)
			}
			if err := a.newNights(ctx); err != nil {
				a.Log.Error("the zones of those who are called can't be looked up", "error", err)
			}
		}
	}
}

// newYear takes the configuration in force anew where another year has begun in the organisation's zone.
func (a *App) newYear(ctx context.Context) error {
	a.reload.Lock()
	defer a.reload.Unlock()
	now := a.live.now.Load()
	if now.year == a.Now().In(now.config.zone()).Year() {
		return nil
	}
	a.Log.Info("a new year: the holidays of calendars are counted anew")
	return a.take(ctx, now.config)
}

// take puts a configuration in force, and has deadlines set anew where the policy changed.
func (a *App) take(ctx context.Context, c Config) error {
	version, windows := a.live.Policy().Version, a.live.now.Load().config.Maintenance
	if err := a.live.Take(ctx, a.Now(), c, a.store); err != nil {
		return err
	}
	if a.quiet != nil && !reflect.DeepEqual(windows, c.Maintenance) {
		if err := a.quiet.rewindow(ctx); err != nil { // what they hide is judged when they were to end
			a.Log.Warn("judge again what maintenance windows hide", "error", err)
		}
	}
	if err := a.consult(ctx, c); err != nil {
		return err
	}
	if now := a.live.Policy().Version; now != version {
		a.Log.Info("the policy changed", "from", version, "to", now)
		poke(a.renew)
	}
	return nil
}
