package bot

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"matoi/incident"
)

// Outbox is where deliveries wait. Claim takes heads of lanes only, urgent ones first; one whose lease ran out
// comes again as doubtful. Done, Later and Drop of an id that is gone do nothing. NextClaim is when Claim finds
// something again, zero when nothing waits.
type Outbox interface {
	Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]incident.Delivery, error)
	Done(ctx context.Context, id int64, r incident.Receipt) error
	Later(ctx context.Context, id int64, at time.Time, doubtful bool, why string) error
	Drop(ctx context.Context, id int64, why string) error
	NextClaim(ctx context.Context) (time.Time, error)
}

// Receipts tells where the last delivery of a kind stands (ErrNotFound: nowhere), and Watch that the outbox
// changed: a hint only, the pump looks by itself too.
type Receipts interface {
	Receipt(ctx context.Context, n incident.Number, realm string, kind incident.EffectKind, person incident.PersonID) (incident.Receipt, error)
	Watch(topic string) (signal <-chan struct{}, cancel func())
}

// The pump's bounds.
const (
	perRealm    = 4                // deliveries under way in one chat: a slow one never takes another's place
	lease       = time.Minute      // after which a delivery belongs to whoever takes it
	callTime    = 20 * time.Second // one delivery, all its calls together
	lookEvery   = 30 * time.Second // without any hint
	graceTime   = 3 * time.Second  // for what is under way when the process ends
	longestAway = 5 * time.Second  // between two looks at an outbox that can't be read
	longest     = 5 * time.Minute  // between two tries
	sayAfter    = 12               // tries after which the record says that it does not get through
	giveUpAge   = 24 * time.Hour   // after which it is given up
	reasonSize  = 200
)

// Pump sends what waits in the outbox: in order inside a lane, lanes side by side, urgent first. Whatever a chat
// does, nothing is lost in silence: it is tried again with growing pauses, said in the record when it does not get
// through, and given up after a day.
type Pump struct {
	outbox   Outbox
	receipts Receipts
	bot      *Bot
	chats    map[string]Chat
	now      func() time.Time
	log      *slog.Logger

	mu       sync.Mutex
	flying   map[string]int       // per realm
	paused   map[string]time.Time // per realm: asked to wait until
	waits    map[int64]int        // puttings-off that were no failed tries, per delivery
	landed   chan struct{}
	counters counters
}

type counters struct{ sent, skipped, retried, waited, failed, dropped atomic.Uint64 }

// Stats counts what the pump did since it was made.
type Stats struct {
	Sent     uint64 // delivered
	Skipped  uint64 // nothing left to say
	Retried  uint64 // tries that failed and come again
	Waited   uint64 // put off because a chat asked to wait
	Failed   uint64 // said in the record that it does not get through
	Dropped  uint64 // given up
	InFlight int
}

// NewPump makes a pump over a store that is both Outbox and Receipts.
func NewPump(store interface {
	Outbox
	Receipts
}, b *Bot, chats []Chat, now func() time.Time, log *slog.Logger,
) *Pump {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Pump{
		outbox: store, receipts: store, bot: b, chats: map[string]Chat{}, now: now, log: log,
		flying: map[string]int{}, paused: map[string]time.Time{}, waits: map[int64]int{}, landed: make(chan struct{}, 1),
	}
	for _, c := range chats {
		p.chats[c.Realm()] = c
	}
	return p
}

// Stats returns the counts so far.
func (p *Pump) Stats() Stats {
	c := &p.counters
	return Stats{
		Sent: c.sent.Load(), Skipped: c.skipped.Load(), Retried: c.retried.Load(), Waited: c.waited.Load(),
		Failed: c.failed.Load(), Dropped: c.dropped.Load(), InFlight: p.inFlight(),
	}
}

func (p *Pump) inFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, f := range p.flying {
		n += f
	}
	return n
}

// Run works until ctx ends, then gives what is under way a moment to finish. It returns nil.
func (p *Pump) Run(ctx context.Context) error {
	signal, cancel := p.receipts.Watch("outbox")
	defer cancel()
	calls, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	for pause := time.Duration(0); ctx.Err() == nil; {
		claimed, err := p.claim(ctx)
		for _, d := range claimed {
			p.start(calls, &workers, d)
		}
		switch {
		case err != nil:
			pause = min(max(2*pause, time.Second), longestAway)
			rest(ctx, pause)
			continue
		case len(claimed) == 0:
			p.sleep(ctx, signal)
		}
		pause = 0
	}
	grace := time.AfterFunc(graceTime, stop)
	defer grace.Stop()
	workers.Wait()
	return nil
}

// Drain sends what can be sent now, one after the other, and tells how many deliveries that were. It is for whoever drives
// the pump by hand instead of by Run, in the time of a clock of their own.
func (p *Pump) Drain(ctx context.Context) (sent int, err error) {
	for ctx.Err() == nil {
		claimed, err := p.outbox.Claim(ctx, p.now(), lease, perRealm)
		if err != nil {
			return sent, fmt.Errorf("claim deliveries: %w", err)
		}
		if len(claimed) == 0 {
			return sent, nil
		}
		for _, d := range claimed {
			p.work(ctx, d)
			sent++
		}
	}
	return sent, ctx.Err()
}

// claim takes as many deliveries as there are hands free.
func (p *Pump) claim(ctx context.Context) ([]incident.Delivery, error) {
	free := perRealm*max(len(p.chats), 1) - p.inFlight()
	if free <= 0 {
		return nil, nil
	}
	claimed, err := p.outbox.Claim(ctx, p.now(), lease, free)
	if err != nil && ctx.Err() == nil {
		p.log.Error("claim deliveries", "error", err)
	}
	return claimed, err
}

// rest waits whatever is signalled: an outbox that can't be read is not to be asked at every commit.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// sleep waits for a hint, a hand that came free, the next retry, or the next look.
func (p *Pump) sleep(ctx context.Context, signal <-chan struct{}) {
	wait := lookEvery
	if p.inFlight() < perRealm*max(len(p.chats), 1) {
		next, err := p.outbox.NextClaim(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			p.log.Error("find the next delivery", "error", err)
			wait = time.Second
		case err == nil && !next.IsZero():
			wait = min(max(next.Sub(p.now()), 50*time.Millisecond), lookEvery)
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-p.landed:
	case <-timer.C:
	}
}

// start delivers in a goroutine of its own, unless the chat asked to wait or has its hands full.
func (p *Pump) start(calls context.Context, workers *sync.WaitGroup, d incident.Delivery) {
	realm := d.Effect.Realm
	p.mu.Lock()
	until := p.paused[realm]
	busy := p.flying[realm] >= perRealm
	if now := p.now(); busy || until.After(now) {
		p.waits[d.ID]++
		p.mu.Unlock()
		if busy {
			until = now.Add(2 * time.Second)
		}
		p.later(calls, d, until, false, "waits for its chat")
		return
	}
	p.flying[realm]++
	p.mu.Unlock()
	workers.Go(func() {
		defer p.land(realm)
		p.work(calls, d)
	})
}

func (p *Pump) land(realm string) {
	p.mu.Lock()
	p.flying[realm]--
	p.mu.Unlock()
	select {
	case p.landed <- struct{}{}:
	default:
	}
}

// work delivers one and settles how it went.
func (p *Pump) work(calls context.Context, d incident.Delivery) {
	ctx, cancel := context.WithTimeout(calls, callTime)
	defer cancel()
	r, err := p.guarded(ctx, d)
	p.settle(calls, d, r, err)
}

// guarded keeps a panic in one delivery from taking the process down.
func (p *Pump) guarded(ctx context.Context, d incident.Delivery) (r incident.Receipt, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("a delivery panicked", "delivery", d.ID, "incident", d.Effect.Number, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return p.deliver(ctx, d)
}

// backoff is how long to wait before the next try: a second, doubling, up to five minutes.
func backoff(tries int) time.Duration {
	if tries < 0 || tries > 8 {
		return longest
	}
	return min(time.Second<<tries, longest)
}
