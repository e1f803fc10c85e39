package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
)

// ErrHeld refuses to erase what a legal hold protects.
var ErrHeld = errors.New("a legal hold stands: nothing is erased until it is lifted")

// Register reads what was done to the store as a whole, oldest first. Its events have the number 0.
func (s *Storage) Register(ctx context.Context) ([]incident.Event, error) {
	events, err := register(ctx, s.reader)
	return events, s.wrap(err, "read the register")
}

// register gives with an error what it read before it.
func register(ctx context.Context, q querier) (events []incident.Event, err error) {
	_, err = all(ctx, q, `SELECT seq, kind, at, body, salt, digest, hash FROM register ORDER BY seq`, nil, func(r *sql.Rows) (_ struct{}, err error) {
		var e incident.Event
		var at int64
		var kind string
		var body []byte
		if err := r.Scan(&e.Seq, &kind, &at, &body, &e.Salt, &e.Digest, &e.Hash); err != nil {
			return struct{}{}, err
		}
		e.At = instant(at)
		if err := incident.Decode(&e, kind, body); err != nil {
			return struct{}{}, err
		}
		events = append(events, e)
		return struct{}{}, nil
	})
	return events, err
}

// enter adds an entry to the register.
func (t *tx) enter(f incident.Fact, by incident.By, now time.Time) error {
	if err := t.lockName("register", "all"); err != nil {
		return err
	}
	var head []byte
	seq, err := t.next(counterRegister, 1)
	if err != nil {
		return err
	}
	if seq > 1 {
		if err := t.get(`SELECT hash FROM register WHERE seq = $1`, []any{seq - 1}, &head); err != nil {
			return t.spoil(fmt.Errorf("read the end of the register: %w", err))
		}
	}
	e := incident.Event{Seq: seq, At: now.UTC().Truncate(time.Microsecond), By: by.Person, Recorder: by.Recorder, Fact: f}
	if err := incident.Seal(&e, head, rand.Reader); err != nil {
		return t.spoil(err)
	}
	_, err = t.exec(`INSERT INTO register (seq, kind, at, body, salt, digest, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.Seq, e.Fact.Kind(), micro(e.At), e.Body, e.Salt, e.Digest, e.Hash)
	return err
}

// Hold sets a legal hold on an incident (0: on all) or lifts it. Setting it twice, or lifting what is not held, is refused.
func (s *Storage) Hold(ctx context.Context, n incident.Number, lift bool, by incident.By, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return incident.Refuse("erase_reason")
	}
	return s.wrap(s.write(ctx, false, func(t *tx) error {
		if n != 0 {
			if err := t.get(`SELECT number FROM incident WHERE number = $1`, []any{int64(n)}, new(int64)); err != nil {
				return err
			}
		}
		holds, err := t.holds()
		if err != nil {
			return err
		}
		if stands := slices.Contains(holds, n); stands != lift {
			return incident.Refuse("hold_so")
		}
		if lift {
			return t.enter(&incident.HoldLifted{Number: n, Reason: reason}, by, t.s.now())
		}
		return t.enter(&incident.HoldSet{Number: n, Reason: reason}, by, t.s.now())
	}), "hold")
}

// Holds gives the legal holds that stand.
func (s *Storage) Holds(ctx context.Context) (incident.Holds, error) {
	events, err := s.Register(ctx)
	return incident.HoldsOf(events), err
}

func (t *tx) holds() (incident.Holds, error) {
	events, err := register(context.Background(), t.run)
	if err != nil {
		return nil, t.spoil(err)
	}
	return incident.HoldsOf(events), nil
}

// verifyRegister checks the chain of the register, and that who it says was erased is.
func (s *Storage) verifyRegister(ctx context.Context, h *Heads) (*incident.Broken, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.d.snapshot})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	events, err := register(ctx, tx)
	if err != nil { // a text that does not decode, or a column that holds something else
		return incident.Break(0, int64(len(events))+1, "text_unreadable", "Detail", err.Error()), s.d.sickOnly(err)
	}
	if broken := incident.Verify(0, events); broken != nil {
		return broken, nil
	}
	var last int64
	err = row(ctx, tx, `SELECT coalesce(max(n), 0) FROM counter WHERE day = $1`, []any{counterRegister}, &last)
	if err != nil {
		return nil, err
	}
	if n := int64(len(events)); n != last {
		return incident.Break(0, min(n, last)+1, "register_count", "Have", n, "Given", last), nil
	}
	if broken := h.compare(0, events); broken != nil {
		return broken, nil
	}
	for _, e := range events {
		f, ok := e.Fact.(*incident.PersonErased)
		if !ok {
			continue
		}
		found, err := people(ctx, tx, `WHERE id = $1`, string(f.Person))
		if err != nil {
			return nil, err
		}
		if len(found) != 1 || found[0] != (incident.Person{ID: f.Person, Erased: true}) {
			return incident.Break(0, e.Seq, "person_back", "Person", string(f.Person)), nil
		}
	}
	return nil, nil
}

// sickOnly passes on only an error that speaks of the database itself.
func (d dialect) sickOnly(err error) error {
	if err = d.mapped(err); d.isSick(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
