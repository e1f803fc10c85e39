package storage

import (
	"slices"
	"testing"

	"matoi/incident"
)

func TestWhatChangedIsListedOnceAndForgottenAtLast(t *testing.T) {
	c := newCrowd(t, 3)
	_, at, known := c.s.Changed(0)
	if known {
		t.Error("the first time is taken for a moment that was given before")
	}
	if n, now, known := c.s.Changed(at); len(n) != 0 || now != at || !known {
		t.Errorf("nothing changed: %v %d %v", n, now, known)
	}
	note := func(n incident.Number) {
		if _, err := c.desk.Do(t.Context(), n, incident.Note{Text: "seen"}, incident.By{Person: "p1"}, incident.Cause{}); err != nil {
			t.Fatal(err)
		}
	}
	note(c.numbers[2])
	note(c.numbers[0])
	note(c.numbers[2])
	numbers, _, known := c.s.Changed(at)
	if want := []incident.Number{c.numbers[0], c.numbers[2]}; !known || !slices.Equal(numbers, want) {
		t.Errorf("changed: %v %v, want %v", numbers, known, want)
	}
	rows, err := c.s.Rows(t.Context(), append(numbers, 7))
	if err != nil || len(rows) != 2 || rows[0].Version != c.version(rows[0].Number) {
		t.Errorf("rows: %v %v", rows, err)
	}
	c.s.hub.changes.note(make([]incident.Number, keptChanges))
	if _, _, known := c.s.Changed(at); known {
		t.Error("what was forgotten is taken for known")
	}
}
