package incident

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Number is an incident's number, INC-YYYYMMDD-NNN, packed as YYYYMMDD × 1,000,000 + NNN: numbers sort in
// the order of opening, fit one integer column and are never reused.
type Number int64

const perDay = 1_000_000

// NumberOf makes the n-th number of the day that t falls on in zone (the organisation's).
func NumberOf(t time.Time, zone *time.Location, n int64) Number {
	return Number(Day(t, zone)*perDay + n)
}

// Day packs the calendar day of t in zone as YYYYMMDD; the day's counter row is keyed by it.
func Day(t time.Time, zone *time.Location) int64 {
	y, m, d := t.In(zone).Date()
	return int64(y)*10000 + int64(m)*100 + int64(d)
}

// String writes the number as people see it; past 999 the counter takes four digits or more.
func (n Number) String() string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("INC-%08d-%03d", int64(n)/perDay, int64(n)%perDay)
}

// ParseNumber reads INC-20261121-001 in any case; ok is false for anything else.
func ParseNumber(s string) (n Number, ok bool) {
	rest, found := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), "INC-")
	day, count, cut := strings.Cut(rest, "-")
	if !found || !cut || len(day) != 8 || len(count) < 3 || len(count) > 6 {
		return 0, false
	}
	d, err := strconv.ParseUint(day, 10, 32)
	if err != nil {
		return 0, false
	}
	c, err := strconv.ParseUint(count, 10, 32)
	if err != nil || c == 0 {
		return 0, false
	}
	return Number(int64(d)*perDay + int64(c)), true
}

// MarshalText writes the number as people see it, so that JSON never shows the packed form.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads what MarshalText wrote; the empty text is no number.
func (n *Number) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*n = 0
		return nil
	}
	v, ok := ParseNumber(string(b))
	if !ok {
		return fmt.Errorf("incident number %q", b)
	}
	*n = v
	return nil
}
