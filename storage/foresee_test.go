package storage

import (
	"context"
	"errors"
	"testing"

	"matoi/incident"
)

// A decision that was made ahead counts only where nobody came in between, by whatever door: then it is made again.
func TestADecisionMadeAheadHoldsOnlyWhileTheStateStands(t *testing.T) {
	s := openHere(t)
	n := opened(t, s)
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(s.zone) }, Now: s.now}
	note := func(text string) func() {
		return func() {
			if _, err := desk.Do(t.Context(), n, incident.Note{Text: text}, incident.By{Person: "p2"}, incident.Cause{}); err != nil {
				t.Error(err)
			}
		}
	}
	tick := func() {
		err := s.write(t.Context(), false, func(tx *tx) error {
			s.folds.touch(n)
			_, err := tx.exec(`UPDATE incident SET due_at = due_at + 1 WHERE number = $1`, int64(n))
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, x := range []struct {
		name    string
		between func()
		times   int
	}{
		{"nobody", func() {}, 1},
		{"somebody", note("first"), 2},
		{"the clock, which leaves the version", tick, 2},
	} {
		note("warm")()
		before, err := s.Load(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		var saw []int64
		outer := desk
		outer.Store = watched{s, func(loaded *incident.Incident) {
			if saw = append(saw, loaded.Version); len(saw) == 1 {
				x.between()
			}
		}}
		r, err := outer.Do(t.Context(), n, incident.Note{Text: x.name}, incident.By{Person: "p1"}, incident.Cause{ID: x.name})
		if err != nil || len(saw) != x.times || saw[0] != before.Version || r.Incident.Version != saw[len(saw)-1]+1 {
			t.Errorf("%s came in between: decided at %v, which began at %d and ended at %+v: %v", x.name, saw, before.Version, r.Incident, err)
		}
	}
	if b, err := s.Verify(t.Context(), nil); b != nil || err != nil {
		t.Errorf("verify: %v %v", b, err)
	}
}

// What is refused, wants a number or panics ahead is decided in its turn, and only that counts.
func TestWhatCannotBeDecidedAheadIsDecidedInItsTurn(t *testing.T) {
	s := openHere(t)
	n := opened(t, s)
	refusal := errors.New("refused")
	for name, ahead := range map[string]func(incident.Draw) error{
		"a refusal": func(incident.Draw) error { return refusal },
		"a number": func(draw incident.Draw) error {
			_, err := draw(s.now())
			return err
		},
		"a panic": func(incident.Draw) error { panic("ahead") },
	} {
		times := 0
		_, _, err := s.Change(t.Context(), incident.Cause{}, []incident.Number{n}, func(_ []*incident.Incident, draw incident.Draw) ([]incident.Change, error) {
			if times++; times == 1 {
				if err := ahead(draw); err != nil {
					return nil, err
				}
			}
			return nil, refusal
		})
		if times != 2 || !errors.Is(err, refusal) {
			t.Errorf("%s: decided %d times, %v", name, times, err)
		}
	}
}

// watched is the store of a desk whose decisions are looked at.
type watched struct {
	*Storage
	decided func(loaded *incident.Incident)
}

func (w watched) Change(ctx context.Context, cause incident.Cause, numbers []incident.Number, decide decider) ([]incident.Change, bool, error) {
	return w.Storage.Change(ctx, cause, numbers, func(loaded []*incident.Incident, draw incident.Draw) ([]incident.Change, error) {
		w.decided(loaded[0])
		return decide(loaded, draw)
	})
}
