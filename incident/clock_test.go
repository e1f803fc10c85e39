package incident_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

func (s *scene) clock(k incident.ClockKind) *incident.Clock { return s.i().Clock(k) }

func TestShippedTargetsArmTheClocks(t *testing.T) {
	h := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	tests := []struct {
		p                                   incident.Priority
		response, restore, first, customers time.Duration
	}{
		{1, h(.25), h(4), h(1) / 6, h(.5)}, {2, h(.5), h(8), h(.5), 0}, {3, h(3), h(24), h(3), 0}, {4, h(24), h(72), 0, 0}, {5, h(48), h(240), 0, 0},
	}
	for _, test := range tests {
		s := opened(t, test.p)
		for k, want := range map[incident.ClockKind]time.Duration{incident.Response: test.response, incident.Restoration: test.restore, incident.FirstNotice: test.first, incident.CustomerNotice: test.customers} {
			c := s.clock(k)
			if want == 0 {
				equal(t, test.p.String()+" "+string(k)+" runs", c.Running(), false)
				continue
			}
			equal(t, test.p.String()+" "+string(k), c.Due.Sub(start()), want)
			equal(t, "policy", c.Policy, "default")
		}
	}
}

func TestClocksStartWhereTheDomainSays(t *testing.T) {
	told, saw, began := start().Add(-10*time.Minute), start().Add(-20*time.Minute), start().Add(-time.Hour)
	tests := []struct {
		name, from            string
		open                  incident.Open
		response, restoration time.Time
	}{
		{"all known", "occurred", incident.Open{Happened: incident.Moment{At: began}, Detected: saw, Reported: told}, told, began},
		{"not when it began", "occurred", incident.Open{Detected: saw, Reported: told}, told, saw},
		{"detected only", "occurred", incident.Open{Detected: saw}, saw, saw},
		{"nothing", "occurred", incident.Open{}, start(), start()},
		{"from the report on", "reported", incident.Open{Happened: incident.Moment{At: began}, Detected: saw, Reported: told}, told, told},
		{"from a report that there is not", "reported", incident.Open{Happened: incident.Moment{At: began}, Detected: saw}, saw, began},
	}
	for _, test := range tests {
		s := newScene(t)
		s.policy.RestoreFrom = test.from
		test.open.Title, test.open.Priority = "x", incident.P3
		s.open(ann, test.open)
		at(t, test.name+": response", s.clock(incident.Response).Start, test.response)
		at(t, test.name+": restoration", s.clock(incident.Restoration).Start, test.restoration)
	}
}

func TestResponseIsTheFirstDeedOfAnotherThanTheReporter(t *testing.T) {
	deeds := map[string]incident.Command{
		"acknowledge": incident.Acknowledge{}, "role": incident.TakeRole{Role: incident.Scribe, Person: bob}, "message": incident.Speak{}, "note": incident.Note{Text: "見ます"},
		"status": incident.SetStatus{To: incident.Triaged}, "eta": incident.GiveETA{ETA: start().Add(time.Hour)},
	}
	for name, deed := range deeds {
		s := opened(t, incident.P3)
		s.sleep(time.Minute)
		s.try(ann, deed)
		equal(t, name+" by the reporter", s.clock(incident.Response).Running(), true)
		s = opened(t, incident.P3)
		s.sleep(time.Minute)
		s.do(bob, deed)
		at(t, name+" by another", s.clock(incident.Response).Met, s.now)
	}
	for name, deed := range map[string]incident.Command{"can't": incident.Decline{}, "joins": incident.Enter{}} {
		s := opened(t, incident.P3)
		s.do(bob, deed)
		equal(t, name+" is no response", s.clock(incident.Response).Running(), true)
	}
	s := opened(t, incident.P1)
	s.wait(10 * time.Minute)
	s.do(matoi, incident.ReceiveRoom{Room: incident.Room{Realm: "console", ID: "c"}})
	equal(t, "Matoi's own doings are none", s.clock(incident.Response).Running(), true)
}

func TestSpeakingIsRecordedOnceOnly(t *testing.T) {
	s := opened(t, incident.P3)
	for range 3 {
		s.do(ann, incident.Speak{})
		s.do(bob, incident.Speak{})
	}
	equal(t, "spoke", len(of[*incident.Spoke](s.all())), 1)
}

func TestRemindersComeAtTheirSharesAtTheMissAndAfter(t *testing.T) {
	s := opened(t, incident.P3) // response 3 h, restoration 24 h, first notice 3 h
	minutes := map[incident.ClockKind][]int{}
	for _, e := range s.wait(49 * time.Hour) {
		var k incident.ClockKind
		switch f := e.Fact.(type) {
		case *incident.Reminded:
			k = f.Clock
		case *incident.TargetMissed:
			k = f.Clock
		default:
			continue
		}
		equal(t, "said by Matoi", e.By, matoi)
		minutes[k] = append(minutes[k], int(e.At.Sub(start())/time.Minute))
	}
	same(t, "response", minutes[incident.Response][:5], []int{90, 144, 180, 240, 300})
	same(t, "restoration", minutes[incident.Restoration], []int{12 * 60, 1152, 24 * 60, 30 * 60, 36 * 60, 42 * 60})
	same(t, "steps", steps(s.all(), incident.Restoration), []int{50, 80, 100, 101, 102, 103})
	equal(t, "the miss is recorded once", len(slices.DeleteFunc(of[*incident.TargetMissed](s.all()), func(f *incident.TargetMissed) bool { return f.Clock != incident.Restoration })), 1)
	at(t, "missed", s.clock(incident.Restoration).Missed, start().Add(24*time.Hour))
	s.check()
}

func TestNextUpdateRemindsLikeEveryTarget(t *testing.T) {
	s := led(t, incident.P1)
	s.do(dan, incident.Publish{Text: "調査中"})
	made := s.wait(61 * time.Minute)
	same(t, "half an hour", steps(made, incident.NextUpdate), []int{50, 80, 100, 101})
}

func TestThresholdsPassedTogetherGiveOneReminder(t *testing.T) {
	s := opened(t, incident.P3)
	s.sleep(20 * time.Hour) // Matoi was down: response long missed, restoration past 80 %
	equal(t, "swept", s.sweep(), 1)
	same(t, "restoration", steps(s.all(), incident.Restoration), []int{80})
	same(t, "response", steps(s.all(), incident.Response), []int{100})
	events := len(s.all())
	equal(t, "swept again", s.sweep(), 0)
	s.do(matoi, incident.Tick{})
	equal(t, "nothing twice", len(s.all()), events)
	same(t, "then as before", steps(s.wait(5*time.Hour), incident.Restoration), []int{100})
}

func TestNothingIsRemindedOfThatIsDone(t *testing.T) {
	s := led(t, incident.P2)
	s.do(dan, incident.Publish{Text: "調査中", Next: s.now.Add(30 * 24 * time.Hour)})
	s.do(dan, incident.Restore{})
	made := s.wait(14 * 24 * time.Hour)
	equal(t, "said", len(made), 0)
	s.do(dan, incident.Cancel{Reason: "x"})
	equal(t, "nothing after the end", len(s.wait(60*24*time.Hour)), 0)
}

func TestTheClockIsNeverEarly(t *testing.T) {
	s := opened(t, incident.P3)
	s.sleep(90*time.Minute - time.Microsecond)
	equal(t, "a microsecond before", s.sweep(), 0)
	s.do(matoi, incident.Tick{})
	equal(t, "nor when ticked by hand", len(steps(s.all(), incident.Response)), 0)
	s.sleep(time.Microsecond)
	s.sweep()
	same(t, "on time", steps(s.all(), incident.Response), []int{50})
}

func TestSharesAreConfigured(t *testing.T) {
	s := newScene(t)
	s.policy.RemindAt, s.policy.RemindEvery = []int{25, 90}, 2*time.Hour
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	same(t, "steps", steps(s.wait(7*time.Hour+time.Minute), incident.Response), []int{25, 90, 100, 101, 102})
	s = newScene(t)
	s.policy.RemindAt, s.policy.RemindEvery = nil, 0
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	same(t, "none but the miss", steps(s.wait(3*time.Hour), incident.Response), []int{100})
}

func TestRaisingRestartsAnUnmetResponseAndTakesTheEarlierRestoration(t *testing.T) {
	s := opened(t, incident.P3)
	s.wait(2 * time.Hour)
	i := s.do(ann, incident.SetPriority{Priority: incident.P1})
	at(t, "response", i.Clock(incident.Response).Due, s.now.Add(15*time.Minute))
	at(t, "restoration: raise + new", i.Clock(incident.Restoration).Due, s.now.Add(4*time.Hour))
	at(t, "first notice", i.Clock(incident.FirstNotice).Due, s.now.Add(10*time.Minute))
	at(t, "customers", i.Clock(incident.CustomerNotice).Due, s.now.Add(30*time.Minute))
	equal(t, "reminders begin anew", i.Clock(incident.Response).Step, 0)
	same(t, "of the new target", steps(s.wait(15*time.Minute), incident.Response), []int{50, 80, 100})

	s = opened(t, incident.P3)
	s.sleep(22 * time.Hour)
	s.do(bob, incident.Acknowledge{})
	met := s.clock(incident.Response).Met
	i = s.do(ann, incident.SetPriority{Priority: incident.P1})
	at(t, "restoration: the old time is earlier", i.Clock(incident.Restoration).Due, start().Add(24*time.Hour))
	at(t, "a response that was given stays", i.Clock(incident.Response).Met, met)
}

func TestLoweringCountsFromTheBeginning(t *testing.T) {
	s := led(t, incident.P3)
	s.sleep(2 * time.Hour)
	s.do(ann, incident.SetPriority{Priority: incident.P1})
	s.sleep(time.Hour)
	i := s.do(dan, incident.SetPriority{Priority: incident.P3})
	at(t, "raised and lowered, the deadline is the old one", i.Clock(incident.Restoration).Due, start().Add(24*time.Hour))
	i = s.do(dan, incident.SetPriority{Priority: incident.P4})
	at(t, "lowered", i.Clock(incident.Restoration).Due, start().Add(72*time.Hour))
	equal(t, "no notice is due in a P4", i.Clock(incident.FirstNotice).Running(), false)
	i = s.do(dan, incident.SetPriority{Priority: incident.P2})
	at(t, "raised again it is", i.Clock(incident.FirstNotice).Due, s.now.Add(30*time.Minute))
}

func TestWhatWasMissedStaysMissed(t *testing.T) {
	s := led(t, incident.P2)
	s.wait(9 * time.Hour)
	missed := s.clock(incident.Restoration).Missed
	i := s.do(dan, incident.SetPriority{Priority: incident.P4})
	at(t, "after lowering", i.Clock(incident.Restoration).Missed, missed)
	i = s.do(ann, incident.SetPriority{Priority: incident.P1})
	at(t, "after raising", i.Clock(incident.Restoration).Missed, missed)
}

func TestSettingLevelsWithoutChangingThePriorityMovesNoClock(t *testing.T) {
	s := opened(t, incident.P1)
	s.wait(10 * time.Minute)
	before := slices.Clone(s.i().Clocks)
	s.do(ann, incident.SetPriority{Impact: "large", Urgency: "high"})
	if !reflect.DeepEqual(before, s.i().Clocks) {
		t.Errorf("got %+v\nwant %+v", s.i().Clocks, before)
	}
}

func TestRestoredStopsTheRestorationClockAndWithdrawnRunsOn(t *testing.T) {
	s := opened(t, incident.P2)
	s.wait(time.Hour)
	s.do(bob, incident.Restore{})
	equal(t, "stopped", s.clock(incident.Restoration).Running(), false)
	equal(t, "not resolved", s.i().Open(), true)
	s.sleep(2 * time.Hour)
	s.do(bob, incident.Restore{Withdraw: true})
	at(t, "as if it had never stopped", s.clock(incident.Restoration).Due, start().Add(8*time.Hour))
	same(t, "and reminds", steps(s.wait(5*time.Hour), incident.Restoration), []int{50, 80, 100})
}

func TestABackDatedRestorationIsJudgedByItsOwnTime(t *testing.T) {
	s := opened(t, incident.P2)
	s.wait(9 * time.Hour)
	equal(t, "missed as far as anybody knew", s.clock(incident.Restoration).Missed.IsZero(), false)
	s.do(bob, incident.Restore{Since: incident.Moment{At: start().Add(7 * time.Hour)}})
	at(t, "met", s.clock(incident.Restoration).Met, start().Add(7*time.Hour))
	equal(t, "attained", s.clock(incident.Restoration).Missed.IsZero(), true)
	equal(t, "what was recorded stays in the timeline", len(of[*incident.TargetMissed](s.all())) > 0, true)
	s.do(bob, incident.Restore{Since: incident.Moment{At: start().Add(9 * time.Hour)}})
	equal(t, "corrected to a miss", s.clock(incident.Restoration).Missed.IsZero(), false)
}

func TestWhenItBeganIsCorrected(t *testing.T) {
	s := opened(t, incident.P2)
	s.wait(5 * time.Hour)
	same(t, "reminded", steps(s.all(), incident.Restoration), []int{50})
	i := s.do(ann, incident.SetOccurred{Happened: incident.Moment{At: start().Add(-time.Hour), Approx: true}})
	at(t, "due", i.Clock(incident.Restoration).Due, start().Add(7*time.Hour))
	same(t, "no reminder twice", steps(s.wait(2*time.Hour), incident.Restoration), []int{80, 100})
	i = s.do(ann, incident.SetOccurred{Happened: incident.Moment{At: start().Add(4 * time.Hour)}})
	at(t, "later", i.Clock(incident.Restoration).Due, start().Add(12*time.Hour))
	equal(t, "missed by a time that was wrong", i.Clock(incident.Restoration).Missed.IsZero(), true)
	at(t, "occurred", i.Occurred.At, start().Add(4*time.Hour))

	s = opened(t, incident.P3)
	s.sleep(time.Hour)
	s.do(ann, incident.SetPriority{Priority: incident.P1})
	due := s.clock(incident.Restoration).Due
	i = s.do(ann, incident.SetOccurred{Happened: incident.Moment{At: start().Add(-time.Hour)}})
	at(t, "a deadline set by the raise stays", i.Clock(incident.Restoration).Due, due)
}

func TestHoldForTheUserStopsRestorationOnly(t *testing.T) {
	s := opened(t, incident.P3)
	s.wait(time.Hour)
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "回答待ち", Review: s.now.Add(48 * time.Hour)}})
	equal(t, "restoration stands", s.clock(incident.Restoration).Running(), false)
	equal(t, "response runs", s.clock(incident.Response).Running(), true)
	equal(t, "first notice runs", s.clock(incident.FirstNotice).Running(), true)
	made := s.wait(30 * time.Hour)
	equal(t, "restoration says nothing", len(steps(made, incident.Restoration)), 0)
	equal(t, "response does", len(steps(made, incident.Response)) > 2, true)
	s.do(ann, incident.Resume{})
	at(t, "due later by the hold", s.clock(incident.Restoration).Due, start().Add(24*time.Hour+30*time.Hour))
	same(t, "and goes on", steps(s.wait(23*time.Hour), incident.Restoration), []int{50, 80, 100})
}

func TestHoldForAVendorRunsOnWithItsOwnClock(t *testing.T) {
	s := opened(t, incident.P3)
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "部品待ち", Ticket: "V-1", Contact: "tel", Promised: s.now.Add(4 * time.Hour)}})
	equal(t, "restoration runs", s.clock(incident.Restoration).Running(), true)
	made := s.wait(9 * time.Hour)
	same(t, "the vendor's promise: at its time, then as long again", steps(made, incident.VendorPromise), []int{100, 101})
	equal(t, "no target is missed by it", s.clock(incident.VendorPromise).Missed.IsZero(), true)
	s.do(ann, incident.Resume{})
	equal(t, "ended", len(steps(s.wait(24*time.Hour), incident.VendorPromise)), 0)
	yes := true
	s = newScene(t)
	s.policy.Services = []incident.ServiceOf{{Name: "pay", HoldStops: &yes}}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3, Services: []string{"pay"}})
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "x"}})
	equal(t, "a service may have it otherwise", s.clock(incident.Restoration).Running(), false)
}

func TestHoldIsReviewedEveryDay(t *testing.T) {
	s := opened(t, incident.P4)
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	made := s.wait(3*24*time.Hour + time.Minute)
	same(t, "at the review, then daily", steps(made, incident.HoldReview), []int{100, 101, 102})
}

func TestPriorityChangedOnHoldKeepsTheTimeThatStands(t *testing.T) {
	s := opened(t, incident.P3)
	s.sleep(time.Hour)
	s.do(ann, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	s.sleep(10 * time.Hour)
	s.do(ann, incident.SetPriority{Priority: incident.P1})
	s.sleep(10 * time.Hour)
	i := s.do(ann, incident.Resume{})
	at(t, "four hours from the end of the hold", i.Clock(incident.Restoration).Due, s.now.Add(4*time.Hour))
	s.do(bob, incident.Acknowledge{})
	i = s.do(bob, incident.SetPriority{Priority: incident.P3})
	at(t, "lowered: the beginning and the hold", i.Clock(incident.Restoration).Due, start().Add(24*time.Hour+20*time.Hour))
}

func TestRestoredOnHoldIsJudgedWithoutTheHold(t *testing.T) {
	s := opened(t, incident.P2)
	s.sleep(time.Hour)
	s.do(bob, incident.Acknowledge{})
	s.do(bob, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
	s.sleep(20 * time.Hour)
	s.do(bob, incident.Restore{})
	equal(t, "attained", s.clock(incident.Restoration).Missed.IsZero(), true)
	s.sleep(time.Hour)
	s.do(bob, incident.Restore{Withdraw: true})
	equal(t, "the hold still stands", s.clock(incident.Restoration).Running(), false)
	s.sleep(time.Hour)
	s.do(bob, incident.Resume{})
	at(t, "seven hours are left", s.clock(incident.Restoration).Due, s.now.Add(7*time.Hour))
}

func TestAnUpdateMovesTheClockToWhatItPromised(t *testing.T) {
	s := led(t, incident.P1)
	s.refused("past", dan, incident.Publish{Text: "x", Next: s.now})
	s.refused("text_needed", dan, incident.Publish{Text: " "})
	i := s.do(dan, incident.Publish{Text: "調査中"})
	equal(t, "first", i.Last.Kind, "first")
	at(t, "the cadence", i.Clock(incident.NextUpdate).Due, s.now.Add(30*time.Minute))
	equal(t, "first notice is given", i.Clock(incident.FirstNotice).Running(), false)
	equal(t, "not to customers", i.Clock(incident.CustomerNotice).Running(), true)
	s.sleep(10 * time.Minute)
	i = s.do(dan, incident.Publish{Text: "復旧は15時", Audience: "customers", Next: s.now.Add(2 * time.Hour)})
	equal(t, "their first notice", i.Last.Kind, "first")
	at(t, "the promise", i.Clock(incident.NextUpdate).Due, s.now.Add(2*time.Hour))
	equal(t, "customers", i.Clock(incident.CustomerNotice).Running(), false)
	at(t, "notice was in time", i.Clock(incident.CustomerNotice).Missed, time.Time{})
}

func TestAfterRestoredTheCadenceIsThatOfOnePriorityLower(t *testing.T) {
	for p, every := range map[incident.Priority]time.Duration{incident.P1: time.Hour, incident.P2: 24 * time.Hour} {
		s := led(t, p)
		s.do(dan, incident.Publish{Text: "x"})
		s.sleep(10 * time.Minute)
		i := s.do(dan, incident.Restore{})
		at(t, p.String(), i.Clock(incident.NextUpdate).Due, s.now.Add(every))
		i = s.do(dan, incident.Publish{Text: "復旧"})
		equal(t, "kind", i.Last.Kind, "restored")
		at(t, p.String()+" again", i.Clock(incident.NextUpdate).Due, s.now.Add(every))
		i = s.do(dan, incident.Restore{Withdraw: true})
		at(t, p.String()+" withdrawn", i.Clock(incident.NextUpdate).Due, s.now.Add(i.Targets.Update.Open))
	}
	s := led(t, incident.P3)
	s.do(dan, incident.Publish{Text: "x"})
	equal(t, "P3 like P4: at a change of state only", s.do(dan, incident.Restore{}).Clock(incident.NextUpdate).Running(), false)
	i := s.do(dan, incident.Restore{Withdraw: true})
	at(t, "P3 withdrawn", i.Clock(incident.NextUpdate).Due, s.now.Add(24*time.Hour))
}

func TestAPromiseStandsWhateverHappens(t *testing.T) {
	s := led(t, incident.P1)
	due := s.now.Add(45 * time.Minute)
	s.do(dan, incident.Publish{Text: "x", Next: due})
	s.sleep(time.Minute)
	at(t, "restored", s.do(dan, incident.Restore{}).Clock(incident.NextUpdate).Due, due)
	at(t, "withdrawn", s.do(dan, incident.Restore{Withdraw: true}).Clock(incident.NextUpdate).Due, due)
	s.do(dan, incident.Resolve{})
	at(t, "resolved", s.clock(incident.NextUpdate).Due, due)
	same(t, "and is reminded of when it is due, once", steps(s.wait(40*time.Hour), incident.NextUpdate), []int{100})
	equal(t, "the last one", s.do(dan, incident.Publish{Text: "原因と対策"}).Last.Kind, "final")
	equal(t, "kept", s.clock(incident.NextUpdate).Running(), false)
}

func TestResolvingDropsWhatWasNeverGiven(t *testing.T) {
	s := opened(t, incident.P1)
	s.do(ann, incident.Resolve{}) // the reporter alone
	for _, k := range []incident.ClockKind{incident.Response, incident.FirstNotice, incident.CustomerNotice} {
		if c := s.clock(k); c.Running() || !c.Dropped {
			t.Errorf("%s was neither met nor is it wanted: %+v", k, c)
		}
	}
	if c := s.clock(incident.Restoration); c.Dropped || !c.Missed.IsZero() {
		t.Errorf("restoration was met: %+v", c)
	}
	equal(t, "nothing reminds but the closing", len(s.wait(24*time.Hour)), 0)
}

func TestALateResponseIsAMissEvenIfTheSweepWasLate(t *testing.T) {
	s := opened(t, incident.P2)
	s.sleep(time.Hour)
	s.do(bob, incident.Acknowledge{})
	equal(t, "missed", s.clock(incident.Response).Missed.IsZero(), false)
}

func TestRaisingStartsUpdatesThatALowPriorityDoesNotHave(t *testing.T) {
	s := opened(t, incident.P4)
	s.do(bob, incident.Publish{Text: "x"})
	equal(t, "P4 has no cadence", s.clock(incident.NextUpdate).Running(), false)
	at(t, "P1 has", s.do(ann, incident.SetPriority{Priority: incident.P1}).Clock(incident.NextUpdate).Due, s.now.Add(30*time.Minute))
}

func TestFarAwayTimesDoNotBreakTheClock(t *testing.T) {
	s := led(t, incident.P3)
	far := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	s.do(dan, incident.Publish{Text: "x", Next: far})
	s.do(dan, incident.SetOccurred{Happened: incident.Moment{At: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)}})
	s.refused("past", dan, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "x", Promised: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)}})
	s.do(dan, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "x", Review: far, Promised: s.now.Add(24 * time.Hour)}})
	if n := len(s.wait(30 * 24 * time.Hour)); n > 300 {
		t.Errorf("%d entries in a month", n)
	}
	s.check()
}

func TestATickNobodyNeedsIsNoEntry(t *testing.T) {
	s := opened(t, incident.P3)
	events := len(s.all())
	s.do(matoi, incident.Tick{})
	equal(t, "entries", len(s.all()), events)
}

func TestOneBrokenIncidentDoesNotKeepTheOthersWaiting(t *testing.T) {
	s := opened(t, incident.P1)
	s.store.broken = s.n
	s.open(ann, incident.Open{Title: "y", Priority: incident.P3})
	s.sleep(4 * time.Hour)
	if n, err := s.desk.Sweep(t.Context()); !errors.Is(err, errBroken) || n != 1 {
		t.Errorf("swept %d: %v", n, err)
	}
	equal(t, "the other was ticked", len(of[*incident.TargetMissed](s.all())) > 0, true)
}
