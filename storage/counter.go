package storage

import (
	"time"

	"matoi/incident"
)

// Rows of the table counter that are no days. They are rows and not sequences because a number taken by a
// transaction that fails must not be used up, and because later numbers must never be visible before earlier ones.
const (
	counterPerson   int64 = -1
	counterRev      int64 = -2 // messages of the built-in chat
	counterRaw      int64 = -3
	counterProbe    int64 = -4  // see Ready
	counterWords    int64 = -5  // up to which message words and mentions are still to be made, see renew.go
	counterMark     int64 = -6  // marks of what has been read
	counterRegister int64 = -7  // entries of the register
	counterShift    int64 = -9  // changes to who is on call
	counterRule     int64 = -23 // rules for alerts that people made
	counterFold     int64 = -8  // FoldVersion of all rows of incidents, see renew.go
)

// next takes n numbers and returns the last of them; the row stays locked until the commit.
func (t *tx) next(counter, n int64) (last int64, err error) {
	const query = `INSERT INTO counter (day, n) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET n = counter.n + $2 RETURNING n`
	return last, t.put(query, []any{counter, n}, &last)
}

// draw gives the next number of the day, gapless: the counter is part of the transaction.
func (t *tx) draw(day time.Time) (incident.Number, error) {
	n, err := t.next(incident.Day(day, t.s.zone), 1)
	if err != nil {
		return 0, err
	}
	return incident.NumberOf(day, t.s.zone, n), nil
}
