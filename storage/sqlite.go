package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

const (
	sqliteFile = "matoi.db"
	lockedFile = "matoi.lock"
	// checkAtMost is the size up to which a file is checked as a whole when it is opened; a larger one shows its
	// damage when the damaged page is read.
	checkAtMost = 16 << 20
)

// dsn writes the address of a file with what every connection to it is set to. All is in the address because a pool
// may open a connection at any time.
func dsn(file string, more ...string) string {
	pragmas := append([]string{"busy_timeout(5000)", "foreign_keys(1)", "temp_store(memory)"}, more...)
	q := url.Values{}
	for _, p := range pragmas {
		if name, is := strings.CutPrefix(p, "uri:"); is {
			key, value, _ := strings.Cut(name, "=")
			q.Set(key, value)
			continue
		}
		q.Add("_pragma", p)
	}
	q.Set("_txlock", "immediate")
	return (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String()
}

// openSQLite locks the folder before it looks at the file.
func (s *Storage) openSQLite(ctx context.Context, folder string) (err error) {
	s.d = sqliteDialect
	if folder, err = filepath.Abs(folder); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if s.lock, err = lockFile(filepath.Join(folder, lockedFile)); err != nil {
		return err
	}
	file := filepath.ToSlash(filepath.Join(folder, sqliteFile))
	if err := s.wasLost(file); err != nil {
		return err
	}
	made, fresh, err := ours(file)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if fresh {
		lasting(folder)
	}
	if s.files, err = watchFiles(file, made); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	// A checkpoint every 4,000 pages (16 MB) instead of 1,000: a storm writes the file itself less often.
	if s.db, err = sql.Open("sqlite", dsn(file, "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-8000)", "wal_autocheckpoint(4000)")); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	s.db.SetMaxOpenConns(1)
	if !fresh {
		err = s.quickCheck(ctx, file)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := s.d.migrate(ctx, s.db); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if _, err := s.lock.WriteAt([]byte(hadTables), 0); err != nil {
		return fmt.Errorf("%s: %w", s.lock.Name(), err)
	}
	if err := s.openReaders(file); err != nil {
		return err
	}
	if err := s.release(ctx); err != nil {
		return err
	}
	session, err := newSQLiteSession(ctx, s.db, s.files)
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	s.writer = startWriter(s, session)
	return nil
}

// ours makes the file if there is none, for nobody else's eyes whatever the folder allows: private incidents are in it.
// SQLite gives the files beside it the same rights.
func ours(file string) (made fs.FileInfo, fresh bool, err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if fresh = err == nil; errors.Is(err, fs.ErrExist) {
		f, err = os.OpenFile(file, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, false, err
	}
	made, err = f.Stat()
	return made, fresh, errors.Join(err, f.Close())
}

func (s *Storage) openReaders(file string, more ...string) (err error) {
	s.file = file
	if s.read, err = sql.Open("sqlite", dsn(file, append(more, "query_only(1)", "cache_size(-4000)", "uri:mode=ro")...)); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	s.reader = prepare(s.read)
	return nil
}

// quickCheck finds a damaged file before anything is written to it.
func (s *Storage) quickCheck(ctx context.Context, file string) error {
	st, err := os.Stat(file)
	if err != nil {
		return err
	}
	if st.Size() == 0 {
		return s.wasEmptied(file)
	}
	var says string
	query := `PRAGMA quick_check(1)`
	if st.Size() > checkAtMost {
		query = `SELECT 'ok' FROM sqlite_schema UNION SELECT 'ok'`
	}
	if err := row(ctx, s.db, query, nil, &says); err != nil {
		return err
	}
	if says != "ok" {
		return fmt.Errorf("%w (%s)", ErrCorrupt, says)
	}
	return nil
}

// hadTables stands in the lock file as soon as the database has its tables.
const hadTables = "This folder holds a Matoi database.\n"

// wasLost tells a folder whose database is gone from one that never had any: an empty one in its place would give the same
// numbers again, and nobody would see what is missing.
func (s *Storage) wasLost(file string) error {
	lock, err := s.lock.Stat()
	if err != nil {
		return err
	}
	if _, err := os.Stat(file); lock.Size() > 0 && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", file, ErrLost)
	}
	return nil
}

// wasEmptied tells a database that lost everything from one that has not begun: to SQLite both are new, and it would throw
// away a log of writes that lies beside the first.
func (s *Storage) wasEmptied(file string) error {
	lock, err := s.lock.Stat()
	if err != nil {
		return err
	}
	log, err := os.Stat(file + "-wal")
	if lock.Size() > 0 || err == nil && log.Size() > 0 {
		return fmt.Errorf("%w (the file is empty, but was not always)", ErrCorrupt)
	}
	return nil
}

// readSQLite opens a folder's file, or a backup by its own name, without the lock, to read beside a running server.
func (s *Storage) readSQLite(ctx context.Context, place string) (err error) {
	s.d = sqliteDialect
	if place, err = filepath.Abs(place); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(place, sqliteFile)
	at, err := os.Stat(place)
	if errors.Is(err, fs.ErrNotExist) {
		return fault(ErrNone, "place_missing", "Place", place)
	}
	if err == nil && at.Mode().IsRegular() {
		file = place
	}
	st, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fault(ErrNone, "place_empty", "Place", place)
	}
	if err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if st.Size() == 0 {
		return fmt.Errorf("%s: %w (the file is empty)", file, ErrCorrupt)
	}
	if err := s.readers(ctx, file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return s.d.current(ctx, s.db)
}

// readers opens the file and tries it. Even to read it SQLite makes files beside it; where it may not, and no log of
// writes lies there, nobody is writing and the file can be read as it is.
func (s *Storage) readers(ctx context.Context, file string) error {
	file = filepath.ToSlash(file)
	var err error
	for _, more := range [][]string{nil, {"uri:immutable=1"}} {
		if err := s.openReaders(file, more...); err != nil {
			return err
		}
		s.db = s.read
		err = row(ctx, s.db, `SELECT count(*) FROM sqlite_schema`, nil, new(int))
		if !isReadOnly(err) {
			return err
		}
		if st, e := os.Stat(file + "-wal"); e == nil && st.Size() > 0 {
			return err
		}
		if len(more) == 0 {
			err = errors.Join(err, s.read.Close())
		}
	}
	return err
}

// sqliteSession is the writing connection with its prepared statements.
type sqliteSession struct {
	conn  *sql.Conn
	run   *prepared
	files *files
}

func newSQLiteSession(ctx context.Context, db *sql.DB, files *files) (*sqliteSession, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteSession{conn: conn, run: prepare(conn), files: files}, nil
}

func (c *sqliteSession) begin() (runner, error) {
	_, err := c.run.ExecContext(context.Background(), `BEGIN IMMEDIATE`)
	return c.run, err
}

func (c *sqliteSession) commit() error {
	now, err := c.files.present()
	if err != nil {
		c.rescue()
		return err
	}
	if err := c.files.kept(now); err != nil {
		return err
	}
	_, err = c.run.ExecContext(context.Background(), `COMMIT`)
	return err
}

// rollback ignores the error: SQLite may have rolled back by itself, and then there is no transaction to end.
func (c *sqliteSession) rollback() {
	_, _ = c.run.ExecContext(context.Background(), `ROLLBACK`)
}

func (c *sqliteSession) close() error {
	if c.files.spoilt() {
		return nil
	}
	return errors.Join(c.run.close(), c.conn.Close())
}
