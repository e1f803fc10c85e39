package storage

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// trouble is why nothing can be written.
type trouble struct{ err error }

// Reason names in a word what is wrong with the database, for /readyz and whoever reads it: full, gone, damaged, readonly,
// io (the disk refuses or fails), or away (it doesn't answer).
func (u unavailable) Reason() string {
	for known, word := range map[error]string{ErrFull: "full", ErrGone: "gone", ErrCorrupt: "damaged", ErrDisk: "io"} {
		if errors.Is(u.error, known) {
			return word
		}
	}
	if e, ok := errors.AsType[*sqlite.Error](u.error); ok {
		if e.Code()&0xff == lib.SQLITE_READONLY {
			return "readonly"
		}
		return "io"
	}
	return "away"
}

// report remembers how the last write went, for Ready, and logs when writing stops working and when it works again. Each
// request that meets the trouble logs itself besides; this is the line to look for.
func (s *Storage) report(failed error) {
	if failed == nil {
		if s.ailing.Load() == nil {
			return
		}
		s.sick.Store(nil)
		if since, over := s.outcry.better(time.Now(), &s.ailing); over {
			s.log.Info("the database can be written again", "after", time.Since(since).Round(time.Millisecond))
		}
		return
	}
	if failed = s.d.mapped(failed); !s.d.isSick(failed) {
		return
	}
	s.renewConnections(failed)
	s.sick.Store(&trouble{err: failed})
	if since, say := s.outcry.worse(time.Now(), reason(failed), &s.ailing); say {
		s.log.Error("the database can't be written; nothing is acknowledged until it can", "reason", reason(failed), "since", since, "error", failed)
	}
}

// ailment is a time in which writes fail.
type ailment struct {
	reason string
	since  time.Time
	last   time.Time     // the last write that failed
	next   time.Time     // when it is said again
	pause  time.Duration // between the last two times it was said
}

const (
	// calm is how long no write may have failed before it counts as over: on a disk that is full small ones still find room
	// between others that don't.
	calm = 5 * time.Second
	// The pauses after which a trouble that goes on is said again.
	firstSaid, longestSaid = time.Minute, time.Hour
)

// outcry decides what of a trouble is said in the log: at once, again and again with growing pauses, and that it is over.
type outcry struct{ mu sync.Mutex }

// worse hears of a write that failed at now.
func (o *outcry) worse(now time.Time, reason string, of *atomic.Pointer[ailment]) (since time.Time, say bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := ailment{reason: reason, since: now, last: now, pause: firstSaid, next: now.Add(firstSaid)}
	if was := of.Load(); was != nil {
		a.since = was.since
		if was.reason == reason && now.Before(was.next) {
			a.pause, a.next = was.pause, was.next
			of.Store(&a)
			return a.since, false
		}
		if was.reason == reason {
			a.pause = min(2*was.pause, longestSaid)
			a.next = now.Add(a.pause)
		}
	}
	of.Store(&a)
	return a.since, true
}

// better hears of a write that worked at now.
func (o *outcry) better(now time.Time, of *atomic.Pointer[ailment]) (since time.Time, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := of.Load()
	if a == nil || now.Sub(a.last) < calm {
		return time.Time{}, false
	}
	of.Store(nil)
	return a.since, true
}

// reason is the word of an error's Reason, empty where it is not the database's.
func reason(err error) string {
	if u, ok := errors.AsType[unavailable](err); ok {
		return u.Reason()
	}
	return ""
}
