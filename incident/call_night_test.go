package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// daytime are the hours of a zone in which people are awake.
func daytime(zone string) *calendar.Hours {
	h := &calendar.Hours{Zone: zone}
	for d := range h.Week {
		h.Week[d] = []calendar.Span{{From: 7 * 60, To: 22 * 60}}
	}
	return h
}

func TestNobodyIsWokenForWhatIsNotPressing(t *testing.T) {
	london := []incident.PersonID{cho}
	next, group := incident.Target{Kind: incident.ToNext}, incident.Target{Kind: incident.ToGroup, Name: "g", People: []incident.PersonID{bob, cho}}
	pay := incident.Target{Kind: incident.ToOnCall, Name: "pay"}
	type call struct {
		who incident.PersonID
		at  time.Duration
	}
	for name, x := range map[string]struct {
		priority incident.Priority
		steps    []incident.Step
		london   []incident.PersonID
		want     []call // the scene begins at 12:00 in Tokyo; fired after 12 hours, at midnight, which is 15:00 in London
		asleep   []incident.PersonID
	}{
		"a P1 wakes":                          {incident.P1, []incident.Step{step(person1(bob))}, nil, []call{{bob, 12 * time.Hour}}, nil},
		"a P3 waits for the morning":          {incident.P3, []incident.Step{step(person1(bob))}, nil, []call{{bob, 19 * time.Hour}}, nil},
		"the next step is awake":              {incident.P3, []incident.Step{step(person1(bob)), step(person1(cho))}, london, []call{{cho, 12 * time.Hour}}, []incident.PersonID{bob}},
		"of a group who is awake":             {incident.P3, []incident.Step{step(group)}, london, []call{{cho, 12 * time.Hour}}, []incident.PersonID{bob}},
		"the next person is awake":            {incident.P3, []incident.Step{step(next)}, london, []call{{cho, 12 * time.Hour}}, []incident.PersonID{bob}},
		"in a schedule, whose turn it is not": {incident.P3, []incident.Step{step(pay)}, london, []call{{cho, 12 * time.Hour}}, []incident.PersonID{bob}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.policy.OnCall, s.policy.Managers = []incident.PersonID{bob, cho}, nil
			s.policy.QuietFrom, s.policy.AwakeElse = incident.P3, daytime("Asia/Tokyo")
			for _, person := range x.london {
				s.policy.Awake = map[incident.PersonID]*calendar.Hours{person: daytime("Europe/London")}
			}
			s.policy.Schedules = []oncall.Schedule{{Name: "pay", Layers: []oncall.Layer{{
				People: []string{string(bob), string(cho)}, Start: start().Add(-time.Hour), Turn: oncall.Turn{Every: oncall.Day, N: 7},
			}}}}
			s.policy.Escalations = []incident.Escalation{{
				ID: "e", Triggers: []incident.Trigger{{On: incident.OnVacant, Role: incident.TechLead, After: 12 * time.Hour}}, Steps: x.steps,
			}}
			s.open(ann, incident.Open{Title: "x", Priority: x.priority})
			ahead := s.policy.Ahead(s.i())
			if len(ahead) != 1 || !ahead[0].At.Equal(start().Add(x.want[0].at)) || ahead[0].Waits != (x.want[0].at > 12*time.Hour) {
				t.Errorf("ahead %+v", ahead)
			}
			who, when := s.calls(s.wait(19*time.Hour + time.Minute))
			if len(who) == 0 || (call{who[0], when[0]}) != x.want[0] {
				t.Fatalf("called %v at %v, want %v", who, when, x.want)
			}
			same(t, "passed over", of[*incident.Called](s.all())[0].Asleep, x.asleep)
			equal(t, "called, not missed", len(of[*incident.Called](s.all())[0].Missing), 0)
			s.check()
		})
	}
}

func TestWhoAsksByNameDoesNotWaitForTheMorning(t *testing.T) {
	s := newScene(t)
	s.policy.QuietFrom, s.policy.AwakeElse = incident.P3, daytime("Asia/Tokyo")
	s.policy.Escalations = []incident.Escalation{{ID: "db", Steps: []incident.Step{step(person1(bob)), step(person1(cho))}}}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P4})
	s.wait(14 * time.Hour) // two at night
	s.do(ann, incident.Escalate{How: "policy", To: "db", Reason: "x"})
	who, _ := s.calls(s.last.Events)
	same(t, "called", who, []incident.PersonID{bob})
	_, when := s.calls(s.wait(8 * time.Hour))
	equal(t, "the step after it does", len(when) > 0 && when[0] == 19*time.Hour, true)
	s.check()
}
