package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"matoi/bot/alert"
	"matoi/incident"
)

var _ alert.Hands = (*Storage)(nil)

// The bounds of what a rule is tried on.
const (
	mostOpened  = 200 // incidents that alerts opened
	mostForesee = 1000
)

// AlertByHandle finds an alert by its handle (alert.Handle), first among those without an incident, then among all others.
// incident.ErrNotFound where there is none; where two have the same handle, both are given.
func (s *Storage) AlertByHandle(ctx context.Context, handle string) ([]alert.Row, error) {
	for _, query := range []string{looseNames, ownedNames} {
		var hits []alertKey
		_, err := all(ctx, s.reader, query, nil, func(r *sql.Rows) (none struct{}, err error) {
			var one alertKey
			err = r.Scan(&one.source, &one.key)
			if err == nil && alert.Handle(one.source, one.key) == handle && !slices.Contains(hits, one) {
				hits = append(hits, one)
			}
			return none, err
		})
		if err != nil {
			return nil, s.wrap(err, "find an alert")
		}
		var out []alert.Row
		for _, hit := range hits {
			rows, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE source = $1 AND key = $2 AND latest`, []any{hit.source, hit.key}, scanAlert)
			if err != nil {
				return nil, s.wrap(err, "find an alert")
			}
			out = append(out, rows...)
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, incident.ErrNotFound
}

// AlertsLately gives the newest alerts, with an incident or without, to try a rule on.
func (s *Storage) AlertsLately(ctx context.Context) ([]alert.Row, error) {
	loose, err := s.LooseAlerts(ctx, alert.LooseAsk{Limit: mostForesee})
	if err != nil {
		return nil, err
	}
	opened, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number IN (SELECT number FROM incident WHERE alert_source <> '' ORDER BY number DESC LIMIT $1)
		ORDER BY first_seen DESC LIMIT $2`, []any{mostOpened, mostForesee}, scanAlert)
	if err != nil {
		return nil, s.wrap(err, "the newest alerts")
	}
	found := append(loose.Rows, opened...)
	slices.SortStableFunc(found, func(a, b alert.Row) int {
		return cmp.Or(b.FirstSeen.Compare(a.FirstSeen), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key))
	})
	return found[:min(len(found), mostForesee)], nil
}

// DropUndecoded takes a request of which nothing could be made away for good, and enters that in the register. A cause
// seen before does nothing.
func (s *Storage) DropUndecoded(ctx context.Context, cause string, id int64, by incident.PersonID, why string) error {
	err := s.write(ctx, false, func(t *tx) error {
		if _, again, err := t.doneBefore(cause); again || err != nil {
			return err
		}
		var source string
		if err := t.put(`DELETE FROM undecoded WHERE id = $1 RETURNING source`, []any{id}, &source); err != nil {
			return err
		}
		t.touched |= topicInbox
		if err := t.enter(&incident.RequestDropped{Request: id, Source: source, Reason: why}, incident.By{Person: by}, t.s.now()); err != nil {
			return err
		}
		return t.shiftCause(incident.Cause{ID: cause}, id)
	})
	return s.wrap(err, "drop request %d", id)
}

// ByHand is alert.Hands': it runs work in one transaction, in the place of a person and never beside WorkOff. Work must write through w
// alone, as for WorkOff; it may run more than once.
func (s *Storage) ByHand(ctx context.Context, work func(ctx context.Context, w alert.Work) error) error {
	err := s.write(ctx, false, func(t *tx) error {
		if err := t.lockName("work", "inbox"); err != nil {
			return err
		}
		w := &atWork{t: t, inbox: inbox{t: t}, latest: map[alertKey]standing{}, moves: tallies{}}
		if err := work(ctx, w); err != nil {
			return err
		}
		t.touched |= topicInbox
		return w.forget()
	})
	if _, refused := errors.AsType[*incident.Refusal](err); refused || errors.Is(err, incident.ErrNotFound) {
		return err
	}
	return s.wrap(err, "do something about alerts by hand")
}
