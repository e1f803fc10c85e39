package bot

import (
	"testing"
	"time"
)

// A few turns come at once, then one at a time; a slow store is asked less often, and a rest makes good for it.
func TestPaceKeepsTurnsApartOnlyWhileThereIsMuch(t *testing.T) {
	var r pace
	now := time.Unix(1000, 0)
	for k := range turnsAhead - 1 {
		if wait := r.step(now); wait != 0 {
			t.Fatalf("turn %d after a rest waits %s", k, wait)
		}
	}
	var waited time.Duration
	for range 100 {
		wait := r.step(now)
		waited, now = waited+wait, now.Add(wait)
	}
	if most := 101 * turnEvery; waited < 95*turnEvery || waited > most {
		t.Errorf("100 turns in a row took %s, want about %s", waited, 100*turnEvery)
	}
	r.took = time.Second
	now = now.Add(r.step(now))
	if wait := r.step(now); wait > turnRarely+turnEvery || wait < turnEvery {
		t.Errorf("behind a slow turn it waits %s", wait)
	}
	r.took = 0
	if wait := r.step(now.Add(time.Minute)); wait != 0 {
		t.Errorf("after a minute's rest it waits %s", wait)
	}
}
