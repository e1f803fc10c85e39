package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// provider runs the migrations of the dialect; on PostgreSQL one process at a time.
func (d dialect) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, d.migrations)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler)), goose.WithDisableGlobalRegistry(true)}
	if d.manyWriters {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(d.goose, db, dir, options...)
}

// migrate brings the tables up to date. A database of a newer Matoi is left alone.
func (d dialect) migrate(ctx context.Context, db *sql.DB) error {
	p, err := d.provider(db)
	if err != nil {
		return err
	}
	if have, want := d.versions(ctx, db, p); have > want {
		return fmt.Errorf("%w (version %d, this Matoi knows %d)", ErrNewer, have, want)
	} else if have == want {
		return nil
	}
	_, err = p.Up(ctx)
	if err != nil && !errors.Is(err, goose.ErrAlreadyApplied) {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}

// current checks, without writing, that the tables are those of this Matoi.
func (d dialect) current(ctx context.Context, db *sql.DB) error {
	p, err := d.provider(db)
	if err != nil {
		return err
	}
	have, want := d.versions(ctx, db, p)
	switch {
	case have < 0:
		return ErrNone
	case have > want:
		return fmt.Errorf("%w (version %d, this Matoi knows %d)", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("%w (version %d, this Matoi needs %d)", ErrOlder, have, want)
	}
	return nil
}

// versions reads what the database has, -1 for an empty one, and what we know. It asks by itself, since goose would make
// its table in a database that may not be ours to write.
func (d dialect) versions(ctx context.Context, db *sql.DB, p *goose.Provider) (have, want int64) {
	for _, source := range p.ListSources() {
		want = max(want, source.Version)
	}
	const query = `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`
	if err := row(ctx, db, query, nil, &have); err != nil {
		have = -1 // no such table: a new database. Anything worse shows in the next statement.
	}
	return have, want
}
