package storage

import (
	"context"
	"sync/atomic"
	"time"
)

// Several processes on one PostgreSQL must agree on the time: a lease that one takes must not look over to another, and a
// deadline must not come a minute early because one machine's clock is ahead. So they go by the database's clock.
const (
	// sameTime is the difference up to which two clocks are taken for equal; the way to the database costs about as much.
	sameTime = 50 * time.Millisecond
	// clockEvery is how often the difference is measured anew.
	clockEvery = 5 * time.Second
	// clockWay is the longest way to the database after which an answer still says what time it is.
	clockWay = 2 * time.Second
	// jump is from which difference to the time that passed on it is taken that the machine's clock was set, and not only drifts.
	jump = time.Second
)

// clock is the time that all processes on one database agree on.
type clock struct {
	machine func() time.Time     // what this machine's clock says
	passed  func() time.Duration // how much time went by since some beginning, by the clock that is never set
	held    atomic.Pointer[held]
}

// held is what the machine's clock was held against last.
type held struct {
	machine time.Time     // what it said then
	passed  time.Duration // how much time had gone by
	ahead   time.Duration // by how much the database's clock was ahead of it
}

// now does not follow the machine's clock where that is set meanwhile: by it deadlines would be early. Whether it was right will be
// seen when it is held against the database's the next time.
func (c *clock) now() time.Time {
	now := c.machine().Round(0)
	h := c.held.Load()
	if h == nil {
		return now
	}
	set := now.Sub(h.machine) - (c.passed() - h.passed)
	if set.Abs() < jump {
		set = 0
	}
	return now.Add(h.ahead - set)
}

// Now is the time by which everything here is recorded and leased: on PostgreSQL the database's, else this machine's.
func (s *Storage) Now() time.Time { return s.now() }

// setClock measures how far the machine's clock is from the database's, by the quickest of three answers.
func (s *Storage) setClock(ctx context.Context) error {
	if s.clock == nil { // a time of somebody's own
		return nil
	}
	best, found := clockWay, held{}
	for range 3 {
		asked := time.Now() // by the clock that never jumps
		here := held{machine: s.clock.machine().Round(0), passed: s.clock.passed()}
		var there int64
		if err := row(ctx, s.db, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`, nil, &there); err != nil {
			return err
		}
		if way := time.Since(asked); way < best {
			best, found = way, here
			found.ahead = time.UnixMicro(there).Sub(here.machine.Add(way / 2))
		}
	}
	if best == clockWay {
		return nil // what so slow an answer says is no time
	}
	if found.ahead.Abs() < max(sameTime, best) {
		found.ahead = 0
	}
	was := time.Duration(0)
	if old := s.clock.held.Swap(&found); old != nil {
		was = old.ahead
	}
	if (was - found.ahead).Abs() > time.Second {
		s.log.Warn("this machine's clock is not the database's; going by the database's", "ahead", found.ahead.Round(time.Millisecond))
	}
	return nil
}
