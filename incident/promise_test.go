package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
)

func TestAnUpdateToOthersLeavesAPromiseAsItIs(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Publish{Text: "調べています"})
	customers := s.now.Add(20 * time.Minute)
	s.do(dan, incident.Publish{Text: "お詫び", Audience: "customers", Next: customers})
	at(t, "the promise", s.i().Clock(incident.NextUpdate).Due, customers)
	s.wait(15 * time.Minute)
	s.do(dan, incident.Publish{Text: "社内向け"})
	c := s.i().Clock(incident.NextUpdate)
	at(t, "an inside update without a promise", c.Due, customers)
	equal(t, "for whom", c.Audience, "customers")
	equal(t, "the reminder that was given is not given again", c.Step, 50)
	s.do(dan, incident.Publish{Text: "社内向け", Next: s.now.Add(time.Minute)})
	c = s.i().Clock(incident.NextUpdate)
	at(t, "an earlier promise goes first", c.Due, s.now.Add(time.Minute))
	equal(t, "for whom", c.Audience, "stakeholders")
	s.do(dan, incident.Publish{Text: "社内向け"})
	at(t, "kept, the other comes back", s.i().Clock(incident.NextUpdate).Due, customers)
	s.wait(6 * time.Minute)
	s.do(dan, incident.Publish{Text: "まだ社内だけ"})
	if c := s.i().Clock(incident.NextUpdate); !c.Running() || c.Missed.IsZero() || !c.Due.Equal(customers) {
		t.Errorf("a missed promise to customers is not mended by words to others: %+v", *c)
	}
	s.do(dan, incident.Publish{Text: "お待たせしました", Audience: "customers"})
	at(t, "then the cadence", s.i().Clock(incident.NextUpdate).Due, s.now.Add(time.Hour))
	s.check()
}

func TestEachSideHasItsOwnFirstNotice(t *testing.T) {
	s := led(t, incident.P2)
	sort := func(audience string) string {
		s.do(dan, incident.Publish{Text: "x", Audience: audience})
		return s.i().Last.Kind
	}
	equal(t, "inside", sort("stakeholders"), "first")
	equal(t, "inside again, to others", sort("executives"), "update")
	equal(t, "customers", sort("customers"), "first")
	equal(t, "customers again", sort("customers"), "update")
	s.sleep(time.Minute)
	s.do(dan, incident.Restore{})
	s.sleep(time.Minute)
	equal(t, "inside once restored", sort(""), "restored")
	equal(t, "customers once restored", sort("customers"), "restored")
	equal(t, "and then", sort("customers"), "update")
	s.do(dan, incident.Resolve{})
	equal(t, "at the end", sort("customers"), "final")
	s.check()
}

func TestAPromiseOutlivesResolvingAndTheCadenceDoesNot(t *testing.T) {
	s := led(t, incident.P2)
	promised := s.now.Add(3 * time.Hour)
	s.do(dan, incident.Publish{Text: "x", Audience: "customers", Next: promised})
	s.do(dan, incident.Publish{Text: "x"})
	at(t, "the cadence inside is earlier", s.i().Clock(incident.NextUpdate).Due, s.now.Add(time.Hour))
	s.do(dan, incident.Resolve{})
	if c := s.i().Clock(incident.NextUpdate); !c.Running() || !c.Due.Equal(promised) || c.Audience != "customers" {
		t.Errorf("after resolving %+v", *c)
	}
	s.do(dan, incident.Publish{Text: "最終報", Audience: "customers"})
	equal(t, "kept", s.i().Clock(incident.NextUpdate).Running(), false)
	s.check()
}

func TestLoweringSlowsTheUpdatesDown(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Publish{Text: "x"})
	said := s.now
	s.sleep(10 * time.Minute)
	s.do(dan, incident.SetPriority{Priority: incident.P3})
	at(t, "to the cadence of the lower priority", s.i().Clock(incident.NextUpdate).Due, said.Add(24*time.Hour))
	s.do(dan, incident.SetPriority{Priority: incident.P4})
	equal(t, "to none", s.i().Clock(incident.NextUpdate).Running(), false)
	s.do(dan, incident.Undo{})
	at(t, "and back", s.i().Clock(incident.NextUpdate).Due, said.Add(24*time.Hour))
	s.do(dan, incident.Publish{Text: "x", Next: s.now.Add(time.Hour)})
	promised := s.now.Add(time.Hour)
	s.do(dan, incident.SetPriority{Priority: incident.P5})
	at(t, "but a promise stands", s.i().Clock(incident.NextUpdate).Due, promised)
	s.check()
}
