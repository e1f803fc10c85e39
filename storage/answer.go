package storage

import (
	"context"
	"database/sql"
	"time"

	"matoi/bot"
	"matoi/incident"
)

func scanAnswer(r *sql.Rows) (l bot.AnswerLink, err error) {
	var number, made, until, answered int64
	err = r.Scan(&l.Page, &number, &l.Person, &made, &until, &answered, &l.Answer)
	l.Number, l.Made, l.Until, l.Answered = incident.Number(number), instant(made), instant(until), instant(answered)
	return l, err
}

// PutAnswerLink keeps a link by the hash of its token. One more of a page that was answered is answered too.
func (s *Storage) PutAnswerLink(ctx context.Context, hash []byte, l bot.AnswerLink) error {
	err := s.write(ctx, true, func(t *tx) error {
		before, err := all(context.Background(), t.run, `SELECT page, number, person, made, until, answered, answer FROM answer WHERE page = $1 LIMIT 1`,
			[]any{l.Page}, scanAnswer)
		if err != nil {
			return t.spoil(err)
		}
		for _, same := range before {
			l.Answered, l.Answer = same.Answered, same.Answer
		}
		_, err = t.exec(`INSERT INTO answer (hash, page, number, person, made, until, answered, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			hash, l.Page, int64(l.Number), string(l.Person), micro(l.Made), micro(l.Until), micro(l.Answered), l.Answer)
		return err
	})
	return s.wrap(err, "keep the link of an answer")
}

// AnswerLink finds a link by the hash of its token, incident.ErrNotFound for none.
func (s *Storage) AnswerLink(ctx context.Context, hash []byte) (bot.AnswerLink, error) {
	found, err := all(ctx, s.reader, `SELECT page, number, person, made, until, answered, answer FROM answer WHERE hash = $1`, []any{hash}, scanAnswer)
	if err == nil && len(found) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return bot.AnswerLink{}, s.wrap(err, "link of an answer")
	}
	return found[0], nil
}

// ClaimAnswer writes down what is answered to a page, for all of its links; ok is false where somebody did so since.
func (s *Storage) ClaimAnswer(ctx context.Context, page, answer string, now, since time.Time) (ok bool, err error) {
	err = s.write(ctx, false, func(t *tx) error {
		n, err := t.exec(`UPDATE answer SET answered = $2, answer = $3 WHERE page = $1 AND (answered = 0 OR answered < $4)`, page, micro(now), answer, micro(since))
		ok = n > 0
		return err
	})
	return ok, s.wrap(err, "take an answer")
}

// ReleaseAnswer takes back a claim that came to nothing.
func (s *Storage) ReleaseAnswer(ctx context.Context, page string) error {
	err := s.write(ctx, false, func(t *tx) error {
		_, err := t.exec(`UPDATE answer SET answered = 0, answer = '' WHERE page = $1`, page)
		return err
	})
	return s.wrap(err, "take back an answer")
}

// pagesKept is how long what became of a page is known, and who answered it by which link: addresses stand in it.
const pagesKept = 90 * 24 * time.Hour

// prunePages takes away pages and the links in them.
func (s *Storage) prunePages(ctx context.Context, before int64, _ incident.Holds) (int, error) {
	total := 0
	for _, query := range []string{
		`DELETE FROM page WHERE key IN (SELECT key FROM page WHERE made < $1 ORDER BY made LIMIT $2)`,
		`DELETE FROM page_part WHERE part IN (SELECT part FROM page_part WHERE made < $1 ORDER BY made LIMIT $2)`,
		`DELETE FROM answer WHERE hash IN (SELECT hash FROM answer WHERE until < $1 ORDER BY until LIMIT $2)`,
	} {
		n, err := s.repeat(ctx, func(t *tx) (int64, error) { return t.exec(query, before, int64(pruneBatch)) })
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}
