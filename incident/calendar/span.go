package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

const minutesADay = 24 * 60

// Span is a stretch of one day in minutes after local midnight. To is not in it and comes after From; it may pass 24:00,
// up to 48:00, where the span goes on over midnight.
type Span struct{ From, To int }

// ParseSpan reads "09:00-18:00". An end at or before the beginning, or past 24:00 as night shifts are written in Japan, is
// that of the next day: "22:00-06:00" and "22:00-30:00" are the same. Where both are equal it must be said which is meant:
// "09:00-33:00" is a day, and nothing is no span.
func ParseSpan(s string) (Span, error) {
	first, second, ok := strings.Cut(s, "-")
	from, okFrom := parseClock(first)
	to, okTo := parseClock(second)
	if !ok || !okFrom || !okTo || from >= minutesADay {
		return Span{}, fmt.Errorf("%q is no span of time: write it as 09:00-18:00", s)
	}
	if to == from {
		return Span{}, fmt.Errorf("the span %q is empty: a whole day is 00:00-24:00", s)
	}
	if to < from {
		to += minutesADay
	}
	return Span{from, to}, nil
}

// ParseSpans reads the spans of a day, separated by spaces or commas. Nothing is a closed day.
func ParseSpans(s string) ([]Span, error) {
	var out []Span
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == '、' }) {
		span, err := ParseSpan(word)
		if err != nil {
			return nil, err
		}
		out = append(out, span)
	}
	return out, nil
}

// String writes what ParseSpan reads.
func (s Span) String() string {
	to := s.To
	if to > minutesADay && to-minutesADay < s.From {
		to -= minutesADay
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, to/60, to%60)
}

func (s Span) valid() bool {
	return 0 <= s.From && s.From < minutesADay && s.From < s.To && s.To <= 2*minutesADay
}

// SpansText writes what ParseSpans reads.
func SpansText(spans []Span) string {
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = s.String()
	}
	return strings.Join(words, " ")
}

// parseClock reads 9:00, 09:00 or 30:00 as minutes, up to 48:00.
func parseClock(s string) (int, bool) {
	hour, minute, ok := strings.Cut(s, ":")
	if !ok || len(hour) < 1 || len(hour) > 2 || len(minute) != 2 {
		return 0, false
	}
	h, err := strconv.ParseUint(hour, 10, 8)
	m, errMinute := strconv.ParseUint(minute, 10, 8)
	at := int(h)*60 + int(m)
	return at, err == nil && errMinute == nil && m < 60 && at <= 2*minutesADay
}
