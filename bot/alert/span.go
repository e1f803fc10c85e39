package alert

import (
	"fmt"
	"strings"
	"time"

	"matoi/lang"
)

// Span is a length of time as people write it in the configuration: 30s, 5m, 1h30m, 2日.
type Span time.Duration

// UnmarshalText reads a length of time. Its errors are Mistakes.
func (s *Span) UnmarshalText(b []byte) error {
	word := strings.TrimSpace(string(b))
	if word == "0" {
		*s = 0
		return nil
	}
	d, rest, ok := lang.ParseDuration(word)
	if !ok || rest != "" || d < 0 {
		return mistaken("alert.config_span", "Word", word)
	}
	*s = Span(d)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes a length in the largest units that fit: 1h30m.
func (s Span) String() string {
	if s == 0 {
		return "0"
	}
	var out strings.Builder
	rest := time.Duration(s)
	for _, u := range []struct {
		name string
		is   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if n := rest / u.is; n > 0 {
			fmt.Fprintf(&out, "%d%s", n, u.name)
			rest -= n * u.is
		}
	}
	return out.String()
}
