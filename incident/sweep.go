package incident

import (
	"context"
	"fmt"
	"time"
)

// Sweep ticks every incident that is due, the most pressing first, until none is left. Sweeping twice, late or
// on ten replicas does nothing twice: a tick with nothing due makes no facts. It returns how many were due.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for {
		due, err := d.Store.Due(ctx, d.Now().UTC().Truncate(time.Microsecond), 256)
		if err != nil {
			return swept, fmt.Errorf("find due incidents: %w", err)
		}
		for _, n := range due {
			if _, err := d.Do(ctx, n, Tick{}, By{}, Cause{Machine: true}); err != nil {
				return swept, fmt.Errorf("tick %s: %w", n, err)
			}
		}
		swept += len(due)
		if len(due) < 256 {
			return swept, nil
		}
	}
}
