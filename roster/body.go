package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errShape is an answer that is not what its service gives.
var errShape = errors.New("the answer is not what was expected")

// Decode reads an answer of a service.
func Decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &Fault{"shape", err.Error(), fmt.Errorf("%w: %w", errShape, err)}
	}
	return nil
}

// Pack writes entries as the body of a copy, for sources whose answers come in several parts.
func Pack(entries []Entry) ([]byte, error) {
	if entries == nil {
		entries = []Entry{}
	}
	body, err := json.Marshal(entries)
	if err != nil {
		return nil, fmt.Errorf("keep entries: %w", err)
	}
	return body, nil
}

// Unpack reads what Pack wrote, as far as it touches [from, to).
func Unpack(body []byte, from, to time.Time) ([]Entry, error) {
	var all, out []Entry
	if err := Decode(body, &all); err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.From.Before(to) && e.To.After(from) {
			out = append(out, e)
		}
	}
	return out, nil
}

// Key is a short name of what a source asks, which gives nothing of it away.
func Key(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
