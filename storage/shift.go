package storage

import (
	"context"
	"database/sql"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
)

const shiftColumns = `number, schedule, person, instead, from_at, to_at, state, asked_by, asked_at, answered_by, answered_at`

func scanShift(r *sql.Rows) (c oncall.Change, err error) {
	var from, to, at, answered int64
	err = r.Scan(&c.Number, &c.Schedule, &c.Person, &c.For, &from, &to, &c.State, &c.By, &at, &c.Answerer, &answered)
	c.From, c.To, c.At, c.Answered = instant(from), instant(to), instant(at), instant(answered)
	return c, err
}

// ShiftChanges lists the changes to schedules that end after an instant, in the order in which they were asked for.
func (s *Storage) ShiftChanges(ctx context.Context, since time.Time) ([]oncall.Change, error) {
	found, err := all(ctx, s.reader, `SELECT `+shiftColumns+` FROM shift_change WHERE to_at > $1 ORDER BY number`, []any{micro(since)}, scanShift)
	return found, s.wrap(err, "list changes of shifts")
}

// ShiftChange reads one; incident.ErrNotFound where there is none of that number.
func (s *Storage) ShiftChange(ctx context.Context, number int64) (oncall.Change, error) {
	c, err := shiftChange(ctx, s.reader, number, "")
	return c, s.wrap(err, "read change %d of shifts", number)
}

func shiftChange(ctx context.Context, q querier, number int64, lock string) (oncall.Change, error) {
	found, err := all(ctx, q, `SELECT `+shiftColumns+` FROM shift_change WHERE number = $1`+lock, []any{number}, scanShift)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return oncall.Change{}, err
	}
	return found[0], nil
}

// ChangeShift writes what decide makes of a change, of a new one where number is 0, with what must be told of it; the effects get
// the change's number for their Seq. A cause seen before changes nothing and gives the change as it stands.
func (s *Storage) ChangeShift(ctx context.Context, cause incident.Cause, number int64, decide func(oncall.Change) (oncall.Change, []incident.Effect, error)) (done oncall.Change, err error) {
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		done, err = t.changeShift(cause, number, decide)
		return err
	})
	return done, s.wrap(err, "change a shift")
}

func (t *tx) changeShift(cause incident.Cause, number int64, decide func(oncall.Change) (oncall.Change, []incident.Effect, error)) (c oncall.Change, err error) {
	ctx := context.Background()
	if err := t.lockName("cause", cause.ID); err != nil {
		return c, err
	}
	if cause.ID != "" {
		var before int64
		err := t.get(`SELECT first_seq FROM cause WHERE id = $1 AND pos = 0`, []any{cause.ID}, &before)
		if err == nil {
			return shiftChange(ctx, t.run, before, "")
		}
		if err != incident.ErrNotFound { //nolint:errorlint // get returns it bare
			return c, err
		}
	}
	if number != 0 {
		if c, err = shiftChange(ctx, t.run, number, t.s.d.forUpdate); err != nil {
			return c, err
		}
	}
	c, effects, err := decide(c)
	if err != nil {
		return c, err
	}
	if c.Number == 0 {
		if same, err := t.sameShift(c); err != nil || same.Number != 0 {
			if err == nil {
				err = t.shiftCause(cause, same.Number)
			}
			return same, err
		}
		if c.Number, err = t.next(counterShift, 1); err != nil {
			return c, err
		}
	}
	if _, err := t.exec(`INSERT INTO shift_change (`+shiftColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (number) DO UPDATE SET from_at = excluded.from_at, to_at = excluded.to_at, state = excluded.state,
			answered_by = excluded.answered_by, answered_at = excluded.answered_at`,
		c.Number, c.Schedule, c.Person, c.For, micro(c.From), micro(c.To), string(c.State), c.By, micro(c.At), c.Answerer, micro(c.Answered)); err != nil {
		return c, err
	}
	for k := range effects {
		effects[k].Seq = c.Number
	}
	if err := t.putEffects(effects); err != nil {
		return c, err
	}
	return c, t.shiftCause(cause, c.Number)
}

// shiftCause writes down what a cause has done.
func (t *tx) shiftCause(cause incident.Cause, number int64) error {
	if cause.ID == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO cause (id, pos, number, first_seq, last_seq, at) VALUES ($1, $2, $3, $4, $5, $6)`, cause.ID, 0, 0, number, number, micro(t.s.now()))
	return err
}

// sameShift finds the change that says the same and still stands, zero for none: what is asked for twice is one, unless something
// else came over it since. What began already may have been asked for from an earlier moment on.
func (t *tx) sameShift(c oncall.Change) (oncall.Change, error) {
	if err := t.lockName("shift", c.Schedule); err != nil {
		return c, err
	}
	found, err := all(context.Background(), t.run, `SELECT `+shiftColumns+` FROM shift_change
		WHERE schedule = $1 AND person = $2 AND instead = $3 AND to_at = $4 AND (from_at = $5 OR from_at <= $6 AND $5 <= $6) AND state IN ($7, $8)
		AND NOT EXISTS (SELECT 1 FROM shift_change AS later WHERE later.schedule = $1 AND later.number > shift_change.number AND later.from_at < $4
			AND later.to_at > $5 AND later.state = $8) ORDER BY number LIMIT 1`,
		[]any{c.Schedule, c.Person, c.For, micro(c.To), micro(c.From), micro(c.At), string(oncall.Offered), string(oncall.InForce)}, scanShift)
	if err != nil {
		return c, t.spoil(err)
	}
	return append(found, oncall.Change{})[0], nil
}
