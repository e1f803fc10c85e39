package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"matoi/incident"
)

// known is what a change must know of an incident as it was, to write only what differs. It is taken before
// decide runs, which may do with the loaded ones what it likes.
type known struct {
	incident.Row
	version  int64
	due      int64
	policy   string // that set due
	old      bool   // a former FoldVersion wrote it: what lists ask for may be missing
	closed   int64
	alerts   incident.AlertTally
	summary  string
	rooms    []incident.Room
	insiders []incident.PersonID // nil while public
	parts    []incident.Part
}

func know(i *incident.Incident) known {
	k := known{
		Row: i.AsRow(), version: i.Version, closed: micro(i.Closed), alerts: i.Alerts, summary: i.Summary,
		rooms: slices.Clone(i.Rooms), parts: i.Parts(),
	}
	k.Services, k.Holders = slices.Clone(k.Services), slices.Clone(k.Holders)
	if i.Private {
		k.insiders = i.Insiders()
	}
	return k
}

// alike reports whether the columns that lists ask for are the same, so that none of their indexes needs a look.
func (k known) alike(o known) bool {
	return !o.old && k.Title == o.Title && k.Status == o.Status && k.Priority == o.Priority && k.Provisional == o.Provisional && k.Private == o.Private &&
		k.Category == o.Category && k.Manager == o.Manager && k.Assignee == o.Assignee && k.Opened.Equal(o.Opened) && k.closed == o.closed &&
		k.Due.Equal(o.Due) && k.DueKind == o.DueKind && k.Acting == o.Acting && k.Firing == o.Firing &&
		k.alerts.Source == o.alerts.Source && k.alerts.Group == o.alerts.Group && k.alerts.Storm == o.alerts.Storm &&
		slices.Equal(k.Services, o.Services) && slices.Equal(k.Holders, o.Holders)
}

// loaded is a row as it was read, or why it could not be.
type loaded struct {
	known
	incident *incident.Incident
	err      error
	folded   int // FoldVersion
}

// rows reads incidents in one statement, locking them in the order of their numbers where several write. What is unknown,
// or left out by the lock, is missing.
func rows(ctx context.Context, q querier, f *folds, numbers []incident.Number, lock string) (map[incident.Number]*loaded, error) {
	read := make(map[incident.Number]*loaded, len(numbers))
	if len(numbers) > keptFolds/8 { // they would push out what people work on
		f = nil
	}
	for chunk := range slices.Chunk(numbers, mostKeys) {
		var a args
		query := `SELECT number, fold_version, due_at, due_policy, state FROM incident WHERE number IN (` + list(&a, padded(chunk)) + `) ORDER BY number` + lock
		_, err := all(ctx, q, query, a, func(r *sql.Rows) (struct{}, error) {
			var n incident.Number
			var state string
			l := &loaded{}
			if err := r.Scan((*int64)(&n), &l.folded, &l.due, &l.policy, &state); err != nil {
				return struct{}{}, err
			}
			if l.folded == incident.FoldVersion {
				var err error
				if l.incident, err = f.decode(n, state); err != nil {
					l.err = fmt.Errorf("decode the state: %w", err)
				}
			}
			read[n] = l
			return struct{}{}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	for n, l := range read {
		if l.folded != incident.FoldVersion {
			if l.incident, l.err = refold(ctx, q, n, 0); l.err != nil {
				continue
			}
		}
		k := know(l.incident)
		k.due, k.policy, k.old = l.due, l.policy, l.folded != incident.FoldVersion
		l.known = k
	}
	return read, nil
}

// The statements that write what every change writes, without and with the clock's two columns: those that are asked for
// stand in indexes, and an index is written anew for a column that is named, changed or not.
const (
	updateFold  = `UPDATE incident SET version = $1, changed = $2, head = $3, fold_version = $4, state = $5 WHERE number = $6 AND version = $7`
	updateClock = `UPDATE incident SET due_at = $1, due_policy = $2, version = $3, changed = $4, head = $5, fold_version = $6, state = $7 WHERE number = $8 AND version = $9`
	updateDue   = `UPDATE incident SET due_at = $1, due_policy = $2 WHERE number = $3 AND version = $4`
)

// changed is a change with what stood before it, and the row in the words of the statement that writes it.
type changed struct {
	before known
	now    known
	incident.Change

	query string // empty where the row stays as it is
	row   args
	state string // as JSON, where the row is written

	kept *incident.Incident // a clone of After for folds; nil where none was made yet
}

// encode makes the statement. A change that leaves all that lists ask for as it is writes the fold and the clock alone, and a
// tick that made no facts the clock.
func (c *changed) encode() error {
	if want := c.before.version + int64(len(c.Events)); c.After.Version != want {
		return fmt.Errorf("%s: the fold is at entry %d, its entries end at %d", c.After.Number, c.After.Version, want)
	}
	i, due := c.After, micro(c.Due)
	c.now = c.before
	if len(c.Events) > 0 {
		c.now = know(i)
	}
	same := due == c.before.due && c.Policy == c.before.policy
	switch {
	case c.before.version == 0 || len(c.Events) > 0 && !c.now.alike(c.before):
		return c.encodeAll()
	case len(c.Events) == 0 && same:
		return nil
	case len(c.Events) == 0:
		c.query, c.row = updateDue, args{due, c.Policy, int64(i.Number), c.before.version}
		return nil
	}
	state, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("encode %s: %w", i.Number, err)
	}
	c.state = string(state)
	c.query, c.row = updateClock, args{due, c.Policy, i.Version, micro(i.Changed), i.Head, int64(incident.FoldVersion), c.state, int64(i.Number), c.before.version}
	if same {
		c.query, c.row = updateFold, c.row[2:]
	}
	return nil
}

func (c *changed) encodeAll() error {
	cs, err := columns(c.After)
	if err != nil {
		return err
	}
	c.state = cs[slices.IndexFunc(cs, func(col column) bool { return col.name == "state" })].value.(string)
	a := make(args, 0, len(cs)+4)
	for _, col := range cs {
		a = append(a, col.value)
	}
	a = append(a, micro(c.Due), c.Policy)
	insert, update := incidentTexts()
	c.query, c.row = insert, a
	if c.before.version > 0 {
		c.query, c.row = update, append(a[1:], a[0], c.before.version)
	}
	return nil
}

// putIncident writes the row; false where somebody else has changed it.
func (t *tx) putIncident(c changed) (done bool, err error) {
	if c.query != "" {
		t.s.folds.touch(c.After.Number)
		affected, err := t.exec(c.query, c.row...)
		if err != nil || affected != 1 {
			return false, err
		}
	}
	t.wroteRow(c.After.Number)
	if due := micro(c.Due); due > 0 && due != c.before.due {
		t.touched |= topicDue
	}
	return true, nil
}
