package incident_test

import (
	"slices"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// step is one of an escalation, which waits five minutes for an answer.
func step(targets ...incident.Target) incident.Step {
	return incident.Step{Wait: 5 * time.Minute, Targets: targets}
}

func person1(p incident.PersonID) incident.Target {
	return incident.Target{Kind: incident.ToPerson, People: []incident.PersonID{p}}
}

// escalating is a scene whose policy has one escalation of its own and none of the shipped ones.
func escalating(t *testing.T, priority incident.Priority, e incident.Escalation) *scene {
	t.Helper()
	s := newScene(t)
	s.policy.Escalations = []incident.Escalation{e}
	s.open(ann, incident.Open{Title: "x", Priority: priority, Services: []string{"pay"}, Category: "network"})
	return s
}

// calls gives whom escalations called, and when since the scene began.
func (s *scene) calls(events []incident.Event) (who []incident.PersonID, when []time.Duration) {
	for _, e := range events {
		if f, ok := e.Fact.(*incident.Asked); ok && f.Call != "" {
			who, when = append(who, f.Person), append(when, e.At.Sub(start()))
		}
	}
	return who, when
}

func TestATriggerFiresOnceAndStopsWhenItIsDone(t *testing.T) {
	unanswered := func(*scene) {}
	for name, x := range map[string]struct {
		on    incident.Trigger
		p     incident.Priority
		first func(s *scene) // what makes it come true
		after time.Duration  // from then until the first call
		stop  func(s *scene)
	}{
		"nobody answered": {
			incident.Trigger{On: incident.OnUnacknowledged, After: 7 * time.Minute},
			incident.P2, unanswered, 7 * time.Minute,
			func(s *scene) { s.do(fay, incident.Acknowledge{}) },
		},
		"a role is vacant": {
			incident.Trigger{On: incident.OnVacant, Role: incident.TechLead, After: 10 * time.Minute},
			incident.P3, unanswered, 10 * time.Minute,
			func(s *scene) { s.do(fay, incident.TakeRole{Role: incident.TechLead, Person: fay}) },
		},
		"nobody leads since the manager left": {
			incident.Trigger{On: incident.OnVacant, Role: incident.Manager, After: 10 * time.Minute},
			incident.P2,
			func(s *scene) {
				s.do(fay, incident.TakeRole{Role: incident.Manager, Person: fay})
				s.wait(time.Hour)
				s.do(fay, incident.LeaveRole{Role: incident.Manager})
			}, 10 * time.Minute,
			func(s *scene) { s.do(fay, incident.TakeRole{Role: incident.Manager, Person: fay}) },
		},
		"the manager is silent": {
			incident.Trigger{On: incident.OnSilent, After: 40 * time.Minute},
			incident.P2,
			func(s *scene) { s.do(fay, incident.TakeRole{Role: incident.Manager, Person: fay}) }, 40 * time.Minute,
			func(s *scene) { s.do(bob, incident.TakeOver{Role: incident.Manager, Reason: "連絡がつかない"}) },
		},
		"the manager left the room": {
			incident.Trigger{On: incident.OnSilent, After: 40 * time.Minute},
			incident.P2,
			func(s *scene) {
				s.do(fay, incident.TakeRole{Role: incident.Manager, Person: fay})
				s.do(fay, incident.Enter{Realm: "console"})
				s.sleep(time.Minute)
				s.do(fay, incident.Leave{Realm: "console"})
			}, 5 * time.Minute,
			func(s *scene) { s.do(bob, incident.TakeOver{Role: incident.Manager, Reason: "連絡がつかない"}) },
		},
		"a share of the response has passed": {
			incident.Trigger{On: incident.OnShare, Clock: incident.Response, Share: 80},
			incident.P2, unanswered, 24 * time.Minute,
			func(s *scene) { s.do(fay, incident.Acknowledge{}) },
		},
		"a target is missed": {
			incident.Trigger{On: incident.OnMissed, Clock: incident.Restoration},
			incident.P2, unanswered, 8 * time.Hour,
			func(s *scene) { s.do(fay, incident.Restore{Since: incident.Moment{At: s.now}}) },
		},
		"the priority was raised": {
			incident.Trigger{On: incident.OnRaised, To: incident.P2, After: time.Minute},
			incident.P4,
			func(s *scene) { s.wait(time.Hour); s.do(fay, incident.SetPriority{Priority: incident.P2}) }, time.Minute,
			func(s *scene) { s.do(bob, incident.Acknowledge{}) },
		},
		"no update came": {
			incident.Trigger{On: incident.OnNoUpdate, After: 5 * time.Minute},
			incident.P2,
			func(s *scene) { s.do(fay, incident.Publish{Text: "調査中"}) }, 65 * time.Minute,
			func(s *scene) { s.do(fay, incident.Publish{Text: "調査中"}) },
		},
		"nobody above answered": {
			incident.Trigger{On: incident.OnUnanswered, After: 9 * time.Minute},
			incident.P2,
			func(s *scene) { s.do(fay, incident.Escalate{How: "hierarchical", Person: eri, Reason: "x"}) }, 9 * time.Minute,
			func(s *scene) { s.do(eri, incident.Acknowledge{}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := escalating(t, x.p, incident.Escalation{
				ID: "e", Triggers: []incident.Trigger{x.on}, Steps: []incident.Step{step(person1(bob)), step(person1(cho))}, Repeat: 5,
			})
			x.first(s)
			from := s.now
			who, _ := s.calls(s.wait(x.after - time.Microsecond))
			same(t, "called before", who, nil)
			who, when := s.calls(s.wait(5*time.Minute + 2*time.Microsecond))
			same(t, "called", who, []incident.PersonID{bob, cho})
			if len(when) == 2 && (start().Add(when[0]) != from.Add(x.after) || when[1]-when[0] != 5*time.Minute) {
				t.Errorf("called after %s and %s, want %s and 5 minutes later", start().Add(when[0]).Sub(from), start().Add(when[1]).Sub(from), x.after)
			}
			x.stop(s)
			who, _ = s.calls(s.wait(30 * time.Minute))
			same(t, "called after it was done", who, nil)
			s.check()
		})
	}
}

func TestATargetIsResolvedAtItsStep(t *testing.T) {
	now := start()
	shift := func(s *scene) {
		s.policy.Schedules = []oncall.Schedule{{Name: "pay", Layers: []oncall.Layer{{
			People: []string{string(bob), string(cho)}, Start: now.Add(-24*time.Hour + 2*time.Minute), Turn: oncall.Turn{Every: oncall.Day, N: 1}, // bob until 2 minutes past
		}}}}
	}
	for name, x := range map[string]struct {
		to   incident.Target
		set  func(s *scene)
		want []incident.PersonID
		gone []string
	}{
		"a person":                          {person1(eri), nil, []incident.PersonID{eri}, nil},
		"a group":                           {incident.Target{Kind: incident.ToGroup, Name: "db", People: []incident.PersonID{eri, fay}}, nil, []incident.PersonID{eri, fay}, nil},
		"a role":                            {incident.Target{Kind: incident.ToRole, Name: "scribe"}, func(s *scene) { s.do(ann, incident.TakeRole{Role: incident.Scribe, Person: fay}) }, []incident.PersonID{fay}, nil},
		"a role nobody holds":               {incident.Target{Kind: incident.ToRole, Name: "scribe"}, nil, nil, []string{"role:scribe"}},
		"a schedule, whose turn it is then": {incident.Target{Kind: incident.ToOnCall, Name: "pay"}, shift, []incident.PersonID{cho}, nil},
		"a schedule with a gap": {incident.Target{Kind: incident.ToOnCall, Name: "pay"}, func(s *scene) {
			shift(s)
			s.policy.Schedules[0].Layers[0].Start = now.AddDate(1, 0, 0)
		}, nil, []string{"on_call:pay"}},
		"a schedule that is gone": {incident.Target{Kind: incident.ToOnCall, Name: "old"}, nil, nil, []string{"on_call:old"}},
		"the next on call":        {incident.Target{Kind: incident.ToOnCall}, nil, []incident.PersonID{bob}, nil},
		"the next manager":        {incident.Target{Kind: incident.ToManagers}, nil, []incident.PersonID{dan}, nil},
		"whoever is next":         {incident.Target{Kind: incident.ToNext}, nil, []incident.PersonID{bob}, nil},
		"a person who was taken out": {person1(eri), func(s *scene) {
			s.do(ann, incident.Ask{Person: eri})
			s.do(ann, incident.SetAccess{Private: true, Remove: []incident.PersonID{eri}})
		}, nil, []string{"person:p5"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.policy.Escalations = []incident.Escalation{{
				ID: "e", Triggers: []incident.Trigger{{On: incident.OnShare, Clock: incident.Restoration, Share: 1}}, Steps: []incident.Step{step(x.to)},
			}}
			s.open(ann, incident.Open{Title: "x", Priority: incident.P2})
			if x.set != nil {
				x.set(s)
			}
			called := of[*incident.Called](s.wait(5 * time.Minute)) // 1 % of 8 hours
			if len(called) != 1 {
				t.Fatalf("steps: %+v", called)
			}
			same(t, "called", called[0].People, x.want)
			same(t, "missing", called[0].Missing, x.gone)
			s.check()
		})
	}
}

func TestAStepThatFindsNobodyGoesOnAtOnceAndSaysSo(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}},
		Steps: []incident.Step{step(incident.Target{Kind: incident.ToRole, Name: "tech_lead"}), step(person1(eri))},
	})
	called := of[*incident.Called](s.wait(time.Minute))
	if len(called) != 1 || called[0].Step != 2 || !slices.Equal(called[0].Missing, []string{"role:tech_lead"}) || called[0].People[0] != eri {
		t.Fatalf("%+v", called)
	}
	s.check()
}

func TestWhereNobodyIsFoundItIsSaidOnce(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(incident.Target{Kind: incident.ToOnCall, Name: "pay"})},
	})
	s.policy.Schedules = []oncall.Schedule{{Name: "pay", Layers: []oncall.Layer{{
		People: []string{string(bob)}, Start: s.now.Add(3 * time.Hour), Turn: oncall.Turn{Every: oncall.Day, N: 1},
	}}}}
	s.wait(4 * time.Hour)
	posts := 0
	for _, e := range s.store.effects {
		if e.Kind == incident.Post && e.Realm == "console" {
			if f, ok := s.all()[e.Seq-1].Fact.(*incident.Called); ok && len(f.People) == 0 {
				posts++
			}
		}
	}
	equal(t, "said in the room", posts, 1)
	who, when := s.calls(s.all())
	if len(who) == 0 || who[0] != bob || when[0] < 3*time.Hour || when[0] > 3*time.Hour+30*time.Minute {
		t.Errorf("who comes on duty is called: %v at %v", who, when)
	}
	s.check()
}

func TestCantGoesToTheNextAtOnce(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(cho)), step(person1(dan))}, Repeat: 1,
	})
	s.wait(time.Minute)
	s.do(bob, incident.Decline{Reason: "運転中"})
	who, _ := s.calls(s.last.Events)
	same(t, "called in the same breath", who, []incident.PersonID{cho})
	who, when := s.calls(s.wait(6 * time.Minute))
	same(t, "then", who, []incident.PersonID{dan})
	equal(t, "after its time", when[0], 6*time.Minute)
	who, _ = s.calls(s.wait(5 * time.Minute))
	same(t, "in the second round without who can't", who, []incident.PersonID{cho})
	s.check()
}

func TestOfAGroupAllMustDeclineBeforeItGoesOn(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}},
		Steps: []incident.Step{step(incident.Target{Kind: incident.ToGroup, Name: "db", People: []incident.PersonID{bob, cho}}), step(person1(dan))},
	})
	s.wait(time.Minute)
	s.do(bob, incident.Decline{})
	equal(t, "one of two", len(of[*incident.Asked](s.last.Events)), 0)
	s.do(cho, incident.Decline{})
	who, _ := s.calls(s.last.Events)
	same(t, "both", who, []incident.PersonID{dan})
}

func TestWhoIsOnTheWayIsWaitedForAndTenMinutesMore(t *testing.T) {
	e := incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(cho))}, Repeat: 9,
	}
	for name, x := range map[string]struct {
		come func(s *scene)
		want []incident.PersonID
		at   time.Duration
	}{
		"who never comes":        {func(*scene) {}, []incident.PersonID{cho, bob, cho, bob, cho}, 32 * time.Minute},
		"who joins the room":     {func(s *scene) { s.do(bob, incident.Enter{Realm: "console"}) }, nil, 0},
		"who writes in the room": {func(s *scene) { equal(s.T, "listened to", s.i().Hears(bob), true); s.do(bob, incident.Speak{}) }, nil, 0},
		"who says so":            {func(s *scene) { s.do(bob, incident.Acknowledge{}) }, nil, 0},
		"who can't after all":    {func(s *scene) { s.do(bob, incident.Decline{}) }, []incident.PersonID{cho, cho, cho, cho, cho, cho, cho, cho, cho}, 12 * time.Minute},
		"who needs longer":       {func(s *scene) { s.do(bob, incident.GiveETA{ETA: s.now.Add(30 * time.Minute)}) }, []incident.PersonID{cho}, 52 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := escalating(t, incident.P1, e)
			s.wait(2 * time.Minute)
			s.do(bob, incident.GiveETA{ETA: s.now.Add(20 * time.Minute)})
			s.wait(10 * time.Minute)
			from := len(s.all())
			x.come(s)
			s.wait(42 * time.Minute)
			who, when := s.calls(s.all()[from:])
			if x.want == nil {
				same(t, "called", who, nil)
				return
			}
			same(t, "called", who, x.want)
			if len(when) == 0 || when[0] != x.at {
				t.Errorf("called at %v, want %s", when, x.at)
			}
			s.check()
		})
	}
}

func TestAnAnswerEndsTheCallThatCalledForItOnly(t *testing.T) {
	s := newScene(t)
	s.policy.Escalations = []incident.Escalation{
		{ID: "tech", Triggers: []incident.Trigger{{On: incident.OnShare, Clock: incident.Restoration, Share: 1}}, Steps: []incident.Step{step(person1(bob))}, Repeat: 9},
		{ID: "boss", Triggers: []incident.Trigger{{On: incident.OnNoUpdate}, {On: incident.OnMissed, Clock: incident.FirstNotice}}, Steps: []incident.Step{step(person1(eri))}, Repeat: 9},
	}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P2})
	s.wait(31 * time.Minute)
	s.do(bob, incident.Acknowledge{})
	who, _ := s.calls(s.wait(10 * time.Minute))
	same(t, "the other one goes on", who, []incident.PersonID{eri, eri})
	s.check()
}

func TestTheFirstPolicyThatFitsHasTheTrigger(t *testing.T) {
	on := []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}
	for name, x := range map[string]struct {
		For  incident.Scope
		want incident.PersonID
	}{
		"the service":      {incident.Scope{Services: []string{"PAY"}}, bob},
		"another service":  {incident.Scope{Services: []string{"mail"}}, cho},
		"the category":     {incident.Scope{Categories: []string{"network"}}, bob},
		"another category": {incident.Scope{Categories: []string{"hardware"}}, cho},
		"another team":     {incident.Scope{Teams: []string{"db"}}, cho},
		"P1 only":          {incident.Scope{To: incident.P1}, cho},
		"P2 to P3":         {incident.Scope{From: incident.P2, To: incident.P3}, bob},
		"P3 and below":     {incident.Scope{From: incident.P3}, cho},
	} {
		s := newScene(t)
		s.policy.Escalations = []incident.Escalation{
			{ID: "a", For: x.For, Triggers: on, Steps: []incident.Step{step(person1(bob))}},
			{ID: "b", Triggers: on, Steps: []incident.Step{step(person1(cho))}},
		}
		s.open(ann, incident.Open{Title: "x", Priority: incident.P2, Services: []string{"pay"}, Category: "network"})
		who, _ := s.calls(s.wait(2 * time.Minute))
		same(t, name, who, []incident.PersonID{x.want})
	}
}

func TestWhatIsNotPressingWaitsForTheHoursOfCalls(t *testing.T) {
	for priority, want := range map[incident.Priority]time.Duration{
		incident.P2: 10 * time.Hour, // 22:00
		incident.P3: 19 * time.Hour, // 07:00 of the next day
		incident.P4: 19 * time.Hour,
	} {
		s := newScene(t)
		s.policy.QuietFrom, s.policy.CallHours = incident.P3, &calendar.Hours{Zone: "Asia/Tokyo"}
		for d := range s.policy.CallHours.Week {
			s.policy.CallHours.Week[d] = []calendar.Span{{From: 7 * 60, To: 22 * 60}}
		}
		s.policy.Escalations = []incident.Escalation{{ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: 10 * time.Hour}}, Steps: []incident.Step{step(person1(bob))}}}
		s.open(ann, incident.Open{Title: "x", Priority: priority})
		ahead := s.policy.Ahead(s.i())
		if len(ahead) != 1 || ahead[0].Waits != (priority > incident.P2) || !ahead[0].At.Equal(start().Add(want)) {
			t.Errorf("%s: ahead %+v", priority, ahead)
		}
		_, when := s.calls(s.wait(24 * time.Hour))
		if len(when) == 0 || when[0] != want {
			t.Errorf("%s: called at %v, want %s", priority, when, want)
		}
	}
}

func TestTheHoursOfCallsFollowTheClocksOfTheirZone(t *testing.T) {
	s := newScene(t)
	s.now = time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC) // in London the clocks go forward that night
	s.policy.QuietFrom, s.policy.CallHours = incident.P3, &calendar.Hours{Zone: "Europe/London"}
	for d := range s.policy.CallHours.Week {
		s.policy.CallHours.Week[d] = []calendar.Span{{From: 7 * 60, To: 22 * 60}}
	}
	s.policy.Escalations = []incident.Escalation{{ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Hour}}, Steps: []incident.Step{step(person1(bob))}}}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	_, when := s.calls(s.wait(12 * time.Hour))
	if len(when) == 0 || !start().Add(when[0]).Equal(time.Date(2027, 3, 28, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("called at %v, want 07:00 British Summer Time", when)
	}
}

func TestAManagerWhoTalksIsNotSilent(t *testing.T) {
	s := escalating(t, incident.P2, incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnSilent, After: 40 * time.Minute}}, Steps: []incident.Step{step(person1(bob))}, Repeat: 3,
	})
	s.do(fay, incident.TakeRole{Role: incident.Manager, Person: fay})
	for range 12 {
		s.wait(10 * time.Minute)
		s.do(fay, incident.Speak{})
	}
	who, _ := s.calls(s.all())
	same(t, "called", who, nil)
	if n := len(of[*incident.Spoke](s.all())); n == 0 || n > 6 {
		t.Errorf("%d messages are in the record, want one for each 20 minutes", n)
	}
	who, _ = s.calls(s.wait(41 * time.Minute))
	same(t, "who falls silent then", who, []incident.PersonID{bob})
	s.do(fay, incident.Speak{})
	who, _ = s.calls(s.wait(30 * time.Minute))
	same(t, "until a word", who, nil)
	s.check()
}

// A step that goes to people and into the room is one line there, which names them.
func TestTheRoomHearsOfAStepOnce(t *testing.T) {
	s := escalating(t, incident.P1, incident.Escalation{
		ID: "loud", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: 5 * time.Minute}},
		Steps: []incident.Step{{Wait: 5 * time.Minute, Targets: []incident.Target{person1(bob), person1(fay), {Kind: incident.ToRoom}}}},
	})
	from := len(s.store.effects)
	s.wait(5 * time.Minute)
	var said []string
	for _, e := range s.store.effects[from:] {
		if e.Kind == incident.Post {
			said = append(said, s.all()[e.Seq-1].Fact.Kind())
		}
	}
	same(t, "said", said, []string{"called"})
}

func TestAnEscalationIsAskedForByName(t *testing.T) {
	s := escalating(t, incident.P4, incident.Escalation{
		ID: "db", JA: "データベース", EN: "Database team",
		Steps: []incident.Step{{Wait: 5 * time.Minute, Line: "functional", Targets: []incident.Target{person1(bob)}}, step(incident.Target{Kind: incident.ToVendor, Name: "Oracle SR 3-123"})},
	})
	s.refused("escalation_policy_unknown", ann, incident.Escalate{How: "policy", To: "nobody", Reason: "x"})
	i := s.do(ann, incident.Escalate{How: "policy", To: "database TEAM", Reason: "索引が壊れた"})
	who, _ := s.calls(s.last.Events)
	same(t, "called at once", who, []incident.PersonID{bob})
	equal(t, "line", i.Line, 2)
	from := len(s.store.effects)
	s.wait(5 * time.Minute)
	called := of[*incident.Called](s.all())
	equal(t, "the vendor is named", called[len(called)-1].To, "Oracle SR 3-123")
	equal(t, "in the room", slices.ContainsFunc(s.store.effects[from:], func(e incident.Effect) bool { return e.Kind == incident.Post }), true)
	s.do(bob, incident.Acknowledge{})
	who, _ = s.calls(s.wait(2 * time.Hour))
	same(t, "answered", who, nil)
	s.do(ann, incident.Escalate{How: "policy", To: "db", Reason: "また"})
	who, _ = s.calls(s.last.Events)
	same(t, "again", who, []incident.PersonID{bob})
	s.check()
}

func TestOneEscalationHandsToAnotherAndSlowsDownAtTheEnd(t *testing.T) {
	s := newScene(t)
	s.policy.Escalations = []incident.Escalation{
		{ID: "a", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(cho))}, Repeat: 1, Then: "b"},
		{ID: "b", Steps: []incident.Step{step(person1(dan))}},
	}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	from := len(s.store.effects)
	who, when := s.calls(s.wait(3 * time.Hour))
	same(t, "called", who, []incident.PersonID{bob, cho, bob, cho, dan, dan, dan, dan})
	equal(t, "after all rounds", when[5]-when[4], 5*time.Minute)
	equal(t, "at the pace of reminders", when[6]-when[5], 30*time.Minute)
	equal(t, "which doubles", when[7]-when[6], time.Hour)
	slow := 0
	for _, e := range s.store.effects[from:] {
		if f, ok := s.all()[max(e.Seq-1, 0)].Fact.(*incident.Called); ok && e.Kind == incident.Post && f.Slow {
			slow++
		}
	}
	equal(t, "that nobody answers is said once", slow, 1)
	s.check()
}

func TestWhoCannotBeReachedIsNotWaitedFor(t *testing.T) {
	e := incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(cho))},
	}
	fail := func(effect string, alone bool) incident.FailDelivery {
		return incident.FailDelivery{Effect: effect, Realm: "slack", Why: "user_not_found", Person: bob, Alone: alone}
	}
	s := escalating(t, incident.P1, e)
	s.wait(time.Minute)
	s.do(matoi, fail("tell", true))
	who, _ := s.calls(s.wait(time.Second))
	same(t, "the only way failed", who, []incident.PersonID{cho})
	s = escalating(t, incident.P1, e)
	s.wait(time.Minute)
	s.do(matoi, fail("tell", false))
	who, _ = s.calls(s.wait(time.Second))
	same(t, "one of two ways failed", who, nil)
	s.do(matoi, fail("page", false))
	who, _ = s.calls(s.wait(time.Second))
	same(t, "both failed", who, []incident.PersonID{cho})
	s.check()
}

func TestPeopleAreReachedOutsideTheChatsWhereThatIsSetUp(t *testing.T) {
	for _, paging := range []bool{false, true} {
		s := newScene(t)
		s.policy.Paging = paging
		s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
		s.wait(5 * time.Minute)
		pages := 0
		for _, e := range s.store.effects {
			if e.Kind == incident.Page {
				pages++
				if _, asked := s.all()[e.Seq-1].Fact.(*incident.Asked); !asked || e.Realm != incident.PageRealm || e.Person == "" || !e.Urgent {
					t.Errorf("page %+v", e)
				}
			}
		}
		equal(t, "paged", pages > 0, paging)
	}
}

func TestReopenedCallsAnew(t *testing.T) {
	s := opened(t, incident.P1)
	s.wait(6 * time.Minute)
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(dan, incident.Resolve{Text: "戻した"})
	who, _ := s.calls(s.wait(time.Hour))
	same(t, "nobody is called for what is resolved", who, nil)
	s.do(dan, incident.Reopen{Reason: "また"})
	who, _ = s.calls(s.wait(time.Hour))
	same(t, "who leads still does", who, nil)
	s.check()
}

func TestAfterANightsOutageOneStepIsTaken(t *testing.T) {
	s := newScene(t)
	s.policy.Managers = nil
	s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
	s.sleep(8 * time.Hour)
	s.sweep()
	who, _ := s.calls(s.all())
	same(t, "called", who, []incident.PersonID{bob})
	who, _ = s.calls(s.wait(5 * time.Minute))
	same(t, "then at its pace", who, []incident.PersonID{cho})
	s.check()
}

func TestTriggersAreReadBackFromTheirKeys(t *testing.T) {
	for _, x := range []incident.Trigger{
		{On: incident.OnUnacknowledged},
		{On: incident.OnVacant, Role: incident.TechLead},
		{On: incident.OnShare, Clock: incident.Response, Share: 80},
		{On: incident.OnMissed, Clock: incident.Restoration},
		{On: incident.OnRaised, To: incident.P2},
		{On: incident.OnCommand},
	} {
		equal(t, x.Key(), incident.ParseTrigger(x.Key()), x)
	}
}

func TestATriggerThatIsNewCallsForNothingThatIsLongPast(t *testing.T) {
	for name, x := range map[string]struct {
		on   incident.Trigger
		want time.Duration // after the policy came; below zero: never
	}{
		"what lasts waits anew":              {incident.Trigger{On: incident.OnUnacknowledged, After: 10 * time.Minute}, 10 * time.Minute},
		"a vacant role, too":                 {incident.Trigger{On: incident.OnVacant, Role: incident.TechLead, After: time.Hour}, time.Hour},
		"what was missed before is past":     {incident.Trigger{On: incident.OnMissed, Clock: incident.Response}, -1},
		"a share that had passed, too":       {incident.Trigger{On: incident.OnShare, Clock: incident.Response, Share: 50}, -1},
		"an update that was overdue, too":    {incident.Trigger{On: incident.OnNoUpdate}, -1},
		"what comes is called for":           {incident.Trigger{On: incident.OnShare, Clock: incident.Restoration, Share: 75}, time.Hour},
		"what comes after its time, as well": {incident.Trigger{On: incident.OnMissed, Clock: incident.Restoration, After: time.Hour}, 4 * time.Hour},
	} {
		for _, force := range []bool{true, false} {
			s := newScene(t)
			s.policy.Escalations = nil
			s.open(ann, incident.Open{Title: "x", Priority: incident.P2}) // restored within 8 hours
			s.do(ann, incident.Publish{Text: "調査中です", Audience: "internal"})
			s.wait(5 * time.Hour)
			e := incident.Escalation{ID: "e", Triggers: []incident.Trigger{x.on}, Steps: []incident.Step{step(person1(bob))}}
			s.policy.Escalations = []incident.Escalation{e}
			if force {
				s.policy.InForce = map[string]time.Time{e.Word(x.on): s.now}
			}
			from := s.now.Sub(start())
			s.do(ann, incident.Note{Text: "見ています"}) // has its deadlines computed anew
			_, when := s.calls(s.wait(6 * time.Hour))
			switch got := len(when) > 0; {
			case !force:
				if !got || when[0]-from > 4*time.Hour {
					t.Errorf("%s: what was always in force calls: %v", name, when)
				}
			case got != (x.want >= 0) || got && when[0]-from != x.want:
				t.Errorf("%s: called at %v after %s, want %s after it", name, when, from, x.want)
			}
			s.check()
		}
	}
}

func TestATriggerThatWasChangedIsAnother(t *testing.T) {
	a := incident.Escalation{ID: "e", For: incident.Scope{To: incident.P1}}
	on := incident.Trigger{On: incident.OnUnacknowledged, After: time.Hour}
	sooner, wider := on, a
	sooner.After, wider.For.To = time.Minute, incident.P3
	words := []string{a.Word(on), a.Word(sooner), wider.Word(on)}
	if words[0] == words[1] || words[0] == words[2] || a.Word(on) != words[0] {
		t.Errorf("words %v", words)
	}
	p := incident.Policy{Escalations: []incident.Escalation{{ID: "e", Triggers: []incident.Trigger{on}}}}
	same(t, "of a policy", p.Triggers(), []string{p.Escalations[0].Word(on)})
}

func TestACallOfTheRoomIsAnsweredByAnybody(t *testing.T) {
	for name, to := range map[string]incident.Target{
		"the room": {Kind: incident.ToRoom},
		"a vendor": {Kind: incident.ToVendor, Name: "Oracle"},
	} {
		e := incident.Escalation{
			ID: "e", Triggers: []incident.Trigger{{On: incident.OnShare, Clock: incident.Restoration, Share: 1}}, Steps: []incident.Step{step(to)}, Repeat: 20,
		}
		s := escalating(t, incident.P2, e)
		s.do(fay, incident.Acknowledge{}) // before it was called
		n := len(of[*incident.Called](s.wait(20 * time.Minute)))
		equal(t, name+": it goes on", n > 1, true)
		s.do(fay, incident.Acknowledge{})
		equal(t, name+": until somebody answers", len(of[*incident.Called](s.wait(2*time.Hour))), 0)
		equal(t, name+": by", s.i().Calls[0].By, fay)
		s.refused("already_so", fay, incident.Acknowledge{})
		s.check()
	}
}

func TestOnePersonIsNotCalledByTwoEscalationsWithinAMinute(t *testing.T) {
	s := newScene(t)
	s.policy.Escalations = []incident.Escalation{
		{ID: "a", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: 5 * time.Minute}}, Steps: []incident.Step{step(person1(bob))}, Repeat: 9},
		{ID: "b", Triggers: []incident.Trigger{{On: incident.OnVacant, Role: incident.TechLead, After: 5*time.Minute + 20*time.Second}}, Steps: []incident.Step{step(person1(bob))}, Repeat: 9},
	}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P2})
	who, when := s.calls(s.wait(40 * time.Minute))
	for k := range when {
		if k > 0 && when[k]-when[k-1] < time.Minute {
			t.Errorf("%v called at %v", who, when)
		}
	}
	equal(t, "called by both", len(of[*incident.Called](s.all())) >= 14, true)
	s.do(bob, incident.Acknowledge{})
	who, _ = s.calls(s.wait(time.Hour))
	same(t, "one answer ends both", who, nil)
	s.check()
}

func TestWhoWasToldBesideTheChatIsReached(t *testing.T) {
	e := incident.Escalation{
		ID: "e", Triggers: []incident.Trigger{{On: incident.OnUnacknowledged, After: time.Minute}}, Steps: []incident.Step{step(person1(bob)), step(person1(cho))},
	}
	fail := func(s *scene, effect string) {
		s.do(matoi, incident.FailDelivery{Effect: effect, Realm: "slack", Why: "user_not_found", Person: bob})
	}
	for name, x := range map[string]struct {
		come func(s *scene)
		next bool
	}{
		"the chat twice":  {func(s *scene) { fail(s, "tell"); fail(s, "tell") }, false},
		"the pages twice": {func(s *scene) { fail(s, "page"); fail(s, "page") }, false},
		"both":            {func(s *scene) { fail(s, "page"); fail(s, "tell") }, true},
		"both, but a mail went out": {func(s *scene) {
			s.do(matoi, incident.RecordPage{Page: incident.Paged{Person: bob, Seq: 3, Way: "mail", State: "sent"}})
			fail(s, "tell")
			fail(s, "page")
		}, false},
		"both, and the mail did not": {func(s *scene) {
			s.do(matoi, incident.RecordPage{Page: incident.Paged{Person: bob, Seq: 3, Way: "mail", State: "failed"}})
			fail(s, "tell")
			fail(s, "page")
		}, true},
	} {
		s := escalating(t, incident.P1, e)
		s.wait(time.Minute)
		x.come(s)
		who, _ := s.calls(s.wait(time.Second))
		equal(t, name+": goes on", slices.Contains(who, cho), x.next)
		s.check()
	}
}
