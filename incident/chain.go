package incident

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// The chain. Each entry's hash covers the incident, seq, kind, time, the hash before it and the digest
// SHA-256(salt ‖ stored body). Stored bytes are hashed, never re-marshalled values. A text can be
// erased with its salt, leaving the digest, so that the chain still verifies: see erase.go.

// Seal encodes e.Fact and computes salt, digest and hash; prev is the hash of the entry before.
func Seal(e *Event, prev []byte, random io.Reader) error {
	b, err := Encode(*e)
	if err != nil {
		return err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return fmt.Errorf("salt: %w", err)
	}
	e.Body, e.Salt = b, salt
	e.Digest = Digest(salt, b)
	e.Hash = Chained(*e, prev)
	return nil
}

// Digest is SHA-256(salt ‖ body).
func Digest(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// Chained is the hash of an entry behind prev.
func Chained(e Event, prev []byte) []byte {
	h := sha256.New()
	var n [8]byte
	put := func(v int64) { binary.BigEndian.PutUint64(n[:], uint64(v)); h.Write(n[:]) }
	put(int64(e.Number))
	put(e.Seq)
	put(int64(len(e.Fact.Kind())))
	h.Write([]byte(e.Fact.Kind()))
	put(e.At.UnixMicro())
	put(int64(len(prev)))
	h.Write(prev)
	h.Write(e.Digest)
	return h.Sum(nil)
}
