package storage

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

// First is alert.Work's: it keeps the numbers of requests, and tells those apart that are kept already.
func (w *atWork) First(_ context.Context, arrivals []alert.Arrival) (first []bool, err error) {
	const most = 32 // in a statement
	first = make([]bool, 0, len(arrivals))
	for chunk := range slices.Chunk(arrivals, most) {
		a := make(args, 0, 3*most)
		for _, r := range padded(chunk) {
			a = append(a, r.Source, r.ID, micro(r.Received))
		}
		kept, err := all(context.Background(), w.t.run, `INSERT INTO delivery (source, id, received) VALUES `+values(len(a)/3, 3)+` ON CONFLICT DO NOTHING RETURNING source, id`, a,
			func(r *sql.Rows) (k alertKey, err error) { return k, r.Scan(&k.source, &k.key) })
		if err != nil {
			return nil, w.t.spoil(err)
		}
		for _, r := range chunk {
			k := slices.Index(kept, alertKey{r.Source, r.ID})
			if k >= 0 {
				kept = slices.Delete(kept, k, k+1) // the same number once more among these is no first one
			}
			is := k >= 0
			if !is && r.Begun {
				if is, err = w.begun(r); err != nil {
					return nil, err
				}
			}
			first = append(first, is)
		}
	}
	return first, nil
}

// begun reports whether a number is kept because this very request was begun.
func (w *atWork) begun(r alert.Arrival) (is bool, err error) {
	var received int64
	err = w.t.get(`SELECT received FROM delivery WHERE source = $1 AND id = $2`, []any{r.Source, r.ID}, &received)
	return received == micro(r.Received), err
}

// pruneDeliveries goes along the key, as pruneCauses does, and keeps as long: both are what tells a repetition.
func (s *Storage) pruneDeliveries(ctx context.Context, before int64, _ incident.Holds) (total int, err error) {
	type delivery struct {
		alertKey
		received int64
	}
	before = min(before, micro(s.now().Add(-LeastCauses)))
	for after := (alertKey{}); ; {
		began := time.Now()
		list, err := all(ctx, s.reader, `SELECT source, id, received FROM delivery WHERE (source, id) > ($1, $2) ORDER BY source, id LIMIT $3`, []any{after.source, after.key, int64(pruneScan)},
			func(r *sql.Rows) (d delivery, err error) { return d, r.Scan(&d.source, &d.key, &d.received) })
		if err != nil || len(list) == 0 {
			return total, err
		}
		after = list[len(list)-1].alertKey
		more := len(list) == pruneScan
		list = slices.DeleteFunc(list, func(d delivery) bool { return d.received >= before })
		for chunk := range slices.Chunk(list, pruneBatch) {
			var a args
			for _, d := range chunk {
				a = append(a, d.source, d.key)
			}
			err := s.write(ctx, true, func(t *tx) error {
				n, err := t.exec(`DELETE FROM delivery WHERE (source, id) IN (VALUES `+values(len(chunk), 2)+`)`, a...)
				total += int(n)
				return err
			})
			if err != nil {
				return total, err
			}
			if err := pause(ctx, began); err != nil {
				return total, err
			}
			began = time.Now()
		}
		if !more {
			return total, nil
		}
		if err := pause(ctx, began); err != nil {
			return total, err
		}
	}
}
