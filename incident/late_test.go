package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

// lates lists by how much each deed of the clock among events came late.
func lates(events []incident.Event) (out []time.Duration) {
	for _, e := range events {
		switch e.Fact.(type) {
		case *incident.Reminded, *incident.TargetMissed, *incident.Called:
			out = append(out, incident.Late(e.Fact))
		}
	}
	return out
}

func TestWhatComesLateSaysByHowMuch(t *testing.T) {
	for _, x := range []struct {
		name string
		does func(s *scene)
		late time.Duration // the most that any says
	}{
		{"in time", func(s *scene) { s.wait(5 * time.Hour) }, 0},
		{"behind by less than a minute", func(s *scene) { s.sleep(90*time.Minute + 59*time.Second); s.sweep() }, 0},
		{"behind by a minute", func(s *scene) { s.sleep(91 * time.Minute); s.sweep() }, time.Minute},
		{"away for an hour", func(s *scene) { s.sleep(150 * time.Minute); s.sweep() }, time.Hour},
		{"away for an hour, and in time again", func(s *scene) {
			s.sleep(150 * time.Minute)
			s.sweep()
			equal(s.T, "again at once", s.sweep(), 0)
			for _, by := range lates(s.wait(5 * time.Hour)) {
				equal(s.T, "what comes after it", by, 0)
			}
		}, time.Hour},
		{"away for an hour, and others were quicker to write", func(s *scene) {
			s.sleep(150 * time.Minute)
			s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}})
			s.try(bob, incident.Speak{})
			s.sweep()
		}, time.Hour},
		{"known only now that it began yesterday", func(s *scene) {
			s.sleep(time.Minute)
			s.do(bob, incident.SetOccurred{Happened: incident.Moment{At: s.now.Add(-30 * time.Hour)}})
			s.sleep(time.Second)
			s.sweep()
			equal(s.T, "it is missed", len(of[*incident.TargetMissed](s.all())), 1)
		}, 0},
		{"another policy has it in the past", func(s *scene) {
			targets := s.policy.Targets[incident.P3]
			targets.Response = incident.In(10 * time.Minute)
			s.policy.Targets[incident.P3], s.policy.Version = targets, "2"
			s.sleep(40 * time.Minute)
			s.sweep() // nothing was armed for now
			s.do(matoi, incident.Tick{})
			equal(s.T, "it is missed", len(of[*incident.TargetMissed](s.all())), 1)
		}, 0},
		{"another policy after an hour away", func(s *scene) {
			targets := s.policy.Targets[incident.P3]
			targets.Response = incident.In(2 * time.Hour)
			s.policy.Targets[incident.P3], s.policy.Version = targets, "2"
			s.sleep(150 * time.Minute) // half of the 3 hours was to be said an hour ago
			s.do(matoi, incident.Tick{})
		}, time.Hour},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newScene(t)
			s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
			x.does(s)
			most := time.Duration(0)
			for _, by := range lates(s.all()) {
				most = max(most, by)
			}
			equal(t, "late", most, x.late)
			s.check()
		})
	}
}

func TestACallThatComesLateSaysSo(t *testing.T) {
	s := opened(t, incident.P1)
	s.sleep(65 * time.Minute)
	s.sweep()
	calls := of[*incident.Called](s.all())
	for _, call := range calls {
		equal(t, call.Trigger, call.Late, time.Hour)
	}
	if len(calls) == 0 {
		t.Error("nobody was called")
	}
}
