package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// count gives the deliveries that are claimed, and how many of them the chat has the message of already.
func count(ctx context.Context, db *sql.DB) (flying, between int, err error) {
	rows, err := db.QueryContext(ctx, `SELECT number, id, made FROM outbox WHERE state = 'waiting' AND claimed_until > 1`)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var keys []string
	for rows.Next() {
		var d incident.Delivery
		var made int64
		if err := rows.Scan((*int64)(&d.Effect.Number), &d.ID, &made); err != nil {
			return 0, 0, err
		}
		d.Waiting = time.UnixMicro(made)
		keys = append(keys, "'"+bot.Key(d)+"'")
	}
	if err := rows.Err(); err != nil || len(keys) == 0 {
		return 0, 0, err
	}
	query := `SELECT count(*) FROM message WHERE key IN (` + strings.Join(keys, ", ") + `)` //nolint:gosec // numbers of ours
	return len(keys), between, db.QueryRowContext(ctx, query).Scan(&between)
}

// watch returns as soon as a message is said whose receipt is not kept yet, or after a moment.
func (t *torture) watch() error {
	return t.place.with(func(db *sql.DB) error {
		for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
			if _, between, err := count(t.ctx, db); between > 0 || err != nil {
				return err
			}
		}
		return nil
	})
}

// autopsy counts, in what a kill left behind, the deliveries that were under way, and those of them that the chat has already:
// killed between its call and the receipt. The embedded database is looked at in a copy, for whoever opens it recovers it.
func (t *torture) autopsy() (err error) {
	look := func(db *sql.DB) error {
		flying, between, err := count(t.ctx, db)
		t.flying, t.between = t.flying+flying, t.between+between
		return err
	}
	if t.place.postgres != "" {
		return t.place.with(look)
	}
	copied := t.file("autopsy.db")
	defer func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(copied + end)
		}
	}()
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(t.place.file() + end)
		if err != nil {
			return err
		}
		if err := os.WriteFile(copied+end, b, 0o600); err != nil {
			return err
		}
	}
	db, err := sqlite(copied, "mode=rw")
	if err != nil {
		return err
	}
	return errors.Join(look(db), db.Close())
}
