package storage

import (
	"context"
	"database/sql"
	"errors"

	"matoi/incident"
)

// Workspace reads where a chat was at home last; incident.ErrNotFound for one that was nowhere yet.
func (s *Storage) Workspace(ctx context.Context, realm string) (incident.Workspace, error) {
	w, err := workspace(ctx, s.reader, realm)
	return w, s.wrap(err, "workspace of %s", realm)
}

func workspace(ctx context.Context, q querier, realm string) (incident.Workspace, error) {
	found, err := all(ctx, q, `SELECT realm, id, org, name, account, bot, site, since FROM workspace WHERE realm = $1`, []any{realm},
		func(r *sql.Rows) (w incident.Workspace, err error) {
			var since int64
			err = r.Scan(&w.Realm, &w.ID, &w.Org, &w.Name, &w.User, &w.Bot, &w.Site, &since)
			w.Since = instant(since)
			return w, err
		})
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return incident.Workspace{}, err
	}
	return found[0], nil
}

// SaveWorkspace remembers where a chat is at home. Of one that moved it is forgotten as whom it knew people: an id of the old
// place is nobody in the new one, or somebody else. They are met again there, by their e-mail address as the same people.
func (s *Storage) SaveWorkspace(ctx context.Context, w incident.Workspace) error {
	err := s.write(ctx, false, func(t *tx) error {
		was, err := workspace(context.Background(), t.run, w.Realm)
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return t.spoil(err)
		}
		since := w.Since
		if known := err == nil; known && was.Same(w) {
			since = was.Since
		} else if known {
			if _, err := t.exec(`DELETE FROM identity WHERE realm = $1`, w.Realm); err != nil {
				return err
			}
			t.after = append(t.after, t.s.people.forget)
		}
		_, err = t.exec(`INSERT INTO workspace (realm, id, org, name, account, bot, site, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (realm) DO UPDATE SET id = excluded.id, org = excluded.org, name = excluded.name, account = excluded.account,
				bot = excluded.bot, site = excluded.site, since = excluded.since`,
			w.Realm, w.ID, w.Org, w.Name, w.User, w.Bot, w.Site, micro(since))
		return err
	})
	return s.wrap(err, "remember the workspace of %s", w.Realm)
}
