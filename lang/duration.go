package lang

import "time"

// maxDuration bounds what is read as a length of time: more is a number from a
// sentence or a slip, and would not fit the calendar.
const maxDuration = 3660 * 24 * time.Hour

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// ParseDuration reads a length of time at the start of the text and returns what
// follows: 30m, 1h30m, 1h30, 1.5h, 90分, 1時間半, 2時間30分, 30分間, 半日, 2 hours,
// 1 hour and 30 minutes, half an hour, 3日, 3d, 2週間. A day is 24 hours and a week
// seven of them; months and business days have no fixed length and are not read.
// It reports false for a number without a unit and for more than ten years.
func ParseDuration(text string) (d time.Duration, rest string, ok bool) {
	s := newScan(text)
	length, i, ok := s.length(s.spaces(0))
	if !ok {
		return 0, "", false
	}
	return length.d, s.rest(i), true
}

// length is a length of time as written; spanned says that it was marked as one
// (30分間), which never stands for a point in time.
type length struct {
	d       time.Duration
	spanned bool
}

// unit is one way to write a unit. Japanese units may not be followed by one of
// the characters in not: 3日目, 5分割, 10分類 are no lengths of time.
type unit struct {
	words []string
	not   string
	d     time.Duration
}

func units() []unit {
	return []unit{
		{[]string{"weeks", "week", "wks", "wk", "w", "週間", "週"}, "目末明報刊", week},
		{[]string{"days", "day", "d", "日"}, "目付本程常曜記当夜時々中別光", day},
		{[]string{"hours", "hour", "hrs", "hr", "h", "時間"}, "目帯割外", time.Hour},
		{[]string{"minutes", "minute", "mins", "min", "m", "分"}, "割岐類布析担解別配散野離目の身", time.Minute},
		{[]string{"seconds", "second", "secs", "sec", "s", "秒"}, "目速針", time.Second},
	}
}

// length reads a sequence of falling units.
func (s scan) length(i int) (length, int, bool) {
	if d, next, ok := s.halfOrOne(i); ok {
		return length{d: d}, next, true
	}
	var l length
	smallest := maxDuration
	end, parts := i, 0
	for {
		d, u, spanned, next, ok := s.part(i)
		if !ok || u >= smallest {
			break
		}
		l.d, l.spanned = l.d+d, spanned
		smallest, end = u, next
		if parts++; l.d > maxDuration {
			return length{}, 0, false
		}
		if n, to, ok := s.number(next, 2, 2); ok && u == time.Hour && isLatin(s.peek(next-1)) && n < 60 {
			if _, _, _, _, unit := s.part(next); !unit && s.ends(to) {
				return length{d: l.d + time.Duration(n)*time.Minute}, to, true // 1h30
			}
		}
		i = s.spaces(next)
		if s.peek(i) == ',' {
			i = s.spaces(i + 1)
		}
		if to, ok := s.word(i, "and"); ok {
			i = s.spaces(to)
		}
	}
	if parts > 0 && isLatin(s.peek(end-1)) && !s.ends(end) {
		return length{}, i, false // 10m5, 3s-bucket
	}
	return l, end, parts > 0
}

// part reads one number with its unit: 30m, 1.5h, 1時間半, 30分間.
func (s scan) part(i int) (d, u time.Duration, spanned bool, next int, ok bool) {
	n, j, ok := s.number(i, 1, 6)
	if !ok {
		return 0, 0, false, i, false
	}
	tenths := 0
	if s.peek(j) == '.' {
		if tenths, j, ok = s.number(j+1, 1, 1); !ok {
			return 0, 0, false, i, false
		}
	}
	for _, unit := range units() {
		k, ok := s.unitWord(s.spaces(j), unit)
		if !ok {
			continue
		}
		if n > int(maxDuration/unit.d) {
			return 0, 0, false, i, false
		}
		d = time.Duration(n)*unit.d + time.Duration(tenths)*unit.d/10
		if s.peek(k) == '半' && !s.one(k+1, "分数角額径") && tenths == 0 {
			d, k = d+unit.d/2, k+1
		}
		if s.peek(k) == '間' && s.peek(k+1) != '隔' {
			spanned, k = true, k+1
		}
		return d, unit.d, spanned, k, true
	}
	return 0, 0, false, i, false
}

func (s scan) unitWord(i int, u unit) (int, bool) {
	for _, w := range u.words {
		if j, ok := s.word(i, w); ok && (w[0] < 0x80 || !s.one(j, u.not)) {
			return j, true
		}
	}
	return i, false
}

// halfOrOne reads the lengths that are written without a digit.
func (s scan) halfOrOne(i int) (time.Duration, int, bool) {
	for _, w := range []struct {
		words []string
		d     time.Duration
	}{
		{[]string{"半日"}, day / 2},
		{[]string{"half an hour", "half hour"}, 30 * time.Minute},
		{[]string{"half a day"}, day / 2},
		{[]string{"an hour and a half"}, 90 * time.Minute},
		{[]string{"an hour", "one hour"}, time.Hour},
		{[]string{"a minute", "one minute"}, time.Minute},
		{[]string{"a day", "one day"}, day},
		{[]string{"a week", "one week"}, week},
	} {
		if j, ok := s.word(i, w.words...); ok {
			return w.d, j, true
		}
	}
	return 0, i, false
}
