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
)

// clock is the time that all processes on one database agree on.
type clock struct {
	machine func() time.Time // what this machine's clock says
	ahead   atomic.Int64     // by how much the database's clock is ahead of it
}

func (c *clock) now() time.Time { return c.machine().Add(time.Duration(c.ahead.Load())) }

// Now is the time by which everything here is recorded and leased: on PostgreSQL the database's, else this machine's.
func (s *Storage) Now() time.Time { return s.now() }

// setClock measures how far the machine's clock is from the database's, by the quickest of three answers.
func (s *Storage) setClock(ctx context.Context) error {
	if s.clock == nil { // a time of somebody's own
		return nil
	}
	best, ahead := clockWay, time.Duration(0)
	for range 3 {
		asked := time.Now() // by the clock that never jumps
		here := s.clock.machine()
		var there int64
		if err := row(ctx, s.db, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`, nil, &there); err != nil {
			return err
		}
		if way := time.Since(asked); way < best {
			best, ahead = way, time.UnixMicro(there).Sub(here.Round(0).Add(way/2))
		}
	}
	if best == clockWay {
		return nil // what so slow an answer says is no time
	}
	if ahead.Abs() < max(sameTime, best) {
		ahead = 0
	}
	was := time.Duration(s.clock.ahead.Swap(int64(ahead)))
	if (was - ahead).Abs() > time.Second {
		s.log.Warn("this machine's clock is not the database's; going by the database's", "ahead", ahead.Round(time.Millisecond))
	}
	return nil
}
