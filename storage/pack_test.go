package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"matoi/bot/alert"
)

func requests(n, size int) []*alert.Raw {
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	raws := make([]*alert.Raw, n)
	for k := range raws {
		raws[k] = &alert.Raw{
			ID: int64(7 + 2*k), Source: fmt.Sprint("am", k/2%2), Received: at.Add(time.Duration(k*k%5) * time.Second), Header: fmt.Append(nil, k/3),
			Body: bytes.Repeat([]byte{byte(k)}, size),
		}
	}
	return raws
}

func TestAPackGivesBackWhatWentIn(t *testing.T) {
	var k packer
	for _, size := range []int{9, 300, 3 << 20, 300} {
		raws := requests(20, size)
		raws[4].Body, raws[5].Header, raws[6].Source = nil, nil, ""
		p, n := k.put(raws)
		if n == 1 { // a huge one alone
			raws = raws[:1]
		}
		if last := raws[len(raws)-1].ID; n != len(raws) || p.first != 7 || p.last != last || p.requests != int64(n) || p.whole() != (n == 1) || p.received != raws[0].Received.UnixMicro() {
			t.Fatalf("%d of them, %+v", n, p)
		}
		if small := p.body[0] == smallBody; small != (size >= 300) || small && int64(len(p.body)) > p.size/4 {
			t.Errorf("%d bytes take %d", p.size, len(p.body))
		}
		back, err := p.unpack()
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range back {
			w := raws[k]
			if r.ID != w.ID || r.Source != w.Source || !r.Received.Equal(w.Received) || !bytes.Equal(r.Header, w.Header) || !bytes.Equal(r.Body, w.Body) {
				t.Errorf("%d: %+v, want %+v", k, r, *w)
			}
		}
	}
	if cap(k.plain) > 2*packBytes || cap(k.small) > 2*packBytes {
		t.Errorf("a huge body leaves %d and %d bytes behind", cap(k.plain), cap(k.small))
	}
}

func TestWhatCannotBeMadeSmallerStaysPlain(t *testing.T) {
	raws := requests(3, 0)
	noise := rand.NewChaCha8([32]byte{})
	for _, r := range raws {
		r.Body = make([]byte, 2000)
		_, _ = noise.Read(r.Body)
	}
	p, _ := new(packer).put(raws)
	if back, err := p.unpack(); p.body[0] != plainBody || err != nil || !bytes.Equal(back[2].Body, raws[2].Body) {
		t.Errorf("%d bytes beginning with %d: %v", len(p.body), p.body[0], err)
	}
}

func TestAPackIsBounded(t *testing.T) {
	for _, c := range []struct{ requests, size, want int }{{1000, 1, 256}, {10, 300 << 10, 3}, {3, 2 << 20, 1}, {5, 0, 5}} {
		if _, n := new(packer).put(requests(c.requests, c.size)); n != c.want {
			t.Errorf("%d of %d bytes: %d in a pack, want %d", c.requests, c.size, n, c.want)
		}
	}
}

func TestADamagedPackIsNeverReadAsSomethingElse(t *testing.T) {
	for _, size := range []int{9, 500} {
		p, _ := new(packer).put(requests(5, size))
		for n := range p.body {
			cut := p
			cut.body = p.body[:n]
			if _, err := cut.unpack(); !errors.Is(err, ErrCorrupt) {
				t.Errorf("cut at %d: %v", n, err)
			}
		}
		p.requests--
		if _, err := p.unpack(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with one more than it says: %v", err)
		}
	}
	p := pack{first: 1, last: 1, requests: 1, size: 10, body: []byte{smallBody, 0xff, 0xff, 0xff, 0xff, 0x0f, 0}}
	if _, err := p.unpack(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("4 GiB of 10 bytes: %v", err)
	}
}

func TestACommitIsOneRow(t *testing.T) {
	s := openHere(t)
	jobs := make([]*job, 200)
	for k := range jobs {
		jobs[k] = &job{raw: &alert.Raw{Source: "am", Body: []byte(fmt.Sprint(k))}, machine: true}
	}
	for _, err := range together(s, jobs...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var rows int
	if err := row(t.Context(), s.reader, `SELECT count(*) FROM pack`, nil, &rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
	raws, err := s.Peek(t.Context(), nil, 100)
	if err != nil || len(raws) != 100 || string(raws[99].Body) != "99" || raws[99].ID != jobs[99].raw.ID {
		t.Errorf("%d of a row that is larger than asked for, %v", len(raws), err)
	}
}
