package bot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matoi/incident"
	"matoi/lang"
)

func TestWhoIsAskedByAnEscalationStandsInItsLine(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 47, 0, 0, time.UTC)
	up := incident.Event{Seq: 3, At: at, Fact: &incident.Escalated{How: "hierarchical", Person: "p4", Reason: "major"}}
	asked := func(seq int64, at time.Time, person incident.PersonID) incident.Event {
		return incident.Event{Seq: seq, At: at, Fact: &incident.Asked{Person: person, Why: "escalation"}}
	}
	for name, x := range map[string]struct {
		before, e incident.Event
		want      bool
	}{
		"asked by it":            {up, asked(4, at, "p4"), true},
		"somebody else is asked": {up, asked(4, at, "p5"), false},
		"asked again later":      {up, asked(4, at.Add(5*time.Minute), "p4"), false},
		"asked by itself":        {asked(3, at, "p4"), asked(4, at, "p4"), false},
	} {
		if got := saysAsked(x.before, x.e); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestARoomThatIsCalledHasAButtonUntilSomebodyTakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _, _, _, _ := paging(t)
		defer x.stop()
		policy := x.b.Policy()
		policy.Escalations = []incident.Escalation{{
			ID: "e", Triggers: []incident.Trigger{{On: incident.OnShare, Clock: incident.Restoration, Share: 1}},
			Steps: []incident.Step{{Wait: 5 * time.Minute, Targets: []incident.Target{{Kind: incident.ToVendor, Name: "Acme SR-7"}}}}, Repeat: 9,
		}}
		x.b.Policy = func() incident.Policy { return policy }
		x.b.Desk.Policy = x.b.Policy
		n := x.do(0, incident.Open{Title: "x", Priority: incident.P2}, "p1").Number
		x.ticking(n, 10*time.Minute)
		i := x.m.incidents[n]
		var called incident.Event
		for _, e := range x.m.events[n] {
			if _, ok := e.Fact.(*incident.Called); ok {
				called = e
			}
		}
		for _, l := range []lang.Lang{lang.JA, lang.EN} {
			v := x.b.View(t.Context(), l, nil)
			m := v.post(i, called)
			if m.Card == nil || len(m.Card.Buttons) != 1 || m.Card.Buttons[0].Command != "ack --in "+n.String() || !strings.Contains(m.Card.Title, "Acme SR-7") {
				t.Fatalf("%s: %+v", l, m.Card)
			}
		}
		v := x.b.View(t.Context(), lang.EN, nil)
		v.Names = func(id incident.PersonID) string { return "<@" + string(id) + ">" }
		with := called
		both := *called.Fact.(*incident.Called)
		both.People = []incident.PersonID{"p3"}
		with.Fact = &both
		if c := v.post(i, with).Card; c == nil || c.Title != "" || !strings.Contains(c.Text, "<@p3>") {
			t.Errorf("a title does not show who is mentioned: %+v", c)
		}
		i = x.do(n, incident.Acknowledge{}, "p9")
		if m := x.b.View(t.Context(), lang.EN, nil).post(i, called); m.Card != nil {
			t.Errorf("taken: %+v", m.Card)
		}
	})
}

func TestWhoWasPassedOverAtNightIsNamed(t *testing.T) {
	f := &incident.Called{Trigger: "vacant:tech-lead", People: []incident.PersonID{"p1"}, Asleep: []incident.PersonID{"p2"}, Step: 1, Of: 2, Round: 1}
	for l, want := range map[lang.Lang]string{lang.EN: "Night where they are, so passed over: p2", lang.JA: "p2は現地が夜間のため見送り"} {
		s := sayer{i: &incident.Incident{}, names: func(id incident.PersonID) string { return string(id) }, l: l, zone: time.UTC}
		if got := s.called(f); !strings.Contains(got, want) {
			t.Errorf("%s: %s", l, got)
		}
	}
}
