package main

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Term is the length of a target as people write it: 15m, 4h, 3d of time, counted in the hours of the target, or business days:
// 1bd, 3営業日. 0 means none.
type Term incident.Length

var businessDays = regexp.MustCompile(`^(\d{1,4}) ?(?:bd|営業日|business days?)$`)

// UnmarshalText reads a target.
func (l *Term) UnmarshalText(b []byte) error {
	if m := businessDays.FindStringSubmatch(strings.ToLower(lang.Fold(strings.TrimSpace(string(b))))); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			*l = Term(incident.InDays(n))
			return nil
		}
	}
	var d Duration
	err := d.UnmarshalText(b)
	*l = Term{Open: time.Duration(d)}
	return err
}

// MarshalText writes what UnmarshalText reads.
func (l Term) MarshalText() ([]byte, error) {
	if l.Days > 0 {
		return []byte(incident.Length(l).String()), nil
	}
	return Duration(l.Open).MarshalText()
}
