package storage

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"matoi/bot/alert"
)

// rawRows is how many raw requests one statement inserts at most.
const rawRows = 64

// PutRaw stores a request of a monitoring system and returns its id once it is committed; ids grow and are never
// used again. It returns alert.ErrFull when more bytes would wait than Options.InboxBound.
func (s *Storage) PutRaw(ctx context.Context, r alert.Raw) (id int64, err error) {
	if s.writer == nil {
		return 0, ErrClosed
	}
	size := rawSize(r)
	if s.inbox.Add(size) > s.bound {
		s.inbox.Add(-size)
		return 0, alert.ErrFull
	}
	if err := s.writer.submit(ctx, &job{raw: &r, machine: true}); err != nil {
		s.inbox.Add(-size)
		return 0, s.wrap(err, "take in a request")
	}
	return r.ID, nil
}

func rawSize(r alert.Raw) int64 { return int64(len(r.Header) + len(r.Body)) }

// rawTexts are the statements that insert so many requests.
var rawTexts = sync.OnceValue(func() (texts [rawRows + 1]string) {
	for n := 1; n <= rawRows; n++ {
		texts[n] = `INSERT INTO raw (id, source, received, header, body) VALUES ` + values(n, 5)
	}
	return texts
})

// insertRaws stores the requests of a batch in as few statements as there may be.
func (s *Storage) insertRaws(run runner, jobs []*job) error {
	t := tx{s: s, run: run}
	last, err := t.next(counterRaw, int64(len(jobs)))
	if err != nil {
		return err
	}
	id := last - int64(len(jobs))
	for len(jobs) > 0 {
		n := min(len(jobs), rawRows)
		a := make([]any, 0, n*5)
		for _, j := range jobs[:n] {
			id++
			r := j.raw
			r.ID = id
			a = append(a, id, r.Source, micro(r.Received), bytesOf(r.Header), bytesOf(r.Body))
		}
		if _, err := t.exec(rawTexts()[n], a...); err != nil {
			return err
		}
		jobs = jobs[n:]
	}
	return nil
}

// bytesOf makes no bytes an empty value, for nil would be NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// countInbox finds how much waits, for the bound.
func (s *Storage) countInbox(ctx context.Context) error {
	var size int64
	err := row(ctx, s.reader, `SELECT coalesce(sum(length(header) + length(body)), 0) FROM raw`, nil, &size)
	s.inbox.Store(size)
	return err
}

// peekBytes is how much of bodies Peek hands out at most, but for a single one.
const peekBytes = 8 << 20

// Peek reads the oldest waiting requests with an id above after, at most most of them and some megabytes of bodies,
// but one at least if any waits.
func (s *Storage) Peek(ctx context.Context, after int64, most int) ([]alert.Raw, error) {
	size := int64(0)
	found, err := all(ctx, s.reader, `SELECT id, source, received, header, body FROM raw WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, most},
		func(r *sql.Rows) (raw alert.Raw, err error) {
			if size > peekBytes {
				return raw, errEnough
			}
			var received int64
			err = r.Scan(&raw.ID, &raw.Source, &received, &raw.Header, &raw.Body)
			raw.Received = instant(received)
			size += rawSize(raw)
			return raw, err
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, s.wrap(err, "read the inbox")
}

var errEnough = errors.New("enough")

// snippet is the beginning of a body as one line of text that harms nobody.
func snippet(body []byte) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, string(body))
	return strings.Join(strings.Fields(s), " ")
}
