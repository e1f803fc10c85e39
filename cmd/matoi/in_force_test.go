package main

import (
	"path/filepath"
	"testing"
	"time"

	"matoi/incident"
	"matoi/storage"
)

// TestATriggerThatAReloadBringsIsInForceFromThenOn and calls for nothing that is long past; after a restart it still is from then on.
func TestATriggerThatAReloadBringsIsInForceFromThenOn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	open := func() *storage.Storage {
		t.Helper()
		store, err := storage.Open(t.Context(), storage.Options{Path: folder, Zone: time.UTC, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	config := func(text string) Config {
		t.Helper()
		c, err := ParseConfig("m.yaml", []byte("people: [{name: Ann}, {name: Bob}]\nmanagers: [Ann]\non_call: [Bob]\n"+text), world())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	take := func(live *Live, store *storage.Storage, text string) incident.Policy {
		t.Helper()
		if err := live.Take(t.Context(), now, config(text), store); err != nil {
			t.Fatal(err)
		}
		return live.Policy()
	}
	const own = "escalations: [{name: e, when: [{on: vacant, role: tech-lead, after: 20m}], steps: [{call: [{person: Bob}], wait: 5m}]}]\n"

	store, live := open(), &Live{}
	for word, since := range take(live, store, "").InForce {
		if !since.IsZero() {
			t.Errorf("%s is in force since %s, want always", word, since)
		}
	}
	desk := incident.Desk{Store: store, Policy: live.Policy, Now: func() time.Time { return now }}
	done, err := desk.Do(t.Context(), 0, incident.Open{Title: "old", Priority: incident.P3}, incident.By{Person: "p1"}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(72 * time.Hour)
	came := now
	take(live, store, own)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	store, live = open(), &Live{}
	defer func() { _ = store.Close() }()
	policy := take(live, store, own)
	if got := policy.InForce[policy.Escalations[0].Word(policy.Escalations[0].Triggers[0])]; !got.Equal(came) {
		t.Errorf("in force since %s, want %s", got, came)
	}
	i, err := store.Load(t.Context(), done.Incident.Number)
	if err != nil {
		t.Fatal(err)
	}
	ahead := policy.Ahead(i)
	if len(ahead) != 1 || !ahead[0].At.Equal(came.Add(20*time.Minute)) {
		t.Errorf("an incident that has been without a tech lead for days is called for at once: %+v", ahead)
	}
}
