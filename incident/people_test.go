package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

func TestFirstToAcknowledgeActsAsManagerUntilSomebodyTakesTheRole(t *testing.T) {
	s := newScene(t)
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P2, Alert: &incident.AlertRef{Key: "k"}})
	equal(t, "nobody leads", s.i().Leads(), "")
	i := s.do(cho, incident.Acknowledge{})
	equal(t, "acts", i.Acting, cho)
	equal(t, "but holds no role", i.Manager(), "")
	s.refused("already_so", cho, incident.Acknowledge{})
	equal(t, "the second does not", s.do(bob, incident.Acknowledge{}).Acting, cho)
	i = s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	equal(t, "leads", i.Leads(), dan)
	equal(t, "acts no more", i.Acting, "")
	s.refused("role_held", bob, incident.TakeRole{Role: incident.Manager, Person: bob})
	s.check()
}

func TestRolesAreTakenGivenAndLeft(t *testing.T) {
	s := led(t, incident.P2)
	s.do(bob, incident.TakeRole{Role: incident.TechLead, Person: bob, Stream: "DB"})
	s.do(dan, incident.TakeRole{Role: incident.TechLead, Person: cho, Stream: "network"})
	held := s.i().Holding(incident.TechLead)
	if len(held) != 2 || held[0].Stream != "DB" || held[1].Person != cho {
		t.Errorf("two tech leads: %+v", held)
	}
	s.refused("already_so", bob, incident.TakeRole{Role: incident.TechLead, Person: bob})
	s.refused("role_unknown", bob, incident.TakeRole{Role: "king", Person: bob})
	s.refused("role_unknown", bob, incident.TakeOver{Role: "king", Reason: "x"})
	s.refused("person_needed", bob, incident.TakeRole{Role: incident.Scribe})
	s.refused("not_holding", fay, incident.LeaveRole{Role: incident.TechLead})
	s.refused("only_holder", bob, incident.LeaveRole{Role: incident.TechLead, Person: cho})
	s.do(dan, incident.LeaveRole{Role: incident.TechLead, Person: cho})
	equal(t, "one left", len(s.do(bob, incident.LeaveRole{Role: incident.TechLead}).Holding(incident.TechLead)), 0)

	s.do(fay, incident.TakeRole{Role: incident.SocialMedia, Person: fay}) // a role of one
	s.refused("role_held", bob, incident.TakeRole{Role: incident.SocialMedia, Person: bob})
	i := s.do(dan, incident.TakeRole{Role: incident.SocialMedia, Person: bob})
	if held := i.Holding(incident.SocialMedia); len(held) != 1 || held[0].Person != bob {
		t.Errorf("replaced by who leads: %+v", held)
	}
	s.check()
}

func TestARoleIsInventedForOneIncident(t *testing.T) {
	s := led(t, incident.P2)
	i := s.do(dan, incident.InventRole{Name: "現地対応", Duty: "データセンターで作業する"})
	id := i.Custom[0].ID
	s.do(bob, incident.TakeRole{Role: id, Person: bob})
	s.do(cho, incident.TakeRole{Role: id, Person: cho})
	equal(t, "several may hold it", len(s.i().Holding(id)), 2)
	for _, name := range []string{"現地対応", "テックリード", "IC", "scribe"} {
		s.refused("role_exists", dan, incident.InventRole{Name: name})
	}
	s.refused("text_needed", dan, incident.InventRole{Name: " "})
	equal(t, "ids differ", s.do(dan, incident.InventRole{Name: "b"}).Custom[1].ID != id, true)
}

func TestHandoverIsAgreedByBoth(t *testing.T) {
	s := led(t, incident.P2)
	s.refused("nothing_to_hand_over", fay, incident.OfferHandover{To: bob})
	s.refused("not_holding", fay, incident.OfferHandover{Role: incident.Manager, To: bob})
	s.refused("handover_self", dan, incident.OfferHandover{To: dan})
	s.refused("person_needed", dan, incident.OfferHandover{})
	s.refused("no_offer", bob, incident.AnswerHandover{Answer: "accepted"})

	i := s.do(dan, incident.OfferHandover{To: bob})
	equal(t, "the old holder keeps the role", i.Manager(), dan)
	s.refused("no_offer", cho, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "declined", s.do(bob, incident.AnswerHandover{Answer: "declined"}).Manager(), dan)
	s.do(dan, incident.OfferHandover{To: bob})
	s.do(dan, incident.OfferHandover{To: cho}) // takes the other back
	equal(t, "one offer at a time", len(s.i().Offers), 1)
	s.refused("no_offer", bob, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "accepted", s.do(cho, incident.AnswerHandover{Answer: "accepted"}).Manager(), cho)
	s.do(cho, incident.OfferHandover{To: dan})
	s.do(cho, incident.AnswerHandover{Answer: "withdrawn"})
	s.refused("no_offer", dan, incident.AnswerHandover{Answer: "accepted"})
	s.check()
}

func TestHandoverExpiresAfterTenMinutes(t *testing.T) {
	s := led(t, incident.P4)
	s.do(dan, incident.OfferHandover{To: bob})
	equal(t, "not before", len(of[*incident.HandoverAnswered](s.wait(10*time.Minute-time.Second))), 0)
	made := of[*incident.HandoverAnswered](s.wait(time.Hour))
	if len(made) != 1 || made[0].Answer != "expired" {
		t.Errorf("got %+v, want one expiry", made)
	}
	s.refused("no_offer", bob, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "manager", s.i().Manager(), dan)
}

func TestHandoverKeepsTheStream(t *testing.T) {
	s := led(t, incident.P2)
	s.do(bob, incident.TakeRole{Role: incident.TechLead, Person: bob, Stream: "DB"})
	s.do(bob, incident.OfferHandover{Role: incident.TechLead, To: cho})
	i := s.do(cho, incident.AnswerHandover{Answer: "accepted"})
	if held := i.Holding(incident.TechLead); len(held) != 1 || held[0].Stream != "DB" {
		t.Errorf("got %+v", held)
	}
}

func TestAnOfferEndsWithTheRole(t *testing.T) {
	s := opened(t, incident.P2)
	s.do(bob, incident.Acknowledge{})
	s.do(bob, incident.OfferHandover{To: fay}) // who acts hands over, too
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.refused("no_offer", fay, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "one manager", len(s.i().Holding(incident.Manager)), 1)
	s.do(dan, incident.OfferHandover{To: fay})
	s.do(dan, incident.LeaveRole{Role: incident.Manager})
	s.refused("no_offer", fay, incident.AnswerHandover{Answer: "accepted"})
}

func TestTakeOverIsOneSidedAndSaysWhy(t *testing.T) {
	s := led(t, incident.P1)
	s.refused("only_senior", fay, incident.TakeOver{Reason: "応答なし"})
	equal(t, "nor through a recorder", s.tryBy(incident.By{Person: eri, Recorder: fay}, incident.TakeOver{Reason: "応答なし"}), "only_senior")
	s.refused("reason_needed", bob, incident.TakeOver{})
	s.refused("already_so", dan, incident.TakeOver{Reason: "x"})
	s.do(dan, incident.OfferHandover{To: ann})
	from := len(s.store.effects)
	equal(t, "leads", s.do(bob, incident.TakeOver{Reason: "応答なし"}).Manager(), bob)
	same(t, "the old holder is told, and the duties are sent", s.told(from), []incident.PersonID{bob, dan})
	s.refused("no_offer", ann, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "a vacant role is anybody's", s.do(fay, incident.TakeOver{Role: incident.Scribe}).Has(fay, incident.Scribe), true)
	s.policy.OnCall, s.policy.Managers = nil, nil
	equal(t, "where no list is kept everybody may", s.do(fay, incident.TakeOver{Reason: "x"}).Manager(), fay)
}

func TestDecliningAsksTheNextAtOnce(t *testing.T) {
	s := newScene(t)
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P2, Alert: &incident.AlertRef{Key: "k"}})
	for _, want := range []struct{ who, next incident.PersonID }{{bob, cho}, {cho, dan}, {dan, eri}} {
		s.do(want.who, incident.Decline{Reason: "運転中"})
		asked := of[*incident.Asked](s.last.Events)
		if len(asked) != 1 || asked[0].Person != want.next || asked[0].Why != "manager" {
			t.Errorf("after %s: %+v, want %s", want.who, asked, want.next)
		}
		s.refused("already_so", want.who, incident.Decline{})
	}
	s.do(eri, incident.Decline{})
	equal(t, "nobody is left", len(of[*incident.Asked](s.last.Events)), 0)
	equal(t, "who was not asked may decline, too", s.try(fay, incident.Decline{}), "")
}

func TestDecliningAnEscalationGoesUp(t *testing.T) {
	s := opened(t, incident.P1) // dan is asked
	s.do(dan, incident.Decline{})
	asked := of[*incident.Asked](s.last.Events)
	if len(asked) != 1 || asked[0].Person != eri || asked[0].Why != "escalation" {
		t.Errorf("got %+v", asked)
	}
}

func TestWhoActsAndCannotGoOnIsReplaced(t *testing.T) {
	s := opened(t, incident.P2)
	s.do(fay, incident.Acknowledge{})
	i := s.do(fay, incident.Decline{Reason: "電車"})
	equal(t, "nobody leads", i.Leads(), "")
	equal(t, "asked", of[*incident.Asked](s.last.Events)[0].Person, bob)
}

func TestDecliningAGivenRoleLeavesItVacant(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.TakeRole{Role: incident.Scribe, Person: fay})
	equal(t, "vacant", len(s.do(fay, incident.Decline{}).Holding(incident.Scribe)), 0)
}

func TestETAIsAnAcknowledgement(t *testing.T) {
	s := opened(t, incident.P2)
	s.refused("past", bob, incident.GiveETA{ETA: s.now.Add(-time.Second)})
	i := s.do(bob, incident.GiveETA{ETA: s.now.Add(20 * time.Minute)})
	r, _ := i.Responder(bob)
	equal(t, "state", r.State, "acknowledged")
	at(t, "eta", r.ETA, s.now.Add(20*time.Minute))
	equal(t, "response", i.Clock(incident.Response).Running(), false)
}

func TestJoiningIsRecordedOnce(t *testing.T) {
	s := opened(t, incident.P2)
	for range 2 {
		s.do(fay, incident.Enter{Realm: "console"})
		s.do(ann, incident.Enter{Realm: "console"})
	}
	equal(t, "joined", len(of[*incident.Joined](s.all())), 2)
	r, _ := s.i().Responder(ann)
	equal(t, "who was asked still has to answer", r.State, "asked")
	briefs := 0
	for _, e := range s.store.effects {
		if e.Kind == incident.Brief {
			briefs++
			equal(t, "brief for", e.Person, fay) // the opener knows
		}
	}
	equal(t, "briefs", briefs, 1)
	s.do(ann, incident.Leave{})
	s.do(ann, incident.Leave{})
	equal(t, "left", len(of[*incident.Left](s.all())), 1)
	r, _ = s.i().Responder(ann)
	equal(t, "going is no answer", r.State, "asked")
	s.do(fay, incident.Leave{})
	r, _ = s.i().Responder(fay)
	equal(t, "left", r.State, "left")
	s.do(bob, incident.Leave{})
	s.check()
}

func TestUnacknowledgedP1GoesOnEveryFiveMinutes(t *testing.T) {
	s := newScene(t)
	s.policy.Managers = nil
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	equal(t, "not before", len(of[*incident.Asked](s.wait(5*time.Minute-time.Second))), 0)
	var who []incident.PersonID
	var when []time.Duration
	for _, e := range s.wait(26 * time.Minute) {
		if f, ok := e.Fact.(*incident.Asked); ok {
			who, when = append(who, f.Person), append(when, e.At.Sub(start()))
		}
	}
	same(t, "asked", who, []incident.PersonID{bob, cho, bob, cho, bob, cho})
	for k, d := range when {
		equal(t, "when", d, time.Duration(k+1)*5*time.Minute)
	}
	s.do(cho, incident.Acknowledge{})
	equal(t, "once acknowledged nobody else is called", len(of[*incident.Asked](s.wait(24*time.Hour))), 0)
	s.check()
}

func TestCallsThatNobodyAnswersSlowDownButNeverEnd(t *testing.T) {
	s := newScene(t)
	s.policy.OnCall, s.policy.Managers = []incident.PersonID{bob}, nil
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P1, Alert: &incident.AlertRef{Key: "k"}})
	first := len(of[*incident.Asked](s.wait(time.Hour)))
	if first < 11 || first > 12 {
		t.Errorf("calls in the first hour: %d", first)
	}
	s.wait(30 * time.Minute)
	var when []time.Duration
	for _, e := range s.wait(10 * time.Hour) {
		if _, ok := e.Fact.(*incident.Asked); ok {
			when = append(when, e.At.Sub(start()))
		}
	}
	for k, want := range []time.Duration{time.Hour, 2 * time.Hour, 2 * time.Hour, 2 * time.Hour} { // each pause twice the one before, up to two hours
		if len(when) < k+2 || when[k+1]-when[k] != want {
			t.Fatalf("calls afterwards at %v", when)
		}
	}
	n := len(of[*incident.Asked](s.wait(48 * time.Hour)))
	equal(t, "calls on the third day", n == 24, true)
}

func TestP2IsNotPassedOnBySilence(t *testing.T) {
	s := opened(t, incident.P2)
	equal(t, "asked", len(of[*incident.Asked](s.wait(24*time.Hour))), 0)
}

func TestANamedManagerWhoIsNotHeardOfIsNoAnswer(t *testing.T) {
	s := newScene(t)
	s.policy.Managers = nil
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	s.do(ann, incident.TakeRole{Role: incident.Manager, Person: fay})
	equal(t, "the next is called", len(of[*incident.Asked](s.wait(5*time.Minute))), 1)
	equal(t, "listened to", s.i().Hears(fay), true)
	s.do(fay, incident.Speak{})
	equal(t, "once", s.i().Hears(fay), false)
	equal(t, "a word is an answer", len(of[*incident.Asked](s.wait(time.Hour))), 0)
}

func TestRaisingToP1StartsTheCalls(t *testing.T) {
	s := newScene(t)
	s.policy.Managers = nil
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P4, Alert: &incident.AlertRef{Key: "k"}})
	s.wait(time.Hour)
	s.do(ann, incident.SetPriority{Priority: incident.P1})
	equal(t, "not before", len(of[*incident.Asked](s.wait(5*time.Minute-time.Second))), 0)
	equal(t, "called", len(of[*incident.Asked](s.wait(time.Second))), 1)
}

func TestEscalationRepeatsUntilOneOfThemAnswers(t *testing.T) {
	s := opened(t, incident.P1)
	s.do(bob, incident.Acknowledge{})
	s.do(bob, incident.Escalate{How: "hierarchical", Reason: "止めてよいか決めてほしい"}) // an engineer is no answer to that
	var who []incident.PersonID
	for _, f := range of[*incident.Asked](s.wait(16 * time.Minute)) {
		equal(t, "why", f.Why, "escalation")
		who = append(who, f.Person)
	}
	same(t, "asked", who, []incident.PersonID{dan, eri, dan})
	equal(t, "two more, and then slower", len(of[*incident.Asked](s.wait(44*time.Minute))), 3)
	equal(t, "slower and slower", len(of[*incident.Asked](s.wait(24*time.Hour))), 4)
	s.do(dan, incident.Acknowledge{})
	equal(t, "answered", len(of[*incident.Asked](s.wait(24*time.Hour))), 0)
	s.check()
}

func TestAManagerWhoWasToldOfAMajorIncidentIsNotCalledOnOnceSomebodyLeads(t *testing.T) {
	for name, x := range map[string]struct {
		deed func(s *scene)
		want bool
	}{
		"nobody answers":                 {func(*scene) {}, true},
		"somebody acknowledges":          {func(s *scene) { s.do(bob, incident.Acknowledge{}) }, false},
		"somebody leads":                 {func(s *scene) { s.do(bob, incident.TakeRole{Role: incident.Manager, Person: bob}) }, false},
		"somebody is only named":         {func(s *scene) { s.do(ann, incident.TakeRole{Role: incident.Manager, Person: fay}) }, true},
		"the manager can't":              {func(s *scene) { s.do(dan, incident.Decline{}) }, true},
		"the manager can't, and bob can": {func(s *scene) { s.do(dan, incident.Decline{}); s.do(bob, incident.Acknowledge{}) }, false},
	} {
		for _, walk := range []bool{true, false} {
			s := newScene(t)
			if !walk { // an organisation may have no calls for what nobody acknowledges
				s.policy.Escalations = s.policy.Escalations[1:]
			}
			s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
			x.deed(s)
			asked := map[time.Duration][]incident.PersonID{}
			for _, e := range s.wait(20 * time.Minute) {
				if f, ok := e.Fact.(*incident.Asked); ok {
					at := e.At.Sub(start())
					asked[at] = append(asked[at], f.Person)
					if len(asked[at]) > 1 {
						t.Errorf("%s: %v are called at one moment", name, asked[at])
					}
				}
			}
			if got := len(asked) > 0; got != x.want {
				t.Errorf("%s (walk %v): called on %v, want %v", name, walk, asked, x.want)
			}
			s.check()
		}
	}
}

func TestEscalationOfALesserIncidentRepeatsAtThePaceOfReminders(t *testing.T) {
	s := opened(t, incident.P4)
	s.do(ann, incident.Escalate{How: "hierarchical", Reason: "x"})
	equal(t, "in an hour", len(of[*incident.Asked](s.wait(time.Hour))), 2)
	s.do(eri, incident.Decline{})
	s.do(dan, incident.Decline{})
	equal(t, "when all can't there is nobody to call", len(of[*incident.Asked](s.wait(time.Hour))), 0)
}

func TestNobodyIsCalledTwiceAtOnce(t *testing.T) {
	s := newScene(t)
	s.policy.OnCall, s.policy.Managers = nil, []incident.PersonID{dan}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	asked := of[*incident.Asked](s.wait(5 * time.Minute))
	if len(asked) != 1 || asked[0].Person != dan {
		t.Errorf("got %+v", asked)
	}
}

func TestOneWhoLeadsAP1AloneIsAskedToDelegateAfterTenMinutes(t *testing.T) {
	s := led(t, incident.P1)
	equal(t, "not before", len(steps(s.wait(10*time.Minute-time.Second), incident.Delegate)), 0)
	from := len(s.store.effects)
	equal(t, "once", len(steps(s.wait(3*time.Hour), incident.Delegate)), 1)
	if told := s.told(from); len(told) == 0 || told[0] != dan {
		t.Errorf("told: %v", told)
	}
	s = led(t, incident.P1)
	s.do(bob, incident.TakeRole{Role: incident.TechLead, Person: bob})
	equal(t, "not who has delegated", len(steps(s.wait(3*time.Hour), incident.Delegate)), 0)
	s = led(t, incident.P2)
	equal(t, "not in a P2", len(steps(s.wait(3*time.Hour), incident.Delegate)), 0)
	s = opened(t, incident.P1)
	s.do(bob, incident.Acknowledge{})
	equal(t, "also who only acts", len(steps(s.wait(time.Hour), incident.Delegate)), 1)
}

func TestReliefIsProposedEveryFourHours(t *testing.T) {
	s := led(t, incident.P1)
	equal(t, "not before", len(steps(s.wait(4*time.Hour-time.Second), incident.Relief)), 0)
	equal(t, "then every four hours", len(steps(s.wait(8*time.Hour), incident.Relief)), 2)
	s.do(dan, incident.OfferHandover{To: bob})
	s.do(bob, incident.AnswerHandover{Answer: "accepted"})
	equal(t, "a fresh manager is left alone", len(steps(s.wait(4*time.Hour-time.Second), incident.Relief)), 0)
	s = led(t, incident.P3)
	s.wait(10 * time.Hour)
	s.do(ann, incident.SetPriority{Priority: incident.P1})
	equal(t, "it counts from the P1", len(steps(s.wait(time.Hour), incident.Relief)), 0)
}

func TestHelpAskedForDoesNotUndoAnAcknowledgement(t *testing.T) {
	s := opened(t, incident.P1)
	s.do(bob, incident.Acknowledge{})
	s.refused("person_needed", ann, incident.Ask{})
	i := s.do(ann, incident.Ask{Person: bob, Text: "DB も見て"})
	r, _ := i.Responder(bob)
	equal(t, "state", r.State, "acknowledged")
	equal(t, "why", of[*incident.Asked](s.last.Events)[0].Why, "help")
}

func TestWhoWasGivenARoleAndIsSeenAtWorkHasAnswered(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.TakeRole{Role: incident.TechLead, Person: bob})
	if r, _ := s.i().Responder(bob); r.State != "asked" {
		t.Errorf("given a role: %+v", r)
	}
	s.do(bob, incident.ClaimTask{ID: 1})
	if r, _ := s.i().Responder(bob); r.State != "acknowledged" {
		t.Errorf("at work: %+v", r)
	}
}
