package storage

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
)

// The topics of Watch, as bits, so that a transaction collects the ones it touched.
type topics uint8

const (
	topicOutbox topics = 1 << iota
	topicDue
	topicInbox
	topicConsole
	topicIncident
	topicStanding // what people set that changes what becomes of alerts
)

var topicNames = [...]string{"outbox", "due", "inbox", "console", "incident", "standing"}

// hub wakes those who wait. A signal says "look again", never what is new.
type hub struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]bool
	id       string        // of this process among those on one database
	outside  atomic.Uint32 // topics that other processes have not been told of
	tell     chan struct{}
	changes  changes
}

func newHub() *hub {
	return &hub{watchers: map[string]map[chan struct{}]bool{}, tell: make(chan struct{}, 1), id: rand.Text()}
}

// Alone tells that no other process writes to the database, so that no signal of Watch is lost.
func (s *Storage) Alone() bool { return !s.d.manyWriters }

// Watch gives a channel that gets a signal after each commit that touched the topic (outbox, due, inbox, console,
// incident or standing), here or in another process. Signals coalesce and may be lost between processes: polling is the truth.
func (s *Storage) Watch(topic string) (signal <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[topic] == nil {
		h.watchers[topic] = map[chan struct{}]bool{}
	}
	h.watchers[topic][ch] = true
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[topic], ch)
	}
}

// wake never blocks: a watcher that has not looked yet will see this change too.
func (h *hub) wake(touched topics) {
	if touched == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, name := range topicNames {
		if touched&(1<<n) == 0 {
			continue
		}
		for ch := range h.watchers[name] {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
}
