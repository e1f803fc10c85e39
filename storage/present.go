package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// files is what a SQLite database is made of, as it was opened for writing. Before each commit it is asked whether that
// is still so: writes to a file that was deleted succeed, and are lost when the process ends.
type files struct {
	name    string
	made    fs.FileInfo
	log     atomic.Pointer[identity] // of writes; nil until it is seen
	witness *os.File                 // the database once more, see kept
	copied  time.Time                // when the log was last copied into the database, as far as kept knows
	failed  atomic.Pointer[error]    // see kept
	gone    chan error               // gets what failed
}

// watchFiles begins to look after the files. The witness must not be closed before SQLite has closed its own: that would
// end SQLite's locks.
func watchFiles(name string, made fs.FileInfo) (*files, error) {
	witness, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &files{name: name, made: made, witness: witness, copied: made.ModTime(), gone: make(chan error, 1)}, nil
}

// present finds out whether the files are still those in the folder. The log has none of its own kind put back: what is in
// the deleted one must be saved first, see rescue.
func (f *files) present() (now fs.FileInfo, err error) {
	now, err = os.Stat(f.name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, f.made) {
		return nil, fmt.Errorf("%s: %w", f.name, ErrGone)
	}
	log, err := identify(f.name + "-wal")
	known := f.log.Load()
	switch {
	case known == nil && err == nil:
		f.log.Store(&log)
	case known != nil && (errors.Is(err, fs.ErrNotExist) || err == nil && !log.same(*known)):
		return nil, fmt.Errorf("%s-wal: %w", f.name, ErrGone)
	}
	return now, nil // what else may be wrong shows when it is used
}

// kept finds out whether what was copied from the log into the database has reached the disk, before the log is written
// over. SQLite copies after a commit, tells nobody when that fails, and tries again; but an operating system that could not
// write a page says so once, and then takes it for written. It says so to each file that was open: to SQLite's, and to the
// witness. From then on nothing is written by this process: the log still has all, and the next start copies it anew.
// Only the writer calls it.
func (f *files) kept(now fs.FileInfo) error {
	if failed := f.failed.Load(); failed != nil {
		return *failed
	}
	if now == nil || now.ModTime().Equal(f.copied) {
		return nil
	}
	if err := f.witness.Sync(); err != nil {
		err = fmt.Errorf("%w (%w)", ErrDisk, err)
		f.failed.Store(&err)
		f.gone <- err
		return err
	}
	f.copied = now.ModTime()
	return nil
}

// spoilt reports whether SQLite must not even close the files: it would copy what it takes for the rest and delete the log.
func (f *files) spoilt() bool { return f != nil && f.failed.Load() != nil }

// rescue copies what is in a deleted log into the database, as long as it is open.
func (c *sqliteSession) rescue() {
	c.rollback()
	_, _ = c.run.ExecContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`)
}

// Failed tells of an error after which this process can write nothing more, but a new one may.
func (s *Storage) Failed() <-chan error {
	if s.files == nil {
		return nil
	}
	return s.files.gone
}

// lasting makes the names of a new folder last: a folder that the disk does not know takes all that is in it along. Where
// folders can't be flushed nothing can be done.
func lasting(folder string) {
	for _, name := range []string{folder, filepath.Dir(folder)} {
		if f, err := os.Open(name); err == nil {
			_ = f.Sync()
			_ = f.Close()
		}
	}
}
