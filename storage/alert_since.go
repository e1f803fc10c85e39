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

// UndecodedSince lists the requests since then of which nothing could be made, whole, the oldest first.
func (s *Storage) UndecodedSince(ctx context.Context, since time.Time) ([]alert.Raw, error) {
	found, err := all(ctx, s.reader, `SELECT id, source, received, header, body FROM undecoded WHERE received >= $1 ORDER BY received, id`,
		[]any{micro(since)}, scanUndone)
	return found, s.wrap(err, "requests since %s of which nothing could be made", since.Format(time.RFC3339))
}

func scanUndone(r *sql.Rows) (raw alert.Raw, err error) {
	var received int64
	err = r.Scan(&raw.ID, &raw.Source, &received, &raw.Header, &raw.Body)
	raw.Received = instant(received)
	return raw, err
}
