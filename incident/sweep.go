package incident

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Sweep ticks every incident that is due, the most pressing first, until none is left. Sweeping twice, late or
// on ten replicas does nothing twice: a tick with nothing due makes no facts. One that can't be ticked does not
// keep the others waiting. It returns how many were ticked.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for {
		due, err := d.Store.Due(ctx, d.Now().UTC().Truncate(time.Microsecond), 256)
		if err != nil {
			return swept, fmt.Errorf("find due incidents: %w", err)
		}
		var failed []error
		for _, n := range due {
			if ctx.Err() != nil {
				return swept, ctx.Err()
			}
			if _, err := d.Do(ctx, n, Tick{}, By{}, Cause{Machine: true}); err != nil {
				failed = append(failed, fmt.Errorf("tick %s: %w", n, err))
				continue
			}
			swept++
		}
		if len(due) < 256 || len(failed) > 0 {
			return swept, errors.Join(failed...)
		}
	}
}
