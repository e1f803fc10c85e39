package web

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"github.com/a-h/templ"
)

// sharedBytes bounds what is kept of renderings that many streams want.
const sharedBytes = 16 << 20

// sharedParts keeps parts of pages by key, each in its last version: what many look at is rendered once a change.
type sharedParts struct {
	most int

	mu    sync.Mutex
	parts map[string]*list.Element // of *sharedPart
	order *list.List               // the last used in front
	bytes int
}

type sharedPart struct {
	key     string
	version int64
	done    chan struct{} // closed when text or err is there
	text    string
	err     error
	counted int
}

func newSharedParts(most int) *sharedParts {
	return &sharedParts{most: most, parts: map[string]*list.Element{}, order: list.New()}
}

// errUnmade is what waiters get when the one they waited for panicked.
var errUnmade = errors.New("the part was not made")

// shared renders a part once for all who ask for the same key in the same version (any number that grows with every
// change); those who ask meanwhile wait. The key must name all that the rendering depends on: language and zone, and
// the viewer where they see something of their own. A failure is everybody's who waited, and is not kept.
func (s *Server) shared(ctx context.Context, key string, version int64, part func(ctx context.Context) (templ.Component, error)) (string, error) {
	p, mine := s.parts.take(key, version)
	if !mine {
		select {
		case <-p.done:
			return p.text, p.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	p.err = errUnmade
	defer func() { s.parts.made(p) }()
	ctx = context.WithoutCancel(ctx) // others wait for it
	c, err := part(ctx)
	if err == nil {
		p.text, err = rendered(ctx, c)
	}
	p.err = err
	return p.text, p.err
}

// take finds a part that is as new as version; mine tells that the caller must make it.
func (sp *sharedParts) take(key string, version int64) (p *sharedPart, mine bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if el, ok := sp.parts[key]; ok {
		p := el.Value.(*sharedPart)
		if p.version >= version {
			sp.order.MoveToFront(el)
			return p, false
		}
		sp.remove(el)
	}
	p = &sharedPart{key: key, version: version, done: make(chan struct{})}
	sp.parts[key] = sp.order.PushFront(p)
	return p, true
}

func (sp *sharedParts) made(p *sharedPart) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	close(p.done)
	el, ok := sp.parts[p.key]
	if !ok || el.Value != p {
		return // a newer one took its place
	}
	if p.err != nil {
		sp.remove(el)
		return
	}
	p.counted = len(p.text) + len(p.key) + 128
	sp.bytes += p.counted
	for el := sp.order.Back(); el != nil && sp.bytes > sp.most; {
		older := el.Prev()
		if old := el.Value.(*sharedPart); old != p && old.counted > 0 {
			sp.remove(el)
		}
		el = older
	}
}

func (sp *sharedParts) remove(el *list.Element) {
	p := el.Value.(*sharedPart)
	sp.bytes -= p.counted
	sp.order.Remove(el)
	delete(sp.parts, p.key)
}
