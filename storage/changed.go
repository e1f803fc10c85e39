package storage

import (
	"context"
	"slices"
	"sync"

	"matoi/incident"
)

// keptChanges is how many changes are remembered: who asks less often than that reads everything anew.
const keptChanges = 4096

// changes remembers which incidents changed last, so that who shows thousands of them reads again only those.
type changes struct {
	mu   sync.Mutex
	at   int64 // how many there were
	kept [keptChanges]incident.Number
}

// wroteRow notes that an incident's row is another one after the commit.
func (t *tx) wroteRow(n incident.Number) {
	t.touched |= topicIncident
	t.rows = append(t.rows, n)
}

// note is called after the commit, before anybody is answered.
func (c *changes) note(numbers []incident.Number) {
	if len(numbers) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range numbers {
		c.kept[c.at%keptChanges] = n
		c.at++
	}
}

// Changed lists the incidents that were changed after a moment that it gave before, 0 for the first time, each once. known is
// false where that is too long ago, or other processes write as well: each row may have changed then. What is read after it was
// asked holds at least what it tells.
func (s *Storage) Changed(since int64) (numbers []incident.Number, now int64, known bool) {
	c := &s.hub.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.d.manyWriters || since <= 0 || since > c.at+1 || c.at+1-since > keptChanges {
		return nil, c.at + 1, false
	}
	for k := since - 1; k < c.at; k++ {
		numbers = append(numbers, c.kept[k%keptChanges])
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), c.at + 1, true
}

// Rows reads the rows of incidents, whoever may see them; those that there are not are missing.
func (s *Storage) Rows(ctx context.Context, numbers []incident.Number) (rows []incident.Row, err error) {
	for chunk := range slices.Chunk(numbers, mostKeys) {
		var a args
		found, err := all(ctx, s.reader, `SELECT `+rowColumns+` FROM incident WHERE number IN (`+list(&a, padded(chunk))+`)`, a, scanRow)
		if err != nil {
			return nil, s.wrap(err, "read rows of incidents")
		}
		rows = append(rows, found...)
	}
	return rows, nil
}
