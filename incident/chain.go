package incident

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// The chain. Each entry's hash covers the incident, seq, kind, time, the hash before it and the digest
// SHA-256(salt ‖ stored body). Stored bytes are hashed, never re-marshalled values. Body and salt can be
// erased leaving the digest, so texts can go and the chain still verifies.

// Seal encodes e.Fact and computes salt, digest and hash; prev is the hash of the entry before.
func Seal(e *Event, prev []byte, random io.Reader) error {
	b, err := Encode(*e)
	if err != nil {
		return err
	}
	salt := make([]byte, 16)
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

// Broken is the first entry at which a chain does not hold, and why.
type Broken struct {
	Number Number
	Seq    int64
	Why    string
}

// Error tells where and why.
func (b *Broken) Error() string { return fmt.Sprintf("%s entry %d: %s", b.Number, b.Seq, b.Why) }

// Verify checks that events are dense from 1 and chained; nil when they are. An erased body is allowed when its salt is gone too.
func Verify(n Number, events []Event) *Broken {
	var prev []byte
	for k, e := range events {
		switch {
		case e.Seq != int64(k)+1:
			return &Broken{n, int64(k) + 1, fmt.Sprintf("missing: the next stored entry is %d", e.Seq)}
		case (len(e.Body) > 0 || len(e.Salt) > 0) && !bytes.Equal(e.Digest, Digest(e.Salt, e.Body)):
			return &Broken{n, e.Seq, "the text was changed: its digest does not match"}
		case !bytes.Equal(e.Hash, Chained(e, prev)):
			return &Broken{n, e.Seq, "the hash does not follow from the entry before"}
		}
		prev = e.Hash
	}
	return nil
}
