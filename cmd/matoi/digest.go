package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/storage"
)

// DigestStore keeps who got the digest of which day.
type DigestStore interface {
	DigestTimes(ctx context.Context) ([]storage.DigestTime, error)
	DigestReaders(ctx context.Context, at storage.DigestTime) ([]incident.PersonID, error)
	MakeDigests(ctx context.Context, day calendar.Date, realm string, people []incident.PersonID) (made int, err error)
}

const (
	// digestEvery is how often it is looked whether it is time for somebody.
	digestEvery = time.Minute
	// digestLate is how long after its time a digest is still made, after a start or where the machine slept.
	digestLate = 3 * time.Hour
)

// Morning makes digests: at the time that each person has for them, by the clock of their own zone, once a day for each person however
// often it is started, how many processes there are and wherever the clock is set. What it makes are rows of the outbox; what they say
// is found out when they are sent.
type Morning struct {
	Store DigestStore
	// At is when the house sends digests, HH:MM, "" where only who asked for it gets one. Zone is the house's.
	At   func() string
	Zone *time.Location
	// Realms are the chats in which people are told, the first one first.
	Realms func() []string
	Now    func() time.Time
	Log    *slog.Logger

	made atomic.Int64
	last time.Time // up to when it was looked
}

// Run looks as each minute begins until the context ends; it returns nil then.
func (m *Morning) Run(ctx context.Context) error {
	for {
		if err := m.look(ctx); err != nil && ctx.Err() == nil {
			m.Log.Error("make digests", "error", err)
		}
		now := m.Now()
		timer := time.NewTimer(now.Truncate(digestEvery).Add(digestEvery).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// look makes what is due since the last look; after a start, a failure or a leap of the clock, up to digestLate before.
func (m *Morning) look(ctx context.Context) error {
	now := m.Now()
	since := m.last
	if oldest := now.Add(-digestLate); since.Before(oldest) || since.After(now) {
		since = oldest
	}
	times, err := m.Store.DigestTimes(ctx)
	if err != nil {
		return err
	}
	for _, t := range times {
		day, due := m.due(t, since, now)
		if !due {
			continue
		}
		people, err := m.Store.DigestReaders(ctx, t)
		if err != nil {
			return err
		}
		realms := m.Realms()
		if len(people) == 0 || len(realms) == 0 {
			continue
		}
		made, err := m.Store.MakeDigests(ctx, day, realms[0], people)
		m.made.Add(int64(made))
		if err != nil {
			return err
		}
		m.Log.Debug("made digests", "zone", t.Zone, "day", day.String(), "people", made)
	}
	m.last = now
	return nil
}

// due tells whether the time of a digest came after one instant and not after another, and of which day it is.
func (m *Morning) due(t storage.DigestTime, since, now time.Time) (calendar.Date, bool) {
	at, ok := bot.DigestTime(m.At(), t.Choice)
	if !ok {
		return 0, false
	}
	clock, err := time.Parse("15:04", at)
	if err != nil {
		m.Log.Warn("a time for digests can't be read", "time", at)
		return 0, false
	}
	zone := m.Zone
	if own, err := time.LoadLocation(t.Zone); err == nil && t.Zone != "" {
		zone = own
	}
	today := calendar.DateOf(now.In(zone))
	for _, day := range []calendar.Date{today, today - 1} { // at 00:30 that of 23:45 may still be due
		when := day.At(clock.Hour()*60+clock.Minute(), zone)
		if when.After(since) && !when.After(now) {
			return day, true
		}
	}
	return 0, false
}

// morning makes digests for the people of the store.
func (a *App) morning() *Morning {
	m := &Morning{
		Store: a.store, At: a.digestAt, Zone: a.Config.zone(), Now: a.Now, Log: a.Log,
		Realms: func() []string { return a.live.Policy().Realms },
	}
	a.figures.Measure("matoi_digests_total", "Messages of the morning that were made by this process.", nil, func() float64 { return float64(m.made.Load()) })
	return m
}

// digestAt is when the house sends digests at the moment, "" where it sends none.
func (a *App) digestAt() string {
	if d := a.live.now.Load().config.Digest; !d.Off {
		minutes, _ := d.minutes()
		return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
	}
	return ""
}
