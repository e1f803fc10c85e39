package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// remark is a changed message with what was already made of it: each form is rendered once, whoever asks first, and
// its bytes are sent to all who read alike.
type remark struct {
	m    console.Message
	ring *ring // whose bytes are counted; nil for a message that was read for one stream

	size atomic.Int64 // as it is counted in the ring
	gone atomic.Bool  // no longer in the ring

	mu    sync.Mutex
	forms map[form][]byte
}

// form is how a message is sent: with its HTML in a language and time zone, or its place alone.
type form struct {
	lang  lang.Lang
	zone  string
	html  bool
	fresh bool // the message is new to the reader
}

// slim is about what a message costs beside its text.
const slim = 512

func (e *remark) weight() int64 {
	e.size.Store(slim + int64(len(e.m.Text)))
	return e.size.Load()
}

// grew counts what was rendered; what is no longer in the ring does not count.
func (e *remark) grew(n int64) {
	if e.ring == nil {
		return
	}
	e.size.Add(n)
	e.ring.bytes.Add(n)
	if e.gone.Load() {
		e.ring.bytes.Add(-e.size.Swap(0))
	}
}

// drop takes an entry out of the count. It does not wait for a rendering that is being made.
func (e *remark) drop() {
	e.gone.Store(true)
	e.ring.bytes.Add(-e.size.Swap(0))
}

// as gives the event in a form.
func (e *remark) as(ctx context.Context, s *Server, f form, zone *time.Location) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b, ok := e.forms[f]; ok {
		return b, nil
	}
	b, err := s.encode(ctx, e.m, f, zone)
	if err != nil {
		return nil, err
	}
	if e.forms == nil {
		e.forms = map[form][]byte{}
	}
	e.forms[f] = b
	e.grew(int64(len(b)))
	return b, nil
}

// encode makes the event of a message.
func (s *Server) encode(ctx context.Context, m console.Message, f form, zone *time.Location) ([]byte, error) {
	p := piece{
		ID: "m" + strconv.FormatInt(m.ID, 10), Rev: m.Rev, Channel: m.Channel, Thread: m.Thread, Author: string(m.Author), New: f.fresh,
		Only: m.Only != "",
	}
	if m.Only == "" && m.Deleted.IsZero() {
		p.Mentions = mentionedIn(m.Text)
	}
	if f.html {
		var err error
		if p.HTML, err = rendered(ctx, message(s.neutral(f.lang, zone), m, false)); err != nil {
			return nil, err
		}
	}
	return encodeEvent("message", p)
}

// neutral is a reader of whom nothing is known but how they read: what is rendered for them is right for everybody
// who reads so.
func (s *Server) neutral(l lang.Lang, zone *time.Location) *reader {
	rd := &reader{Lang: l, Zone: zone, Now: s.now(), server: s, names: map[incident.PersonID]string{}}
	rd.people = func(id incident.PersonID) (incident.Person, error) { return s.Store.Person(context.Background(), id) }
	return rd
}

// mentionedIn lists whom a text mentions, each once; it bears as many as a list may be long.
func mentionedIn(text string) []incident.PersonID {
	var out []incident.PersonID
	seen := map[string]bool{}
	for len(out) < 50 {
		_, rest, ok := strings.Cut(text, "<@")
		if !ok {
			break
		}
		id, more, ok := strings.Cut(rest, ">")
		if !ok {
			break
		}
		if text = more; len(id) > 40 || strings.ContainsAny(id, "<@ \n") {
			text = rest
			continue
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, incident.PersonID(id))
		}
	}
	return out
}

// encodeEvent writes an event as streams carry it. HTML stays readable: nothing is escaped that an event may carry.
func encodeEvent(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("event: " + name + "\ndata: ")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil { // ends with a line break
		return nil, fmt.Errorf("encode event %s: %w", name, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
