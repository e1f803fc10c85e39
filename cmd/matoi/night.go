package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

// nights are the hours in which those people may be called for what is not pressing who live in another zone than the organisation:
// each chose theirs, or the configuration did.
func (c *Config) nights(ctx context.Context, p incident.Policy, people Directory) (map[incident.PersonID]*calendar.Hours, error) {
	if c.Calls.Quiet == "" {
		return nil, nil
	}
	out := map[incident.PersonID]*calendar.Hours{}
	for _, id := range p.Callees() {
		who, err := people.Person(ctx, id)
		if errors.Is(err, incident.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look up the zone of %s: %w", id, err)
		}
		if _, err := time.LoadLocation(who.Zone); err == nil && who.Zone != "" && who.Zone != c.zone().String() {
			out[id] = c.awake(who.Zone)
		}
	}
	return out, nil
}

// newNights takes the configuration in force anew where somebody who is called lives in another zone now.
func (a *App) newNights(ctx context.Context) error {
	a.reload.Lock()
	defer a.reload.Unlock()
	now := a.live.now.Load()
	nights, err := now.config.nights(ctx, now.policy, a.store)
	if err != nil || maps.EqualFunc(nights, now.policy.Awake, (*calendar.Hours).Equal) {
		return err
	}
	a.Log.Info("somebody who is called lives in another zone now", "people", slices.Sorted(maps.Keys(nights)))
	return a.take(ctx, now.config)
}
