package storage

import (
	"context"
	"math/rand/v2"
	"time"

	"matoi/incident"
)

// tx is a job's view of the transaction it runs in. Statements inside run to their end whatever becomes of the
// caller: a batch is many callers'.
type tx struct {
	s       *Storage
	run     runner
	wrote   bool              // a writing statement was run: an error after it spoils the transaction
	spoilt  error             // the first statement that failed; the transaction must not be committed
	touched topics            // who is woken after the commit
	rows    []incident.Number // the incidents whose rows were written
	after   []func()          // what changes in memory after the commit
	worked  int               // requests that it works off
}

// exec runs a writing statement.
func (t *tx) exec(query string, args ...any) (affected int64, err error) {
	t.wrote = true
	res, err := t.run.ExecContext(context.Background(), query, args...)
	if err != nil {
		return 0, t.spoil(err)
	}
	return res.RowsAffected()
}

// put runs a writing statement that returns one row; incident.ErrNotFound when it touched none.
func (t *tx) put(query string, args []any, dest ...any) error {
	t.wrote = true
	err := row(context.Background(), t.run, query, args, dest...)
	if err != nil && err != incident.ErrNotFound { //nolint:errorlint // row returns it bare
		return t.spoil(err)
	}
	return err
}

// get reads one row inside the transaction.
func (t *tx) get(query string, args []any, dest ...any) error {
	err := row(context.Background(), t.run, query, args, dest...)
	if err != nil && err != incident.ErrNotFound { //nolint:errorlint // row returns it bare
		return t.spoil(err)
	}
	return err
}

func (t *tx) spoil(err error) error {
	if t.spoilt == nil {
		t.spoilt = t.s.d.mapped(err)
	}
	return t.spoilt
}

// lockName holds a name until the commit, where several processes write.
func (t *tx) lockName(kind, name string) error {
	if !t.s.d.manyWriters || name == "" {
		return nil
	}
	var ok int
	return t.get(`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS held`, []any{kind + "\x1f" + name}, &ok)
}

// write runs do in a transaction and returns after its commit. do may run more than once.
func (s *Storage) write(ctx context.Context, machine bool, do func(*tx) error) error {
	if s.writer == nil {
		return ErrClosed
	}
	if !s.d.manyWriters {
		return s.writer.submit(ctx, &job{do: do, machine: machine})
	}
	return s.transact(ctx, 8, do)
}

// writeAlone runs do in a transaction of its own; on SQLite once, and when work-off has its turn (see share).
func (s *Storage) writeAlone(ctx context.Context, do func(*tx) error) error {
	if s.writer == nil {
		return ErrClosed
	}
	if !s.d.manyWriters {
		return s.writer.submit(ctx, &job{do: do, alone: true})
	}
	return s.transact(ctx, 4, do)
}

// transact is write for PostgreSQL: a transaction per job, tried again when another one won a race.
func (s *Storage) transact(ctx context.Context, tries int, do func(*tx) error) (err error) {
	for try := range tries {
		if try > 0 {
			select {
			case <-time.After(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err = s.once(ctx, do); !isConflict(err) {
			return err
		}
	}
	return err
}

func (s *Storage) once(ctx context.Context, do func(*tx) error) error {
	w := &writer{s: s, session: &poolSession{ctx: ctx, db: s.db}}
	j := &job{do: do, alone: true, done: make(chan error, 1)}
	w.finish(w.single(j), j)
	return <-j.done
}
