package lang

import (
	"strings"
	"time"
)

// Moment is when something happened, as somebody wrote it.
type Moment struct {
	At     time.Time // UTC, whole microseconds
	Approx bool      // 頃, about, ~: the report says so too
	Dated  bool      // the text names the day or counts back from now; else the day was inferred
}

// ahead is how far in the future a bare clock time may lie and still mean the
// coming one: clocks differ, and people round up.
const ahead = 15 * time.Minute

// yearlessAhead is the same for a date without a year. It is a day, so that a slip
// of the finger is seen as "in the future" and not taken for last year.
const yearlessAhead = 24 * time.Hour

// nightEnds is the hour until which a person working through the night means the
// evening before by 今日, 今夜, today.
const nightEnds = 5

// ParseMoment reads when something happened at the start of a text, as people
// write it, and returns what follows, trimmed. zone is the writer's; nil is UTC.
//
// It reads clock times (14:35, 14時半, 午後2時半, 2:35pm, 25:30, 14:35 UTC), days
// with a clock time (昨日 23:10, 11/21 23:10, 21日23時, 月曜 9:00, Nov 21 23:10,
// yesterday at 11pm), RFC 3339, distances (10m ago, 1時間半前) and now.
//
// Which day a bare clock time means: today, unless that lies more than 15 minutes
// ahead, then yesterday: at 00:20, 23:50 is half an hour ago. 25:30 is the latest
// 01:30 by the same limit. A date without a year means this year, unless that
// lies more than a day ahead, then last year; 21日 and 月曜 mean the latest such
// day. Before five in the morning 今日 23:50 is the evening just past. A time that
// clocks going back made happen twice is the later one not ahead of now, a time
// that clocks skipped is counted on from before the change. 午後12時 is noon and
// 午前12時 midnight, as on a digital clock. The result may lie in the future (a
// full date does as it says); the caller refuses that.
//
// It is careful with numbers of a sentence: 3時間かかった, 500 errors, 11/21のリリース,
// 14:35のデプロイ, 1435, 10:20:30:40 hold no moment. Where the time belongs to the
// sentence (14:35から応答なし, 14:35-14:50 停止) the moment is read and rest is the
// whole text, so that no word is lost. The same for now, which is read only when
// it stands alone or before punctuation.
func ParseMoment(text string, now time.Time, zone *time.Location) (m Moment, rest string, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	s := newScan(text)
	i := s.spaces(0)
	end, approx := 0, false
	if j, found := s.now(i); found {
		m, end = Moment{At: now, Dated: true}, j
	} else if w, j, found := s.when(i); found {
		at, exists := w.latest(now, zone)
		if !exists {
			return Moment{}, "", false
		}
		m, end = Moment{At: at, Approx: w.approx, Dated: w.dated}, j
	} else if back, about, j, found := s.ago(i); found {
		m, end = Moment{At: now.Add(-back), Approx: about, Dated: true}, j
	} else {
		return Moment{}, "", false
	}
	m.At = m.At.UTC().Truncate(time.Microsecond)
	if !representable(m.At) {
		return Moment{}, "", false
	}
	approx, end, b := s.tail(end)
	m.Approx = m.Approx || approx
	switch b {
	case foreign, untilNow:
		return Moment{}, "", false
	case bound:
		return m, strings.TrimSpace(text), true
	}
	return m, s.rest(end), true
}

// representable keeps a slip such as the year 0206 out of the record.
func representable(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 2200 }

// now reads the words for this moment.
func (s scan) now(i int) (int, bool) {
	if j, ok := s.word(i, "たった今", "たったいま", "just now"); ok {
		return j, true
	}
	if j, ok := s.word(i, "right now", "now"); ok {
		k := s.spaces(j)
		return j, s.peek(k) == 0 || s.one(k, ",:;-、")
	}
	if j, ok := s.word(i, "今", "いま", "現在"); ok {
		k := s.spaces(j)
		return j, s.peek(k) == 0 || s.one(k, ":、")
	}
	return i, false
}

// about skips at and the words that make a time approximate.
func (s scan) about(i int) (next int, approx bool) {
	for {
		if j, ok := s.word(i, "at"); ok {
			i = s.spaces(j)
			continue
		}
		j, ok := s.word(i, "約", "およそ", "おおよそ", "だいたい", "大体", "approximately", "approx.", "approx", "about", "around", "circa", "ca.", "~")
		if !ok {
			return i, approx
		}
		i, approx = s.spaces(j), true
	}
}

// ago reads a distance into the past: 10m ago, half an hour ago, 1時間半ほど前.
func (s scan) ago(i int) (back time.Duration, approx bool, next int, ok bool) {
	i, approx = s.about(i)
	l, j, ok := s.length(i)
	if !ok {
		return 0, false, i, false
	}
	if k, ok := s.word(s.spaces(j), "or so"); ok {
		j, approx = k, true
	}
	if k, ok := s.word(s.spaces(j), "ago"); ok {
		return l.d, approx, k, true
	}
	if k, ok := s.word(j, "ほど", "くらい", "ぐらい", "程"); ok {
		j, approx = k, true
	}
	if k, ok := s.word(s.spaces(j), "前", "まえ"); ok && !s.one(k, notAfterMae) {
		return l.d, approx, k, true
	}
	return 0, false, i, false
}
