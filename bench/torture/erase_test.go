package main

import (
	"path/filepath"
	"testing"

	"matoi/incident"
	"matoi/storage"
)

// A name that stands anywhere after its person was erased must be found, and so must an erasing that nobody recorded.
func TestJudgeFindsWhatWasErasedAndStillStands(t *testing.T) {
	o := &torture{options: options{out: t.Output()}, book: newBook(), place: place{folder: filepath.Join(t.TempDir(), "data")}}
	o.judge = newJudge(o)
	s, err := storage.Open(t.Context(), storage.Options{Path: o.place.folder})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	secret := secretOf("zguest0q7z")
	p, err := s.Meet(t.Context(), incident.Identity{Realm: "console", ID: secret}, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	o.erased = []erasure{{secret: secret, person: p.ID}}
	look := func(want int) {
		t.Helper()
		o.failures = nil
		if err := o.judge.gone(t.Context(), s); err != nil || len(o.failures) != want {
			t.Errorf("found %q, want %d failures: %v", o.failures, want, err)
		}
	}
	look(2) // it stands, and no register says that it went
	if err := s.Erase(t.Context(), p.ID, incident.By{Person: p.ID}, "asked for"); err != nil {
		t.Fatal(err)
	}
	look(0)
	o.judge.texts = []erasure{{secret: "ynote0x1y", number: 20261122000001, seq: 3}}
	look(1) // a text that was never erased, and is gone
}

// Rows that changed count as gone and as new, rows that are there twice as two.
func TestRowsThatWentOrChangedAreCounted(t *testing.T) {
	was := sheaf{1: 1, 2: 2, 3: 1}
	must := sheaf{3: 1}
	for name, x := range map[string]struct {
		is   sheaf
		want int
	}{
		"as it must be":    {sheaf{1: 1, 2: 2}, 0},
		"one too many":     {sheaf{1: 1, 2: 1}, 1},
		"changed":          {sheaf{1: 1, 2: 1, 9: 1}, 2},
		"not gone":         {sheaf{1: 1, 2: 2, 3: 1}, 0}, // that is asked by itself
		"one made up":      {sheaf{1: 2, 2: 2}, 1},
		"another one gone": {sheaf{2: 2}, 1},
	} {
		if got := was.without(must).lacks(x.is) + x.is.lacks(was); got != x.want {
			t.Errorf("%s: %d rows, want %d", name, got, x.want)
		}
	}
}
