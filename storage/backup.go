package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrFileThere is that of a name under which there is a file already. Nothing was written.
var ErrFileThere = errors.New("it exists already; nothing was written")

// Backup writes a consistent copy of a SQLite database to a new file while the server runs. A file that exists is
// never overwritten, and the name is given only to a copy that is whole and on the disk.
func (s *Storage) Backup(ctx context.Context, file string) error {
	if s.d.manyWriters {
		return fault(ErrNoBackup, "backup_postgres")
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	exists := fmt.Errorf("backup: %s: %w", file, ErrFileThere)
	if _, err := os.Lstat(file); err == nil {
		return exists
	}
	if _, err := os.Stat(filepath.Dir(file)); errors.Is(err, fs.ErrNotExist) { // the error of the next line would name a file of ours
		return fault(ErrNoBackup, "backup_folder", "Folder", filepath.Dir(file))
	}
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-*") // for nobody else's eyes, as CreateTemp makes it
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { // half a copy, if it was made at all, and what SQLite wrote down to make it
		_, _ = os.Remove(part.Name()), os.Remove(part.Name()+"-journal")
	}()
	if err := part.Close(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := s.copyInto(ctx, part.Name()); err != nil {
		return s.wrap(err, "backup")
	}
	if err := syncFile(part.Name()); err != nil {
		return err
	}
	err = os.Link(part.Name(), file) // unlike renaming it never replaces a file
	if errors.Is(err, fs.ErrExist) {
		return exists
	}
	if err != nil { // a disk without links
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncFolder(filepath.Dir(file))
}

// copyInto writes a copy, as of one moment, to a file that is empty or not there.
func (s *Storage) copyInto(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(s.file, "uri:mode=ro")) // not the readers': query_only forbids making any file
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, file)
	return errors.Join(err, db.Close())
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

// syncFolder puts the names in a folder on the disk, where the system can.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}
