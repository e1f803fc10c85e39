package storage

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/bot/alert"
)

// PutRaw stores a request of a monitoring system and returns its id once it is committed; ids grow and are never
// used again. It returns alert.ErrFull when more bytes would wait than Options.InboxBound, or more of this source than are left
// free (see stock).
func (s *Storage) PutRaw(ctx context.Context, r alert.Raw) (id int64, err error) {
	if s.writer == nil {
		return 0, ErrClosed
	}
	size := rawSize(&r)
	if !s.inbox.put(r.Source, size, s.bound) {
		return 0, alert.ErrFull
	}
	if err := s.writer.submit(ctx, &job{raw: &r}); err != nil {
		s.inbox.change(r.Source, -size)
		return 0, s.wrap(err, "take in a request")
	}
	return r.ID, nil
}

// insertRaws stores the requests of a batch in as few rows as there may be, each of one source: those of a source get ids that
// follow each other.
func (w *writer) insertRaws(run runner, jobs []*job) error {
	t := tx{s: w.s, run: run}
	last, err := w.number(&t, int64(len(jobs)))
	if err != nil {
		return err
	}
	if bySource := func(a, b *job) int { return strings.Compare(a.raw.Source, b.raw.Source) }; !slices.IsSortedFunc(jobs, bySource) {
		slices.SortStableFunc(jobs, bySource)
	}
	w.raws = w.raws[:0]
	for k, j := range jobs {
		j.raw.ID = last - int64(len(jobs)-1-k)
		w.raws = append(w.raws, j.raw)
	}
	defer clear(w.raws)
	for raws := w.raws; len(raws) > 0; {
		same := 1
		for same < len(raws) && raws[same].Source == raws[0].Source {
			same++
		}
		p, n := w.packer.put(raws[:same])
		p.source = raws[0].Source
		if err := t.putPack(p, 0); err != nil {
			return err
		}
		raws = raws[n:]
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
	lanes := map[string]int64{}
	_, err := all(ctx, s.reader, `SELECT source, sum(size) FROM pack GROUP BY source
		UNION ALL SELECT ' ', sum(length(header) + length(body)) FROM raw HAVING count(*) > 0`, nil, func(r *sql.Rows) (none struct{}, err error) {
		var lane string
		var size int64
		err = r.Scan(&lane, &size)
		lanes[lane] = size
		return none, err
	})
	if err == nil {
		s.inbox.replace(lanes)
	}
	return err
}

// InboxBySource tells how many bytes of each source wait to be worked off, as this process counts them.
func (s *Storage) InboxBySource() map[string]float64 {
	out := map[string]float64{}
	for lane, size := range s.inbox.all() {
		if lane != laneSingle && lane != laneMixed {
			out[lane] = float64(size)
		}
	}
	return out
}

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
