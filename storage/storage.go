package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
)

// Errors that an operator must hear of. Each is wrapped with the place and the cause.
var (
	ErrInUse   = errors.New("another Matoi is using this data folder: stop it first, or choose another folder")
	ErrNewer   = errors.New("the database was written by a newer Matoi: use that version or a later one; nothing was changed")
	ErrNone    = errors.New("there is no database of Matoi yet: the first start makes one")
	ErrOlder   = errors.New("the database was written by an older Matoi: start the server once to bring it up to date")
	ErrCorrupt = errors.New("the database file is damaged: stop Matoi, keep a copy of the folder, and go back to the last backup")
	ErrFull    = errors.New("the disk is full: make room; Matoi goes on by itself")
	ErrLost    = errors.New("the folder held a database, and the file is gone: put it back or restore a backup; to begin with an empty one remove matoi.lock")
	ErrGone    = errors.New("the database file is not in its folder any more: put it back, or stop Matoi and restore a backup")
	ErrDisk    = errors.New("the disk lost what was written to the database: check the disk and start Matoi again; all that was acknowledged is in the log of writes beside the database")
	ErrClosed  = errors.New("the storage is closed")
)

// Options say where the data is.
type Options struct {
	Path       string // folder of the SQLite file, made if missing
	Postgres   string // connection string; used instead of Path when set
	Zone       *time.Location
	Now        func() time.Time // a time of one's own; where nil, Storage.Now is the machine's, or on PostgreSQL the database's
	Machine    func() time.Time // what this machine's clock says; time.Now where nil
	Log        *slog.Logger
	InboxBound int64 // bytes of raw alerts that may wait; 0 means 2 GiB
}

// Storage is an open database. All methods may be called from many goroutines.
type Storage struct {
	d     dialect
	zone  *time.Location
	now   func() time.Time
	clock *clock // of PostgreSQL; nil where now is somebody's own
	log   *slog.Logger
	bound int64

	file   string   // of SQLite
	files  *files   // of SQLite opened for writing
	lock   *os.File // of the folder; nil for PostgreSQL and read-only
	db     *sql.DB  // writing
	read   *sql.DB  // reading; the same as db for PostgreSQL
	reader querier
	writer *writer // nil when opened read-only
	hub    *hub
	folds  folds
	lost   lostClaims
	people acquainted
	inbox  stock                   // bytes of raw alerts waiting
	sick   atomic.Pointer[trouble] // why the last write failed, nil after one that worked
	ailing atomic.Pointer[ailment] // the trouble that is not over yet, see report
	outcry outcry
	stop   context.CancelFunc
	done   sync.WaitGroup

	renewed chan struct{} // see Renewed
	scratch string        // folder of a copy that this is, taken away by Close; see OpenToVerify
}

var (
	_ incident.Store = (*Storage)(nil)
	_ alert.RawInbox = (*Storage)(nil)
	_ alert.Queue    = (*Storage)(nil)
	_ alert.Work     = (*atWork)(nil)
	_ console.Store  = (*Storage)(nil)
)

// Open opens the database, bringing its tables up to date. It fails with ErrInUse, ErrNewer or ErrCorrupt
// before anything has been written.
func Open(ctx context.Context, o Options) (*Storage, error) {
	s := fresh(o)
	var err error
	if o.Postgres != "" {
		err = s.openPostgres(ctx, o.Postgres)
	} else {
		err = s.openSQLite(ctx, o.Path)
	}
	if err == nil {
		err = s.countInbox(ctx)
	}
	if err == nil {
		err = s.recount(ctx)
	}
	if err != nil {
		return nil, errors.Join(s.d.mapped(err), s.Close())
	}
	s.startRenewing()
	return s, nil
}

// OpenReadOnly opens a data folder (or a PostgreSQL connection string) beside a running server, for Verify,
// Backup and Export. Every write fails.
func OpenReadOnly(ctx context.Context, path string) (*Storage, error) {
	return openToRead(ctx, path, false)
}

func openToRead(ctx context.Context, path string, older bool) (*Storage, error) {
	s := fresh(Options{})
	var err error
	if IsPostgres(path) {
		err = s.readPostgres(ctx, path)
	} else {
		err = s.readSQLite(ctx, path)
	}
	if older && errors.Is(err, ErrOlder) {
		err = nil
	}
	if err != nil {
		return nil, errors.Join(s.d.mapped(err), s.Close())
	}
	return s, nil
}

// IsPostgres tells a connection string from the name of a file or folder.
func IsPostgres(place string) bool {
	return strings.Contains(place, "://") || strings.Contains(place, "dbname=") || strings.Contains(place, "host=")
}

func fresh(o Options) *Storage {
	s := &Storage{zone: o.Zone, now: o.Now, log: o.Log, bound: o.InboxBound, hub: newHub(), stop: func() {}}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if o.Machine == nil {
		o.Machine = time.Now
	}
	if s.now == nil && o.Postgres != "" {
		began := time.Now()
		s.clock = &clock{machine: o.Machine, passed: func() time.Duration { return time.Since(began) }}
		s.now = s.clock.now
	}
	if s.now == nil {
		s.now = o.Machine
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.bound == 0 {
		s.bound = 2 << 30
	}
	return s
}

// Close answers the jobs that wait, closes the database and frees the folder.
func (s *Storage) Close() error {
	s.stop()
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	s.done.Wait()
	if s.files.spoilt() { // the end of the process closes the rest
		return errors.Join(errs...)
	}
	if s.read != nil && s.read != s.db {
		errs = append(errs, s.read.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.files != nil {
		errs = append(errs, s.files.witness.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if s.scratch != "" {
		errs = append(errs, os.RemoveAll(s.scratch))
	}
	return errors.Join(errs...)
}

// Ready tells whether the database answers and the last write worked. After a failed write it tries one itself,
// so that a disk with room again is noticed without a visitor.
func (s *Storage) Ready(ctx context.Context) error {
	if (s.sick.Load() != nil || s.ailing.Load() != nil) && s.writer != nil {
		err := s.write(ctx, true, func(t *tx) error {
			_, err := t.next(counterProbe, 1)
			return err
		})
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if s.files != nil {
		if _, err := s.files.present(); err != nil {
			return s.d.mapped(err)
		}
	}
	var one int
	if err := s.d.mapped(row(ctx, s.reader, `SELECT 1`, nil, &one)); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// Waiting counts the raw alerts not yet worked off and the effects not yet delivered. A room that is to be put away waits for
// nobody but those who still talk there.
func (s *Storage) Waiting(ctx context.Context) (inbox, outbox int64, err error) {
	err = row(ctx, s.reader, `SELECT (SELECT coalesce(sum(requests), 0) FROM pack) + (SELECT count(*) FROM raw), (SELECT count(*) FROM outbox WHERE state = 'waiting' AND kind <> 'archive')`, nil, &inbox, &outbox)
	return inbox, outbox, s.wrap(err, "count what waits")
}

// wrap says what we were doing and maps the engine's error.
func (s *Storage) wrap(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(doing+": %w", append(args, s.d.mapped(err))...)
}
