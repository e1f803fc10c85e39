package storage

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"matoi/bot/alert"
)

// inbox is what waits as a transaction sees it that works some of it off. What is finished leaves at its end: whole packs
// by one statement, and of others the rest is put in their place.
type inbox struct {
	t       *tx
	packs   []packAtWork
	singles []singleAtWork
}

// packAtWork is a pack of which requests are being worked off.
type packAtWork struct {
	pack
	raws []alert.Raw // read only where they are needed
	done []int64     // in the order of ids
}

// singleAtWork is a request that waits as a row of its own.
type singleAtWork struct {
	id, size int64
	done     bool
}

// look finds which of the ids still wait, in their order, and keeps others from them until the commit.
func (in *inbox) look(ids []int64) (waiting []int64, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	low, high := ids[0], ids[len(ids)-1]
	asked := func(id int64) bool { _, is := slices.BinarySearch(ids, id); return is }
	lock := in.t.s.d.forUpdate
	for _, run := range stretches(ids) {
		packs, err := all(context.Background(), in.t.run, `SELECT `+packColumns+` FROM pack WHERE id >= $1 AND id < $2 AND first <= $3 ORDER BY id`+lock,
			[]any{run[0], run[1] + packRequests, run[1]}, func(r *sql.Rows) (packAtWork, error) {
				p, err := scanPack(r)
				return packAtWork{pack: p}, err
			})
		if err != nil {
			return nil, in.t.spoil(err)
		}
		if n := len(in.packs); n > 0 && len(packs) > 0 && packs[0].last == in.packs[n-1].last {
			packs = packs[1:]
		}
		in.packs = append(in.packs, packs...)
	}
	for k := range in.packs {
		p := &in.packs[k]
		if p.whole() {
			for id := max(p.first, low); id <= min(p.last, high); id++ {
				if asked(id) {
					waiting = append(waiting, id)
				}
			}
			continue
		}
		if err := in.open(p); err != nil {
			return nil, err
		}
		for _, raw := range p.raws {
			if asked(raw.ID) {
				waiting = append(waiting, raw.ID)
			}
		}
	}
	in.singles, err = all(context.Background(), in.t.run, `SELECT id, length(header) + length(body) FROM raw WHERE id >= $1 AND id <= $2 ORDER BY id`+lock,
		[]any{low, high}, func(r *sql.Rows) (s singleAtWork, err error) { return s, r.Scan(&s.id, &s.size) })
	if err != nil {
		return nil, in.t.spoil(err)
	}
	for _, s := range in.singles {
		if asked(s.id) {
			waiting = append(waiting, s.id)
		}
	}
	slices.Sort(waiting)
	return waiting, nil
}

// stretches are the ids in runs without long gaps, so that nobody reads what lies between: another source may have thousands
// there.
func stretches(ids []int64) (runs [][2]int64) {
	const gap = 16
	for _, id := range ids {
		if n := len(runs); n > 0 && id-runs[n-1][1] <= gap {
			runs[n-1][1] = id
			continue
		}
		runs = append(runs, [2]int64{id, id})
	}
	return runs
}

// open reads the requests of a pack.
func (in *inbox) open(p *packAtWork) (err error) {
	if p.raws != nil {
		return nil
	}
	if err = in.t.get(`SELECT body FROM pack WHERE id = $1`, []any{p.last}, &p.body); err != nil {
		return err
	}
	if p.raws, err = p.unpack(); err != nil {
		err = in.t.spoil(err)
	}
	return err
}

// find gives the row in which a request waits, nothing where it does not.
func (in *inbox) find(id int64) (*packAtWork, *singleAtWork) {
	if k, is := slices.BinarySearchFunc(in.singles, id, func(s singleAtWork, id int64) int { return cmp.Compare(s.id, id) }); is {
		return nil, &in.singles[k]
	}
	k, _ := slices.BinarySearchFunc(in.packs, id, func(p packAtWork, id int64) int { return cmp.Compare(p.last, id) })
	if k == len(in.packs) || in.packs[k].first > id {
		return nil, nil
	}
	p := &in.packs[k]
	if !p.whole() && !slices.ContainsFunc(p.raws, func(r alert.Raw) bool { return r.ID == id }) {
		return nil, nil
	}
	return p, nil
}

// finish notes that a request is done with. With a reason it stays visible.
func (in *inbox) finish(id int64, reason string) error {
	p, single := in.find(id)
	switch {
	case single != nil && !single.done:
		single.done = true
		if reason == "" {
			return nil
		}
		_, err := in.t.exec(`INSERT INTO undecoded (id, source, received, header, body, why) SELECT id, source, received, header, body, $2 FROM raw WHERE id = $1`, id, reason)
		return err
	case p == nil:
		return nil
	}
	at, twice := slices.BinarySearch(p.done, id)
	if twice {
		return nil
	}
	p.done = slices.Insert(p.done, at, id)
	if reason == "" {
		return nil
	}
	if err := in.open(p); err != nil {
		return err
	}
	k := slices.IndexFunc(p.raws, func(r alert.Raw) bool { return r.ID == id })
	r := p.raws[k]
	_, err := in.t.exec(`INSERT INTO undecoded (id, source, received, header, body, why) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, r.Source, micro(r.Received), bytesOf(r.Header), bytesOf(r.Body), reason)
	return err
}

// end takes what is finished out of the tables, and tells the bound after the commit.
func (in *inbox) end() error {
	var gone []int64
	less := map[string]int64{} // by lane
	for k := range in.packs {
		p := &in.packs[k]
		switch int64(len(p.done)) {
		case 0:
		case p.requests:
			gone = append(gone, p.last)
			less[p.source] += p.size
		default:
			by, err := in.shrink(p)
			if err != nil {
				return err
			}
			less[p.source] += by
		}
	}
	for chunk := range slices.Chunk(gone, mostKeys) {
		var a args
		if _, err := in.t.exec(`DELETE FROM pack WHERE id IN (`+list(&a, padded(chunk))+`)`, a...); err != nil {
			return err
		}
	}
	for _, s := range in.singles {
		if !s.done {
			continue
		}
		less[laneSingle] += s.size
		if _, err := in.t.exec(`DELETE FROM raw WHERE id = $1`, s.id); err != nil {
			return err
		}
	}
	if t := in.t; len(less) > 0 {
		t.after = append(t.after, func() {
			for lane, size := range less {
				t.s.inbox.change(lane, -size)
			}
		})
	}
	return nil
}

// shrink puts what is left of a pack in its place, under the id of the last request that is left: one that is finished
// may be put back as a row under its own. It returns by how much less waits.
func (in *inbox) shrink(p *packAtWork) (less int64, err error) {
	if err := in.open(p); err != nil {
		return 0, err
	}
	var left []*alert.Raw
	for k := range p.raws {
		if _, done := slices.BinarySearch(p.done, p.raws[k].ID); !done {
			left = append(left, &p.raws[k])
		}
	}
	rest, n := new(packer).put(left)
	if n < len(left) {
		panic("a part of a pack is larger than a pack")
	}
	rest.source = p.source
	return p.size - rest.size, in.t.putPack(rest, p.last)
}

// bytesOf makes no bytes an empty value, for nil would be NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
