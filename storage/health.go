package storage

import (
	"errors"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// trouble is why nothing can be written, and since when.
type trouble struct {
	err   error
	since time.Time
}

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
		if s.sick.Load() == nil {
			return
		}
		if was := s.sick.Swap(nil); was != nil {
			s.log.Info("the database can be written again", "after", time.Since(was.since).Round(time.Millisecond))
		}
		return
	}
	if failed = s.d.mapped(failed); !s.d.isSick(failed) {
		return
	}
	s.renewConnections(failed)
	now := &trouble{err: failed, since: time.Now()}
	was := s.sick.Load()
	if was != nil {
		now.since = was.since
	}
	s.sick.Store(now)
	if was == nil || reason(was.err) != reason(failed) {
		s.log.Error("the database can't be written; nothing is acknowledged until it can", "reason", reason(failed), "error", failed)
	}
}

// reason is the word of an error's Reason, empty where it is not the database's.
func reason(err error) string {
	if u, ok := errors.AsType[unavailable](err); ok {
		return u.Reason()
	}
	return ""
}
