package storage

import (
	"context"
	"database/sql"
	"time"

	"matoi/bot/alert"
)

// AlertsSince lists all occurrences of alerts that were first seen since then, the oldest first.
func (s *Storage) AlertsSince(ctx context.Context, since time.Time) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE first_seen >= $1 ORDER BY first_seen, source, key`,
		[]any{micro(since)}, scanAlert)
	return found, s.wrap(err, "alerts since %s", since.Format(time.RFC3339))
}

// Unread is a request of which nothing could be made, or not all, with the stored form of the reason.
type Unread struct {
	alert.Raw
	Why string
}

// UndecodedSince lists the requests since then of which nothing could be made, or not all, whole, the oldest first.
func (s *Storage) UndecodedSince(ctx context.Context, since time.Time) ([]Unread, error) {
	found, err := all(ctx, s.reader, `SELECT id, source, received, header, body, why FROM undecoded WHERE received >= $1 ORDER BY received, id`,
		[]any{micro(since)}, scanUndone)
	return found, s.wrap(err, "requests since %s of which nothing could be made", since.Format(time.RFC3339))
}

func scanUndone(r *sql.Rows) (u Unread, err error) {
	var received int64
	err = r.Scan(&u.ID, &u.Source, &received, &u.Header, &u.Body, &u.Why)
	u.Received = instant(received)
	return u, err
}
