package lang

import "time"

// date is a day as written; what is not written is left to be worked out from
// the present day by its method near.
type date struct {
	kind             dateKind
	year, month, day int
	offset           int          // relative: days from today
	weekday          time.Weekday // weekday
	part             part         // 今朝, 昨夜, this morning carry one
}

type dateKind int

const (
	relative   dateKind = iota // 昨日, yesterday, 3日前
	complete                   // 2026-11-21
	yearless                   // 11/21
	dayOfMonth                 // 21日
	onWeekday                  // 月曜, Monday
)

// dayWords are the words for days near today. The longer stand first.
func dayWords() []struct {
	words  []string
	offset int
	part   part
} {
	return []struct {
		words  []string
		offset int
		part   part
	}{
		{[]string{"一昨日", "おととい", "おとつい", "the day before yesterday", "day before yesterday"}, -2, noPart},
		{[]string{"昨夜", "昨晩", "ゆうべ", "昨日の夜", "昨日の晩", "last night", "yesterday night", "yesterday evening"}, -1, evening},
		{[]string{"昨日", "きのう", "yesterday"}, -1, noPart},
		{[]string{"明後日", "あさって", "the day after tomorrow", "day after tomorrow"}, 2, noPart},
		{[]string{"明朝", "tomorrow morning"}, 1, morning},
		{[]string{"明晩", "tomorrow night", "tomorrow evening"}, 1, evening},
		{[]string{"明日", "あした", "あす", "tomorrow"}, 1, noPart},
		{[]string{"今朝", "けさ", "this morning"}, 0, morning},
		{[]string{"this afternoon"}, 0, afternoon},
		{[]string{"今夜", "今晩", "こんや", "tonight", "this evening"}, 0, evening},
		{[]string{"今日", "きょう", "本日", "today"}, 0, noPart},
	}
}

// date reads a day at i and what joins it to a time: の, spaces, T, at, a weekday
// in brackets. The caller must find a time behind it, else it is no date: 11/21 in
// 11/21のリリース and 1/2 in "1/2 of the nodes" name something else.
func (s scan) date(i int) (date, int, bool) {
	d, j, ok := s.day(i)
	if !ok {
		return date{}, i, false
	}
	j = s.bracketedWeekday(j)
	if k, ok := s.word(j, "の"); ok {
		return d, s.spaces(k), true
	}
	if s.peek(j) == 't' && isDigit(s.peek(j+1)) && d.kind == complete {
		return d, j + 1, true
	}
	k := s.spaces(j)
	if s.one(k, ",、") {
		k = s.spaces(k + 1)
	}
	if k == j && isDigit(s.peek(j-1)) {
		return date{}, i, false // 11/2123:10
	}
	return d, k, true
}

func (s scan) day(i int) (date, int, bool) {
	for _, w := range dayWords() {
		if j, ok := s.word(i, w.words...); ok {
			return date{offset: w.offset, part: w.part}, j, true
		}
	}
	if d, j, ok := s.monthName(i); ok {
		return d, j, true
	}
	if d, j, ok := s.weekdayName(i); ok {
		return d, j, true
	}
	n, j, ok := s.number(i, 1, 4)
	if !ok {
		return date{}, i, false
	}
	if s.one(j, "-/.年") && j-i == 4 {
		return s.afterYear(n, j)
	}
	if j-i > 2 {
		return date{}, i, false
	}
	switch sep := s.peek(j); sep {
	case '/', '月':
		if s.peek(j+1) == ' ' {
			j++ // 11月 3日
		}
		day, k, ok := s.number(j+1, 1, 2)
		if !ok || sep == '月' && s.peek(k) != '日' {
			return date{}, i, false
		}
		if sep == '月' {
			k++
		}
		return date{kind: yearless, month: n, day: day}, k, n >= 1 && n <= 12
	case '日':
		if s.peek(j+1) == '前' && !s.one(j+2, notAfterMae) {
			return date{offset: -n}, j + 2, true
		}
		if s.peek(j+1) == '後' {
			return date{offset: n}, j + 2, true
		}
		return date{kind: dayOfMonth, day: n}, j + 1, true
	}
	if k, ok := s.word(s.spaces(j), "days ago", "day ago"); ok {
		return date{offset: -n}, k, true
	}
	return date{}, i, false
}

// afterYear reads -11-21, /11/21, .11.21 and 年11月21日.
func (s scan) afterYear(year, i int) (date, int, bool) {
	sep := s.peek(i)
	month, j, ok := s.number(i+1, 1, 2)
	if !ok || sep != '年' && s.peek(j) != sep || sep == '年' && s.peek(j) != '月' {
		return date{}, i, false
	}
	day, j, ok := s.number(j+1, 1, 2)
	if !ok || sep == '年' && s.peek(j) != '日' {
		return date{}, i, false
	}
	if sep == '年' {
		j++
	}
	return date{kind: complete, year: year, month: month, day: day}, j, true
}

// monthName reads Nov 21, November 21 2026, 21 Nov and 21 November 2026.
func (s scan) monthName(i int) (date, int, bool) {
	day, j, dayFirst := s.number(i, 1, 2)
	if dayFirst {
		i = s.spaces(j)
	}
	for m := time.January; m <= time.December; m++ {
		long := lower(m.String())
		k, ok := s.word(i, long, long[:3]+".", long[:3])
		if !ok {
			continue
		}
		if !dayFirst {
			if day, k, ok = s.number(s.spaces(k), 1, 2); !ok {
				return date{}, i, false
			}
		}
		d := date{kind: yearless, month: int(m), day: day}
		after := s.spaces(k)
		if s.peek(after) == ',' {
			after = s.spaces(after + 1)
		}
		if year, to, ok := s.number(after, 4, 4); ok && s.peek(to) != ':' {
			d.kind, d.year, k = complete, year, to
		}
		return d, k, true
	}
	return date{}, i, false
}

// weekdayName reads 月曜, 月曜日, Monday and Mon.
func (s scan) weekdayName(i int) (date, int, bool) {
	for w := time.Sunday; w <= time.Saturday; w++ {
		kanji, long := weekdayJA(w), lower(w.String())
		if j, ok := s.word(i, kanji+"曜日", kanji+"曜", long, long[:3]); ok {
			return date{kind: onWeekday, weekday: w}, j, true
		}
	}
	return date{}, i, false
}

// bracketedWeekday skips (土), (土曜), (Sat) behind a date. It is not compared with
// the date: the digits count.
func (s scan) bracketedWeekday(i int) int {
	j := s.spaces(i)
	if s.peek(j) != '(' {
		return i
	}
	if _, k, ok := s.weekdayName(j + 1); ok && s.peek(k) == ')' {
		return k + 1
	}
	for w := time.Sunday; w <= time.Saturday; w++ {
		kanji := weekdayJA(w)
		if k, ok := s.word(j+1, kanji+")", kanji+"・祝)"); ok {
			return k
		}
	}
	return i
}

// lower is for ASCII names of months and weekdays.
func lower(name string) string { return string(name[0]+'a'-'A') + name[1:] }
