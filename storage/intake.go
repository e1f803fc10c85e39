package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/bot/alert"
)

// PutRaw stores a request of a monitoring system and returns its id once it is committed; ids grow and are never
// used again. It returns alert.ErrFull when more bytes would wait than Options.InboxBound.
func (s *Storage) PutRaw(ctx context.Context, r alert.Raw) (id int64, err error) {
	if s.writer == nil {
		return 0, ErrClosed
	}
	size := rawSize(&r)
	if s.inbox.Add(size) > s.bound {
		s.inbox.Add(-size)
		return 0, alert.ErrFull
	}
	if err := s.writer.submit(ctx, &job{raw: &r}); err != nil {
		s.inbox.Add(-size)
		return 0, s.wrap(err, "take in a request")
	}
	return r.ID, nil
}

// insertRaws stores the requests of a batch in as few rows as there may be.
func (w *writer) insertRaws(run runner, jobs []*job) error {
	t := tx{s: w.s, run: run}
	last, err := w.number(&t, int64(len(jobs)))
	if err != nil {
		return err
	}
	w.raws = w.raws[:0]
	for k, j := range jobs {
		j.raw.ID = last - int64(len(jobs)-1-k)
		w.raws = append(w.raws, j.raw)
	}
	defer clear(w.raws)
	for raws := w.raws; len(raws) > 0; {
		p, n := packOf(raws, w.buffer)
		if err := t.putPack(p, 0); err != nil {
			return err
		}
		if raws = raws[n:]; cap(p.body) <= 2*packBytes { // a huge body must not keep its memory
			w.buffer = p.body
		}
	}
	return nil
}

// idsAtOnce is how many ids of requests SQLite's one writer takes from the counter at a time: what it has left it need not
// write. Those that a process leaves behind at its end are never used, for which nobody minds.
const idsAtOnce = 4096

// number gives the last of so many ids for requests. Where several processes write each takes its own with its commit, for
// later ones must never be visible before earlier ones.
func (w *writer) number(t *tx, n int64) (last int64, err error) {
	if w.s.d.manyWriters {
		return t.next(counterRaw, n)
	}
	if w.unused < n {
		top, err := t.next(counterRaw, max(n, idsAtOnce))
		if err != nil {
			return 0, err
		}
		w.numbers, w.unused = top, max(n, idsAtOnce)
	}
	w.unused -= n
	return w.numbers - w.unused, nil
}

// countInbox finds how much waits, for the bound.
func (s *Storage) countInbox(ctx context.Context) error {
	var size int64
	err := row(ctx, s.reader, `SELECT (SELECT coalesce(sum(size), 0) FROM pack) + (SELECT coalesce(sum(length(header) + length(body)), 0) FROM raw)`, nil, &size)
	s.inbox.Store(size)
	return err
}

// peekBytes is how much of bodies Peek hands out at most, but for a single pack.
const peekBytes = 8 << 20

// Peek reads the oldest waiting requests with an id above after, at most most of them and some megabytes of bodies,
// but one at least if any waits. It cuts no pack where it need not.
func (s *Storage) Peek(ctx context.Context, after int64, most int) ([]alert.Raw, error) {
	found, upTo, err := s.peekPacks(ctx, after, most)
	if err != nil {
		return nil, s.wrap(err, "read the inbox")
	}
	single, cut, err := s.peekSingle(ctx, after, most)
	if err != nil {
		return nil, s.wrap(err, "read the inbox")
	}
	if len(single) > 0 {
		upTo = min(upTo, cut)
		found = append(found, single...)
		slices.SortFunc(found, func(a, b alert.Raw) int { return cmp.Compare(a.ID, b.ID) })
		found = slices.DeleteFunc(found, func(r alert.Raw) bool { return r.ID > upTo })
	}
	if s.writer != nil {
		oldest := int64(0)
		if len(found) > 0 {
			oldest = micro(found[0].Received)
		}
		s.writer.oldest.Store(oldest)
	}
	return found[:min(len(found), most)], nil
}

// peekPacks reads packs, and up to which id it has left nothing out.
func (s *Storage) peekPacks(ctx context.Context, after int64, most int) (found []alert.Raw, upTo int64, err error) {
	size := int64(0)
	_, err = all(ctx, s.reader, `SELECT `+packColumns+`, body FROM pack WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, most},
		func(r *sql.Rows) (none struct{}, err error) {
			var body []byte
			p, err := scanPack(r, &body)
			if err != nil {
				return none, err
			}
			if len(found) > 0 && (len(found)+int(p.requests) > most || size+p.size > peekBytes) {
				return none, errEnough
			}
			p.body = body
			raws, err := p.unpack()
			size += p.size
			upTo = p.last
			found = append(found, raws[countUpTo(raws, after):]...)
			return none, err
		})
	switch {
	case err == nil && len(found) < most:
		upTo = math.MaxInt64
	case errors.Is(err, errEnough):
		err = nil
	}
	return found, upTo, err
}

// countUpTo counts the requests up to an id.
func countUpTo(raws []alert.Raw, after int64) int {
	n, _ := slices.BinarySearchFunc(raws, after+1, func(r alert.Raw, id int64) int { return cmp.Compare(r.ID, id) })
	return n
}

// peekSingle reads the requests that wait as rows of their own, and up to which id it has left nothing out. They were put
// back by WorkAgain, or taken in before there were packs.
func (s *Storage) peekSingle(ctx context.Context, after int64, most int) (found []alert.Raw, upTo int64, err error) {
	size := int64(0)
	_, err = all(ctx, s.reader, `SELECT id, source, received, header, body FROM raw WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, most},
		func(r *sql.Rows) (none struct{}, err error) {
			if size > peekBytes {
				return none, errEnough
			}
			var raw alert.Raw
			var received int64
			err = r.Scan(&raw.ID, &raw.Source, &received, &raw.Header, &raw.Body)
			raw.Received = instant(received)
			size += rawSize(&raw)
			upTo = raw.ID
			found = append(found, raw)
			return none, err
		})
	switch {
	case err == nil && len(found) < most:
		upTo = math.MaxInt64
	case errors.Is(err, errEnough):
		err = nil
	}
	return found, upTo, err
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
