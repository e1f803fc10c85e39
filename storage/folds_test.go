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
	state := func(title string) []byte {
		b, err := json.Marshal(&incident.Incident{Number: 7, Title: title, Services: []string{"a"}, Tasks: []incident.Task{{ID: 1, State: "open"}}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, title := range []string{"x", "x", "y", "y", "x"} {
		got, err := f.decode(7, state(title))
		if err != nil {
			t.Fatal(err)
		}
		var want incident.Incident
		if err := json.Unmarshal(state(title), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, &want) {
			t.Fatalf("got %+v, want %+v", got, &want)
		}
		got.Services[0], got.Tasks[0].State = "changed", "done"
	}
	if i, err := f.decode(7, []byte("{")); err == nil {
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
