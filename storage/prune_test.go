package storage

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPruningRestsTheLongerTheLongerItsWritesTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for took, want := range map[time.Duration]time.Duration{0: prunePause, time.Millisecond: prunePause, time.Second: pruneRest * time.Second} {
			began := time.Now()
			time.Sleep(took) // a write
			wrote := time.Now()
			if err := pause(t.Context(), began); err != nil || time.Since(wrote) != want {
				t.Errorf("after a write of %v it rests %v, want %v: %v", took, time.Since(wrote), want, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := pause(ctx, time.Now()); err == nil {
			t.Error("it rests on when all is to end")
		}
	})
}
