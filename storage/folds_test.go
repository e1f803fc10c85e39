package storage

import (
	"encoding/json"
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

// What a change wrote is at hand as soon as it is committed, and not before.
func TestWhatAChangeWroteIsKept(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return incident.DefaultPolicy(s.zone) }, Now: s.Now}
	done, err := desk.Do(t.Context(), 0, incident.Open{Title: "x"}, incident.By{Person: "p1"}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second"} {
		if done, err = desk.Do(t.Context(), done.Incident.Number, incident.Note{Sort: "note", Text: text}, incident.By{Person: "p1"}, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
		kept := s.folds.kept[done.Incident.Number]
		if kept.incident == nil || kept.incident == done.Incident || kept.incident.Version != done.Incident.Version {
			t.Fatalf("kept %+v after %d", kept.incident, done.Incident.Version)
		}
		var state string
		if err := row(t.Context(), s.reader, `SELECT state FROM incident`, nil, &state); err != nil || state != kept.state {
			t.Errorf("kept beside\n%s\nwritten\n%s (%v)", kept.state, state, err)
		}
	}
}
