package storage

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Errors of Restore. Nothing has been changed when one of them comes back.
var (
	ErrNoBackup = errors.New("this is no backup of Matoi's")
	ErrDamaged  = errors.New("the backup is damaged")
	ErrThere    = errors.New("the folder holds a database already: say --force to move it aside, or choose another folder")
)

// Restored tells what came back, and where the database that stood there before is now.
type Restored struct {
	Verified
	Aside string // folder; empty where there was none
}

// Restore puts a backup into a data folder. The copy is checked page by page, brought up to date and verified beside what is
// there before one renaming puts it in its place, so that a process that dies in between leaves either the old database or
// the new one. Where force is set a database that is there is moved aside.
func Restore(ctx context.Context, file, folder string, force bool, now time.Time) (r Restored, err error) {
	if folder, err = filepath.Abs(folder); err != nil {
		return r, fmt.Errorf("data folder: %w", err)
	}
	if err := errors.Join(closed(file), wholeFile(file)); err != nil { // before a folder is made for it
		return r, ofBackup(err)
	}
	lock, unlock, err := lockFolder(folder)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, unlock(err == nil)) }()
	there := filepath.Join(folder, sqliteFile)
	if old, err := os.Stat(there); err == nil {
		if from, err := os.Stat(file); err == nil && os.SameFile(old, from) {
			return r, fault(ErrNoBackup, "backup_itself")
		}
		if !force {
			return r, fmt.Errorf("restore: %w", ErrThere)
		}
	}
	if err := sweepRestores(folder); err != nil {
		return r, err
	}
	beside, err := os.MkdirTemp(folder, restoring)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(beside)) }()
	fresh := filepath.Join(beside, sqliteFile)
	if err := copyFile(file, fresh); err != nil {
		return r, err
	}
	if r.Verified, err = examine(ctx, fresh, beside, now); err != nil {
		return r, ofBackup(err)
	}
	if r.Aside, err = moveAside(ctx, there, now); err != nil {
		return r, err
	}
	if _, err := lock.WriteAt([]byte(hadTables), 0); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(fresh, there); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	return r, syncFolder(folder)
}

// WholeBackup checks a backup page by page, as Restore does before it goes on to verify. It does nothing for a data folder,
// or a database in use, whose last pages are still in its log of writes.
func WholeBackup(ctx context.Context, file string) error {
	if st, err := os.Stat(file); err != nil || !st.Mode().IsRegular() || filepath.Base(file) == sqliteFile {
		return nil // opening it will say what is wrong
	}
	if st, err := os.Stat(file + "-wal"); err == nil && st.Size() > 0 {
		return nil
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if err := wholeFile(file); err != nil {
		return ofBackup(err)
	}
	return ofBackup(sound(ctx, file))
}

// ofBackup tells damage of a backup from damage of the database in use: other things are to be done about it.
func ofBackup(err error) error {
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// restoring begins the name of a folder in which a restore works; what a killed one left is swept by the next.
const restoring = ".restore-"

func sweepRestores(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, restoring+"*"))
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(name))
	}
	if err != nil {
		return fmt.Errorf("sweep what a former restore left: %w", err)
	}
	return nil
}

// lockFolder makes a folder, if it must, and locks it. unlock takes away again what was made, unless it is to be kept.
func lockFolder(folder string) (lock *os.File, unlock func(keep bool) error, err error) {
	var made []string // from the inside out
	for name := folder; ; name = filepath.Dir(name) {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, name)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the data folder: %w", err)
	}
	name := filepath.Join(folder, lockedFile)
	_, was := os.Lstat(name)
	if lock, err = lockFile(name); err != nil {
		return nil, nil, err
	}
	return lock, func(keep bool) error {
		if keep || was == nil {
			return lock.Close()
		}
		err := os.Remove(name) // while it is locked: whoever waits for it sees that it is another file
		err = errors.Join(lock.Close(), err)
		if err != nil { // where an open file cannot be removed
			err = os.Remove(name)
		}
		for _, name := range made {
			if err == nil {
				err = os.Remove(name)
			}
		}
		return err
	}, nil
}

// closed refuses a file with a log of writes beside it, which is no backup: what is in the log would be missing.
func closed(file string) error {
	if st, err := os.Stat(file + "-wal"); err == nil && st.Size() > 0 {
		return fault(ErrNoBackup, "backup_in_use", "File", file)
	}
	return nil
}

// copyFile copies a backup to where it is restored and puts it on the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy the backup: %w", err)
	}
	return nil
}

// examine makes sure that a copy is a whole database of Matoi's of this version or an older one, brings it up to date and
// verifies it.
func examine(ctx context.Context, file, folder string, now time.Time) (v Verified, err error) {
	if err := wholeFile(file); err != nil {
		return v, err
	}
	if err := sound(ctx, file); err != nil {
		return v, err
	}
	s, err := Open(ctx, Options{Path: folder})
	if err != nil {
		return v, err
	}
	defer func() { // closing writes all into the one file
		if e := s.Close(); err == nil {
			if err = e; err == nil {
				err = emptied(file)
			}
		}
	}()
	select {
	case <-s.Renewed():
	case <-ctx.Done():
		return v, ctx.Err()
	}
	v, broken, err := s.VerifyAll(ctx, Verifying{})
	if broken != nil {
		return v, broken
	}
	if err == nil {
		err = s.skipAhead(ctx, now)
	}
	return v, err
}

// skipAhead lets ids of deliveries begin above all that were ever given away: the database that is left behind gave away more than
// the backup knows, and chats remember messages by them (bot.Key). One in doubt would be taken for another.
func (s *Storage) skipAhead(ctx context.Context, now time.Time) error {
	err := s.write(ctx, true, func(t *tx) error {
		affected, err := t.exec(`UPDATE sqlite_sequence SET seq = max(seq, $1) WHERE name = 'outbox'`, micro(now))
		if err == nil && affected == 0 {
			_, err = t.exec(`INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', $1)`, micro(now))
		}
		return err
	})
	return s.wrap(err, "skip the ids that were given away")
}

// wholeFile compares the size of the file with what its first page says.
func wholeFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer f.Close()
	var page [100]byte
	if _, err := io.ReadFull(f, page[:]); err != nil || string(page[:16]) != "SQLite format 3\x00" {
		return fault(ErrNoBackup, "backup_no_database")
	}
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	size := int64(binary.BigEndian.Uint16(page[16:18]))
	if size == 1 {
		size = 65536
	}
	if want := size * int64(binary.BigEndian.Uint32(page[28:32])); st.Size() != want {
		return fmt.Errorf("%w: the file has %d bytes, it should have %d: it was cut off or added to", ErrCorrupt, st.Size(), want)
	}
	return nil
}

// Sound reads every page of an embedded database that is open for reading, also beside a running server: a page that is torn
// where no record lies shows to nobody else before it is needed. It is ErrCorrupt where one is.
func (s *Storage) Sound(ctx context.Context) error {
	if s.d.manyWriters {
		return nil
	}
	says, err := all(ctx, s.read, `PRAGMA integrity_check(1)`, nil, one[string])
	if err != nil {
		return s.wrap(err, "check the database")
	}
	if len(says) != 1 || says[0] != "ok" {
		return fmt.Errorf("%w (%s)", ErrCorrupt, strings.Join(says, "; "))
	}
	return nil
}

// sound reads every page of a backup, and asks whether the tables are Matoi's.
func sound(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(filepath.ToSlash(file), "uri:immutable=1", "uri:mode=ro"))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer db.Close()
	says, err := all(ctx, db, `PRAGMA integrity_check(1)`, nil, one[string])
	if err != nil {
		return fmt.Errorf("check the backup: %w", sqliteDialect.mapped(err))
	}
	if len(says) != 1 || says[0] != "ok" {
		return fmt.Errorf("%w (%s)", ErrCorrupt, strings.Join(says, "; "))
	}
	var tables int
	err = row(ctx, db, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('goose_db_version', 'incident', 'entry', 'counter')`, nil, &tables)
	if err == nil && tables != 4 {
		err = fault(ErrNoBackup, "backup_foreign")
	}
	return err
}

// emptied puts a closed database on the disk, and makes sure that all of it is in its one file.
func emptied(file string) error {
	if st, err := os.Stat(file + "-wal"); err == nil && st.Size() > 0 {
		return errors.New("restore: the log of writes was not emptied")
	}
	return syncFile(file)
}

// moveAside gives the old database a second name in a folder of its own, log of writes included, and takes the log away
// from the first name. Its file stays until the new one takes its place. Before, the log is written into the file, so that
// the file alone is the old state; one too damaged for that is whole only aside.
func moveAside(ctx context.Context, file string, now time.Time) (string, error) {
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if db, err := sql.Open("sqlite", dsn(filepath.ToSlash(file))); err == nil {
		_, _ = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
		_ = db.Close()
	}
	aside, err := os.MkdirTemp(filepath.Dir(file), "replaced-"+now.UTC().Format("20060102T150405Z")+"-")
	if err != nil {
		return "", fmt.Errorf("move the old database aside: %w", err)
	}
	for _, end := range []string{"", "-wal"} {
		to := filepath.Join(aside, filepath.Base(file)+end)
		err := os.Link(file+end, to)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a disk without links
			err = copyAll(file+end, to)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("move the old database aside: %w", err)
		}
	}
	if err := syncFolder(aside); err != nil {
		return "", err
	}
	for _, end := range []string{"-wal", "-shm"} { // the new database must not take them for its own
		if err := os.Remove(file + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("move the old database aside: %w", err)
		}
	}
	return aside, syncFolder(filepath.Dir(file))
}

func copyAll(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(to, b, 0o600), syncFile(to))
}
