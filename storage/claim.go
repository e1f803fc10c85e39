package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// isHead is true for the first waiting row of a lane; only heads are delivered.
const isHead = `NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.lane = outbox.lane AND ahead.state = 'waiting' AND ahead.id < outbox.id)`

// isNext is isHead, but that posts, and what is written anew of them, pass what waits for the pace of its chat: it shows the state, and may as well do so later.
// What makes a room never passes it, nor is passed: see Lane. $2 is now.
const isNext = `NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.lane = outbox.lane AND ahead.state = 'waiting' AND ahead.id < outbox.id
	AND NOT (outbox.kind IN ('post', 'outdate') AND ahead.kind IN ('show-card', 'announce', 'set-topic') AND ahead.claimed_until = 0 AND ahead.tries = 0 AND ahead.next_at > $2))`

// The bounds of one transaction of a Turn: people who type may wait for its end. A pump that got as much as there was room for
// comes again.
const (
	mostSettled = 64
	mostClaimed = 64 // heads, and as many behind them
)

// Turn settles deliveries and claims the next ones, the last of the first and the second in one transaction. It claims heads
// of lanes for the time of lease, urgent ones first, at most limit and no more than people can wait for. A row whose lease ran
// out is taken again, with one more try and doubtful, since whoever held it may have sent it. What was settled before, or by
// somebody else, is no error; after an error some may be settled and others not. Telling goes before taking in, for people
// wait for it, and after those who type, who wait for nothing else. In the realms of runs it takes with a head what is due
// right behind it. What a Turn claimed whose answer was lost, as it is where a database fails over, is nobody's: the next one
// frees it.
func (s *Storage) Turn(ctx context.Context, settled []incident.Settled, now time.Time, lease time.Duration, limit int, runs ...string) (claimed []incident.Delivery, err error) {
	for len(settled) > mostSettled {
		some := settled[:mostSettled]
		if err := s.write(ctx, true, func(t *tx) error { return t.settle(some) }); err != nil {
			return nil, s.wrap(err, "settle deliveries")
		}
		settled = settled[mostSettled:]
	}
	lost, until := s.lost.at(micro(now)), micro(now.Add(lease))
	err = s.write(ctx, true, func(t *tx) (err error) {
		claimed = nil
		if err := t.settle(settled); err != nil {
			return err
		}
		if err := t.free(lost); err != nil || limit <= 0 {
			return err
		}
		if claimed, err = t.claim(now, until, min(limit, mostClaimed)); err != nil || len(runs) == 0 {
			return err
		}
		return t.claimBehind(claimed, now, until, runs)
	})
	if err != nil { // read, but not known to be committed: they are nobody's
		s.lost.add(until, claimed)
		return nil, s.wrap(err, "claim deliveries")
	}
	s.lost.found(lost)
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

// Claim is a Turn that settles nothing.
func (s *Storage) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]incident.Delivery, error) {
	return s.Turn(ctx, nil, now, lease, limit)
}

// Settle is a Turn that claims nothing.
func (s *Storage) Settle(ctx context.Context, settled ...incident.Settled) error {
	_, err := s.Turn(ctx, settled, s.now(), 0, 0)
	return err
}

// front is how many of those that wait are looked at for heads first: in a storm each has a lane of its own. Where lanes are
// deep, the rest of the front is behind heads that are under way; then the heads of all lanes are looked at.
const front = 400

const atFront = ` AND id IN (SELECT id FROM outbox WHERE state = 'waiting' ORDER BY urgent DESC, id` + atMost + `$4)`

// ofLanes steps from lane to lane by their index, whatever stands in them. isNext passes one delivery of each coalescing kind at
// most, of which there are three: what comes next is among the first four of a lane.
const ofLanes = ` AND id IN (
	WITH RECURSIVE lanes (lane) AS (
		SELECT min(lane) FROM outbox WHERE state = 'waiting'
		UNION ALL
		SELECT (SELECT min(further.lane) FROM outbox AS further WHERE further.state = 'waiting' AND further.lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
	)
	SELECT early.id FROM lanes CROSS JOIN outbox AS early WHERE early.state = 'waiting' AND early.lane = lanes.lane
		AND early.id <= coalesce((SELECT fourth.id FROM outbox AS fourth WHERE fourth.state = 'waiting' AND fourth.lane = lanes.lane ORDER BY fourth.id LIMIT 1 OFFSET 3), 9223372036854775807))`

func (t *tx) claim(now time.Time, until int64, limit int) ([]incident.Delivery, error) {
	a := []any{until, micro(now), limit}
	claimed, err := t.claimOf(atFront, append(a, front))
	if err != nil || len(claimed) > 0 {
		return claimed, err
	}
	return t.claimOf(ofLanes, a)
}

// nexts are the rows that a condition names and that come next in their lanes, the urgent ones first.
func nexts(among string) string {
	return `SELECT id FROM outbox WHERE state = 'waiting' AND next_at <= $2 AND claimed_until <= $2 AND ` + isNext + among + ` ORDER BY urgent DESC, id` + atMost + `$3`
}

// claimOf claims heads of the rows that a condition names.
func (t *tx) claimOf(among string, a []any) ([]incident.Delivery, error) {
	query := `UPDATE outbox SET claimed_until = $1, doubtful = doubtful OR claimed_until > 0,
			tries = tries + CASE WHEN claimed_until > 0 THEN 1 ELSE 0 END
		WHERE id IN (` + nexts(among) + t.s.d.skipLocked + `)
		RETURNING id, number, kind, realm, person, seq, urgent, tries, doubtful, made`
	t.wrote = true
	claimed, err := all(context.Background(), t.run, query, a, func(r *sql.Rows) (incident.Delivery, error) { return scanDelivery(r) })
	if err != nil {
		return nil, t.spoil(err)
	}
	return claimed, nil
}

// How much is taken behind heads: of one lane, and at once.
const (
	longestRun = 16
	mostBehind = mostClaimed
)

// claimBehind gives heads, but for reminders, which gather by themselves, what stands behind them in their lanes, up to what is not due, was claimed before, or keeps a message
// that is kept already. Nobody else takes it meanwhile: it is no head.
func (t *tx) claimBehind(heads []incident.Delivery, now time.Time, until int64, realms []string) error {
	at := map[string]int{}
	var lanes []string
	for k, d := range heads {
		if lane := d.Effect.Lane(); slices.Contains(realms, d.Effect.Realm) && d.Effect.Kind != incident.Remind && len(lanes) < mostKeys {
			at[lane], lanes = k, append(lanes, lane)
		}
	}
	if len(lanes) == 0 {
		return nil
	}
	var a args
	query := `SELECT id, number, kind, realm, person, seq, urgent, tries, doubtful, made, claimed_until = 0, next_at <= ` + a.add(micro(now)) + `
		FROM outbox WHERE state = 'waiting' AND lane IN (` + list(&a, padded(lanes)) + `) ORDER BY lane, id` + atMost + a.add(mostBehind)
	type waiting struct {
		incident.Delivery
		free, due bool
	}
	found, err := all(context.Background(), t.run, query, a, func(r *sql.Rows) (w waiting, err error) {
		w.Delivery, err = scanDelivery(r, &w.free, &w.due)
		return w, err
	})
	if err != nil {
		return t.spoil(err)
	}
	var taken []int64
	passed := map[string]bool{} // lanes in which something waits for its pace
	for _, w := range found {
		lane := w.Effect.Lane()
		k, open := at[lane]
		post := w.Effect.Kind == incident.Post
		switch {
		case !open:
		case w.ID <= heads[k].ID:
			passed[lane] = passed[lane] || w.ID < heads[k].ID
		case w.free && !w.due && w.Effect.Kind.Coalesces() && w.Tries == 0:
			passed[lane] = true
		case !w.free || !w.due || passed[lane] && !post || len(heads[k].Behind) >= longestRun || keeps(heads[k], w.Effect.Kind):
			delete(at, lane)
		default:
			heads[k].Behind = append(heads[k].Behind, w.Delivery)
			taken = append(taken, w.ID)
		}
	}
	for chunk := range slices.Chunk(taken, mostKeys) {
		a := args{until}
		if _, err := t.exec(`UPDATE outbox SET claimed_until = $1 WHERE id IN (`+list(&a, padded(chunk))+`)`, a...); err != nil {
			return err
		}
	}
	return nil
}

// Following looks at what waits behind a delivery in its lane, at most so much, without claiming it: while the delivery is
// claimed nobody else can.
func (s *Storage) Following(ctx context.Context, d incident.Delivery, most int) ([]incident.Delivery, error) {
	behind, err := all(ctx, s.reader, `SELECT id, number, kind, realm, person, seq, urgent, tries, doubtful, made
		FROM outbox WHERE lane = $1 AND state = 'waiting' AND id > $2 ORDER BY id`+atMost+`$3`, []any{d.Effect.Lane(), d.ID, most},
		func(r *sql.Rows) (incident.Delivery, error) { return scanDelivery(r) })
	return behind, s.wrap(err, "look behind delivery %d", d.ID)
}

// Meant looks at what of some kinds a person is to be told in all lanes of a chat, the oldest first and at most so much, without
// claiming it.
func (s *Storage) Meant(ctx context.Context, realm string, person incident.PersonID, most int, kinds ...incident.EffectKind) ([]incident.Delivery, error) {
	a := args{realm, string(person), micro(s.now()), most}
	meant, err := all(ctx, s.reader, `SELECT id, number, kind, realm, person, seq, urgent, tries, doubtful, made, claimed_until > $3
		FROM outbox WHERE state = 'waiting' AND realm = $1 AND person = $2 AND kind IN (`+list(&a, padded(kinds))+`) ORDER BY id`+atMost+`$4`,
		a, func(r *sql.Rows) (d incident.Delivery, err error) {
			var taken bool
			d, err = scanDelivery(r, &taken)
			d.Taken = taken
			return d, err
		})
	return meant, s.wrap(err, "look at what is meant for %s", person)
}

// keeps reports whether a head, or one behind it, keeps the message that an effect of the kind would keep: where that stands is
// known only once the first is settled, and if it is put off it takes the other in.
func keeps(head incident.Delivery, kind incident.EffectKind) bool {
	same := func(d incident.Delivery) bool { return d.Effect.Kind == kind }
	return kind.Coalesces() && (same(head) || slices.ContainsFunc(head.Behind, same))
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

func scanDelivery(r *sql.Rows, more ...any) (d incident.Delivery, err error) {
	var made int64
	e := &d.Effect
	err = r.Scan(append([]any{&d.ID, (*int64)(&e.Number), &e.Kind, &e.Realm, &e.Person, &e.Seq, &e.Urgent, &d.Tries, &d.Doubtful, &made}, more...)...)
	d.Waiting = instant(made)
	return d, err
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

// Oldest tells for each chat since when its oldest message waits.
func (s *Storage) Oldest(ctx context.Context) (map[string]time.Time, error) {
	oldest := map[string]time.Time{}
	_, err := all(ctx, s.reader, `SELECT realm, min(made) FROM outbox WHERE state = 'waiting' AND kind <> 'archive' GROUP BY realm`, nil, func(r *sql.Rows) (realm string, err error) {
		var made int64
		err = r.Scan(&realm, &made)
		oldest[realm] = instant(made)
		return realm, err
	})
	return oldest, s.wrap(err, "find the oldest message that waits")
}
