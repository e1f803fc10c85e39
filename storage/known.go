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
func (t *tx) rows(numbers []incident.Number, lock string) (map[incident.Number]*loaded, error) {
	read := make(map[incident.Number]*loaded, len(numbers))
	for chunk := range slices.Chunk(numbers, mostKeys) {
		var a args
		query := `SELECT number, fold_version, due_at, due_policy, state FROM incident WHERE number IN (` + list(&a, padded(chunk)) + `) ORDER BY number` + lock
		_, err := all(context.Background(), t.run, query, a, func(r *sql.Rows) (struct{}, error) {
			var n incident.Number
			var state sql.RawBytes
			l := &loaded{incident: &incident.Incident{}}
			if err := r.Scan((*int64)(&n), &l.folded, &l.due, &l.policy, &state); err != nil {
				return struct{}{}, err
			}
			if l.folded == incident.FoldVersion {
				if err := json.Unmarshal(state, l.incident); err != nil {
					l.err = fmt.Errorf("decode the state: %w", err)
				}
			}
			read[n] = l
			return struct{}{}, nil
		})
		if err != nil {
			return nil, t.spoil(err)
		}
	}
	for n, l := range read {
		if l.folded != incident.FoldVersion {
			if l.incident, l.err = refold(context.Background(), t.run, n, 0); l.err != nil {
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
	updateFold  = `UPDATE incident SET version = $2, changed = $3, head = $4, fold_version = $5, state = $6 WHERE number = $1 AND version = $7`
	updateClock = `UPDATE incident SET version = $2, changed = $3, head = $4, fold_version = $5, state = $6, due_at = $8, due_policy = $9 WHERE number = $1 AND version = $7`
)

// putIncident writes the row, or as much of it as a change touched.
func (t *tx) putIncident(before known, c incident.Change) error {
	t.touched |= topicIncident
	due := micro(c.Due)
	if due > 0 && due != before.due {
		t.touched |= topicDue
	}
	if before.version > 0 && know(c.After).alike(before) {
		return t.putFold(before, c)
	}
	cs, err := columns(c.After)
	if err != nil {
		return t.spoil(err)
	}
	a := make([]any, 0, len(cs)+3)
	for _, col := range cs {
		a = append(a, col.value)
	}
	a = append(a, due, c.Policy)
	insert, update := incidentTexts()
	if before.version == 0 {
		_, err = t.exec(insert, a...)
		return err
	}
	return t.onlyOne(t.exec(update, append(a, before.version)...))
}

// putFold writes the row of an incident of which lists show nothing new. A tick that made no facts leaves the fold alone.
func (t *tx) putFold(before known, c incident.Change) error {
	i, due := c.After, micro(c.Due)
	if len(c.Events) == 0 {
		if due == before.due && c.Policy == before.policy {
			return nil
		}
		return t.onlyOne(t.exec(`UPDATE incident SET due_at = $2, due_policy = $3 WHERE number = $1 AND version = $4`,
			int64(i.Number), due, c.Policy, before.version))
	}
	state, err := json.Marshal(i)
	if err != nil {
		return t.spoil(fmt.Errorf("encode %s: %w", i.Number, err))
	}
	a := []any{int64(i.Number), i.Version, micro(i.Changed), i.Head, int64(incident.FoldVersion), string(state), before.version}
	if due == before.due && c.Policy == before.policy {
		return t.onlyOne(t.exec(updateFold, a...))
	}
	return t.onlyOne(t.exec(updateClock, append(a, due, c.Policy)...))
}

// onlyOne makes it a conflict that somebody else has changed the row.
func (t *tx) onlyOne(affected int64, err error) error {
	if err == nil && affected != 1 {
		err = t.spoil(incident.ErrConflict)
	}
	return err
}
