package storage

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

// mute is a session whose commits happen and are not answered.
type mute struct{ session }

func (m mute) commit() error { return errors.Join(m.session.commit(), io.ErrUnexpectedEOF) }

// What is claimed by a turn whose answer was lost comes with the next one, not a minute later; a claim that was answered, or
// is somebody else's, stays as it is.
func TestAClaimWhoseAnswerWasLostIsFreedByTheNextTurn(t *testing.T) {
	s := openHere(t)
	effect := func(n incident.Number, seq int64) incident.Effect {
		return incident.Effect{Number: n, Kind: incident.Post, Realm: "console", Seq: seq}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(effects ...incident.Effect) {
		t.Helper()
		must(s.write(t.Context(), false, func(t *tx) error { return t.putEffects(effects) }))
	}
	put(effect(1, 1))
	now, lease := time.Now().Add(time.Second), time.Minute
	held, err := s.Turn(t.Context(), nil, now, lease, 10, "console")
	must(err)
	put(effect(2, 1), effect(2, 2))
	now = now.Add(time.Second)

	answered := s.writer.session
	s.writer.session = mute{answered}
	for range 2 {
		if got, err := s.Turn(t.Context(), nil, now, lease, 10, "console"); !errors.Is(err, incident.ErrUnavailable) || got != nil {
			t.Fatalf("claimed %v, %v", got, err)
		}
	}
	s.writer.session = answered

	now = now.Add(time.Second)
	got, err := s.Turn(t.Context(), nil, now, lease, 10, "console")
	must(err)
	if len(got) != 1 || got[0].Effect.Number != 2 || !got[0].Doubtful {
		t.Fatalf("after the loss came %+v, want the head of the second lane, doubtful", got)
	}
	if len(s.lost.list) != 0 {
		t.Errorf("%d claims are still remembered", len(s.lost.list))
	}
	settled := []incident.Settled{{ID: held[0].ID, As: incident.Delivered}, {ID: got[0].ID, As: incident.Delivered}}
	got, err = s.Turn(t.Context(), settled, now, lease, 10, "console")
	must(err)
	if len(got) != 1 || got[0].Effect.Seq != 2 {
		t.Errorf("then came %+v, want what stands behind it", got)
	}
	again, err := s.Turn(t.Context(), nil, now, lease, 10, "console")
	must(err)
	if len(again) != 0 {
		t.Errorf("what is held was taken again: %+v", again)
	}
}

func TestALostClaimIsForgottenOnceItIsOverOrFreed(t *testing.T) {
	var l lostClaims
	l.add(10, []incident.Delivery{{ID: 1}})
	l.add(20, []incident.Delivery{{ID: 2, Behind: []incident.Delivery{{ID: 3}}}})
	l.add(30, nil)
	got := l.at(10)
	if len(got) != 1 || !slices.Equal(got[0].ids, []int64{2, 3}) {
		t.Fatalf("at 10 there are %v, want the second alone", got)
	}
	l.found(got)
	if got := l.at(0); len(got) != 0 {
		t.Errorf("after it was freed there are %v", got)
	}
}
