package alert

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

const (
	batchRequests = 512 // looked at together
	// turnAlerts is how many alerts of a source one turn works off: what is left waits until the others had theirs.
	turnAlerts = 1024
	// wholeAlerts is up to how many alerts of a request are never cut. A larger one is worked off in pieces, a transaction each,
	// so that neither people nor other sources wait for all of it.
	wholeAlerts = 256
)

// WorkOff works off all that waits now, the sources in turns, and returns how many requests are done with. An error is one of
// the queue as a whole; a request that fails by itself is tried again later, and stays visible with the reason after three tries.
func (k *Worker) WorkOff(ctx context.Context) (done int, err error) {
	gone := maps.Clone(k.held) // unless they are seen again
	round, left, front := &Round{}, leftover{}, front{}
	for {
		if err := k.followClock(ctx); err != nil {
			return done, err
		}
		raws, err := k.queue.Peek(ctx, round, batchRequests)
		if err != nil {
			return done, fmt.Errorf("look into the inbox: %w", err)
		}
		if len(raws) == 0 && len(left) == 0 {
			break
		}
		for _, raw := range raws {
			delete(gone, raw.ID)
		}
		config := k.config()
		turn := left.turn(round, k.unpack(raws, config))
		n, err := k.take(ctx, config, turn)
		if done += n; err != nil {
			return done, err
		}
		if err := k.lookAgain(ctx, mostLate); err != nil { // a flood mustn't keep it from ever being looked
			return done, err
		}
		if heard, known := front.moved(turn, round); known { // nor from being heard that something is silent
			if err := k.listen(ctx, heard); err != nil {
				return done, err
			}
		}
	}
	if err := k.lookAgain(ctx, 0); err != nil { // after what may say that it is over
		return done, err
	}
	if err := k.listen(ctx, k.desk.Now()); err != nil {
		return done, err
	}
	for id := range gone { // another process may have done with it
		delete(k.held, id)
	}
	return done, nil
}

// front is how far the lanes have come, by when the last request that was worked off of each was received.
type front map[string]time.Time

// moved notes a turn, and gives the time up to which all that was received has been worked off; false as long as a lane that waits has
// had no turn.
func (f front) moved(turn []parcel, round *Round) (upTo time.Time, known bool) {
	for _, p := range turn {
		f[p.raw.Lane] = p.raw.Received
	}
	for n, lane := range round.lanes {
		at, had := f[lane]
		if !had {
			return upTo, false
		}
		if n == 0 || at.Before(upTo) {
			upTo = at
		}
	}
	return upTo, len(round.lanes) > 0
}

// unpack makes parcels of the requests that aren't left alone at the moment.
func (k *Worker) unpack(raws []Raw, config Config) []parcel {
	now := k.desk.Now()
	parcels := make([]parcel, 0, len(raws))
	var h headers
	for _, raw := range raws {
		if !k.held[raw.ID].until.After(now) {
			parcels = append(parcels, unpack(raw, config, &h))
		}
	}
	return parcels
}

// leftover is what the last turn of a lane was too short for, in its order.
type leftover map[string][]parcel

// turn gives what is to be worked off now of what was left and what has come, each lane's share, in the order of arrival. A lane
// that has more left is asked for nothing new.
func (l leftover) turn(round *Round, parcels []parcel) []parcel {
	for _, p := range parcels {
		l[p.raw.Lane] = append(l[p.raw.Lane], p.pieces()...)
	}
	var now []parcel
	for lane, waiting := range l {
		n := portion(waiting, turnAlerts)
		now = append(now, waiting[:n]...)
		if l[lane] = waiting[n:]; n == len(waiting) {
			delete(l, lane)
		}
		round.Hold(lane, n < len(waiting))
	}
	slices.SortStableFunc(now, func(a, b parcel) int { return cmp.Or(cmp.Compare(a.raw.ID, b.raw.ID), cmp.Compare(a.from, b.from)) })
	return now
}

// pieces cuts a request of very many alerts. Only the last piece is done with it.
func (p parcel) pieces() []parcel {
	alerts := p.delivery.Alerts
	if len(alerts) <= wholeAlerts {
		return []parcel{p}
	}
	var all []parcel
	for from := 0; from < len(alerts); from += wholeAlerts {
		to := min(from+wholeAlerts, len(alerts))
		piece := p
		piece.delivery.Alerts, piece.outcomes = alerts[from:to:to], p.outcomes[from:to:to]
		piece.from, piece.piece, piece.more = from, true, to < len(alerts)
		all = append(all, piece)
	}
	return all
}

// take works parcels off, in few transactions; where one fails, each of its requests by itself, so that one that nothing can be
// done with doesn't hold up the others. A database that can't be used is nobody's fault: all of them wait for it, however long
// it takes, and are never given up for it.
func (k *Worker) take(ctx context.Context, config Config, parcels []parcel) (done int, err error) {
	for len(parcels) > 0 {
		some := parcels[:portion(parcels, k.pace.alerts(k.desk.Now().Sub(parcels[0].raw.Received)))]
		parcels = parcels[len(some):]
		some = k.unbroken(some)
		if len(some) == 0 {
			continue
		}
		err := k.together(ctx, config, some)
		if err == nil {
			done += finished(some)
			continue
		}
		if err := general(ctx, err); err != nil {
			return done, err
		}
		for n, p := range some {
			if len(some) > 1 {
				if k.broken(p) {
					continue
				}
				err = k.together(ctx, config, some[n:n+1])
			}
			if err := general(ctx, err); err != nil {
				return done, err
			}
			if err == nil {
				done += finished(some[n : n+1])
			} else if k.failed(ctx, config, p, err) {
				done++
			}
		}
	}
	return done, nil
}

// broken reports a further piece of a request of which one failed: it begins anew, or what failed would be lost.
func (k *Worker) broken(p parcel) bool { return p.from > 0 && k.held[p.raw.ID].broken }

// unbroken leaves those out, but for a request that begins anew among them: its pieces follow each other.
func (k *Worker) unbroken(parcels []parcel) []parcel {
	var anew []int64
	return slices.DeleteFunc(parcels, func(p parcel) bool {
		if p.piece && p.from == 0 {
			anew = append(anew, p.raw.ID)
		}
		return k.broken(p) && !slices.Contains(anew, p.raw.ID)
	})
}

// passed forgets that a request failed once it is done with; of one in pieces how often it did counts until then.
func (k *Worker) passed(p parcel) {
	if h, was := k.held[p.raw.ID]; was && p.more {
		h.broken = false
		k.held[p.raw.ID] = h
		return
	}
	delete(k.held, p.raw.ID)
}

// finished counts the requests that are done with: of one in pieces the last one counts.
func finished(parcels []parcel) (n int) {
	for _, p := range parcels {
		if !p.more {
			n++
		}
	}
	return n
}

// name tells a request, or a piece of one, for ever: ids may be given out anew when the inbox was empty, but not with the time of receipt.
func (p *parcel) name() string {
	name := fmt.Sprintf("%d-%d", p.raw.ID, p.raw.Received.UnixMicro())
	if p.piece { // with what is in it, for next time it may be cut elsewhere or read otherwise
		keys := make([]string, len(p.delivery.Alerts))
		for k, a := range p.delivery.Alerts {
			keys[k] = a.DedupeKey
		}
		name += fmt.Sprintf("-%d-%s", p.from, digest(keys...))
	}
	return name
}

// leftOut is the stored form of rest, empty for none.
func (p *parcel) leftOut() string {
	if why := p.rest(); why != nil {
		return why.String()
	}
	return ""
}

// rest is why a request stays visible although it was worked off, nil if it need not: it held more than we take, or what can't be read.
func (p *parcel) rest() *Reason {
	var why Reason
	switch d := &p.delivery; {
	case d.Over > 0:
		why = because("alert.error_too_many", "Max", strconv.Itoa(maxAlerts), "Over", strconv.Itoa(d.Over))
		if d.Unread.Count > 0 {
			why.Args["Unread"] = strconv.Itoa(d.Unread.Count)
		}
	case d.Unread.Count > 0:
		why = because(d.Unread.Why, "Unread", strconv.Itoa(d.Unread.Count), "Of", strconv.Itoa(d.Unread.Of), "First", strconv.Itoa(d.Unread.First))
	default:
		return nil
	}
	return &why
}

// partly are the reasons of rest.
var partly = []string{
	"alert.error_too_many", "alert.error_unread_object", "alert.error_unread_labels", "alert.error_unread_title", "alert.error_unread_event", "alert.error_unread_mail",
}

// InPart reports whether a reason for which a request stays visible says that the rest of it was worked off.
func InPart(why string) bool { return slices.Contains(partly, ParseReason(why).ID) }
