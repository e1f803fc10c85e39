package bot

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Secret is a text that never gets into a log, an answer or an error: however it is printed, "…" comes out. The text
// sits behind a pointer, so that it stays hidden also where fmt can't call methods (inside an unexported field).
type Secret struct{ text *string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Empty reports whether there is no text to check against; an empty secret never equals anything.
func (s Secret) Empty() bool { return s.text == nil || *s.text == "" }

// Equal compares with what a caller presented, in constant time, also for texts of different length.
func (s Secret) Equal(presented string) bool {
	if s.Empty() {
		return false
	}
	want, got := sha256.Sum256([]byte(*s.text)), sha256.Sum256([]byte(presented))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// Reveal gives the text, for the one caller that must present it itself (a database's password, say). It must never
// reach a log, an answer or an error.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String hides the text.
func (s Secret) String() string { return "…" }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return `"…"` }

// Format hides the text from every verb, also wrong ones.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("…")) }

// LogValue hides the text from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue("…") }

// MarshalText hides the text from JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte("…"), nil }

// UnmarshalText takes the text from the configuration.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
