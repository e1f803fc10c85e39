package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"matoi/bot"
	"matoi/incident"
)

// LeadPage begins a page that also tells of the calls of parts, in one transaction: one person is not called twice in one way
// within bot.PagePace, whatever process calls. Where they were called since, nothing is written and next is when they may be again.
// A page that was begun before keeps the parts it had, so that what is sent again is the same. What goes out by itself or with another
// page is not taken along.
func (s *Storage) LeadPage(ctx context.Context, p bot.PageState, parts []bot.PagePart) (taken []bot.PagePart, next time.Time, err error) {
	err = s.write(ctx, true, func(t *tx) error {
		taken, next = nil, time.Time{}
		if err := t.lockName("page", string(p.Person)+"\x1f"+p.Realm); err != nil {
			return err
		}
		_, err := pageState(context.Background(), t.run, p.Key, "")
		if err == nil {
			taken, err = partsOf(context.Background(), t.run, p.Key)
			return err
		}
		if !errors.Is(err, incident.ErrNotFound) {
			return t.spoil(err)
		}
		var last, other int64
		if err := t.get(`SELECT count(*) FROM page_part WHERE part = $1`, []any{p.Key}, &other); err != nil {
			return err
		}
		if other > 0 { // another page tells it
			next = p.At.Add(time.Second)
			return nil
		}
		if err := t.get(`SELECT coalesce(max(made), 0) FROM page WHERE person = $1 AND made > $2 AND realm = $3 AND number <> 0 AND state <> 'failed'`,
			[]any{string(p.Person), micro(p.At.Add(-bot.PagePace)), p.Realm}, &last); err != nil {
			return err
		}
		if last > 0 && last <= micro(p.At) { // a clock that was set back holds nobody up
			next = instant(last).Add(bot.PagePace)
			return nil
		}
		if _, err = t.exec(`INSERT INTO page (key, realm, address, person, number, state, ref, why, made, at) VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, $7)`,
			p.Key, p.Realm, p.Address, string(p.Person), int64(p.Number), p.State, micro(p.At)); err != nil {
			return err
		}
		for _, one := range parts {
			n, err := t.exec(`INSERT INTO page_part (part, lead, number, seq, person, made)
				SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM page WHERE key = $1) ON CONFLICT (part) DO NOTHING`,
				one.Key, p.Key, int64(one.Number), one.Seq, string(p.Person), micro(p.At))
			if err != nil {
				return err
			}
			if n > 0 {
				taken = append(taken, one)
			}
		}
		return nil
	})
	return taken, next, s.wrap(err, "begin a page")
}

// PagePaced is when a person may be called again in a realm, zero where they may now.
func (s *Storage) PagePaced(ctx context.Context, person incident.PersonID, realm string, now time.Time) (next time.Time, err error) {
	found, err := all(ctx, s.reader, `SELECT coalesce(max(made), 0) FROM page WHERE person = $1 AND made > $2 AND realm = $3 AND number <> 0 AND state <> 'failed'`,
		[]any{string(person), micro(now.Add(-bot.PagePace)), realm}, one[int64])
	if err == nil && len(found) > 0 && found[0] > 0 && found[0] <= micro(now) {
		next = instant(found[0]).Add(bot.PagePace)
	}
	return next, s.wrap(err, "ask when %s may be called", person)
}

// PageParts are the calls that a page tells of beside its own.
func (s *Storage) PageParts(ctx context.Context, lead string) ([]bot.PagePart, error) {
	found, err := partsOf(ctx, s.reader, lead)
	return found, s.wrap(err, "what a page tells of")
}

// ReleaseParts gives back what a page was to tell of that is not sent after all.
func (s *Storage) ReleaseParts(ctx context.Context, lead string) error {
	err := s.write(ctx, true, func(t *tx) error {
		_, err := t.exec(`DELETE FROM page_part WHERE lead = $1`, lead)
		return err
	})
	return s.wrap(err, "give back what a page tells of")
}

func partsOf(ctx context.Context, q querier, lead string) ([]bot.PagePart, error) {
	return all(ctx, q, `SELECT part, number, seq FROM page_part WHERE lead = $1 ORDER BY number, seq`, []any{lead},
		func(r *sql.Rows) (p bot.PagePart, err error) {
			var number int64
			err = r.Scan(&p.Key, &number, &p.Seq)
			p.Number = incident.Number(number)
			return p, err
		})
}
