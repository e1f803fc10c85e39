package main

import (
	"maps"
	"sync"

	"matoi/incident"
)

// book is what the hands know: what they tried and what was answered. The judge reads nothing else about them.
type book struct {
	mu       sync.Mutex
	claims   map[mark]*claim
	fresh    []*claim // not judged since they were settled
	alerts   map[string]*tally
	versions map[incident.Number]int64 // the highest version that an answer told
	sums     map[string]*sum           // by kind of request
	guests   []string                  // who came, did something and will not come again
}

// mark names one thing that must be made true at most once: a kind of fact, or of message, that carries a token.
type mark struct{ what, token string }

// claim is a deed with what became of it.
type claim struct {
	mark
	number   incident.Number
	answered bool // 2xx: it must be there once
	refused  bool // 4xx: it must not be there
	tries    int
	settled  bool // its hand tries no more
	posted   bool // its text must be said in the room of its incident, too
}

// tally is what was sent of one alert.
type tally struct {
	accepted, tried int64 // as firing
	clear           bool  // the last that was answered said that it is over
	sure            bool  // and nothing unanswered came after it
}

// sum counts requests of a kind.
type sum struct{ tried, answered, refused, lost, gaveUp int }

func newBook() *book {
	return &book{claims: map[mark]*claim{}, alerts: map[string]*tally{}, versions: map[incident.Number]int64{}, sums: map[string]*sum{}}
}

// intend notes that a deed is about to be tried.
func (b *book) intend(what, token string, n incident.Number, posted bool) *claim {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &claim{mark: mark{what, token}, number: n, posted: posted}
	b.claims[c.mark] = c
	b.fresh = append(b.fresh, c)
	return c
}

// settle notes how a deed went.
func (b *book) settle(c *claim, v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.answered, c.refused, c.tries, c.settled = v.answered(), v.refused(), v.tries, true
	if v.number != 0 {
		c.number = v.number
		b.versions[v.number] = max(b.versions[v.number], v.version)
	}
}

// sent notes one alert's request and how it went.
func (b *book) sent(key string, firing bool, v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.alerts[key]
	if t == nil {
		t = &tally{}
		b.alerts[key] = t
	}
	if firing {
		t.tried += int64(v.tries)
		if v.answered() {
			t.accepted++
		}
	}
	t.sure = v.answered()
	t.clear = !firing
}

// count adds a request to its kind's sum.
func (b *book) count(kind string, v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sums[kind]
	if s == nil {
		s = &sum{}
		b.sums[kind] = s
	}
	s.tried += v.tries
	s.lost += v.lost
	switch {
	case v.answered():
		s.answered++
	case v.refused():
		s.refused++
	default:
		s.gaveUp++
	}
}

// leave notes that a guest will not come again.
func (b *book) leave(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.guests = append(b.guests, name)
}

// guest gives one who left, once.
func (b *book) guest() (name string, found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.guests) == 0 {
		return "", false
	}
	name, b.guests = b.guests[0], b.guests[1:]
	return name, true
}

// seen is a copy of the versions that answers told.
func (b *book) seen() map[incident.Number]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.versions)
}

// take gives the settled claims that were not judged yet; those under way stay.
func (b *book) take() []*claim {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out, rest []*claim
	for _, c := range b.fresh {
		if c.settled {
			out = append(out, c)
		} else {
			rest = append(rest, c)
		}
	}
	b.fresh = rest
	return out
}
