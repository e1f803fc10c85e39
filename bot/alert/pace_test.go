package alert

import (
	"testing"
	"time"
)

func TestTransactionsAreLongerWhereRequestsHaveWaited(t *testing.T) {
	for _, c := range []struct {
		each, age time.Duration
		want      int
	}{
		{0, 0, 64}, // nothing is known yet
		{100 * time.Microsecond, 0, 20},
		{100 * time.Microsecond, grownOld, 20},
		{100 * time.Microsecond, 2 * grownOld, 160},
		{time.Microsecond, 0, 512},
		{10 * time.Millisecond, 0, 8},
		{10 * time.Millisecond, time.Hour, 8},
	} {
		p := pace{each: c.each}
		if got := p.alerts(c.age); got != c.want {
			t.Errorf("%v each, waiting for %v: %d alerts, want %d", c.each, c.age, got, c.want)
		}
	}
}
