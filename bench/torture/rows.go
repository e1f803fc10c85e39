package main

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"regexp"
)

// secrets finds the words of secretOf.
var secrets = regexp.MustCompile(`y[a-z]+[0-9]+x[0-9]+y`)

// tables lists those of the place.
func (p place) tables(ctx context.Context, db *sql.DB) ([]string, error) {
	if p.postgres != "" {
		return texts(ctx, db, `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`)
	}
	return texts(ctx, db, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
}

// each calls do with every value of every row that a query gives, and then next.
func each(ctx context.Context, db *sql.DB, query string, do func(value []byte), next func()) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]sql.RawBytes, len(columns))
	to := make([]any, len(columns))
	for k := range values {
		to[k] = &values[k]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		for _, v := range values {
			do(v)
		}
		next()
	}
	return rows.Err()
}

// secrets reads every table and tells which secrets stand in which.
func (p place) secrets(ctx context.Context) (map[string]map[string]bool, error) {
	found := map[string]map[string]bool{}
	err := p.with(func(db *sql.DB) error {
		tables, err := p.tables(ctx, db)
		for _, table := range tables {
			if err != nil {
				return err
			}
			err = each(ctx, db, `SELECT * FROM `+table, func(value []byte) {
				for _, s := range secrets.FindAll(value, -1) {
					if found[string(s)] == nil {
						found[string(s)] = map[string]bool{}
					}
					found[string(s)][table] = true
				}
			}, func() {})
		}
		return err
	})
	return found, err
}

// sheaf is the rows of a query, each as a sum of all its values, with how often it is there.
type sheaf map[uint64]int

func gather(ctx context.Context, db *sql.DB, query string) (sheaf, error) {
	out, sum := sheaf{}, fnv.New64a()
	err := each(ctx, db, query, func(value []byte) {
		fmt.Fprintf(sum, "%d ", len(value))
		_, _ = sum.Write(value)
	}, func() {
		out[sum.Sum64()]++
		sum.Reset()
	})
	return out, err
}

// lacks counts the rows of one that the other has not got.
func (s sheaf) lacks(other sheaf) (n int) {
	for row, times := range s {
		n += max(0, times-other[row])
	}
	return n
}

func (s sheaf) size() (n int) {
	for _, times := range s {
		n += times
	}
	return n
}

// without are the rows that the other has not got.
func (s sheaf) without(other sheaf) sheaf {
	out := sheaf{}
	for row, times := range s {
		if left := times - other[row]; left > 0 {
			out[row] = left
		}
	}
	return out
}
