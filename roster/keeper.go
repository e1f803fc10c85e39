package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// The pace of asking.
const (
	Every     = 5 * time.Minute // where all is well
	firstWait = 30 * time.Second
	mostWait  = 30 * time.Minute // between two tries of a source that fails
	mostSleep = time.Minute      // clocks jump: it is looked again this often
)

// Store keeps copies over restarts.
type Store interface {
	Copies(ctx context.Context) ([]Copy, error)
	SaveCopy(ctx context.Context, c Copy) error
}

// Options is what a Keeper is made of.
type Options struct {
	Store   Store
	Changed func()        // after each try, when the states have something new; may be nil
	Every   time.Duration // between two questions to one source; Every where 0
	Now     func() time.Time
	Log     *slog.Logger
}

// Keeper asks the sources and keeps what they said.
type Keeper struct {
	Options
	mu    sync.Mutex
	turns []*turn
	wake  chan struct{}
}

// turn is a source with what is known of it.
type turn struct {
	source Source
	copy   Copy
	next   time.Time
	fails  int
}

// New makes a Keeper without sources.
func New(o Options) *Keeper {
	if o.Every == 0 {
		o.Every = Every
	}
	return &Keeper{Options: o, wake: make(chan struct{}, 1)}
}

// Set replaces the sources. What a source said before it was named anew is known still, as is what storage has of those that are new.
// Where one of another origin takes the place what the old one said stays in force until the new one has answered once: its address
// may be mistyped.
func (k *Keeper) Set(ctx context.Context, sources []Source) error {
	stored, err := k.Store.Copies(ctx)
	if err != nil {
		return fmt.Errorf("read the copies of sources: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.turns
	k.turns = nil
	for _, s := range sources {
		t := &turn{source: s, copy: Copy{Source: s.Name(), Origin: s.Origin()}}
		for _, c := range stored {
			if c.Source == s.Name() {
				t.copy = k.heir(s, c)
			}
		}
		for _, b := range before {
			switch {
			case b.source.Name() != s.Name():
			case b.source.Origin() == s.Origin():
				t.copy, t.next, t.fails = b.copy, b.next, b.fails
			default:
				t.copy = k.heir(s, b.copy)
			}
		}
		k.turns = append(k.turns, t)
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
	return nil
}

// heir is what is in force of a copy while a source has not answered: all of its own, and of another's what it can read, of which it is
// asked for everything.
func (k *Keeper) heir(s Source, c Copy) Copy {
	if c.Origin == s.Origin() {
		return c
	}
	if c.FetchedAt.IsZero() || readable(s, c, k.Now()) != nil {
		return Copy{Source: s.Name(), Origin: s.Origin()}
	}
	c.ETag, c.Modified, c.Error = "", "", ""
	return c
}

// State is a source with the last good copy of what it said; the copy's FetchedAt is zero while there is none.
type State struct {
	Source Source
	Copy   Copy
}

// States are those of all sources, in the order they were named in.
func (k *Keeper) States() []State {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]State, len(k.turns))
	for n, t := range k.turns {
		out[n] = State{t.source, t.copy}
	}
	return out
}

// Run asks whichever source is due until the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	for ctx.Err() == nil { // one that was being asked at the end is due still
		t, wait := k.due()
		if t != nil {
			k.ask(ctx, t)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// due gives the source that waits longest, or how long to wait for one.
func (k *Keeper) due() (*turn, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	var first *turn
	for _, t := range k.turns {
		if t.next.Sub(now) > 2*longest { // the clock was put back
			t.next = now
		}
		if first == nil || t.next.Before(first.next) {
			first = t
		}
	}
	if first == nil {
		return nil, mostSleep
	}
	if wait := first.next.Sub(now); wait > 0 {
		return nil, min(wait, mostSleep)
	}
	return first, 0
}

// ask asks one source, and keeps what it said.
func (k *Keeper) ask(ctx context.Context, t *turn) {
	k.mu.Lock()
	before := t.copy
	k.mu.Unlock()
	now := k.Now()
	got, err := k.fetch(ctx, t.source, before, now)
	if ctx.Err() != nil { // nothing is wrong with the source
		return
	}
	wait := k.Every
	if err != nil {
		got = before
		got.Error = string(Trouble(err))
		t.fails++
		wait = min(max(firstWait, k.Every/10)<<min(t.fails-1, 8), max(mostWait, k.Every))
		if later, ok := errors.AsType[*Later](err); ok {
			wait = max(later.After, time.Second)
		}
	} else {
		t.fails = 0
	}
	k.tell(before, got, err)
	if err := k.Store.SaveCopy(ctx, got); err != nil && ctx.Err() == nil {
		k.Log.Warn("keep the copy of a source", "source", got.Source, "error", err)
	}
	k.mu.Lock()
	t.copy, t.next = got, now.Add(wait+jitter(wait))
	k.mu.Unlock()
	if k.Changed != nil {
		k.Changed()
	}
}

// fetch asks, and sees that what came can be read. What panics over an answer has failed, as has what can't be read.
func (k *Keeper) fetch(ctx context.Context, s Source, before Copy, now time.Time) (got Copy, err error) {
	defer broken(&err)
	got, err = s.Fetch(ctx, before)
	if err == nil {
		err = readable(s, got, now)
	}
	got.Source, got.Origin, got.FetchedAt, got.Error = s.Name(), s.Origin(), now, ""
	return got, err
}

// readable tells why a source can't read a copy.
func readable(s Source, c Copy, now time.Time) (err error) {
	defer broken(&err)
	_, err = s.Entries(c, now, now.Add(Ahead))
	return err
}

// broken makes an error of a panic.
func broken(err *error) {
	if p := recover(); p != nil {
		*err = &Fault{"unreadable", fmt.Sprint(p), fmt.Errorf("the answer can't be read: %v", p)}
	}
}

// tell logs what changed between well and ill, once.
func (k *Keeper) tell(before, now Copy, err error) {
	switch {
	case now.Error != "" && now.Error != before.Error:
		k.Log.Warn("who is on call can't be read from a source: what it said before stays in force", "source", now.Source, "since", before.FetchedAt, "error", err)
	case now.Error == "" && before.Error != "":
		k.Log.Info("a source can be read again", "source", now.Source)
	}
}

// jitter keeps many servers from asking in step: up to a tenth more.
func jitter(d time.Duration) time.Duration { return rand.N(d/10 + 1) } //nolint:gosec // no secret

// How far entries are read.
const (
	Back  = 62 * 24 * time.Hour
	Ahead = 400 * 24 * time.Hour
)
