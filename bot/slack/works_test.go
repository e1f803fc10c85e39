package slack

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Requests come in while the process goes down: what began before the wait is waited for, what comes later is neither lost
// nor a race.
func TestWhatIsUnderWayIsWaitedForWhileMoreComesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w works
		w.Wait()
		var ended atomic.Int32
		for n := range 20 {
			w.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				w.Go(func() {
					time.Sleep(time.Second)
					ended.Add(1)
				})
			})
		}
		waited := make(chan int32)
		for range 2 {
			go func() {
				w.Wait()
				waited <- ended.Load()
			}()
		}
		for range 2 {
			if n := <-waited; n != 20 {
				t.Errorf("waited for %d of 20", n)
			}
		}
		w.Go(func() { ended.Add(1) })
		w.Wait()
		if ended.Load() != 21 {
			t.Error("what came after a wait did not run")
		}
	})
}
