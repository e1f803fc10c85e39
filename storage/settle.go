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

// settle writes down what became of deliveries.
func (t *tx) settle(settled []incident.Settled) error {
	var told []incident.Settled
	for _, s := range settled {
		var err error
		switch s.As {
		case incident.Delivered:
			told = append(told, s)
		case incident.PutOff:
			err = t.putOff(s)
		case incident.GivenUp:
			err = t.giveUp(s)
		default:
			err = t.spoil(fmt.Errorf("delivery %d is settled as %q", s.ID, s.As))
		}
		if err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(told, mostKeys) {
		if err := t.told(chunk); err != nil {
			return err
		}
	}
	return nil
}

// done is a row of the outbox that was told.
type done struct {
	id, number                int64
	lane, realm, kind, person string
}

// receipt gives the columns of its receipt.
func (d done) receipt(r incident.Receipt) args {
	return args{d.number, d.realm, d.kind, d.person, r.Place.Realm, r.Place.Room, r.Place.Thread, r.Place.Message, r.Link}
}

// told takes delivered effects out of the outbox and keeps their receipts.
func (t *tx) told(settled []incident.Settled) error {
	by := make(map[int64]incident.Settled, len(settled))
	ids := make([]int64, len(settled))
	for k, s := range settled {
		by[s.ID], ids[k] = s, s.ID
	}
	var a args
	t.wrote = true
	rows, err := all(context.Background(), t.run, `DELETE FROM outbox WHERE id IN (`+list(&a, padded(ids))+`) RETURNING id, number, lane, realm, kind, person`, a,
		func(r *sql.Rows) (d done, err error) {
			return d, r.Scan(&d.id, &d.number, &d.lane, &d.realm, &d.kind, &d.person)
		})
	if err != nil {
		return t.spoil(err)
	}
	slices.SortFunc(rows, func(a, b done) int { return slices.Index(ids, a.id) - slices.Index(ids, b.id) })
	var receipts args
	asked := map[done]args{}
	last := map[done]int{} // one statement must not touch a row twice
	for k, d := range rows {
		last[done{number: d.number, realm: d.realm, kind: d.kind, person: d.person}] = k
	}
	for k, d := range rows {
		s := by[d.id]
		if err := t.needless(d, s.Version); err != nil {
			return err
		}
		if q := d; s.Asks && s.Receipt != (incident.Receipt{}) {
			q.kind = string(incident.Question)
			asked[done{number: q.number, realm: q.realm, person: q.person}] = q.receipt(s.Receipt)
		}
		if r := s.Receipt; r != (incident.Receipt{}) && last[done{number: d.number, realm: d.realm, kind: d.kind, person: d.person}] == k {
			receipts = append(receipts, d.receipt(r)...)
		}
	}
	for _, columns := range asked {
		receipts = append(receipts, columns...)
	}
	return t.putReceipts(receipts)
}

func (t *tx) putReceipts(receipts args) error {
	return t.putRows(`INSERT INTO receipt (number, realm, kind, person, place, room, thread, message, link) VALUES `, 9, receipts,
		` ON CONFLICT (number, realm, kind, person) DO UPDATE SET place = excluded.place, room = excluded.room, thread = excluded.thread,
			message = excluded.message, link = excluded.link`)
}

// needless takes away what waits to show a state that was shown just now. The incident is locked, so that nobody makes it
// stand for a newer one meanwhile.
func (t *tx) needless(d done, shown int64) error {
	if shown == 0 || !incident.EffectKind(d.kind).Coalesces() {
		return nil
	}
	var behind, version int64
	err := t.get(`SELECT id FROM outbox WHERE lane = $1 AND kind = $2 AND `+coalescing, []any{d.lane, d.kind}, &behind)
	if err == nil {
		err = t.get(`SELECT version FROM incident WHERE number = $1`+t.s.d.forUpdate, []any{d.number}, &version)
	}
	if errors.Is(err, incident.ErrNotFound) || err == nil && version > shown {
		return nil
	}
	if err == nil {
		_, err = t.exec(`DELETE FROM outbox WHERE id = $1 AND `+coalescing, behind)
	}
	return err
}

// putOff gives a claimed delivery back for a further try. One of a coalescing kind takes in those that came meanwhile: it is
// the oldest, by whose key a message in doubt is found.
func (t *tx) putOff(s incident.Settled) error {
	var d done
	err := t.get(`SELECT number, lane, realm, kind, person FROM outbox WHERE id = $1 AND state = 'waiting'`, []any{s.ID},
		&d.number, &d.lane, &d.realm, &d.kind, &d.person)
	if errors.Is(err, incident.ErrNotFound) {
		return nil
	}
	if err == nil && incident.EffectKind(d.kind).Coalesces() {
		_, err = t.exec(`DELETE FROM outbox WHERE lane = $1 AND kind = $2 AND id <> $3 AND `+coalescing, d.lane, d.kind, s.ID)
	}
	found := s.Receipt != (incident.Receipt{})
	if err == nil && found {
		err = t.putReceipts(d.receipt(s.Receipt))
	}
	if err != nil {
		return err
	}
	tries := int64(1)
	if s.Untried {
		tries = 0
	}
	_, err = t.exec(`UPDATE outbox SET claimed_until = 0, tries = tries + $2, next_at = $3, doubtful = NOT $6 AND (doubtful OR $4), why = $5 WHERE id = $1`,
		s.ID, tries, micro(s.At), s.Doubtful, s.Why, found)
	return err
}

// giveUp takes a delivery out of its lane; its row stays with the reason, as long as Retention says.
func (t *tx) giveUp(s incident.Settled) error {
	_, err := t.exec(`UPDATE outbox SET state = 'dropped', claimed_until = 0, why = $2 WHERE id = $1`, s.ID, s.Why)
	return err
}

// Hurry lets what failed in a chat be tried at once, and with it what waits to be told together: it works again.
func (s *Storage) Hurry(ctx context.Context, realm string, now time.Time) error {
	err := s.write(ctx, true, func(t *tx) error {
		n, err := t.exec(`UPDATE outbox SET next_at = $2 WHERE state = 'waiting' AND realm = $1 AND claimed_until = 0 AND (tries > 0 OR kind IN ('tell', 'remind')) AND next_at > $2`, realm, micro(now))
		if n > 0 {
			t.touched |= topicOutbox
		}
		return err
	})
	return s.wrap(err, "hurry what waits for %s", realm)
}
