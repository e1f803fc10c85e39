package web_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"matoi/incident"
)

// TestABoardThatReadsWhatChangedIsAsOneThatReadsAll changes incidents at random and compares what the board holds with what a
// board holds that reads everything.
func TestABoardThatReadsWhatChangedIsAsOneThatReadsAll(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	r := rand.New(rand.NewPCG(4, 1))
	var numbers []incident.Number
	try := func(n incident.Number, c incident.Command) {
		_, _ = s.desk.Do(t.Context(), n, c, incident.By{Person: ann.id}, incident.Cause{}) // some are refused
	}
	reads := 0
	for round := range 60 {
		for range r.IntN(4) {
			if len(numbers) < 5 || r.IntN(3) == 0 {
				numbers = append(numbers, s.open(incident.Open{
					Title: fmt.Sprint("slow ", round), Priority: incident.Priority(1 + r.IntN(5)), Private: r.IntN(5) == 0,
				}, ann.id))
			}
			n := numbers[r.IntN(len(numbers))]
			switch r.IntN(5) {
			case 0:
				try(n, incident.Cancel{Reason: "no fire"})
			case 1:
				try(n, incident.SetPriority{Priority: incident.Priority(1 + r.IntN(5)), Reason: "looked again"})
			case 2:
				try(n, incident.TakeRole{Role: incident.Manager, Person: ann.id})
			case 3:
				try(n, incident.Note{Text: "seen"})
			case 4:
				try(n, incident.Resolve{Text: "restarted"})
			}
		}
		var some, all []incident.Row
		s.eventually(fmt.Sprintf("in round %d the board holds what it should", round), func() bool { // rooms are opened meanwhile
			var anew bool
			var err error
			if some, all, anew, err = s.web.BoardRows(t.Context()); err != nil {
				t.Fatal(err)
			}
			if anew {
				reads++
			}
			return reflect.DeepEqual(some, all)
		})
	}
	if reads != 1 {
		t.Errorf("everything was read %d times, want once: at the beginning", reads)
	}
}
