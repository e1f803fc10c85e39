package storage

import (
	"slices"
	"sync"

	"matoi/incident"
)

// lostClaims remembers claims whose commit was not answered: whether they happened is not known, and nobody has what they
// took.
type lostClaims struct {
	mu   sync.Mutex
	list []*lostClaim
}

type lostClaim struct {
	until int64
	ids   []int64
}

func (l *lostClaims) add(until int64, claimed []incident.Delivery) {
	if len(claimed) == 0 {
		return
	}
	c := &lostClaim{until: until}
	for _, d := range claimed {
		c.ids = append(c.ids, d.ID)
		for _, b := range d.Behind {
			c.ids = append(c.ids, b.ID)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, c)
}

// at gives those that are not over by themselves.
func (l *lostClaims) at(now int64) []*lostClaim {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(c *lostClaim) bool { return c.until <= now })
	return slices.Clone(l.list)
}

// found forgets those that were freed.
func (l *lostClaims) found(freed []*lostClaim) {
	if len(freed) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(c *lostClaim) bool { return slices.Contains(freed, c) })
}

// free ends leases, where nobody else has taken the rows since. Like those that ran out, they come again doubtful.
func (t *tx) free(lost []*lostClaim) error {
	for _, c := range lost {
		for chunk := range slices.Chunk(c.ids, mostKeys) {
			a := args{c.until}
			if _, err := t.exec(`UPDATE outbox SET claimed_until = 1 WHERE claimed_until = $1 AND state = 'waiting' AND id IN (`+list(&a, padded(chunk))+`)`, a...); err != nil {
				return err
			}
		}
	}
	return nil
}
