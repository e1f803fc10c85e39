package storage

import (
	"bytes"
	"encoding/json"
	"sync"

	"matoi/incident"
)

// The bounds of what is kept decoded: so many incidents, none whose state is larger.
const (
	keptFolds   = 128
	largestFold = 32 << 10
)

// folds keeps incidents that were decoded lately beside the bytes they were decoded from. Whoever asks has just read the row;
// where its bytes are the same, decoding them again would give the same. So nothing in here can be out of date, whoever wrote
// the row. One command reads its incident four or five times: to answer, to decide, for the chat and for the page.
type folds struct {
	mu   sync.Mutex
	kept map[incident.Number]fold
}

type fold struct {
	state    []byte
	incident *incident.Incident // nobody's but ours: a clone is given out
}

// decode gives the incident that state is the JSON of. nil keeps nothing.
func (f *folds) decode(n incident.Number, state []byte) (*incident.Incident, error) {
	if i := f.find(n, state); i != nil {
		return i, nil
	}
	i := &incident.Incident{}
	if err := json.Unmarshal(state, i); err != nil {
		return i, err
	}
	if f != nil && len(state) <= largestFold {
		f.keep(n, fold{state: bytes.Clone(state), incident: i.Clone()})
	}
	return i, nil
}

func (f *folds) find(n incident.Number, state []byte) *incident.Incident {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	have := f.kept[n]
	f.mu.Unlock()
	if have.incident == nil || !bytes.Equal(have.state, state) {
		return nil
	}
	return have.incident.Clone()
}

// keep puts one in, and takes any other out where that is one too many.
func (f *folds) keep(n incident.Number, one fold) {
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
