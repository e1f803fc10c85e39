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
	defer t.troubles.begin()()
	if err := t.killAll("migration"); err != nil {
		return err
	}
	if err := t.place.older(t.ctx, chance); err != nil {
		return fmt.Errorf("make an older store: %w", err)
	}
	for range 2 + chance.IntN(5) {
		if err := t.child.stillborn(time.Millisecond + time.Duration(chance.Int64N(int64(49*time.Millisecond)))); err != nil {
			return err
		}
		t.note("migration")
	}
	return t.startAll("migration")
}

// past is an empty store of an older release, beside the one that is.
type past struct {
	db      *sql.DB
	dialect goose.Dialect
	folder  string // of its migrations
	columns string // asks for those of the table $1 that both have
	tables  string // asks for its tables, those first that others refer to
	of      string // what stands before the name of a table of the store that is
	version int64
}

// registered is the version that brought the register: none before it can hold who was erased.
const registered = 5

// older rewrites the store as an older release would have left it: the tables of that release, and in them what is in both.
// Counters that came later and the versions of folds are left out, as they were not there.
func (p place) older(ctx context.Context, chance *rand.Rand) error {
	entries := 0
	err := p.with(func(db *sql.DB) error { return db.QueryRowContext(ctx, `SELECT count(*) FROM register`).Scan(&entries) })
	if err != nil {
		return err
	}
	if p.postgres != "" {
		return p.olderSchema(ctx, chance, entries > 0)
	}
	return p.olderFile(ctx, chance, entries > 0)
}

// made brings the empty store to a release that chance chooses.
func (o *past) made(ctx context.Context, chance *rand.Rand, later bool) error {
	source, err := sourceOf(ctx)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(o.dialect, o.db, os.DirFS(filepath.Join(source, "storage/migrations", o.folder)))
	if err != nil {
		return err
	}
	all := p.ListSources()
	if later {
		all = all[registered-1:]
	}
	o.version = all[chance.IntN(len(all)-1)].Version
	_, err = p.UpTo(ctx, o.version)
	return err
}

// fill carries over all tables.
func (o *past) fill(ctx context.Context) error {
	tables, err := texts(ctx, o.db, o.tables)
	if err != nil {
		return err
	}
	for k := len(tables) - 1; k >= 0; k-- { // what the migrations themselves put in
		if _, err := o.db.ExecContext(ctx, `DELETE FROM `+tables[k]); err != nil {
			return err
		}
	}
	for _, table := range tables {
		if err := o.carry(ctx, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	_, err = o.db.ExecContext(ctx, `UPDATE incident SET fold_version = 1`)
	return err
}

// carry copies a table into its older form.
func (o *past) carry(ctx context.Context, table string) error {
	columns, err := texts(ctx, o.db, o.columns, table)
	if err != nil || len(columns) == 0 { // a program older than this source has not got the table
		return err
	}
	where := ""
	if table == "counter" && o.version < 2 { // later counters begin with their migration
		where = " WHERE day >= -4"
	}
	list := strings.Join(columns, ", ")
	_, err = o.db.ExecContext(ctx, `INSERT INTO `+table+` (`+list+`) SELECT `+list+` FROM `+o.of+table+where) //nolint:gosec // names of our own tables
	return err
}

// olderFile makes a file beside the database and puts it into its place.
func (p place) olderFile(ctx context.Context, chance *rand.Rand, later bool) (err error) {
	made := filepath.Join(p.folder, "older.db")
	db, err := sqlite(made, "_pragma=journal_mode(DELETE)&_pragma=synchronous(OFF)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	o := past{
		db: db, dialect: goose.DialectSQLite3, folder: "sqlite", of: "now.",
		columns: `SELECT o.name FROM pragma_table_info($1, 'main') o JOIN pragma_table_info($1, 'now') n ON n.name = o.name`,
		tables:  `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'`,
	}
	if err := o.made(ctx, chance, later); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `ATTACH $1 AS now`, p.file()); err != nil {
		return err
	}
	if err := o.fill(ctx); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM main.sqlite_sequence WHERE name = 'outbox'`,
		`INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM now.sqlite_sequence WHERE name = 'outbox'`, // ids are never given twice
		`DETACH now`,
	} {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(p.file() + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(made, p.file())
}

// olderSchema makes a schema beside the one that is and puts it into its place.
func (p place) olderSchema(ctx context.Context, chance *rand.Rand, later bool) error {
	return p.with(func(db *sql.DB) error {
		db.SetMaxOpenConns(1) // the path is the session's
		o := past{
			db: db, dialect: goose.DialectPostgres, folder: "postgres", of: "public.",
			columns: `SELECT o.column_name FROM information_schema.columns o JOIN information_schema.columns n
				ON n.table_schema = 'public' AND n.table_name = $1 AND n.column_name = o.column_name WHERE o.table_schema = 'older' AND o.table_name = $1`,
			tables: `SELECT relname FROM pg_class WHERE relnamespace = 'older'::regnamespace AND relkind = 'r' AND relname <> 'goose_db_version' ORDER BY oid`,
		}
		for _, step := range []func() error{
			func() error { return statements(ctx, db, `CREATE SCHEMA older`, `SET search_path = older`) },
			func() error { return o.made(ctx, chance, later) },
			func() error { return o.fill(ctx) },
			func() error {
				return statements(ctx, db,
					`SELECT setval('older.outbox_id_seq', last_value, is_called) FROM public.outbox_id_seq`, // ids are never given twice
					`DROP SCHEMA public CASCADE`, `ALTER SCHEMA older RENAME TO public`)
			},
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

func statements(ctx context.Context, db *sql.DB, list ...string) error {
	for _, query := range list {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
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
