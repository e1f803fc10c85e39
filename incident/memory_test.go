package incident_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

// memory is an incident.Store that keeps entries as stored bytes and refolds, as a real one does.
type memory struct {
	zone     *time.Location
	rows     map[incident.Number]*incident.Incident
	entries  map[incident.Number][]incident.Event
	due      map[incident.Number]time.Time
	causes   map[string][]incident.Change
	counters map[int64]int64
	effects  []incident.Effect // all that was ever told, in order
	conflict int               // how many changes lose a race first
	broken   incident.Number   // the one whose row can't be read
}

var errBroken = errors.New("the row can't be read")

func newMemory(zone *time.Location) *memory {
	return &memory{
		zone: zone, rows: map[incident.Number]*incident.Incident{}, entries: map[incident.Number][]incident.Event{},
		due: map[incident.Number]time.Time{}, causes: map[string][]incident.Change{}, counters: map[int64]int64{},
	}
}

func (m *memory) Change(_ context.Context, cause incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	if done, seen := m.causes[cause.ID]; seen && cause.ID != "" {
		return done, true, nil
	}
	if m.conflict > 0 {
		m.conflict--
		return nil, false, incident.ErrConflict
	}
	var loaded []*incident.Incident
	for _, n := range numbers {
		i, ok := m.rows[n]
		if n == m.broken && n != 0 {
			return nil, false, errBroken
		}
		if !ok {
			return nil, false, incident.ErrNotFound
		}
		loaded = append(loaded, i.Clone())
	}
	drawn := map[int64]int64{}
	done, err := decide(loaded, func(day time.Time) (incident.Number, error) {
		d := incident.Day(day, m.zone)
		drawn[d]++
		return incident.NumberOf(day, m.zone, m.counters[d]+drawn[d]), nil
	})
	if err != nil {
		return nil, false, err
	}
	for d, k := range drawn {
		m.counters[d] += k
	}
	for _, c := range done {
		n := c.After.Number
		m.rows[n], m.due[n] = c.After, c.Due
		m.entries[n] = append(m.entries[n], c.Events...)
		m.effects = append(m.effects, c.Effects...)
	}
	if cause.ID != "" {
		m.causes[cause.ID] = done
	}
	return done, false, nil
}

func (m *memory) Due(_ context.Context, before time.Time, limit int) ([]incident.Number, error) {
	var out []incident.Number
	for n, at := range m.due {
		if !at.IsZero() && !at.After(before) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b incident.Number) int {
		return int(m.rows[a].Priority) - int(m.rows[b].Priority)
	})
	return out[:min(limit, len(out))], nil
}

// The people of the tests.
const (
	ann   incident.PersonID = "p1" // opens
	bob   incident.PersonID = "p2" // on call
	cho   incident.PersonID = "p3" // on call
	dan   incident.PersonID = "p4" // manager
	eri   incident.PersonID = "p5" // manager
	fay   incident.PersonID = "p6" // anybody
	matoi incident.PersonID = ""
)

// tokyo is the organisation's zone; it has had no daylight saving since 1951.
func tokyo() *time.Location { return time.FixedZone("JST", 9*60*60) }

// start is noon of 21 November 2026 in Tokyo.
func start() time.Time { return time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC) }

// scene is a conversation with a clock that is set by hand. Its incident is the one opened last.
type scene struct {
	*testing.T
	store  *memory
	desk   *incident.Desk
	policy incident.Policy
	now    time.Time
	n      incident.Number
	last   incident.Result
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, store: newMemory(tokyo()), policy: incident.DefaultPolicy(tokyo()), now: start()}
	s.policy.OnCall, s.policy.Managers = []incident.PersonID{bob, cho}, []incident.PersonID{dan, eri}
	s.policy.Chase = incident.Chase{} // what is left lying is asked about in chase_test.go
	s.desk = &incident.Desk{Store: s.store, Policy: func() incident.Policy { return s.policy }, Now: func() time.Time { return s.now }}
	return s
}

// opened is a scene with an incident of that priority, opened by ann on behalf of nobody else.
func opened(t *testing.T, p incident.Priority) *scene {
	t.Helper()
	s := newScene(t)
	s.open(ann, incident.Open{Title: "決済がタイムアウトする", Priority: p})
	return s
}

// led is opened, with dan in the incident manager's role and every clock but the asked-for ones out of the way.
func led(t *testing.T, p incident.Priority) *scene {
	t.Helper()
	s := opened(t, p)
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	return s
}

func (s *scene) open(by incident.PersonID, c incident.Open) *incident.Incident {
	s.Helper()
	r, err := s.desk.Do(s.Context(), 0, c, incident.By{Person: by}, incident.Cause{})
	if err != nil {
		s.Fatalf("open %q: %v", c.Title, err)
	}
	s.n, s.last = r.Incident.Number, r
	return r.Incident
}

// try runs a command and gives the code of its refusal, "" if it was done.
func (s *scene) try(by incident.PersonID, cmd incident.Command) string {
	s.Helper()
	return s.tryBy(incident.By{Person: by}, cmd)
}

func (s *scene) tryBy(by incident.By, cmd incident.Command) string {
	s.Helper()
	before := s.i().Clone()
	r, err := s.desk.Do(s.Context(), s.n, cmd, by, incident.Cause{})
	var refusal *incident.Refusal
	switch {
	case errors.As(err, &refusal):
		if !reflect.DeepEqual(before, s.i()) {
			s.Errorf("%T was refused (%s) and changed something", cmd, refusal.Code)
		}
		return refusal.Code
	case errors.Is(err, incident.ErrNotFound):
		return "ErrNotFound"
	case err != nil:
		s.Fatalf("%T: %v", cmd, err)
	}
	s.last = r
	return ""
}

// do runs a command that must be done.
func (s *scene) do(by incident.PersonID, cmd incident.Command) *incident.Incident {
	s.Helper()
	if code := s.try(by, cmd); code != "" {
		s.Fatalf("%T by %s was refused: %s", cmd, by, code)
	}
	return s.i()
}

// refused runs a command that must be refused with code.
func (s *scene) refused(code string, by incident.PersonID, cmd incident.Command) {
	s.Helper()
	if got := s.try(by, cmd); got != code {
		s.Errorf("%T by %s: got refusal %q, want %q", cmd, by, got, code)
	}
}

// i is the incident as it stands.
func (s *scene) i() *incident.Incident { return s.store.rows[s.n] }

// wait lets time pass, sweeping at every instant at which something is due, and gives the entries made.
func (s *scene) wait(d time.Duration) []incident.Event {
	s.Helper()
	until, from := s.now.Add(d), len(s.store.entries[s.n])
	for ticks := 0; ; ticks++ {
		due := s.policy.NextDue(s.i())
		if due.IsZero() || due.After(until) {
			break
		}
		if due.After(s.now) {
			s.now = due
		}
		if ticks > 5000 {
			s.Fatalf("the clock never comes to rest at %s", s.now)
		}
		s.sweep()
	}
	s.now = until
	return s.store.entries[s.n][from:]
}

// sleep lets time pass while Matoi is down.
func (s *scene) sleep(d time.Duration) { s.now = s.now.Add(d) }

func (s *scene) sweep() int {
	s.Helper()
	n, err := s.desk.Sweep(s.Context())
	if err != nil {
		s.Fatalf("sweep: %v", err)
	}
	return n
}

// of chooses the facts of one type.
func of[F incident.Fact](events []incident.Event) []F {
	var out []F
	for _, e := range events {
		if f, ok := e.Fact.(F); ok {
			out = append(out, f)
		}
	}
	return out
}

// all gives the incident's whole timeline.
func (s *scene) all() []incident.Event { return s.store.entries[s.n] }

// steps lists what the clock said about one kind of deadline: shares, 100 and above at and after the miss.
func steps(events []incident.Event, k incident.ClockKind) []int {
	var out []int
	for _, e := range events {
		switch f := e.Fact.(type) {
		case *incident.Reminded:
			if f.Clock == k {
				out = append(out, f.Step)
			}
		case *incident.TargetMissed:
			if f.Clock == k {
				out = append(out, f.Step)
			}
		}
	}
	return out
}

// told lists to whom something was said privately since the effect at from.
func (s *scene) told(from int) []incident.PersonID {
	var out []incident.PersonID
	for _, e := range s.store.effects[from:] {
		if (e.Kind == incident.Tell || e.Kind == incident.Remind) && !slices.Contains(out, e.Person) {
			out = append(out, e.Person)
		}
	}
	slices.Sort(out)
	return out
}

// check asserts what must hold of every scene at its end: the stored entries fold to the row and the chain holds.
func (s *scene) check() {
	s.Helper()
	for n, row := range s.store.rows {
		events := reread(s.T, s.store.entries[n])
		if broken := incident.Verify(n, events); broken != nil {
			s.Errorf("%v", broken)
		}
		if got, want := text(s, incident.Fold(n, events)), text(s, row); got != want {
			s.Errorf("%s: the stored entries fold to\n%s\nbut the row is\n%s", n, got, want)
		}
	}
}

// reread decodes the stored bytes of entries, as a store does.
func reread(t *testing.T, events []incident.Event) []incident.Event {
	t.Helper()
	out := make([]incident.Event, len(events))
	for k, e := range events {
		out[k] = incident.Event{Number: e.Number, Seq: e.Seq, At: e.At, Salt: bytes.Clone(e.Salt), Digest: bytes.Clone(e.Digest), Hash: bytes.Clone(e.Hash)}
		if err := incident.Decode(&out[k], e.Fact.Kind(), bytes.Clone(e.Body)); err != nil {
			t.Fatalf("decode entry %d: %v", e.Seq, err)
		}
	}
	return out
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// at compares instants.
func at(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}
