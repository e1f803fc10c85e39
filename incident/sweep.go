package incident

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Each is what became of one incident among many.
type Each struct {
	Number Number
	Due    time.Time // the deadline that stood before; zero where none did or the incident could not be read
	Change Change    // unless Err
	Err    error
}

// Many is a Store that changes many incidents at the cost of few. Storage is one; a Store that is none has its incidents
// ticked one by one.
type Many interface {
	// ChangeEach is Change for incidents that have nothing to do with each other: all in one transaction, whose statements
	// do not grow with their number. One that can't be loaded or decided fails alone (Each.Err); one that another process
	// is changing this moment is left out. The error is that of the whole: nothing was written then.
	ChangeEach(ctx context.Context, cause Cause, numbers []Number, decide func(loaded *Incident) (Change, error)) ([]Each, error)
}

const (
	// tickBatch is how many incidents are ticked in one transaction: few enough that a command does not wait for long,
	// enough that the commit is a small part of it.
	tickBatch = 64
	// atOnce is how many batches are under way: one is made ready while the other is written.
	atOnce = 2
	// sweepMost is how many are asked for at once; what becomes due meanwhile and is more pressing comes after them.
	sweepMost = 4 * tickBatch
)

// Sweep ticks every incident that is due, the most pressing first, until none is left. Sweeping twice, late or
// on ten replicas does nothing twice: a tick with nothing due makes no facts. One that can't be ticked does not
// keep the others waiting. It returns how many were ticked.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	var failed []error
	swept, seen, again := 0, map[Number]bool{}, 0
	for ctx.Err() == nil {
		limit := sweepMost + again
		due, err := d.Store.Due(ctx, d.now(), limit)
		if err != nil {
			return swept, fmt.Errorf("find due incidents: %w", err)
		}
		var numbers []Number
		for _, n := range due {
			if !seen[n] { // what is due still has failed, or has more to do at the next sweep
				numbers, seen[n] = append(numbers, n), true
			}
		}
		again = len(due) - len(numbers)
		ticked, err := d.Tick(ctx, numbers)
		if err != nil {
			return swept, err
		}
		for _, e := range ticked {
			if e.Err != nil {
				failed = append(failed, fmt.Errorf("tick %s: %w", e.Number, e.Err))
				continue
			}
			swept++
		}
		if len(due) < limit {
			return swept, errors.Join(failed...)
		}
	}
	return swept, ctx.Err()
}

// Tick does what is due in each of the incidents, in batches where the store can: where one fails its incidents are ticked
// one by one, so that an incident that can't be ticked fails alone. The error is one that would meet every incident alike;
// what was done before it is returned too.
func (d *Desk) Tick(ctx context.Context, numbers []Number) ([]Each, error) {
	batches, hands := slices.Collect(slices.Chunk(numbers, tickBatch)), atOnce
	if _, can := d.Store.(Many); !can || d.Random != nil { // neither needs to be safe for two
		hands = 1
	}
	done, errs := make([][]Each, len(batches)), make([]error, len(batches))
	var next atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	for range min(hands, len(batches)) {
		all.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(batches) && !stop.Load(); k = int(next.Add(1)) - 1 {
				if done[k], errs[k] = d.tickBatch(ctx, batches[k]); errs[k] != nil {
					stop.Store(true)
				}
			}
		})
	}
	all.Wait()
	return slices.Concat(done...), errors.Join(errs...)
}

func (d *Desk) tickBatch(ctx context.Context, numbers []Number) ([]Each, error) {
	many, can := d.Store.(Many)
	if can {
		done, err := d.tickAll(ctx, many, numbers)
		if err == nil || general(ctx, err) {
			return done, err
		}
	}
	var out []Each
	for _, n := range numbers {
		done, err := d.tickOne(ctx, many, n)
		if err != nil && general(ctx, err) {
			return out, err
		}
		if err != nil {
			done = []Each{{Number: n, Err: err}}
		}
		out = append(out, done...)
	}
	return out, nil
}

// general reports whether going on has no sense now.
func general(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrUnavailable)
}

func (d *Desk) tickOne(ctx context.Context, many Many, n Number) ([]Each, error) {
	if many != nil {
		return d.tickAll(ctx, many, []Number{n})
	}
	r, err := d.Do(ctx, n, Tick{}, By{}, Cause{Machine: true})
	if err != nil {
		return nil, err
	}
	return []Each{{Number: n, Change: Change{After: r.Incident, Events: r.Events}}}, nil
}

func (d *Desk) tickAll(ctx context.Context, many Many, numbers []Number) ([]Each, error) {
	p, now := d.Policy(), d.now()
	return many.ChangeEach(ctx, Cause{Machine: true}, numbers, func(i *Incident) (c Change, err error) {
		defer func() {
			if broken := recover(); broken != nil {
				err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
			}
		}()
		return d.record(p, i, p.tick(i, now), By{}, now)
	})
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }
