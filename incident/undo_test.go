package incident_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

func TestUndoTakesBackEachDeed(t *testing.T) {
	type deed struct {
		name   string
		cmd    incident.Command
		intact func(i *incident.Incident) bool
	}
	deeds := []deed{
		{"title", incident.SetTitle{Title: "別の題"}, func(i *incident.Incident) bool { return i.Title == "決済がタイムアウトする" }},
		{"category", incident.SetCategory{Category: "network"}, func(i *incident.Incident) bool { return i.Category == "" && i.Team == "" }},
		{"services", incident.SetServices{Services: []string{"mail"}}, func(i *incident.Incident) bool { return len(i.Services) == 0 }},
		{"status", incident.SetStatus{To: incident.Identified}, func(i *incident.Incident) bool { return i.Status == incident.Investigating }},
		{"lowering", incident.SetPriority{Priority: incident.P4}, func(i *incident.Incident) bool { return i.Priority == incident.P2 }},
		{"raising", incident.SetPriority{Priority: incident.P1}, func(i *incident.Incident) bool { return i.Priority == incident.P2 }},
		{"restored", incident.Restore{}, func(i *incident.Incident) bool { return i.Restored.IsZero() }},
		{"resolve", incident.Resolve{}, func(i *incident.Incident) bool { return i.Status == incident.Investigating && i.Restored.IsZero() }},
		{"close", incident.Close{}, func(i *incident.Incident) bool { return i.Status == incident.Investigating && i.Closed.IsZero() }},
		{"cancel", incident.Cancel{Reason: "誤報"}, func(i *incident.Incident) bool { return i.Status == incident.Investigating && i.Closed.IsZero() }},
	}
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			s := led(t, incident.P2)
			s.policy.Categories[2].Team = "net"
			s.do(dan, incident.SetStatus{To: incident.Investigating})
			clocks := slices.Clone(s.i().Clocks)
			s.sleep(time.Minute)
			s.do(dan, d.cmd)
			s.sleep(time.Minute)
			i := s.do(dan, incident.Undo{})
			if !d.intact(i) {
				t.Errorf("not taken back: %+v", i)
			}
			if !reflect.DeepEqual(i.Clocks, clocks) {
				t.Errorf("clocks:\n%+v\nwant\n%+v", i.Clocks, clocks)
			}
			s.refused("nothing_to_undo", dan, incident.Undo{})
			s.check()
		})
	}
}

func TestUndoLeavesAloneWhatOthersDidSince(t *testing.T) {
	s := opened(t, incident.P1)
	s.do(ann, incident.SetStatus{To: incident.Triaged})
	s.sleep(time.Minute)
	s.do(bob, incident.Acknowledge{})
	s.do(bob, incident.Publish{Text: "調査中", Next: s.now.Add(45 * time.Minute)})
	s.do(bob, incident.RecordImpact{Text: "全店"})
	i := s.do(ann, incident.Undo{})
	equal(t, "status", i.Status, incident.New)
	equal(t, "response stays met", i.Clock(incident.Response).Running(), false)
	equal(t, "first notice stays given", i.Clock(incident.FirstNotice).Running(), false)
	at(t, "the promise stands", i.Clock(incident.NextUpdate).Due, s.now.Add(45*time.Minute))
	equal(t, "impact", i.ImpactText, "全店")
	s.do(ann, incident.SetTitle{Title: "別の題"})
	s.do(bob, incident.AddLink{Link: incident.Link{URL: "https://a"}})
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(ann, incident.Undo{})
	equal(t, "the entry says how it is now", of[*incident.Undone](s.last.Events)[0].Back.Title, "決済がタイムアウトする")
	s.check()
}

func TestUndoOfAResolveKeepsTheResponse(t *testing.T) {
	s := opened(t, incident.P2)
	s.do(bob, incident.Resolve{})
	i := s.do(bob, incident.Undo{})
	if c := i.Clock(incident.Response); c.Running() || c.Dropped {
		t.Errorf("bob's deed was a response: %+v", c)
	}
	if c := i.Clock(incident.FirstNotice); !c.Running() {
		t.Errorf("the first notice is wanted again: %+v", c)
	}
}

func TestUndoTakesBackOneDeedNotTwo(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(bob, incident.Restore{})
	s.sleep(time.Minute)
	s.do(bob, incident.Resolve{})
	i := s.do(bob, incident.Undo{})
	equal(t, "status", i.Status, incident.New)
	equal(t, "restored before, and apart", i.Restored.IsZero(), false)
	s.do(bob, incident.Resolve{})
	s.sleep(time.Minute)
	s.do(ann, incident.Close{})
	equal(t, "closed undone", s.do(ann, incident.Undo{}).Status, incident.StatusResolved)
}

func TestUndoAfterReopenDoesNotEndItAgain(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.Close{})
	s.do(ann, incident.Reopen{})
	s.refused("nothing_to_undo", ann, incident.Undo{})
	equal(t, "status", s.i().Status, incident.Investigating)
}

func TestUndoIsGivenUpWhereClocksMovedSince(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.SetPriority{Priority: incident.P4})
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	s.refused("nothing_to_undo", ann, incident.Undo{})
	s.do(ann, incident.SetPriority{Priority: incident.P3})
	s.do(ann, incident.SetOccurred{Happened: incident.Moment{At: s.now.Add(-time.Hour)}})
	s.refused("nothing_to_undo", ann, incident.Undo{})
}

func TestUndoOfALoweringGivesNoReminderTwice(t *testing.T) {
	s := led(t, incident.P1)
	same(t, "half of four hours", steps(s.wait(2*time.Hour), incident.Restoration), []int{50})
	s.do(dan, incident.SetPriority{Priority: incident.P2})
	s.sleep(time.Minute)
	i := s.do(fay, incident.Undo{}) // raising is anybody's
	equal(t, "priority", i.Priority, incident.P1)
	at(t, "due", i.Clock(incident.Restoration).Due, start().Add(4*time.Hour))
	same(t, "50 was given before", steps(s.wait(90*time.Minute), incident.Restoration), []int{80})
}

func TestUndoOfARaiseIsTheManagers(t *testing.T) {
	s := led(t, incident.P2)
	s.do(fay, incident.SetPriority{Priority: incident.P1})
	s.refused("only_manager", fay, incident.Undo{})
	i := s.do(dan, incident.Undo{})
	equal(t, "customers need no notice in a P2", i.Clock(incident.CustomerNotice).Running(), false)
	at(t, "restoration", i.Clock(incident.Restoration).Due, start().Add(8*time.Hour))
	equal(t, "targets", i.Targets.Restore, incident.In(8*time.Hour))
}

func TestSilenceCountsAnewAfterItsClosingWasUndone(t *testing.T) {
	s := opened(t, incident.P4)
	s.do(bob, incident.Resolve{})
	s.wait(4 * 24 * time.Hour)
	equal(t, "closed by silence", s.i().Status, incident.StatusClosed)
	s.do(ann, incident.Undo{})
	undone := s.now
	s.wait(3*24*time.Hour - time.Second)
	equal(t, "it is not closed again at once", s.i().Status, incident.StatusResolved)
	s.wait(time.Second)
	at(t, "closed", s.i().Closed, undone.Add(3*24*time.Hour))
}

// pair opens two incidents and gives their numbers; the scene's own is the first.
func pair(t *testing.T, a, b incident.Open) (s *scene, from, into incident.Number) {
	t.Helper()
	s = newScene(t)
	from = s.open(ann, a).Number
	into = s.open(fay, b).Number
	s.n = from
	return s, from, into
}

func TestMergeCarriesReportersAndTallies(t *testing.T) {
	alert := &incident.AlertRef{Source: "s", Key: "k", Start: start()}
	s, from, into := pair(t, incident.Open{Title: "a", Priority: incident.P4}, incident.Open{Title: "b", Priority: incident.P3, Alert: alert, Reporter: incident.Reporter{Person: fay}})
	s.do(ann, incident.AddReporter{Reporter: incident.Reporter{Contact: "tel"}})
	s.do(ann, incident.AddReporter{Reporter: incident.Reporter{Person: fay}})
	s.do(matoi, incident.MeetAlerts{Attached: []incident.AlertRef{*alert}, Total: 3, Firing: 2})
	s.do(ann, incident.Merge{Into: into})
	a, b := s.store.rows[from], s.store.rows[into]
	equal(t, "status", a.Shown(), incident.StatusMerged)
	equal(t, "into", a.Into, into)
	same(t, "merged", b.Merged, []incident.Number{from})
	equal(t, "tally", [2]int64{b.Alerts.Total, b.Alerts.Firing}, [2]int64{4, 3})
	var who []string
	for _, r := range b.Reporters {
		who = append(who, string(r.Person)+r.Contact)
	}
	same(t, "reporters, each once", who, []string{"p6", "p1", "tel"})
	s.refused("merged", ann, incident.SetStatus{To: incident.Triaged})
	s.refused("merged", ann, incident.Resolve{})
	s.do(ann, incident.Note{Text: "後から分かったこと"})

	s.do(fay, incident.Undo{})
	a, b = s.store.rows[from], s.store.rows[into]
	equal(t, "status", a.Status, incident.New)
	equal(t, "into", a.Into, 0)
	equal(t, "response clock runs on", a.Clock(incident.Restoration).Running(), true)
	equal(t, "merged", len(b.Merged), 0)
	equal(t, "tally", [2]int64{b.Alerts.Total, b.Alerts.Firing}, [2]int64{1, 1})
	equal(t, "reporters", len(b.Reporters), 1)
	s.check()
}

func TestMergeRefusesWithAReason(t *testing.T) {
	s, from, into := pair(t, incident.Open{Title: "a", Priority: incident.P2}, incident.Open{Title: "b", Priority: incident.P4})
	s.refused("merge_self", ann, incident.Merge{Into: from})
	s.refused("no_manager_yet", ann, incident.Merge{Into: into}) // it would be a lowering
	s.refused("ErrNotFound", ann, incident.Merge{Into: into + 7})
	s.n = into
	s.do(ann, incident.Merge{Into: from})
	s.refused("over", ann, incident.Merge{Into: from})
	s.n = from
	s.refused("target_over", ann, incident.Merge{Into: into})
}

func TestPrivateTitleNeverLeaksOnMerge(t *testing.T) {
	s, from, into := pair(t, incident.Open{Title: "人事データの漏えい", Priority: incident.P3, Private: true, Reporter: incident.Reporter{Contact: "内部通報者"}}, incident.Open{Title: "b", Priority: incident.P3})
	s.do(ann, incident.Merge{Into: into})
	for _, e := range s.store.entries[into] {
		for _, secret := range []string{"人事", "内部通報者"} {
			if bytes.Contains(e.Body, []byte(secret)) {
				t.Errorf("entry %d %s tells of it: %s", e.Seq, e.Fact.Kind(), e.Body)
			}
		}
	}
	s, _, into = pair(t, incident.Open{Title: "a", Priority: incident.P3}, incident.Open{Title: "秘密", Priority: incident.P3, Private: true})
	s.refused("ErrNotFound", ann, incident.Merge{Into: into}) // ann may not know that there is one
	s.n = from
	s.check()
}

func TestUndoneMergeTwiceUndoesOnce(t *testing.T) {
	s, _, into := pair(t, incident.Open{Title: "a", Priority: incident.P3}, incident.Open{Title: "b", Priority: incident.P3})
	s.do(ann, incident.Merge{Into: into})
	s.do(ann, incident.Undo{})
	s.refused("nothing_to_undo", ann, incident.Undo{})
	equal(t, "released once", len(of[*incident.Released](s.store.entries[into])), 1)
	s.check()
}
