package incident_test

import (
	"context"
	"testing"
	"time"

	"matoi/incident"
)

// nowhere is a store that forgets: what remains is the cost of the rules.
type nowhere struct{ i *incident.Incident }

func (n nowhere) Change(_ context.Context, _ incident.Cause, _ []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	done, err := decide([]*incident.Incident{n.i}, func(day time.Time) (incident.Number, error) { return incident.NumberOf(day, time.UTC, 1), nil })
	return done, false, err
}

func (n nowhere) Due(context.Context, time.Time, int) ([]incident.Number, error) { return nil, nil }

// BenchmarkDecide is one command through the door, without storage: decide, seal, fold, arm and tell.
func BenchmarkDecide(b *testing.B) {
	now := start()
	p := incident.DefaultPolicy(tokyo())
	p.OnCall, p.Managers = []incident.PersonID{bob, cho}, []incident.PersonID{dan, eri}
	store := newMemory(tokyo())
	desk := &incident.Desk{Store: store, Policy: func() incident.Policy { return p }, Now: func() time.Time { return now }}
	do := func(cmd incident.Command, n incident.Number) incident.Number {
		r, err := desk.Do(b.Context(), n, cmd, incident.By{Person: dan}, incident.Cause{})
		if err != nil {
			b.Fatal(err)
		}
		return r.Incident.Number
	}
	n := do(incident.Open{Title: "決済がタイムアウトする", Priority: incident.P1}, 0)
	for _, cmd := range []incident.Command{
		incident.TakeRole{Role: incident.Manager, Person: dan},
		incident.TakeRole{Role: incident.TechLead, Person: bob},
		incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}},
		incident.Publish{Text: "調査中"},
		incident.SetStatus{To: incident.Investigating},
		incident.AnnounceDeed{Text: "再起動"},
	} {
		do(cmd, n)
	}
	desk.Store = nowhere{store.rows[n]}
	for _, bench := range []struct {
		name string
		cmd  incident.Command
	}{
		{"Open", incident.Open{Title: "決済がタイムアウトする", Priority: incident.P1}},
		{"Note", incident.Note{Text: "再起動したが改善せず"}},
		{"Status", incident.SetStatus{To: incident.Identified, Text: "証明書の期限切れ"}},
		{"Alerts", incident.MeetAlerts{Attached: []incident.AlertRef{{Source: "alertmanager", Key: "k", Title: "HighLatency", Start: now}}, Total: 2, Firing: 2}},
		{"IdleTick", incident.Tick{}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(bench.cmd, n)
			}
		})
	}
}
