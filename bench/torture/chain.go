package main

import (
	"fmt"
	"regexp"
	"time"

	"matoi/incident"
)

// tokens finds the words that hands make up.
var tokens = regexp.MustCompile(`z[a-z]+[0-9]+q[0-9]+z`)

// alertKeys finds the keys that hands give alerts.
var alertKeys = regexp.MustCompile(`z[a-z]+[0-9]+k[0-9]+z`)

// chain is what was seen of one incident's record.
type chain struct {
	number  incident.Number
	version int64
	head    []byte
	pinned  map[int64]string // tokens of notes, by entry
	fired   map[string]bool  // instances of deadlines
	closed  bool
	offers  map[int64]time.Time // until when, while unanswered
}

func newChain(n incident.Number) *chain {
	return &chain{number: n, pinned: map[int64]string{}, fired: map[string]bool{}, offers: map[int64]time.Time{}}
}

// String says how far it goes.
func (c *chain) String() string {
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%d entries", c.version)
}

// clocks sums up what the deadlines did.
type clocks struct {
	fired  int
	byKind map[string]int
	latest time.Duration // of them all, counting only the time in which the program ran
	which  string
}

// follow checks one entry of a chain against the deadlines before it: each fires once, and never early.
func (k *clocks) follow(t *torture, c *chain, e incident.Event) {
	switch f := e.Fact.(type) {
	case *incident.TargetMissed:
		k.once(t, c, e, fmt.Sprintf("%s missed %s", f.Clock, f.Due), f.Due)
	case *incident.Reminded:
		due := f.Due
		if f.Step != 100 { // a share before the target, or an interval after it: when those are due is for the rules' own tests
			due = e.At
		}
		k.once(t, c, e, fmt.Sprintf("%s reminded %d %s", f.Clock, f.Step, f.Due), due)
	case *incident.HandoverOffered:
		c.offers[e.Seq] = f.Until
	case *incident.HandoverAnswered:
		until, open := c.offers[f.Offer]
		if !open {
			t.fail("%s: offer %d was answered twice, now %s", c.number, f.Offer, f.Answer)
		}
		delete(c.offers, f.Offer)
		if f.Answer == "expired" {
			k.once(t, c, e, fmt.Sprintf("offer %d expired", f.Offer), until)
		}
	case *incident.Closed:
		if c.closed {
			t.fail("%s: closed twice", c.number)
		}
		c.closed = true
		if f.How == "silence" {
			k.byKind["closed by silence"]++
			k.fired++
		}
	case *incident.Reopened:
		c.closed = false
	case *incident.Undone:
		c.closed = false
	}
}

// once notes that an instance of a deadline fired.
func (k *clocks) once(t *torture, c *chain, e incident.Event, instance string, due time.Time) {
	if c.fired[instance] {
		t.fail("%s entry %d: %s a second time", c.number, e.Seq, instance)
	}
	c.fired[instance] = true
	k.fired++
	k.byKind[e.Fact.Kind()]++
	if e.At.Before(due) {
		t.fail("%s entry %d: %s at %s, which is early", c.number, e.Seq, instance, e.At)
	}
	if late := t.children[0].awake(due, e.At); late > k.latest {
		k.latest, k.which = late, fmt.Sprintf("%s entry %d", c.number, e.Seq)
	}
}
