package storage

import (
	"encoding/json"
	"sync"

	"matoi/incident"
)

// The bounds of what is kept decoded: so many incidents, none whose state is larger.
const (
	keptFolds   = 128
	largestFold = 32 << 10
)

// folds keeps incidents that were decoded lately beside the text they were decoded from. Whoever asks has just read the row;
// where its text is the same, decoding it again would give the same. So nothing in here can be out of date, whoever wrote
// the row. One command reads its incident four or five times: to answer, to decide, for the chat and for the page. What a
// change wrote is put in when it is committed, so that nobody decodes it at all.
//
// Where this process alone writes, what it committed last is sure: nobody has to read the row to know. Whatever writes a row
// calls touch before, and settle, if it can, when that is committed.
type folds struct {
	mu   sync.Mutex
	kept map[incident.Number]fold
}

type fold struct {
	state    string
	incident *incident.Incident // nobody's but ours: a clone is given out
	due      int64
	policy   string // that set due; both only where it is sure
	sure     bool
}

// decode gives the incident that state is the JSON of. nil keeps nothing.
func (f *folds) decode(n incident.Number, state string) (*incident.Incident, error) {
	if i := f.find(n, state); i != nil {
		return i, nil
	}
	i := &incident.Incident{}
	if err := json.Unmarshal([]byte(state), i); err != nil {
		return i, err
	}
	f.keep(n, state, i)
	return i, nil
}

func (f *folds) find(n incident.Number, state string) *incident.Incident {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	have := f.kept[n]
	f.mu.Unlock()
	if have.incident == nil || have.state != state {
		return nil
	}
	return have.incident.Clone()
}

// keep puts one in, and takes any other out where that is one too many.
func (f *folds) keep(n incident.Number, state string, i *incident.Incident) {
	if f == nil || len(state) > largestFold {
		return
	}
	f.put(n, fold{state: state, incident: i.Clone()})
}

// settle keeps what was committed, for sure where nobody else writes.
func (f *folds) settle(c changed, sure bool) {
	if len(c.state) > largestFold {
		return
	}
	kept := c.kept
	if kept == nil {
		kept = c.After.Clone()
	}
	f.put(c.After.Number, fold{state: c.state, incident: kept, due: micro(c.Due), policy: c.Policy, sure: sure})
}

// touch is for before a row is written: what is kept of it will not be sure any more, in this transaction already.
func (f *folds) touch(n incident.Number) {
	f.mu.Lock()
	delete(f.kept, n)
	f.mu.Unlock()
}

// settled gives what is sure of an incident, with a clone of its own; false where the row must be read.
func (f *folds) settled(n incident.Number) (one fold, sure bool) {
	f.mu.Lock()
	one = f.kept[n]
	f.mu.Unlock()
	if !one.sure {
		return fold{}, false
	}
	one.incident = one.incident.Clone()
	return one, true
}

// holds reports whether what a change was decided from is what stands, in this transaction.
func (f *folds) holds(ahead *foresight) bool {
	if ahead == nil {
		return false
	}
	f.mu.Lock()
	one := f.kept[ahead.After.Number]
	f.mu.Unlock()
	was := ahead.before
	return one.sure && one.incident.Version == was.version && one.due == was.due && one.policy == was.policy
}

func (f *folds) put(n incident.Number, one fold) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept[n].sure && !one.sure { // read before that was committed
		return
	}
	if f.kept == nil {
		f.kept = make(map[incident.Number]fold, keptFolds)
	}
	if _, there := f.kept[n]; !there && len(f.kept) >= keptFolds {
		for other := range f.kept {
			delete(f.kept, other)
			break
		}
	}
	f.kept[n] = one
}
