package storage

import (
	"context"
	"strconv"
	"testing"
	"time"

	"matoi/incident"
)

// crowd is many incidents that are due, in a real store behind a desk with a clock set by hand.
type crowd struct {
	*testing.T
	s       *Storage
	desk    *incident.Desk
	now     time.Time
	numbers []incident.Number
}

func newCrowd(t *testing.T, count int) *crowd {
	t.Helper()
	c := &crowd{T: t, s: openHere(t), now: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	p := incident.DefaultPolicy(time.UTC)
	c.desk = &incident.Desk{Store: c.s, Policy: func() incident.Policy { return p }, Now: func() time.Time { return c.now }}
	for k := range count {
		priority := incident.P3
		if k%10 == 9 {
			priority = incident.P1
		}
		r, err := c.desk.Do(t.Context(), 0, incident.Open{Title: "x", Priority: priority}, incident.By{}, incident.Cause{})
		if err != nil {
			t.Fatal(err)
		}
		c.numbers = append(c.numbers, r.Incident.Number)
	}
	c.now = c.now.Add(4 * time.Hour)
	return c
}

func (c *crowd) version(n incident.Number) int64 {
	c.Helper()
	i, err := c.s.Load(c.Context(), n)
	if err != nil {
		c.Fatal(err)
	}
	return i.Version
}

// ticked are the incidents in which something was recorded since they were opened.
func (c *crowd) ticked() (out []incident.Number) {
	c.Helper()
	for _, n := range c.numbers {
		var entries int64
		if err := row(c.Context(), c.s.read, `SELECT count(*) FROM entry WHERE number = $1 AND kind IN ('reminded', 'target_missed', 'asked')`, []any{int64(n)}, &entries); err != nil {
			c.Fatal(err)
		}
		if entries > 0 {
			out = append(out, n)
		}
	}
	return out
}

func (c *crowd) exec(query string, args ...any) {
	c.Helper()
	err := c.s.write(c.Context(), false, func(t *tx) error {
		_, err := t.exec(query, args...)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
}

func TestASweepTakesP1FirstHoweverMuchIsDue(t *testing.T) {
	c := newCrowd(t, 300)
	due, err := c.s.Due(t.Context(), c.now, 30)
	if err != nil || len(due) != 30 {
		t.Fatal(len(due), err)
	}
	for _, n := range due {
		if i, err := c.s.Load(t.Context(), n); err != nil || i.Priority != incident.P1 {
			t.Errorf("%s is among the first thirty: %v", n, err)
		}
	}
	if n, err := c.desk.Sweep(t.Context()); n != 300 || err != nil {
		t.Fatalf("swept %d: %v", n, err)
	}
	before := len(c.ticked())
	if n, err := c.desk.Sweep(t.Context()); n != 0 || err != nil || before != 300 {
		t.Errorf("swept %d again: %v; %d had been ticked", n, err, before)
	}
	if b, err := c.s.Verify(t.Context(), nil); b != nil || err != nil {
		t.Errorf("verify: %v %v", b, err)
	}
}

func TestAnIncidentThatCannotBeReadFailsAlone(t *testing.T) {
	c := newCrowd(t, 100)
	bad := c.numbers[42]
	c.exec(`UPDATE incident SET state = '{' WHERE number = $1`, int64(bad))
	if n, err := c.desk.Sweep(t.Context()); n != 99 || err == nil {
		t.Errorf("swept %d: %v", n, err)
	}
	if n := len(c.ticked()); n != 99 {
		t.Errorf("%d were ticked", n)
	}
}

func TestAnIncidentThatCannotBeWrittenFailsAlone(t *testing.T) {
	c := newCrowd(t, 100)
	bad := c.numbers[42]
	c.exec(`CREATE TRIGGER poison BEFORE INSERT ON entry WHEN new.number = ` + strconv.FormatInt(int64(bad), 10) + ` BEGIN SELECT RAISE(ABORT, 'poison'); END`)
	each, err := c.desk.Tick(t.Context(), c.numbers)
	if err != nil || len(each) != 100 {
		t.Fatal(len(each), err)
	}
	for _, e := range each {
		if (e.Err != nil) != (e.Number == bad) {
			t.Errorf("%s: %v", e.Number, e.Err)
		}
	}
	if n := len(c.ticked()); n != 99 {
		t.Errorf("%d were ticked", n)
	}
	c.exec(`DROP TRIGGER poison`)
	if n, err := c.desk.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d once it could be written: %v", n, err)
	}
}

func TestWhatChangedMeanwhileIsDecidedAnew(t *testing.T) {
	c := newCrowd(t, 3)
	p, calls := c.desk.Policy(), 0
	each, err := c.s.ChangeEach(t.Context(), incident.Cause{Machine: true}, c.numbers, func(i *incident.Incident) (incident.Change, error) {
		calls++
		if calls == 2 { // before its turn on the writer, as SQLite has it
			if _, err := c.desk.Do(context.Background(), i.Number, incident.Note{Text: "meanwhile"}, incident.By{Person: "p1"}, incident.Cause{}); err != nil {
				t.Error(err)
			}
		}
		after := i.Clone()
		e := incident.Event{Number: i.Number, Seq: i.Version + 1, At: c.now, Fact: &incident.Titled{Title: "y"}}
		if err := incident.Seal(&e, i.Head, constant{}); err != nil {
			return incident.Change{}, err
		}
		after.Apply(e)
		return incident.Change{After: after, Events: []incident.Event{e}, Due: p.NextDue(after), Policy: p.Version}, nil
	})
	if err != nil || len(each) != 3 || calls != 4 {
		t.Fatalf("%d of 3 in %d calls: %v", len(each), calls, err)
	}
	for k, n := range c.numbers {
		i, err := c.s.Load(t.Context(), n)
		if err != nil || i.Title != "y" {
			t.Errorf("%s is called %q: %v", n, i.Title, err)
		}
		events, err := c.s.Timeline(t.Context(), n, 0, 0)
		last := events[len(events)-2].Fact.Kind()
		if err != nil || (last == "noted") != (k == 1) {
			t.Errorf("%s: the last but one entry is %s, %v", n, last, err)
		}
	}
	if b, err := c.s.Verify(t.Context(), nil); b != nil || err != nil {
		t.Errorf("verify: %v %v", b, err)
	}
}

// constant is no source of chance.
type constant struct{}

func (constant) Read(b []byte) (int, error) { return len(b), nil }

func TestPeoplesCommandsGoBetweenBatches(t *testing.T) {
	c := newCrowd(t, 4)
	tick := func(n incident.Number) error {
		_, err := c.desk.Tick(context.Background(), []incident.Number{n})
		return err
	}
	spy, ended := spyOn(c.s), make(chan error, 3)
	first := true
	var before, after int64
	spy.fail = func(what string) error {
		if what != "commit" || !first {
			return nil
		}
		first = false // the first batch is being committed: another one waits, then somebody comes
		go func() { ended <- tick(c.numbers[1]) }()
		c.waits(lineMachine)
		before = c.version(c.numbers[1])
		go func() {
			ended <- c.s.write(context.Background(), false, func(t *tx) error {
				return t.get(`SELECT version FROM incident WHERE number = $1`, []any{int64(c.numbers[1])}, &after)
			})
		}()
		c.waits(linePeople)
		return nil
	}
	if err := tick(c.numbers[0]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if before == 0 || after != before || c.version(c.numbers[1]) == before {
		t.Errorf("the person came after the batch: the incident was at %d, they saw %d, now it is at %d", before, after, c.version(c.numbers[1]))
	}
}

// waits returns when a job waits in the line.
func (c *crowd) waits(n int) {
	q := &c.s.writer.queue
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		q.mu.Lock()
		length := q.line[n].len()
		q.mu.Unlock()
		if length > 0 {
			return
		}
	}
	c.Errorf("nothing waits in line %d", n)
}
