package storage_test

import (
	"testing"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// Two processes on one database whose machines' clocks are minutes apart: they record the same time, and a lease that one
// holds is a lease to the other.
func TestProcessesWhoseClocksDifferGoByTheDatabases(t *testing.T) {
	address := schema(t)
	var stores []*storage.Storage
	for _, skew := range []time.Duration{-time.Minute, 0, 2 * time.Minute} {
		s, err := storage.Open(t.Context(), storage.Options{Postgres: address, Machine: func() time.Time { return time.Now().Add(skew) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		before := time.Now()
		if now := s.Now(); now.Before(before.Add(-time.Second)) || now.After(time.Now().Add(time.Second)) { // the database is on this machine
			t.Errorf("skewed by %s it says %s between %s and %s", skew, now, before, time.Now())
		}
		stores = append(stores, s)
	}
	policy := incident.DefaultPolicy(time.UTC)
	for k, s := range stores {
		d := incident.Desk{Store: s, Policy: func() incident.Policy { return policy }, Now: s.Now}
		before := time.Now()
		r, err := d.Do(t.Context(), 0, incident.Open{Title: "x", Priority: incident.P1}, incident.By{Person: "p1"}, incident.Cause{})
		if err != nil {
			t.Fatal(err)
		}
		if at := r.Incident.Opened; at.Before(before.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("process %d recorded %s for what was done between %s and %s", k, at, before, time.Now())
		}
	}
	for k, s := range stores {
		got, err := s.Claim(t.Context(), s.Now(), time.Minute, 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("process %d: %v %v", k, got, err)
		}
		for o, other := range stores {
			again, err := other.Claim(t.Context(), other.Now(), time.Minute, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range again {
				if d.ID == got[0].ID {
					t.Errorf("what process %d holds was given to process %d as well", k, o)
				}
				if err := other.Settle(t.Context(), incident.Settled{ID: d.ID, As: incident.PutOff, At: other.Now()}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
