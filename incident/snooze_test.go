package incident_test

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

func TestWhoPutsRemindersOffIsSparedAndNobodyElse(t *testing.T) {
	s := onlyRestoration(t, incident.P1)
	s.do(fay, incident.Snooze{})
	got := s.hear(incident.Restoration, 9*time.Hour)
	for _, h := range got {
		equal(t, "who put them off", strings.Contains(h.whom, "p6"), false)
		equal(t, "who did not", strings.Contains(h.whom, "p4"), true)
	}
	equal(t, "the miss stands in the room", got[2].room, true)
	equal(t, "it is no response", len(of[*incident.Spoke](s.all())), 0)
	s.do(fay, incident.Snooze{Off: true})
	same(t, "off", s.hear(incident.Restoration, 4*time.Hour), []heard{{780, "p6 p4 ", false}})
	s.check()
}

// If all who must act have put it off, the others are not told instead; but it still goes up.
func TestTheLadderGoesUpThoughAllHavePutItOff(t *testing.T) {
	s := onlyRestoration(t, incident.P1)
	s.do(fay, incident.Snooze{})
	s.do(dan, incident.Snooze{Clock: incident.Restoration})
	same(t, "heard", s.hear(incident.Restoration, 9*time.Hour), []heard{
		{120, "", false}, {192, "", false}, {240, "", true}, {300, "", false}, {360, "", true}, {420, "p5 ", false}, {540, "", false},
	})
	s.check()
}

func TestPuttingOffDoesNotCountAsAnAnswer(t *testing.T) {
	s := opened(t, incident.P1)
	from := len(s.store.effects)
	s.do(bob, incident.Snooze{})
	equal(t, "the response is still waited for", s.clock(incident.Response).Running(), true)
	equal(t, "nobody is told", len(s.store.effects)-from, 0)
	calls := len(of[*incident.Asked](s.all()))
	s.wait(20 * time.Minute)
	if len(of[*incident.Asked](s.all())) <= calls {
		t.Error("calls still come")
	}
	s.check()
}

func TestTheEndOfAQuietTimeRemindsOfWhatStillWaits(t *testing.T) {
	s := onlyRestoration(t, incident.P1)
	s.hear(incident.Restoration, 2*time.Hour)
	s.do(fay, incident.Snooze{Until: s.now.Add(30 * time.Minute)})
	same(t, "them alone, and nobody after", s.hear(incident.Restoration, 2*time.Hour), []heard{{150, "p6 ", false}, {192, "p6 p4 ", false}, {240, "p6 p4 ", true}})

	s = onlyRestoration(t, incident.P1)
	s.hear(incident.Restoration, 2*time.Hour)
	s.do(fay, incident.Snooze{Until: start().Add(192 * time.Minute)})
	same(t, "where something is due then anyhow, once", s.hear(incident.Restoration, 74*time.Minute), []heard{{192, "p6 p4 ", false}})

	s = onlyRestoration(t, incident.P1)
	s.do(fay, incident.Snooze{Until: s.now.Add(30 * time.Minute)})
	equal(t, "nothing was said before", len(s.hear(incident.Restoration, time.Hour)), 0)

	s = onlyRestoration(t, incident.P1)
	s.hear(incident.Restoration, 2*time.Hour)
	s.do(fay, incident.Snooze{Until: s.now.Add(30 * time.Minute)})
	s.do(fay, incident.Restore{})
	equal(t, "nothing for what is done", len(s.hear(incident.Restoration, 6*time.Hour)), 0)
	s.check()
}

// Whoever is called after their quiet time is over has just heard of all: that it once ended is no reason to tell them again.
func TestWhoIsCalledAfterAQuietTimeIsNotRemindedOfItsEnd(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: 20 * time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(eri))},
	})
	s.do(eri, incident.Snooze{Clock: incident.Response, Until: s.now.Add(16 * time.Minute)})
	events := s.wait(26 * time.Minute)
	who, _ := s.calls(events)
	same(t, "called", who, []incident.PersonID{bob, eri})
	equal(t, "the response is missed, and the notice to the customer", len(of[*incident.TargetMissed](events)), 2)
	for _, f := range of[*incident.Reminded](events) {
		equal(t, "reminded alone", f.To, "")
	}
	s.check()
}

func TestWhatEndsAQuietTime(t *testing.T) {
	for name, c := range map[string]struct {
		ends func(s *scene)
		yes  bool
	}{
		"a raise":           {func(s *scene) { s.do(dan, incident.SetPriority{Priority: incident.P1}) }, true},
		"a lowering":        {func(s *scene) { s.do(dan, incident.SetPriority{Priority: incident.P3}) }, false},
		"reopened":          {func(s *scene) { s.do(dan, incident.Resolve{}); s.do(dan, incident.Reopen{}) }, true},
		"resolved":          {func(s *scene) { s.do(dan, incident.Resolve{}) }, false},
		"they leave":        {func(s *scene) { s.do(fay, incident.LeaveRole{Role: incident.TechLead, Person: fay}) }, true},
		"they take another": {func(s *scene) { s.do(fay, incident.TakeRole{Role: incident.Scribe, Person: fay}) }, true},
		"another takes one": {func(s *scene) { s.do(cho, incident.TakeRole{Role: incident.Scribe, Person: cho}) }, false},
		"it is handed over": {func(s *scene) {
			s.do(fay, incident.OfferHandover{Role: incident.TechLead, To: cho})
			s.do(cho, incident.AnswerHandover{Answer: "accepted"})
		}, true},
		"an update": {func(s *scene) { s.do(dan, incident.Publish{Text: "x"}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := onlyRestoration(t, incident.P2)
			s.do(fay, incident.Snooze{})
			c.ends(s)
			equal(t, "ended", len(s.i().Snoozing(s.now)) == 0, c.yes)
			if name == "it is handed over" {
				equal(t, "the next one hears", s.i().Spared(cho, incident.Restoration, s.now), false)
			}
			s.check()
		})
	}
}

func TestPuttingOffIsRefusedWhereItMeansNothing(t *testing.T) {
	s := onlyRestoration(t, incident.P1)
	s.refused("past", fay, incident.Snooze{Until: s.now})
	s.refused("nothing_snoozed", fay, incident.Snooze{Off: true})
	s.refused("person_needed", "", incident.Snooze{})
	s.do(fay, incident.Snooze{})
	s.refused("already_so", fay, incident.Snooze{})
	s.do(fay, incident.Snooze{Clock: incident.Restoration, Until: s.now.Add(time.Hour)})
	equal(t, "both stand", len(s.i().Snoozing(s.now)), 2)
	s.do(fay, incident.Snooze{Until: s.now.Add(time.Hour)})
	equal(t, "all takes the place of each", len(s.i().Snoozing(s.now)), 1)
	s.sleep(time.Hour)
	equal(t, "past", len(s.i().Snoozing(s.now)), 0)
	s.refused("nothing_snoozed", fay, incident.Snooze{Off: true})
	s.check()
}
