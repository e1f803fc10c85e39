package storage

import (
	"slices"
	"sync"

	"matoi/incident"
)

// keptPeople bounds how many people, and how many names that were asked for, are kept.
const keptPeople = 1024

// acquainted keeps people as they were read lately: every command asks for its person four times, and people hardly ever change.
// It is used where this process alone writes, and forgets all of them when one is written. A reader that began before that
// commit may still hold what was there before it, so it is kept only where nothing was written since the reader began.
type acquainted struct {
	mu    sync.Mutex
	turn  int64 // counts the commits that wrote people
	byID  map[incident.PersonID]incident.Person
	named map[string][]incident.Person
}

// person gives the one kept under id. Where there is none, turn is to be handed to keepPerson with what was read.
func (a *acquainted) person(id incident.PersonID) (p incident.Person, kept bool, turn int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, kept = a.byID[id]
	return p, kept, a.turn
}

func (a *acquainted) keepPerson(p incident.Person, turn int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if turn != a.turn {
		return
	}
	if a.byID == nil || len(a.byID) >= keptPeople {
		a.byID = map[incident.PersonID]incident.Person{}
	}
	a.byID[p.ID] = p
}

// called gives those whom a name found before, as person does. The slice is the caller's own.
func (a *acquainted) called(name string) (found []incident.Person, turn int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.named[name]), a.turn
}

func (a *acquainted) keepCalled(name string, found []incident.Person, turn int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if turn != a.turn || len(found) == 0 { // who is unknown may be met in a moment, and unknown names have no end
		return
	}
	if a.named == nil || len(a.named) >= keptPeople {
		a.named = map[string][]incident.Person{}
	}
	a.named[name] = slices.Clone(found)
}

// forget is for after a commit that wrote people.
func (a *acquainted) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn++
	a.byID, a.named = nil, nil
}
