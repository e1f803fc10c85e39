package storage

import (
	"testing"
	"time"
)

// A machine's clock that is set between two looks at the database's is not followed, for a time that is too late would let deadlines
// come early; one that drifts is.
func TestAClockThatIsSetIsNotFollowedUntilItIsHeldAgainstTheDatabases(t *testing.T) {
	began := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		ahead, passed, set time.Duration
		want               time.Duration // after began
	}{
		"not set":          {0, 3 * time.Second, 0, 3 * time.Second},
		"behind":           {time.Minute, 3 * time.Second, 0, 63 * time.Second},
		"an hour forth":    {0, 3 * time.Second, time.Hour, 3 * time.Second},
		"an hour back":     {time.Minute, 3 * time.Second, -time.Hour, 63 * time.Second},
		"a suspended hour": {0, 0, time.Hour, 0}, // what passed stood still: it is behind until the next look, and nothing is early
		"a drift":          {0, 3 * time.Second, 400 * time.Millisecond, 3400 * time.Millisecond},
	} {
		c := &clock{machine: func() time.Time { return began.Add(x.passed + x.set) }, passed: func() time.Duration { return 7*time.Hour + x.passed }}
		c.held.Store(&held{machine: began, passed: 7 * time.Hour, ahead: x.ahead})
		if got := c.now().Sub(began); got != x.want {
			t.Errorf("%s: it says %s after the beginning, want %s", name, got, x.want)
		}
	}
}
