package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// chased is a scene with office hours in which people are asked about what is left lying, and no targets, so that nothing else is
// said. It begins on Saturday, 21 November 2026, at noon in Tokyo; Monday is a holiday.
func chased(t *testing.T, p incident.Priority) *scene {
	t.Helper()
	s := newScene(t)
	s.policy.Chase = incident.DefaultChase()
	s.policy.Chase.Office = office()
	s.policy.Targets = map[incident.Priority]incident.Targets{}
	s.policy.Escalations, s.policy.ReliefAt, s.policy.DelegateAt = nil, 0, 0
	s.open(ann, incident.Open{Title: "x", Priority: p})
	s.do(dan, incident.Acknowledge{})
	return s
}

// asked lists when was asked about what, how far on, and whom.
func (s *scene) asked(events []incident.Event) []string {
	var out []string
	for _, e := range events {
		f, ok := e.Fact.(*incident.Reminded)
		if !ok {
			continue
		}
		var who []string
		for _, effect := range s.store.effects {
			if effect.Seq == e.Seq && effect.Number == e.Number && effect.Person != "" {
				who = append(who, string(effect.Person))
			}
		}
		out = append(out, fmt.Sprintf("%s %s %d %s", e.At.In(tokyo()).Format("01-02 15:04"), f.Clock, f.Step, strings.Join(who, "+")))
	}
	return out
}

func (s *scene) addMeasure(owner, due string, day calendar.Date) {
	s.Helper()
	s.do(dan, incident.AddMeasure{Measure: incident.Measure{Text: "負荷試験を必須とする", Owner: owner, Due: due}, Day: day})
}

func TestAMeasureIsAskedAboutUntilItIsDone(t *testing.T) {
	tuesday := calendar.DateAt(2026, 12, 15)
	monday := calendar.DateAt(2026, 12, 14)
	day := 24 * time.Hour
	for _, x := range []struct {
		name string
		does func(s *scene)
		wait time.Duration
		want []string
	}{
		{"the working day before, on the day, then weekly and with who follows it", func(s *scene) { s.addMeasure("<@p6>", "12/15", tuesday) }, 40 * day, []string{
			"12-14 09:00 measure/1 50 p6", "12-15 09:00 measure/1 100 p6", "12-22 09:00 measure/1 101 p6+p4", "12-29 09:00 measure/1 102 p6+p4",
		}},
		{"of a Monday the Friday before", func(s *scene) { s.addMeasure("<@p6>", "12/14", monday) }, 24 * day, []string{
			"12-11 09:00 measure/1 50 p6", "12-14 09:00 measure/1 100 p6",
		}},
		{"a team has nobody: who leads follows it", func(s *scene) { s.addMeasure("基盤チーム", "12/14", monday) }, 24 * day, []string{
			"12-11 09:00 measure/1 50 p4", "12-14 09:00 measure/1 100 p4",
		}},
		{"the problem manager goes before who led", func(s *scene) {
			s.addMeasure("基盤チーム", "12/14", monday)
			s.do(eri, incident.TakeRole{Role: incident.ProblemManager, Person: eri})
		}, 22 * day, []string{"12-11 09:00 measure/1 50 p5"}},
		{"a milestone is no date", func(s *scene) { s.addMeasure("<@p6>", "次期リリース", 0) }, 400 * day, nil},
		{"closing and merging end nothing", func(s *scene) {
			s.addMeasure("<@p6>", "12/14", monday)
			s.do(dan, incident.Resolve{})
			s.do(ann, incident.Close{})
		}, 22 * day, []string{"12-11 09:00 measure/1 50 p6"}},
		{"what is done is not asked about", func(s *scene) {
			s.addMeasure("<@p6>", "12/14", monday)
			s.do(fay, incident.FinishMeasure{ID: 1, Result: "導入した"})
		}, 400 * day, nil},
		{"nor what was dropped", func(s *scene) {
			s.addMeasure("<@p6>", "12/14", monday)
			s.do(fay, incident.DropMeasure{ID: 1, Reason: "廃止した"})
		}, 400 * day, nil},
		{"the second one has reminders of its own", func(s *scene) {
			s.addMeasure("<@p6>", "12/14", monday)
			s.addMeasure("<@p5>", "12/15", tuesday)
			s.do(fay, incident.FinishMeasure{ID: 1})
		}, 24 * day, []string{"12-14 09:00 measure/2 50 p5", "12-15 09:00 measure/2 100 p5"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := chased(t, incident.P3)
			s.policy.Chase.Stale = nil
			x.does(s)
			same(t, "asked", s.asked(s.wait(x.wait)), x.want)
			s.check()
		})
	}
}

func TestRungsPassedTogetherAreOneReminder(t *testing.T) {
	s := chased(t, incident.P3)
	s.policy.Chase.Stale = nil
	s.addMeasure("<@p6>", "12/14", calendar.DateAt(2026, 12, 14))
	s.now = japan(t, "2026-12-30 10:00") // Matoi was down
	from := len(s.all())
	s.sweep()
	same(t, "asked", s.asked(s.all()[from:]), []string{"12-30 10:00 measure/1 102 p6+p4"})
	if late := incident.Late(s.all()[from].Fact); late == 0 {
		t.Error("it was late and does not say so")
	}
	same(t, "and not again for it", s.asked(s.wait(4*24*time.Hour)), nil)
	same(t, "but a week later", s.asked(s.wait(3*24*time.Hour)), []string{"01-04 09:00 measure/1 103 p6+p4"})
}

func TestAMeasureEndsOnceAndAlsoInWhatIsMerged(t *testing.T) {
	s := chased(t, incident.P3)
	first := s.n
	s.addMeasure("<@p6>", "12/14", calendar.DateAt(2026, 12, 14))
	at(t, "it is due as work ends", s.i().Measures[0].Until, japan(t, "2026-12-14 18:00"))
	s.addMeasure("<@p6>", "12/13", calendar.DateAt(2026, 12, 13))
	at(t, "on a Sunday as that ends", s.i().Measures[1].Until, japan(t, "2026-12-14 00:00"))
	s.open(ann, incident.Open{Title: "y", Priority: incident.P3})
	into := s.n
	s.n = first
	s.do(dan, incident.Merge{Into: into})
	s.refused("measure_unknown", fay, incident.FinishMeasure{ID: 3})
	s.refused("measure_unknown", fay, incident.DropMeasure{ID: 0, Reason: "x"})
	s.refused("reason_needed", fay, incident.DropMeasure{ID: 1, Reason: " "})
	s.do(fay, incident.FinishMeasure{ID: 1, Result: "導入した"})
	s.refused("measure_over", fay, incident.DropMeasure{ID: 1, Reason: "x"})
	equal(t, "state", s.i().Measures[0].State, "done")
	equal(t, "result", s.i().Measures[0].Result, "導入した")
	s.check()
}

func TestWhoOwnsAMeasureOfAPrivateIncidentSeesIt(t *testing.T) {
	s := chased(t, incident.P3)
	s.do(ann, incident.SetAccess{Private: true})
	equal(t, "before", incident.MaySee(s.i(), incident.Viewer{Person: fay}), false)
	s.do(ann, incident.AddMeasure{Measure: incident.Measure{Text: "権限を見直す手順を作る", Owner: "<@p6>", Due: "次期リリース"}})
	equal(t, "then", incident.MaySee(s.i(), incident.Viewer{Person: fay}), true)
	equal(t, "has part", slices.Contains(s.i().Parts(), incident.Part{Role: incident.AsMeasure, Person: fay}), true)
	s.do(fay, incident.FinishMeasure{ID: 1})
	equal(t, "no more", slices.Contains(s.i().Parts(), incident.Part{Role: incident.AsMeasure, Person: fay}), false)
}

func TestTasksLeftAtTheEndAreAskedAboutOnce(t *testing.T) {
	s := chased(t, incident.P3)
	s.policy.Chase.Again = 0
	s.do(dan, incident.AddTask{Text: "再起動する", Owner: fay})
	s.do(dan, incident.AddTask{Text: "誰のでもない"})
	s.do(dan, incident.AddTask{Text: "終わった", Owner: eri})
	s.do(eri, incident.FinishTask{ID: len(s.i().Tasks)})
	s.do(dan, incident.Resolve{})
	same(t, "the next working morning, once", s.asked(s.wait(60*24*time.Hour)), []string{"11-24 09:00 task/7 100 p6"})
}

func TestReportersAreAskedOnceMoreWhetherItIsFixed(t *testing.T) {
	for _, x := range []struct {
		name string
		p    incident.Priority
		does func(s *scene)
		want []string
	}{
		{"at any hour for P1", incident.P1, nil, []string{"11-22 12:00 unconfirmed 100 p1"}},
		{"in office hours for P3, before silence closes it", incident.P3, nil, []string{"11-24 09:00 unconfirmed 100 p1"}},
		{"not who has answered", incident.P1, func(s *scene) { s.do(ann, incident.Confirm{Fixed: true}) }, nil},
		{"not where silence would close it first", incident.P3, func(s *scene) {
			s.do(dan, incident.Reopen{})
			s.policy.ConfirmFor = 48 * time.Hour
			s.do(dan, incident.Resolve{})
		}, nil},
		{"not where it is switched off", incident.P1, func(s *scene) { s.policy.Chase.Again = 0 }, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := chased(t, x.p)
			s.do(dan, incident.Resolve{})
			if x.does != nil {
				x.does(s)
			}
			got := slices.DeleteFunc(s.asked(s.wait(14*24*time.Hour)), func(line string) bool { return !strings.Contains(line, "unconfirmed") })
			same(t, "asked", got, x.want)
		})
	}
}

func TestAReopenedIncidentAsksItsReportersAnew(t *testing.T) {
	s := chased(t, incident.P1)
	s.do(dan, incident.Resolve{})
	s.wait(30 * time.Hour)
	s.do(dan, incident.Reopen{})
	s.do(dan, incident.Resolve{})
	got := slices.DeleteFunc(s.asked(s.wait(48*time.Hour)), func(line string) bool { return !strings.Contains(line, "unconfirmed") })
	same(t, "asked", got, []string{"11-23 18:00 unconfirmed 100 p1"})
}

func TestAnOfferIsAskedAboutAtHalfItsTime(t *testing.T) {
	for _, x := range []struct {
		name string
		p    incident.Priority
		from string
		does func(s *scene)
		want []string
	}{
		{"who is to answer", incident.P1, "2026-11-21 12:00", nil, []string{"11-21 12:05 offer/8 50 p5"}},
		{"not at night for P3: it expires first", incident.P3, "2026-11-21 12:00", nil, nil},
		{"in office hours", incident.P3, "2026-11-24 10:00", nil, []string{"11-24 10:05 offer/6 50 p5"}},
		{"not once it is answered", incident.P1, "2026-11-21 12:00", func(s *scene) { s.do(eri, incident.AnswerHandover{Answer: "declined"}) }, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := chased(t, x.p)
			s.policy.Chase.Stale = nil
			s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
			s.until(x.from)
			s.do(dan, incident.OfferHandover{Role: incident.Manager, To: eri})
			if x.does != nil {
				x.does(s)
			}
			got := s.asked(s.wait(time.Hour))
			same(t, "asked", got, x.want)
			s.check()
		})
	}
}

func TestAHoldIsLookedAtDailyAndExtended(t *testing.T) {
	s := chased(t, incident.P3)
	s.do(dan, incident.PutHold{Hold: incident.Hold{For: "part", Reason: "部品待ち", Review: japan(t, "2026-11-21 20:00")}})
	same(t, "not while nobody works, then daily", s.asked(s.wait(5*24*time.Hour)), []string{
		"11-24 09:00 hold_review 102 p4", "11-25 09:00 hold_review 103 p4", "11-26 09:00 hold_review 104 p4",
	})
	s.refused("past", dan, incident.ExtendHold{Review: s.now})
	s.do(dan, incident.ExtendHold{Review: japan(t, "2026-12-01 10:00")})
	s.refused("already_so", dan, incident.ExtendHold{Review: japan(t, "2026-12-01 10:00")})
	equal(t, "why it waits stays", s.i().Hold.Reason, "部品待ち")
	same(t, "at the new time", s.asked(s.wait(5*24*time.Hour)), []string{"12-01 10:00 hold_review 100 p4"})
	s.do(dan, incident.Resume{})
	s.refused("not_on_hold", dan, incident.ExtendHold{Review: s.now.Add(time.Hour)})
	at(t, "listed with its last review", s.i().Holds[0].Review, japan(t, "2026-12-01 10:00"))
	s.check()
}

func TestSilenceIsAskedAboutEachTimeTwiceAsLate(t *testing.T) {
	for _, x := range []struct {
		name string
		p    incident.Priority
		wait time.Duration
		does func(s *scene)
		want []string
	}{
		{"P1 by the clock", incident.P1, 20 * time.Hour, nil, []string{
			"11-21 13:00 stale 100 p4", "11-21 15:00 stale 101 p4", "11-21 19:00 stale 102 p4", "11-22 03:00 stale 103 p4",
		}},
		{"P3 by working days", incident.P3, 8 * 24 * time.Hour, nil, []string{"11-25 09:00 stale 100 p4", "11-27 09:00 stale 101 p4"}},
		{"an entry by a person begins it anew", incident.P1, 3 * time.Hour, func(s *scene) {
			s.wait(30 * time.Minute)
			s.do(fay, incident.Note{Text: "調査中"})
		}, []string{"11-21 13:30 stale 100 p4", "11-21 15:30 stale 101 p4"}},
		{"what waits says so", incident.P1, 20 * time.Hour, func(s *scene) {
			s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
			s.do(dan, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "x"}})
		}, nil},
		{"what is resolved is not silent", incident.P3, 60 * time.Hour, func(s *scene) { s.do(dan, incident.Resolve{}) }, nil},
		{"nobody leads: the desk is asked", incident.P1, 90 * time.Minute, func(s *scene) {
			s.do(dan, incident.Decline{})
		}, []string{"11-21 13:00 stale 100 p2"}},
		{"0 is never", incident.P1, 20 * time.Hour, func(s *scene) { s.policy.Chase.Stale = nil }, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := chased(t, x.p)
			s.policy.Chase.Again = 0
			if x.does != nil {
				x.does(s)
			}
			got := slices.DeleteFunc(s.asked(s.wait(x.wait)), func(line string) bool { return strings.Contains(line, "hold_review") })
			same(t, "asked", got, x.want)
		})
	}
}

func TestWhereNobodyHasComeTheResponseClockAsksAlone(t *testing.T) {
	s := newScene(t)
	s.policy.Chase = incident.DefaultChase()
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	if got := steps(s.wait(5*time.Hour), incident.Stale); len(got) > 0 {
		t.Errorf("asked %v while nobody has responded", got)
	}
}

func TestTheEndOfAShiftProposesRelief(t *testing.T) {
	duty := oncall.Schedule{Name: "night", Zone: tokyo(), Layers: []oncall.Layer{{
		People: []string{string(bob), string(cho)}, Turn: oncall.Turn{N: 1, Every: oncall.Day}, Start: japan(t, "2026-11-20 09:00"),
	}}}
	s := chased(t, incident.P1)
	s.policy.Chase.Stale, s.policy.Schedules, s.policy.Duty, s.policy.OnCall = nil, []oncall.Schedule{duty}, []string{"night"}, nil
	lead := s.policy.OnDuty(s.now)[0]
	s.do(lead, incident.TakeRole{Role: incident.Manager, Person: lead})
	same(t, "once, as it ends", s.asked(s.wait(48*time.Hour)), []string{"11-22 09:00 shift_ends 100 " + string(lead)})
	s.do(dan, incident.TakeOver{Role: incident.Manager, Reason: "x"})
	same(t, "not of who was not on duty", s.asked(s.wait(48*time.Hour)), nil)
}
