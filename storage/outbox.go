package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// coalescing is true for an effect that stands for every later one of its kind until it is claimed. The words are
// those of the index outbox_one; a test holds them against incident.EffectKind.Coalesces.
const coalescing = `state = 'waiting' AND claimed_until = 0 AND kind IN ('show-card', 'announce', 'set-topic')`

// laned is an effect with its lane.
type laned struct {
	incident.Effect
	lane string
}

// putEffects adds what must be told. An urgent one makes those ahead of it in its lane urgent too, since the order
// inside a lane holds.
func (t *tx) putEffects(effects []incident.Effect) error {
	if len(effects) == 0 {
		return nil
	}
	t.touched |= topicOutbox
	now := micro(t.s.now())
	told := merged(effects)
	hurried := map[string]bool{}
	var urgent []string
	for k, e := range slices.Backward(told) {
		if e.Urgent && !hurried[e.lane] {
			hurried[e.lane] = true
			urgent = append(urgent, e.lane)
		}
		told[k].Urgent = hurried[e.lane]
	}
	for chunk := range slices.Chunk(urgent, mostKeys) {
		var a args
		if _, err := t.exec(`UPDATE outbox SET urgent = TRUE WHERE lane IN (`+list(&a, padded(chunk))+`) AND state = 'waiting' AND NOT urgent`, a...); err != nil {
			return err
		}
	}
	a := make(args, 0, len(told)*14)
	for _, e := range told {
		a = append(a, int64(e.Number), e.lane, string(e.Kind), e.Realm, string(e.Person), e.Seq, e.Urgent, now, int64(0), now, int64(0), false, "", "waiting")
	}
	return t.putRows(`INSERT INTO outbox (number, lane, kind, realm, person, seq, urgent, made, tries, next_at, claimed_until, doubtful, why, state) VALUES `,
		14, a, ` ON CONFLICT (lane, kind) WHERE `+coalescing+` DO UPDATE SET seq = excluded.seq, urgent = outbox.urgent OR excluded.urgent`)
}

// merged leaves one effect of a coalescing kind per lane: one statement must not touch a row twice.
func merged(effects []incident.Effect) []laned {
	type key struct {
		lane string
		kind incident.EffectKind
	}
	out := make([]laned, 0, len(effects))
	at := map[key]int{}
	for _, e := range effects {
		l := laned{e, e.Lane()}
		if !e.Kind.Coalesces() {
			out = append(out, l)
			continue
		}
		k, known := at[key{l.lane, e.Kind}]
		if !known {
			at[key{l.lane, e.Kind}] = len(out)
			out = append(out, l)
			continue
		}
		out[k].Seq, out[k].Urgent = e.Seq, out[k].Urgent || e.Urgent
	}
	return out
}

// isHead is true for the first waiting row of a lane; only heads are delivered.
const isHead = `NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.lane = outbox.lane AND ahead.state = 'waiting' AND ahead.id < outbox.id)`

// Claim takes heads of lanes for the time of lease, urgent ones first, at most limit. A row whose lease ran out is taken
// again, with one more try and doubtful, since whoever held it may have sent it.
func (s *Storage) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) (claimed []incident.Delivery, err error) {
	query := `UPDATE outbox SET claimed_until = $1, doubtful = doubtful OR claimed_until > 0,
			tries = tries + CASE WHEN claimed_until > 0 THEN 1 ELSE 0 END
		WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND next_at <= $2 AND claimed_until <= $2 AND ` + isHead + `
			ORDER BY urgent DESC, id LIMIT $3` + s.d.skipLocked + `)
		RETURNING id, number, kind, realm, person, seq, urgent, tries, doubtful, made`
	err = s.write(ctx, true, func(t *tx) (err error) {
		t.wrote = true
		claimed, err = all(context.Background(), t.run, query, []any{micro(now.Add(lease)), micro(now), limit}, scanDelivery)
		if err != nil {
			return t.spoil(err)
		}
		return nil
	})
	if err != nil { // read, but not committed: they are nobody's
		return nil, s.wrap(err, "claim deliveries")
	}
	slices.SortFunc(claimed, func(a, b incident.Delivery) int {
		if a.Effect.Urgent != b.Effect.Urgent {
			if a.Effect.Urgent {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return claimed, nil
}

// release ends the leases of a process that died: the folder is ours alone, so nobody can hold them any more. Their
// deliveries come again at once, doubtful, instead of a minute later.
func (s *Storage) release(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `UPDATE outbox SET claimed_until = 1 WHERE state = 'waiting' AND claimed_until > 1`)
	if err != nil {
		return fmt.Errorf("release deliveries: %w", err)
	}
	return nil
}

func scanDelivery(r *sql.Rows) (d incident.Delivery, err error) {
	var made int64
	e := &d.Effect
	err = r.Scan(&d.ID, (*int64)(&e.Number), &e.Kind, &e.Realm, &e.Person, &e.Seq, &e.Urgent, &d.Tries, &d.Doubtful, &made)
	d.Waiting = instant(made)
	return d, err
}

// Done takes a delivered effect out of the outbox and keeps the receipt, unless it names no place. An unknown id is
// no error: somebody else was faster.
func (s *Storage) Done(ctx context.Context, id int64, r incident.Receipt) error {
	err := s.write(ctx, true, func(t *tx) error {
		var number int64
		var realm, kind, person string
		err := t.put(`DELETE FROM outbox WHERE id = $1 RETURNING number, realm, kind, person`, []any{id}, &number, &realm, &kind, &person)
		if errors.Is(err, incident.ErrNotFound) {
			return nil
		}
		t.touched |= topicOutbox
		if err != nil || r == (incident.Receipt{}) {
			return err
		}
		_, err = t.exec(`INSERT INTO receipt (number, realm, kind, person, place, room, thread, message, link) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (number, realm, kind, person) DO UPDATE SET place = excluded.place, room = excluded.room, thread = excluded.thread,
				message = excluded.message, link = excluded.link`,
			number, realm, kind, person, r.Place.Realm, r.Place.Room, r.Place.Thread, r.Place.Message, r.Link)
		return err
	})
	return s.wrap(err, "finish delivery %d", id)
}

// Later puts a claimed delivery back for a further try at the given time. One of a coalescing kind takes in those
// that came meanwhile.
func (s *Storage) Later(ctx context.Context, id int64, at time.Time, doubtful bool, why string) error {
	err := s.write(ctx, true, func(t *tx) error {
		var lane, kind string
		err := t.get(`SELECT lane, kind FROM outbox WHERE id = $1 AND state = 'waiting'`, []any{id}, &lane, &kind)
		if errors.Is(err, incident.ErrNotFound) {
			return nil
		}
		if err == nil && incident.EffectKind(kind).Coalesces() {
			_, err = t.exec(`DELETE FROM outbox WHERE lane = $1 AND kind = $2 AND id <> $3 AND `+coalescing, lane, kind, id)
		}
		if err != nil {
			return err
		}
		t.touched |= topicOutbox
		_, err = t.exec(`UPDATE outbox SET claimed_until = 0, tries = tries + 1, next_at = $2, doubtful = doubtful OR $3, why = $4 WHERE id = $1`,
			id, micro(at), doubtful, why)
		return err
	})
	return s.wrap(err, "put off delivery %d", id)
}

// Drop gives a delivery up; its row stays with the reason.
func (s *Storage) Drop(ctx context.Context, id int64, why string) error {
	err := s.write(ctx, true, func(t *tx) error {
		t.touched |= topicOutbox
		_, err := t.exec(`UPDATE outbox SET state = 'dropped', claimed_until = 0, why = $2 WHERE id = $1`, id, why)
		return err
	})
	return s.wrap(err, "drop delivery %d", id)
}

// Receipt is where the last delivery of a kind stands; incident.ErrNotFound when there was none.
func (s *Storage) Receipt(ctx context.Context, n incident.Number, realm string, kind incident.EffectKind, person incident.PersonID) (r incident.Receipt, err error) {
	err = row(ctx, s.reader, `SELECT place, room, thread, message, link FROM receipt WHERE number = $1 AND realm = $2 AND kind = $3 AND person = $4`,
		[]any{int64(n), realm, string(kind), string(person)}, &r.Place.Realm, &r.Place.Room, &r.Place.Thread, &r.Place.Message, &r.Link)
	return r, s.wrap(err, "receipt of %s %s", n, kind)
}

// NextClaim is the earliest time at which Claim finds something, which may be past; zero when nothing waits.
func (s *Storage) NextClaim(ctx context.Context) (time.Time, error) {
	var at int64
	err := row(ctx, s.reader, `SELECT coalesce(min(CASE WHEN claimed_until > next_at THEN claimed_until ELSE next_at END), 0)
		FROM outbox WHERE state = 'waiting' AND `+isHead, nil, &at)
	return instant(at), s.wrap(err, "find the next delivery")
}
