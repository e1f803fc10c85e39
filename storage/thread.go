package storage

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// Of a thread's replies the last few are looked at, and of those who wrote them a few are named.
const (
	lastReplies  = 30
	mostRepliers = 4
)

// findRepliers fills in who replied last in the threads that the messages began, and when.
func (s *Storage) findRepliers(ctx context.Context, list []console.Message) error {
	type reply struct {
		by incident.PersonID
		at time.Time
	}
	for k := range list {
		m := &list[k]
		if m.Replies == 0 || m.Thread != 0 {
			continue
		}
		found, err := all(ctx, s.reader, `SELECT author, at FROM message WHERE channel = $1 AND thread = $2 AND only_for = '' AND deleted = 0
			ORDER BY id DESC LIMIT $3`, []any{m.Channel, m.ID, lastReplies}, func(r *sql.Rows) (x reply, err error) {
			var at int64
			err = r.Scan(&x.by, &at)
			x.at = instant(at)
			return x, err
		})
		if err != nil {
			return s.wrap(err, "who replied to message %d", m.ID)
		}
		for i, x := range found {
			if i == 0 {
				m.Replied = x.at
			}
			if len(m.Repliers) < mostRepliers && !slices.Contains(m.Repliers, x.by) {
				m.Repliers = append(m.Repliers, x.by)
			}
		}
	}
	return nil
}
