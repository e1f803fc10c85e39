package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// OpenAsIs is OpenReadOnly that takes tables of an older Matoi, too, as they are: for Backup, which copies them unread.
func OpenAsIs(ctx context.Context, place string) (*Storage, error) {
	return openToRead(ctx, place, true)
}

// OpenToVerify is OpenReadOnly that of an embedded database by an older Matoi opens a copy, brought up to date in a folder for
// what is temporary, and reports that it did. Nothing is written to the place itself, and what rows say stays what it was:
// none is folded anew. Close takes the copy away.
func OpenToVerify(ctx context.Context, place string) (s *Storage, copied bool, err error) {
	s, err = OpenReadOnly(ctx, place)
	if !errors.Is(err, ErrOlder) || IsPostgres(place) {
		return s, false, err
	}
	folder, err := os.MkdirTemp("", "matoi-verify-")
	if err != nil {
		return nil, false, fmt.Errorf("make room for a copy: %w", err)
	}
	if err = bringUp(ctx, place, filepath.Join(folder, sqliteFile)); err == nil {
		s, err = OpenReadOnly(ctx, folder)
	}
	if err = sqliteDialect.mapped(err); errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) {
		err = fault(ErrFull, "copy_full", "Folder", os.TempDir())
	}
	if err != nil {
		return nil, false, errors.Join(err, os.RemoveAll(folder))
	}
	s.scratch = folder
	return s, true, nil
}

// bringUp copies a database to a file and gives the copy the tables of this Matoi.
func bringUp(ctx context.Context, place, to string) error {
	old, err := OpenAsIs(ctx, place)
	if err != nil {
		return err
	}
	err = errors.Join(old.copyInto(ctx, to), old.Close())
	if isReadOnly(err) && closed(old.file) == nil { // where SQLite may make no files to read a log of writes, and there is none
		_ = os.Remove(to)
		err = copyFile(old.file, to)
	}
	if err != nil {
		return fmt.Errorf("copy the older database: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(filepath.ToSlash(to), "synchronous(OFF)")) // it lives no longer than this process
	if err != nil {
		return fmt.Errorf("bring the copy up to date: %w", err)
	}
	db.SetMaxOpenConns(1)
	return errors.Join(sqliteDialect.migrate(ctx, db), db.Close())
}
