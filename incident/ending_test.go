package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

// burning is a scene with an incident that an alert opened, whose end is settled.
func burning(t *testing.T, e incident.Ending) *scene {
	t.Helper()
	s := newScene(t)
	s.open(matoi, incident.Open{
		Title: "HighLatency", Priority: incident.P3, Channel: "alert", Group: "g", Ending: e,
		Alert: &incident.AlertRef{Source: "am", Key: "k", Title: "HighLatency", Start: s.now},
	})
	return s
}

// over tells that all alerts are over.
func (s *scene) over() {
	s.Helper()
	s.do(matoi, incident.MeetAlerts{Cleared: []incident.AlertRef{{Source: "am", Key: "k", Title: "x"}}, Total: 1})
}

// resolvedAfter gives how long after now an incident is resolved by its alerts, 0 if it isn't within a day.
func (s *scene) resolvedAfter() time.Duration {
	s.Helper()
	from := s.now
	for _, e := range s.wait(24 * time.Hour) {
		if f, ok := e.Fact.(*incident.Resolved); ok {
			equal(s.T, "how", f.How, "alerts")
			return e.At.Sub(from)
		}
	}
	return 0
}

func TestIncidentWhoseAlertsAreOverResolvesItself(t *testing.T) {
	half := incident.Ending{After: 30 * time.Minute}
	again := incident.MeetAlerts{Refired: []incident.AlertRef{{Source: "am", Key: "k", Title: "x"}}, Total: 1, Firing: 1}
	for _, c := range []struct {
		name string
		end  incident.Ending
		do   func(s *scene)
		want time.Duration
	}{
		{"in quiet", half, func(*scene) {}, 30 * time.Minute},
		{"where nobody asked for it", incident.Ending{}, func(*scene) {}, 0},
		{"where it is only to be told", incident.Ending{Tell: true}, func(*scene) {}, 0},
		{"where one fires again", half, func(s *scene) { s.wait(29 * time.Minute); s.do(matoi, again) }, 0},
		{"where one came and went again", half, func(s *scene) { s.wait(29 * time.Minute); s.do(matoi, again); s.over() }, 30 * time.Minute},
		{"after what somebody did", half, func(s *scene) { s.wait(20 * time.Minute); s.do(dan, incident.Note{Text: "I look at it"}) }, 30 * time.Minute},
		{"not while work is on hold", half, func(s *scene) { s.do(dan, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}}) }, 0},
		{"not while work that was announced is under way", half, func(s *scene) { s.do(dan, incident.AnnounceDeed{Text: "restart"}) }, 0},
		{"after that work", half, func(s *scene) {
			s.do(dan, incident.AnnounceDeed{Text: "restart"})
			s.wait(time.Hour)
			s.do(dan, incident.CloseDeed{})
		}, 30 * time.Minute},
		{"not what somebody found to be worse", half, func(s *scene) {
			s.wait(time.Minute)
			s.do(dan, incident.SetPriority{Priority: incident.P2, Reason: "x"})
		}, 0},
		{"not what somebody reopened", half, func(s *scene) { s.wait(time.Hour); s.do(dan, incident.Reopen{Reason: "x"}) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := burning(t, c.end)
			s.wait(time.Hour)
			s.over()
			quiet := s.now
			c.do(s)
			equal(t, "resolved after", s.resolvedAfter(), c.want)
			if c.want > 0 && s.i().Restored.At.Before(quiet) {
				t.Errorf("restored %v, quiet since %v", s.i().Restored, quiet)
			}
			s.check()
		})
	}
}

// count counts the effects of one kind on rooms since so many had been given.
func (s *scene) count(kind incident.EffectKind, from int) (n int) {
	for _, e := range s.store.effects[from:] {
		if e.Kind == kind && e.Person == "" {
			n++
		}
	}
	return n
}

// Of alerts that fire under a silence alone the room hears neither that they fire nor that they are over: what it was asked when all were
// over it is asked still.
func TestTheRoomHearsNothingOfWhatFiresUnderASilence(t *testing.T) {
	one, two := []incident.AlertRef{{Source: "am", Key: "k", Title: "x"}}, []incident.AlertRef{{Source: "am", Key: "l", Title: "y"}}
	hushed, over := incident.MeetAlerts{Hushed: one, Total: 1, Firing: 1}, incident.MeetAlerts{Cleared: one, Total: 1}
	flap := []incident.AlertFlap{{Alert: one[0], Times: 6, Within: time.Hour}}
	type step struct {
		name            string
		cmd             incident.Command
		posts, outdates int
	}
	for name, steps := range map[string][]step{
		"it comes and goes": {
			{"fires", hushed, 0, 0},
			{"is over", over, 0, 0},
			{"fires again", hushed, 0, 0},
			{"is over again", over, 0, 0},
			{"fires and is over", incident.MeetAlerts{Hushed: one, Cleared: one, Total: 1}, 0, 0},
			{"fires aloud", incident.MeetAlerts{Refired: one, Total: 1, Firing: 1}, 1, 1},
			{"is over for all to hear", over, 1, 0},
		},
		"the silence ends": {
			{"fires", hushed, 0, 0},
			{"is told", incident.MeetAlerts{Refired: one, Total: 1, Firing: 1}, 1, 1},
			{"is over", over, 1, 0},
		},
		"another one fires aloud": {
			{"fires", hushed, 0, 0},
			{"joined", incident.MeetAlerts{Attached: two, Total: 2, Firing: 2}, 1, 1},
			{"one is over", incident.MeetAlerts{Cleared: two, Total: 2, Firing: 1}, 0, 0},
			{"both are", incident.MeetAlerts{Cleared: one, Total: 2}, 1, 0},
		},
		"it flaps": {
			{"fires", hushed, 0, 0},
			{"flaps", incident.MeetAlerts{Flapping: flap, Total: 1, Firing: 1}, 1, 1},
			{"holds still", incident.MeetAlerts{Settled: flap, Cleared: one, Total: 1}, 1, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := burning(t, incident.Ending{})
			s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}})
			s.wait(time.Minute)
			s.over()
			for _, step := range steps {
				s.sleep(time.Minute)
				from := len(s.store.effects)
				s.do(matoi, step.cmd)
				equal(t, step.name+", posts", s.count(incident.Post, from), step.posts)
				equal(t, step.name+", questions taken back", s.count(incident.Outdate, from), step.outdates)
			}
			s.check()
		})
	}
	t.Run("another incident that burns is merged into it", func(t *testing.T) {
		s := burning(t, incident.Ending{})
		into := s.n
		s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}})
		s.over()
		s.do(matoi, hushed)
		s.open(matoi, incident.Open{Title: "y", Priority: incident.P3, Alert: &two[0]})
		from := len(s.store.effects)
		s.do(dan, incident.Merge{Into: into})
		equal(t, "questions taken back", s.count(incident.Outdate, from), 1)
		s.n = into
		s.do(matoi, incident.MeetAlerts{Cleared: one, Total: 2, Firing: 1})
		from = len(s.store.effects)
		s.do(matoi, incident.MeetAlerts{Cleared: two, Total: 2})
		equal(t, "all are over, posts", s.count(incident.Post, from), 1)
		s.check()
	})
}

func TestOpeningBeginsAnEscalationByName(t *testing.T) {
	for _, c := range []struct {
		name string
		want []incident.PersonID
	}{{"db", []incident.PersonID{eri}}, {"gone", nil}, {"", nil}} {
		s := newScene(t)
		s.policy.Escalations = []incident.Escalation{{ID: "db", EN: "db", Steps: []incident.Step{step(person1(eri))}}}
		s.open(matoi, incident.Open{Title: "x", Priority: incident.P3, Escalation: c.name, Alert: &incident.AlertRef{Source: "am", Key: "k", Title: "x", Start: s.now}})
		var called []incident.PersonID
		for _, f := range of[*incident.Called](s.all()) {
			called = append(called, f.People...)
		}
		same(t, "called by "+c.name, called, c.want)
		s.check()
	}
}
