package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"matoi/bench/cluster"
)

// place is where the program keeps its record: a folder, or a database of PostgreSQL.
type place struct {
	folder   string           // of the embedded database
	postgres string           // the address of the database; empty where it is the embedded one
	cluster  *cluster.Cluster // which we may restart; nil where the server is somebody else's
}

// settle finds the place of a run. For a PostgreSQL of our own it starts a server, which end stops.
func settle(ctx context.Context, o options) (p place, end func() error, err error) {
	p.folder = filepath.Join(o.folder, "data")
	end = func() error { return nil }
	if o.postgres != own {
		p.postgres = o.postgres
		return p, end, nil
	}
	folder, err := os.MkdirTemp("", "torture-postgres-") // a named folder may stand where the server's user can't pass through
	if err != nil {
		return p, end, err
	}
	if p.cluster, err = cluster.Start(ctx, folder); err != nil {
		return p, end, errors.Join(err, os.RemoveAll(folder))
	}
	end = func() error { return errors.Join(p.cluster.Stop(), os.RemoveAll(folder)) }
	p.postgres, err = p.cluster.Database(ctx, "matoi")
	return p, end, err
}

// own asks for a PostgreSQL that the torture starts itself.
const own = "own"

// where is the place as the program's commands and the storage package name it.
func (p place) where() string {
	if p.postgres != "" {
		return p.postgres
	}
	return p.folder
}

func (p place) file() string { return filepath.Join(p.folder, "matoi.db") }

// raw opens the tables themselves. What is written through it is what a judge may write: nothing of the record.
func (p place) raw() (*sql.DB, error) {
	if p.postgres != "" {
		return sql.Open("pgx", p.postgres)
	}
	return sqlite(p.file(), "mode=rw&_pragma=query_only(1)") // mode=ro can't open what a kill left behind
}

// writable opens the tables of a place that nobody uses.
func (p place) writable() (*sql.DB, error) {
	if p.postgres != "" {
		return p.raw()
	}
	return sqlite(p.file(), "mode=rw")
}

func sqlite(file, option string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?"+option+"&_pragma=busy_timeout(5000)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// with opens the tables for the time of a deed.
func (p place) with(do func(db *sql.DB) error) error {
	db, err := p.raw()
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// lease is how long a delivery that was claimed is its claimer's.
const lease = time.Minute

// handOver lets the minute go by after which what the dead had in hand is taken over, without waiting for it. The embedded
// database needs none: whoever starts on it knows that nobody else holds anything. What was claimed since a time is left
// alone, for the living may be at it.
func (p place) handOver(ctx context.Context, since time.Time) error {
	if p.postgres == "" {
		return nil
	}
	return p.with(func(db *sql.DB) error {
		freed, err := db.ExecContext(ctx, `UPDATE outbox SET claimed_until = 1 WHERE id IN
			(SELECT id FROM outbox WHERE claimed_until > 1 AND claimed_until < $1 ORDER BY id FOR UPDATE SKIP LOCKED)`, // the living never wait for us
			since.Add(lease).UnixMicro())
		if err != nil {
			return err
		}
		if n, _ := freed.RowsAffected(); n > 0 { // they wait for the true end of the lease
			_, err = db.ExecContext(ctx, `SELECT pg_notify('matoi', 'torture outbox')`)
		}
		return err
	})
}

// held counts the reminders that wait for the end of the minute in which their person was reminded already. As long as nobody does
// anything there are always some, and nothing is to be judged of them.
func (p place) held(ctx context.Context) (n int64, err error) {
	err = p.with(func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE state = 'waiting' AND kind = 'remind' AND next_at > $1`, time.Now().UnixMicro()).Scan(&n)
	})
	return n, err
}

// cut ends sessions of the server: all of them, or one that chance chose.
func (p place) cut(ctx context.Context, all bool) (n int, err error) {
	limit := 1
	if all {
		limit = 1000
	}
	err = p.with(func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT $1) AS chosen`, limit).Scan(&n)
	})
	return n, err
}

// setting is what the configuration says of the place.
func (p place) setting() string {
	if p.postgres == "" {
		return ""
	}
	return fmt.Sprintf("database: {postgres: %q}\n", p.postgres)
}
