package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matoi/storage"
)

func TestTheNightIsThatOfEachPerson(t *testing.T) {
	now := time.Date(2026, 11, 2, 15, 30, 0, 0, time.UTC) // half past midnight in Tokyo
	store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "data"), Zone: time.UTC, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	c, err := ParseConfig("m.yaml", []byte(`
zone: Asia/Tokyo
people: [{name: Aki}, {name: Ben, zone: Europe/London}, {name: Cho}]
on_call: [Aki, Ben]
managers: [Cho]
calls: {quiet: "22:00-07:00", quiet_from: P3}
`), world())
	if err != nil {
		t.Fatal(err)
	}
	a := NewApp(AppOptions{Config: c, Now: func() time.Time { return now }})
	a.store = store
	if err := a.live.Take(t.Context(), now, c, store); err != nil {
		t.Fatal(err)
	}
	p := a.live.Policy()
	if p.CallHours != nil || p.AwakeElse.Open(now) || !p.AwakeElse.Open(now.Add(7*time.Hour)) || p.AwakeElse.Open(now.Add(6*time.Hour)) {
		t.Errorf("the organisation's night: %+v, hours %+v", p.AwakeElse, p.CallHours)
	}
	if ben := p.Awake[p.OnCall[1]]; len(p.Awake) != 1 || ben == nil || !ben.Open(now) || ben.Open(now.Add(7*time.Hour)) {
		t.Errorf("London's night: %+v", p.Awake)
	}
	aki, err := store.Person(t.Context(), p.OnCall[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		zone string
		want int
	}{{"", 1}, {"America/Los_Angeles", 2}, {"Mars/Olympus", 1}, {"Asia/Tokyo", 1}} {
		aki.Zone = x.zone
		if err := store.SavePerson(t.Context(), aki); err != nil {
			t.Fatal(err)
		}
		before := a.live.Policy().Version
		if err := a.newNights(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := a.live.Policy(); len(after.Awake) != x.want || (after.Version == before) != (len(p.Awake) == len(after.Awake)) {
			t.Errorf("Aki moves to %q: %+v, version %s before %s", x.zone, after.Awake, after.Version, before)
		}
		p = a.live.Policy()
	}
	for text, want := range map[string]string{
		`calls: {quiet: "22-7"}`:        "calls.quiet: “22-7” is no night: write it as 22:00-07:00.",
		`calls: {quiet: "00:00-24:00"}`: "calls.quiet: “00:00-24:00” is no night",
	} {
		if _, err := ParseConfig("m.yaml", []byte(text), world()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if c, err = ParseConfig("m.yaml", []byte(`calls: {quiet: "22:00-07:00", hours: {mon-fri: "08:00-20:00"}}`), world()); err != nil || len(c.callHours()) != 1 {
		t.Errorf("both hours: %v, %v", c.callHours(), err)
	}
}
