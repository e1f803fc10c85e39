package incident_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

func TestEveryStatusLeadsToEveryOther(t *testing.T) {
	moves := []incident.Status{incident.New, incident.Triaged, incident.Investigating, incident.Identified, incident.Mitigated}
	for _, from := range moves {
		for _, to := range moves {
			s := opened(t, incident.P3)
			if from != incident.New {
				s.do(ann, incident.SetStatus{To: from})
			}
			if from == to {
				s.refused("already_so", ann, incident.SetStatus{To: to})
				continue
			}
			equal(t, string(from)+" to "+string(to), s.do(ann, incident.SetStatus{To: to}).Shown(), to)
		}
		s := opened(t, incident.P3)
		if from != incident.New {
			s.do(ann, incident.SetStatus{To: from})
		}
		equal(t, "straight to resolved from "+string(from), s.do(ann, incident.Resolve{}).Status, incident.StatusResolved)
		equal(t, "and closed", s.do(ann, incident.Close{}).Status, incident.StatusClosed)
	}
}

func TestStatusIsRefusedWithAReason(t *testing.T) {
	s := led(t, incident.P2)
	for _, to := range []incident.Status{incident.StatusResolved, incident.StatusClosed, incident.OnHold, "nonsense", ""} {
		s.refused("status_unknown", ann, incident.SetStatus{To: to})
	}
	s.do(ann, incident.Resolve{})
	s.refused("reopen_first", ann, incident.SetStatus{To: incident.Triaged})
	s.refused("reopen_first", dan, incident.PutHold{Hold: incident.Hold{Reason: "x"}})
	s.refused("reopen_first", fay, incident.Acknowledge{})
	s.refused("already_so", ann, incident.Resolve{})
	s.do(dan, incident.Close{})
	for _, cmd := range []incident.Command{
		incident.Resolve{},
		incident.Close{},
		incident.Cancel{Reason: "x"},
		incident.SetPriority{Priority: 1},
		incident.OfferHandover{To: ann},
		incident.TakeOver{Reason: "x"},
		incident.Escalate{How: "functional"},
		incident.Restore{Withdraw: true},
		incident.TakeRole{Role: incident.Scribe, Person: ann},
	} {
		s.refused("over", dan, cmd)
	}
	s.do(eri, incident.TakeRole{Role: incident.ProblemManager, Person: eri}) // the review comes after closing
	s.check()
}

func TestMitigatedKeepsTheWorkaroundAndIdentifiedTheCause(t *testing.T) {
	s := opened(t, incident.P3)
	equal(t, "cause", s.do(ann, incident.SetStatus{To: incident.Identified, Text: "証明書の期限切れ"}).Cause.Direct, "証明書の期限切れ")
	equal(t, "workaround", s.do(ann, incident.SetStatus{To: incident.Mitigated, Text: "旧証明書へ戻した"}).Workaround, "旧証明書へ戻した")
	equal(t, "fix apart", s.do(ann, incident.Resolve{Text: "更新した"}).Fix, "更新した")
	equal(t, "workaround stays", s.i().Workaround, "旧証明書へ戻した")
	equal(t, "mitigated is not restored by itself", len(of[*incident.RestorationDeclared](s.all())), 1)
}

func TestResolvingDeclaresRestoredWhenNobodyHas(t *testing.T) {
	s := opened(t, incident.P2)
	s.sleep(time.Hour)
	s.do(bob, incident.Restore{Since: incident.Moment{At: s.now.Add(-10 * time.Minute), Approx: true}})
	was := s.i().Restored
	s.sleep(time.Hour)
	s.do(bob, incident.Resolve{})
	equal(t, "what was declared stays", s.i().Restored, was)
	at(t, "resolved", s.i().Resolved, s.now)
}

func TestRestoredIsBackDatedWithinReason(t *testing.T) {
	s := newScene(t)
	s.open(ann, incident.Open{Title: "x", Happened: incident.Moment{At: s.now.Add(-time.Hour)}})
	s.refused("restored_before_occurred", bob, incident.Restore{Since: incident.Moment{At: s.now.Add(-2 * time.Hour)}})
	s.refused("future", bob, incident.Restore{Since: incident.Moment{At: s.now.Add(time.Hour)}})
	s.refused("not_restored", bob, incident.Restore{Withdraw: true})
	s.do(bob, incident.Restore{Since: incident.Moment{At: s.now.Add(-time.Minute)}})
	s.refused("already_so", bob, incident.Restore{Since: incident.Moment{At: s.now.Add(-time.Minute)}})
	s.refused("restored_before_occurred", bob, incident.SetOccurred{Happened: incident.Moment{At: s.now}})
	s.do(ann, incident.Close{})
	s.do(bob, incident.Restore{Since: incident.Moment{At: s.now.Add(-30 * time.Minute)}}) // the report is mended after closing
	equal(t, "still closed", s.i().Status, incident.StatusClosed)
	s.check()
}

func TestOnlyTheManagerLowersCancelsHoldsAndClosesP1AndP2(t *testing.T) {
	deeds := map[string]incident.Command{
		"lower": incident.SetPriority{Priority: incident.P4}, "cancel": incident.Cancel{Reason: "誤報"},
		"hold": incident.PutHold{Hold: incident.Hold{For: "user", Reason: "回答待ち"}}, "close": incident.Close{},
	}
	for name, deed := range deeds {
		for _, p := range []incident.Priority{incident.P1, incident.P2} {
			s := opened(t, p)
			s.refused("no_manager_yet", bob, deed)
			s.do(bob, incident.Acknowledge{})
			s.refused("only_manager", ann, deed)
			equal(t, name+": a scribe does not borrow the manager's authority", s.tryBy(incident.By{Person: bob, Recorder: fay}, deed), "only_manager")
			s.do(bob, deed) // who acts as manager is one
		}
		s := opened(t, incident.P3)
		if code := s.try(ann, deed); code != "" {
			t.Errorf("%s of a P3 by anybody: refused %s", name, code)
		}
	}
}

func TestAnybodyRaises(t *testing.T) {
	s := led(t, incident.P4)
	equal(t, "raised", s.do(fay, incident.SetPriority{Priority: incident.P2}).Priority, incident.P2)
	s.refused("only_manager", fay, incident.SetPriority{Priority: incident.P3})
	equal(t, "lowered", s.do(dan, incident.SetPriority{Priority: incident.P3}).Priority, incident.P3)
}

func TestPriorityIsSetWithReasons(t *testing.T) {
	s := opened(t, incident.P3)
	s.refused("priority_needed", ann, incident.SetPriority{})
	s.refused("priority_needed", ann, incident.SetPriority{Impact: "large", Urgency: "high", Priority: -1})
	s.refused("impact_unknown", ann, incident.SetPriority{Impact: "huge"})
	i := s.do(ann, incident.SetPriority{Impact: "medium"})
	equal(t, "half judged stays provisional", i.Provisional, true)
	i = s.do(ann, incident.SetPriority{Urgency: "low"})
	equal(t, "by the matrix", i.Priority, incident.P4)
	equal(t, "judged", i.Provisional, false)
	s.refused("override_reason", ann, incident.SetPriority{Priority: incident.P1})
	i = s.do(ann, incident.SetPriority{Priority: incident.P1, Reason: "報道あり"})
	equal(t, "override", i.Override, "報道あり")
	s.do(bob, incident.Acknowledge{})
	i = s.do(bob, incident.SetPriority{Urgency: "high"})
	equal(t, "back to the matrix", i.Override, "")
	equal(t, "by the matrix again", i.Priority, incident.P2)
	s.refused("already_so", bob, incident.SetPriority{Urgency: "high"})
}

func TestRaisingAThreadGivesItARoomAChecklistAndSomebodyToLead(t *testing.T) {
	s := opened(t, incident.P4)
	from := len(s.store.effects)
	s.do(fay, incident.SetPriority{Priority: incident.P1})
	equal(t, "checklist", len(s.i().Tasks), 6)
	asked := of[*incident.Asked](s.last.Events)
	if len(asked) != 2 || asked[0].Person != fay || asked[0].Why != "manager" || asked[1].Person != dan {
		t.Errorf("asked: %+v", asked)
	}
	if !slices.ContainsFunc(s.store.effects[from:], func(e incident.Effect) bool { return e.Kind == incident.OpenRoom }) {
		t.Error("a room is opened")
	}
	s.do(bob, incident.Acknowledge{})
	s.do(bob, incident.SetPriority{Priority: incident.P5})
	s.do(bob, incident.SetPriority{Priority: incident.P2})
	equal(t, "the checklist is not given twice", len(s.i().Tasks), 6)
}

func TestConfirmationClosesP3ToP5(t *testing.T) {
	s := opened(t, incident.P4)
	s.refused("not_resolved_yet", ann, incident.Confirm{Fixed: true})
	s.do(ann, incident.AddReporter{Reporter: incident.Reporter{Person: fay}})
	s.refused("already_so", ann, incident.AddReporter{Reporter: incident.Reporter{Person: fay}})
	s.refused("person_needed", ann, incident.AddReporter{})
	s.do(bob, incident.Resolve{})
	s.refused("not_reporter", bob, incident.Confirm{Fixed: true})
	s.refused("awaits_confirmation", bob, incident.Close{})
	s.refused("awaits_confirmation", ann, incident.Close{}) // fay has not confirmed
	equal(t, "one of two", s.do(ann, incident.Confirm{Fixed: true}).Status, incident.StatusResolved)
	s.refused("already_so", ann, incident.Confirm{Fixed: true})
	equal(t, "both", s.do(fay, incident.Confirm{Fixed: true}).Status, incident.StatusClosed)
	equal(t, "how", of[*incident.Closed](s.all())[0].How, "confirmed")
	equal(t, "report", s.i().Report.Version, 1)
	s.refused("already_so", fay, incident.Confirm{Fixed: true})
}

func TestAReportersClosingIsAConfirmation(t *testing.T) {
	s := opened(t, incident.P5)
	s.do(ann, incident.Close{Pending: "原因調査中 → PRB-20261121-001"})
	closed := of[*incident.Closed](s.all())
	equal(t, "how", closed[0].How, "confirmed")
	equal(t, "pending", closed[0].Pending, "原因調査中 → PRB-20261121-001")
	equal(t, "the answer is on record", len(of[*incident.Confirmed](s.all())), 1)
}

func TestTheDeskAnswersForWhoIsKnownByContactOnly(t *testing.T) {
	s := newScene(t)
	s.open(bob, incident.Open{Title: "x", Priority: incident.P4, Reporter: incident.Reporter{Contact: "tel"}})
	s.do(bob, incident.AddReporter{Reporter: incident.Reporter{Person: fay}})
	s.do(bob, incident.Resolve{})
	equal(t, "fay speaks for herself", s.do(fay, incident.Confirm{Fixed: true}).Status, incident.StatusResolved)
	equal(t, "the desk for the caller", s.do(bob, incident.Confirm{Fixed: true}).Status, incident.StatusClosed)
}

func TestAlertBornIncidentIsConfirmedByAnybody(t *testing.T) {
	s := newScene(t)
	s.open(matoi, incident.Open{Title: "x", Priority: incident.P3, Alert: &incident.AlertRef{Key: "k"}})
	s.do(bob, incident.Resolve{})
	equal(t, "closed", s.do(cho, incident.Confirm{Fixed: true}).Status, incident.StatusClosed)
}

func TestNotFixedReopensP3ToP5(t *testing.T) {
	s := opened(t, incident.P4)
	s.do(bob, incident.Resolve{})
	i := s.do(ann, incident.Confirm{Fixed: false, Text: "まだ遅い"})
	equal(t, "status", i.Status, incident.Investigating)
	equal(t, "asked anew next time", i.Reporters[0].Answer, "")
	s.do(ann, incident.Close{})
	equal(t, "also when closed", s.do(ann, incident.Confirm{Fixed: false}).Status, incident.Investigating)
	s.do(ann, incident.Close{})
	s.sleep(5*24*time.Hour + time.Second)
	s.refused("reopen_late", ann, incident.Confirm{Fixed: false})
	s.check()
}

func TestNotFixedTellsTheManagerOfP1AndP2(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Resolve{})
	from := len(s.store.effects)
	equal(t, "status", s.do(ann, incident.Confirm{Fixed: false}).Status, incident.StatusResolved)
	same(t, "told", s.told(from), []incident.PersonID{dan})
	equal(t, "confirmation closes nothing either", s.do(ann, incident.Confirm{Fixed: true}).Status, incident.StatusResolved)
	s.refused("only_manager", ann, incident.Close{})
	equal(t, "the manager closes", s.do(dan, incident.Close{}).Status, incident.StatusClosed)
	equal(t, "how", of[*incident.Closed](s.all())[0].How, "manager")
}

func TestSilenceClosesP3ToP5AfterThreeDays(t *testing.T) {
	for _, p := range []incident.Priority{incident.P3, incident.P4, incident.P5} {
		s := opened(t, p)
		s.do(bob, incident.Resolve{})
		s.wait(3*24*time.Hour - time.Second)
		equal(t, "not before", s.i().Status, incident.StatusResolved)
		s.wait(time.Second)
		equal(t, "after", s.i().Status, incident.StatusClosed)
		equal(t, "how", of[*incident.Closed](s.all())[0].How, "silence")
		equal(t, "report by", s.i().Report.By, matoi)
		at(t, "nothing is due any more", s.policy.NextDue(s.i()), time.Time{})
		s.check()
	}
}

func TestSilenceNeverClosesP1AndP2ButRemindsTheManager(t *testing.T) {
	s := led(t, incident.P1)
	s.do(dan, incident.Resolve{})
	from := len(s.store.effects)
	made := s.wait(7 * 24 * time.Hour)
	equal(t, "status", s.i().Status, incident.StatusResolved)
	equal(t, "reminded", len(steps(made, incident.Confirmation)), 2)
	same(t, "told", s.told(from), []incident.PersonID{dan})
}

func TestReopenWindows(t *testing.T) {
	s := opened(t, incident.P3)
	s.refused("already_so", ann, incident.Reopen{})
	s.do(ann, incident.Resolve{})
	equal(t, "resolved", s.do(bob, incident.Reopen{Reason: "また"}).Status, incident.Investigating)
	s.do(ann, incident.Close{})
	s.sleep(5 * 24 * time.Hour)
	equal(t, "on the last day", s.do(bob, incident.Reopen{}).Status, incident.Investigating)
	s.do(ann, incident.Close{})
	s.sleep(5*24*time.Hour + time.Microsecond)
	s.refused("reopen_late", bob, incident.Reopen{})
	s.refused("reopen_late", bob, incident.Undo{})
	s = opened(t, incident.P3)
	s.do(ann, incident.Cancel{Reason: "x"})
	s.refused("undo_instead", bob, incident.Reopen{})
}

func TestNeverWorkedCountsAsDowntimeBrokeAgainDoesNot(t *testing.T) {
	for _, never := range []bool{true, false} {
		s := newScene(t)
		began := s.now.Add(-time.Hour)
		s.open(ann, incident.Open{Title: "x", Priority: incident.P2, Happened: incident.Moment{At: began}})
		s.do(bob, incident.Resolve{})
		fixed := s.now
		s.sleep(2 * time.Hour)
		i := s.do(bob, incident.Reopen{NeverWorked: never})
		equal(t, "not restored", i.Restored.IsZero(), true)
		if never {
			at(t, "occurred", i.Occurred.At, began)
			equal(t, "earlier downtimes", len(i.Downs), 0)
			at(t, "restoration is due as before", i.Clock(incident.Restoration).Due, began.Add(8*time.Hour))
			continue
		}
		at(t, "occurred again", i.Occurred.At, s.now)
		if len(i.Downs) != 1 || !i.Downs[0].From.Equal(began) || !i.Downs[0].To.Equal(fixed) {
			t.Errorf("earlier downtime: %+v", i.Downs)
		}
		at(t, "restoration starts anew", i.Clock(incident.Restoration).Due, s.now.Add(8*time.Hour))
	}
}

func TestReopeningClocks(t *testing.T) {
	s := led(t, incident.P1)
	s.do(dan, incident.Publish{Text: "調査中"})
	s.do(dan, incident.Resolve{})
	from := len(s.store.effects)
	s.sleep(24 * time.Hour)
	i := s.do(ann, incident.Reopen{})
	at(t, "updates go on", i.Clock(incident.NextUpdate).Due, s.now.Add(30*time.Minute))
	same(t, "who leads hears of it", s.told(from), []incident.PersonID{dan})
	made := s.wait(9 * time.Minute)
	equal(t, "no fatigue from before", len(steps(made, incident.Relief))+len(steps(made, incident.Delegate)), 0)
	s.do(dan, incident.Resolve{})
	s.do(dan, incident.Undo{})
	equal(t, "undone", s.i().Status, incident.Investigating)
	s = opened(t, incident.P1)
	s.do(bob, incident.Resolve{})
	i = s.do(ann, incident.Reopen{})
	at(t, "a first notice nobody gave is due again", i.Clock(incident.FirstNotice).Due, s.now.Add(10*time.Minute))
	s.check()
}

func TestWithdrawingARestorationOfWhatIsResolvedReopensIt(t *testing.T) {
	s := opened(t, incident.P2)
	s.do(bob, incident.Resolve{})
	i := s.do(bob, incident.Restore{Withdraw: true, Text: "使えない"})
	equal(t, "status", i.Status, incident.Investigating)
	equal(t, "downtime goes on", len(i.Downs), 0)
}

func TestHoldIsShownAndEnds(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.SetStatus{To: incident.Investigating})
	for code, h := range map[string]incident.Hold{"reason_needed": {For: "user"}, "past": {Reason: "x", Review: s.now}, "hold_for": {Reason: "x", For: "weather"}} {
		s.refused(code, ann, incident.PutHold{Hold: h})
	}
	s.refused("not_on_hold", ann, incident.Resume{})
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "回答待ち"}})
	equal(t, "shown", s.i().Shown(), incident.OnHold)
	equal(t, "returns to", s.i().Status, incident.Investigating)
	s.refused("already_on_hold", ann, incident.PutHold{Hold: incident.Hold{Reason: "y"}})
	s.sleep(time.Hour)
	s.do(fay, incident.Speak{})
	equal(t, "another's word does not end it", s.i().Shown(), incident.OnHold)
	s.do(ann, incident.Speak{})
	equal(t, "the user's answer does", s.i().Shown(), incident.Investigating)
	if h := s.i().Holds; len(h) != 1 || h[0].Reason != "回答待ち" || !h[0].Until.Equal(s.now) {
		t.Errorf("holds are listed: %+v", h)
	}
	for _, cmd := range []incident.Command{incident.Resume{}, incident.SetStatus{To: incident.Triaged}, incident.Resolve{}} {
		s := opened(t, incident.P3)
		s.do(ann, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "x"}})
		equal(t, "ended", s.do(ann, cmd).Hold == nil, true)
		equal(t, "listed", len(s.i().Holds), 1)
	}
}

func TestCancelledOnHoldIsShownAsCancelled(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	s.sleep(time.Hour)
	equal(t, "shown", s.do(ann, incident.Cancel{Reason: "y"}).Shown(), incident.StatusCancelled)
	s.sleep(time.Hour)
	equal(t, "undo returns to the hold", s.do(ann, incident.Undo{}).Shown(), incident.OnHold)
	s.sleep(time.Hour)
	s.do(ann, incident.Resume{})
	at(t, "the whole time stood still", s.i().Clock(incident.Restoration).Due, start().Add(24*time.Hour+3*time.Hour))
	s.check()
}

func TestVagueMeasuresAreRefused(t *testing.T) {
	tests := []struct{ text, owner, due, want string }{
		{"今後は注意する", "pay", "12月", "measure_vague"},
		{"be careful", "pay", "12月", "measure_vague"},
		{"We will be more careful", "pay", "12月", "measure_vague"},
		{"気をつける", "pay", "12月", "measure_vague"},
		{" ", "pay", "12月", "text_needed"},
		{"証明書の期限を監視し30日前に知らせる", "", "12月", "measure_incomplete"},
		{"証明書の期限を監視し30日前に知らせる", "pay", "", "measure_incomplete"},
		{"証明書の期限を監視し30日前に知らせる", "pay", "12月", ""},
		{"二人で確認する手順を追加し、注意するだけに頼らない", "pay", "12月", ""},
	}
	for _, test := range tests {
		s := opened(t, incident.P3)
		got := s.try(ann, incident.AddMeasure{Measure: incident.Measure{Text: test.text, Owner: test.owner, Due: test.due}})
		equal(t, test.text, got, test.want)
	}
}

func TestSettingsSayWhatIsAlreadySo(t *testing.T) {
	s := opened(t, incident.P3)
	for _, cmd := range []incident.Command{
		incident.SetTitle{Title: "a"},
		incident.SetSummary{Text: "a"},
		incident.SetCategory{Category: "network"},
		incident.SetTeam{Team: "a"},
		incident.SetServices{Services: []string{"a"}},
		incident.Assign{Person: bob},
		incident.SetOccurred{Happened: incident.Moment{At: start().Add(-time.Hour)}},
		incident.RecordWorkaround{Text: "a"},
		incident.RecordFix{Text: "a"},
		incident.RecordImpact{Text: "a"},
		incident.AddLink{Link: incident.Link{URL: "https://a"}},
	} {
		s.do(ann, cmd)
		s.refused("already_so", ann, cmd)
	}
	s.refused("link_self", ann, incident.AddLink{Link: incident.Link{To: s.n}})
	s.refused("text_needed", ann, incident.AddLink{})
	s.refused("future", ann, incident.SetOccurred{Happened: incident.Moment{At: s.now.Add(time.Hour)}})
	s.refused("category_needed", ann, incident.SetCategory{})
	for _, cmd := range []incident.Command{incident.SetSummary{}, incident.SetTeam{}, incident.RecordCause{}, incident.RecordFix{Text: " "}} {
		s.refused("text_needed", ann, cmd)
	}
	s.check()
}

func TestLongTextsAreRefusedNeverCut(t *testing.T) {
	long := strings.Repeat("長", incident.MaxText+1)
	s := led(t, incident.P3)
	for _, cmd := range []incident.Command{
		incident.Note{Text: long},
		incident.Revise{Seq: 1, Text: long},
		incident.AnnounceDeed{Text: long},
		incident.CloseDeed{Result: long},
		incident.Publish{Text: long},
		incident.SetPriority{Priority: 1, Reason: long},
		incident.SetSummary{Text: long},
		incident.SetCategory{Category: long},
		incident.SetServices{Services: []string{long}},
		incident.SetTeam{Team: long},
		incident.RecordWorkaround{Text: long},
		incident.RecordFix{Text: long},
		incident.RecordCause{Root: long},
		incident.RecordImpact{Text: long},
		incident.AddMeasure{Measure: incident.Measure{Text: long, Owner: "a", Due: "b"}},
		incident.AddTask{Text: long},
		incident.FinishTask{ID: 1, Result: long},
		incident.DropTask{ID: 1, Reason: long},
		incident.AddReporter{Reporter: incident.Reporter{Contact: long}},
		incident.AddLink{Link: incident.Link{URL: long}},
		incident.SetStatus{To: incident.Triaged, Text: long},
		incident.Restore{Text: long},
		incident.Resolve{Text: long},
		incident.Confirm{Text: long},
		incident.Close{Pending: long},
		incident.Reopen{Reason: long},
		incident.Cancel{Reason: long},
		incident.PutHold{Hold: incident.Hold{Reason: long}},
		incident.InventRole{Name: long},
		incident.TakeRole{Role: incident.Scribe, Person: fay, Stream: long},
		incident.TakeOver{Reason: long},
		incident.Ask{Person: fay, Text: long},
		incident.Decline{Reason: long},
		incident.Escalate{How: "functional", Reason: long},
	} {
		s.refused("text_long", dan, cmd)
	}
	s.refused("title_long", dan, incident.SetTitle{Title: strings.Repeat("長", incident.MaxTitle+1)})
	s.do(dan, incident.Note{Text: strings.Repeat("長", incident.MaxText)})
}

func TestFunctionalEscalationGoesUpTheLines(t *testing.T) {
	s := opened(t, incident.P3)
	for _, want := range []int{2, 3, 3} {
		equal(t, "line", s.do(ann, incident.Escalate{How: "functional", To: "DB", Reason: "x"}).Line, want)
	}
	s.refused("escalation_unknown", ann, incident.Escalate{How: "sideways"})
}

func TestHierarchicalEscalationFindsSomebodyAbove(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(dan, incident.Escalate{How: "hierarchical", Reason: "予算"})
	equal(t, "nobody escalates to themself", of[*incident.Escalated](s.last.Events)[0].Person, eri)
	s.do(eri, incident.Acknowledge{})
	s.do(ann, incident.Escalate{How: "hierarchical", Reason: "x"})
	equal(t, "who was not asked yet", of[*incident.Escalated](s.last.Events)[0].Person, dan)
	s.do(dan, incident.Acknowledge{})
	s.do(ann, incident.Escalate{How: "hierarchical", Reason: "y"})
	equal(t, "who answered before is asked again", of[*incident.Escalated](s.last.Events)[0].Person, dan)
	s.policy.Managers = nil
	s.refused("nobody_to_escalate_to", ann, incident.Escalate{How: "hierarchical", Reason: "z"})
	s.do(ann, incident.Escalate{How: "hierarchical", To: "部長", Reason: "z"})
}
