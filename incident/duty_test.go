package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
)

// scheduled puts bob and cho on duty by turns of a day from the scene's start, bob first.
func scheduled(s *scene, managers ...incident.PersonID) {
	s.policy.OnCall, s.policy.Managers, s.policy.Duty = nil, managers, []string{"payments"}
	s.policy.Schedules = []oncall.Schedule{{Name: "payments", Layers: []oncall.Layer{{
		People: []string{string(bob), string(cho)}, Start: s.now.Add(-time.Minute), Turn: oncall.Turn{Every: oncall.Day, N: 1},
	}}}}
}

func TestWhoIsOnDutyIsAskedByTheTurnOfTheMoment(t *testing.T) {
	s := newScene(t)
	scheduled(s)
	for _, want := range []incident.PersonID{bob, cho, bob} {
		s.open("", incident.Open{Title: "x", Priority: incident.P2, Channel: "alert"})
		equal(t, "asked", of[*incident.Asked](s.all())[0].Person, want)
		s.sleep(24 * time.Hour)
	}
}

func TestAnUnansweredP1GoesFromTheOneOnDutyToTheListAndThenToThoseOffDuty(t *testing.T) {
	s := newScene(t)
	scheduled(s, dan)
	s.policy.OnCall = []incident.PersonID{eri}
	s.open("", incident.Open{Title: "x", Priority: incident.P1, Channel: "alert"})
	for range 4 {
		s.sleep(s.policy.AskAfter)
		s.do(matoi, incident.Tick{})
	}
	seen := map[incident.PersonID]int{}
	for n, asked := range of[*incident.Asked](s.all()) {
		if _, again := seen[asked.Person]; !again {
			seen[asked.Person] = n
		}
	}
	if _, woken := seen[cho]; woken || seen[bob] >= seen[eri] {
		t.Errorf("who is off duty sleeps while others can be asked, and who is on duty comes first: %v", seen)
	}
}

func TestInAGapTheClockGoesOnAskingWhoTakesTurns(t *testing.T) {
	s := newScene(t)
	scheduled(s)
	s.policy.Schedules[0].Layers[0].Start = s.now.AddDate(1, 0, 0) // nobody is on duty for a year
	s.open("", incident.Open{Title: "x", Priority: incident.P1, Channel: "alert"})
	equal(t, "asked at once", of[*incident.Asked](s.all())[0].Person, bob)
	due := s.policy.NextDue(s.i())
	if due.IsZero() || due.After(s.now.Add(s.policy.AskAfter)) {
		t.Fatalf("the next question is due at %v", due)
	}
	s.sleep(s.policy.AskAfter)
	s.do(matoi, incident.Tick{})
	asked := of[*incident.Asked](s.all())
	equal(t, "then", asked[len(asked)-1].Person, cho)
	s.check()
}

func TestWhoTakesTurnsMayTakeOverOthersMayNot(t *testing.T) {
	s := led(t, incident.P2)
	scheduled(s)
	s.refused("only_senior", fay, incident.TakeOver{Role: incident.Manager, Reason: "なし"})
	s.do(cho, incident.TakeOver{Role: incident.Manager, Reason: "連絡がつかない"})
}

func TestSchedulesChangeNoDeadline(t *testing.T) {
	p := incident.DefaultPolicy(time.UTC)
	before := p.Fingerprint()
	p.Schedules = []oncall.Schedule{{Name: "payments"}}
	equal(t, "a schedule alone", p.Fingerprint(), before)
	p.Duty = []string{"payments"}
	named := p.Fingerprint()
	p.Schedules[0].Layers = []oncall.Layer{{People: []string{string(bob)}}}
	if peopled := p.Fingerprint(); named == before || peopled == named {
		t.Error("whether anybody can be asked at all is a part of the policy")
	}
	p.Schedules[0].Overrides = []oncall.Override{{Person: string(cho)}}
	p.Schedules[0].Layers[0].Start = time.Unix(0, 0)
	peopled := p.Fingerprint()
	p.Schedules[0].Overrides = nil
	equal(t, "whose turn it is", peopled, p.Fingerprint())
}
