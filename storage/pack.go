package storage

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

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

// packer makes packs. It is used again for the sake of its memory; what it made is good until then.
type packer struct{ plain, small []byte }

// The first byte of a body: of a plain one it is the distance of its first id from itself.
const (
	plainBody = 0
	smallBody = 1 // what follows is compressed in the block format of S2, see github.com/klauspost/compress/s2
)

// worthSmall is the size of a plain body from which on compressing costs less than the pages that it spares: what a commit takes in of
// a source is much alike, and takes a seventh.
const worthSmall = 1 << 10

// put puts as many of the requests together as one pack holds, and returns how many. Their ids grow. A request is written as what it
// differs in from the one before it: the distance of the ids, the time since the oldest, source and header where they are others, and the
// body.
func (k *packer) put(raws []*alert.Raw) (p pack, n int) {
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
	b := k.plain[:0]
	for _, r := range raws {
		b = binary.AppendUvarint(b, uint64(r.ID-before.ID))
		b = binary.AppendUvarint(b, uint64(micro(r.Received)-p.received))
		b = appendOther(b, r.Source, before.Source)
		b = appendOther(b, string(r.Header), string(before.Header))
		b = append(binary.AppendUvarint(b, uint64(len(r.Body))), r.Body...)
		before = r
	}
	if k.plain, p.body = b, b; len(b) >= worthSmall {
		k.small = slices.Grow(k.small[:0], 1+s2.MaxEncodedLen(len(b)))
		small := append(k.small, smallBody)
		small = small[:1+len(s2.Encode(small[1:cap(small)], b))]
		if len(small) < len(b) {
			p.body = small
		}
	}
	if cap(b) > 2*packBytes { // a huge body must not keep its memory
		*k = packer{}
	}
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
	body, err := p.plain()
	if err != nil {
		return nil, err
	}
	raws := make([]alert.Raw, p.requests)
	in := reading{left: body}
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
		return nil, p.broken()
	}
	return raws, nil
}

// plain gives the body as it was before it was compressed. What would be longer than a pack says that its requests are is none of ours.
func (p *pack) plain() ([]byte, error) {
	if len(p.body) == 0 || p.body[0] != smallBody {
		return p.body, nil
	}
	const beside = 256 // bytes, more than a request's ids, times, lengths and source take
	if n, err := s2.DecodedLen(p.body[1:]); err != nil || int64(n) > p.size+p.requests*beside {
		return nil, p.broken()
	}
	body, err := s2.Decode(nil, p.body[1:])
	if err != nil {
		return nil, p.broken()
	}
	return body, nil
}

func (p *pack) broken() error {
	return fmt.Errorf("%w: requests %d to %d of the inbox can't be read", ErrCorrupt, p.first, p.last)
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
