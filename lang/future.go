package lang

import (
	"strings"
	"time"
)

// halfYear decides which year a date without one means for a deadline: 1/5 typed
// in December is next January, 11/20 typed on 11/21 is a slip and stays past.
const halfYear = 182 * 24 * time.Hour

// ParseFuture reads when something is due at the start of a text and returns what
// follows, trimmed. zone is the writer's; nil is UTC.
//
// It reads lengths of time from now (30m, in 30 minutes, 1h30m, 30分後, 1時間後,
// あと15分), clock times (15:30, 15時半までに, by 3pm), which mean tomorrow when past,
// and days with a clock time (明日 9:00, tomorrow 9:00, 11/22 9:00, 25日17時, 月曜 9:00,
// 明朝9時, 2026-11-22T09:00:00+09:00). 21日 and 月曜 mean the next such day, a date
// without a year next year if it is more than half a year past. A day alone is not
// enough: nobody knows the hour that was meant.
//
// A full date, a date without a year and 今日 9:00 may lie in the past; the caller
// refuses that with its own words. As with ParseMoment, rest is the whole text
// where the time belongs to the sentence (15:30から作業).
func ParseFuture(text string, now time.Time, zone *time.Location) (t time.Time, rest string, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	s := newScan(text)
	i := s.spaces(0)
	if j, ok := s.word(i, "by", "until", "till", "before", "next"); ok {
		i = s.spaces(j)
	}
	var end int
	if w, j, found := s.when(i); found {
		if t, ok = w.earliest(now, zone); !ok {
			return time.Time{}, "", false
		}
		end = j
	} else if d, j, found := s.fromNow(i); found {
		t, end = now.Add(d), j
	} else {
		return time.Time{}, "", false
	}
	t = t.UTC().Truncate(time.Microsecond)
	_, end, b := s.tail(end)
	switch {
	case b == foreign || !representable(t):
		return time.Time{}, "", false
	case b == bound:
		return t, strings.TrimSpace(text), true
	}
	return t, s.rest(end), true
}

// fromNow reads a distance into the future: in 30 minutes, 30m, 30分後, 30分以内.
func (s scan) fromNow(i int) (time.Duration, int, bool) {
	if j, ok := s.word(i, "in", "within", "あと"); ok {
		i = s.spaces(j)
	}
	i, _ = s.about(i)
	l, j, ok := s.length(i)
	if !ok || l.d <= 0 {
		return 0, i, false
	}
	if k, ok := s.word(j, "ほど", "くらい", "ぐらい", "程度"); ok {
		j = k
	}
	if k, ok := s.word(s.spaces(j), "以内", "from now", "later"); ok {
		return l.d, k, true
	}
	if s.peek(j) == '後' {
		return l.d, j + 1, !s.one(j+1, "半者続日退任輩")
	}
	if _, past := s.word(s.spaces(j), "ago", "前", "まえ"); past || l.spanned {
		return 0, i, false // 30分間 is no point in time
	}
	if k, ok := s.word(j, "で"); ok {
		j = k
	}
	return l.d, j, true
}
