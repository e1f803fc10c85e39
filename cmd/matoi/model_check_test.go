package main

import (
	"context"
	"strings"

	"pgregory.net/rapid"

	"matoi/incident"
)

// check holds all records, and what people opened, against the model.
func (m *machine) check(t *rapid.T) {
	ctx := context.Background()
	rows, err := m.app.store.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < len(m.chains) {
		t.Fatalf("there were %d incidents and are %d", len(m.chains), len(rows))
	}
	times := map[string]int{}
	for _, r := range rows {
		events, err := m.app.store.Timeline(ctx, r.Number, 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.chain(r.Number, events); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if f, ok := e.Fact.(*incident.Noted); ok {
				times[r.Number.String()+f.Text]++
			}
		}
	}
	for _, i := range m.incidents {
		is, err := m.app.store.Load(ctx, i.number)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.agrees(is, m.id(t, i.manager)); err != nil {
			t.Fatal(err)
		}
		for _, note := range i.notes {
			if n := times[i.number.String()+note]; n != 1 {
				t.Fatalf("%q is %d times in %s", note, n, i.number)
			}
		}
	}
}

// id is who goes by a name.
func (m *machine) id(t *rapid.T, name string) incident.PersonID {
	if name == "" {
		return ""
	}
	found, err := m.app.store.Named(context.Background(), name)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s is %v %v", name, found, err)
	}
	return found[0].ID
}

// finish holds what is true once nothing waits: chains, counters of alerts, deadlines, rooms.
func (m *machine) finish(t *rapid.T) {
	ctx := context.Background()
	s := m.app.store
	if inbox, outbox, err := s.Waiting(ctx); inbox != 0 || outbox != 0 || err != nil {
		t.Fatalf("%d requests and %d deliveries wait: %v", inbox, outbox, err)
	}
	if broken, err := s.Verify(ctx, nil); broken != nil || err != nil {
		t.Fatalf("verify: %v %v", broken, err)
	}
	if due, err := s.Due(ctx, m.now, 10); len(due) > 0 || err != nil {
		t.Fatalf("%v are due still: %v", due, err)
	}
	m.tallies(t)
	m.rooms(t)
}

// tallies holds the counters of alerts against what was accepted.
func (m *machine) tallies(t *rapid.T) {
	ctx := context.Background()
	rows, err := m.app.store.InboxRows(ctx, 1<<20)
	for n := range m.chains {
		if err != nil {
			t.Fatal(err)
		}
		more, e := m.app.store.Alerts(ctx, n, 1<<20)
		rows, err = append(rows, more...), e
	}
	count, firing := map[string]int64{}, map[string]bool{}
	for _, r := range rows {
		key := strings.TrimPrefix(r.Key, r.Source+":")
		count[key] += r.Count
		firing[key] = firing[key] || r.Status == "firing"
	}
	for key, a := range m.alerts {
		if count[key] != a.count || firing[key] == a.over {
			t.Fatalf("alert %s is counted %d times and fires: %v; accepted were %d, over: %v", key, count[key], firing[key], a.count, a.over)
		}
	}
}

// rooms holds the built-in chat: one room or thread for each incident, and in it every note of a command once.
func (m *machine) rooms(t *rapid.T) {
	ctx := context.Background()
	list, err := m.app.store.Since(ctx, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range m.incidents {
		is, err := m.app.store.Load(ctx, i.number)
		if err != nil || len(is.Rooms) != 1 {
			t.Fatalf("%s has the rooms %v %v", i.number, is.Rooms, err)
		}
		room := is.Rooms[0]
		for _, note := range i.notes {
			n := 0
			for _, msg := range list {
				if msg.Channel == room.ID && msg.Author == "" && msg.Only == "" && strings.Contains(msg.Text, note) {
					n++
				}
			}
			if n != 1 {
				t.Fatalf("the room of %s says %q %d times", i.number, note, n)
			}
		}
	}
}
