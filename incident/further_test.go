package incident_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident"
	"matoi/incident/calendar"
)

const (
	first = incident.ClockKind("further/leak/first")
	final = incident.ClockKind("further/leak/final")
)

// leakRules are two versions of a duty to report, and a duty that begins by itself.
func leakRules() []incident.FurtherRule {
	leak := incident.FurtherRule{
		ID: "leak", JA: "漏えい報告", EN: "Breach report", Legal: true, Authority: "the regulator", From: calendar.DateAt(2020, 1, 1),
		Start: incident.StartAware, Zone: "Asia/Tokyo", Tell: []incident.Target{{Kind: incident.ToPerson, People: []incident.PersonID{fay}}},
		Stages: []incident.FurtherStage{
			{ID: "first", After: incident.Period{Wall: 72 * time.Hour}, Warn: []incident.Warning{{Period: incident.Period{Wall: 24 * time.Hour}}, {Period: incident.Period{Wall: time.Hour}}}},
			{ID: "final", After: incident.Period{Days: 30}, Warn: []incident.Warning{{Period: incident.Period{Days: 3}}}},
		},
	}
	old := leak
	old.From = calendar.DateAt(2010, 1, 1)
	old.Stages = []incident.FurtherStage{{ID: "first", After: incident.Period{Days: 10}}}
	return []incident.FurtherRule{leak, old, {
		ID: "partner", EN: "Tell the partner", From: calendar.DateAt(2026, 11, 1), Start: incident.StartRestored, Zone: "Asia/Tokyo",
		For: incident.FurtherScope{Services: []string{"pay"}}, Stages: []incident.FurtherStage{{ID: "told", After: incident.Period{Business: 2}}},
		Hours: hoursIn("Asia/Tokyo"),
	}}
}

// aware is a led incident whose leak rule has begun at start().
func aware(t *testing.T, p incident.Priority) *scene {
	t.Helper()
	s := led(t, p)
	s.policy.Further = leakRules()
	s.do(ann, incident.BeginFurther{Rule: "leak", Grounds: "the access log shows copies"})
	return s
}

func (s *scene) stage(k incident.ClockKind) *incident.Stage {
	s.Helper()
	_, stage := s.i().FurtherStage(k)
	if stage == nil {
		s.Fatalf("no stage %s", k)
	}
	return stage
}

// moments lists when the clock spoke of a deadline, in Tokyo.
func moments(events []incident.Event, k incident.ClockKind) []string {
	var out []string
	for _, e := range events {
		if incident.Clocked(e.Fact) == k {
			out = append(out, e.At.In(tokyo()).Format("01-02 15:04")+" "+e.Fact.Kind())
		}
	}
	return out
}

func TestAFurtherClockRemindsBeforeAtAndDailyAfterItsDeadline(t *testing.T) {
	s := aware(t, incident.P2)
	s.do(dan, incident.Cancel{Reason: "a drill"}) // and is over, so that nothing else speaks
	want := []string{
		"11-23 12:00 reminded", "11-24 11:00 reminded", "11-24 12:00 target_missed",
		"11-25 09:00 reminded", "11-26 09:00 reminded", "11-27 09:00 reminded",
	}
	same(t, "it spoke", moments(s.wait(6*24*time.Hour), first), want)
	same(t, "steps", steps(s.all(), first), []int{1, 2, 100, 101, 102, 103})
	s.do(ann, incident.FileFurther{Rule: "leak", Stage: "first", Receipt: "no. 4711", Reason: "we could not tell whose rows they were"})
	same(t, "after it was filed", moments(s.wait(5*24*time.Hour), first), nil)
	equal(t, "late by", s.stage(first).Late().Round(time.Hour), 72*time.Hour)
	s.check()
}

func TestWhatWasPassedWhileMatoiWasAwayIsOneReminder(t *testing.T) {
	s := aware(t, incident.P2)
	s.do(dan, incident.Cancel{Reason: "a drill"})
	s.sleep(71*time.Hour + 30*time.Minute) // both warnings
	s.sweep()
	same(t, "two warnings", steps(s.all(), first), []int{2})
	s.sleep(5 * 24 * time.Hour) // the miss, and mornings after it
	s.sweep()
	same(t, "and all the rest", steps(s.all(), first), []int{2, 100})
	late := of[*incident.TargetMissed](s.all())
	equal(t, "late by", late[0].Late, 4*24*time.Hour+23*time.Hour+30*time.Minute)
	s.sweep()
	same(t, "swept again", steps(s.all(), first), []int{2, 100})
}

// TestNothingButWhatIsSaidOfItMovesAFurtherClock: whatever is done to the incident.
func TestNothingButWhatIsSaidOfItMovesAFurtherClock(t *testing.T) {
	other := func(s *scene) incident.Number {
		n := s.n
		into := s.open(ann, incident.Open{Title: "the other one", Priority: incident.P2}).Number
		s.n = n
		return into
	}
	for name, does := range map[string]func(s *scene){
		"hold for a user": func(s *scene) { s.do(dan, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "asked"}}) },
		"hold and resume": func(s *scene) {
			s.do(dan, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "asked"}})
			s.wait(5 * time.Hour)
			s.do(dan, incident.Resume{})
		},
		"restored": func(s *scene) { s.do(dan, incident.Restore{}) },
		"resolve":  func(s *scene) { s.do(dan, incident.Resolve{}) },
		"close":    func(s *scene) { s.refused("legal_open", dan, incident.Close{}) },
		"cancel":   func(s *scene) { s.do(dan, incident.Cancel{Reason: "none"}) },
		"merge":    func(s *scene) { s.do(dan, incident.Merge{Into: other(s)}) },
		"merge and undo": func(s *scene) {
			s.do(dan, incident.Merge{Into: other(s)})
			s.do(dan, incident.Undo{})
		},
		"resolve and reopen": func(s *scene) {
			s.do(dan, incident.Resolve{})
			s.do(dan, incident.Reopen{Reason: "again"})
		},
		"resolve and undo": func(s *scene) {
			s.do(dan, incident.Resolve{})
			s.do(dan, incident.Undo{})
		},
		"raise":            func(s *scene) { s.do(dan, incident.SetPriority{Priority: incident.P1, Reason: "worse"}) },
		"lower":            func(s *scene) { s.do(dan, incident.SetPriority{Priority: incident.P4, Reason: "better"}) },
		"another category": func(s *scene) { s.do(dan, incident.SetCategory{Category: "network"}) },
		"occurred at another time": func(s *scene) {
			s.do(dan, incident.SetOccurred{Happened: incident.Moment{At: start().Add(-time.Hour)}})
		},
		"private":   func(s *scene) { s.do(dan, incident.SetAccess{Private: true, Add: []incident.PersonID{fay}}) },
		"an update": func(s *scene) { s.do(dan, incident.Publish{Text: "we look into it", Next: s.now.Add(2 * time.Hour)}) },
		"snoozed":   func(s *scene) { s.do(dan, incident.Snooze{}) },
		"another policy": func(s *scene) {
			s.policy.Further, s.policy.Version = nil, "another"
			s.sweep()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := aware(t, incident.P2)
			s.wait(time.Hour)
			does(s)
			at(t, "first", s.stage(first).Due, start().Add(72*time.Hour))
			equal(t, "it waits", s.stage(first).Open(), true)
			same(t, "and speaks", moments(s.wait(10*24*time.Hour), first)[:3], []string{"11-23 12:00 reminded", "11-24 11:00 reminded", "11-24 12:00 target_missed"})
			s.check()
		})
	}
}

func TestFiledNotRequiredAndTakenBack(t *testing.T) {
	s := aware(t, incident.P1)
	s.refused("further_which", ann, incident.FileFurther{Rule: "leak", Receipt: "no. 1"})
	s.refused("further_stage", ann, incident.FileFurther{Rule: "leak", Stage: "second", Receipt: "no. 1"})
	s.refused("further_receipt", ann, incident.FileFurther{Rule: "leak", Stage: "first"})
	s.refused("future", ann, incident.FileFurther{Rule: "leak", Stage: "first", Receipt: "no. 1", At: s.now.Add(time.Hour)})
	s.refused("further_not_begun", ann, incident.FileFurther{Rule: "partner", Receipt: "no. 1"})
	s.wait(10 * time.Hour)
	s.do(ann, incident.FileFurther{Rule: "leak", Stage: "first", Receipt: "no. 1", At: s.now.Add(-2 * time.Hour)})
	s.do(dan, incident.FileFurther{Rule: "leak", Stage: "first", Receipt: "no. 2, more of it"})
	equal(t, "phases", len(s.stage(first).Filings), 2)
	at(t, "handed in", s.stage(first).Filings[0].At, s.now.Add(-2*time.Hour))
	equal(t, "not late", s.stage(first).Late(), 0)
	s.do(dan, incident.FileFurther{Rule: "leak", Receipt: "the last one"}) // which is the only one that waits
	equal(t, "final", s.stage(final).Open(), false)
	s.refused("already_so", dan, incident.ExcuseFurther{Rule: "leak", Why: "nobody was harmed"})
	s.refused("reason_needed", dan, incident.ResumeFurther{Rule: "leak", Stage: "final"})
	s.do(dan, incident.ResumeFurther{Rule: "leak", Stage: "final", Why: "it was the wrong one"})
	equal(t, "final waits again", s.stage(final).Open(), true)
	s.do(dan, incident.ExcuseFurther{Rule: "leak", Stage: "final", Why: "nobody was harmed"})
	equal(t, "not required, said", s.stage(final).By, dan)
	same(t, "nothing is said any more", moments(s.wait(60*24*time.Hour), final), nil)
	s.check()
}

func TestNotRequiredBeforeAnyClockBegan(t *testing.T) {
	s := led(t, incident.P2)
	s.policy.Further = leakRules()
	s.refused("further_idle", dan, incident.ExcuseFurther{Rule: "leak", Stage: "first", Why: "encrypted"})
	s.do(dan, incident.ExcuseFurther{Rule: "leak", Why: "the laptop was encrypted"})
	equal(t, "nothing waits", len(s.i().FurtherOf("leak").Waiting()), 0)
	s.refused("further_idle", dan, incident.ResumeFurther{Rule: "leak", Why: "it was not"})
	s.do(dan, incident.BeginFurther{Rule: "leak", Grounds: "it was not encrypted after all"})
	equal(t, "now it runs", len(s.i().FurtherOf("leak").Waiting()), 2)
	s.check()
}

func TestAwareSinceAnotherTimeMovesWhatIsOpen(t *testing.T) {
	s := aware(t, incident.P2)
	s.wait(50 * time.Hour) // the first warning has come
	s.do(dan, incident.FileFurther{Rule: "leak", Stage: "final", Receipt: "early"})
	s.refused("further_runs", ann, incident.BeginFurther{Rule: "leak", Grounds: "x"})
	s.refused("already_so", ann, incident.BeginFurther{Rule: "leak", Since: start(), Grounds: "x"})
	s.do(ann, incident.BeginFurther{Rule: "leak", Since: start().Add(24 * time.Hour), Grounds: "the first report was a false alarm"})
	at(t, "later", s.stage(first).Due, start().Add(96*time.Hour))
	equal(t, "what was filed stays", len(s.stage(final).Filings), 1)
	same(t, "warned anew, for the time that is right", moments(s.wait(60*time.Hour), first), []string{"11-24 12:00 reminded", "11-25 11:00 reminded", "11-25 12:00 target_missed"})
	s.do(ann, incident.BeginFurther{Rule: "leak", Since: start().Add(48 * time.Hour), Grounds: "later still"})
	equal(t, "missed by a time that was wrong", s.stage(first).Missed.IsZero(), true)
	s.do(ann, incident.BeginFurther{Rule: "leak", Since: start().Add(-72 * time.Hour), Grounds: "the help desk knew"})
	s.sweep()
	same(t, "at once", moments(s.all(), first)[4:], []string{"11-26 02:00 target_missed"})
	s.do(ann, incident.BeginFurther{Rule: "leak", Since: time.Date(2015, 3, 1, 0, 0, 0, 0, time.UTC), Grounds: "it was years ago"})
	equal(t, "by the rule of that day", s.stage(first).After, incident.Period{Days: 10})
	equal(t, "what another version has none of stays", len(s.stage(final).Filings), 1)
	s.check()
}

func TestTheVersionOfTheDayIsUsed(t *testing.T) {
	s := led(t, incident.P2)
	s.refused("further_none", ann, incident.BeginFurther{Rule: "leak", Grounds: "x"})
	s.policy.Further = leakRules()
	s.refused("further_unknown", ann, incident.BeginFurther{Rule: "gdpr", Grounds: "x"})
	s.refused("further_grounds", ann, incident.BeginFurther{Rule: "leak"})
	s.refused("future", ann, incident.BeginFurther{Rule: "leak", Since: s.now.Add(time.Hour), Grounds: "x"})
	s.refused("further_before", ann, incident.BeginFurther{Rule: "leak", Since: time.Date(2009, 12, 31, 14, 59, 0, 0, time.UTC), Grounds: "x"}) // 23:59 in Tokyo
	s.do(ann, incident.BeginFurther{Rule: "leak", Since: time.Date(2009, 12, 31, 15, 0, 0, 0, time.UTC), Grounds: "x"})
	equal(t, "version", s.i().FurtherOf("leak").Version, calendar.DateAt(2010, 1, 1))
}

func TestARuleThatStartsByItself(t *testing.T) {
	begins := func(s *scene) bool { return s.i().FurtherOf("partner") != nil }
	s := led(t, incident.P2)
	s.policy.Further = leakRules()
	s.do(dan, incident.SetServices{Services: []string{"pay"}})
	equal(t, "before it is restored", begins(s), false)
	s.do(dan, incident.Restore{})
	equal(t, "with the fact that starts it", begins(s), true)
	at(t, "since then", s.i().FurtherOf("partner").Since, s.now)
	s.do(dan, incident.Restore{Withdraw: true})
	equal(t, "restored no more, but owed", len(s.i().FurtherOf("partner").Waiting()), 1)

	s = led(t, incident.P2)
	s.policy.Further = leakRules()
	s.do(dan, incident.Close{})
	equal(t, "not for another service", begins(s), false)
	s.do(dan, incident.Reopen{})
	s.do(dan, incident.SetServices{Services: []string{"Pay"}})
	s.do(dan, incident.Close{}) // restored, resolved and closed in one breath
	equal(t, "closed at once", begins(s), true)

	s = led(t, incident.P2)
	s.do(dan, incident.SetServices{Services: []string{"pay"}})
	s.do(dan, incident.Restore{})
	s.wait(time.Minute)
	s.policy.Further, s.policy.Version = leakRules(), "next"
	s.sweep() // nothing is due by what was stored; the clock asks for what the policy brings
	s.do(matoi, incident.Tick{})
	equal(t, "brought by a policy", begins(s), true)

	s = led(t, incident.P2)
	s.do(dan, incident.SetServices{Services: []string{"pay"}})
	s.do(dan, incident.Close{})
	s.policy.Further, s.policy.Version = leakRules(), "next"
	s.do(ann, incident.Note{Text: "for the record"})
	equal(t, "not where it was over before", begins(s), false)

	s = led(t, incident.P2)
	s.policy.Further = leakRules()
	s.policy.Further[2].From = calendar.DateAt(2026, 11, 22)
	s.do(dan, incident.SetServices{Services: []string{"pay"}})
	s.wait(24 * time.Hour)
	s.do(dan, incident.Restore{})
	equal(t, "not where it was opened before the rule was in force", begins(s), false)
}

// TestWhoIsToldOfAFurtherClock: who led it and who speaks for it, and whom the rule names; of what is over and led by nobody
// whoever is on call and the first manager.
func TestWhoIsToldOfAFurtherClock(t *testing.T) {
	told := func(s *scene, from int) []incident.PersonID {
		var out []incident.PersonID
		for _, e := range s.store.effects[from:] {
			if (e.Kind == incident.Tell || e.Kind == incident.Remind) && !slices.Contains(out, e.Person) {
				out = append(out, e.Person)
			}
		}
		slices.Sort(out)
		return out
	}
	s := aware(t, incident.P2)
	s.do(eri, incident.TakeRole{Role: incident.Communications, Person: eri})
	s.do(dan, incident.Cancel{Reason: "none"})
	from := len(s.store.effects)
	s.wait(49 * time.Hour)
	same(t, "of the warning", told(s, from), []incident.PersonID{dan, eri, fay})

	s = opened(t, incident.P4)
	s.policy.Further = leakRules()
	s.policy.Further[2].For = incident.FurtherScope{}
	s.do(matoi, incident.Restore{})
	s.do(ann, incident.Cancel{Reason: "none"})
	from = len(s.store.effects)
	s.wait(10 * 24 * time.Hour)
	same(t, "where nobody led", told(s, from), []incident.PersonID{bob, dan})

	s = newScene(t)
	s.policy.Further = leakRules()
	s.open(ann, incident.Open{Title: "x", Priority: incident.P2, Private: true})
	from = len(s.store.effects)
	s.do(ann, incident.BeginFurther{Rule: "leak", Grounds: "x"})
	equal(t, "whom the rule names is told of a private one", slices.Contains(told(s, from), fay), true)
	equal(t, "and does not see it for that", incident.MaySee(s.i(), incident.Viewer{Person: fay}), false)
}

// TestSilenceClosesOnlyWhatNothingIsOwedFor: nor do reporters who confirm, until all that the law asks for is filed or not required.
func TestSilenceClosesOnlyWhatNothingIsOwedFor(t *testing.T) {
	s := aware(t, incident.P3)
	s.do(dan, incident.Resolve{})
	s.wait(10 * 24 * time.Hour)
	equal(t, "while it is owed", s.i().Status, incident.StatusResolved)
	s.do(ann, incident.Confirm{Fixed: true})
	equal(t, "confirmed, and still owed", s.i().Status, incident.StatusResolved)
	s.do(dan, incident.ExcuseFurther{Rule: "leak", Why: "no personal data"})
	s.wait(time.Minute)
	equal(t, "once it is judged", s.i().Status, incident.StatusClosed)
}

// TestNothingIsPostedWhereARoomWasPutAway: a room of an incident that is over is archived, in a chat that keeps rooms.
func TestNothingIsPostedWhereARoomWasPutAway(t *testing.T) {
	s := aware(t, incident.P2)
	s.policy.Kept = []string{"console"}
	s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c1", Name: "inc"}})
	s.do(dan, incident.Cancel{Reason: "none"})
	from := len(s.store.effects)
	s.wait(80 * time.Hour)
	s.do(dan, incident.FileFurther{Rule: "leak", Stage: "first", Receipt: "no. 1"})
	for _, e := range s.store.effects[from:] {
		if e.Kind == incident.Post || e.Kind == incident.ShowCard {
			t.Errorf("into the archived room: %+v", e)
		}
	}
}

// TestOnlyThoseFactsMoveAFurtherClock: whatever else is done to it at random, in any state.
func TestOnlyThoseFactsMoveAFurtherClock(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			w.step(rt)
		}
		for n, events := range w.store.entries {
			state := &incident.Incident{Number: n}
			for _, e := range events {
				before := deadlines(state)
				state.Apply(e)
				switch e.Fact.(type) {
				case *incident.FurtherBegan, *incident.FurtherCorrected, *incident.FurtherFiled, *incident.FurtherExcused, *incident.FurtherResumed:
					continue
				}
				if after := deadlines(state); !slices.Equal(before, after) {
					rt.Fatalf("%s moved them:\n%v\n%v", e.Fact.Kind(), before, after)
				}
			}
			w.n = n
			for _, f := range w.i().Further {
				for _, s := range f.Waiting() {
					if next := w.policy.NextDue(w.i()); next.IsZero() || next.After(s.Due) && s.Missed.IsZero() {
						rt.Fatalf("%s/%s waits until %s, and the clock is due at %s", f.Rule, s.ID, s.Due, next)
					}
				}
			}
		}
	})
}

func deadlines(i *incident.Incident) (out []string) {
	for _, f := range i.Further {
		for _, s := range f.Stages {
			state := s.Due.String()
			if !s.Open() {
				state += " done"
			}
			out = append(out, string(f.Clock(&s))+" "+state)
		}
	}
	return out
}

// furtherCommand draws what can be said of further clocks.
func furtherCommand(t *rapid.T, now time.Time, text string) incident.Command {
	rule, stage := pick(t, "rule", "leak", "partner", "?"), pick(t, "stage", "", "first", "final", "?")
	switch rapid.IntRange(0, 3).Draw(t, "further") {
	case 0:
		return incident.BeginFurther{Rule: rule, Since: moment(t, now), Grounds: text}
	case 1:
		return incident.FileFurther{Rule: rule, Stage: stage, At: moment(t, now), Receipt: text}
	case 2:
		return incident.ExcuseFurther{Rule: rule, Stage: stage, Why: text}
	}
	return incident.ResumeFurther{Rule: rule, Stage: stage, Why: text}
}
