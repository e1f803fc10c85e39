package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	// A checkpoint every 4,000 pages (16 MB) instead of 1,000: a storm writes the file itself less often.
	if s.db, err = sql.Open("sqlite", dsn(file, "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-32000)", "wal_autocheckpoint(4000)")); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	s.db.SetMaxOpenConns(1)
	if err := s.quickCheck(ctx, file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := s.d.migrate(ctx, s.db); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := s.openReaders(file); err != nil {
		return err
	}
	if err := s.release(ctx); err != nil {
		return err
	}
	session, err := newSQLiteSession(ctx, s.db)
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	s.writer = startWriter(s, session)
	return nil
}

func (s *Storage) openReaders(file string) (err error) {
	s.file = file
	if s.read, err = sql.Open("sqlite", dsn(file, "query_only(1)", "cache_size(-8000)", "uri:mode=ro")); err != nil {
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
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
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

// readSQLite opens a folder's file without the lock, to read beside a running server.
func (s *Storage) readSQLite(ctx context.Context, folder string) (err error) {
	s.d = sqliteDialect
	if folder, err = filepath.Abs(folder); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(folder, sqliteFile)
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("no database here: %w", err)
	}
	if err := s.openReaders(filepath.ToSlash(file)); err != nil {
		return err
	}
	s.db = s.read
	if err := row(ctx, s.db, `SELECT count(*) FROM sqlite_schema`, nil, new(int)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return s.d.current(ctx, s.db)
}

// sqliteSession is the writing connection with its prepared statements.
type sqliteSession struct {
	conn *sql.Conn
	run  *prepared
}

func newSQLiteSession(ctx context.Context, db *sql.DB) (*sqliteSession, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteSession{conn: conn, run: prepare(conn)}, nil
}

func (c *sqliteSession) begin() (runner, error) {
	_, err := c.run.ExecContext(context.Background(), `BEGIN IMMEDIATE`)
	return c.run, err
}

func (c *sqliteSession) commit() error {
	_, err := c.run.ExecContext(context.Background(), `COMMIT`)
	return err
}

// rollback ignores the error: SQLite may have rolled back by itself, and then there is no transaction to end.
func (c *sqliteSession) rollback() {
	_, _ = c.run.ExecContext(context.Background(), `ROLLBACK`)
}

func (c *sqliteSession) close() error {
	return errors.Join(c.run.close(), c.conn.Close())
}
