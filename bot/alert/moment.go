package alert

import (
	"strconv"
	"strings"
	"time"
)

// moment reads a time of a sender whose times without a zone are UTC. See momentIn.
func moment(s string) time.Time { return momentIn(s, time.UTC) }

// momentIn reads a time as senders write it: RFC 3339 and its relatives, those without a zone as they are in the given
// one, or a number of seconds, milliseconds or microseconds since 1970, told apart by their size. What it can't read is
// the zero time.
func momentIn(s string, zone *time.Location) time.Time {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return epoch(n)
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 Z0700", "2006-01-02 15:04:05.999999999",
		time.RFC1123Z, time.RFC1123, "2006.01.02 15:04:05", "2006/01/02 15:04:05", time.UnixDate, time.ANSIC,
	} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// epoch reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970.
func epoch(n float64) time.Time {
	switch {
	case !(n > 0) || n > 1e19:
		return time.Time{}
	case n < 1e11:
		return time.UnixMicro(int64(n * 1e6))
	case n < 1e14:
		return time.UnixMicro(int64(n * 1e3))
	case n < 1e17:
		return time.UnixMicro(int64(n))
	}
	return time.UnixMicro(int64(n / 1e3))
}
