package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver
)

// migrations puts the whole store back into the tables of an older release, with everything that was answered in it, and kills
// the starts that bring it up to date.
func (t *torture) migrations(chance *rand.Rand) error {
	t.dying.Store(true)
	defer t.dying.Store(false)
	err := t.child.kill()
	t.note("migration")
	if err != nil {
		return err
	}
	if err := older(t.ctx, t.child.data(), chance); err != nil {
		return fmt.Errorf("make an older store: %w", err)
	}
	for range 2 + chance.IntN(5) {
		if err := t.child.stillborn(time.Millisecond + time.Duration(chance.Int64N(int64(49*time.Millisecond)))); err != nil {
			return err
		}
		t.note("migration")
	}
	return t.child.start(t.ctx, "migration")
}

// older rewrites the store of a folder as an older release would have left it: the tables of that release, and in them what
// is in both. Counters that came later and the versions of folds are left out, as they were not there.
func older(ctx context.Context, folder string, chance *rand.Rand) (err error) {
	source, err := sourceOf(ctx)
	if err != nil {
		return err
	}
	file, made := filepath.Join(folder, "matoi.db"), filepath.Join(folder, "older.db")
	db, err := sql.Open("sqlite", "file:"+made+"?_pragma=journal_mode(DELETE)&_pragma=synchronous(OFF)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(filepath.Join(source, "storage/migrations/sqlite")))
	if err != nil {
		return err
	}
	all := p.ListSources()
	version := all[chance.IntN(len(all)-1)].Version
	if _, err := p.UpTo(ctx, version); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `ATTACH $1 AS now`, file); err != nil {
		return err
	}
	tables, err := texts(ctx, db, `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := carry(ctx, db, table, version); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	for _, query := range []string{
		`DELETE FROM main.sqlite_sequence WHERE name = 'outbox'`,
		`INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM now.sqlite_sequence WHERE name = 'outbox'`, // ids are never given twice
		`UPDATE incident SET fold_version = 1`,
		`DETACH now`,
	} {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(made, file)
}

// carry copies a table into its older form.
func carry(ctx context.Context, db *sql.DB, table string, version int64) error {
	columns, err := texts(ctx, db, `SELECT o.name FROM pragma_table_info($1, 'main') o JOIN pragma_table_info($1, 'now') n ON n.name = o.name`, table)
	if err != nil || len(columns) == 0 { // a program older than this source has not got the table
		return err
	}
	where := ""
	if table == "counter" && version < 2 { // later counters begin with their migration
		where = " WHERE day >= -4"
	}
	list := strings.Join(columns, ", ")
	_, err = db.ExecContext(ctx, `DELETE FROM main.`+table) // what the migrations themselves put in
	if err == nil {
		_, err = db.ExecContext(ctx, `INSERT INTO main.`+table+` (`+list+`) SELECT `+list+` FROM now.`+table+where)
	}
	return err
}

func texts(ctx context.Context, db *sql.DB, query string, args ...any) (out []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
