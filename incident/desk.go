package incident

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"
)

// Cause is where a change comes from. ID is the request's own id (platform event, Idempotency-Key, alert
// batch): seen before, it changes nothing and the first answer is given again. Machine marks what waits
// behind people on the writer.
type Cause struct {
	ID      string
	Machine bool
}

// Change is what a command did to one incident: its state after, the new entries (sealed), what must be told
// and when it is due next.
type Change struct {
	After   *Incident
	Events  []Event
	Effects []Effect
	Due     time.Time // zero: nothing is due
	Policy  string    // version of the policy that set Due
}

// Draw gives the next number of today inside the transaction; without a commit it is not used up.
type Draw func(day time.Time) (Number, error)

// Store is what the Desk needs of storage.
type Store interface {
	// Change loads the incidents (locked, in number order; ErrNotFound for an unknown one), runs decide on the writer
	// and commits rows, entries and effects in one transaction. decide may run more than once and must not do I/O.
	// A cause seen before changes nothing: the first changes are returned, refolded, with again true.
	// loaded is handed over in the order of the argument numbers, whatever the order of locking.
	Change(ctx context.Context, cause Cause, numbers []Number, decide func(loaded []*Incident, draw Draw) ([]Change, error)) (done []Change, again bool, err error)
	// Due returns incidents whose due_at is not after before, the most pressing priority first, at most limit.
	Due(ctx context.Context, before time.Time, limit int) ([]Number, error)
}

// Desk is the one door: slash command, alert and tick all come through Do.
type Desk struct {
	Store  Store
	Policy func() Policy    // the policy of the moment
	Now    func() time.Time // UTC
	Random io.Reader        // salts; crypto/rand when nil
}

// Result is what a command did. Incident is the one that was asked for, Others those that changed with it.
type Result struct {
	Incident *Incident
	Events   []Event
	Others   []*Incident
	Again    bool // the cause had been seen: this is the first answer
}

// Do makes cmd true for the incident ref (0 for Open). A Refusal comes back as the error; nothing is written then.
func (d *Desk) Do(ctx context.Context, ref Number, cmd Command, by By, cause Cause) (Result, error) {
	var numbers []Number
	if _, open := cmd.(Open); !open {
		numbers = append(numbers, ref)
	}
	if m, ok := cmd.(Merge); ok {
		if m.Into == ref {
			return Result{}, refuse("merge_self")
		}
		numbers = append(numbers, m.Into)
	}
	var other Number // the incident that undoing a merge changes too
	p, now := d.Policy(), d.Now().UTC().Truncate(time.Microsecond)
	for try := 0; ; try++ {
		done, again, err := d.Store.Change(ctx, cause, numbers, func(loaded []*Incident, draw Draw) ([]Change, error) {
			if !open(loaded, by) {
				return nil, ErrNotFound
			}
			if _, undo := cmd.(Undo); undo && loaded[0].Status == StatusMerged && len(loaded) == 1 {
				other = loaded[0].Into
				return nil, errNeedsBoth
			}
			return d.decide(p, loaded, draw, cmd, by, now)
		})
		if errors.Is(err, errNeedsBoth) {
			numbers = []Number{ref, other}
			continue
		}
		if errors.Is(err, ErrConflict) && try < 5 {
			continue
		}
		if err != nil {
			return Result{}, err
		}
		return result(done, again), nil
	}
}

// open is the lock on the door: nobody works on a private incident, or merges into one, who may not see it, and
// it looks to them as if there were none. Undoing a merge touches the other one only as Matoi's own bookkeeping.
func open(loaded []*Incident, by By) bool {
	for k, i := range loaded {
		if by.hand() != "" && !MaySee(i, Viewer{Person: by.hand()}) && (k == 0 || loaded[0].Into != i.Number) {
			return false
		}
	}
	return true
}

func result(done []Change, again bool) Result {
	r := Result{Again: again}
	for k, c := range done {
		if k == 0 {
			r.Incident, r.Events = c.After, c.Events
			continue
		}
		r.Others = append(r.Others, c.After)
	}
	return r
}

func (d *Desk) decide(p Policy, loaded []*Incident, draw Draw, cmd Command, by By, now time.Time) ([]Change, error) {
	switch c := cmd.(type) {
	case Open:
		facts, refusal := p.Open(c, by, now)
		if refusal != nil {
			return nil, refusal
		}
		n, err := draw(now)
		if err != nil {
			return nil, err
		}
		change, err := d.record(p, &Incident{Number: n}, facts, by, now)
		return []Change{change}, err
	case Merge:
		from, into, refusal := p.Merge(loaded[0], loaded[1], by, now)
		if refusal != nil {
			return nil, refusal
		}
		from[0].Fact.(*MergedInto).Why = cmd.(Merge).Why
		return d.recordBoth(p, loaded, from, into, by, now)
	}
	if _, undo := cmd.(Undo); undo && len(loaded) == 2 && loaded[0].Status == StatusMerged && loaded[0].Into == loaded[1].Number {
		from, into, refusal := p.Unmerge(loaded[0], loaded[1], by, now)
		if refusal != nil {
			return nil, refusal
		}
		return d.recordBoth(p, loaded, from, into, by, now)
	}
	facts, refusal := p.Decide(loaded[0], cmd, by, now)
	if refusal != nil {
		return nil, refusal
	}
	change, err := d.record(p, loaded[0], facts, by, now)
	return []Change{change}, err
}

var errNeedsBoth = errors.New("undoing a merge changes both incidents")

func (d *Desk) recordBoth(p Policy, loaded []*Incident, first, second []Entry, by By, now time.Time) ([]Change, error) {
	a, err := d.record(p, loaded[0], first, by, now)
	if err != nil {
		return nil, err
	}
	b, err := d.record(p, loaded[1], second, by, now)
	return []Change{a, b}, err
}

// Entry is a fact about to be recorded, with what differs from the command's own actor and time.
type Entry struct {
	Fact     Fact
	Occurred Moment
	By       *PersonID // set where the fact is Matoi's own or another's than the actor's
	Recorder PersonID  // with By: who wrote it down for them
}

// mended is what JSON writes for bytes that are no UTF-8 (a real U+FFFD it writes as it is).
var mended = []byte(`\ufffd`)

// record seals facts onto the incident, folds them and derives effects and the next deadline.
func (d *Desk) record(p Policy, before *Incident, facts []Entry, by By, now time.Time) (Change, error) {
	after := before.Clone()
	random := d.Random
	if random == nil {
		random = rand.Reader
	}
	c := Change{After: after, Policy: p.Version}
	for n := 0; ; n++ {
		if n == len(facts) { // what became true may start clocks of further rules
			if facts = append(facts, p.begun(before, after)...); n == len(facts) {
				break
			}
		}
		f := facts[n]
		e := Event{Number: before.Number, Seq: after.Version + 1, At: now, Occurred: f.Occurred, By: by.Person, Recorder: by.Recorder, Fact: f.Fact}
		if f.By != nil {
			e.By, e.Recorder = *f.By, f.Recorder
		}
		if err := Seal(&e, after.Head, random); err != nil {
			return Change{}, fmt.Errorf("seal %s entry %d: %w", before.Number, e.Seq, err)
		}
		if bytes.Contains(e.Body, mended) { // fold what is stored, not what was meant
			if err := Decode(&e, e.Fact.Kind(), e.Body); err != nil {
				return Change{}, err
			}
		}
		after.Apply(e)
		c.Events = append(c.Events, e)
	}
	c.Due = p.NextDue(after)
	c.Effects = p.Effects(before, after, c.Events)
	return c, nil
}
