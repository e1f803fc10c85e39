package web

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"matoi/bot/alert"
)

// roomForBodies is how many bytes of bodies may be in memory at once between their arrival and their commit, over all sources.
// Past it senders are asked to come again, so that memory doesn't grow with how many come at once, nor with how slow the disk is.
const roomForBodies = 64 << 20

// bounds keep sources from taking more than their share of memory, and what they may send.
type bounds struct {
	mu    sync.Mutex
	held  map[string]int64 // bytes, by source
	total int64
	rates map[string]*rate.Limiter
}

func newBounds() *bounds { return &bounds{held: map[string]int64{}, rates: map[string]*rate.Limiter{}} }

// take holds memory for a source. One may have as much as it leaves free: so there is room for others however much it sends.
func (b *bounds) take(source string, size int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[source]+size > roomForBodies-b.total-size {
		return false
	}
	b.held[source] += size
	b.total += size
	return true
}

func (b *bounds) give(source string, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total -= size
	if b.held[source] -= size; b.held[source] == 0 {
		delete(b.held, source)
	}
}

// allow counts a request against its source's rate. Past it nothing is counted, and wait says when the next one may come.
func (b *bounds) allow(source alert.Source, now time.Time) (wait time.Duration) {
	perSecond, burst := source.Bounds()
	if perSecond == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.rates[source.Name]
	if limiter == nil || limiter.Limit() != rate.Limit(perSecond) || limiter.Burst() != burst {
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		b.rates[source.Name] = limiter
	}
	turn := limiter.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}

// tooFast tells a sender when to come again, in whole seconds.
func tooFast(w http.ResponseWriter, source alert.Source, wait time.Duration) *Problem {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problem(http.StatusTooManyRequests, "too_fast", map[string]any{"Source": source.Name, "Rate": source.Rate.String(), "N": seconds})
}

// errCrowded means that there is no room for a body just now.
var errCrowded = errors.New("no room for a body")

// body is a request's body in memory. It gives back what it holds.
type body struct {
	bounds *bounds
	source string
	held   int64
	bytes  []byte
}

func (b *body) hold(size int64) bool {
	if !b.bounds.take(b.source, size) {
		return false
	}
	b.held += size
	return true
}

func (b *body) release() { b.bounds.give(b.source, b.held) }

// firstRead is how many bytes of a body are read before any room is held for it: about what a connection takes by itself.
const firstRead = 4 << 10

// read reads a body of at most so many bytes. Room is held as it comes, whatever length is told: who announces much and sends nothing
// takes nothing from others.
func (b *body) read(w http.ResponseWriter, r *http.Request, bound int64) (err error) {
	if r.ContentLength > bound {
		return &http.MaxBytesError{Limit: bound}
	}
	if r.ContentLength >= 0 {
		return b.readTold(r.Body, r.ContentLength)
	}
	b.bytes, err = io.ReadAll(&roomed{body: b, from: http.MaxBytesReader(w, r.Body, bound)})
	return err
}

// readTold reads a body whose length is told, into memory that grows to twice of what has come at most.
func (b *body) readTold(from io.Reader, told int64) error {
	b.bytes = make([]byte, min(told, firstRead))
	for came := int64(0); ; {
		if _, err := io.ReadFull(from, b.bytes[came:]); err != nil {
			return err //nolint:wrapcheck // as it came from the connection
		}
		if came == 0 && !b.hold(int64(len(b.bytes))) {
			return errCrowded
		}
		if came = int64(len(b.bytes)); came == told {
			return nil
		}
		more := min(told, 2*came)
		if !b.hold(more - came) {
			return errCrowded
		}
		grown := make([]byte, more)
		copy(grown, b.bytes)
		b.bytes = grown
	}
}

// roomed holds room for what is read through it.
type roomed struct {
	body *body
	from io.Reader
}

// Read reads on while there is room.
func (h *roomed) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	if n > 0 && !h.body.hold(int64(n)) {
		return 0, errCrowded
	}
	return n, err
}
