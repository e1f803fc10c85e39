package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"matoi/incident"
)

// memory is a small working store for the pump's tests, which run in a bubble of time where no database can.
type memory struct {
	mu        sync.Mutex
	incidents map[incident.Number]*incident.Incident
	events    map[incident.Number][]incident.Event
	causes    map[string][]incident.Change
	outbox    []*waiting
	receipts  map[string]incident.Receipt
	people    map[incident.PersonID]incident.Person
	next      int64
	day       int64
	signal    chan struct{}
	now       func() time.Time
	away      bool // the outbox cannot be read
	claims    int
	dropped   []string
}

type waiting struct {
	d       incident.Delivery
	at      time.Time
	claimed time.Time
}

func newMemory(now func() time.Time) *memory {
	return &memory{
		incidents: map[incident.Number]*incident.Incident{}, events: map[incident.Number][]incident.Event{}, causes: map[string][]incident.Change{},
		receipts: map[string]incident.Receipt{}, people: map[incident.PersonID]incident.Person{}, signal: make(chan struct{}, 1), now: now,
	}
}

func (m *memory) Change(_ context.Context, cause incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if done, seen := m.causes[cause.ID]; seen && cause.ID != "" {
		return done, true, nil
	}
	var loaded []*incident.Incident
	for _, n := range numbers {
		if m.incidents[n] == nil {
			return nil, false, incident.ErrNotFound
		}
		loaded = append(loaded, m.incidents[n].Clone())
	}
	done, err := decide(loaded, func(day time.Time) (incident.Number, error) {
		m.day++
		return incident.NumberOf(day, time.UTC, m.day), nil
	})
	if err != nil {
		return nil, false, err
	}
	for _, c := range done {
		m.incidents[c.After.Number] = c.After
		m.events[c.After.Number] = append(m.events[c.After.Number], c.Events...)
		for _, e := range c.Effects {
			m.put(e)
		}
	}
	m.causes[cause.ID] = done
	return done, false, nil
}

// put adds an effect; a waiting one of a coalescing kind stands for it.
func (m *memory) put(e incident.Effect) {
	for _, w := range m.outbox {
		if e.Kind.Coalesces() && w.d.Effect.Kind == e.Kind && w.d.Effect.Lane() == e.Lane() && w.claimed.IsZero() {
			return
		}
	}
	m.next++
	m.outbox = append(m.outbox, &waiting{d: incident.Delivery{ID: m.next, Effect: e, Waiting: m.now()}})
	m.hint()
}

func (m *memory) hint() {
	select {
	case m.signal <- struct{}{}:
	default:
	}
}

func (m *memory) Due(context.Context, time.Time, int) ([]incident.Number, error) { return nil, nil }

func (m *memory) Load(_ context.Context, n incident.Number) (*incident.Incident, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.incidents[n]; i != nil {
		return i.Clone(), nil
	}
	return nil, incident.ErrNotFound
}

func (m *memory) Timeline(_ context.Context, n incident.Number, after int64, limit int) ([]incident.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.events[n]
	from := min(int(max(after, 0)), len(all))
	return slices.Clone(all[from:min(from+limit, len(all))]), nil
}

func (m *memory) Find(context.Context, incident.Filter) ([]incident.Row, error) { return nil, nil }
func (m *memory) Alike(context.Context, []string, incident.Viewer, int) ([]incident.Row, error) {
	return nil, nil
}

func (m *memory) Knows(_ context.Context, cause string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.causes[cause] != nil, nil
}

func (m *memory) InRoom(context.Context, incident.Place) (incident.Number, error) { return 0, nil }

func (m *memory) Person(_ context.Context, id incident.PersonID) (incident.Person, error) {
	if p, ok := m.people[id]; ok {
		return p, nil
	}
	return incident.Person{ID: id, Name: "name of " + string(id)}, nil
}
func (m *memory) People(context.Context) ([]incident.Person, error)        { return nil, nil }
func (m *memory) Named(context.Context, string) ([]incident.Person, error) { return nil, nil }
func (m *memory) Meet(context.Context, incident.Identity, string, string) (incident.Person, error) {
	return incident.Person{}, errors.New("nobody is met here")
}
func (m *memory) SavePerson(context.Context, incident.Person) error { return nil }

func (m *memory) Turn(_ context.Context, settled []incident.Settled, now time.Time, lease time.Duration, limit int, runs ...string) ([]incident.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims++
	if m.away {
		return nil, incident.ErrUnavailable
	}
	for _, s := range settled {
		m.settle(s)
	}
	lanes, passed := map[string]bool{}, map[string]bool{}
	var heads []*waiting
	for _, w := range m.outbox {
		lane := w.d.Effect.Lane()
		if w.d.Effect.Kind.Coalesces() && w.claimed.IsZero() && w.d.Tries == 0 && w.at.After(now) { // posts pass it
			passed[lane] = true
			continue
		}
		if !lanes[lane] && (!passed[lane] || w.d.Effect.Kind == incident.Post || w.d.Effect.Kind == incident.Outdate) {
			lanes[lane] = true
			if !w.at.After(now) && !w.claimed.After(now) {
				heads = append(heads, w)
			}
		}
	}
	slices.SortStableFunc(heads, func(a, b *waiting) int {
		switch {
		case a.d.Effect.Urgent == b.d.Effect.Urgent:
			return 0
		case a.d.Effect.Urgent:
			return -1
		}
		return 1
	})
	var out []incident.Delivery
	for _, w := range heads[:min(limit, len(heads))] {
		if !w.claimed.IsZero() {
			w.d.Doubtful, w.d.Tries = true, w.d.Tries+1
		}
		w.claimed = now.Add(lease)
		d := w.d
		if slices.Contains(runs, d.Effect.Realm) {
			d.Behind = m.behind(w, now, lease)
		}
		out = append(out, d)
	}
	return out, nil
}

// Following looks at what waits behind a delivery.
func (m *memory) Following(_ context.Context, d incident.Delivery, most int) (out []incident.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return nil, incident.ErrUnavailable
	}
	for _, w := range m.outbox {
		if w.d.ID > d.ID && w.d.Effect.Lane() == d.Effect.Lane() && len(out) < most {
			out = append(out, w.d)
		}
	}
	return out, nil
}

// Meant looks at what a person is to be told.
func (m *memory) Meant(_ context.Context, realm string, person incident.PersonID, most int, kinds ...incident.EffectKind) (out []incident.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return nil, incident.ErrUnavailable
	}
	for _, w := range m.outbox {
		if e := w.d.Effect; e.Realm == realm && e.Person == person && slices.Contains(kinds, e.Kind) && len(out) < most {
			d := w.d
			d.Taken = w.claimed.After(m.now())
			out = append(out, d)
		}
	}
	return out, nil
}

// behind takes what is due behind a head: more than storage does, for it takes what keeps the same message, too.
func (m *memory) behind(head *waiting, now time.Time, lease time.Duration) (out []incident.Delivery) {
	for _, w := range m.outbox {
		switch {
		case w.d.ID <= head.d.ID || w.d.Effect.Lane() != head.d.Effect.Lane():
			continue
		case !w.claimed.IsZero() || w.at.After(now):
			return out
		}
		w.claimed = now.Add(lease)
		out = append(out, w.d)
	}
	return out
}

// settle writes down what became of one delivery.
func (m *memory) settle(s incident.Settled) {
	k := slices.IndexFunc(m.outbox, func(w *waiting) bool { return w.d.ID == s.ID })
	if k < 0 {
		return
	}
	w := m.outbox[k]
	e := w.d.Effect
	same := func(o *waiting) bool {
		return o != w && e.Kind.Coalesces() && o.d.Effect.Kind == e.Kind && o.d.Effect.Lane() == e.Lane() && o.claimed.IsZero()
	}
	switch s.As {
	case incident.PutOff:
		w.at, w.claimed, w.d.Doubtful = s.At, time.Time{}, w.d.Doubtful || s.Doubtful
		if !s.Untried {
			w.d.Tries++
		}
		if s.Receipt != (incident.Receipt{}) {
			m.receipts[key(e.Number, e.Realm, e.Kind, e.Person)], w.d.Doubtful = s.Receipt, false
		}
		m.outbox = slices.DeleteFunc(m.outbox, same)
		return
	case incident.GivenUp:
		m.dropped = append(m.dropped, s.Why)
	default:
		if s.Receipt != (incident.Receipt{}) && s.Asks {
			m.receipts[key(e.Number, e.Realm, incident.Question, e.Person)] = s.Receipt
		}
		if s.Receipt != (incident.Receipt{}) {
			m.receipts[key(e.Number, e.Realm, e.Kind, e.Person)] = s.Receipt
		}
		if i := m.incidents[e.Number]; i != nil && s.Version >= i.Version {
			m.outbox = slices.DeleteFunc(m.outbox, same)
		}
	}
	m.outbox = slices.DeleteFunc(m.outbox, func(o *waiting) bool { return o == w })
}

func (m *memory) Hurry(_ context.Context, realm string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.outbox {
		if w.d.Effect.Realm == realm && w.claimed.IsZero() && (w.d.Tries > 0 || w.d.Effect.Kind == incident.Tell) && w.at.After(now) {
			w.at = now
			m.hint()
		}
	}
	return nil
}

func (m *memory) NextClaim(context.Context) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var next time.Time
	lanes := map[string]bool{}
	for _, w := range m.outbox {
		if lane := w.d.Effect.Lane(); !lanes[lane] {
			lanes[lane] = true
			at := w.at
			if w.claimed.After(at) {
				at = w.claimed
			}
			if at.IsZero() {
				at = w.d.Waiting
			}
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	return next, nil
}

func (m *memory) Receipt(_ context.Context, n incident.Number, realm string, kind incident.EffectKind, p incident.PersonID) (incident.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.receipts[key(n, realm, kind, p)]
	if !ok {
		return r, incident.ErrNotFound
	}
	return r, nil
}

// Told lists where the receipts of private messages stand.
func (m *memory) Told(_ context.Context, n incident.Number, realm string) (places []incident.Place, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, r := range m.receipts {
		for _, kind := range []incident.EffectKind{incident.Tell, incident.Brief} {
			at := incident.Place{Realm: r.Place.Realm, Room: r.Place.Room}
			if strings.HasPrefix(k, n.String()+realm+string(kind)) && !slices.Contains(places, at) {
				places = append(places, at)
			}
		}
	}
	return places, nil
}

// Late lists the rooms whose words wait since before a time.
func (m *memory) Late(_ context.Context, before time.Time) (map[incident.Number]map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return nil, incident.ErrUnavailable
	}
	late := map[incident.Number]map[string]time.Time{}
	for _, w := range m.outbox {
		e := w.d.Effect
		if e.Lane() != e.Number.String()+"/"+e.Realm || w.d.Waiting.After(before) {
			continue
		}
		if late[e.Number] == nil {
			late[e.Number] = map[string]time.Time{}
		}
		if old, ok := late[e.Number][e.Realm]; !ok || w.d.Waiting.Before(old) {
			late[e.Number][e.Realm] = w.d.Waiting
		}
	}
	return late, nil
}

func key(n incident.Number, realm string, kind incident.EffectKind, p incident.PersonID) string {
	return n.String() + realm + string(kind) + string(p)
}

func (m *memory) Watch(string) (<-chan struct{}, func()) { return m.signal, func() {} }

func (m *memory) kinds(n incident.Number) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, e := range m.events[n] {
		out = append(out, e.Fact.Kind())
	}
	return out
}

// clear empties the outbox, as another process does.
func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outbox = nil
}

func (m *memory) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.outbox)
}

// cutOff makes the outbox unreadable, as a full disk does.
func (m *memory) cutOff(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

func (m *memory) looked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claims
}

func (m *memory) given() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.dropped)
}
