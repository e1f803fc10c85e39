package incident_test

import (
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

func TestWhatStandsThereIsNotRecordedAgain(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.SetStatus{To: incident.Mitigated, Text: "旧版に戻した"})
	s.refused("already_so", ann, incident.SetStatus{To: incident.Mitigated, Text: "旧版に戻した"})
	s.do(ann, incident.SetStatus{To: incident.Identified, Text: "接続の取りすぎ"})
	s.refused("already_so", ann, incident.SetStatus{To: incident.Identified, Text: "接続の取りすぎ"})
	equal(t, "workarounds", len(of[*incident.WorkaroundRecorded](s.all())), 1)
	equal(t, "causes", len(of[*incident.CauseRecorded](s.all())), 1)
}

func TestResolvingOverwritesNoFixButOneThatFailed(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.RecordFix{Text: "修正版を公開"})
	equal(t, "told by itself", s.do(ann, incident.Resolve{Text: "監視で確認"}).Fix, "修正版を公開")
	s.do(ann, incident.Reopen{Reason: "また落ちた"})
	equal(t, "it failed", s.do(ann, incident.Resolve{Text: "修正版2を公開"}).Fix, "修正版2を公開")
	s.do(ann, incident.Reopen{Reason: "また落ちた"})
	s.do(ann, incident.RecordFix{Text: "修正版3を公開"})
	equal(t, "told anew", s.do(ann, incident.Resolve{Text: "確認"}).Fix, "修正版3を公開")
	s.check()
}

func TestTheReasonOfARaiseIsKept(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.SetPriority{Priority: incident.P1, Reason: "やはり広い"})
	facts := of[*incident.Prioritised](s.all())
	equal(t, "levels unknown", facts[0].Reason, "やはり広い")
	s.do(dan, incident.SetPriority{Impact: "medium", Urgency: "high", Reason: "一部の顧客"})
	facts = of[*incident.Prioritised](s.all())
	equal(t, "the matrix says so", facts[1].Reason+"/"+facts[1].Override, "一部の顧客/")
	s.do(dan, incident.SetPriority{Priority: incident.P3, Reason: "代替あり"})
	facts = of[*incident.Prioritised](s.all())
	equal(t, "an override", facts[2].Reason+"/"+facts[2].Override, "/代替あり")
	s.check()
}

func TestWhatLivesInAThreadWantsNoManager(t *testing.T) {
	for p, acting := range map[incident.Priority]incident.PersonID{incident.P3: fay, incident.P4: "", incident.P5: ""} {
		s := opened(t, p)
		equal(t, p.String(), s.do(fay, incident.Acknowledge{}).Acting, acting)
		equal(t, "response", s.i().Clock(incident.Response).Running(), false)
		s.refused("already_so", fay, incident.Acknowledge{})
	}
	s := opened(t, incident.P4)
	s.do(fay, incident.Acknowledge{})
	s.do(cho, incident.SetPriority{Priority: incident.P2})
	equal(t, "raised, who raised is asked", of[*incident.Asked](s.all())[0].Person, cho)
	equal(t, "and the first to say it again acts", s.do(fay, incident.Acknowledge{}).Acting, fay)
}

func TestAManagerWhoLeavesIsFollowedByTheNextOneAsked(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.LeaveRole{Role: incident.Manager})
	asked := of[*incident.Asked](s.last.Events)
	if len(asked) != 1 || asked[0].Person != bob || asked[0].Why != "manager" {
		t.Fatalf("asked %+v", asked)
	}
	s.do(fay, incident.TakeRole{Role: incident.Scribe, Person: fay})
	s.do(fay, incident.LeaveRole{Role: incident.Scribe})
	equal(t, "other roles stay vacant", len(of[*incident.Asked](s.last.Events)), 0)
}

func TestNotFixedIsHeardOnceWithoutWords(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Resolve{})
	s.do(ann, incident.Confirm{})
	s.refused("already_so", ann, incident.Confirm{})
	s.do(ann, incident.Confirm{Text: "まだ遅い"})
	s.do(ann, incident.Confirm{Fixed: true})
	s.do(ann, incident.Confirm{})
	s.check()
}

func TestWhoeverMayConfirmForAReporterIsToldSo(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Priority: incident.P4, Reporter: incident.Reporter{Contact: "木村さん 内線2345"}})
	s.refused("confirm_for_them", fay, incident.Close{})
	s.do(fay, incident.Resolve{})
	s.refused("confirm_for_them", fay, incident.Close{})
	s.do(fay, incident.Confirm{Fixed: true})
	equal(t, "closed", s.i().Status, incident.StatusClosed)
	s = opened(t, incident.P4)
	s.refused("awaits_confirmation", fay, incident.Close{})
}

func TestOnlyWhoLeadsOrOpenedMakesAPrivateIncidentPublic(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Priority: incident.P2, Private: true})
	s.do(ann, incident.SetAccess{Private: true, Add: []incident.PersonID{fay, dan}})
	s.refused("only_opener", fay, incident.SetAccess{})
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(dan, incident.SetAccess{})
	s.do(fay, incident.SetAccess{Private: true})
	s.do(ann, incident.SetAccess{})
	s.check()
}

func TestAFlappingAlarmAsksOnceWhetherToReopen(t *testing.T) {
	s := led(t, incident.P2)
	refire := func() int {
		from := len(s.store.effects)
		s.sleep(time.Minute)
		s.do(matoi, incident.MeetAlerts{Refired: []incident.AlertRef{{Source: "am", Key: "k", Title: "x", Start: s.now}}, Total: 1, Firing: 1})
		n := 0
		for _, e := range s.store.effects[from:] {
			if e.Kind == incident.Post || e.Kind == incident.Tell {
				n++
			}
		}
		return n
	}
	quiet := func() {
		s.sleep(time.Minute)
		s.do(matoi, incident.MeetAlerts{Cleared: []incident.AlertRef{{Source: "am", Key: "k", Title: "x"}}, Total: 1})
	}
	s.do(dan, incident.Resolve{})
	equal(t, "the room and the manager", refire(), 2)
	equal(t, "again", refire(), 0)
	quiet()
	equal(t, "and again", refire(), 0)
	s.do(dan, incident.Reopen{})
	quiet()
	equal(t, "while it is worked the room hears of it", refire(), 1)
	s.sleep(time.Minute)
	s.do(dan, incident.Resolve{})
	equal(t, "after the next end it is asked anew", refire(), 2)
	equal(t, "entries are kept", len(of[*incident.AlertsMet](s.all())), 7)
	if !slices.ContainsFunc(s.all(), func(e incident.Event) bool { _, ok := e.Fact.(*incident.Reopened); return ok }) {
		t.Error("never reopened")
	}
	s.check()
}

func TestWhatWasCancelledIsUndoneNotReopened(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Cancel{Reason: "誤報"})
	for _, cmd := range []incident.Command{incident.SetStatus{To: incident.Triaged}, incident.PutHold{Hold: incident.Hold{Reason: "x"}}, incident.Acknowledge{}, incident.Reopen{}} {
		s.refused("undo_instead", dan, cmd)
	}
	s.do(dan, incident.Undo{})
	s.do(dan, incident.SetStatus{To: incident.Triaged})
}

func TestWhoIsGivenATaskOfAPrivateIncidentMayLookAtIt(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Priority: incident.P2, Private: true})
	from := len(s.store.effects)
	i := s.do(ann, incident.AddTask{Text: "ログを集める", Owner: fay})
	equal(t, "may see", incident.MaySee(i, incident.Viewer{Person: fay}), true)
	same(t, "and is told", s.told(from), []incident.PersonID{fay})
	s.do(ann, incident.SetAccess{Private: true, Remove: []incident.PersonID{fay}})
	equal(t, "until taken out", incident.MaySee(s.i(), incident.Viewer{Person: fay}), false)
	s.do(ann, incident.ClaimTask{ID: len(s.i().Tasks), Person: dan})
	s.do(ann, incident.ClaimTask{ID: len(s.i().Tasks), Person: fay})
	equal(t, "or given one again", incident.MaySee(s.i(), incident.Viewer{Person: fay}), true)
	s.check()
}
