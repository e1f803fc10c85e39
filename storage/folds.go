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
type folds struct {
	mu   sync.Mutex
	kept map[incident.Number]fold
}

type fold struct {
	state    string
	incident *incident.Incident // nobody's but ours: a clone is given out
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
	one := fold{state: state, incident: i.Clone()}
	f.mu.Lock()
	defer f.mu.Unlock()
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
