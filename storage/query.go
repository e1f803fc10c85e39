package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"matoi/incident"
)

// querier asks; both pools and transactions do.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// runner asks and writes.
type runner interface {
	querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// preparer is what statements are prepared on: a pool or one connection.
type preparer interface {
	runner
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// prepared keeps the statements it has seen, since SQLite's compiler costs more than most statements do. (The
// PostgreSQL driver keeps its own.) Past a bound it stops keeping: the texts of searches vary.
type prepared struct {
	on   preparer
	mu   sync.RWMutex
	kept map[string]*sql.Stmt
}

const keptStatements = 500

func prepare(on preparer) *prepared { return &prepared{on: on, kept: map[string]*sql.Stmt{}} }

func (p *prepared) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.RLock()
	st, n := p.kept[query], len(p.kept)
	p.mu.RUnlock()
	if st != nil || n >= keptStatements {
		return st, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st = p.kept[query]; st != nil {
		return st, nil
	}
	st, err := p.on.PrepareContext(context.WithoutCancel(ctx), unnamed(query))
	if err != nil {
		return nil, err
	}
	p.kept[query] = st
	return st, nil
}

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return p.on.QueryContext(ctx, query, args...)
	}
	return st.QueryContext(ctx, args...)
}

func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return p.on.ExecContext(ctx, query, args...)
	}
	return st.ExecContext(ctx, args...)
}

func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, st := range p.kept {
		errs = append(errs, st.Close())
	}
	clear(p.kept)
	return errors.Join(errs...)
}

// briefly is the context of a read by key from the file. It is over before anybody could give it up, and to listen for that
// would cost two goroutines each time. A database across a network may take its time.
func (s *Storage) briefly(ctx context.Context) context.Context {
	if s.d.manyWriters || ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// row reads one row; incident.ErrNotFound when there is none.
func row(ctx context.Context, q querier, query string, args []any, dest ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return incident.ErrNotFound
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

// all reads every row with scan.
func all[T any](ctx context.Context, q querier, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one is the scan of a single column.
func one[T any](r *sql.Rows) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// args collects the arguments of a text that is put together, and gives each its placeholder.
type args []any

func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// list adds several and gives "$3, $4, $5".
func list[T any](a *args, vs []T) string {
	var b strings.Builder
	for k, v := range vs {
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.add(v))
	}
	return b.String()
}

// atMost stands before the bound of a statement that is run often: SQLite compiles one anew at every run whose LIMIT is a
// parameter alone, to plan for its value.
const atMost = ` LIMIT 0 + `

// values gives "($1, $2), ($3, $4)" for rows of columns each.
func values(rows, columns int) string {
	var b strings.Builder
	for n := range rows * columns {
		switch {
		case n == 0:
			b.WriteString("(")
		case n%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+1))
	}
	b.WriteString(")")
	return b.String()
}

// micro is a time as it is stored, 0 for the zero time.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant reads what micro wrote.
func instant(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMicro(v).UTC()
}

// jsonText writes v as JSON text, empty when there is nothing (n is 0).
func jsonText(v any, n int) (string, error) {
	if n == 0 {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(b), nil
}

// readJSON reads what jsonText wrote.
func readJSON(text string, v any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
