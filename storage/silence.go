package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
)

const silenceColumns = `number, kind, fits, incident, from_at, until_at, weekly, why, set_by, set_at, realm, room, thread, ended_at, ended_by, told_at`

// counterSilence counts silences in the table counter.
const counterSilence int64 = -22

func scanSilence(r *sql.Rows) (s bot.Silence, err error) {
	var fits, weekly string
	var from, until, made, ended, told int64
	err = r.Scan(&s.Number, &s.Kind, &fits, (*int64)(&s.Incident), &from, &until, &weekly, &s.Why, &s.By, &made,
		&s.Place.Realm, &s.Place.Room, &s.Place.Thread, &ended, &s.EndedBy, &told)
	if err != nil {
		return s, err
	}
	s.From, s.Until, s.Made, s.Ended, s.Told = instant(from), instant(until), instant(made), instant(ended), instant(told)
	if err := json.Unmarshal([]byte(fits), &s.Match); err != nil {
		return s, fmt.Errorf("read what silence %d fits: %w", s.Number, err)
	}
	if weekly != "" {
		if err := json.Unmarshal([]byte(weekly), &s.Weekly); err != nil {
			return s, fmt.Errorf("read when silence %d is in force: %w", s.Number, err)
		}
	}
	return s, nil
}

// Silences lists those that end after an instant, or do not end by themselves and were not ended before it.
func (s *Storage) Silences(ctx context.Context, since time.Time) ([]bot.Silence, error) {
	found, err := all(ctx, s.reader, `SELECT `+silenceColumns+` FROM silence
		WHERE (until_at = 0 OR until_at > $1) AND (ended_at = 0 OR ended_at > $1) ORDER BY number`, []any{micro(since)}, scanSilence)
	return found, s.wrap(err, "list silences")
}

// Silence reads one; incident.ErrNotFound where there is none of that number.
func (s *Storage) Silence(ctx context.Context, number int64) (bot.Silence, error) {
	one, err := silence(ctx, s.reader, number, "")
	return one, s.wrap(err, "read silence %d", number)
}

func silence(ctx context.Context, q querier, number int64, lock string) (bot.Silence, error) {
	found, err := all(ctx, q, `SELECT `+silenceColumns+` FROM silence WHERE number = $1`+lock, []any{number}, scanSilence)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return bot.Silence{}, err
	}
	return found[0], nil
}

// ChangeSilence writes what decide makes of a silence, of a new one where number is 0, with what must be told of it.
// A cause seen before changes nothing and gives the silence as it stands.
func (s *Storage) ChangeSilence(ctx context.Context, cause incident.Cause, number int64,
	decide func(bot.Silence) (bot.Silence, []incident.Effect, error),
) (done bot.Silence, err error) {
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		done, err = t.changeSilence(cause, number, decide)
		return err
	})
	return done, s.wrap(err, "change a silence")
}

func (t *tx) changeSilence(cause incident.Cause, number int64, decide func(bot.Silence) (bot.Silence, []incident.Effect, error)) (one bot.Silence, err error) {
	before, again, err := t.doneBefore(cause.ID)
	if err != nil {
		return one, err
	}
	if again {
		return t.silence(before, "")
	}
	if number != 0 {
		if one, err = t.silence(number, t.s.d.forUpdate); err != nil {
			return one, err
		}
	}
	one, effects, err := decide(one)
	if err != nil {
		return one, err
	}
	if one.Number == 0 {
		if one.Number, err = t.next(counterSilence, 1); err != nil {
			return one, err
		}
	}
	for k := range effects {
		effects[k].Seq = bot.SilenceSeq(one)
	}
	if err := t.putSilence(one); err != nil {
		return one, err
	}
	if err := t.putEffects(effects); err != nil {
		return one, err
	}
	return one, t.shiftCause(cause, one.Number)
}

// silence reads one within the transaction, which is lost if that fails.
func (t *tx) silence(number int64, lock string) (bot.Silence, error) {
	one, err := silence(context.Background(), t.run, number, lock)
	if err != nil && err != incident.ErrNotFound { //nolint:errorlint // silence returns it bare
		err = t.spoil(err)
	}
	return one, err
}

// putSilence writes one down; what it hid is judged again from when it is over.
func (t *tx) putSilence(one bot.Silence) error {
	fits, err := json.Marshal(one.Match)
	if err != nil {
		return err
	}
	var weekly []byte
	if one.Weekly != nil {
		if weekly, err = json.Marshal(one.Weekly); err != nil {
			return err
		}
	}
	_, err = t.exec(`INSERT INTO silence (`+silenceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (number) DO UPDATE SET until_at = excluded.until_at, why = excluded.why, ended_at = excluded.ended_at, ended_by = excluded.ended_by,
			told_at = excluded.told_at`,
		one.Number, one.Kind, string(fits), int64(one.Incident), micro(one.From), micro(one.Until), string(weekly), one.Why, string(one.By), micro(one.Made),
		one.Place.Realm, one.Place.Room, one.Place.Thread, micro(one.Ended), string(one.EndedBy), micro(one.Told))
	if err != nil {
		return err
	}
	t.touched |= topicStanding
	return nil
}

// Rouse has what a silence hid judged again from now on. It is for one that was ended, once whoever judges knows that it was.
func (s *Storage) Rouse(ctx context.Context, key string) error {
	var late int
	err := row(ctx, s.reader, `SELECT 1 FROM alert WHERE silence = $1 AND silence <> '' AND due > $2 AND latest LIMIT 1`, []any{key, micro(s.now())}, &late)
	if err == incident.ErrNotFound { //nolint:errorlint // row returns it bare
		return nil
	}
	if err == nil {
		err = s.write(ctx, true, func(t *tx) error {
			t.touched |= topicInbox
			_, err := t.exec(`UPDATE alert SET due = $1 WHERE silence = $2 AND silence <> '' AND due > $1 AND latest`, micro(t.s.now()), key)
			return err
		})
	}
	return s.wrap(err, "judge again what silence %s hides", key)
}

// Hiding lists the keys of what hides alerts that are to be judged again later only.
func (s *Storage) Hiding(ctx context.Context) ([]string, error) {
	keys, err := all(ctx, s.reader, `SELECT DISTINCT silence FROM alert WHERE silence <> '' AND due > $1 AND latest ORDER BY silence`, []any{micro(s.now())}, one[string])
	return keys, s.wrap(err, "list what hides alerts")
}

// EndedSilence writes down that the end of one of its spans was told, with what tells it; false if that was done before.
func (s *Storage) EndedSilence(ctx context.Context, number int64, end time.Time, effects []incident.Effect) (first bool, err error) {
	err = s.write(ctx, true, func(t *tx) error {
		n, err := t.exec(`UPDATE silence SET told_at = $1 WHERE number = $2 AND told_at < $1`, micro(end), number)
		if first = n > 0; err != nil || !first {
			return err
		}
		return t.putEffects(effects)
	})
	return first, s.wrap(err, "note the end of silence %d", number)
}

// Hidden counts the alerts that a silence has hidden since an instant, and how many of them fire still.
func (s *Storage) Hidden(ctx context.Context, key string, since time.Time) (h bot.Hidden, err error) {
	err = row(ctx, s.reader, `SELECT count(*), coalesce(sum(CASE WHEN latest AND status = 'firing' THEN 1 ELSE 0 END), 0) FROM alert
		WHERE silence = $1 AND silence <> '' AND last_seen >= $2`, []any{key, micro(since)}, &h.Alerts, &h.Firing)
	return h, s.wrap(err, "count what silence %s hid", key)
}

// SilencedRows lists the alerts that a silence has hidden since an instant, the last seen first.
func (s *Storage) SilencedRows(ctx context.Context, key string, since time.Time, limit int) ([]alert.Row, error) {
	found, err := all(ctx, s.reader, `SELECT `+alertColumns+` FROM alert WHERE silence = $1 AND silence <> '' AND last_seen >= $2
		ORDER BY last_seen DESC LIMIT $3`, []any{key, micro(since), limit}, scanAlert)
	return found, s.wrap(err, "list what silence %s hid", key)
}
