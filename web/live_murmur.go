package web

import (
	"sync"
	"time"

	"matoi/incident"
)

// What is worth hearing only now: who types, who came and went, what was read on another page of one's own. It is
// never stored, whoever was away has missed nothing, and it wakes the streams a few times a second at most.
const (
	mostMurmurs = 256
	murmurRest  = 200 * time.Millisecond
)

// murmur is one such event, encoded for all who hear it.
type murmur struct {
	channel string            // empty: whatever is shown
	to      incident.PersonID // empty: everybody
	from    incident.PersonID // who need not hear it
	data    []byte
}

// reaches reports whether somebody who looks at a channel hears it.
func (m murmur) reaches(person incident.PersonID, channel string) bool {
	return (m.channel == "" || m.channel == channel) && (m.to == "" || m.to == person) && (m.from == "" || m.from != person)
}

// murmurs are the last ones.
type murmurs struct {
	mu    sync.Mutex
	list  []murmur
	upto  int64 // how many there ever were
	armed bool
}

func (ms *murmurs) last() int64 {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return ms.upto
}

// after gives what came after a count, and the count now.
func (ms *murmurs) after(n int64) ([]murmur, int64) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	missed := min(ms.upto-n, int64(len(ms.list)))
	return append([]murmur(nil), ms.list[int64(len(ms.list))-missed:]...), ms.upto
}

// add keeps one more; wake is called a moment later, once for all that come meanwhile.
func (ms *murmurs) add(m murmur, wake func()) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if len(ms.list) >= mostMurmurs {
		ms.list = append(ms.list[:0], ms.list[mostMurmurs/2:]...)
	}
	ms.list = append(ms.list, m)
	ms.upto++
	if !ms.armed {
		ms.armed = true
		time.AfterFunc(murmurRest, func() {
			ms.mu.Lock()
			ms.armed = false
			ms.mu.Unlock()
			wake()
		})
	}
}

// murmur lets the streams hear something.
func (h *hub) murmur(name string, data any, m murmur) {
	b, err := encodeEvent(name, data)
	if err != nil {
		h.s.Log.Error("encode an event", "event", name, "error", err)
		return
	}
	m.data = b
	h.murmurs.add(m, h.tell)
}

// readElsewhere tells the other pages of a person that they have read a channel up to a message.
func (h *hub) readElsewhere(person incident.PersonID, channel string, upto int64) {
	h.murmur("read", map[string]any{"channel": channel, "upto": upto}, murmur{to: person})
}

// cameAndWent tells who is here now and who is no longer.
func (h *hub) cameAndWent(came, went []incident.PersonID) {
	h.murmur("presence", map[string]any{"came": came, "went": went}, murmur{})
}

// shown lists the channels that streams show.
func (h *hub) shown() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]string, 0, len(h.open))
	for channel := range h.open {
		if channel != "" {
			out = append(out, channel)
		}
	}
	return out
}

// audience is how many streams show a channel.
func (h *hub) audience(channel string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open[channel]
}
