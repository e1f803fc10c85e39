package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"matoi/lang"
)

// misspelt is a value that can't be read; what is the text that says so.
type misspelt struct{ what, word string }

// Error words it in English.
func (m misspelt) Error() string { return lang.Text(lang.EN, m.what, lang.Args{"Word": m.word}) }

// Duration is a length of time as people write it: 15m, 4h, 3d, 1h30m, 2週間. 0 means none. Until calendars come a
// business day is 24 hours.
type Duration time.Duration

// UnmarshalText reads a length of time.
func (d *Duration) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if s == "0" {
		*d = 0
		return nil
	}
	v, rest, ok := lang.ParseDuration(s)
	if !ok || rest != "" || v < 0 {
		return misspelt{"config.length", s}
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads, in the largest units that fit.
func (d Duration) MarshalText() ([]byte, error) {
	if d == 0 {
		return []byte("0"), nil
	}
	var out strings.Builder
	rest := time.Duration(d)
	for _, u := range []struct {
		name string
		is   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if n := rest / u.is; n > 0 {
			fmt.Fprintf(&out, "%d%s", n, u.name)
			rest -= n * u.is
		}
	}
	return []byte(out.String()), nil
}

// Bytes is a size: 2GiB, 512MiB, 64KiB, 1MB or a plain number of bytes.
type Bytes int64

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	digits := strings.TrimRight(s, "KMGTBikmgtb ")
	n, err := strconv.ParseFloat(digits, 64)
	unit, known := map[string]float64{
		"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	}[strings.ToUpper(strings.TrimSpace(s[len(digits):]))]
	if err != nil || !known || n <= 0 || n*unit >= math.MaxInt64 {
		return misspelt{"config.size", s}
	}
	*b = Bytes(n * unit)
	return nil
}

// MarshalText writes what UnmarshalText reads, exactly.
func (b Bytes) MarshalText() ([]byte, error) {
	for _, u := range []struct {
		name string
		is   Bytes
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if b >= u.is && b%u.is == 0 {
			return fmt.Appendf(nil, "%d%s", b/u.is, u.name), nil
		}
	}
	return strconv.AppendInt(nil, int64(b), 10), nil
}

// Language is ja or en, also as systems write it (ja_JP.UTF-8).
type Language lang.Lang

// UnmarshalText reads a language.
func (l *Language) UnmarshalText(b []byte) error {
	v, ok := lang.Parse(string(b))
	if !ok {
		return misspelt{"config.language", string(b)}
	}
	*l = Language(v)
	return nil
}

// MarshalText writes the two-letter code.
func (l Language) MarshalText() ([]byte, error) { return []byte(l), nil }
