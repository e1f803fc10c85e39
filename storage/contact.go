package storage

import (
	"context"
	"database/sql"
	"errors"

	"matoi/bot"
	"matoi/incident"
)

var _ bot.PageStore = (*Storage)(nil)

// Ways are how a person said that they want to be reached, in their order; none where they never did.
func (s *Storage) Ways(ctx context.Context, person incident.PersonID) ([]bot.Way, error) {
	found, err := all(ctx, s.reader, `SELECT realm, address FROM contact WHERE person = $1 ORDER BY pos`, []any{string(person)},
		func(r *sql.Rows) (w bot.Way, err error) { return w, r.Scan(&w.Realm, &w.Address) })
	return found, s.wrap(err, "ways of %s", person)
}

// SetWays keeps a person's own ways; none forgets them. Under a cause that was seen before it changes nothing.
func (s *Storage) SetWays(ctx context.Context, person incident.PersonID, ways []bot.Way, cause string) error {
	err := s.write(ctx, false, func(t *tx) error {
		if cause != "" {
			fresh, err := t.exec(`INSERT INTO cause (id, pos, number, first_seq, last_seq, at) VALUES ($1, 0, 0, 0, 0, $2) ON CONFLICT (id, pos) DO NOTHING`,
				cause, micro(t.s.now()))
			if err != nil || fresh == 0 {
				return err
			}
		}
		erased := false
		if err := t.get(`SELECT erased FROM person WHERE id = $1`+t.s.d.forUpdate, []any{string(person)}, &erased); err != nil {
			return err
		}
		if erased {
			return incident.ErrNotFound
		}
		if _, err := t.exec(`DELETE FROM contact WHERE person = $1`, string(person)); err != nil {
			return err
		}
		var a args
		for pos, w := range ways {
			a = append(a, string(person), int64(pos), w.Realm, w.Address)
		}
		return t.putRows(`INSERT INTO contact (person, pos, realm, address) VALUES `, 4, a, "")
	})
	return s.wrap(err, "set the ways of %s", person)
}

const pageColumns = `key, realm, address, person, number, state, ref, why, at`

func scanPage(r *sql.Rows) (p bot.PageState, err error) {
	var number, at int64
	err = r.Scan(&p.Key, &p.Realm, &p.Address, &p.Person, &number, &p.State, &p.Ref, &p.Why, &at)
	p.Number, p.At = incident.Number(number), instant(at)
	return p, err
}

func pageState(ctx context.Context, q querier, key, lock string) (bot.PageState, error) {
	found, err := all(ctx, q, `SELECT `+pageColumns+` FROM page WHERE key = $1`+lock, []any{key}, scanPage)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return bot.PageState{}, err
	}
	return found[0], nil
}

// PageState is what is known of a page, incident.ErrNotFound for one that nobody sent. Of a call that another page tells it is what is
// known of that one.
func (s *Storage) PageState(ctx context.Context, key string) (bot.PageState, error) {
	p, err := pageState(ctx, s.reader, key, "")
	if errors.Is(err, incident.ErrNotFound) {
		found, lost := all(ctx, s.reader, `SELECT `+pageColumns+` FROM page WHERE key = (SELECT lead FROM page_part WHERE part = $1)`, []any{key}, scanPage)
		if lost != nil {
			err = lost
		} else if len(found) > 0 {
			return found[0], nil
		}
	}
	return p, s.wrap(err, "page %s", key)
}

// PagesOf are the last pages to a person, newest first.
func (s *Storage) PagesOf(ctx context.Context, person incident.PersonID, limit int) ([]bot.PageState, error) {
	found, err := all(ctx, s.reader, `SELECT `+pageColumns+` FROM page WHERE person = $1 ORDER BY made DESC, key LIMIT $2`,
		[]any{string(person), int64(limit)}, scanPage)
	return found, s.wrap(err, "pages of %s", person)
}

// SavePage merges what is learnt of a page into what was known, and gives what is known now. Of a page that nobody
// sent, or not in this realm, it is incident.ErrNotFound, unless the state names the person.
func (s *Storage) SavePage(ctx context.Context, p bot.PageState) (now bot.PageState, err error) {
	err = s.write(ctx, true, func(t *tx) error {
		known, err := pageState(context.Background(), t.run, p.Key, t.s.d.forUpdate)
		if p.Person == "" && (errors.Is(err, incident.ErrNotFound) || p.Realm != "" && known.Realm != p.Realm) { // no gateway speaks for another
			return incident.ErrNotFound
		}
		if err != nil && !errors.Is(err, incident.ErrNotFound) {
			return t.spoil(err)
		}
		now = p.After(known)
		if err == nil && now == known {
			return nil
		}
		_, err = t.exec(`INSERT INTO page (key, realm, address, person, number, state, ref, why, made, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
			ON CONFLICT (key) DO UPDATE SET state = excluded.state, ref = excluded.ref, why = excluded.why, at = excluded.at`,
			now.Key, now.Realm, now.Address, string(now.Person), int64(now.Number), now.State, now.Ref, now.Why, micro(now.At))
		return err
	})
	return now, s.wrap(err, "note a page")
}
