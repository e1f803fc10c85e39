package storage

import (
	"context"
	"database/sql"
	"time"

	"matoi/incident"
)

// Told lists where people were told of an incident in private, by a chat: the places of their private messages.
func (s *Storage) Told(ctx context.Context, n incident.Number, realm string) ([]incident.Place, error) {
	places, err := all(ctx, s.reader, `SELECT DISTINCT place, room FROM receipt WHERE number = $1 AND realm = $2 AND kind IN ('tell', 'remind', 'brief')`, []any{int64(n), realm},
		func(r *sql.Rows) (p incident.Place, err error) { return p, r.Scan(&p.Realm, &p.Room) })
	return places, s.wrap(err, "find who was told of %s", n)
}

// Late lists the rooms whose words wait since before a time, and since when, for each chat. It counts what is said in a room
// alone, in the order of its lane: somebody who can't be reached holds nobody up.
func (s *Storage) Late(ctx context.Context, before time.Time) (map[incident.Number]map[string]time.Time, error) {
	late := map[incident.Number]map[string]time.Time{}
	_, err := all(ctx, s.reader, `SELECT number, realm, min(made) FROM outbox
		WHERE state = 'waiting' AND made <= $1 AND kind IN ('open-room', 'show-card', 'post', 'wake') GROUP BY number, realm`, []any{micro(before)},
		func(r *sql.Rows) (n incident.Number, err error) {
			var realm string
			var made int64
			if err = r.Scan((*int64)(&n), &realm, &made); err == nil {
				if late[n] == nil {
					late[n] = map[string]time.Time{}
				}
				late[n][realm] = instant(made)
			}
			return n, err
		})
	return late, s.wrap(err, "find rooms that are behind")
}
