package limit

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver that Matoi uses
)

// schema and the statements are what any bot that counts repeated alerts needs, and no more.
const schema = `
CREATE TABLE alert(id INTEGER PRIMARY KEY, service TEXT NOT NULL, dedup TEXT NOT NULL, summary TEXT NOT NULL,
 details TEXT NOT NULL, status TEXT NOT NULL, count INTEGER NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL);
CREATE UNIQUE INDEX alert_open ON alert(service, dedup) WHERE status <> 'closed';
CREATE INDEX alert_created ON alert(created);
CREATE TABLE event(id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX event_alert ON event(alert);`

const (
	upsert = `INSERT INTO alert(service, dedup, summary, details, status, count, created, seen) VALUES($1, $2, $3, $4, 'open', 1, $5, $6)
		ON CONFLICT(service, dedup) WHERE status <> 'closed' DO UPDATE SET count = alert.count + 1, seen = excluded.seen RETURNING id, count`
	event = `INSERT INTO event(alert, at, kind, data) VALUES($1, $2, $3, $4)`
)

// sqliteKeeper has one connection and prepared statements.
type sqliteKeeper struct {
	db            *sql.DB
	conn          *sql.Conn
	upsert, event *sql.Stmt
}

func openSQLite(ctx context.Context, folder string) (keeper, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "alerts.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	k := &sqliteKeeper{db: db}
	if k.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if _, err = k.conn.ExecContext(ctx, schema); err == nil {
		if k.upsert, err = k.conn.PrepareContext(ctx, upsert); err == nil {
			k.event, err = k.conn.PrepareContext(ctx, event)
		}
	}
	if err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

func (k *sqliteKeeper) keep(notes []*note) error {
	if err := k.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, n := range notes {
		if err := k.put(n); err != nil {
			return errors.Join(err, k.exec("ROLLBACK"))
		}
	}
	return k.exec("COMMIT")
}

func (k *sqliteKeeper) put(n *note) error {
	var id, count int64
	now := time.Now().UnixNano()
	err := k.upsert.QueryRow("svc", n.Dedup, n.Summary, n.Details, now, now).Scan(&id, &count)
	if err == nil && count == 1 { // a repeated alert only counts
		_, err = k.event.Exec(id, now, "created", n.Source)
	}
	return err
}

func (k *sqliteKeeper) exec(text string) error {
	_, err := k.conn.ExecContext(context.Background(), text)
	return err
}

func (k *sqliteKeeper) close() error { return errors.Join(k.conn.Close(), k.db.Close()) }
