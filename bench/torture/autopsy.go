package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// underWay counts the deliveries that are claimed, and those of them whose message the chat has already.
const underWay = `SELECT count(*), count(m.id) FROM outbox o
	LEFT JOIN message m ON m.key <> '' AND m.key = printf('matoi-INC-%08d-%03d-%d', o.number / 1000000, o.number % 1000000, o.id)
	WHERE o.state = 'waiting' AND o.claimed_until > 1`

func count(ctx context.Context, db *sql.DB) (flying, between int, err error) {
	return flying, between, db.QueryRowContext(ctx, underWay).Scan(&flying, &between)
}

// watch returns as soon as a message is said whose receipt is not kept yet, or after a moment.
func (t *torture) watch() (err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.child.data(), "matoi.db")+"?mode=ro&_pragma=busy_timeout(1000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
		if _, between, err := count(t.ctx, db); between > 0 || err != nil {
			return err
		}
	}
	return nil
}

// autopsy counts, in a copy of what a kill left behind, the deliveries that were under way, and those of them that the chat
// has already: killed between its call and the receipt.
func (t *torture) autopsy() (err error) {
	copied := t.file("autopsy.db")
	defer func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(copied + end)
		}
	}()
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(t.child.data(), "matoi.db"+end))
		if err != nil {
			return err
		}
		if err := os.WriteFile(copied+end, b, 0o600); err != nil {
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+copied)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	flying, between, err := count(t.ctx, db)
	t.flying, t.between = t.flying+flying, t.between+between
	return err
}
