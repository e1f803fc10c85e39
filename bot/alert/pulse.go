package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

// pulse is what the Worker knows of the heartbeats between two looks.
type pulse struct {
	// since is from when Matoi has listened without a break: time in which it was away is nobody's silence.
	since time.Time
	// next is when the first heartbeat would have been silent for too long, as of the last look; zero before the first one.
	next time.Time
	// put is since when each heartbeat has been in the configuration, as far as is known: one that was taken out was not listened to.
	put map[string]time.Time
}

// known notes which heartbeats there are.
func (p *pulse) known(lives []Life, now time.Time) {
	put := make(map[string]time.Time, len(lives))
	for _, h := range lives {
		since, was := p.put[h.Name]
		if put[h.Name] = earlier(since, now); !was {
			put[h.Name] = now
			p.next = time.Time{}
		}
	}
	p.put = put
}

// heardFrom is from when a heartbeat has been listened to.
func (p *pulse) heardFrom(name string) time.Time {
	if put := p.put[name]; put.After(p.since) {
		return put
	}
	return p.since
}

// lookForLife is how often heartbeats are read at least: another process may have heard them, and settings change.
const lookForLife = 30 * time.Second

// clockPlay is how far two clocks, or two looks at one, may lie apart without a meaning.
const clockPlay = time.Minute

// awake looks at the clock, and begins anew where the process slept longer than it meant to since the last look, or its clock was set ahead,
// so that no time is counted that was not listened through.
func (k *Worker) awake(meant time.Duration) time.Time {
	now := k.desk.Now()
	if k.looked.IsZero() {
		return now
	}
	if now.Sub(k.looked) > meant+clockPlay {
		k.pulse = pulse{since: now}
	}
	k.looked = now
	return now
}

// restForLife shortens a rest so that a silence is noticed in time.
func (k *Worker) restForLife(rest time.Duration) time.Duration {
	if k.pulse.next.IsZero() {
		return rest
	}
	return max(min(rest, k.pulse.next.Sub(k.desk.Now())), 0)
}

// listen looks whether a heartbeat has been silent for too long, as of a time up to which all that was received has been worked off: what
// waits still may be a sign of life.
func (k *Worker) listen(ctx context.Context, heard time.Time) error {
	c := k.config()
	lives := c.Lives()
	if k.told {
		lives = nil
	}
	now := k.awake(0)
	if k.pulse.since.IsZero() || k.pulse.since.After(now) {
		k.pulse.since = now
	}
	k.pulse.known(lives, now)
	if len(lives) == 0 {
		k.pulse.next = time.Time{}
		return nil
	}
	if !k.pulse.next.IsZero() && now.Before(k.pulse.next) {
		return nil
	}
	beats, err := k.queue.Beats(ctx)
	if err != nil {
		return fmt.Errorf("look for signs of life: %w", err)
	}
	next := now.Add(lookForLife)
	for _, h := range lives {
		due, waits := h.due(beatOf(beats, h.Name), k.pulse.heardFrom(h.Name), now)
		if !waits {
			continue
		}
		if due.After(now) {
			next = earlier(next, due)
			continue
		}
		if due.After(heard) {
			next = earlier(next, now.Add(lookEvery))
			continue
		}
		if err := k.miss(ctx, h, heard); err != nil && !errors.Is(err, errNoneDue) {
			if general := general(ctx, err); general != nil {
				return general
			}
			k.log.Error("could not open an incident for a heartbeat that fell silent; trying again", "heartbeat", h.Name, "error", err)
			next = earlier(next, now.Add(lookEvery))
		}
	}
	k.pulse.next = next
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func beatOf(beats []Beat, name string) Beat {
	if k := slices.IndexFunc(beats, func(b Beat) bool { return b.Name == name }); k >= 0 {
		return beats[k]
	}
	return Beat{Name: name}
}

// due is when a heartbeat has been silent for too long, if nothing comes; false for one that never came, or is known not to be
// well. A sign of life from the future, before somebody set the clock back, is one of now.
func (h Life) due(b Beat, since, now time.Time) (time.Time, bool) {
	if b.Last.IsZero() || b.State != Alive {
		return time.Time{}, false
	}
	from := earlier(b.Last, now)
	if since.After(from) {
		from = since
	}
	return from.Add(h.Every + h.Grace), true
}

// miss opens the incident of a heartbeat that fell silent, once, whoever looks: what is kept of it is read again in the transaction.
func (k *Worker) miss(ctx context.Context, h Life, heard time.Time) error {
	var opened []incident.Number
	err := k.queue.WorkOff(ctx, nil, func(ctx context.Context, _ []int64, w Work) (err error) {
		defer k.caught(&err)
		beats, err := w.Beats(ctx)
		if err != nil {
			return fmt.Errorf("read the heartbeats: %w", err)
		}
		beat, now := beatOf(beats, h.Name), k.desk.Now().UTC().Truncate(time.Microsecond)
		if due, waits := h.due(beat, k.pulse.heardFrom(h.Name), now); !waits || due.After(now) || due.After(heard) {
			return errNoneDue
		}
		c := k.config()
		b := batchOf(w, *k.desk, k.lang, c, fmt.Sprintf("heartbeat:%s:%d", h.Name, beat.Last.UnixMicro()))
		a := h.alert(k.lang, Silent, earlier(beat.Last.Add(h.Every), now), beat.Last, "")
		if err := b.own(ctx, h, a); err != nil {
			return err
		}
		beat.State, beat.Since = Silent, now
		if err := w.SaveBeats(ctx, []Beat{beat}); err != nil {
			return fmt.Errorf("keep that %s is silent: %w", h.Name, err)
		}
		err = b.settle(ctx)
		opened = b.opened
		return err
	})
	if err != nil {
		return err
	}
	k.log.Warn("a heartbeat fell silent", "heartbeat", h.Name)
	for _, n := range opened {
		k.log.Info("a silence opened an incident", "incident", n.String())
	}
	return nil
}

// own meets an alert that Matoi raises itself.
func (b *batch) own(ctx context.Context, h Life, a Alert) error {
	b.config.named(&a)
	at := rowKey{a.Source, a.DedupeKey}
	if b.rows[at] == nil {
		known, err := b.w.Known(ctx, a.Source, []string{a.DedupeKey})
		if err != nil {
			return fmt.Errorf("recall what is known of %s: %w", h.Name, err)
		}
		row, kept := known[a.DedupeKey]
		b.rows[at] = &place{row: row, kept: kept}
	}
	if a.Status == Resolved && !b.rows[at].kept {
		return nil
	}
	return b.meet(ctx, a, h.outcome(&b.config, a, b.now), b.now)
}

// hear takes in the signs of life of a batch, and one write for each heartbeat: what was silent and is heard again is well, and its
// incident is told.
func (b *batch) hear(ctx context.Context, parcels []parcel) error {
	latest := map[string]sign{}
	for _, p := range parcels {
		for _, s := range p.signs {
			if before, is := latest[s.name]; !is || !s.at.Before(before.at) {
				latest[s.name] = s
			}
		}
	}
	if len(latest) == 0 {
		return nil
	}
	beats, err := b.w.Beats(ctx)
	if err != nil {
		return fmt.Errorf("read the heartbeats: %w", err)
	}
	var changed []Beat
	for _, name := range sortedNames(latest) {
		h, known := b.config.life(name)
		beat, s := beatOf(beats, name), latest[name]
		if !known || !s.failed && s.silent.IsZero() && !s.at.After(beat.Last) && !beat.Last.After(b.now) {
			continue
		}
		if changed, err = b.heard(ctx, h, beat, s, changed); err != nil {
			return err
		}
	}
	if err := b.w.SaveBeats(ctx, changed); err != nil {
		return fmt.Errorf("keep signs of life: %w", err)
	}
	return nil
}

// heard is what the latest sign of one heartbeat changes.
func (b *batch) heard(ctx context.Context, h Life, beat Beat, s sign, changed []Beat) ([]Beat, error) {
	if !s.silent.IsZero() {
		if err := b.own(ctx, h, h.alert(b.lang, Silent, s.silent, s.silent.Add(-h.Every), "")); err != nil {
			return nil, err
		}
		beat.State, beat.Since = Silent, s.at
		return append(changed, beat), nil
	}
	if s.failed {
		if err := b.own(ctx, h, h.alert(b.lang, Failed, s.at, beat.Last, s.said)); err != nil {
			return nil, err
		}
		if beat.State != Failed {
			beat.State, beat.Since = Failed, s.at
		}
		return append(changed, beat), nil
	}
	beat.Last = earlier(s.at, b.now) // the clock may have been set back since it came
	if beat.State != Alive {
		if s.at.Add(h.Every + h.Grace).Before(b.now) { // an old one that had waited: it is silent still
			return append(changed, beat), nil
		}
		beat.State, beat.Since = Alive, s.at
		if err := b.own(ctx, h, h.alert(b.lang, Alive, s.at, beat.Last, "")); err != nil {
			return nil, err
		}
	}
	return append(changed, beat), nil
}
