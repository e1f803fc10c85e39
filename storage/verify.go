package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"matoi/incident"
)

// Verifying says what to check beyond the record itself; the zero value is the record alone.
type Verifying struct {
	// Policy checks when the clock looks at an incident next, where that was set by this version of the policy.
	Policy *incident.Policy
	// Heads are those exported once: what they name must still be there, and unchanged up to where it stood.
	Heads *Heads
	// Report is called after each incident that holds.
	Report func(incident.Number)
}

// Verified counts what was found to hold.
type Verified struct {
	Incidents, Entries int
	Erased             int // entries whose text was erased
}

// Verify is VerifyAll of the record alone.
func (s *Storage) Verify(ctx context.Context, report func(incident.Number)) (*incident.Broken, error) {
	_, broken, err := s.VerifyAll(ctx, Verifying{Report: report})
	return broken, err
}

// VerifyAll checks every incident, in the order of their numbers: that its entries are complete and chained, and that its
// row and those beside it are their fold; then what was done to the store as a whole. It returns the first broken entry;
// err is for what could not be read. A running server may go on writing.
func (s *Storage) VerifyAll(ctx context.Context, o Verifying) (v Verified, broken *incident.Broken, err error) {
	numbers, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident UNION SELECT number FROM entry ORDER BY number`, nil, one[int64]))
	if err != nil {
		return v, nil, s.wrap(err, "list incidents")
	}
	last, err := s.lastNumbers(ctx) // after the list: a server may open further ones
	if err != nil {
		return v, nil, s.wrap(err, "read the counters")
	}
	for _, n := range missing(numbers, last, o.Heads) {
		if !n.there {
			return v, incident.Break(n.number, 0, n.code), nil
		}
		events, broken, err := s.verifyOne(ctx, n.number, o)
		if broken != nil || err != nil {
			return v, broken, s.wrap(err, "verify %s", n.number)
		}
		v.Incidents, v.Entries, v.Erased = v.Incidents+1, v.Entries+len(events), v.Erased+incident.ErasedIn(events)
		if o.Report != nil {
			o.Report(n.number)
		}
	}
	broken, err = s.verifyRegister(ctx, o.Heads)
	return v, broken, s.wrap(err, "verify the register of erasures")
}

// numbered is an incident that is there, or one that should be, or should not.
type numbered struct {
	number incident.Number
	there  bool
	code   string // why it is broken, where it is not there
}

const perDay = 1_000_000

// missing puts those among the numbers that should stand between them: numbers of a day are dense from 1 to the last that
// was given out, and what was exported once must be there. A number that was never given out is as wrong.
func missing(numbers []incident.Number, last map[int64]int64, h *Heads) []numbered {
	var out []numbered
	highest := map[int64]int64{}
	before := incident.Number(0)
	for _, n := range numbers {
		day := int64(n) / perDay
		first := n - n%perDay + 1
		if before/perDay == n/perDay {
			first = before + 1
		}
		before, highest[day] = n, int64(n)%perDay
		switch {
		case n > first:
			out = append(out, numbered{number: first, code: "gap"})
		case highest[day] > last[day]:
			out = append(out, numbered{number: n, code: "not_given"})
		}
		out = append(out, numbered{number: n, there: true})
	}
	for day, n := range last {
		if n > highest[day] {
			out = append(out, numbered{number: incident.Number(day*perDay + highest[day] + 1), code: "given"})
		}
	}
	if h != nil {
		for n := range h.byNumber {
			if _, found := slices.BinarySearch(numbers, n); !found {
				out = append(out, numbered{number: n, code: "heads_missing"})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b numbered) int { return int(a.number - b.number) })
	return out
}

// lastNumbers gives the last number of each day that has been given out before now.
func (s *Storage) lastNumbers(ctx context.Context) (map[int64]int64, error) {
	type count struct{ day, n int64 }
	rows, err := all(ctx, s.reader, `SELECT day, n FROM counter WHERE day > 0`, nil, func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.day, &c.n) })
	return maps.Collect(func(yield func(int64, int64) bool) {
		for _, c := range rows {
			if !yield(c.day, c.n) {
				return
			}
		}
	}), err
}

// verifyOne checks an incident as it stands in one snapshot.
func (s *Storage) verifyOne(ctx context.Context, n incident.Number, o Verifying) ([]incident.Event, *incident.Broken, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.d.snapshot})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = tx.Rollback() }()
	events, broken, err := rawEntries(ctx, tx, n)
	if broken != nil || err != nil {
		return nil, broken, err
	}
	if broken := incident.Verify(n, events); broken != nil {
		return nil, broken, nil
	}
	if broken := o.Heads.compare(n, events); broken != nil {
		return nil, broken, nil
	}
	broken, err = s.verifyRow(ctx, tx, n, events, o.Policy)
	return events, broken, err
}

// rawEntries reads the entries; one that does not decode, or of which a column is not what it must be, is broken, not an
// error.
func rawEntries(ctx context.Context, q querier, n incident.Number) ([]incident.Event, *incident.Broken, error) {
	var torn *incident.Broken
	seq := int64(0)
	events, err := all(ctx, q, `SELECT seq, kind, at, occurred, body, salt, digest, hash FROM entry WHERE number = $1 ORDER BY seq`, []any{int64(n)},
		func(r *sql.Rows) (e incident.Event, err error) {
			var at int64
			var occurred sql.NullInt64
			var kind string
			var body []byte
			seq++
			e.Number = n
			broken := func(code string, kv ...any) (incident.Event, error) {
				torn = incident.Break(n, seq, code, kv...)
				return e, errTorn
			}
			if err := r.Scan(&e.Seq, &kind, &at, &occurred, &body, &e.Salt, &e.Digest, &e.Hash); err != nil {
				return broken("entry_type", "Detail", err.Error())
			}
			if e.Seq != seq {
				return broken("entry_missing", "Next", e.Seq)
			}
			e.At = instant(at)
			if err := incident.Decode(&e, kind, body); err != nil {
				return broken("text_unreadable", "Detail", err.Error())
			}
			if at, want := occurred.Int64, e.Occurred; occurred.Valid == want.IsZero() || occurred.Valid && at != micro(want.At) {
				return broken("occurred")
			}
			return e, nil
		})
	if !errors.Is(err, errTorn) {
		return events, nil, err
	}
	if broken := incident.Verify(n, events); broken != nil { // an earlier one may be the first
		return nil, broken, nil
	}
	return nil, torn, nil
}

var errTorn = errors.New("torn")

// verifyRow compares the row with the fold of the entries.
func (s *Storage) verifyRow(ctx context.Context, q querier, n incident.Number, events []incident.Event, p *incident.Policy) (*incident.Broken, error) {
	last := int64(len(events))
	broken := func(code string, kv ...any) (*incident.Broken, error) {
		return incident.Break(n, last, code, kv...), nil
	}
	var version, folded int64
	var head []byte
	err := row(ctx, q, `SELECT version, head, fold_version FROM incident WHERE number = $1`, []any{int64(n)}, &version, &head, &folded)
	switch {
	case errors.Is(err, incident.ErrNotFound):
		return broken("no_row")
	case err != nil:
		return nil, err
	case version > last:
		last++
		return broken("end_missing", "Count", version)
	case version < last:
		last = version + 1
		return broken("entry_unknown")
	case last == 0:
		return broken("no_entries")
	case !bytes.Equal(head, events[last-1].Hash):
		return broken("head")
	case folded > incident.FoldVersion:
		return broken("fold", "Version", folded)
	}
	i := incident.Fold(n, events)
	if b, err := compare(ctx, q, i, folded, broken); b != nil || err != nil {
		return b, err
	}
	if b, err := compareDue(ctx, q, i, p, broken); b != nil || err != nil {
		return b, err
	}
	return compareBeside(ctx, q, i, events, folded, broken)
}

// everyFold are the columns on which the folds of all versions agree. A row of an older one is folded anew soon after the
// start; until then these are compared.
var everyFold = []string{
	"number", "version", "title", "status", "priority", "provisional", "private", "open", "category", "services", "opened", "closed",
	"firing", "alert_source", "alert_group", "alert_storm", "head",
}

func compare(ctx context.Context, q querier, i *incident.Incident, folded int64, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	want, err := columns(i)
	if err != nil {
		return nil, err
	}
	if folded != incident.FoldVersion {
		want = slices.DeleteFunc(want, func(c column) bool { return !slices.Contains(everyFold, c.name) })
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
	if err := row(ctx, q, `SELECT `+names+` FROM incident WHERE number = $1`, []any{int64(i.Number)}, dest...); err != nil {
		return nil, err
	}
	for k, c := range want {
		if text(have[k]) != text(c.value) {
			return broken("column", "Column", c.name)
		}
	}
	return nil, nil
}

// compareDue checks when the clock looks next. Only the policy that set it can tell; where another version did, the clock
// itself sets it anew at the start.
func compareDue(ctx context.Context, q querier, i *incident.Incident, p *incident.Policy, broken func(string, ...any) (*incident.Broken, error)) (*incident.Broken, error) {
	if p == nil {
		return nil, nil
	}
	var due int64
	var policy string
	if err := row(ctx, q, `SELECT due_at, due_policy FROM incident WHERE number = $1`, []any{int64(i.Number)}, &due, &policy); err != nil {
		return nil, err
	}
	if want := micro(p.NextDue(i)); policy == p.Version && due != want {
		return broken("due", "Have", instant(due), "Want", instant(want))
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
