package storage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"matoi/incident"
)

// What is kept decoded is what decoding gives, is nobody's to change, and never outlives the bytes it came from.
func TestKeptFoldIsWhatItsBytesSay(t *testing.T) {
	var f folds
	state := func(title string) string {
		b, err := json.Marshal(&incident.Incident{Number: 7, Title: title, Services: []string{"a"}, Tasks: []incident.Task{{ID: 1, State: "open"}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, title := range []string{"x", "x", "y", "y", "x"} {
		got, err := f.decode(7, state(title))
		if err != nil {
			t.Fatal(err)
		}
		var want incident.Incident
		if err := json.Unmarshal([]byte(state(title)), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, &want) {
			t.Fatalf("got %+v, want %+v", got, &want)
		}
		got.Services[0], got.Tasks[0].State = "changed", "done"
	}
	if i, err := f.decode(7, "{"); err == nil {
		t.Errorf("no JSON gave %+v", i)
	}
	for n := range 3 * keptFolds {
		if _, err := f.decode(incident.Number(n), state(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.kept) != keptFolds {
		t.Errorf("%d are kept, want %d", len(f.kept), keptFolds)
	}
}

// What a change wrote is at hand as soon as it is committed; what is rolled back never is, nor what somebody read before.
func TestWhatAChangeWroteIsSureWhenItIsCommitted(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	by := incident.By{Person: "p1"}
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(s.zone) }, Now: s.Now}
	done, err := desk.Do(t.Context(), 0, incident.Open{Title: "x"}, by, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	n := done.Incident.Number
	var first string
	for _, text := range []string{"first", "second"} {
		if done, err = desk.Do(t.Context(), n, incident.Note{Sort: "note", Text: text}, by, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
		kept, sure := s.folds.settled(n)
		if !sure || kept.incident == done.Incident || !reflect.DeepEqual(kept.incident, done.Incident) {
			t.Fatalf("sure %t of %+v, want %+v", sure, kept.incident, done.Incident)
		}
		var state, policy string
		var due int64
		err := row(t.Context(), s.reader, `SELECT state, due_at, due_policy FROM incident`, nil, &state, &due, &policy)
		if err != nil || state != kept.state || due != kept.due || policy != kept.policy {
			t.Errorf("kept beside\n%s %d %s\nwritten\n%s %d %s (%v)", kept.state, kept.due, kept.policy, state, due, policy, err)
		}
		first = cmp.Or(first, state)
	}
	if _, err := s.folds.decode(n, first); err != nil { // by a reader that began before the second
		t.Fatal(err)
	}
	if i, err := s.Load(t.Context(), n); err != nil || i.Version != done.Incident.Version {
		t.Errorf("a late reader brought version %d back, want %d (%v)", i.Version, done.Incident.Version, err)
	}
	spoilt := errors.New("the disk is on fire")
	err = s.write(t.Context(), false, func(tx *tx) error {
		d := desk
		d.Store = storeInside{tx}
		for want := done.Incident.Version + 1; want < done.Incident.Version+3; want++ { // the second sees what the first wrote
			r, err := d.Do(t.Context(), n, incident.Note{Sort: "note", Text: "third"}, by, incident.Cause{})
			if err != nil || r.Incident.Version != want {
				t.Errorf("version %d inside, want %d (%v)", r.Incident.Version, want, err)
			}
		}
		return spoilt
	})
	if !errors.Is(err, spoilt) {
		t.Fatal(err)
	}
	if i, err := s.Load(t.Context(), n); err != nil || i.Version != done.Incident.Version {
		t.Errorf("version %d after what was rolled back, want %d (%v)", i.Version, done.Incident.Version, err)
	}
}
