package incident

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"matoi/incident/calendar"
)

// Length is a length of time that is promised: of the time in which a service is kept, or a number of its business days.
// Zero is none.
type Length struct {
	Open time.Duration // of open time
	Days int           // business days; Open is 0 then
}

// In is a term of open time.
func In(d time.Duration) Length { return Length{Open: d} }

// InDays is a term of business days.
func InDays(n int) Length { return Length{Days: n} }

// IsZero reports whether nothing is promised.
func (t Length) IsZero() bool { return t == Length{} }

// From is when the term ends that begins at an instant, counted in the hours of a service; nil hours are around the clock,
// and a business day then is 24 hours. Where the hours never come to it (10 years), it is the wall clock's time.
func (t Length) From(h *calendar.Hours, at time.Time) time.Time {
	if t.Days > 0 {
		if due, ok := h.AddDays(at, t.Days); ok {
			return due
		}
		return at.Add(time.Duration(t.Days) * 24 * time.Hour)
	}
	return passing(h, at, t.Open)
}

// passing is when so much open time has passed since an instant.
func passing(h *calendar.Hours, at time.Time, d time.Duration) time.Time {
	if due, ok := h.Add(at, d); ok {
		return due
	}
	return at.Add(d)
}

// String writes 4h0m0s or 2bd.
func (t Length) String() string {
	if t.Days > 0 {
		return strconv.Itoa(t.Days) + "bd"
	}
	return t.Open.String()
}

// MarshalJSON writes open time as the number of nanoseconds that facts have always carried, and business days as "2bd".
func (t Length) MarshalJSON() ([]byte, error) {
	if t.Days > 0 {
		return json.Marshal(t.String())
	}
	return strconv.AppendInt(nil, int64(t.Open), 10), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Length) UnmarshalJSON(b []byte) error {
	text := string(b)
	if days, ok := strings.CutSuffix(strings.Trim(text, `"`), "bd"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 {
			return fmt.Errorf("%s is no number of business days", text)
		}
		*t = InDays(n)
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no length of time: %w", text, err)
	}
	*t = In(time.Duration(n))
	return nil
}
