package storage

import "sync"

// stock counts the bytes that wait in the inbox, by lane, against a bound.
//
// A lane may hold as much as is left free. So one that floods gets half of the bound, two get a third each, and so on: however
// many do, there is room for one more, and none has to be told in advance how many there will be. (Switches share the memory of
// their ports by the same rule: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998.)
type stock struct {
	mu    sync.Mutex
	total int64
	lanes map[string]int64
}

// put counts a request that is about to wait, or refuses it.
func (s *stock) put(lane string, size, bound int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lanes[lane]+size > bound-s.total-size {
		return false
	}
	s.add(lane, size)
	return true
}

// change counts what is there whatever the bound, or is no longer.
func (s *stock) change(lane string, by int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(lane, by)
}

func (s *stock) add(lane string, by int64) {
	if s.lanes == nil {
		s.lanes = map[string]int64{}
	}
	s.total += by
	if s.lanes[lane] += by; s.lanes[lane] == 0 {
		delete(s.lanes, lane)
	}
}

// Add counts requests that wait as rows of their own.
func (s *stock) Add(size int64) { s.change(laneSingle, size) }

// Load is how much waits.
func (s *stock) Load() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// replace puts a fresh count in the place of the old one.
func (s *stock) replace(lanes map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes, s.total = lanes, 0
	for _, size := range lanes {
		s.total += size
	}
}

// all gives the count of each lane.
func (s *stock) all() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int64, len(s.lanes))
	for lane, size := range s.lanes {
		out[lane] = size
	}
	return out
}
