package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// WorkOff is alert.Queue's: it runs work in one transaction on the requests of ids that still wait. On SQLite work runs on
// the writer itself: it must write through w alone, for the storage's own writing methods would wait for it to end.
func (s *Storage) WorkOff(ctx context.Context, ids []int64, work func(ctx context.Context, waiting []int64, w alert.Work) error) error {
	return s.d.mapped(s.writeAlone(ctx, func(t *tx) error {
		if err := t.lockName("work", "inbox"); err != nil {
			return err
		}
		w := &atWork{t: t, inbox: inbox{t: t}, latest: map[alertKey]standing{}, moves: tallies{}}
		var waiting []int64
		if len(ids) > 0 {
			var err error
			if waiting, err = w.inbox.look(ids); err != nil {
				return err
			}
		}
		t.worked = len(waiting)
		if err := work(ctx, waiting, w); err != nil {
			return err
		}
		if err := w.forget(); err != nil {
			return err
		}
		return w.inbox.end()
	}))
}

// atWork is alert.Work inside a transaction.
type atWork struct {
	t      *tx
	inbox  inbox
	latest map[alertKey]standing // missing where unknown
	moves  tallies
}

type alertKey struct{ source, key string }

// mostKeys is how many values a list in a statement holds at most.
const mostKeys = 512

// padded repeats the last value until there are 1, 2, 4 … of them, so that few texts are compiled and kept.
func padded[T any](in []T) []T {
	n := 1
	for n < len(in) {
		n *= 2
	}
	out := slices.Clone(in)
	for len(out) > 0 && len(out) < n {
		out = append(out, in[len(in)-1])
	}
	return out
}

// Known gives the latest rows of the keys.
func (w *atWork) Known(_ context.Context, source string, keys []string) (map[string]alert.Row, error) {
	known := make(map[string]alert.Row, len(keys))
	for chunk := range slices.Chunk(keys, mostKeys) {
		a := args{source}
		found, err := w.rows(`WHERE source = $1 AND latest AND key IN (`+list(&a, padded(chunk))+`)`, a)
		if err != nil {
			return nil, err
		}
		for _, key := range chunk {
			w.latest[alertKey{source, key}] = standing{}
		}
		for _, r := range found {
			known[r.Key] = r
			w.latest[alertKey{source, r.Key}] = standingOf(r)
		}
	}
	return known, nil
}

// InGroup gives a source's latest rows that fire and belong to the sender's group.
func (w *atWork) InGroup(_ context.Context, source, senderGroup string) ([]alert.Row, error) {
	return w.rows(`WHERE source = $1 AND sender_group = $2 AND sender_group <> '' AND latest AND status = 'firing' ORDER BY first_seen`, []any{source, senderGroup})
}

// DueRows gives the latest rows whose time has come, the longest due first.
func (w *atWork) DueRows(_ context.Context, now time.Time, limit int) ([]alert.Row, error) {
	found, err := w.rows(`WHERE due > 0 AND due <= $1 AND latest ORDER BY due, source, key LIMIT $2`, []any{micro(now), limit})
	for _, r := range found {
		w.latest[alertKey{r.Source, r.Key}] = standingOf(r)
	}
	return found, err
}

// Waiting gives the latest rows of a group that wait, the earliest first. Few wait of all that a source has: the key, which begins
// with the source, must not be what leads to them.
func (w *atWork) Waiting(_ context.Context, source, group string, limit int) ([]alert.Row, error) {
	return w.rows(`WHERE source || '' = $1 AND alert_group = $2 AND due > 0 AND latest AND outcome = 'wait' ORDER BY first_seen, key LIMIT $3`,
		[]any{source, group, limit})
}

func (w *atWork) rows(where string, a []any) ([]alert.Row, error) {
	found, err := all(context.Background(), w.t.run, `SELECT `+alertColumns+` FROM alert `+where, a, scanAlert)
	if err != nil {
		return nil, w.t.spoil(err)
	}
	return found, nil
}

// Save keeps rows; the last one of a key is its latest.
func (w *atWork) Save(_ context.Context, rows []alert.Row) error {
	const most = 32
	before, err := w.moved(rows)
	if err != nil {
		return err
	}
	a := make(args, 0, min(len(rows), most)*alertColumnCount)
	inside := map[alertKey]bool{} // one statement must not touch a row twice
	flush := func() error {
		clear(inside)
		b := a
		a = a[:0]
		return w.t.putRows(`INSERT INTO alert (`+alertColumns+`) VALUES `, alertColumnCount, b, upsertAlert)
	}
	for at, r := range rows {
		k := alertKey{r.Source, r.Key}
		if inside[k] || len(inside) == most {
			if err := flush(); err != nil {
				return err
			}
		}
		if err := w.demote(k, before[at].first, r.FirstSeen); err != nil {
			return err
		}
		inside[k] = true
		a = append(a, alertArgs(r)...)
	}
	return flush()
}

// demote makes room for a new latest row of a key.
func (w *atWork) demote(k alertKey, was, first time.Time) error {
	if was.IsZero() || was.Equal(first) {
		return nil
	}
	_, err := w.t.exec(`UPDATE alert SET latest = FALSE, due = 0 WHERE source = $1 AND key = $2 AND latest AND first_seen <> $3`, k.source, k.key, micro(first))
	return err
}

// newest gives the newest open incident, else the newest merged one, else 0. source is the first argument.
func (w *atWork) newest(where string, a ...any) (incident.Number, error) {
	var n int64
	err := w.t.get(`SELECT number FROM incident WHERE alert_source = $1 AND alert_source <> '' AND `+where+` AND (open OR status = 'merged')
		ORDER BY open DESC, number DESC LIMIT 1`, a, &n)
	if errors.Is(err, incident.ErrNotFound) {
		return 0, nil
	}
	return incident.Number(n), err
}

// OpenFor gives the incident that an alert of this grouping key belongs to.
func (w *atWork) OpenFor(_ context.Context, source, group string) (incident.Number, error) {
	return w.newest(`alert_group = $2 AND NOT alert_storm`, source, group)
}

// StormFor gives the storm incident of a source.
func (w *atWork) StormFor(_ context.Context, source string) (incident.Number, error) {
	return w.newest(`alert_storm`, source)
}

// OpenOn gives the newest open public incident that names the service.
func (w *atWork) OpenOn(_ context.Context, service string) (incident.Number, error) {
	var n int64
	err := w.t.get(`SELECT incident.number FROM incident JOIN token ON token.number = incident.number
		WHERE token.token = $1 AND open AND NOT incident.private ORDER BY incident.number DESC LIMIT 1`, []any{serviceToken(service)}, &n)
	if errors.Is(err, incident.ErrNotFound) {
		return 0, nil
	}
	return incident.Number(n), err
}

// OpenBorn gives the open public incidents that alerts of monitoring systems opened on any of the services, and none of heartbeats.
func (w *atWork) OpenBorn(_ context.Context, services []string, limit int) ([]incident.Number, error) {
	tokens := make([]string, len(services))
	for k, s := range services {
		tokens[k] = serviceToken(s)
	}
	var found []incident.Number
	for chunk := range slices.Chunk(tokens, mostKeys) {
		var a args
		query := `SELECT DISTINCT incident.number FROM incident JOIN token ON token.number = incident.number
			WHERE token.token IN (` + list(&a, padded(chunk)) + `) AND open AND alert_source NOT IN ('', ` + a.add(alert.HeartbeatSource) + `) AND NOT incident.private ORDER BY incident.number DESC LIMIT ` + a.add(limit)
		some, err := all(context.Background(), w.t.run, query, a, one[int64])
		if err != nil {
			return nil, w.t.spoil(err)
		}
		for _, n := range some {
			found = append(found, incident.Number(n))
		}
	}
	return found, nil
}

// ServicesOf gives the services of an incident's alerts.
func (w *atWork) ServicesOf(_ context.Context, n incident.Number, limit int) ([]string, error) {
	found, err := all(context.Background(), w.t.run, `SELECT DISTINCT service FROM alert WHERE number = $1 AND number > 0 LIMIT $2`, []any{int64(n), limit}, one[string])
	if err != nil {
		return nil, w.t.spoil(err)
	}
	return found, nil
}

// Openings counts what a source has opened since then, storms left out.
func (w *atWork) Openings(_ context.Context, source string, since time.Time) (int, error) {
	var n int
	err := w.t.get(`SELECT count(*) FROM incident WHERE alert_source = $1 AND alert_source <> '' AND opened >= $2 AND NOT alert_storm`, []any{source, micro(since)}, &n)
	return n, err
}

// Load gives an incident as this transaction sees it.
func (w *atWork) Load(_ context.Context, n incident.Number) (*incident.Incident, error) {
	i, err := load(context.Background(), w.t.run, &w.t.s.folds, n)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		err = w.t.spoil(err)
	}
	return i, err
}

// Finish takes a request out of the queue; with a reason it stays visible.
func (w *atWork) Finish(_ context.Context, id int64, reason string) error {
	return w.inbox.finish(id, reason)
}

// Store gives the desk's store inside this transaction.
func (w *atWork) Store() incident.Store { return storeInside{w.t} }

// storeInside is an incident.Store bound to a transaction that somebody else commits.
type storeInside struct{ t *tx }

func (s storeInside) Change(_ context.Context, cause incident.Cause, numbers []incident.Number, decide decider) ([]incident.Change, bool, error) {
	if s.t.spoilt != nil {
		return nil, false, fmt.Errorf("the transaction is lost: %v", s.t.spoilt) //nolint:errorlint // not a conflict to try again in here
	}
	return s.t.change(cause, numbers, decide, nil)
}

func (s storeInside) Due(ctx context.Context, before time.Time, limit int) ([]incident.Number, error) {
	return due(ctx, s.t.run, before, limit)
}
