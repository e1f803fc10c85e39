package alert

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// mostSetBack is how many rows follow a clock that was set back; those due last are late by as much.
const mostSetBack = 10_000

// endOfTime is after all that can be due.
func endOfTime() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// followClock notices that the clock was set back, and lets all that counts a length of time from a moment, which is waits, rests and
// heartbeats, count from as much earlier: else it would be late by as much. What ends at a time that people named stays. How far the clock
// was set is known from the last look. Of a look of another process, and one before a start, only what lies ahead tells.
func (k *Worker) followClock(ctx context.Context) error {
	now, before := k.awake(0), k.seen
	back := before.Sub(now)
	if !before.IsZero() && back <= clockPlay {
		k.seen = now
		return nil
	}
	if before.IsZero() || !k.queue.Alone() { // another process may have done it already
		back = 0
	}
	back, err := k.setBack(ctx, back)
	if general := general(ctx, err); general != nil {
		return general // it is looked again
	}
	k.seen = now
	if back == 0 && !before.IsZero() {
		k.pulse = pulse{since: now}
	}
	if errors.Is(err, errNoneDue) {
		return nil
	}
	if err != nil {
		k.log.Error("could not follow a clock that was set back: what waits may be late", "error", err)
		return nil
	}
	k.log.Warn("the clock was set back", "by", back)
	k.pulse.next = time.Time{}
	if !k.pulse.since.IsZero() {
		k.pulse.since = k.pulse.since.Add(-back)
	}
	for name, put := range k.pulse.put {
		k.pulse.put[name] = put.Add(-back)
	}
	return nil
}

// setBack sets everything that counts a length of time back, by what lies ahead most where nobody knows by how much.
func (k *Worker) setBack(ctx context.Context, by time.Duration) (back time.Duration, err error) {
	last, err := k.queue.DueLast(ctx, mostSetBack/10)
	if err != nil {
		return 0, fmt.Errorf("look for alerts to judge again: %w", err)
	}
	kept, err := k.queue.Beats(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for signs of life: %w", err)
	}
	if by == 0 && !ahead(last, kept).After(k.desk.Now().Add(clockPlay)) || len(last)+len(kept) == 0 {
		return by, errNoneDue
	}
	err = k.queue.WorkOff(ctx, nil, func(ctx context.Context, _ []int64, w Work) (err error) {
		defer k.caught(&err)
		rows, err := w.DueRows(ctx, endOfTime(), mostSetBack)
		if err != nil {
			return fmt.Errorf("read the alerts that are due: %w", err)
		}
		beats, err := w.Beats(ctx)
		if err != nil {
			return fmt.Errorf("read the heartbeats: %w", err)
		}
		if back = by; back == 0 {
			back = ahead(rows, beats).Sub(k.desk.Now())
		}
		if back <= clockPlay {
			back = 0
			return errNoneDue
		}
		for n := range rows {
			rows[n] = rows[n].setBack(back)
		}
		for n, b := range beats {
			if !b.Last.IsZero() {
				beats[n].Last = b.Last.Add(-back)
			}
			if !b.Since.IsZero() {
				beats[n].Since = b.Since.Add(-back)
			}
		}
		if err := w.Save(ctx, rows); err != nil {
			return fmt.Errorf("keep since when alerts wait: %w", err)
		}
		return w.SaveBeats(ctx, beats) //nolint:wrapcheck // the storage says what failed
	})
	return back, err
}

// ahead is the latest moment from which anything counts.
func ahead(rows []Row, beats []Beat) (latest time.Time) {
	for _, r := range rows {
		if from := r.countsFrom(); from.After(latest) {
			latest = from
		}
	}
	for _, b := range beats {
		if b.Last.After(latest) {
			latest = b.Last
		}
	}
	return latest
}

// countsFrom is from when a row counts until it is due, zero where it does not count.
func (r Row) countsFrom() time.Time {
	if f := flapOf(r.Flap); f.flaps() {
		return time.UnixMicro(f.Last)
	}
	if r.Outcome != Wait {
		return time.Time{}
	}
	kept, _ := r.rest() // what can't be read counts from where it was first seen
	if n := len(kept.Heard); n > 0 {
		return kept.Heard[n-1]
	}
	if !kept.From.IsZero() {
		return kept.From
	}
	return r.FirstSeen
}

// setBack is the row where the clock was set back.
func (r Row) setBack(by time.Duration) Row {
	if f := flapOf(r.Flap); f.flaps() {
		f.Since, f.Last = f.Since-by.Microseconds(), f.Last-by.Microseconds()
		r.Flap, r.Due = f.text(), r.Due.Add(-by)
		return r
	}
	kept, err := r.rest()
	if r.Outcome != Wait || err != nil {
		return r
	}
	if kept.From.IsZero() {
		kept.From = r.FirstSeen
	}
	kept.From = kept.From.Add(-by)
	for n, at := range kept.Heard {
		kept.Heard[n] = at.Add(-by)
	}
	r.Due = r.Due.Add(-by)
	return r.keep(kept)
}
