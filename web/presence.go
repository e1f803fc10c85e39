package web

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"matoi/incident"
)

// Who is here is whoever has a page open that follows something; it lives in memory, for this process, and is told in
// strides so that a page that is loaded again does not look like leaving.
const (
	presenceRest  = 3 * time.Second  // between two tellings
	presenceGrace = 20 * time.Second // after the last stream
)

// presence counts the streams of people.
type presence struct {
	tell func(came, went []incident.PersonID)

	mu    sync.Mutex
	seats map[incident.PersonID]*seat
	told  map[incident.PersonID]bool
	timer *time.Timer
	ended bool
}

type seat struct {
	streams int
	until   time.Time // when the last stream has gone: how long they count as here
}

func newPresence(tell func(came, went []incident.PersonID)) *presence {
	return &presence{tell: tell, seats: map[incident.PersonID]*seat{}, told: map[incident.PersonID]bool{}}
}

// enter counts a stream in; ok is false when the person has as many as one may have.
func (p *presence) enter(who incident.PersonID) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.seats[who]
	if st == nil {
		st = &seat{}
		p.seats[who] = st
	}
	if st.streams >= mostOfOne {
		return nil, false
	}
	st.streams++
	p.arm(presenceRest)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if st.streams--; st.streams == 0 {
			st.until = time.Now().Add(presenceGrace)
		}
		p.arm(presenceRest)
	}), true
}

// arm lets the news be told after a rest, unless that is coming anyway; with p.mu held.
func (p *presence) arm(rest time.Duration) {
	if p.timer == nil && !p.ended {
		p.timer = time.AfterFunc(rest, p.news)
	}
}

// news tells who came and went, and looks again when somebody's grace ends.
func (p *presence) news() {
	came, went := p.take()
	if len(came)+len(went) > 0 {
		p.tell(came, went)
	}
}

func (p *presence) take() (came, went []incident.PersonID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = nil
	now, next := time.Now(), time.Duration(0)
	for who, st := range p.seats {
		left := st.until.Sub(now)
		switch here := st.streams > 0 || left > 0; {
		case here && !p.told[who]:
			p.told[who] = true
			came = append(came, who)
		case !here:
			delete(p.seats, who)
			if p.told[who] {
				delete(p.told, who)
				went = append(went, who)
			}
		}
		if st.streams == 0 && left > 0 && (next == 0 || left < next) {
			next = left
		}
	}
	if next > 0 {
		p.arm(max(next, presenceRest))
	}
	slices.Sort(came)
	slices.Sort(went)
	return came, went
}

// all is the event that says who is here.
func (p *presence) all() []byte {
	p.mu.Lock()
	here := make([]incident.PersonID, 0, len(p.told))
	for who := range p.told {
		here = append(here, who)
	}
	p.mu.Unlock()
	slices.Sort(here)
	b, err := encodeEvent("presence", map[string]any{"all": here})
	if err != nil {
		return nil
	}
	return b
}

// end stops telling.
func (p *presence) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

// typingRest is the least time between two signs that the same person types: the script sends one every three
// seconds, and shows one for six.
const typingRest = 2 * time.Second

// typists remembers who typed last when, so that a script gone wild does not wake everybody.
type typists struct {
	mu   sync.Mutex
	last map[incident.PersonID]time.Time
}

// mostTypists bounds how many are remembered.
const mostTypists = 2000

func (t *typists) again(who incident.PersonID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.last[who]) < typingRest {
		return false
	}
	if len(t.last) >= mostTypists {
		clear(t.last)
	}
	if t.last == nil {
		t.last = map[incident.PersonID]time.Time{}
	}
	t.last[who] = now
	return true
}

// doTyping lets those who look at the same channel see that somebody writes. Who may not read the channel is told
// that it does not exist, as everywhere.
func (s *Server) doTyping(w http.ResponseWriter, r *http.Request, rd *reader) error {
	channel := r.PostFormValue("channel")
	if _, err := s.Console.Open(r.Context(), rd.Viewer, channel); err != nil {
		return err
	}
	thread, err := strconv.ParseInt(r.PostFormValue("thread"), 10, 64)
	if err != nil || thread < 0 {
		thread = 0
	}
	if s.live.audience(channel) > 1 && s.typists.again(rd.Person.ID, time.Now()) {
		s.live.murmur("typing", typing{Channel: channel, Thread: thread, Person: rd.Person.ID, Name: clip(rd.Person.Name, 60)},
			murmur{channel: channel, from: rd.Person.ID})
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// typing is the event that somebody writes.
type typing struct {
	Channel string            `json:"channel"`
	Thread  int64             `json:"thread"`
	Person  incident.PersonID `json:"person"`
	Name    string            `json:"name"`
}
