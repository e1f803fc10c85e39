package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"matoi/incident"
)

// dialect is all in which the two databases differ once they are open.
type dialect struct {
	goose       goose.Dialect
	migrations  string             // folder
	manyWriters bool               // every job is its own transaction, and other processes write too
	forUpdate   string             // locks the rows read until the commit
	skipLocked  string             // the same, leaving out rows that somebody else holds
	snapshot    sql.IsolationLevel // under which several reads see one state
}

var (
	sqliteDialect   = dialect{goose: goose.DialectSQLite3, migrations: "migrations/sqlite"}
	postgresDialect = dialect{
		goose: goose.DialectPostgres, migrations: "migrations/postgres", manyWriters: true,
		forUpdate: " FOR UPDATE", skipLocked: " FOR UPDATE SKIP LOCKED", snapshot: sql.LevelRepeatableRead,
	}
)

// mapped gives an engine's error the meaning that callers branch on; others pass as they are.
func (d dialect) mapped(err error) error {
	if err == nil || errors.Is(err, incident.ErrUnavailable) {
		return err
	}
	if means := meaning(err); means != nil && !errors.Is(err, means) {
		err = fmt.Errorf("%w (%w)", means, err)
	}
	if d.isSick(err) {
		return unavailable{err}
	}
	return err
}

// unavailable marks an error of the database itself: it is incident.ErrUnavailable, and says what it is.
type unavailable struct{ error }

// Unwrap gives the error itself.
func (u unavailable) Unwrap() error { return u.error }

// Is answers for incident.ErrUnavailable.
func (u unavailable) Is(target error) bool { return target == incident.ErrUnavailable }

func meaning(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		if e.Code() == lib.SQLITE_IOERR_SHMSIZE { // the file beside the database cannot grow, at the start on a full disk
			return ErrFull
		}
		switch e.Code() & 0xff { // the primary code; the rest says where
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return incident.ErrConflict
		case lib.SQLITE_FULL:
			return ErrFull
		case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
			return ErrCorrupt
		case lib.SQLITE_CONSTRAINT:
			if e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
				return incident.ErrConflict
			}
		}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "40001", "40P01", "23505", "55P03": // serialisation, deadlock, unique, lock not available
			return incident.ErrConflict
		case "53100":
			return ErrFull
		case "XX001", "XX002":
			return ErrCorrupt
		}
	}
	return nil
}

// isSick reports whether an error speaks of the database itself, not of what was asked of it.
func (d dialect) isSick(err error) bool {
	if errors.Is(err, incident.ErrConflict) {
		return false
	}
	for _, known := range []error{ErrFull, ErrCorrupt, ErrGone, ErrDisk, driver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return true
		}
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		code := e.Code() & 0xff
		return code == lib.SQLITE_IOERR || code == lib.SQLITE_READONLY || code == lib.SQLITE_CANTOPEN
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		class := e.Code[:2]
		return class == "53" || class == "57" || class == "58" || class == "XX" || e.Code == "25006"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	// pgx knows a connection that ended before it was asked by a type of its own, whose only sign is that it may be asked again.
	if again, ok := errors.AsType[interface {
		error
		SafeToRetry() bool
	}](err); ok && again.SafeToRetry() {
		return true
	}
	if strings.HasSuffix(err.Error(), "conn closed") { // or by nothing but its words
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network && !errors.Is(err, context.DeadlineExceeded)
}

func isConflict(err error) bool { return errors.Is(err, incident.ErrConflict) }

// isReadOnly reports whether SQLite failed for want of the right to write.
func isReadOnly(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == lib.SQLITE_READONLY || e.Code()&0xff == lib.SQLITE_CANTOPEN)
}
