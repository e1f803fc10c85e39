package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
	"matoi/web"
)

var _ bot.Silences = (*silences)(nil)

const (
	// silenceBack is how long ago one may have ended whose end is still told: Matoi may have been away.
	silenceBack = 7 * 24 * time.Hour
	// rouseFor is how long after somebody ended one it is looked for alerts that were worked off before all processes knew.
	rouseFor = 2 * standingEvery
	// mostAlike bounds the alerts of an incident that a silence is made from.
	mostAlike = 500
)

// silences are the orders to keep alerts quiet: those that people gave, and the windows of the configuration.
type silences struct {
	*storage.Storage
	live     *Live
	now      func() time.Time
	log      *slog.Logger
	standing *standing
	began    bool // what ended while Matoi was away was looked at
}

// Silences lists those of the configuration behind those that people set.
func (s *silences) Silences(ctx context.Context, since time.Time) ([]bot.Silence, error) {
	set, err := s.Storage.Silences(ctx, since)
	return append(set, s.live.now.Load().config.windows()...), err
}

// ChangeSilence makes a change, which is in force in this process once it returns.
func (s *silences) ChangeSilence(ctx context.Context, cause incident.Cause, number int64,
	decide func(bot.Silence) (bot.Silence, []incident.Effect, error),
) (bot.Silence, error) {
	done, err := s.Storage.ChangeSilence(ctx, cause, number, decide)
	if err != nil {
		return done, err
	}
	s.standing.changed(ctx)
	if !done.Ended.IsZero() { // only now they are judged without it
		if err := s.Rouse(context.WithoutCancel(ctx), done.Key()); err != nil {
			s.log.Warn("judge again what a silence hid", "silence", done.Number, "error", err)
		}
	}
	return done, nil
}

// CheckMatch refuses patterns that can't be read, with the reason in English where a regular expression is broken.
func (s *silences) CheckMatch(match map[string][]string) error {
	err := alert.CheckSilence(match)
	m, ok := errors.AsType[alert.Mistake](err)
	if ok && m.Args["Known"] != "" {
		return incident.Refuse("silence_severity", "Word", m.Args["Word"], "Known", m.Args["Known"])
	}
	if ok {
		return incident.Refuse("silence_pattern", "Detail", m.Args["Detail"], "Word", m.Args["Word"])
	}
	return err
}

// Foresee tries a match on the alerts that came last. Where it fits none, a label that is nearly called like a field, and a service or
// a source that there nearly is, are taken for slips.
func (s *silences) Foresee(ctx context.Context, match map[string][]string) (f bot.Foreseen, word, near string, err error) {
	rows, err := s.AlertsLately(ctx)
	if err != nil {
		return f, "", "", err
	}
	r := alert.Rule{Name: "silence", Do: alert.Ignore, Match: map[string]alert.Patterns{}}
	for name, list := range match {
		for _, one := range list {
			r.Match[name] = append(r.Match[name], alert.Pattern(one))
		}
	}
	if err := r.Compile(); err != nil {
		return f, "", "", err
	}
	judge := s.live.Alerts()
	seen := judge.Foresee(r, rows)
	f = bot.Foreseen{Of: seen.Of, Fits: seen.Fits, Acted: seen.Acted, Unsure: seen.Unsure}
	if f.Fits > 0 {
		return f, "", "", nil
	}
	config := s.live.now.Load().config
	known := map[string][]string{"service": judge.Names.Written(), "source": append(config.sources(), alert.HeartbeatSource)}
	for _, name := range slices.Sorted(maps.Keys(match)) {
		if meant := slip(name, alert.Fields()); meant != "" && meant != name {
			return f, name, meant, nil
		}
		for _, one := range match[name] {
			one = strings.TrimPrefix(one, "!")
			if meant := slip(one, known[name]); meant != "" && !slices.ContainsFunc(known[name], func(k string) bool { return strings.EqualFold(k, one) }) {
				return f, one, meant, nil
			}
		}
	}
	return f, "", "", nil
}

// AlertsOf gives patterns for what is like the alerts of an incident.
func (s *silences) AlertsOf(ctx context.Context, n incident.Number) (map[string][]string, error) {
	rows, err := s.Alerts(ctx, n, mostAlike)
	return alert.Alike(rows), err
}

// HiddenAlerts lists what one has hidden since an instant, for pages.
func (s *silences) HiddenAlerts(ctx context.Context, key string, since time.Time, l lang.Lang, limit int) ([]web.Alert, error) {
	rows, err := s.SilencedRows(ctx, key, since, limit)
	return alerts(rows, l), err
}

// read gives what is to be laid over the configuration.
func (s *silences) read(ctx context.Context) (overlay, error) {
	list, err := s.Storage.Silences(ctx, s.now())
	if err != nil {
		return nil, fmt.Errorf("read the silences: %w", err)
	}
	made, err := alert.NewSilences(list)
	if err != nil { // an older version may have read it otherwise: the others are in force
		s.log.Error("a silence can't be read and is not in force", "error", err)
	}
	return func(c *alert.Config) { c.Silences = append(made[:len(made):len(made)], c.Silences...) }, nil
}

// tend tells the ends of those that hid something, once each, and tells when the next one ends.
func (s *silences) tend(ctx context.Context) (next time.Time, err error) {
	now := s.now()
	list, err := s.Storage.Silences(ctx, now.Add(-silenceBack))
	if err != nil {
		return next, fmt.Errorf("read the silences: %w", err)
	}
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	var failed []error
	for _, one := range list {
		if span, on := one.At(now); on {
			sooner(span.To)
		} else if span, coming := one.Next(now); coming && !span.To.IsZero() {
			sooner(span.To)
		}
		if last, ended := one.Last(now); ended && last.To.After(one.Told) {
			_, err := s.EndedSilence(ctx, one.Number, last.To, bot.EndSilence(one, append(s.live.Policy().Realms, "")[0]))
			failed = append(failed, err)
		}
		if fresh := now.Sub(one.Ended) <= rouseFor; !one.Ended.IsZero() && (fresh || !s.began) {
			failed = append(failed, s.Rouse(ctx, one.Key()))
			if fresh {
				sooner(now.Add(standingEvery))
			}
		}
	}
	if !s.began {
		failed = append(failed, s.rewindow(ctx))
	}
	s.began = true
	return next, errors.Join(failed...)
}

// rewindow has judged again what windows of the configuration hide: they may be others now, or gone.
func (s *silences) rewindow(ctx context.Context) error {
	keys, err := s.Hiding(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if strings.HasPrefix(key, bot.KeyOfWindow) {
			err = errors.Join(err, s.Rouse(ctx, key))
		}
	}
	return err
}

// keepStanding makes what keeps equal what people set; what is stored of it is in force once it returns.
func (a *App) keepStanding(ctx context.Context) error {
	a.standing = &standing{store: a.store, live: a.live, now: a.Now, log: a.Log}
	a.quiet = &silences{Storage: a.store, live: a.live, now: a.Now, log: a.Log, standing: a.standing}
	a.standing.read = append(a.standing.read, a.quiet.read)
	a.standing.tend = append(a.standing.tend, a.quiet.tend)
	return a.standing.refresh(ctx)
}
