package storage

import (
	"context"
	"fmt"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
)

// Record is an incident with all that belongs to it, made elsewhere by the same rules.
type Record struct {
	// Change is the incident as it stands, all its entries from the first on, and when it is due. Its effects are not told.
	Change incident.Change
	// Channel is the room of its own in the built-in chat; without an ID it has none.
	Channel console.Channel
	Members []incident.PersonID
	// Messages stand in the order of their IDs, which are above every ID there is, for entries may name them already. They
	// count as read by the members.
	Messages []console.Message
	// Receipts are the messages that stand for a kind of effect.
	Receipts map[incident.EffectKind]incident.Receipt
	Alerts   []alert.Row
}

// Import writes records in one transaction, many of them far faster than commands could make them. Their numbers must be
// free (incident.ErrConflict), and the last of each day is given out from then on: the numbers of a day are dense, or
// Verify says so. Nobody is told of anything.
func (s *Storage) Import(ctx context.Context, records []Record) error {
	err := s.write(ctx, true, func(t *tx) error {
		last := map[int64]int64{}
		for _, r := range records {
			if err := t.importOne(r); err != nil {
				return fmt.Errorf("%s: %w", r.Change.After.Number, err)
			}
			n := int64(r.Change.After.Number)
			last[n/1_000_000] = max(last[n/1_000_000], n%1_000_000)
			for _, m := range r.Messages {
				last[counterRev] = max(last[counterRev], m.ID)
			}
		}
		for counter, n := range last {
			_, err := t.exec(`INSERT INTO counter (day, n) VALUES ($1, $2)
				ON CONFLICT (day) DO UPDATE SET n = excluded.n WHERE counter.n < excluded.n`, counter, n)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap(err, "import")
}

func (t *tx) importOne(r Record) error {
	r.Change.Effects = nil
	if err := t.putChange(known{}, r.Change); err != nil {
		return err
	}
	if err := t.importRoom(r); err != nil {
		return err
	}
	var receipts, alerts args
	for kind, at := range r.Receipts {
		receipts = append(receipts, int64(r.Change.After.Number), at.Place.Realm, string(kind), "", at.Place.Realm, at.Place.Room, at.Place.Thread,
			at.Place.Message, at.Link)
	}
	err := t.putRows(`INSERT INTO receipt (number, realm, kind, person, place, room, thread, message, link) VALUES `, 9, receipts, "")
	if err != nil {
		return err
	}
	for _, a := range r.Alerts {
		alerts = append(alerts, alertArgs(a)...)
	}
	return t.putRows(`INSERT INTO alert (`+alertColumns+`) VALUES `, alertColumnCount, alerts, "")
}

func (t *tx) importRoom(r Record) error {
	c := r.Channel
	if c.ID != "" {
		_, err := t.exec(`INSERT INTO channel (id, topic, private, direct, number, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, c.Topic, c.Private, c.Direct, int64(c.Number), micro(c.Created))
		if err != nil {
			return err
		}
	}
	last := int64(0)
	for _, m := range r.Messages {
		m.Rev, last = m.ID, m.ID
		if err := t.putMessage(m, `INSERT INTO message (`+messageColumns+`) VALUES `+values(1, 15)); err != nil {
			return err
		}
		pings := m.Pings
		m.Pings = nil
		if err := t.putWords(console.Message{}, m); err != nil {
			return err
		}
		if err := t.putMentions(m, pings); err != nil {
			return err
		}
	}
	if c.ID == "" {
		return nil
	}
	var members, marks args
	for _, p := range r.Members {
		members = append(members, c.ID, string(p))
		marks = append(marks, string(p), c.ID, last, int64(0))
	}
	if err := t.putRows(`INSERT INTO member (channel, person) VALUES `, 2, members, ""); err != nil {
		return err
	}
	return t.putRows(`INSERT INTO read_mark (person, channel, message, rev) VALUES `, 4, marks, "")
}
