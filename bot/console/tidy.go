package console

import (
	"context"
	"time"
)

const (
	// unsentFor is how long a file waits for its message: a draft survives a night.
	unsentFor = 24 * time.Hour
	tidyEvery = time.Hour
)

// Tidy takes away files that were not sent within a day, or whose message was deleted, at once and then every hour. It
// returns nil when the context ends.
func (c *Console) Tidy(ctx context.Context) error {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		n, err := c.Store.DropUnsent(ctx, c.now().Add(-unsentFor))
		if err != nil && ctx.Err() == nil && c.Log != nil {
			c.Log.Error("could not take away files that were not sent; will try again in an hour", "error", err)
		}
		if n > 0 && c.Log != nil {
			c.Log.Info("files that were not sent are gone", "files", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
