package storage

import (
	"context"
	"fmt"

	"matoi/incident"
)

// ChangeEach is incident.Many's.
func (s *Storage) ChangeEach(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide func(*incident.Incident) (incident.Change, error)) (each []incident.Each, err error) {
	err = s.write(ctx, cause.Machine, func(t *tx) (err error) {
		each, err = t.changeEach(numbers, decide)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change %d incidents: %w", len(numbers), err)
	}
	return each, nil
}

// ChangeEach is the same inside a transaction.
func (s storeInside) ChangeEach(_ context.Context, _ incident.Cause, numbers []incident.Number, decide func(*incident.Incident) (incident.Change, error)) ([]incident.Each, error) {
	return s.t.changeEach(numbers, decide)
}

// changeEach reads all, decides each, and writes all. Those that another process holds are skipped: it is ticking them.
func (t *tx) changeEach(numbers []incident.Number, decide func(*incident.Incident) (incident.Change, error)) ([]incident.Each, error) {
	read, err := t.rows(numbers, t.s.d.skipLocked)
	if err != nil {
		return nil, err
	}
	each := make([]incident.Each, 0, len(numbers))
	list := make([]changed, 0, len(numbers))
	for _, n := range numbers {
		r := read[n]
		if r == nil {
			continue
		}
		e := incident.Each{Number: n, Due: instant(r.due), Err: r.err}
		if e.Err == nil {
			e.Change, e.Err = decide(r.incident)
		}
		if e.Err == nil {
			list = append(list, changed{r.known, e.Change})
		}
		each = append(each, e)
	}
	return each, t.putChanges(list)
}
