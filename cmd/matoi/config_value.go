package main

import (
	"fmt"
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
	n, ok := lang.ParseSize(string(text))
	if !ok {
		return misspelt{"config.size", strings.TrimSpace(string(text))}
	}
	*b = Bytes(n)
	return nil
}

// MarshalText writes what UnmarshalText reads, exactly.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(lang.WriteSize(int64(b))), nil }

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
