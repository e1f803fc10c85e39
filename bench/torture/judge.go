package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// judge holds what is there against the book. It reads what came since its last look, and remembers the heads of all chains:
// what it has seen can only be continued.
type judge struct {
	t       *torture
	chains  map[incident.Number]*chain
	facts   map[mark]int // how often a kind of fact carries a token
	chat    *chatSeen
	looks   int
	doubts  int // deliveries that were given up, said in the record
	entries int
	took    time.Duration
	clocks  clocks

	texts    []erasure      // that stand in the record and were not erased
	erasures map[string]int // how often a fact says so, by the words of the command
}

func newJudge(t *torture) *judge {
	return &judge{t: t, chains: map[incident.Number]*chain{}, facts: map[mark]int{}, chat: newChatSeen(t), clocks: clocks{byKind: map[string]int{}}, erasures: map[string]int{}}
}

// stuckAfter is how long inbox, outbox and what is due may stand still once nobody does anything any more. How long it all takes
// is no question here: the machine may be busy.
const stuckAfter = time.Minute

// look waits until nothing waits and judges everything that came since the last look.
func (j *judge) look(ctx context.Context, last bool) (err error) {
	began := time.Now()
	s, err := storage.OpenReadOnly(ctx, j.t.place.where())
	if err != nil {
		return fmt.Errorf("open the store to look: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := j.drain(ctx, s); err != nil {
		return err
	}
	if out, err := j.t.child.tool(ctx, "verify", "--data", j.t.place.where()); err != nil {
		j.t.fail("verify: %v %s", err, out)
	}
	if err := errors.Join(j.records(ctx, s), j.chat.read(ctx, s), j.alerts(ctx, s), j.gone(ctx, s)); err != nil {
		return fmt.Errorf("look: %w", err)
	}
	j.claims()
	if last {
		j.api(ctx)
	}
	for _, c := range j.t.children {
		lines, e := c.complaints(&j.t.troubles)
		for _, line := range lines[:min(len(lines), 5)] {
			j.t.fail("logged: %.500s", line)
		}
		err = errors.Join(err, e)
	}
	j.looks++
	j.took += time.Since(began)
	fmt.Fprintf(j.t.out, "%s looked after %d kills: %d incidents, %d entries, %d failures so far\n",
		time.Now().UTC().Format("15:04:05"), j.t.killed, len(j.chains), j.entries, len(j.t.failures))
	return err
}

var errStuck = errors.New("what waits is not worked off: there is nothing to judge")

// drain waits for empty boxes and for all that is due.
func (j *judge) drain(ctx context.Context, s *storage.Storage) error {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	var was [3]int64
	since := time.Now()
	for n := 0; ; n++ {
		if n%20 == 0 {
			if err := j.t.place.handOver(ctx, j.t.dead()); err != nil {
				return err
			}
		}
		inbox, outbox, err := s.Waiting(ctx)
		if err != nil {
			return err
		}
		held, err := j.t.place.held(ctx)
		if err != nil {
			return err
		}
		outbox = max(0, outbox-held)
		due, err := s.Due(ctx, time.Now().Add(-500*time.Millisecond), 10)
		if err != nil {
			return err
		}
		if inbox == 0 && outbox == 0 && len(due) == 0 {
			return nil
		}
		is := [3]int64{inbox, outbox, int64(len(due))}
		if is[0] < was[0] || is[1] < was[1] || is[2] < was[2] { // what is worked off makes deliveries: the sum may grow meanwhile
			since = time.Now()
		}
		was = is
		if time.Since(since) > stuckAfter {
			j.t.fail("%d requests and %d deliveries wait and get no fewer, %v are overdue", inbox, outbox, due)
			return errors.Join(errStuck, j.t.explain())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// records reads the new entries of every incident.
func (j *judge) records(ctx context.Context, s *storage.Storage) error {
	seen := map[incident.Number]bool{}
	for before := incident.Number(0); ; {
		rows, err := s.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Before: before, Limit: 500})
		if err != nil {
			return err
		}
		for _, r := range rows {
			seen[r.Number] = true
			before = r.Number
			if err := j.record(ctx, s, r); err != nil {
				return fmt.Errorf("%s: %w", r.Number, err)
			}
		}
		if len(rows) < 500 {
			break
		}
	}
	for n := range j.chains {
		if !seen[n] {
			j.t.fail("%s was there and is not any more", n)
		}
	}
	for n, version := range j.t.book.seen() {
		if c := j.chains[n]; c == nil || c.version < version {
			j.t.fail("%s was answered with %d entries and has %v", n, version, c)
		}
	}
	return nil
}

// record reads what one chain was continued by: the head seen last must still stand where it stood.
func (j *judge) record(ctx context.Context, s *storage.Storage, r incident.Row) error {
	c := j.chains[r.Number]
	if c == nil {
		c = newChain(r.Number)
		j.chains[r.Number] = c
	}
	if r.Version == c.version {
		return nil
	}
	events, err := s.Timeline(ctx, r.Number, max(0, c.version-1), 1<<20)
	if err != nil {
		return err
	}
	if c.version > 0 {
		if len(events) == 0 || events[0].Seq != c.version || string(events[0].Hash) != string(c.head) {
			j.t.fail("%s: entry %d, which was seen, was changed or lost", r.Number, c.version)
			return nil
		}
		events = events[1:]
	}
	for _, e := range events {
		if e.Seq != c.version+1 {
			j.t.fail("%s: entry %d follows on %d", r.Number, e.Seq, c.version)
		}
		c.version, c.head = e.Seq, e.Hash
		j.entries++
		j.entry(c, e)
	}
	i, err := s.Load(ctx, r.Number)
	if err == nil && len(i.Rooms) != 1 {
		j.t.fail("%s has the rooms %v", r.Number, i.Rooms)
	}
	return err
}

// entry counts the tokens of a fact and follows the deadlines.
func (j *judge) entry(c *chain, e incident.Event) {
	kind := e.Fact.Kind()
	if f, ok := e.Fact.(*incident.Revised); ok && f.Why == "unpinned" {
		j.fact(c, mark{"unpinned", c.pinned[f.Seq]})
	}
	if _, ok := e.Fact.(*incident.DeliveryFailed); ok {
		j.doubts++
	}
	text := string(e.Body)
	if f, ok := e.Fact.(*incident.Noted); ok { // the rest of it names the room, and that the title
		text = f.Text
	}
	for _, token := range slices.Compact(slices.Sorted(slices.Values(tokens.FindAllString(text, -1)))) {
		j.fact(c, mark{kind, token})
		if kind == "noted" {
			c.pinned[e.Seq] = token
		}
	}
	j.erasing(c, e)
	j.clocks.follow(j.t, c, e)
}

func (j *judge) fact(c *chain, m mark) {
	if j.facts[m]++; j.facts[m] == 2 && m.what != "alerts_met" {
		j.t.fail("%s says %s %s twice", c.number, m.what, m.token)
	}
}

// claims holds what was settled since the last look against facts and chat.
func (j *judge) claims() {
	for _, c := range j.t.book.take() {
		n := j.facts[c.mark]
		switch c.what {
		case "said":
			n = j.chat.said[c.token]
		case "filed":
			n = j.chat.files[c.token]
		}
		switch {
		case c.answered && n != 1:
			j.t.fail("%s %s in %s was answered and is there %d times (%d tries)", c.what, c.token, c.number, n, c.tries)
		case c.refused && n != 0:
			j.t.fail("%s %s in %s was refused and is there %d times (%d tries)", c.what, c.token, c.number, n, c.tries)
		case n > 1:
			j.t.fail("%s %s in %s was not answered and is there %d times", c.what, c.token, c.number, n)
		}
		if posts := j.chat.posts[c.token]; c.posted && n == 1 && posts != 1 {
			j.t.fail("%s %s in %s is told %d times in the chat", c.what, c.token, c.number, posts)
		}
	}
}
