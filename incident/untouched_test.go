package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

// A P1 that somebody acknowledged and nobody touches: how often one person is told something in each hour of a day.
func TestAnAcknowledgedP1ThatNobodyTouchesNagsNobody(t *testing.T) {
	s := led(t, incident.P1)
	var hours []int
	for range 24 {
		from := len(s.store.effects)
		s.wait(time.Hour)
		n := 0
		for _, e := range s.store.effects[from:] {
			if (e.Kind == "tell" || e.Kind == "remind") && e.Person == dan {
				n++
			}
		}
		hours = append(hours, n)
	}
	day := 0
	for _, n := range hours {
		day += n
	}
	t.Log("messages in each hour", hours, "in a day", day)
	if hours[1] > 3 || day > 30 {
		t.Errorf("%d in the second hour, %d in a day: %v", hours[1], day, hours)
	}
}
