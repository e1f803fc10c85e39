package alert

import (
	"context"
	"fmt"
)

// first is done at once with the requests that came before, by the numbers that their senders gave them, and gives the others.
// It comes from having been committed without an answer that reached the sender; or somebody who has listened sends it again.
func (b *batch) first(ctx context.Context, parcels []parcel) ([]parcel, error) {
	var arrivals []Arrival
	for _, p := range parcels {
		if p.numbered() {
			arrivals = append(arrivals, Arrival{p.raw.Source, p.delivery.DeliveryID, p.raw.Received, p.piece})
		}
	}
	if len(arrivals) == 0 {
		return parcels, nil
	}
	firsts, err := b.w.First(ctx, arrivals)
	if err != nil {
		return nil, fmt.Errorf("look for requests that came before: %w", err)
	}
	left := make([]parcel, 0, len(parcels))
	gone := int64(0)
	for _, p := range parcels {
		if p.from > 0 && p.raw.ID == gone {
			continue
		}
		if p.numbered() {
			came := !firsts[0]
			if firsts = firsts[1:]; came {
				gone = p.raw.ID
				b.repeated++
				if err := b.w.Finish(ctx, p.raw.ID, ""); err != nil {
					return nil, fmt.Errorf("finish request %d: %w", p.raw.ID, err)
				}
				continue
			}
		}
		left = append(left, p)
	}
	return left, nil
}

// numbered reports whether a request can be told from its repetition. One that can't be read, or not all of it, can't: it may be
// put back to be worked off again.
func (p *parcel) numbered() bool {
	return p.failed == nil && p.delivery.Unread.Count == 0 && p.delivery.DeliveryID != "" && p.from == 0
}

// Repeated is how many requests this process has found to have come before.
func (k *Worker) Repeated() int64 { return k.repeated.Load() }
