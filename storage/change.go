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

// Change is incident.Store's.
func (s *Storage) Change(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide decider) (done []incident.Change, again bool, err error) {
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		done, again, err = t.change(cause, numbers, decide)
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

func (t *tx) change(cause incident.Cause, numbers []incident.Number, decide decider) (done []incident.Change, again bool, err error) {
	if err := t.lockName("cause", cause.ID); err != nil {
		return nil, false, err
	}
	if done, again, err = t.first(cause); again || err != nil {
		return done, again, err
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
	for _, c := range done {
		if err := t.putChange(before[c.After.Number], c); err != nil {
			return nil, false, err
		}
	}
	return done, false, t.putCause(cause, done)
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

// known is what Change must know of an incident as it was, to write only what differs. It is taken before
// decide runs, which may do with the loaded ones what it likes.
type known struct {
	version        int64
	title, summary string
	services       []string
	rooms          []incident.Room
	insiders       []incident.PersonID // nil while public
	parts          []incident.Part
}

func know(i *incident.Incident) known {
	k := known{version: i.Version, title: i.Title, summary: i.Summary, services: slices.Clone(i.Services), rooms: slices.Clone(i.Rooms), parts: i.Parts()}
	if i.Private {
		k.insiders = i.Insiders()
	}
	return k
}

// load reads the incidents in the order asked for, locking them in the order of their numbers.
func (t *tx) load(numbers []incident.Number) ([]*incident.Incident, map[incident.Number]known, error) {
	byNumber := make(map[incident.Number]*incident.Incident, len(numbers))
	before := make(map[incident.Number]known, len(numbers))
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		if byNumber[n] != nil {
			continue
		}
		i, err := load(context.Background(), t.run, n, t.s.d.forUpdate)
		if errors.Is(err, incident.ErrNotFound) {
			return nil, nil, err
		}
		if err != nil {
			return nil, nil, t.spoil(err)
		}
		byNumber[n], before[n] = i, know(i)
	}
	loaded := make([]*incident.Incident, len(numbers))
	for k, n := range numbers {
		loaded[k] = byNumber[n]
	}
	return loaded, before, nil
}

// putChange writes what a command did to one incident.
func (t *tx) putChange(before known, c incident.Change) error {
	after := c.After
	if want := before.version + int64(len(c.Events)); after.Version != want {
		return t.spoil(fmt.Errorf("%s: the fold is at entry %d, its entries end at %d", after.Number, after.Version, want))
	}
	if err := t.putIncident(before, c); err != nil {
		return err
	}
	if err := t.putEntries(c.Events); err != nil {
		return err
	}
	now := know(after)
	fresh := before.version == 0
	if fresh || now.title != before.title || now.summary != before.summary || !slices.Equal(now.services, before.services) {
		if err := t.putTokens(after, !fresh); err != nil {
			return err
		}
	}
	if !slices.Equal(now.insiders, before.insiders) {
		if err := t.putInsiders(after.Number, now.insiders); err != nil {
			return err
		}
	}
	if !slices.Equal(now.parts, before.parts) {
		if err := t.putParts(after.Number, now.parts); err != nil {
			return err
		}
	}
	if err := t.putExhibits(c.Events); err != nil {
		return err
	}
	if !slices.Equal(now.rooms, before.rooms) {
		if err := t.putRooms(after); err != nil {
			return err
		}
	}
	return t.putEffects(c.Effects)
}

func (t *tx) putIncident(before known, c incident.Change) error {
	cs, err := columns(c.After)
	if err != nil {
		return t.spoil(err)
	}
	a := make([]any, 0, len(cs)+3)
	for _, col := range cs {
		a = append(a, col.value)
	}
	a = append(a, micro(c.Due), c.Policy)
	t.touched |= topicIncident
	if !c.Due.IsZero() {
		t.touched |= topicDue
	}
	insert, update := incidentTexts()
	if before.version == 0 {
		_, err = t.exec(insert, a...)
		return err
	}
	affected, err := t.exec(update, append(a, before.version)...)
	if err == nil && affected != 1 {
		err = t.spoil(incident.ErrConflict)
	}
	return err
}

func (t *tx) putEntries(events []incident.Event) error {
	var a args
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
