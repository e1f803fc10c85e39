package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// first is done at once with the requests that came before, by the numbers that their senders gave them, leaves pieces out that were
// worked off before the process ended, and gives the others. What comes again was committed without an answer that reached the sender; or
// somebody who has listened sends it again.
func (b *batch) first(ctx context.Context, parcels []parcel) ([]parcel, error) {
	var arrivals []Arrival
	for _, p := range parcels {
		if p.numbered() {
			arrivals = append(arrivals, Arrival{p.raw.Source, p.delivery.DeliveryID, p.raw.Received, p.piece})
		}
		if p.goesOn() {
			arrivals = append(arrivals, Arrival{pieceSource, p.name(), b.now, false})
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
	before := func() (came bool) {
		came, firsts = !firsts[0], firsts[1:]
		return came
	}
	gone := int64(0)
	for _, p := range parcels {
		came := p.numbered() && before()
		met := p.goesOn() && before()
		switch {
		case p.from > 0 && p.raw.ID == gone, met && !came:
		case came:
			gone = p.raw.ID
			b.repeated++
			if err := b.w.Finish(ctx, p.raw.ID, ""); err != nil {
				return nil, fmt.Errorf("finish request %d: %w", p.raw.ID, err)
			}
		default:
			left = append(left, p)
		}
	}
	return left, nil
}

// pieceSource is the source of the numbers that pieces are kept by; no sender's can have its name.
const pieceSource = "matoi/piece"

// goesOn reports a piece that the request isn't done with: that it was worked off is kept, for the request may be begun anew.
func (p *parcel) goesOn() bool { return p.failed == nil && p.more }

// inPart is the header of a request that was put back after a part of it had been worked off, and says how often it was. Keep keeps none
// of this name.
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
	header[inPart] = []string{strconv.Itoa(putBack(header) + 1)}
	return marshal(header)
}

// putBack is how often a request was put back after a part of it had been worked off.
func putBack(header http.Header) int {
	often := header[inPart]
	if len(often) == 0 {
		return 0
	}
	n, err := strconv.Atoi(often[0])
	if err != nil || n < 1 { // of a hand
		return 1
	}
	return n
}

// comeAgain makes it one of a request that was put back so often after a part of it had been worked off. Each time counts as a
// microsecond later than it came, so that its causes and pieces have names of their own and what it does now is told from what it did then.
func (p *parcel) comeAgain(often int) {
	p.again, p.raw.Received = often, p.raw.Received.Add(time.Duration(often)*time.Microsecond)
}

// listen notes what a request that comes again says last of each key.
func (p *parcel) listen() {
	if p.again == 0 {
		return
	}
	p.said = make(map[saying]int, len(p.delivery.Alerts))
	for k, a := range p.delivery.Alerts {
		if !a.remarks() {
			p.said[saying{a.DedupeKey, a.Status}] = k
		}
	}
}

// saying is what a request says of a key: that it fires, or that it is over.
type saying struct{ key, status string }

// worked reports whether an alert of the request, as its row says, was worked off with it before, or is known from newer news. What this
// time has done itself, in an earlier piece, is neither.
func (p *parcel) worked(known Row) bool {
	came := p.raw.Received.Add(-time.Duration(p.again) * time.Microsecond)
	return !known.LastSeen.Before(came) && !known.LastSeen.Equal(p.raw.Received)
}

// unheard reports whether one of its alerts is its last word on a key, though its word before still holds and nothing newer is known: the
// last could not be read then.
func (p *parcel) unheard(at int, known Row) bool {
	a := p.delivery.Alerts[at]
	before, was := p.said[saying{a.DedupeKey, known.Status}]
	if last := p.said[saying{a.DedupeKey, a.Status}]; !was || last != p.from+at || last < before || known.LastSeen.After(p.raw.Received) {
		return false
	}
	_, news := Meet(&known, a, p.raw.Received)
	return news == Cleared || news == Refired
}

// unmet leaves out of requests that come again the alerts that they were worked off with, so that nothing counts twice and no old
// word undoes a newer one.
func (b *batch) unmet(parcels []parcel) []parcel {
	if !slices.ContainsFunc(parcels, func(p parcel) bool { return p.again > 0 }) {
		return parcels
	}
	parcels = slices.Clone(parcels) // which may be tried again
	for k := range parcels {
		p := &parcels[k]
		if p.again == 0 {
			continue
		}
		var alerts []Alert
		var outcomes []Outcome
		for i, a := range p.delivery.Alerts {
			if known := b.rows[rowKey{a.Source, a.DedupeKey}]; known.kept && p.worked(known.row) && !p.unheard(i, known.row) {
				continue
			}
			alerts, outcomes = append(alerts, a), append(outcomes, p.outcomes[i])
		}
		p.delivery.Alerts, p.outcomes = alerts, outcomes
	}
	return parcels
}

// numbered reports whether a request can be told from its repetition. One that can't be read can't, for it may be put back to be worked
// off; nor is one that was put back after a part of it had been worked off a repetition of itself.
func (p *parcel) numbered() bool {
	return p.failed == nil && p.again == 0 && p.delivery.DeliveryID != "" && p.from == 0
}

// Repeated is how many requests this process has found to have come before.
func (k *Worker) Repeated() int64 { return k.repeated.Load() }
