package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
)

// Retention says how long things are kept that no chain holds; zero is for ever.
type Retention struct {
	Chat        time.Duration // messages and files in the rooms of incidents, after these are over
	Alerts      time.Duration // alerts, after they were resolved and their incident is over
	Undecoded   time.Duration // requests that could not be decoded
	Undelivered time.Duration // deliveries that were given up on
	Causes      time.Duration // what has been done already, so that it is not done again: at least LeastCauses
}

// LeastCauses is how long a request that comes again must be known: chats repeat theirs for some hours, alert senders for a
// day or two, and a queue of a person's own may stand still over a long weekend.
const LeastCauses = 7 * 24 * time.Hour

// Pruned counts the rows that went.
type Pruned struct{ Messages, Files, Alerts, Undecoded, Undelivered, Causes, Arrivals, Pages int }

const (
	pruneBatch = 200                   // rows of one write, behind which people wait at most
	pruneScan  = 2000                  // rows read at once where no index leads to the old ones
	prunePause = 20 * time.Millisecond // between two writes at least
	pruneRest  = 5                     // times as long as the write took, at least: pruning has a sixth of the time
)

// Prune takes away what is older than r allows, in small writes with pauses between them. Facts, people and the register are
// never touched, nor is what a legal hold protects.
func (s *Storage) Prune(ctx context.Context, r Retention) (p Pruned, err error) {
	holds, err := s.Holds(ctx)
	if err != nil || holds.All() {
		return p, err
	}
	for _, of := range []struct {
		keep time.Duration
		done *int
		run  func(ctx context.Context, before int64, holds incident.Holds) (int, error)
	}{
		{r.Undelivered, &p.Undelivered, s.pruneUndelivered},
		{r.Undecoded, &p.Undecoded, s.pruneUndecoded},
		{r.Causes, &p.Causes, s.pruneCauses},
		{r.Causes, &p.Arrivals, s.pruneDeliveries},
		{pagesKept, &p.Pages, s.prunePages},
		{r.Alerts, &p.Alerts, s.pruneAlerts},
		{r.Chat, &p.Files, s.pruneFiles}, // before the messages that show them
		{r.Chat, &p.Messages, s.pruneMessages},
	} {
		if of.keep <= 0 {
			continue
		}
		if *of.done, err = of.run(ctx, micro(s.now().Add(-of.keep)), holds); err != nil {
			return p, s.wrap(err, "prune")
		}
	}
	return p, nil
}

// pause lets others to the writer and the disk after what began then, and ends when the context does.
func pause(ctx context.Context, began time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(max(prunePause, pruneRest*time.Since(began))):
		return nil
	}
}

// repeat runs a deleting statement, which takes pruneBatch rows at most, until it finds no more.
func (s *Storage) repeat(ctx context.Context, do func(t *tx) (int64, error)) (total int, err error) {
	for {
		var n int64
		began := time.Now()
		err := s.write(ctx, true, func(t *tx) (err error) {
			n, err = do(t)
			return err
		})
		total += int(n)
		if err != nil || n < pruneBatch {
			return total, err
		}
		if err := pause(ctx, began); err != nil {
			return total, err
		}
	}
}

func (s *Storage) pruneUndelivered(ctx context.Context, before int64, _ incident.Holds) (int, error) {
	return s.repeat(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'dropped' AND made < $1 ORDER BY id LIMIT $2)`, before, int64(pruneBatch))
	})
}

func (s *Storage) pruneUndecoded(ctx context.Context, before int64, _ incident.Holds) (int, error) {
	return s.repeat(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM undecoded WHERE id IN (SELECT id FROM undecoded WHERE received < $1 ORDER BY id LIMIT $2)`, before, int64(pruneBatch))
	})
}

// pruneCauses goes along the key, for no index on time makes every command slower for its sake.
func (s *Storage) pruneCauses(ctx context.Context, before int64, _ incident.Holds) (total int, err error) {
	before = min(before, micro(s.now().Add(-LeastCauses)))
	type cause struct {
		id string
		at int64
	}
	for after := ""; ; {
		began := time.Now()
		list, err := all(ctx, s.reader, `SELECT id, at FROM cause WHERE id > $1 AND pos = 0 ORDER BY id LIMIT $2`, []any{after, int64(pruneScan)},
			func(r *sql.Rows) (c cause, err error) { return c, r.Scan(&c.id, &c.at) })
		if err != nil {
			return total, err
		}
		var old []any
		for k, c := range list {
			after = c.id
			if c.at < before {
				old = append(old, c.id)
			}
			if len(old) == pruneBatch || k == len(list)-1 && len(old) > 0 {
				n, err := s.deleteKeys(ctx, `DELETE FROM cause WHERE id IN `, old)
				if total += n; err != nil {
					return total, err
				}
				old, began = nil, time.Now()
			}
		}
		if len(list) < pruneScan {
			return total, nil
		}
		if err := pause(ctx, began); err != nil {
			return total, err
		}
	}
}

// deleteKeys deletes rows by their keys in one write and rests.
func (s *Storage) deleteKeys(ctx context.Context, query string, keys []any) (int, error) {
	var a args
	query += `(` + list(&a, keys) + `)`
	var n int64
	began := time.Now()
	err := s.write(ctx, true, func(t *tx) (err error) {
		n, err = t.exec(query, a...)
		return err
	})
	if err == nil {
		err = pause(ctx, began)
	}
	return int(n), err
}

// over is an incident that ended before a time and is not held, of a number in SQL.
func over(a *args, number string, before int64, holds incident.Holds) string {
	where := `EXISTS (SELECT 1 FROM incident WHERE incident.number = ` + number + ` AND NOT incident.open AND incident.closed > 0 AND incident.closed < ` + a.add(before) + `)`
	for _, n := range holds {
		where += ` AND ` + number + ` <> ` + a.add(int64(n))
	}
	return where
}

// occurrence is a row of the table alert, as far as it matters here.
type occurrence struct {
	source, key   string
	first, number int64
	old           bool
}

// oldAlert is an alert in SQL that was over before a time, and its incident too.
func oldAlert(a *args, before int64, holds incident.Holds) string {
	return `status = 'resolved' AND resolved_at > 0 AND resolved_at < ` + a.add(before) + ` AND (number = 0 OR ` + over(a, "alert.number", before, holds) + `)`
}

// pruneAlerts reads along the key and deletes what it finds in batches: no index leads to what is old, and it must not be the writer
// that looks for it.
func (s *Storage) pruneAlerts(ctx context.Context, before int64, holds incident.Holds) (total int, err error) {
	var last occurrence
	for {
		began := time.Now()
		query, a := lookForOld(last, before, holds)
		found, err := all(ctx, s.reader, query, a, func(r *sql.Rows) (o occurrence, err error) {
			return o, r.Scan(&o.source, &o.key, &o.first, &o.number, &o.old)
		})
		if err != nil || len(found) == 0 {
			return total, err
		}
		read := len(found)
		last = found[read-1]
		found = slices.DeleteFunc(found, func(o occurrence) bool { return !o.old })
		for batch := range slices.Chunk(found, pruneBatch) {
			if err := pause(ctx, began); err != nil {
				return total, err
			}
			began = time.Now()
			n, err := s.deleteAlerts(ctx, batch, before, holds)
			if total += n; err != nil {
				return total, err
			}
		}
		if read < pruneScan {
			return total, nil
		}
		if err := pause(ctx, began); err != nil {
			return total, err
		}
	}
}

func lookForOld(after occurrence, before int64, holds incident.Holds) (query string, a args) {
	a = args{after.source, after.key, after.first}
	query = `SELECT source, key, first_seen, number, ` + oldAlert(&a, before, holds) + ` FROM alert
		WHERE (source, key, first_seen) > ($1, $2, $3) ORDER BY source, key, first_seen LIMIT ` + a.add(int64(pruneScan))
	return query, a
}

func deleteOld(batch []occurrence, before int64, holds incident.Holds) (query string, a args) {
	rows := make([]string, len(batch))
	for k, o := range batch {
		rows[k] = "(" + a.add(o.source) + ", " + a.add(o.key) + ", CAST(" + a.add(o.first) + " AS BIGINT))"
	}
	return `DELETE FROM alert WHERE (source, key, first_seen) IN (VALUES ` + strings.Join(rows, ", ") + `) AND ` + oldAlert(&a, before, holds), a
}

// deleteAlerts deletes those that are still as old as when they were read, and the counts that they are part of.
func (s *Storage) deleteAlerts(ctx context.Context, batch []occurrence, before int64, holds incident.Holds) (int, error) {
	var b args
	var numbers []int64
	for _, o := range batch {
		if o.number > 0 && !slices.Contains(numbers, o.number) {
			numbers = append(numbers, o.number)
		}
	}
	query, a := deleteOld(batch, before, holds)
	counts := `DELETE FROM tally WHERE number IN (` + list(&b, numbers) + `)`
	var n int64
	err := s.write(ctx, true, func(t *tx) (err error) {
		if n, err = t.exec(query, a...); err == nil && len(numbers) > 0 {
			_, err = t.exec(counts, b...)
		}
		return err
	})
	return int(n), err
}

// inRoomsOver are the channels of incidents that are over.
func inRoomsOver(a *args, before int64, holds incident.Holds) string {
	return `(SELECT channel.id FROM channel WHERE channel.number > 0 AND ` + over(a, "channel.number", before, holds) + `)`
}

func (s *Storage) pruneMessages(ctx context.Context, before int64, holds incident.Holds) (int, error) {
	var a args
	query := `SELECT id FROM message WHERE channel IN ` + inRoomsOver(&a, before, holds) + ` ORDER BY id LIMIT ` + a.add(int64(pruneBatch))
	return s.repeat(ctx, func(t *tx) (int64, error) {
		ids, err := all(ctx, t.run, query, a, one[int64])
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		var b args
		in := list(&b, ids)
		for _, from := range []string{"message_token WHERE message", "mention WHERE message", "message WHERE id"} {
			if _, err := t.exec(`DELETE FROM `+from+` IN (`+in+`)`, b...); err != nil {
				return 0, err
			}
		}
		t.touched |= topicConsole
		return int64(len(ids)), nil
	})
}

// pruneFiles leaves those that came into a record, which is kept for ever. A file goes in a write of its own.
func (s *Storage) pruneFiles(ctx context.Context, before int64, holds incident.Holds) (total int, err error) {
	var a args
	ids, err := all(ctx, s.reader, `SELECT id FROM upload WHERE message > 0 AND channel IN `+inRoomsOver(&a, before, holds)+`
		AND NOT EXISTS (SELECT 1 FROM exhibit WHERE exhibit.upload = upload.id)`, a, one[string])
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		began := time.Now()
		err := s.write(ctx, true, func(t *tx) error {
			if _, err := t.exec(`UPDATE upload SET message = 0 WHERE id = $1`, id); err != nil {
				return err
			}
			return t.dropUpload(id)
		})
		if err != nil {
			return total, err
		}
		total++
		if err := pause(ctx, began); err != nil {
			return total, err
		}
	}
	return total, nil
}

// String tells what went, for the log.
func (p Pruned) String() string {
	return fmt.Sprintf("%d messages, %d files, %d alerts, %d undecoded requests, %d deliveries given up on, %d causes, %d arrivals, %d pages",
		p.Messages, p.Files, p.Alerts, p.Undecoded, p.Undelivered, p.Causes, p.Arrivals, p.Pages)
}
