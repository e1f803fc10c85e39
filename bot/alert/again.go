package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
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

// inPart is the header of a request that was put back after a part of it had been worked off. Keep keeps none of this name.
const inPart = "Matoi-In-Part"

// PutBack gives the kept headers of a request that is put back into the inbox after it had stayed visible for a reason.
func PutBack(kept []byte, why string) []byte {
	if !InPart(why) {
		return kept
	}
	header := http.Header{}
	if json.Unmarshal(kept, &header) != nil { // as where they are read
		header = http.Header{}
	}
	header[inPart] = []string{"1"}
	return marshal(header)
}

// unmet leaves out of requests that come again the alerts that they were worked off with, so that nothing counts twice and no old
// word undoes a newer one: those of which as new or newer news is known.
func (b *batch) unmet(parcels []parcel) []parcel {
	if !slices.ContainsFunc(parcels, func(p parcel) bool { return p.again }) {
		return parcels
	}
	parcels = slices.Clone(parcels) // which may be tried again
	for k := range parcels {
		p := &parcels[k]
		if !p.again {
			continue
		}
		var alerts []Alert
		var outcomes []Outcome
		for i, a := range p.delivery.Alerts {
			if known := b.rows[rowKey{a.Source, a.DedupeKey}]; known.kept && !known.row.LastSeen.Before(p.raw.Received) {
				continue
			}
			alerts, outcomes = append(alerts, a), append(outcomes, p.outcomes[i])
		}
		p.delivery.Alerts, p.outcomes = alerts, outcomes
	}
	return parcels
}

// numbered reports whether a request can be told from its repetition. One that can't be read, or not all of it, can't: it may be
// put back to be worked off again.
func (p *parcel) numbered() bool {
	return p.failed == nil && p.delivery.Unread.Count == 0 && p.delivery.DeliveryID != "" && p.from == 0
}

// Repeated is how many requests this process has found to have come before.
func (k *Worker) Repeated() int64 { return k.repeated.Load() }
