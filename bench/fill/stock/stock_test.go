package stock_test

import (
	"errors"
	"testing"
	"time"

	"matoi/bench/fill/stock"
	"matoi/incident"
	"matoi/storage"
)

var now = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

func filled(t *testing.T, change func(*stock.Options)) (*storage.Storage, stock.Options) {
	t.Helper()
	policy, err := stock.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	s, err := storage.Open(t.Context(), storage.Options{Path: t.TempDir(), Zone: policy.Zone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := stock.Options{Open: 40, Closed: 160, Entries: 2400, Alerts: 150, People: 20, Due: now.Add(time.Hour), Now: now, Policy: policy}
	change(&o)
	if err := stock.Fill(t.Context(), s, o); err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestAFilledStoreVerifiesAndHoldsWhatWasAskedFor(t *testing.T) {
	s, o := filled(t, func(*stock.Options) {})
	_, broken, err := s.VerifyAll(t.Context(), storage.Verifying{Policy: &o.Policy})
	if broken != nil || err != nil {
		t.Fatal(broken, err)
	}
	all := incident.Viewer{All: true}
	open, err := s.Find(t.Context(), incident.Filter{Viewer: all, Open: true, Limit: 1000})
	if err != nil || len(open) != o.Open {
		t.Errorf("%d open, want %d %v", len(open), o.Open, err)
	}
	every, err := s.Find(t.Context(), incident.Filter{Viewer: all, Limit: 1000})
	if err != nil || len(every) != o.Open+o.Closed {
		t.Errorf("%d incidents, want %d %v", len(every), o.Open+o.Closed, err)
	}
	entries, alerts, priorities := int64(0), 0, map[incident.Priority]int{}
	for _, r := range every {
		entries += r.Version
		priorities[r.Priority]++
		list, err := s.Alerts(t.Context(), r.Number, 100)
		if err != nil {
			t.Fatal(err)
		}
		alerts += len(list)
	}
	if entries < int64(o.Entries)*97/100 || entries > int64(o.Entries)*103/100 {
		t.Errorf("%d entries, want about %d", entries, o.Entries)
	}
	if alerts == 0 || alerts > o.Alerts || len(priorities) != 5 {
		t.Errorf("%d alerts of incidents, priorities %v", alerts, priorities)
	}
	channels, err := s.Channels(t.Context(), all)
	if err != nil || len(channels) < 60 {
		t.Errorf("%d channels %v", len(channels), err)
	}
	if next, err := s.NextDue(t.Context()); err != nil || next.Before(o.Due) {
		t.Errorf("a deadline is armed at %s %v", next, err)
	}
	if stale, err := s.Stale(t.Context(), o.Policy.Version, 10); err != nil || len(stale) > 0 {
		t.Errorf("the first start arms anew: %v %v", stale, err)
	}
	if err := stock.Fill(t.Context(), s, o); !errors.Is(err, stock.ErrFilled) {
		t.Errorf("filling again: %v", err)
	}
}

func TestWhatIsDueAtOnceHasSomethingToRecord(t *testing.T) {
	s, o := filled(t, func(o *stock.Options) { o.AtOnce = true })
	if early, err := s.Due(t.Context(), o.Due.Add(-time.Microsecond), 1000); err != nil || len(early) > 0 {
		t.Errorf("due before: %v %v", early, err)
	}
	due, err := s.Due(t.Context(), o.Due, 1000)
	if err != nil || len(due) != o.Open {
		t.Fatalf("%d due at once, want %d %v", len(due), o.Open, err)
	}
	desk := incident.Desk{Store: s, Policy: func() incident.Policy { return o.Policy }, Now: func() time.Time { return o.Due }}
	for _, n := range due {
		r, err := desk.Do(t.Context(), n, incident.Tick{}, incident.By{}, incident.Cause{Machine: true})
		if err != nil || len(r.Events) == 0 {
			t.Errorf("%s: the clock says %v %v", n, r.Events, err)
		}
	}
}
