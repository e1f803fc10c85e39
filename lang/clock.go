package lang

import "time"

// clock is a time of day as written. Hours run to 29: 25:30 is half past one of
// the following night, as timetables and night shifts write it.
type clock struct {
	hour, minute, second, nano int
	zone                       *time.Location // as written (14:35 UTC), else nil
}

// part is a part of the day, which tells what 9時 or 11:00 means.
type part int

const (
	noPart    part = iota
	morning        // 午前 朝 今朝: as written, 12 is 0
	afternoon      // 午後 昼 夕方: 1 to 11 are 13 to 23, 12 is noon
	evening        // 夜 今夜 昨夜: 6 to 11 are 18 to 23, 12 is 24, 0 to 5 follow it
	smallHour      // 未明: as written
)

// partOf reads the part of the day at i, with the の that may follow it.
func (s scan) partOf(i int) (part, int) {
	for _, p := range []struct {
		part  part
		words []string
	}{
		{morning, []string{"午前", "早朝", "朝", "morning"}},
		{afternoon, []string{"午後", "お昼", "昼", "夕方", "夕", "afternoon"}},
		{evening, []string{"深夜", "真夜中", "夜中", "夜", "晩", "evening", "night"}},
		{smallHour, []string{"未明"}},
	} {
		if j, ok := s.word(i, p.words...); ok {
			if k, ok := s.word(j, "の"); ok {
				j = k
			}
			return p.part, s.spaces(j)
		}
	}
	return noPart, i
}

// hour24 places a written hour into the part of the day.
func (p part) hour24(hour int) int {
	switch {
	case p == morning && hour == 12:
		return 0
	case p == afternoon && hour < 12:
		return hour + 12
	case p == evening && hour < 6:
		return hour + 24
	case p == evening && hour <= 12:
		return hour + 12
	}
	return hour
}

// clock reads a time of day at i, after a part of the day the caller has seen
// (or noPart). The many ways: 14:35, 14:35:20, 14時35分, 14時半, 14時, 午後2時半,
// 正午, 2:35pm, 2 p.m., noon, 25:30, 14:35Z, 14:35 UTC; 9時5分前 is 8:55.
// signs are those of a UTC offset allowed behind it: in 14:35-15:00 the
// second time is the end of a range, in 2026-11-21T14:35-05:00 an offset.
func (s scan) clock(i int, in part, signs string) (clock, int, bool) {
	if p, j := s.partOf(i); p != noPart && in == noPart {
		in, i = p, j
	}
	if j, ok := s.word(i, "at"); ok {
		i = s.spaces(j)
	}
	if j, ok := s.word(i, "正午", "noon"); ok {
		return clock{hour: 12}, j, !isLatin(s.peek(s.spaces(j))) // "noon batch" is a name
	}
	if j, ok := s.word(i, "midnight"); ok {
		return clock{hour: 0}, j, !isLatin(s.peek(s.spaces(j)))
	}
	hour, j, ok := s.number(i, 1, 2)
	if !ok {
		return clock{}, i, false
	}
	c := clock{hour: hour}
	bare := false // an hour alone, good only with am or pm
	switch s.peek(j) {
	case ':':
		j, ok = s.colons(&c, j)
	case '時':
		j, ok = s.kanji(&c, j+1)
	default:
		bare = true
	}
	if !ok {
		return clock{}, i, false
	}
	half, k := s.ampm(j)
	switch {
	case half == noPart && bare, half == morning && hour > 12:
		return clock{}, i, false
	case half != noPart:
		c.hour, j = half.hour24(hour), k
		if in != evening || c.hour >= 6 {
			in = noPart // am and pm say it all, except for 1am of last night
		}
	}
	if in == morning && hour > 12 {
		return clock{}, i, false
	}
	c.hour = in.hour24(c.hour)
	j = s.zone(&c, j, signs)
	return c, j, c.hour < 30 && c.minute > -60 && c.minute < 60 && c.second < 60 && s.clockEnds(j)
}

// clockEnds tells whether a clock may end before i: as any time, or before the
// other end of a range (14:35-14:50) or -ish.
func (s scan) clockEnds(i int) bool {
	if _, ok := s.word(i, "ish"); ok || s.ends(i) {
		return true
	}
	if s.peek(i) != '-' {
		return false
	}
	_, _, ok := s.clock(i+1, noPart, "")
	return ok
}

// colons reads :35 and :35:20.123 at i.
func (s scan) colons(c *clock, i int) (int, bool) {
	var ok bool
	if c.minute, i, ok = s.number(i+1, 2, 2); !ok {
		return i, false
	}
	if s.peek(i) == ':' && isDigit(s.peek(i+1)) {
		if c.second, i, ok = s.number(i+1, 2, 2); !ok {
			return i, false
		}
		if s.one(i, ".,") && isDigit(s.peek(i+1)) {
			scale := int(time.Second)
			for i++; isDigit(s.peek(i)); i++ {
				scale /= 10
				c.nano += int(s.peek(i)-'0') * scale
			}
		}
	}
	if s.peek(i) == '分' && !s.one(i+1, "間") {
		i++ // 14:35分
	}
	return i, true
}

// kanji reads what follows 時: nothing, 半, 35分, 35分20秒, 5分前.
func (s scan) kanji(c *clock, i int) (int, bool) {
	if s.peek(i) == '半' {
		c.minute = 30
		return i + 1, s.peek(i+1) != '間'
	}
	if s.one(i, "間代期刻報給差空系限短的折事速計価点々") {
		// 3時間 is a length, 時刻 時代 時期 時差 … are words. 14時点 is a sentence.
		return i, s.peek(i) == '点'
	}
	n, j, ok := s.number(i, 1, 2)
	if !ok {
		return i, true
	}
	if s.peek(j) != '分' || s.peek(j+1) == '間' {
		return i, false // 14時35 is neither
	}
	c.minute, i = n, j+1
	if s.peek(i) == '前' && !s.one(i+1, notAfterMae) && n <= 15 {
		c.minute = -n
		return i + 1, true
	}
	if n, j, ok := s.number(i, 1, 2); ok && s.peek(j) == '秒' && s.peek(j+1) != '間' {
		c.second, i = n, j+1
	}
	return i, true
}

// ampm reads am, pm, a.m. or p.m., attached or after a space. pm2 is a program.
func (s scan) ampm(i int) (part, int) {
	j := s.spaces(i)
	if k, ok := s.word(j, "am", "a.m.", "a.m"); ok && !isDigit(s.peek(k)) {
		return morning, k
	}
	if k, ok := s.word(j, "pm", "p.m.", "p.m"); ok && !isDigit(s.peek(k)) {
		return afternoon, k
	}
	return noPart, i
}

// zone reads Z, UTC, GMT, JST, UTC+9 behind a clock, and +09:00 if its sign is
// among those allowed.
func (s scan) zone(c *clock, i int, signs string) int {
	if zone, j, ok := s.offset(i, signs, 2); ok {
		c.zone = zone
		return j
	}
	if j, ok := s.word(i, "z"); ok {
		c.zone = time.UTC
		return j
	}
	j, ok := s.word(s.spaces(i), "utc", "gmt")
	if ok {
		c.zone = time.UTC
		if zone, k, ok := s.offset(j, "+-", 1); ok {
			c.zone, j = zone, k
		}
		return j
	}
	if j, ok = s.word(s.spaces(i), "jst"); ok {
		c.zone = time.FixedZone("JST", 9*60*60)
		return j
	}
	return i
}

// offset reads +09:00, +0900 and, if one digit is enough, +9.
func (s scan) offset(i int, signs string, digits int) (*time.Location, int, bool) {
	if !s.one(i, signs) {
		return nil, i, false
	}
	hours, j, ok := s.number(i+1, digits, 2)
	minutes := 0
	if !ok {
		if hours, j, ok = s.number(i+1, 4, 4); !ok {
			return nil, i, false
		}
		hours, minutes = hours/100, hours%100
	} else if s.peek(j) == ':' {
		if minutes, j, ok = s.number(j+1, 2, 2); !ok {
			return nil, i, false
		}
	}
	if hours > 15 || minutes > 59 {
		return nil, i, false
	}
	seconds := (hours*60 + minutes) * 60
	if s.peek(i) == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), j, true
}
