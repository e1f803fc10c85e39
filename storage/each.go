package storage

import (
	"context"
	"fmt"

	"matoi/incident"
)

// decideOne is what ChangeEach runs for each incident.
type decideOne = func(loaded *incident.Incident) (incident.Change, error)

// ChangeEach is incident.Many's. On SQLite the incidents are read, decided and put into words before their turn on the
// writer comes, so that it only writes, and somebody else's batch meanwhile: what stood before is part of every update's
// condition, and one that was changed in between is decided anew on the writer.
func (s *Storage) ChangeEach(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide decideOne) (each []incident.Each, err error) {
	var ahead []decided
	if !s.d.manyWriters {
		read, err := rows(ctx, s.reader, &s.folds, numbers, "")
		if err != nil {
			return nil, s.wrap(err, "read %d incidents", len(numbers))
		}
		ahead = decideEach(numbers, read, decide)
	}
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		if ahead == nil {
			each, err = t.changeEach(numbers, decide)
			return err
		}
		each, err = t.putAhead(ahead, decide)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change %d incidents: %w", len(numbers), err)
	}
	return each, nil
}

// ChangeEach is the same inside a transaction.
func (s storeInside) ChangeEach(_ context.Context, _ incident.Cause, numbers []incident.Number, decide decideOne) ([]incident.Each, error) {
	return s.t.changeEach(numbers, decide)
}

// decided is an incident as it was read, with what is to become of it.
type decided struct {
	incident.Each
	changed
}

func decideEach(numbers []incident.Number, read map[incident.Number]*loaded, decide decideOne) []decided {
	out := make([]decided, 0, len(numbers))
	for _, n := range numbers {
		r := read[n]
		if r == nil {
			continue // somebody else holds it, and is ticking it
		}
		d := decided{Each: incident.Each{Number: n, Due: instant(r.due), Err: r.err}}
		if d.Err == nil {
			d.Each.Change, d.Err = decide(r.incident)
		}
		if d.Err == nil {
			d.changed = changed{before: r.known, Change: d.Each.Change}
			d.Err = d.encode()
		}
		out = append(out, d)
	}
	return out
}

// changeEach reads all, decides each, and writes all.
func (t *tx) changeEach(numbers []incident.Number, decide decideOne) ([]incident.Each, error) {
	read, err := rows(context.Background(), t.run, &t.s.folds, numbers, t.s.d.skipLocked)
	if err != nil {
		return nil, t.spoil(err)
	}
	each, _, err := t.putEach(decideEach(numbers, read, decide))
	return each, err
}

// putAhead writes what was decided before; what is out of date is decided anew.
func (t *tx) putAhead(ahead []decided, decide decideOne) ([]incident.Each, error) {
	each, late, err := t.putEach(ahead)
	if err != nil || len(late) == 0 {
		return each, err
	}
	again, err := t.changeEach(late, decide)
	return append(each, again...), err
}

// putEach writes those that could be decided, and gives the numbers of those that somebody changed meanwhile.
func (t *tx) putEach(list []decided) (each []incident.Each, late []incident.Number, err error) {
	puts := make([]changed, 0, len(list))
	for _, d := range list {
		if d.Err == nil {
			done, err := t.putIncident(d.changed)
			if err != nil {
				return nil, nil, err
			}
			if !done {
				late = append(late, d.Number)
				continue
			}
			puts = append(puts, d.changed)
		}
		each = append(each, d.Each)
	}
	return each, late, t.putRest(puts)
}
