package web

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of what is kept of timelines: so many entries in all (about half a kilobyte each), so many incidents.
// Words for searching are made anew after a while, because names in them may have been changed or erased.
const (
	keptEntries  = 60_000
	keptTraces   = 64
	keptWords    = 5 * time.Minute
	perTraceRead = 5000
)

// traces keeps the timelines that are looked at, so that a page, a search and a live view need not read ten thousand
// entries each. Entries are append-only: what is kept is only ever added to.
type traces struct {
	mu   sync.Mutex
	kept []*trace // the last used last
}

// trace is the timeline of one incident in memory.
type trace struct {
	number incident.Number
	mu     sync.Mutex
	now    record
	made   map[lang.Lang]time.Time // when the words of a language were begun
}

// record is a timeline as of one moment. Nothing in it is ever changed; a longer one shares what it can.
type record struct {
	events  []incident.Event // by seq, from 1
	order   []int32          // those that are no revisions, by when they happened, then by seq; places in events
	revised map[int64][]int  // by the seq of the entry: the places of its revisions
	people  []incident.PersonID
	words   map[lang.Lang][]string // folded, for searching; as long as events once asked for
}

// of gives an incident's timeline up to its version.
func (t *traces) of(ctx context.Context, store Store, i *incident.Incident) (record, error) {
	tr := t.take(i.Number)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for int64(len(tr.now.events)) < i.Version {
		more, err := store.Timeline(ctx, i.Number, int64(len(tr.now.events)), perTraceRead)
		if err != nil {
			return record{}, err
		}
		if len(more) == 0 {
			break
		}
		tr.now = tr.now.and(more)
	}
	t.trim(tr)
	return tr.now, nil
}

// take finds or makes a trace and marks it as the one used last.
func (t *traces) take(n incident.Number) *trace {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.kept, func(tr *trace) bool { return tr.number == n })
	if at < 0 {
		tr := &trace{number: n, made: map[lang.Lang]time.Time{}}
		t.kept = append(t.kept, tr)
		return tr
	}
	tr := t.kept[at]
	t.kept = append(slices.Delete(t.kept, at, at+1), tr)
	return tr
}

// trim lets go of those used longest ago, never of keep, whose length is known under its lock.
func (t *traces) trim(keep *trace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entries := len(keep.now.events)
	for k := len(t.kept) - 1; k >= 0; k-- {
		tr := t.kept[k]
		if tr == keep {
			continue
		}
		n := 0
		if tr.mu.TryLock() { // one that is being read just now is asked the next time
			n = len(tr.now.events)
			tr.mu.Unlock()
		}
		if entries += n; entries > keptEntries || len(t.kept)-k > keptTraces {
			t.kept = slices.Delete(t.kept, k, k+1)
		}
	}
}

// and is the record with further entries behind it.
func (r record) and(more []incident.Event) record {
	from := len(r.events)
	n := record{events: r.events, order: slices.Clone(r.order), revised: r.revised, people: slices.Clone(r.people), words: r.words}
	for _, e := range more {
		e.Body, e.Salt, e.Digest, e.Hash = nil, nil, nil, nil // the chain is not shown
		n.events = append(n.events, e)
	}
	copied := false
	for k := from; k < len(n.events); k++ {
		e := n.events[k]
		if f, ok := e.Fact.(*incident.Revised); ok {
			if !copied {
				n.revised, copied = maps.Clone(r.revised), true
				if n.revised == nil {
					n.revised = map[int64][]int{}
				}
			}
			n.revised[f.Seq] = append(slices.Clone(n.revised[f.Seq]), k)
		} else {
			n.order = append(n.order, int32(k)) //nolint:gosec // a timeline has not two billion entries
		}
		for _, p := range []incident.PersonID{e.By, e.Recorder, author(e)} {
			if p != "" && !slices.Contains(n.people, p) {
				n.people = append(n.people, p)
			}
		}
	}
	slices.SortStableFunc(n.order, func(a, b int32) int { return n.events[a].When().Compare(n.events[b].When()) })
	return n
}

// author is who wrote the message that an entry keeps, where that is another than who kept it.
func author(e incident.Event) incident.PersonID {
	if f, ok := e.Fact.(*incident.Noted); ok && f.Message != nil {
		return f.Message.Author
	}
	return ""
}

// at finds an entry by its seq.
func (r record) at(seq int64) (incident.Event, bool) {
	if seq < 1 || seq > int64(len(r.events)) || r.events[seq-1].Seq != seq {
		return incident.Event{}, false
	}
	return r.events[seq-1], true
}

// revisions are the later forms of an entry that had been recorded up to a seq.
func (r record) revisions(seq, upto int64) []incident.Event {
	var out []incident.Event
	for _, k := range r.revised[seq] {
		if r.events[k].Seq <= upto {
			out = append(out, r.events[k])
		}
	}
	return out
}

// worded adds the folded words of every entry in one language, made once and kept for a while.
func (t *traces) worded(n incident.Number, l lang.Lang, now time.Time, say func(incident.Event) string) record {
	tr := t.take(n)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	r := tr.now
	have := r.words[l]
	if now.Sub(tr.made[l]) > keptWords {
		have, tr.made[l] = nil, now
	}
	if len(have) < len(r.events) {
		have = slices.Clip(have)
		for _, e := range r.events[len(have):] {
			have = append(have, evened(say(e)))
		}
		words := maps.Clone(r.words)
		if words == nil {
			words = map[lang.Lang][]string{}
		}
		words[l] = have
		r.words = words
		tr.now = r
	}
	return r
}

// evened evens out what a search should not tell apart: width, composition and case.
func evened(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
