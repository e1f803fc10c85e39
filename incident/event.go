package incident

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is one entry of the timeline: a fact with who did it, when it happened and when it was recorded.
// Entries are append-only; a correction is a further entry.
type Event struct {
	Number   Number
	Seq      int64     // dense per incident, from 1
	At       time.Time // recorded, UTC, microseconds
	Occurred Moment    // when it happened, if that was said to differ from At
	By       PersonID  // who did it; empty for Matoi
	Recorder PersonID  // who wrote it down for By
	Fact     Fact

	Body   []byte // the stored bytes that the digest covers
	Salt   []byte // empty where the text was erased: Body is then what was left, and a later TextErased vouches for it
	Digest []byte // SHA-256(salt ‖ body)
	Hash   []byte // see chain.go
}

// When is the time the entry stands for in a course of events.
func (e Event) When() time.Time {
	if e.Occurred.IsZero() {
		return e.At
	}
	return e.Occurred.At
}

// hand is who was at the keyboard: the recorder where there is one.
func (e Event) hand() PersonID {
	if e.Recorder != "" {
		return e.Recorder
	}
	return e.By
}

// body is the stored form of what an event says; names of fields never change.
type body struct {
	By       PersonID        `json:"by,omitempty"`
	Recorder PersonID        `json:"recorder,omitempty"`
	Occurred *Moment         `json:"occurred,omitempty"`
	Fact     json.RawMessage `json:"fact"`
}

// Encode writes the stored bytes of an event's content.
func Encode(e Event) ([]byte, error) {
	f, err := json.Marshal(e.Fact)
	if err != nil {
		return nil, fmt.Errorf("encode fact %s: %w", e.Fact.Kind(), err)
	}
	b := body{By: e.By, Recorder: e.Recorder, Fact: f}
	if !e.Occurred.IsZero() {
		b.Occurred = &e.Occurred
	}
	return json.Marshal(b)
}

// Decode reads stored bytes back into e (By, Recorder, Occurred, Fact). A body that is empty reads as Erased.
func Decode(e *Event, kind string, stored []byte) error {
	e.Body = stored
	if len(stored) == 0 {
		e.Fact = &Erased{Was: kind}
		return nil
	}
	var b body
	if err := json.Unmarshal(stored, &b); err != nil {
		return fmt.Errorf("decode %s %d %s: %w", e.Number, e.Seq, kind, err)
	}
	make, ok := kinds()[kind]
	if !ok && e.Number == 0 {
		make, ok = registered()[kind]
	}
	if !ok {
		return fmt.Errorf("decode %s %d: unknown kind %q: written by a newer Matoi?", e.Number, e.Seq, kind)
	}
	f := make()
	if err := json.Unmarshal(b.Fact, f); err != nil {
		return fmt.Errorf("decode %s %d %s: %w", e.Number, e.Seq, kind, err)
	}
	e.By, e.Recorder, e.Fact = b.By, b.Recorder, f
	if b.Occurred != nil {
		e.Occurred = *b.Occurred
	}
	return nil
}

// Erased stands where nothing at all is left of an entry.
type Erased struct{ Was string }

// Kind is the kind of the fact that was erased.
func (e *Erased) Kind() string { return e.Was }
