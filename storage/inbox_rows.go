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

// The bounds of what is looked through for an alert that people name by its handle, and for what a rule would have meant.
const (
	mostLoose   = 10000 // alerts without an incident
	mostOpened  = 200   // incidents that alerts opened
	mostForesee = 1000
)

// LooseAlerts lists the alerts that opened nothing, the latest row of each, the newest first.
func (s *Storage) LooseAlerts(ctx context.Context, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number = 0 ORDER BY first_seen DESC LIMIT $1`, []any{limit}, scanAlert)
	return latestOf(found), s.wrap(err, "alerts that opened nothing")
}

// latestOf keeps the first row of each key.
func latestOf(rows []alert.Row) []alert.Row {
	had := make(map[alertKey]bool, len(rows))
	return slices.DeleteFunc(rows, func(r alert.Row) bool {
		k := alertKey{r.Source, r.Key}
		was := had[k]
		had[k] = true
		return was
	})
}

// AlertByHandle finds an alert by its handle (alert.Handle) among the newest, first those without an incident, then those of the latest
// incidents with alerts. incident.ErrNotFound where there is none; where two have the same handle, both are given.
func (s *Storage) AlertByHandle(ctx context.Context, handle string) ([]alert.Row, error) {
	type name struct{ source, key string }
	for _, query := range []struct {
		from  string
		limit int
	}{
		{`alert WHERE number = 0 ORDER BY first_seen DESC LIMIT $1`, mostLoose},
		{`alert WHERE latest AND number IN (SELECT DISTINCT number FROM alert WHERE number > 0 ORDER BY number DESC LIMIT $1)`, mostOpened},
	} {
		names, err := all(ctx, s.reader, `SELECT source, key FROM `+query.from, []any{query.limit}, scanPair)
		if err != nil {
			return nil, s.wrap(err, "find an alert")
		}
		var hits []name
		for _, n := range names {
			if one := (name{n[0], n[1]}); alert.Handle(n[0], n[1]) == handle && !slices.Contains(hits, one) {
				hits = append(hits, one)
			}
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

func scanPair(r *sql.Rows) (p [2]string, err error) { return p, r.Scan(&p[0], &p[1]) }

// AlertsLately gives the newest alerts, with an incident or without, to try a rule on.
func (s *Storage) AlertsLately(ctx context.Context) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number = 0 ORDER BY first_seen DESC LIMIT $1`, []any{mostForesee}, scanAlert)
	if err != nil {
		return nil, s.wrap(err, "the newest alerts")
	}
	opened, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE number IN (SELECT number FROM incident WHERE alert_source <> '' ORDER BY number DESC LIMIT $1)
		ORDER BY first_seen DESC LIMIT $2`, []any{mostOpened, mostForesee}, scanAlert)
	if err != nil {
		return nil, s.wrap(err, "the newest alerts")
	}
	found = append(found, opened...)
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
