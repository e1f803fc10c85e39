package main

import (
	"context"
	"time"

	"matoi/storage"
)

// Keeping says how long things are kept that are not the record; 0 is for ever.
type Keeping struct {
	// Chat keeps messages and files in the rooms of incidents after these are over. Files in the record stay.
	Chat Duration `yaml:"chat"`
	// Alerts keeps alerts after they were resolved and their incident is over.
	Alerts Duration `yaml:"alerts"`
	// Undecoded keeps requests that could not be decoded.
	Undecoded Duration `yaml:"undecoded"`
	// Undelivered keeps deliveries that were given up on.
	Undelivered Duration `yaml:"undelivered"`
	// Causes keeps what has been done already, so that a request that comes again changes nothing; at least 7d.
	Causes Duration `yaml:"causes"`
}

// pruneEvery is how often what is too old is looked for.
const pruneEvery = 6 * time.Hour

// prune takes away what is older than the configuration of the moment allows, soon after the start and then every six hours.
func (a *App) prune(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-a.store.Renewed():
	}
	for wait := time.Minute; ; wait = pruneEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		k := a.live.now.Load().config.Retention
		p, err := a.store.Prune(ctx, storage.Retention{
			Chat: time.Duration(k.Chat), Alerts: time.Duration(k.Alerts), Undecoded: time.Duration(k.Undecoded),
			Undelivered: time.Duration(k.Undelivered), Causes: time.Duration(k.Causes),
		})
		if err != nil && ctx.Err() == nil {
			a.Log.Error("could not take away what is too old; will try again in six hours", "error", err)
		}
		if p != (storage.Pruned{}) {
			a.Log.Info("what is older than the configuration keeps is gone", "rows", p.String())
		}
	}
}
