package main

import (
	"context"
	"sync"
	"time"
)

// watch looks at a server's inbox twice a second; most is the largest seen, stop ends it.
func (b *bed) watch(s *server) (most func() int, stop func()) {
	ctx, cancel := context.WithCancel(b.ctx)
	var mu sync.Mutex
	largest := 0
	var looking sync.WaitGroup
	looking.Go(func() {
		for ctx.Err() == nil {
			if inbox, _, err := s.waiting(ctx); err == nil {
				mu.Lock()
				largest = max(largest, inbox)
				mu.Unlock()
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	})
	return func() int {
			mu.Lock()
			defer mu.Unlock()
			return largest
		}, func() {
			cancel()
			looking.Wait()
		}
}
