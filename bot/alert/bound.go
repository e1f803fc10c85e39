package alert

import (
	"math"
	"strconv"
	"strings"

	"matoi/lang"
)

// mostBody is the largest body that a source may be allowed: bodies are held in memory while they come in, and where they are
// decoded.
const mostBody = 32 << 20

// Rate is how many requests may come, as people write it: 200/s, 6000/m or 50000/h. It is kept in requests a second; 0 is without
// a bound.
type Rate float64

// UnmarshalText reads a rate. Its errors are Mistakes.
func (r *Rate) UnmarshalText(b []byte) error {
	word := strings.TrimSpace(string(b))
	count, unit, _ := strings.Cut(word, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	seconds, known := map[string]float64{"s": 1, "m": 60, "h": 3600}[strings.TrimSpace(unit)]
	if err != nil || !known || !(n > 0) || n > 1e9 {
		return mistaken("alert.config_rate", "Word", word)
	}
	*r = Rate(n / seconds)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String writes a rate in the smallest unit in which it is a whole number, else a second.
func (r Rate) String() string {
	for _, unit := range []struct {
		name string
		is   float64
	}{{"s", 1}, {"m", 60}, {"h", 3600}} {
		if n := float64(r) * unit.is; math.Abs(n-math.Round(n)) < 1e-6 {
			return strconv.FormatFloat(math.Round(n), 'f', -1, 64) + "/" + unit.name
		}
	}
	return strconv.FormatFloat(float64(r), 'g', 6, 64) + "/s"
}

// Size is a number of bytes, as people write it: 16MiB, 512KiB or a plain number. 0 is what is usual.
type Size int64

// UnmarshalText reads a size. Its errors are Mistakes.
func (s *Size) UnmarshalText(b []byte) error {
	n, ok := lang.ParseSize(string(b))
	if !ok {
		return mistaken("config.size", "Word", strings.TrimSpace(string(b)))
	}
	*s = Size(n)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (s Size) MarshalText() ([]byte, error) { return []byte(lang.WriteSize(int64(s))), nil }

// Bounds gives how many requests a second may come of a source for long (0: without a bound), and how many at once.
func (s Source) Bounds() (perSecond float64, burst int) {
	if s.Rate == 0 {
		return 0, 0
	}
	if burst = s.Burst; burst == 0 {
		burst = max(int(math.Ceil(5*float64(s.Rate))), 10)
	}
	return float64(s.Rate), burst
}
