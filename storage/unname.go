package storage

import (
	"context"
	"slices"

	"matoi/incident"
)

// naming finds the incidents whose records name a person. It looks at every entry: nobody is erased often.
func (s *Storage) naming(ctx context.Context, id incident.PersonID) (named []incident.Number, err error) {
	all, err := all(ctx, s.reader, `SELECT number FROM incident ORDER BY number`, nil, one[int64])
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		events, err := entries(ctx, s.reader, incident.Number(n), 0, 0, 0)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(events, func(e incident.Event) bool { return e.Names(id) }) {
			named = append(named, incident.Number(n))
		}
	}
	return named, nil
}

// unname has chats that wrote a name down write without it.
func (t *tx) unname(named []incident.Number, id incident.PersonID) error {
	for _, n := range named {
		i, err := load(context.Background(), t.run, &t.s.folds, n)
		if err != nil {
			return t.spoil(err)
		}
		if err := t.putEffects(incident.Unnamed(i, id)); err != nil {
			return err
		}
		if err := t.announceAnew(n); err != nil {
			return err
		}
	}
	return nil
}

// announceAnew has the announcements of an incident written anew where they stand.
func (t *tx) announceAnew(n incident.Number) error {
	realms, err := all(context.Background(), t.run, `SELECT DISTINCT realm FROM receipt WHERE number = $1 AND kind = 'announce'`, []any{int64(n)}, one[string])
	if err != nil {
		return t.spoil(err)
	}
	var effects []incident.Effect
	for _, realm := range realms {
		effects = append(effects, incident.Effect{Number: n, Kind: incident.Announce, Realm: realm})
	}
	return t.putEffects(effects)
}
