package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/roster"
	"matoi/storage"
)

// rostered is what came of a schedule's source.
type rostered struct {
	shifts  []oncall.Shift
	asOf    time.Time
	trouble oncall.Trouble
	unknown []string
}

// LayOutside puts the shifts from elsewhere into the schedules of the policy in force, and of those that come.
func (v *Live) LayOutside(by map[string]rostered) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.outside = by; v.now.Load() != nil {
		v.put(*v.now.Load())
	}
}

// copies keeps what sources said in the database.
type copies struct{ *storage.Storage }

var _ roster.Store = copies{}

// Copies reads them.
func (c copies) Copies(ctx context.Context) ([]roster.Copy, error) {
	found, err := c.RosterCopies(ctx)
	out := make([]roster.Copy, len(found))
	for n := range found {
		out[n] = roster.Copy(found[n])
	}
	return out, err
}

// SaveCopy keeps one.
func (c copies) SaveCopy(ctx context.Context, one roster.Copy) error {
	return c.SaveRosterCopy(ctx, storage.RosterCopy(one))
}

// inform makes the keeper of what comes from elsewhere; what is stored of it is in force once it returns.
func (a *App) inform(ctx, running context.Context) error {
	a.outside, a.client = roster.New(roster.Options{Store: copies{a.store}, Now: a.Now, Log: a.Log, Changed: func() {
		if err := a.layOutside(running); err != nil && running.Err() == nil {
			a.Log.Error("shifts from elsewhere can't be laid over the schedules", "error", err)
		}
	}}), roster.NewClient()
	return a.consult(ctx, a.live.now.Load().config)
}

// consult has the sources of a configuration asked from now on.
func (a *App) consult(ctx context.Context, c Config) error {
	if a.outside == nil {
		return nil
	}
	if err := a.outside.Set(ctx, c.rosters(a.client, a.Now)); err != nil {
		return fmt.Errorf("know the sources of shifts: %w", err)
	}
	return a.layOutside(ctx)
}

// layOutside reads what is known of all sources, for the people of the moment, and puts it in force.
func (a *App) layOutside(ctx context.Context) error {
	config, version := a.live.now.Load().config, a.live.Policy().Version
	people, err := config.known(ctx, a.store)
	if err != nil {
		return err
	}
	by := map[string]rostered{}
	for _, s := range a.outside.States() {
		if by[s.Source.Name()], err = config.read(ctx, s.Source, s.Copy, people, a.store, a.Now()); err != nil {
			return err
		}
	}
	a.live.LayOutside(by)
	if now := a.live.Policy().Version; now != version {
		a.Log.Info("other people are on call by sources from elsewhere", "from", version, "to", now)
		poke(a.renew)
	}
	return nil
}

// known are the people of the configuration, as sources may mean them.
func (c *Config) known(ctx context.Context, people namer) (out []roster.Person, err error) {
	for _, m := range c.People {
		found, err := people.Named(ctx, m.Name)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", m.Name, err)
		}
		if len(found) != 1 && m.Email != "" {
			if found, err = people.Named(ctx, m.Email); err != nil {
				return nil, fmt.Errorf("look up %s: %w", m.Name, err)
			}
		}
		if len(found) == 1 {
			out = append(out, roster.Person{ID: string(found[0].ID), Name: m.Name, Email: m.Email})
		}
	}
	return out, nil
}

// read makes shifts of a copy. A name that means nobody of the configuration may mean somebody whom a chat made known.
func (c *Config) read(ctx context.Context, source roster.Source, copied roster.Copy, people []roster.Person, others namer, now time.Time) (o rostered, err error) {
	o.asOf, o.trouble = copied.FetchedAt, oncall.Trouble(copied.Error)
	if o.asOf.IsZero() {
		return o, nil
	}
	entries, wrong := source.Entries(copied, now.Add(-roster.Back), now.Add(roster.Ahead))
	if wrong != nil { // it could be read when it came: another version wrote it
		o.trouble = roster.Trouble(wrong)
		return o, nil
	}
	alias := maps.Clone(c.matched(source.Name()))
	for name, person := range alias {
		alias[name], _ = roster.Match(person, people, nil)
	}
	met := map[string]string{}
	o.shifts, o.unknown = roster.Shifts(entries, func(name string) (string, bool) {
		if id, known := roster.Match(name, people, alias); known {
			return id, id != ""
		}
		id, asked := met[name]
		if !asked {
			found, failed := others.Named(ctx, name)
			if err = errors.Join(err, failed); len(found) == 1 {
				id = string(found[0].ID)
			}
			met[name] = id
		}
		return id, id != ""
	})
	return o, err
}

// namer finds people by name or e-mail address.
type namer interface {
	Named(ctx context.Context, name string) ([]incident.Person, error)
}

// ages are how old what each source said is, in seconds; without an end where it never said anything.
func (a *App) ages() map[string]float64 {
	out := map[string]float64{}
	if a.outside == nil {
		return out
	}
	for _, s := range a.outside.States() {
		out[s.Source.Name()] = math.Inf(1)
		if at := s.Copy.FetchedAt; !at.IsZero() {
			out[s.Source.Name()] = max(0, a.Now().Sub(at).Seconds())
		}
	}
	return out
}
