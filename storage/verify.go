package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"matoi/incident"
)

// Verify checks every incident: that its entries are complete and chained, and that its row and those beside it are
// their fold. due_at is left out, for it follows the policy of the day. It returns the first broken entry; err is for what could not be read.
// report (may be nil) is called after each incident that holds. A running server may go on writing.
func (s *Storage) Verify(ctx context.Context, report func(incident.Number)) (*incident.Broken, error) {
	numbers, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident UNION SELECT number FROM entry ORDER BY number`, nil, one[int64]))
	if err != nil {
		return nil, s.wrap(err, "list incidents")
	}
	counted, err := s.lastNumbers(ctx)
	if err != nil {
		return nil, s.wrap(err, "read the counters")
	}
	var before incident.Number
	for _, n := range numbers {
		if missing := gap(before, n); missing != 0 {
			return &incident.Broken{Number: missing, Why: "the incident is missing: a later number of its day exists"}, nil
		}
		broken, err := s.verifyOne(ctx, n)
		if broken != nil || err != nil {
			return broken, s.wrap(err, "verify %s", n)
		}
		before = n
		if report != nil {
			report(n)
		}
	}
	for n := range counted { // the last of a day; those of earlier numbers were found above
		return &incident.Broken{Number: n, Why: "the incident is missing: its number has been given out"}, nil
	}
	return nil, nil
}

// gap gives the first number that should stand between two neighbours: numbers of a day are dense from 1.
func gap(before, n incident.Number) incident.Number {
	const perDay = 1_000_000
	first := n - n%perDay + 1
	if before/perDay == n/perDay {
		first = before + 1
	}
	if n > first {
		return first
	}
	return 0
}

// lastNumbers gives the last number of each day that has been given out before now.
func (s *Storage) lastNumbers(ctx context.Context) (map[incident.Number]bool, error) {
	rows, err := all(ctx, s.reader, `SELECT day * 1000000 + n FROM counter WHERE day > 0 AND n > 0
		AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.number = day * 1000000 + n)`, nil, one[int64])
	last := make(map[incident.Number]bool, len(rows))
	for _, n := range rows {
		last[incident.Number(n)] = true
	}
	return last, err
}

// verifyOne checks an incident as it stands in one snapshot.
func (s *Storage) verifyOne(ctx context.Context, n incident.Number) (*incident.Broken, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.d.snapshot})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	events, broken, err := rawEntries(ctx, tx, n)
	if broken != nil || err != nil {
		return broken, err
	}
	if broken := incident.Verify(n, events); broken != nil {
		return broken, nil
	}
	return s.verifyRow(ctx, tx, n, events)
}

// rawEntries reads the entries; one that does not decode is broken, not an error.
func rawEntries(ctx context.Context, q querier, n incident.Number) ([]incident.Event, *incident.Broken, error) {
	var undecoded *incident.Broken
	events, err := all(ctx, q, `SELECT seq, kind, at, occurred, body, salt, digest, hash FROM entry WHERE number = $1 ORDER BY seq`, []any{int64(n)},
		func(r *sql.Rows) (e incident.Event, err error) {
			var at int64
			var occurred sql.NullInt64
			var kind string
			var body []byte
			e.Number = n
			if err := r.Scan(&e.Seq, &kind, &at, &occurred, &body, &e.Salt, &e.Digest, &e.Hash); err != nil {
				return e, err
			}
			e.At = instant(at)
			if err := incident.Decode(&e, kind, body); err != nil {
				undecoded = &incident.Broken{Number: n, Seq: e.Seq, Why: "the text cannot be read: " + err.Error()}
				return e, errUndecoded
			}
			if at, want := occurred.Int64, e.Occurred; len(body) > 0 && (occurred.Valid == want.IsZero() || occurred.Valid && at != micro(want.At)) {
				undecoded = &incident.Broken{Number: n, Seq: e.Seq, Why: "the row's occurred is not what its text says"}
				return e, errUndecoded
			}
			return e, nil
		})
	if !errors.Is(err, errUndecoded) {
		return events, nil, err
	}
	if broken := incident.Verify(n, events); broken != nil { // an earlier one may be the first
		return nil, broken, nil
	}
	return nil, undecoded, nil
}

var errUndecoded = errors.New("undecoded")

// verifyRow compares the row with the fold of the entries.
func (s *Storage) verifyRow(ctx context.Context, q querier, n incident.Number, events []incident.Event) (*incident.Broken, error) {
	last := int64(len(events))
	broken := func(why string, args ...any) (*incident.Broken, error) {
		return &incident.Broken{Number: n, Seq: last, Why: fmt.Sprintf(why, args...)}, nil
	}
	var version, folded int64
	var head []byte
	err := row(ctx, q, `SELECT version, head, fold_version FROM incident WHERE number = $1`, []any{int64(n)}, &version, &head, &folded)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return broken("the entries have no incident")
	case err != nil:
		return nil, err
	case version > last:
		last++
		return broken("missing: the incident has %d entries", version)
	case version < last:
		last = version + 1
		return broken("the incident does not know of this entry")
	case last > 0 && !bytes.Equal(head, events[last-1].Hash):
		return broken("the incident's head is not the hash of its last entry")
	case folded != incident.FoldVersion:
		return nil, nil // refolded at the next Load; nothing to compare with
	}
	if b, err := compare(ctx, q, n, events, broken); b != nil || err != nil {
		return b, err
	}
	return compareBeside(ctx, q, n, events, broken)
}

func compare(ctx context.Context, q querier, n incident.Number, events []incident.Event, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	want, err := columns(incident.Fold(n, events))
	if err != nil {
		return nil, err
	}
	names := ""
	have := make([]any, len(want))
	dest := make([]any, len(want))
	for k, c := range want {
		if k > 0 {
			names += ", "
		}
		names += c.name
		dest[k] = &have[k]
	}
	if err := row(ctx, q, `SELECT `+names+` FROM incident WHERE number = $1`, []any{int64(n)}, dest...); err != nil {
		return nil, err
	}
	for k, c := range want {
		if text(have[k]) != text(c.value) {
			return broken("the row's %s is not what the entries say", c.name)
		}
	}
	return nil, nil
}

// text makes values of both engines comparable: one gives booleans as numbers and texts as bytes.
func text(v any) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v)
}
