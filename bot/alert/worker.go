package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"matoi/incident"
	"matoi/lang"
)

const (
	// batchTime is how long a transaction takes: for so long nothing is taken in, and people wait. Where requests have waited for
	// grownOld it is lateTime, for many alerts of an incident cost as much as one.
	batchTime = 2 * time.Millisecond
	lateTime  = 16 * time.Millisecond
	grownOld  = time.Second
	maxTries  = 3
	lookEvery = time.Second
	// lookAlone is how often it is looked where every signal comes from this process: it idles then.
	lookAlone = time.Minute
)

// WorkerOptions are what a Worker needs.
type WorkerOptions struct {
	Queue  Queue
	Config func() Config  // the configuration of the moment, compiled
	Desk   *incident.Desk // its clock is the worker's; its store is replaced by that of each transaction
	Lang   lang.Lang      // the organisation's, for titles that are stored
	Log    *slog.Logger
	// Told says that silences of heartbeats are told (NewSilence): the worker notices none by itself.
	Told bool
}

// Worker works stored requests off: decodes them, meets what is known, and tells incidents. One goroutine at a time may
// use it; several processes may have one each.
type Worker struct {
	queue  Queue
	config func() Config
	desk   *incident.Desk
	lang   lang.Lang
	log    *slog.Logger
	held   map[int64]held // requests that failed, by id
	pace   pace
	pulse  pulse
	told   bool      // WorkerOptions.Told
	seen   time.Time // the time at the last look whether the clock was set back
	looked time.Time // the time at the last look of Run; zero outside of it
	stuck  bool      // what is due can neither be judged nor left to people

	repeated atomic.Int64
}

// held is a request that is left alone for a while after it has failed.
type held struct {
	tries  int
	until  time.Time
	broken bool // a piece of it failed
}

// NewWorker makes a worker.
func NewWorker(o WorkerOptions) *Worker {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{queue: o.Queue, config: o.Config, desk: o.Desk, lang: o.Lang, log: o.Log, told: o.Told, held: map[int64]held{}}
}

// Run works off what comes until ctx ends. It looks as soon as it is woken, and now and then whatever happens: signals of
// other processes may get lost. It only returns the error of ctx.
func (k *Worker) Run(ctx context.Context) error {
	signal, cancel := k.queue.Watch("inbox")
	defer cancel()
	k.looked = k.desk.Now()
	for {
		wake := signal
		_, err := k.WorkOff(ctx)
		wait := k.rest(ctx)
		if err != nil && ctx.Err() == nil {
			k.log.Error("could not work off the inbox; trying again", "error", err)
			wake, wait = nil, lookEvery // what is broken is not to be asked at every arrival
			k.pulse = pulse{}           // signs of life could not be kept either
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
		k.awake(wait)
	}
}

// rest is how long the worker sleeps unless it is woken.
func (k *Worker) rest(ctx context.Context) time.Duration {
	rest := lookAlone
	if len(k.held) > 0 || !k.queue.Alone() {
		rest = lookEvery
	}
	next, err := k.queue.NextAgain(ctx)
	if err != nil { // the next look says what is wrong
		return lookEvery
	}
	if k.stuck {
		return lookEvery
	}
	if !next.IsZero() {
		rest = min(rest, max(next.Sub(k.desk.Now()), 0))
	}
	return k.restForLife(rest)
}

// general gives the errors that would meet every request alike: going on has no sense now.
func general(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, incident.ErrUnavailable) {
		return fmt.Errorf("work off requests: %w", err)
	}
	return nil
}

// failed notes that a request could not be worked off by itself. After some tries it is taken out of the queue with the
// reason, and stays visible; that this can be written proves that it is the request, not the database.
func (k *Worker) failed(ctx context.Context, c Config, p parcel, err error) (done bool) {
	h := k.held[p.raw.ID]
	h.tries, h.broken = h.tries+1, true
	h.until = k.desk.Now().Add(min(time.Duration(h.tries), 4) * lookEvery / 2)
	k.held[p.raw.ID] = h
	k.log.Error("could not work off a request of a monitoring system", "request", p.raw.ID, "source", p.raw.Source, "try", h.tries, "error", err)
	if h.tries < maxTries {
		return false
	}
	p.idle = false
	p.fail(because("alert.error_broken", "Detail", line(err.Error(), maxName)))
	if err := k.together(ctx, c, []parcel{p}); err != nil {
		k.log.Error("could not take a broken request out of the inbox; trying again", "request", p.raw.ID, "error", err)
		return false
	}
	return true
}

// together works parcels off in one transaction. A panic is an error like any other.
func (k *Worker) together(ctx context.Context, c Config, parcels []parcel) error {
	k.awake(0) // a turn of many may take longer than what time is lost in
	ids := make([]int64, len(parcels))
	for i, p := range parcels {
		ids[i] = p.raw.ID
	}
	start := time.Now()
	var opened []incident.Number
	repeated := 0
	err := k.queue.WorkOff(ctx, ids, func(ctx context.Context, waiting []int64, w Work) (err error) {
		defer k.caught(&err)
		left := parcels
		if len(waiting) < len(parcels) {
			left = slices.DeleteFunc(slices.Clone(parcels), func(p parcel) bool { return !slices.Contains(waiting, p.raw.ID) })
		}
		if len(left) == 0 {
			return nil
		}
		began := time.Now()
		b := batchOf(w, *k.desk, k.lang, c, "")
		err = b.run(ctx, left)
		opened, repeated = b.opened, b.repeated
		k.pace.took(left, time.Since(began))
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range parcels {
		if k.passed(p); p.more {
			continue
		}
		if p.idle {
			k.log.Info("a request asks for nothing", "request", p.raw.ID, "source", p.raw.Source, "reason", p.failed.String())
		} else if p.failed != nil {
			k.log.Warn("nothing can be made of a request", "request", p.raw.ID, "source", p.raw.Source, "reason", p.failed.ID)
		}
		if p.delivery.Truncated > 0 {
			k.log.Warn("a request leaves alerts out", "request", p.raw.ID, "source", p.raw.Source, "alerts", p.delivery.Truncated)
		}
		if u := p.delivery.Unread; u.Count > 0 {
			k.log.Warn("some of a request can't be read", "request", p.raw.ID, "source", p.raw.Source, "entries", u.Count, "first", u.First, "reason", u.Why)
		}
	}
	if repeated > 0 {
		k.repeated.Add(int64(repeated))
		k.log.Info("requests came again, by the numbers of their senders", "requests", repeated)
	}
	for _, n := range opened {
		k.log.Info("an alert opened an incident", "incident", n.String())
	}
	k.log.Debug("worked off alerts", "requests", len(parcels), "took", time.Since(start))
	return nil
}

// caught makes a panic an error; it is deferred.
func (k *Worker) caught(err *error) {
	if broken := recover(); broken != nil {
		k.log.Error("working off alerts panicked", "panic", broken, "stack", string(debug.Stack()))
		*err = fmt.Errorf("%w: %v", errPanic, broken)
	}
}

var errPanic = errors.New("panic")
