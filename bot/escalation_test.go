package bot

import (
	"testing"
	"time"

	"matoi/incident"
)

func TestWhoIsAskedByAnEscalationStandsInItsLine(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 47, 0, 0, time.UTC)
	up := incident.Event{Seq: 3, At: at, Fact: &incident.Escalated{How: "hierarchical", Person: "p4", Reason: "major"}}
	asked := func(seq int64, at time.Time, person incident.PersonID) incident.Event {
		return incident.Event{Seq: seq, At: at, Fact: &incident.Asked{Person: person, Why: "escalation"}}
	}
	for name, x := range map[string]struct {
		before, e incident.Event
		want      bool
	}{
		"asked by it":            {up, asked(4, at, "p4"), true},
		"somebody else is asked": {up, asked(4, at, "p5"), false},
		"asked again later":      {up, asked(4, at.Add(5*time.Minute), "p4"), false},
		"asked by itself":        {asked(3, at, "p4"), asked(4, at, "p4"), false},
	} {
		if got := saysAsked(x.before, x.e); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
