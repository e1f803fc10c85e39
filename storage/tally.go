package storage

import (
	"context"
	"errors"
	"slices"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// fewAlerts are counted each time they are asked for. Of an incident with more the count is kept in the table tally: a storm
// meets thousands of alerts in hundreds of batches, and each batch asks.
const fewAlerts = 64

// standing is the latest row of a key as a transaction knows it; the zero standing is of a key without any.
type standing struct {
	first  time.Time // FirstSeen
	number incident.Number
	firing bool
}

func standingOf(r alert.Row) standing {
	return standing{r.FirstSeen, r.Incident, r.Burns()}
}

// counts are those of one incident, or by how much they differ from those that are kept.
type counts struct {
	total, firing int64
	unsure        bool // it has to be counted anew
}

// tallies are the changes that a transaction has made and not yet written. At its end what nobody asked for is forgotten
// rather than kept: it is counted when somebody does.
type tallies map[incident.Number]*counts

func (c tallies) at(n incident.Number) *counts {
	if c[n] == nil {
		c[n] = &counts{}
	}
	return c[n]
}

// perIncident is an incident with one source of its alerts.
type perIncident struct {
	number incident.Number
	source string
}

// moved counts what saving rows changes, before they are saved. It gives the latest row of each key before its row, in the
// order of rows.
func (w *atWork) moved(rows []alert.Row) ([]standing, error) {
	before := make([]standing, len(rows))
	look := map[perIncident][]string{}
	twice := map[alertKey]bool{}
	for k, r := range rows {
		key, now := alertKey{r.Source, r.Key}, standingOf(r)
		was, err := w.standing(key)
		if err != nil {
			return nil, err
		}
		before[k], w.latest[key] = was, now
		if was.firing {
			w.moves.at(was.number).firing--
		}
		if now.firing {
			w.moves.at(now.number).firing++
		}
		switch {
		case was.first.IsZero():
			w.moves.at(now.number).total++
		case !now.first.Before(was.first) && now.number == was.number:
		case now.first.After(was.first) && !twice[key]: // it may have belonged to that incident once
			look[perIncident{now.number, r.Source}] = append(look[perIncident{now.number, r.Source}], r.Key)
		default: // a row is rewritten that others may have counted
			if err := w.rewritten(key, now, was); err != nil {
				return nil, err
			}
		}
		twice[key] = true
	}
	for at, keys := range look {
		if err := w.joined(at, keys); err != nil {
			return nil, err
		}
	}
	return before, nil
}

// standing finds the latest row of a key.
func (w *atWork) standing(key alertKey) (standing, error) {
	if _, sure := w.latest[key]; !sure {
		if _, err := w.Known(context.Background(), key.source, []string{key.key}); err != nil {
			return standing{}, err
		}
	}
	return w.latest[key], nil
}

// rewritten forgets the counts of all incidents that a row belonged to or belongs to now.
func (w *atWork) rewritten(key alertKey, now, was standing) error {
	var old int64
	err := w.t.get(`SELECT number FROM alert WHERE source = $1 AND key = $2 AND first_seen = $3`, []any{key.source, key.key, micro(now.first)}, &old)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return err
	}
	for _, n := range []incident.Number{incident.Number(old), now.number, was.number} {
		w.moves.at(n).unsure = true
	}
	return nil
}

// joined counts the keys that are new to an incident though not new at all: those that fired for another one before.
func (w *atWork) joined(at perIncident, keys []string) error {
	c := w.moves.at(at.number)
	if _, kept, err := w.kept(at.number); err != nil || !kept || c.unsure {
		return err
	}
	for chunk := range slices.Chunk(keys, mostKeys) {
		a := args{int64(at.number), at.source}
		found, err := all(context.Background(), w.t.run, `SELECT DISTINCT key FROM alert WHERE number = $1 AND number > 0 AND source = $2 AND key IN (`+list(&a, padded(chunk))+`)`, a, one[string])
		if err != nil {
			return w.t.spoil(err)
		}
		c.total += int64(len(chunk) - len(found))
	}
	return nil
}

// kept gives the counts that are kept of an incident, without what this transaction has changed since.
func (w *atWork) kept(n incident.Number) (c counts, kept bool, err error) {
	err = w.t.get(`SELECT total, firing FROM tally WHERE number = $1`, []any{int64(n)}, &c.total, &c.firing)
	if errors.Is(err, incident.ErrNotFound) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Tally counts the keys of an incident, and those that fire for it now (alert.Row.Burns).
func (w *atWork) Tally(_ context.Context, n incident.Number) (total, firing int64, err error) {
	c, kept, err := w.kept(n)
	if err != nil {
		return 0, 0, err
	}
	moved := w.moves.at(n)
	delete(w.moves, n)
	switch {
	case kept && *moved == counts{}:
		return c.total, c.firing, nil
	case kept && !moved.unsure:
		total, firing = c.total+moved.total, c.firing+moved.firing
	default:
		err = w.t.get(`SELECT (SELECT count(*) FROM (SELECT DISTINCT source, key FROM alert WHERE number = $1 AND number > 0) AS theirs),
			(SELECT count(*) FROM alert WHERE number = $1 AND latest AND status = 'firing') +
			(SELECT count(*) FROM alert WHERE number = $1 AND latest AND status <> 'firing' AND outcome = 'flapping' AND due > 0)`, []any{int64(n)}, &total, &firing)
	}
	if err != nil || !kept && total < fewAlerts {
		return total, firing, err
	}
	_, err = w.t.exec(`INSERT INTO tally (number, total, firing) VALUES ($1, $2, $3)
		ON CONFLICT (number) DO UPDATE SET total = excluded.total, firing = excluded.firing`, int64(n), total, firing)
	return total, firing, err
}

// forget takes away the counts that this transaction changed and did not write.
func (w *atWork) forget() error {
	var numbers []int64
	for n, c := range w.moves {
		if n > 0 && *c != (counts{}) {
			numbers = append(numbers, int64(n))
		}
	}
	for chunk := range slices.Chunk(numbers, mostKeys) {
		var a args
		if _, err := w.t.exec(`DELETE FROM tally WHERE number IN (`+list(&a, padded(chunk))+`)`, a...); err != nil {
			return err
		}
	}
	return nil
}

// recount lets the alerts of all incidents be counted anew: an older Matoi beside this one, which was there before, kept no
// counts.
func (s *Storage) recount(ctx context.Context) error {
	err := s.write(ctx, true, func(t *tx) error {
		_, err := t.exec(`DELETE FROM tally`)
		return err
	})
	return s.wrap(err, "forget the counts of alerts")
}
