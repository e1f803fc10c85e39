package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a consistent copy of a SQLite database to a new file while the server runs. A file that exists is
// never overwritten.
func (s *Storage) Backup(ctx context.Context, file string) error {
	if s.d.manyWriters {
		return errors.New("backup is for the embedded database: use pg_dump for PostgreSQL, it is consistent while Matoi runs")
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("backup: %s exists already; nothing was written", file), err)
	}
	db, err := sql.Open("sqlite", dsn(s.file, "uri:mode=ro")) // not the readers': query_only forbids making any file
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		_ = os.Remove(file) // half a copy, if it was made at all
		return s.wrap(err, "backup")
	}
	return syncFile(file)
}

// syncFile puts a file on the disk: a backup is no backup before.
func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}
