package bot

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"matoi/incident"
)

// Outbox is where deliveries wait. Turn writes down what became of deliveries and takes heads of lanes, urgent ones first;
// both happen or neither does. One whose lease ran out comes again as doubtful. What was settled already stays as it is.
// In the realms of runs a head comes with what is due right behind it (Delivery.Behind).
// NextClaim is when Turn finds something again, zero when nothing waits; Hurry lets what failed in a chat come at once.
// Following looks at what waits behind a delivery in its lane, without taking it, and Meant at what of the kinds a person is to be told in all
// lanes of a chat, the oldest first; there Delivery.Taken says which of it somebody has in hand. Late lists the rooms whose words wait since
// before a time, and since when, for each chat.
type Outbox interface {
	Turn(ctx context.Context, settled []incident.Settled, now time.Time, lease time.Duration, limit int, runs ...string) ([]incident.Delivery, error)
	NextClaim(ctx context.Context) (time.Time, error)
	Following(ctx context.Context, d incident.Delivery, most int) ([]incident.Delivery, error)
	Meant(ctx context.Context, realm string, person incident.PersonID, most int, kinds ...incident.EffectKind) ([]incident.Delivery, error)
	Hurry(ctx context.Context, realm string, now time.Time) error
	Late(ctx context.Context, before time.Time) (map[incident.Number]map[string]time.Time, error)
}

// Receipts tells where the last delivery of a kind stands (ErrNotFound: nowhere), where in a chat people were told of an
// incident in private, and Watch that the outbox changed: a hint only, the pump looks by itself too.
type Receipts interface {
	Receipt(ctx context.Context, n incident.Number, realm string, kind incident.EffectKind, person incident.PersonID) (incident.Receipt, error)
	Told(ctx context.Context, n incident.Number, realm string) ([]incident.Place, error)
	Watch(topic string) (signal <-chan struct{}, cancel func())
}

// The pump's bounds.
const (
	hands       = 256              // deliveries of one chat in memory, most of which wait for their turn
	lease       = time.Minute      // after which a delivery belongs to whoever takes it
	callTime    = 20 * time.Second // one delivery, all its calls together
	lookEvery   = 30 * time.Second // without any hint
	busyFor     = 20 * time.Millisecond
	graceTime   = 3 * time.Second // for what is under way when the process ends
	longestAway = 5 * time.Second // between two looks at an outbox that can't be read
	longest     = time.Minute     // between two tries
	sayAfter    = 12              // tries after which the record says that it does not get through
	giveUpAge   = 24 * time.Hour  // after which it is given up
	reasonSize  = 200
	downAfter   = 3                // failures in a row after which a chat counts as down
	hurryEvery  = 30 * time.Second // at most, all that failed in a chat is tried at once

	manyClaimed = 32                    // in one turn: there may be more, which is not waited for
	turnEvery   = 25 * time.Millisecond // the outbox is turned over, on the average
	turnsAhead  = 16                    // that may come at once after a while of rest
	turnShare   = 5                     // a turn that takes long may have this part of the time
	turnRarely  = 200 * time.Millisecond
	runTime     = lease / 3 // after which the rest of a run is given back
)

// Pump sends what waits in the outbox: in order inside a lane, lanes side by side, urgent first. Whatever a chat
// does, nothing is lost in silence: it is tried again with growing pauses, said in the record when it does not get
// through, and given up after a day.
//
// One goroutine turns the outbox over: what was settled goes out of it and what comes next is taken, in one transaction.
// Each delivery is a goroutine that waits at its chat's gate (gate.go), is rendered from the state of that moment, and
// makes its calls.
type Pump struct {
	outbox   Outbox
	receipts Receipts
	bot      *Bot
	chats    map[string]Chat
	gates    map[string]*gate
	edits    map[string]*edits
	near     []string // realms that take as much as there is: their lanes are worked off in runs
	now      func() time.Time
	log      *slog.Logger

	mu       sync.Mutex
	held     map[string]int // per realm: deliveries in memory
	health   map[string]*health
	settled  []incident.Settled // not yet written down
	landed   chan struct{}
	told     map[string]*missed   // per lane: what tells a room what it missed
	oldest   map[string]oldest    // per realm and person: what speaks for all that they were not told
	reminded map[string]time.Time // per realm and person: when they were last reminded of anything
	opening  map[string]bool      // per realm and incident: a delivery opens its lost room again
	counters counters
}

// health is how the calls of one chat went lately.
type health struct {
	failed  int // in a row
	hurry   bool
	hurried time.Time
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
		outbox: store, receipts: store, bot: b, chats: map[string]Chat{}, gates: map[string]*gate{}, edits: map[string]*edits{}, now: now, log: log,
		held: map[string]int{}, health: map[string]*health{}, landed: make(chan struct{}, 1), told: map[string]*missed{}, oldest: map[string]oldest{}, reminded: map[string]time.Time{}, opening: map[string]bool{},
	}
	for _, c := range chats {
		width := perRealm
		if _, near := c.(Near); near {
			width, p.near = perNear, append(p.near, c.Realm())
		}
		p.chats[c.Realm()], p.gates[c.Realm()], p.edits[c.Realm()] = c, newGate(now, width), paceOf(c)
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
	for _, f := range p.held {
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
	workers.Go(func() { p.watchLags(ctx) })
	var pace pace
	for pause := time.Duration(0); ctx.Err() == nil; {
		rest(ctx, pace.step(p.now()))
		began := p.now()
		claimed, err := p.turn(ctx, calls, &workers)
		if pace.took = p.now().Sub(began); err != nil {
			pause = min(max(2*pause, time.Second), longestAway)
			rest(ctx, pause)
			continue
		}
		pause = 0
		if claimed < manyClaimed {
			p.sleep(ctx, signal)
		}
	}
	grace := time.AfterFunc(graceTime, stop)
	defer grace.Stop()
	workers.Wait()
	for _, g := range p.gates {
		g.close()
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer done()
	if _, err := p.outbox.Turn(last, p.takeSettled(), p.now(), lease, 0); err != nil { // also where nothing is: it frees a claim that was broken off
		p.log.Error("settle the last deliveries", "error", err) // their leases run out and they are looked for
	}
	return nil
}

// turn settles what has landed, takes what comes next, and lets it fly; so many heads.
func (p *Pump) turn(ctx, calls context.Context, workers *sync.WaitGroup) (heads int, err error) {
	claimed, err := p.exchange(ctx, hands*max(len(p.chats), 1)-p.inFlight(), p.near)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Error("claim deliveries", "error", err)
		}
		return 0, err
	}
	near := map[string][]incident.Delivery{}
	for _, d := range claimed {
		if realm := d.Effect.Realm; slices.Contains(p.near, realm) {
			near[realm] = append(near[realm], d)
			continue
		}
		p.start(ctx, calls, workers, d)
	}
	for realm, heads := range near {
		p.startNear(ctx, calls, workers, realm, heads)
	}
	return len(claimed), p.hurry(ctx)
}

// exchange hands in what was settled for what comes next. What could not be written down is handed in again.
func (p *Pump) exchange(ctx context.Context, limit int, runs []string) ([]incident.Delivery, error) {
	settled := p.takeSettled()
	if len(settled) == 0 && limit <= 0 {
		return nil, nil
	}
	claimed, err := p.outbox.Turn(ctx, settled, p.now(), lease, max(limit, 0), runs...)
	if err != nil {
		p.mu.Lock()
		p.settled = append(settled, p.settled...)
		p.mu.Unlock()
	}
	return claimed, err
}

func (p *Pump) takeSettled() []incident.Settled {
	p.mu.Lock()
	defer p.mu.Unlock()
	settled := p.settled
	p.settled = nil
	return settled
}

// hurry has all that failed tried at once in chats that work again: who waits for a word of an incident shall not wait for
// the end of a pause too.
func (p *Pump) hurry(ctx context.Context) error {
	p.mu.Lock()
	var realms []string
	for realm, h := range p.health {
		if h.hurry {
			h.hurry = false
			realms = append(realms, realm)
		}
	}
	p.mu.Unlock()
	for _, realm := range realms {
		if err := p.outbox.Hurry(ctx, realm, p.now()); err != nil {
			return err
		}
	}
	return nil
}

// Drain sends what can be sent now, one after the other, and tells how many deliveries that were. It is for whoever drives
// the pump by hand instead of by Run, in the time of a clock of their own.
func (p *Pump) Drain(ctx context.Context) (sent int, err error) {
	const some = 4
	for ctx.Err() == nil {
		claimed, err := p.exchange(ctx, some, nil)
		if err != nil {
			return sent, fmt.Errorf("claim deliveries: %w", err)
		}
		if len(claimed) == 0 {
			return sent, nil
		}
		for len(claimed) > 0 {
			d, rest := claimed[0], claimed[1:]
			if d.Effect.Kind == incident.Remind { // it gathers what nobody has in hand
				if rest, err = p.handBack(ctx, rest); err != nil {
					return sent, fmt.Errorf("give reminders back: %w", err)
				}
				p.settled = append(p.settled, p.remind(ctx, ctx, d, p.now())...)
			} else {
				p.settled = append(p.settled, p.work(ctx, ctx, d, p.now()))
			}
			if _, err := p.exchange(ctx, 0, nil); err != nil {
				return sent, fmt.Errorf("settle a delivery: %w", err)
			}
			claimed = rest
			sent++
		}
	}
	return sent, ctx.Err()
}

// rest waits whatever is signalled: an outbox that can't be read is not to be asked at every commit.
func rest(ctx context.Context, pause time.Duration) {
	if pause <= 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// pace keeps turns apart while there is much to tell: what comes meanwhile goes with the next one, cards that change again
// are shown once, and the writer has time for those who type. After a rest some turns come at once, so that a single word
// waits for nothing.
type pace struct {
	free float64 // turns that may come at once
	last time.Time
	took time.Duration // the last turn
}

// step takes one turn and says how long to wait before it.
func (r *pace) step(now time.Time) time.Duration {
	every := max(turnEvery, min(turnShare*r.took, turnRarely))
	since := now.Sub(r.last)
	if r.last.IsZero() || since < 0 {
		since = turnsAhead * every
	}
	r.last = now
	r.free = min(r.free+float64(since)/float64(every), turnsAhead) - 1
	return max(0, time.Duration(-r.free*float64(every)))
}

// sleep waits for a hint, a delivery that landed, the next retry, or the next look. Only where nothing comes for a moment
// the store is asked when the next retry is.
func (p *Pump) sleep(ctx context.Context, signal <-chan struct{}) {
	if p.woken(ctx, signal, busyFor) {
		return
	}
	wait := lookEvery
	next, err := p.outbox.NextClaim(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		p.log.Error("find the next delivery", "error", err)
		wait = time.Second
	case err == nil && !next.IsZero():
		wait = min(max(next.Sub(p.now()), time.Millisecond), lookEvery)
		if p.inFlight() > 0 { // what is due may be behind what is under way
			wait = max(wait, 50*time.Millisecond)
		}
	}
	p.woken(ctx, signal, wait)
}

// woken waits for a hint at most so long.
func (p *Pump) woken(ctx context.Context, signal <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-p.landed:
	case <-timer.C:
		return false
	}
	return true
}

// start delivers in a goroutine of its own, unless the hands for its chat are full.
func (p *Pump) start(ctx, calls context.Context, workers *sync.WaitGroup, d incident.Delivery) {
	realm := d.Effect.Realm
	now := p.now()
	if p.hold(realm, 1) >= hands {
		p.land(realm, 1, incident.Settled{ID: d.ID, As: incident.PutOff, At: now.Add(2 * time.Second), Untried: true, Why: "waits for its chat"})
		return
	}
	workers.Go(func() { p.land(realm, 1, p.catchUp(ctx, calls, d, now)...) })
}

// startNear delivers what one turn took for a chat of this process in a goroutine of its own, and what has to go its own way
// in one each.
func (p *Pump) startNear(ctx, calls context.Context, workers *sync.WaitGroup, realm string, heads []incident.Delivery) {
	p.hold(realm, len(heads))
	workers.Go(func() {
		now := p.now()
		left := p.write(ctx, calls, p.chats[realm].(Near), heads, func(s ...incident.Settled) { p.land(realm, 0, s...) })
		for _, d := range left {
			workers.Go(func() { p.land(realm, 1, p.run(ctx, calls, d, now)...) })
		}
		p.land(realm, len(heads)-len(left))
	})
}

// hold counts deliveries that are in memory, and tells how many there were.
func (p *Pump) hold(realm string, n int) (before int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.held[realm]
	p.held[realm] += n
	return before
}

// run delivers one and those behind it, up to the first that has to wait: the rest is given back untried. What keeps a
// message equal to the state comes once in a run, for where it stands is known to the next one only after the turn.
func (p *Pump) run(ctx, calls context.Context, d incident.Delivery, began time.Time) []incident.Settled {
	if d.Effect.Kind == incident.Remind { // it comes without what is behind it
		return p.remind(ctx, calls, d, began)
	}
	all := lane(d)
	settled := []incident.Settled{p.work(ctx, calls, all[0], began.Add(patience))}
	kept, over := map[incident.EffectKind]bool{d.Effect.Kind: true}, false
	for _, next := range all[1:] {
		now, kind := p.now(), next.Effect.Kind
		over = over || kind == incident.OpenRoom || kind.Coalesces() && kept[kind]
		kept[kind] = true
		if over || ctx.Err() != nil || settled[len(settled)-1].As == incident.PutOff || now.After(began.Add(runTime)) {
			settled = append(settled, p.behind(next, now))
			continue
		}
		settled = append(settled, p.work(ctx, calls, next, now.Add(patience)))
	}
	return settled
}

// behind gives a delivery back untried that goes only after those before it.
func (p *Pump) behind(d incident.Delivery, now time.Time) incident.Settled {
	return incident.Settled{ID: d.ID, As: incident.PutOff, At: now, Untried: true, Why: "waits for what is before it"}
}

// land keeps what became of deliveries for the next turn; so many are in memory no more.
func (p *Pump) land(realm string, n int, s ...incident.Settled) {
	p.mu.Lock()
	p.held[realm] -= n
	p.settled = append(p.settled, s...)
	p.mu.Unlock()
	select {
	case p.landed <- struct{}{}:
	default:
	}
}

// guarded keeps a panic in one delivery from taking the process down.
func (p *Pump) guarded(d incident.Delivery, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("a delivery panicked", "delivery", d.ID, "incident", d.Effect.Number, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return do()
}

// backoff is how long to wait before the next try: a second, doubling, up to a minute, each a quarter more or less, so that
// what failed together does not come again together.
func backoff(tries int) time.Duration {
	pause := longest
	if tries >= 0 && tries < 6 {
		pause = time.Second << tries
	}
	return pause - pause/4 + rand.N(pause/2)
}
