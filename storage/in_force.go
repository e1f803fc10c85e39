package storage

import (
	"context"
	"database/sql"
	"time"
)

// InForce keeps since when each trigger of the escalations is in force, by its word: those that are new are so from now on, and those
// that are gone are forgotten. A zero time is always: whatever was there when it was asked for the first time.
func (s *Storage) InForce(ctx context.Context, words []string, now time.Time) (since map[string]time.Time, err error) {
	type known struct {
		word  string
		since int64
	}
	err = s.write(ctx, false, func(t *tx) error {
		if err := t.lockName("in_force", "all"); err != nil {
			return err
		}
		found, err := all(context.Background(), t.run, `SELECT word, since FROM in_force`, nil, func(r *sql.Rows) (k known, err error) {
			return k, r.Scan(&k.word, &k.since)
		})
		if err != nil {
			return t.spoil(err)
		}
		from := micro(now)
		if len(found) == 0 {
			from = 0
		}
		since = map[string]time.Time{}
		for _, k := range found {
			since[k.word] = instant(k.since)
		}
		wanted := map[string]bool{"": true} // stands for the table having been filled
		for _, word := range words {
			wanted[word] = true
		}
		for _, k := range found {
			if !wanted[k.word] {
				if _, err := t.exec(`DELETE FROM in_force WHERE word = $1`, k.word); err != nil {
					return err
				}
				delete(since, k.word)
			}
		}
		for word := range wanted {
			if _, there := since[word]; there {
				continue
			}
			if _, err := t.exec(`INSERT INTO in_force (word, since) VALUES ($1, $2)`, word, from); err != nil {
				return err
			}
			since[word] = instant(from)
		}
		delete(since, "")
		return nil
	})
	return since, s.wrap(err, "keep since when triggers are in force")
}
