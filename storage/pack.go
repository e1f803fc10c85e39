package storage

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"

	"matoi/bot/alert"
)

// What one commit takes in of a source is one row of the table pack, for a row costs as much as what is in it. A pack is bounded:
// it is read as a whole, and written anew where only a part of it is done with.
const (
	packRequests = 256
	packBytes    = 1 << 20
)

// pack is such a row. Its ids grow, and end with last.
type pack struct {
	last, first    int64
	requests, size int64
	received       int64 // of the oldest, in microseconds
	source         string
	body           []byte
}

// whole reports whether all ids from first to last are in it, so that nobody has to read the body to know them.
func (p *pack) whole() bool { return p.requests == p.last-p.first+1 }

func rawSize(r *alert.Raw) int64 { return int64(len(r.Header) + len(r.Body)) }

// packOf puts as many of the requests together as one pack holds, into a buffer that may be used again, and returns how
// many. Their ids grow. A request is written as what it differs in from the one before it: the distance of the ids, the
// time since the oldest, source and header where they are others, and the body.
func packOf(raws []*alert.Raw, buffer []byte) (p pack, n int) {
	for n < len(raws) && n < packRequests {
		size := rawSize(raws[n])
		if n > 0 && p.size+size > packBytes {
			break
		}
		p.size += size
		n++
	}
	raws = raws[:n]
	p.first, p.last, p.requests = raws[0].ID, raws[n-1].ID, int64(n)
	p.received = micro(slices.MinFunc(raws, func(a, b *alert.Raw) int { return a.Received.Compare(b.Received) }).Received)
	before := &alert.Raw{ID: p.first}
	b := buffer[:0]
	for _, r := range raws {
		b = binary.AppendUvarint(b, uint64(r.ID-before.ID))
		b = binary.AppendUvarint(b, uint64(micro(r.Received)-p.received))
		b = appendOther(b, r.Source, before.Source)
		b = appendOther(b, string(r.Header), string(before.Header))
		b = append(binary.AppendUvarint(b, uint64(len(r.Body))), r.Body...)
		before = r
	}
	p.body = b
	return p, n
}

// appendOther writes a text, or 0 where it is the same as before.
func appendOther(b []byte, text, before string) []byte {
	if text == before {
		return append(b, 0)
	}
	return append(binary.AppendUvarint(b, uint64(len(text))+1), text...)
}

// unpack gives the requests of a pack. They share its memory.
func (p *pack) unpack() ([]alert.Raw, error) {
	raws := make([]alert.Raw, p.requests)
	in := reading{left: p.body}
	before := alert.Raw{ID: p.first}
	for k := range raws {
		before.ID += int64(in.number())
		before.Received = instant(p.received + int64(in.number()))
		if length := in.number(); length > 0 {
			before.Source = string(in.bytes(length - 1))
		}
		if length := in.number(); length > 0 {
			before.Header = in.bytes(length - 1)
		}
		before.Body = in.bytes(in.number())
		raws[k] = before
	}
	if in.broken || len(in.left) > 0 || before.ID != p.last {
		return nil, fmt.Errorf("%w: requests %d to %d of the inbox can't be read", ErrCorrupt, p.first, p.last)
	}
	return raws, nil
}

// reading takes a pack apart, and remembers that there was less than it says.
type reading struct {
	left   []byte
	broken bool
}

func (r *reading) number() uint64 {
	v, n := binary.Uvarint(r.left)
	if n <= 0 {
		r.broken, r.left = true, nil
		return 0
	}
	r.left = r.left[n:]
	return v
}

func (r *reading) bytes(n uint64) []byte {
	if n > uint64(len(r.left)) {
		r.broken, r.left = true, nil
		return nil
	}
	b := r.left[:n:n]
	r.left = r.left[n:]
	return b
}

const packColumns = `id, first, requests, size, received, source`

// scanPack reads the columns of a pack, and with them its body where the statement asks for it.
func scanPack(r *sql.Rows, body ...any) (p pack, err error) {
	return p, r.Scan(append([]any{&p.last, &p.first, &p.requests, &p.size, &p.received, &p.source}, body...)...)
}

// putPack writes a pack, in the place of another one where was is its id.
func (t *tx) putPack(p pack, was int64) error {
	if was != 0 {
		_, err := t.exec(`UPDATE pack SET id = $1, first = $2, requests = $3, size = $4, received = $5, source = $6, body = $7 WHERE id = $8`,
			p.last, p.first, p.requests, p.size, p.received, p.source, p.body, was)
		return err
	}
	_, err := t.exec(`INSERT INTO pack (`+packColumns+`, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.last, p.first, p.requests, p.size, p.received, p.source, p.body)
	return err
}
