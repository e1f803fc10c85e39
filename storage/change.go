package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// decider is what Change runs inside its transaction.
type decider = func(loaded []*incident.Incident, draw incident.Draw) ([]incident.Change, error)

// Change is incident.Store's. Where this process knows for sure what stands, it is decided before its turn on the writer comes.
func (s *Storage) Change(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide decider) (done []incident.Change, again bool, err error) {
	ahead := s.decideAhead(numbers, decide)
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		done, again, err = t.change(cause, numbers, decide, ahead)
		return err
	})
	if err != nil {
		return nil, false, asAnswer(err, numbers)
	}
	return done, again, nil
}

// asAnswer leaves refusals and what callers branch on bare, and says of all else what we were doing.
func asAnswer(err error, numbers []incident.Number) error {
	if _, refused := errors.AsType[*incident.Refusal](err); refused || errors.Is(err, incident.ErrNotFound) {
		return err
	}
	return fmt.Errorf("change %v: %w", numbers, err)
}

func (t *tx) change(cause incident.Cause, numbers []incident.Number, decide decider, ahead *foresight) (done []incident.Change, again bool, err error) {
	if err := t.lockName("cause", cause.ID); err != nil {
		return nil, false, err
	}
	if done, again, err = t.first(cause); again || err != nil {
		return done, again, err
	}
	if t.s.folds.holds(ahead) {
		done = []incident.Change{ahead.Change}
		return done, false, t.putDone(cause, done, []changed{ahead.changed})
	}
	loaded, before, err := t.load(numbers)
	if err != nil {
		return nil, false, err
	}
	drew := false
	done, err = decide(loaded, func(day time.Time) (incident.Number, error) {
		drew = true
		return t.draw(day)
	})
	if err != nil && drew { // the number must not be used up
		err = t.spoil(err)
	}
	if err != nil {
		return nil, false, err
	}
	list := make([]changed, len(done))
	for k, c := range done {
		list[k] = changed{before: before[c.After.Number], Change: c}
		if err := list[k].encode(); err != nil {
			return nil, false, t.spoil(err)
		}
	}
	return done, false, t.putDone(cause, done, list)
}

// putDone writes what a cause did, and keeps it in memory once it is committed.
func (t *tx) putDone(cause incident.Cause, done []incident.Change, list []changed) error {
	if err := t.putChanges(list); err != nil {
		return err
	}
	t.after = append(t.after, func() {
		for _, c := range list {
			if c.state != "" {
				t.s.folds.settle(c, !t.s.d.manyWriters)
			}
		}
	})
	return t.putCause(cause, done)
}

// first gives what a cause did when it was seen first, folded from the entries up to then.
func (t *tx) first(cause incident.Cause) (done []incident.Change, again bool, err error) {
	if cause.ID == "" {
		return nil, false, nil
	}
	ctx := context.Background()
	rows, err := all(ctx, t.run, `SELECT number, first_seq, last_seq FROM cause WHERE id = $1 ORDER BY pos`, []any{cause.ID}, scanSpan)
	if err != nil {
		return nil, false, t.spoil(err)
	}
	if len(rows) > 0 {
		// What is read may have reached this server's disk alone. PostgreSQL waits for its standby only where something is
		// written, so that the answer is not less sure the second time.
		if _, err := t.exec(`UPDATE cause SET at = at WHERE id = $1 AND pos = 0`, cause.ID); err != nil {
			return nil, false, err
		}
	}
	for _, r := range rows {
		if r.number == 0 {
			continue
		}
		events, err := entries(ctx, t.run, r.number, 0, r.last, 0)
		if err != nil {
			return nil, false, t.spoil(err)
		}
		k := max(0, min(int(r.first)-1, len(events)))
		done = append(done, incident.Change{After: incident.Fold(r.number, events), Events: events[k:]})
	}
	return done, len(rows) > 0, nil
}

// span is the part of a timeline that a cause wrote; empty where first is above last.
type span struct {
	number      incident.Number
	first, last int64
}

func scanSpan(r *sql.Rows) (s span, err error) {
	return s, r.Scan((*int64)(&s.number), &s.first, &s.last)
}

// Knows reports whether a cause was seen before.
func (s *Storage) Knows(ctx context.Context, cause string) (bool, error) {
	found, err := all(ctx, s.reader, `SELECT 1 FROM cause WHERE id = $1 AND pos = 0`, []any{cause}, one[int])
	return len(found) > 0, s.wrap(err, "ask for a cause")
}

func (t *tx) putCause(cause incident.Cause, done []incident.Change) error {
	if cause.ID == "" {
		return nil
	}
	now := micro(t.s.now())
	var a args
	for k, c := range done {
		last := c.After.Version
		a = append(a, cause.ID, int64(k), int64(c.After.Number), last-int64(len(c.Events))+1, last, now)
	}
	if len(done) == 0 {
		a = append(a, cause.ID, int64(0), int64(0), int64(0), int64(0), now)
	}
	return t.putRows(`INSERT INTO cause (id, pos, number, first_seq, last_seq, at) VALUES `, 6, a, "")
}

// load reads the incidents in the order asked for, locking them in the order of their numbers.
func (t *tx) load(numbers []incident.Number) ([]*incident.Incident, map[incident.Number]known, error) {
	if len(numbers) == 0 {
		return nil, nil, nil
	}
	before := make(map[incident.Number]known, len(numbers))
	loaded := make([]*incident.Incident, len(numbers))
	if kept, sure := t.s.folds.settled(numbers[0]); sure && len(numbers) == 1 {
		k := know(kept.incident)
		k.due, k.policy = kept.due, kept.policy
		loaded[0], before[numbers[0]] = kept.incident, k
		return loaded, before, nil
	}
	read, err := rows(context.Background(), t.run, &t.s.folds, numbers, t.s.d.forUpdate)
	if err != nil {
		return nil, nil, t.spoil(err)
	}
	for k, n := range numbers {
		r := read[n]
		if r == nil {
			return nil, nil, incident.ErrNotFound
		}
		if r.err != nil {
			return nil, nil, t.spoil(r.err)
		}
		loaded[k], before[n] = r.incident, r.known
	}
	return loaded, before, nil
}

// putChanges writes what a command did to its incidents, encoded before.
func (t *tx) putChanges(list []changed) error {
	for _, c := range list {
		done, err := t.putIncident(c)
		if err != nil {
			return err
		}
		if !done {
			return t.spoil(incident.ErrConflict)
		}
	}
	return t.putRest(list)
}

// putChange is putChanges for one.
func (t *tx) putChange(before known, c incident.Change) error {
	one := changed{before: before, Change: c}
	if err := one.encode(); err != nil {
		return t.spoil(err)
	}
	return t.putChanges([]changed{one})
}

// putRest writes what belongs to rows that are written: the entries and the effects of all together, the tables beside where
// they differ.
func (t *tx) putRest(list []changed) error {
	var events []incident.Event
	var effects []incident.Effect
	for _, c := range list {
		events, effects = append(events, c.Events...), append(effects, c.Effects...)
	}
	if err := t.putEntries(events); err != nil {
		return err
	}
	for _, c := range list {
		if err := t.putBeside(c); err != nil {
			return err
		}
	}
	return t.putEffects(effects)
}

// putBeside writes the tables beside the row, those that differ.
func (t *tx) putBeside(c changed) error {
	before, now, after := c.before, c.now, c.After
	fresh := before.version == 0
	if len(c.Events) == 0 && !before.old {
		return nil
	}
	if fresh || before.old || now.Title != before.Title || now.summary != before.summary || !slices.Equal(now.Services, before.Services) {
		if err := t.putTokens(after, !fresh); err != nil {
			return err
		}
	}
	if before.old || !slices.Equal(now.insiders, before.insiders) {
		if err := t.putInsiders(after.Number, now.insiders); err != nil {
			return err
		}
	}
	if before.old || !slices.Equal(now.parts, before.parts) {
		if err := t.putParts(after.Number, now.parts); err != nil {
			return err
		}
	}
	events := c.Events
	if before.old { // the row is of this FoldVersion from now on, and renew passes it over
		var err error
		if events, err = entries(context.Background(), t.run, after.Number, 0, 0, 0); err != nil {
			return t.spoil(err)
		}
	}
	if err := t.putExhibits(events); err != nil {
		return err
	}
	if !slices.Equal(now.rooms, before.rooms) {
		return t.putRooms(after)
	}
	return nil
}

func (t *tx) putEntries(events []incident.Event) error {
	a := make(args, 0, len(events)*9)
	for _, e := range events {
		var occurred any
		if !e.Occurred.IsZero() {
			occurred = micro(e.Occurred.At)
		}
		a = append(a, int64(e.Number), e.Seq, e.Fact.Kind(), micro(e.At), occurred, e.Body, e.Salt, e.Digest, e.Hash)
	}
	return t.putRows(`INSERT INTO entry (number, seq, kind, at, occurred, body, salt, digest, hash) VALUES `, 9, a, "")
}

func (t *tx) putInsiders(n incident.Number, people []incident.PersonID) error {
	if _, err := t.exec(`DELETE FROM insider WHERE number = $1`, int64(n)); err != nil {
		return err
	}
	var a args
	for _, p := range people {
		a = append(a, int64(n), string(p))
	}
	return t.putRows(`INSERT INTO insider (number, person) VALUES `, 2, a, "")
}

func (t *tx) putParts(n incident.Number, parts []incident.Part) error {
	if _, err := t.exec(`DELETE FROM part WHERE number = $1`, int64(n)); err != nil {
		return err
	}
	var a args
	for _, p := range parts {
		a = append(a, int64(n), string(p.Role), string(p.Person))
	}
	return t.putRows(`INSERT INTO part (number, role, person) VALUES `, 3, a, "")
}

func (t *tx) putRooms(i *incident.Incident) error {
	if _, err := t.exec(`DELETE FROM room WHERE number = $1`, int64(i.Number)); err != nil {
		return err
	}
	for _, r := range i.Rooms {
		_, err := t.exec(`INSERT INTO room (realm, room, thread, number) VALUES ($1, $2, $3, $4)
			ON CONFLICT (realm, room, thread) DO UPDATE SET number = excluded.number`, r.Realm, r.ID, r.Thread, int64(i.Number))
		if err != nil {
			return err
		}
	}
	return nil
}
