package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"matoi/bot/alert"
	"matoi/storage"
)

// burst takes many requests in at once, so that commits take several of them, and returns their ids in order.
func (h *house) burst(n int) []int64 {
	h.t.Helper()
	ids := make([]int64, n)
	crowd(n, func(k int) {
		id, err := h.PutRaw(ctx(h.t), alert.Raw{Source: fmt.Sprint("am", k%3), Received: h.now(), Header: fmt.Append(nil, k%2), Body: fmt.Append(nil, "b", k)})
		if err != nil {
			h.t.Error(err)
		}
		ids[k] = id
	})
	slices.Sort(ids)
	return ids
}

// waits tells what waits, in the order of Peek.
func (h *house) waits() (ids []int64) {
	h.t.Helper()
	for _, r := range ok[[]alert.Raw](h.t)(h.Peek(ctx(h.t), nil, 1000)) {
		ids = append(ids, r.ID)
	}
	return ids
}

// finish works those requests off, with a reason or without.
func (h *house) finish(reason string, ids ...int64) {
	h.t.Helper()
	must(h.t, h.WorkOff(ctx(h.t), ids, func(c context.Context, waiting []int64, w alert.Work) error {
		if !slices.Equal(waiting, ids) {
			h.t.Errorf("of %v wait %v", ids, waiting)
		}
		for _, id := range waiting {
			must(h.t, w.Finish(c, id, reason))
		}
		return nil
	}))
}

// partly finishes requests out of the middle of what came together.
func partly(t *testing.T, h *house) {
	ids := h.burst(200)
	equal(t, "all wait", slices.Equal(h.waits(), ids), true)
	before := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 1000))
	var left, done []int64
	for k, id := range ids {
		if k%3 == 1 || k >= 190 {
			done = append(done, id)
		} else {
			left = append(left, id)
		}
	}
	h.finish("", done...)
	equal(t, "the rest waits", slices.Equal(h.waits(), left), true)
	for _, r := range ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 1000)) {
		was := before[slices.Index(ids, r.ID)]
		if r.Source != was.Source || string(r.Header) != string(was.Header) || string(r.Body) != string(was.Body) || !r.Received.Equal(was.Received) {
			t.Errorf("%d came back as %+v, was %+v", r.ID, r, was)
		}
	}
	inbox, _, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "counted", inbox, int64(len(left)))
	lost := errors.New("lost")
	err = h.WorkOff(ctx(t), left[:50], func(c context.Context, waiting []int64, w alert.Work) error {
		for _, id := range waiting[10:] {
			must(t, w.Finish(c, id, "alert.reason.json"))
		}
		return lost
	})
	equal(t, "lost", errors.Is(err, lost), true)
	must(t, h.Close())
	h.open()
	equal(t, "what was not committed still waits", slices.Equal(h.waits(), left), true)
	h.finish("", left...)
	equal(t, "nothing waits", len(h.waits()), 0)
	if next := h.put("x"); next <= ids[199] {
		t.Errorf("id %d is given out again, after %d", next, ids[199])
	}
}

// putBack lets requests of which nothing could be made come again among those that came with them.
func putBack(t *testing.T, h *house) {
	ids := h.burst(60)
	h.finish("alert.reason.json", ids[0], ids[30], ids[58], ids[59])
	equal(t, "visible", len(ok[[]alert.Row](t)(h.UndecodedRows(ctx(t), 10))), 4)
	for _, id := range []int64{ids[30], ids[59], ids[0], ids[58]} {
		must(t, h.WorkAgain(ctx(t), "", id))
	}
	equal(t, "all in their places", slices.Equal(h.waits(), ids), true)
	h.finish("", ids[0], ids[1], ids[59])
	equal(t, "a row and parts of packs are done", slices.Equal(h.waits(), ids[2:59]), true)
	h.finish("", ids[2:59]...)
	inbox, _, err := h.Waiting(ctx(t))
	must(t, err)
	equal(t, "left", inbox, 0)
}

// oldRows reads what a Matoi without packs has left.
func oldRows(t *testing.T, h *house) {
	h.exec(t, `INSERT INTO raw (id, source, received, header, body) VALUES (1, 'am', 5, '{}', 'first'), (2, 'am', 6, '{}', 'second')`)
	h.exec(t, `INSERT INTO counter (day, n) VALUES (-3, 2)`)
	id := h.put("third")
	equal(t, "goes on", id, 3)
	raws := ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 10))
	equal(t, "all", len(raws), 3)
	equal(t, "old", string(raws[1].Body), "second")
	equal(t, "at its time", raws[1].Received.UnixMicro(), 6)
	equal(t, "new", string(raws[2].Body), "third")
	equal(t, "no more than asked for", len(ok[[]alert.Raw](t)(h.Peek(ctx(t), nil, 2))), 2)
	h.finish("", 1, 3)
	equal(t, "one is left", slices.Equal(h.waits(), []int64{2}), true)
	h.finish("alert.reason.json", 2)
	must(t, h.WorkAgain(ctx(t), "", 2))
	h.finish("", 2)
}

// rivals works the same requests off from several sides, on PostgreSQL in processes of their own.
func rivals(t *testing.T, h *house) {
	sides := []*storage.Storage{h.Storage, h.Storage, h.Storage}
	if h.o.Postgres != "" {
		for k := range sides[1:] {
			s := ok[*storage.Storage](t)(storage.Open(ctx(t), h.o))
			t.Cleanup(func() { _ = s.Close() })
			sides[k+1] = s
		}
	}
	var mu sync.Mutex
	times := map[int64]int{}
	work := func(s *storage.Storage) (more bool) {
		raws, err := s.Peek(ctx(t), nil, 40)
		if err != nil {
			t.Error(err)
		}
		var ids, mine []int64
		for _, r := range raws {
			ids = append(ids, r.ID)
		}
		err = s.WorkOff(ctx(t), ids, func(c context.Context, waiting []int64, w alert.Work) error {
			mine = waiting[:(len(waiting)+1)/2]
			for _, id := range mine {
				if err := w.Finish(c, id, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, id := range mine {
			times[id]++
		}
		return len(raws) > 0
	}
	ids := h.burst(150)
	var all sync.WaitGroup
	for k, s := range sides {
		all.Go(func() {
			for work(s) && !t.Failed() {
			}
		})
		all.Go(func() {
			for n := range 50 {
				id, err := s.PutRaw(ctx(t), alert.Raw{Source: "am", Received: h.now(), Body: fmt.Append(nil, k, n)})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for work(h.Storage) && !t.Failed() {
	}
	for _, id := range ids {
		if times[id] != 1 {
			t.Errorf("request %d was worked off %d times", id, times[id])
		}
	}
	equal(t, "requests", len(times), 300)
}

// large lets no size of bodies keep what waits out of sight.
func large(t *testing.T, h *house) {
	const each = 600 << 10
	crowd(20, func(int) {
		if _, err := h.PutRaw(ctx(t), alert.Raw{Source: "am", Received: h.now(), Body: make([]byte, each)}); err != nil {
			t.Error(err)
		}
	})
	h.exec(t, `INSERT INTO raw (id, source, received, header, body) VALUES (1000, 'am', 5, '{}', 'last')`)
	seen := 0
	for round := (&alert.Round{}); ; {
		raws := ok[[]alert.Raw](t)(h.Peek(ctx(t), round, 256))
		if len(raws) == 0 {
			break
		}
		size := 0
		for _, r := range raws {
			size += len(r.Body)
		}
		if size > 10<<20 {
			t.Errorf("%d bytes at once", size)
		}
		seen += len(raws)
	}
	equal(t, "seen", seen, 21)
}
