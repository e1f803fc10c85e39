package alert

import (
	"cmp"
	"math"
	"slices"
)

// Round is how far a look through the inbox has come in each lane, which is what waits of one source in its order. Lanes take
// turns, so that what floods one of them delays the others by a turn and not by all that waits. The zero Round begins.
type Round struct {
	given map[string]int64 // by lane, the id up to which it was given
	turn  map[string]int   // by lane, when it last had one
	turns int
	held  map[string]bool
	lanes []string // those in which anything waited at the last look
}

// After is the id up to which a lane's requests were given; one that is held has nothing to give.
func (r *Round) After(lane string) int64 {
	if r.held[lane] {
		return math.MaxInt64
	}
	return r.given[lane]
}

// Give notes that a lane had its turn, up to an id.
func (r *Round) Give(lane string, id int64) {
	if r.given == nil {
		r.given, r.turn = map[string]int64{}, map[string]int{}
	}
	r.turns++
	r.given[lane], r.turn[lane] = id, r.turns
}

// Hold keeps a lane from giving more, or lets it again.
func (r *Round) Hold(lane string, held bool) {
	if r.held == nil {
		r.held = map[string]bool{}
	}
	r.held[lane] = held
}

// Sort puts lanes in the order of their turns: those that never had one by name, then those that had it longest ago.
func (r *Round) Sort(lanes []string) {
	slices.SortFunc(lanes, func(a, b string) int { return cmp.Or(cmp.Compare(r.turn[a], r.turn[b]), cmp.Compare(a, b)) })
	r.lanes = slices.Clone(lanes)
}
