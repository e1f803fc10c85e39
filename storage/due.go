package storage

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"matoi/incident"
)

// The order in which what is due is worked off is decided here: P1 to P5, then what has no priority yet; in each the longest
// due first. The index incident_pressing has a run for each priority, in that order: every look reads the beginnings of
// six runs, however much is armed or waits.
var pressing = [...]incident.Priority{incident.P1, incident.P2, incident.P3, incident.P4, incident.P5, 0}

// dueTexts are the statements over those runs: the first due, and the earliest deadline behind an instant.
var dueTexts = sync.OnceValues(func() (first, earliest string) {
	var lists, mins []string
	for rank, p := range pressing {
		lists = append(lists, fmt.Sprintf(`SELECT number, due_at, %d AS rank FROM (SELECT number, due_at FROM incident
			WHERE priority = %d AND due_at > 0 AND due_at <= $1 ORDER BY due_at, number%s$2) AS run%d`, rank, p, atMost, rank))
		mins = append(mins, fmt.Sprintf(`SELECT min(due_at) AS at FROM incident WHERE priority = %d AND due_at > 0 AND due_at > $1`, p))
	}
	first = `SELECT number FROM (` + strings.Join(lists, ` UNION ALL `) + `) AS due ORDER BY rank, due_at, number` + atMost + `$2`
	return first, `SELECT coalesce(min(at), 0) FROM (` + strings.Join(mins, ` UNION ALL `) + `) AS runs`
})

// Due lists the incidents at which the clock must look, the most pressing priority first, then the longest due.
func (s *Storage) Due(ctx context.Context, before time.Time, limit int) ([]incident.Number, error) {
	numbers, err := due(ctx, s.reader, before, limit)
	return numbers, s.wrap(err, "find what is due")
}

func due(ctx context.Context, q querier, before time.Time, limit int) ([]incident.Number, error) {
	first, _ := dueTexts()
	return all(ctx, q, first, []any{micro(before), limit}, func(r *sql.Rows) (n incident.Number, err error) {
		return n, r.Scan((*int64)(&n))
	})
}

// NextDue is when the clock must look next; zero when nothing is due ever.
func (s *Storage) NextDue(ctx context.Context) (time.Time, error) {
	return s.DueAfter(ctx, time.Time{})
}

// DueAfter is the earliest deadline behind an instant; zero where there is none.
func (s *Storage) DueAfter(ctx context.Context, after time.Time) (time.Time, error) {
	var at int64
	_, earliest := dueTexts()
	err := row(ctx, s.reader, earliest, []any{micro(after)}, &at)
	return instant(at), s.wrap(err, "find the next deadline")
}
