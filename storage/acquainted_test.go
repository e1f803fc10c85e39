package storage

import (
	"fmt"
	"reflect"
	"testing"

	"matoi/incident"
)

// What is kept of people is what the last commit left, whoever reads it and whenever they began.
func TestPeopleAreForgottenWhenOneIsWritten(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ann, err := s.Meet(t.Context(), incident.Identity{Realm: "console", ID: "ann"}, "Ann", "")
	if err != nil {
		t.Fatal(err)
	}
	want := func(name string) {
		t.Helper()
		ann.Name = name
		for range 2 { // the second time from memory
			if p, err := s.Person(t.Context(), ann.ID); err != nil || p != ann {
				t.Errorf("got %+v (%v), want %+v", p, err, ann)
			}
			if found, err := s.Named(t.Context(), name); err != nil || !reflect.DeepEqual(found, []incident.Person{ann}) {
				t.Errorf("%s is %+v (%v), want %+v", name, found, err, ann)
			}
		}
	}
	want("Ann")
	found, err := s.Named(t.Context(), "Ann")
	if err != nil {
		t.Fatal(err)
	}
	found[0].Name = "changed by whoever asked"
	want("Ann")
	_, _, turn := s.people.person(ann.ID)
	before := ann
	ann.Name = "Anna"
	if err := s.SavePerson(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	s.people.keepPerson(before, turn) // read before the commit, kept after it
	s.people.keepCalled("Anna", []incident.Person{before}, turn)
	want("Anna")
	if found, err := s.Named(t.Context(), "Ann"); err != nil || len(found) > 0 {
		t.Errorf("the former name still finds %+v (%v)", found, err)
	}
	if err := s.Erase(t.Context(), ann.ID, incident.By{Person: ann.ID}, "asked for it"); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Person(t.Context(), ann.ID); err != nil || p.Name != "" || !p.Erased {
		t.Errorf("erased, and still %+v (%v)", p, err)
	}
	if found, err := s.Named(t.Context(), "Anna"); err != nil || len(found) > 0 {
		t.Errorf("erased, and still found: %+v (%v)", found, err)
	}
}

func TestKeptPeopleAreBounded(t *testing.T) {
	var a acquainted
	for n := range 3 * keptPeople {
		p := incident.Person{ID: incident.PersonID(fmt.Sprint("p", n)), Name: fmt.Sprint(n)}
		a.keepPerson(p, 0)
		a.keepCalled(p.Name, []incident.Person{p}, 0)
		a.keepCalled("nobody"+p.Name, nil, 0)
	}
	if len(a.byID) > keptPeople || len(a.named) > keptPeople || len(a.byID) == 0 || len(a.named) == 0 {
		t.Errorf("%d people and %d names are kept, the bound is %d", len(a.byID), len(a.named), keptPeople)
	}
	if found, _ := a.called("nobody7"); found != nil {
		t.Errorf("a name that found nobody is kept: %v", found)
	}
}
