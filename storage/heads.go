package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"matoi/incident"
)

// Heads are the ends of all chains as they once were: what a chain alone cannot show, that its end was cut off or that all
// of it was written anew, shows against them. As a file they are lines of JSON: one that says what it is, one for each
// chain, and one with the SHA-256 of all bytes before it, which is signed.
type Heads struct {
	At       time.Time
	Key      ed25519.PublicKey // the one the file names; it vouches for itself only
	byNumber map[incident.Number]head
}

// head is the end of one chain; number 0 is the register.
type head struct {
	entries int64
	hash    []byte
}

// Len counts the incidents.
func (h *Heads) Len() int {
	n := len(h.byNumber)
	if _, register := h.byNumber[0]; register {
		n--
	}
	return n
}

type (
	headsFirst struct {
		Matoi   string    `json:"matoi"` // heads
		Version int       `json:"version"`
		At      time.Time `json:"at"`
		Key     string    `json:"public_key"` // Ed25519, base64
	}
	headsLine struct {
		Number  string `json:"number"` // register for that of the store as a whole
		Entries int64  `json:"entries"`
		Head    string `json:"head"` // hash of the last entry, hex
	}
	headsLast struct {
		Chains    int64  `json:"chains"`
		Entries   int64  `json:"entries"`
		Total     string `json:"total"`     // SHA-256 of all bytes before this line, hex
		Signature string `json:"signature"` // of headsSigned and that hash, base64
	}
)

// headsSigned stands before what is signed, so that the signature says what it is for.
const headsSigned = "matoi heads 1\n"

const registerName = "register"

// WriteHeads writes the heads as they stand in one snapshot, signed with key.
func (s *Storage) WriteHeads(ctx context.Context, w io.Writer, key ed25519.PrivateKey, at time.Time) (chains int64, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.d.snapshot})
	if err != nil {
		return 0, s.wrap(err, "read the heads")
	}
	defer func() { _ = tx.Rollback() }()
	h := &headsWriter{total: sha256.New()}
	h.to = json.NewEncoder(io.MultiWriter(w, h.total))
	public, _ := key.Public().(ed25519.PublicKey)
	err = h.to.Encode(headsFirst{Matoi: "heads", Version: 1, At: at.UTC().Truncate(time.Microsecond), Key: base64.StdEncoding.EncodeToString(public)})
	if err != nil {
		return 0, fmt.Errorf("write the heads: %w", err)
	}
	for _, query := range []string{
		`SELECT 0, seq, hash FROM register ORDER BY seq DESC LIMIT 1`,
		`SELECT number, version, head FROM incident ORDER BY number`,
	} {
		if _, err := all(ctx, tx, query, nil, h.line); err != nil {
			return h.chains, s.wrap(err, "write the heads")
		}
	}
	sum := h.total.Sum(nil)
	last := headsLast{Chains: h.chains, Entries: h.entries, Total: hex.EncodeToString(sum)}
	last.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, append([]byte(headsSigned), sum...)))
	if err := json.NewEncoder(w).Encode(last); err != nil {
		return h.chains, fmt.Errorf("write the heads: %w", err)
	}
	return h.chains, nil
}

type headsWriter struct {
	to              *json.Encoder
	total           hash.Hash
	chains, entries int64
}

// line writes one chain as it is read: a store may hold more of them than memory.
func (h *headsWriter) line(r *sql.Rows) (_ struct{}, err error) {
	var n incident.Number
	var l headsLine
	var end []byte
	if err := r.Scan((*int64)(&n), &l.Entries, &end); err != nil {
		return struct{}{}, err
	}
	l.Number, l.Head = n.String(), hex.EncodeToString(end)
	if n == 0 {
		l.Number = registerName
	}
	h.chains, h.entries = h.chains+1, h.entries+l.Entries
	return struct{}{}, h.to.Encode(l)
}

// ErrHeads refuses a file of heads that is broken, cut off, or signed by somebody else.
var ErrHeads = errors.New("these heads cannot be trusted")

// ReadHeads reads what WriteHeads wrote. Where key is given it must be the one that signed.
func ReadHeads(r io.Reader, key ed25519.PublicKey) (*Heads, error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<16)
	h := &Heads{byNumber: map[incident.Number]head{}}
	total := sha256.New()
	var first headsFirst
	if !in.Scan() || strict(in.Bytes(), &first) != nil || first.Matoi != "heads" {
		return nil, fault(ErrHeads, "heads_none")
	}
	if first.Version != 1 {
		return nil, fault(ErrHeads, "heads_newer", "Version", first.Version)
	}
	var err error
	if h.Key, err = ParsePublicKey(first.Key); err != nil {
		return nil, fault(ErrHeads, "heads_none")
	}
	h.At = first.At
	if key != nil && !key.Equal(h.Key) {
		return nil, fault(ErrHeads, "heads_key", "Key", first.Key)
	}
	line := append([]byte(nil), in.Bytes()...)
	var chains, entries int64
	for in.Scan() {
		total.Write(append(line, '\n'))
		line = append(line[:0], in.Bytes()...)
		var l headsLine
		if strict(line, &l) != nil {
			break // the last one, or a broken one
		}
		chains, entries = chains+1, entries+l.Entries
		if !h.add(l) {
			return nil, fault(ErrHeads, "heads_line", "Number", l.Number)
		}
	}
	var last headsLast
	if in.Err() != nil || strict(line, &last) != nil || in.Scan() {
		return nil, fault(ErrHeads, "heads_cut")
	}
	sum := total.Sum(nil)
	signature, err := base64.StdEncoding.DecodeString(last.Signature)
	if err != nil || last.Total != hex.EncodeToString(sum) || last.Chains != chains || last.Entries != entries ||
		!ed25519.Verify(h.Key, append([]byte(headsSigned), sum...), signature) {
		return nil, fault(ErrHeads, "heads_changed")
	}
	return h, nil
}

// strict reads a line that has just the fields of v.
func strict(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// add is false for a line that is broken.
func (h *Heads) add(l headsLine) bool {
	n, ok := incident.ParseNumber(l.Number)
	if l.Number == registerName {
		n, ok = 0, true
	}
	end, err := hex.DecodeString(l.Head)
	if _, double := h.byNumber[n]; !ok || err != nil || l.Entries < 1 || double {
		return false
	}
	h.byNumber[n] = head{l.Entries, end}
	return true
}

// ErrKey refuses what is no public key.
var ErrKey = errors.New("no public key")

// ParsePublicKey reads a public key as it is printed: base64 of its 32 bytes.
func ParsePublicKey(text string) (ed25519.PublicKey, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, fault(ErrKey, "public_key")
	}
	return b, nil
}

// leeway is how much earlier an entry may be dated than heads that do not know it: clocks of several machines differ, and
// time passes between a decision and its commit.
const leeway = 5 * time.Minute

// compare finds out whether a chain still holds what it held when the heads were written.
func (h *Heads) compare(n incident.Number, events []incident.Event) *incident.Broken {
	if h == nil {
		return nil
	}
	was, known := h.byNumber[n]
	have := int64(len(events))
	switch {
	case !known && have > 0 && events[0].At.Before(h.At.Add(-leeway)):
		return incident.Break(n, 1, "heads_unknown", "At", h.At)
	case known && have < was.entries:
		return incident.Break(n, have+1, "heads_shorter", "Count", was.entries, "At", h.At)
	case known && !bytes.Equal(events[was.entries-1].Hash, was.hash):
		return incident.Break(n, was.entries, "heads_other", "At", h.At)
	case known && have > was.entries && events[was.entries].At.Before(h.At.Add(-leeway)):
		return incident.Break(n, was.entries+1, "heads_unknown", "At", h.At)
	}
	return nil
}
