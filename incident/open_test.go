package incident_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

func TestOpeningAtThreeInTheMorningIsProvisional(t *testing.T) {
	s := newScene(t)
	i := s.open(ann, incident.Open{Title: "  決済が落ちた ", Priority: incident.P1})
	equal(t, "title", i.Title, "決済が落ちた")
	equal(t, "priority", i.Priority, incident.P1)
	equal(t, "provisional", i.Provisional, true)
	equal(t, "impact", i.Impact, incident.Unknown)
	equal(t, "status", i.Shown(), incident.New)
	equal(t, "reporter", i.Reporters[0].Person, ann)
	i = s.open(ann, incident.Open{Title: "x", Impact: "large", Urgency: "high"})
	equal(t, "by the matrix", i.Priority, incident.P1)
	equal(t, "judged", i.Provisional, false)
	s.check()
}

func TestOpeningKeepsTheReasonOfAnOverride(t *testing.T) {
	s := newScene(t)
	i := s.open(ann, incident.Open{Title: "x", Impact: "small", Urgency: "low", Priority: incident.P2, Reason: "役員の端末"})
	equal(t, "priority", i.Priority, incident.P2)
	equal(t, "override", i.Override, "役員の端末")
	equal(t, "provisional", i.Provisional, false)
	i = s.open(ann, incident.Open{Title: "x", Impact: "small", Urgency: "low", Priority: incident.P2})
	equal(t, "without a reason it opens all the same, provisionally", i.Provisional, true)
	i = s.open(ann, incident.Open{Title: "x", Impact: "small", Urgency: "low", Priority: incident.P5, Reason: "as the matrix says"})
	equal(t, "no override where the matrix agrees", i.Override, "")
}

func TestOpeningGivesTheChecklistToRoomsOnly(t *testing.T) {
	for p, want := range map[incident.Priority]int{1: 6, 2: 6, 3: 6, 4: 0, 5: 0} {
		s := opened(t, p)
		equal(t, p.String()+" checklist", len(s.i().Tasks), want)
		equal(t, p.String()+" asked to lead", len(of[*incident.Asked](s.all())) > 0, want > 0)
	}
}

func TestOpenerIsAskedToLeadAndAMajorIncidentGoesUp(t *testing.T) {
	s := opened(t, incident.P1)
	asked := of[*incident.Asked](s.all())
	if len(asked) != 2 || asked[0].Person != ann || asked[0].Why != "manager" || asked[1].Person != dan || asked[1].Why != "escalation" {
		t.Errorf("asked: %+v", asked)
	}
	equal(t, "escalations", len(of[*incident.Escalated](s.all())), 1)
	s = opened(t, incident.P2)
	equal(t, "P2 does not go up by itself", len(of[*incident.Escalated](s.all())), 0)
}

func TestAlertBornIncidentAsksWhoIsOnCall(t *testing.T) {
	s := newScene(t)
	i := s.open(matoi, incident.Open{
		Title: "HighLatency", Impact: "large", Channel: "alert", Group: "g",
		Alert: &incident.AlertRef{Source: "alertmanager", Key: "k", Title: "HighLatency", Start: s.now},
	})
	equal(t, "opener", i.Opener, "")
	equal(t, "reporters", len(i.Reporters), 0)
	equal(t, "asked", of[*incident.Asked](s.all())[0].Person, bob)
	equal(t, "leads", i.Leads(), "")
	equal(t, "tally", i.Alerts, incident.AlertTally{Source: "alertmanager", Group: "g", Total: 1, Firing: 1, Last: s.now})
}

func TestAlarmWithAWrongClockOpensAllTheSame(t *testing.T) {
	s := newScene(t)
	ahead := s.now.Add(3 * time.Hour)
	i := s.open(matoi, incident.Open{Title: "x", Happened: incident.Moment{At: ahead}, Detected: ahead, Alert: &incident.AlertRef{Key: "k", Start: ahead}})
	at(t, "occurred", i.Occurred.At, s.now)
	at(t, "response is due from now", i.Clock(incident.Response).Start, s.now)
	if _, err := s.desk.Do(t.Context(), 0, incident.Open{Title: "x", Happened: incident.Moment{At: ahead}}, incident.By{Person: ann}, incident.Cause{}); err == nil {
		t.Error("a person who says that it began in the future must be told")
	}
}

func TestOpeningOnSomebodysBehalfKeepsReporterAndRecorderApart(t *testing.T) {
	s := newScene(t)
	i := s.open(ann, incident.Open{Title: "x", Reporter: incident.Reporter{Contact: "03-1234-5678"}, Channel: "phone"})
	equal(t, "opener", i.Opener, ann)
	if len(i.Reporters) != 1 || i.Reporters[0].Contact != "03-1234-5678" || i.Reporters[0].Person != "" {
		t.Errorf("reporters: %+v", i.Reporters)
	}
	s.do(ann, incident.SetStatus{To: incident.Triaged})
	if s.i().Clock(incident.Response).Running() {
		t.Error("the recorder is no reporter: their deed is a response")
	}
}

func TestOpeningTakesTeamAndLinksFromTheService(t *testing.T) {
	s := newScene(t)
	s.policy.Services = []incident.ServiceOf{{Name: "Payments", Team: "pay", Runbook: "https://r", Dashboard: "https://d"}, {Name: "Mail", Team: "mail", Runbook: "https://m"}}
	s.policy.Categories[2].Team = "net"
	i := s.open(ann, incident.Open{Title: "x", Services: []string{"payments", "payments", " "}})
	equal(t, "team", i.Team, "pay")
	same(t, "services are named once", i.Services, []string{"payments"})
	equal(t, "links", len(i.Links), 2)
	i = s.open(ann, incident.Open{Title: "x", Category: "ネットワーク", Services: []string{"Payments"}})
	equal(t, "the category leads first", i.Team, "net")
	i = s.do(ann, incident.SetServices{Services: []string{"Mail"}, Add: true})
	same(t, "added", i.Services, []string{"Payments", "Mail"})
	equal(t, "the new service brings its runbook", i.Links[len(i.Links)-1].URL, "https://m")
	s.refused("already_so", ann, incident.SetServices{Services: []string{"Mail"}, Add: true})
	s.refused("service_needed", ann, incident.SetServices{Services: []string{" "}})
}

func TestOpeningRefusesWithAReason(t *testing.T) {
	tests := []struct {
		want string
		open incident.Open
	}{
		{"title_needed", incident.Open{Title: " \t"}},
		{"title_long", incident.Open{Title: strings.Repeat("長", incident.MaxTitle+1)}},
		{"text_long", incident.Open{Title: "x", Summary: strings.Repeat("長", incident.MaxText+1)}},
		{"impact_unknown", incident.Open{Title: "x", Impact: "huge"}},
		{"urgency_unknown", incident.Open{Title: "x", Urgency: "soon"}},
		{"future", incident.Open{Title: "x", Happened: incident.Moment{At: start().Add(time.Hour)}}},
		{"priority_needed", incident.Open{Title: "x", Priority: 9}},
	}
	for _, test := range tests {
		_, refusal := incident.DefaultPolicy(tokyo()).Open(test.open, incident.By{Person: ann}, start())
		if refusal == nil || refusal.Code != test.want {
			t.Errorf("got %v, want %s", refusal, test.want)
		}
	}
	if _, refusal := incident.DefaultPolicy(tokyo()).Open(incident.Open{Title: strings.Repeat("😀", incident.MaxTitle)}, incident.By{}, start()); refusal != nil {
		t.Errorf("the longest title is refused: %v", refusal)
	}
}

func TestTheSameCauseOpensOnce(t *testing.T) {
	s := newScene(t)
	cause := incident.Cause{ID: "request-1"}
	a, _ := s.desk.Do(t.Context(), 0, incident.Open{Title: "x"}, incident.By{Person: ann}, cause)
	b, err := s.desk.Do(t.Context(), 0, incident.Open{Title: "x"}, incident.By{Person: ann}, cause)
	if err != nil || !b.Again || a.Again || a.Incident.Number != b.Incident.Number || len(s.store.rows) != 1 {
		t.Errorf("again=%v number=%v rows=%d err=%v", b.Again, b.Incident.Number, len(s.store.rows), err)
	}
}

func TestALostRaceIsTriedAgain(t *testing.T) {
	s := newScene(t)
	s.store.conflict = 3
	s.open(ann, incident.Open{Title: "x"})
	s.store.conflict = 100
	if _, err := s.desk.Do(t.Context(), 0, incident.Open{Title: "x"}, incident.By{Person: ann}, incident.Cause{}); err == nil {
		t.Error("a race that is lost for ever must end in an error")
	}
}

func TestPrivateIncidentLooksLikeNoneToStrangers(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "漏えいの疑い", Private: true, Priority: incident.P3})
	for _, cmd := range []incident.Command{incident.Acknowledge{}, incident.Note{Text: "x"}, incident.Enter{Realm: "console"}, incident.SetAccess{}, incident.TakeRole{Role: incident.Scribe, Person: fay}} {
		s.refused("ErrNotFound", fay, cmd)
	}
	equal(t, "who records borrows nothing", s.tryBy(incident.By{Person: ann, Recorder: fay}, incident.Note{Text: "x"}), "ErrNotFound")
	if incident.MaySee(s.i(), incident.Viewer{Person: fay}) {
		t.Fatal("a refused command let a stranger in")
	}
	s.do(ann, incident.SetAccess{Private: true, Add: []incident.PersonID{fay}})
	s.do(fay, incident.Note{Text: "見た"})
	s.check()
}

func TestMaySee(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Private: true, Priority: incident.P4, Reporter: incident.Reporter{Person: eri}})
	s.do(ann, incident.Assign{Person: bob})
	s.do(ann, incident.TakeRole{Role: incident.Scribe, Person: cho})
	s.do(ann, incident.Ask{Person: dan})
	for person, want := range map[incident.PersonID]bool{ann: true, bob: true, cho: true, dan: true, eri: false, fay: false, "": false} {
		equal(t, string(person)+" may see", incident.MaySee(s.i(), incident.Viewer{Person: person}), want)
	}
	equal(t, "the machine", incident.MaySee(s.i(), incident.Viewer{All: true}), true)
	same(t, "insiders", s.i().Insiders(), []incident.PersonID{ann, bob, cho, dan})
	s.do(ann, incident.SetAccess{})
	equal(t, "once public", incident.MaySee(s.i(), incident.Viewer{}), true)
}

func TestTakenOutOfAPrivateIncidentMeansOut(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(fay, incident.Acknowledge{})
	s.do(bob, incident.Enter{Realm: "console"})
	s.refused("role_held", ann, incident.SetAccess{Private: true, Remove: []incident.PersonID{fay}}) // acts as manager
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.refused("role_held", ann, incident.SetAccess{Private: true, Remove: []incident.PersonID{dan}})
	s.do(dan, incident.SetAccess{Private: true, Remove: []incident.PersonID{fay, bob, ann}})
	same(t, "insiders", s.i().Insiders(), []incident.PersonID{dan})
	s.refused("ErrNotFound", ann, incident.Note{Text: "the opener too"})
	s.refused("already_so", dan, incident.SetAccess{Private: true, Remove: []incident.PersonID{fay}})
	s.do(dan, incident.Ask{Person: fay})
	same(t, "asking somebody lets them in again", s.i().Insiders(), []incident.PersonID{dan, fay})
	s.check()
}

func TestWhoIsOfferedARoleOfAPrivateIncidentMayLookAtIt(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Private: true, Priority: incident.P3})
	s.do(ann, incident.TakeRole{Role: incident.Manager, Person: ann})
	s.do(ann, incident.OfferHandover{To: fay})
	s.do(fay, incident.AnswerHandover{Answer: "declined"})
	s.refused("ErrNotFound", fay, incident.Note{Text: "no longer"})
	s.do(ann, incident.OfferHandover{To: bob})
	equal(t, "leads", s.do(bob, incident.AnswerHandover{Answer: "accepted"}).Manager(), bob)
	s.check()
}

func TestNobodyOutsideAPrivateIncidentIsToldOrInvited(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Private: true, Priority: incident.P2, Reporter: incident.Reporter{Person: fay}})
	s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c1"}})
	s.do(ann, incident.Acknowledge{})
	s.do(ann, incident.Restore{})
	s.do(ann, incident.Resolve{})
	for _, e := range s.store.effects {
		if e.Person == fay {
			t.Errorf("a reporter outside is touched: %+v", e)
		}
	}
	if !slices.ContainsFunc(s.store.effects, func(e incident.Effect) bool { return e.Kind == incident.Invite && e.Person == ann }) {
		t.Error("the opener is invited")
	}
}
