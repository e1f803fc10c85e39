package storage

import (
	"errors"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/bot/console"
	"matoi/incident"
)

// imported is an incident of 21 November 2026 with a room, made elsewhere.
func imported(t *testing.T, n int64) Record {
	t.Helper()
	at := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	number := incident.NumberOf(at, time.UTC, n)
	i := &incident.Incident{Number: number}
	e := incident.Event{Number: number, Seq: 1, At: at, By: "p1", Fact: &incident.Opened{Title: "決済がタイムアウトする", Priority: incident.P2, Impact: "large", Urgency: "medium"}}
	if err := incident.Seal(&e, nil, zeroes{}); err != nil {
		t.Fatal(err)
	}
	i.Apply(e)
	name := "inc-" + number.String()
	return Record{
		Change:   incident.Change{After: i, Events: []incident.Event{e}, Due: at.Add(time.Hour), Policy: "x", Effects: []incident.Effect{{Number: number, Kind: incident.ShowCard, Realm: "console"}}},
		Channel:  console.Channel{ID: name, Number: number, Created: at},
		Members:  []incident.PersonID{"p1"},
		Messages: []console.Message{{ID: n * 10, Channel: name, Author: "p2", Text: "<@p1> 見ています", At: at}, {ID: n*10 + 1, Channel: name, Author: "p2", Text: "再起動した", At: at}},
		Receipts: map[incident.EffectKind]incident.Receipt{incident.ShowCard: {Place: incident.Place{Realm: "console", Room: name, Message: "10"}}},
		Alerts:   []alert.Row{{Source: "am", Key: name, Status: alert.Firing, Incident: number, FirstSeen: at, Start: at, Title: "HighLatency"}},
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWhatIsImportedStandsAsIfItHadHappenedHere(t *testing.T) {
	s := openHere(t)
	ctx := t.Context()
	first, second := imported(t, 1), imported(t, 2)
	if err := s.Import(ctx, []Record{first, second}); err != nil {
		t.Fatal(err)
	}
	if broken, err := s.Verify(ctx, nil); broken != nil || err != nil {
		t.Error(broken, err)
	}
	if _, outbox, err := s.Waiting(ctx); err != nil || outbox != 0 {
		t.Errorf("%d things are told %v", outbox, err)
	}
	if at, err := s.NextDue(ctx); err != nil || !at.Equal(first.Change.Due) {
		t.Errorf("due %s %v", at, err)
	}
	if rows, err := s.Alerts(ctx, second.Change.After.Number, 5); err != nil || len(rows) != 1 {
		t.Errorf("alerts %v %v", rows, err)
	}
	v := incident.Viewer{Person: "p1"}
	if unread, err := s.Unread(ctx, v); err != nil || len(unread) != 0 {
		t.Errorf("unread %v %v", unread, err)
	}
	if found, err := s.Search(ctx, console.Query{Viewer: v, Text: "再起動", Limit: 5}); err != nil || len(found) != 2 {
		t.Errorf("found %v %v", found, err)
	}
	if found, err := s.Search(ctx, console.Query{Viewer: v, Mentioned: "p1", Limit: 5}); err != nil || len(found) != 2 {
		t.Errorf("mentions %v %v", found, err)
	}
	m, err := s.AddMessage(ctx, console.Message{Channel: first.Channel.ID, Text: "new", At: first.Channel.Created})
	if err != nil || m.ID != 22 {
		t.Errorf("the next message is %d %v", m.ID, err)
	}
	policy := incident.DefaultPolicy(time.UTC)
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return policy }, Now: func() time.Time { return first.Change.After.Opened }}
	r, err := desk.Do(ctx, 0, incident.Open{Title: "the next one"}, incident.By{Person: "p1"}, incident.Cause{})
	if err != nil || r.Incident.Number.String() != "INC-20261121-003" {
		t.Errorf("the next incident is %v %v", r.Incident, err)
	}
}

func TestAnImportIsWholeOrNothing(t *testing.T) {
	s := openHere(t)
	ctx := t.Context()
	if err := s.Import(ctx, []Record{imported(t, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Import(ctx, []Record{imported(t, 2), imported(t, 1)}); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("the same number twice: %v", err)
	}
	found, err := s.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}})
	if err != nil || len(found) != 1 {
		t.Errorf("%d incidents %v", len(found), err)
	}
	if broken, err := s.Verify(ctx, nil); broken != nil || err != nil {
		t.Error(broken, err)
	}
}
