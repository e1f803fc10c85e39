package incident_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident"
	"matoi/incident/calendar"
)

// office is open Monday to Friday from 9 to 18 o'clock in Tokyo, but for Labour Thanksgiving Day.
func office() *calendar.Hours { return hoursIn("Asia/Tokyo", calendar.DateAt(2026, 11, 23)) }

func hoursIn(zone string, closed ...calendar.Date) *calendar.Hours {
	h := &calendar.Hours{Name: "office", Zone: zone, Closed: closed}
	for day := 1; day <= 5; day++ {
		h.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	return h
}

// inHours is a scene whose P3 to P5 are counted in hours. It begins on Saturday, 21 November 2026, at noon in Tokyo; Monday is
// a holiday.
func inHours(t *testing.T, h *calendar.Hours) *scene {
	t.Helper()
	s := newScene(t)
	for p := incident.P3; p <= incident.P5; p++ {
		targets := s.policy.Targets[p]
		targets.Hours = h
		s.policy.Targets[p] = targets
	}
	return s
}

func (s *scene) until(text string) {
	s.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, tokyo())
	if err != nil || when.Before(s.now) {
		s.Fatalf("can't wait until %s: %v", text, err)
	}
	if s.n == 0 {
		s.now = when
		return
	}
	s.wait(when.Sub(s.now))
}

func japan(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, tokyo())
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func due(t *testing.T, i *incident.Incident, k incident.ClockKind, want string) {
	t.Helper()
	at(t, string(k), i.Clock(k).Due, japan(t, want))
}

func TestTargetsInServiceHours(t *testing.T) {
	for _, x := range []struct {
		name   string
		opened string
		p      incident.Priority
		does   func(s *scene) *incident.Incident
		want   map[incident.ClockKind]string
	}{
		{"a weekend and a holiday are not counted", "2026-11-21 12:00", incident.P3, nil, map[incident.ClockKind]string{
			incident.Response: "2026-11-24 12:00", incident.Restoration: "2026-11-26 15:00",
		}},
		{"business days end at the same time of day", "2026-11-24 15:00", incident.P4, nil, map[incident.ClockKind]string{
			incident.Response: "2026-11-25 15:00", incident.Restoration: "2026-11-27 15:00",
		}},
		{"a raise to P1 counts around the clock from the raise", "2026-11-21 12:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-21 13:00")
			return s.do(bob, incident.SetPriority{Priority: incident.P1})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-21 17:00", incident.FirstNotice: "2026-11-21 13:10"}},
		{"lowered to P3 it counts from where it began, in hours", "2026-11-24 17:00", incident.P2, func(s *scene) *incident.Incident {
			s.do(bob, incident.TakeRole{Role: incident.Manager, Person: bob})
			s.until("2026-11-24 17:30")
			return s.do(bob, incident.SetPriority{Priority: incident.P3})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-27 14:00"}},
		{"a hold for the user stops what is open of it", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-24 17:00")
			s.do(bob, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "waits"}})
			s.until("2026-11-25 10:00")
			return s.do(bob, incident.Resume{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 18:00"}},
		{"a hold for a vendor stops nothing, and its promise is wall clock", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.do(bob, incident.PutHold{Hold: incident.Hold{For: "vendor", Reason: "waits", Promised: japan(t, "2026-11-28 03:00")}})
			return s.i()
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 16:00", incident.VendorPromise: "2026-11-28 03:00"}},
		{"stood still in P2 over night, that was little of P3's time", "2026-11-24 10:00", incident.P2, func(s *scene) *incident.Incident {
			s.do(bob, incident.TakeRole{Role: incident.Manager, Person: bob})
			s.until("2026-11-24 17:00")
			s.do(bob, incident.PutHold{Hold: incident.Hold{For: "user", Reason: "waits"}})
			s.until("2026-11-25 09:30")
			s.do(bob, incident.Resume{})
			return s.do(bob, incident.SetPriority{Priority: incident.P3})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 17:30"}},
		{"an update is due on the next business day", "2026-11-20 16:00", incident.P3, func(s *scene) *incident.Incident {
			return s.do(bob, incident.Publish{Text: "調査中"})
		}, map[incident.ClockKind]string{incident.NextUpdate: "2026-11-24 16:00"}},
		{"what a person promises is wall clock", "2026-11-20 16:00", incident.P3, func(s *scene) *incident.Incident {
			return s.do(bob, incident.Publish{Text: "調査中", Next: japan(t, "2026-11-22 08:00")})
		}, map[incident.ClockKind]string{incident.NextUpdate: "2026-11-22 08:00"}},
		{"broken again it counts from then", "2026-11-20 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.do(bob, incident.Resolve{})
			s.until("2026-11-22 10:00")
			return s.do(bob, incident.Reopen{Reason: "x"})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 15:00"}},
		{"it began on Friday, as is known later", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			return s.do(bob, incident.SetOccurred{Happened: incident.Moment{At: japan(t, "2026-11-20 17:00")}})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 14:00"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := inHours(t, office())
			s.now = japan(t, "2026-11-20 00:00")
			s.until(x.opened)
			i := s.open(ann, incident.Open{Title: "x", Priority: x.p})
			if x.does != nil {
				i = x.does(s)
			}
			for k, want := range x.want {
				due(t, i, k, want)
			}
			s.check()
		})
	}
}

func TestAChangeOfSummerTimeMovesNoOpenHour(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	s := inHours(t, hoursIn("Europe/London"))
	s.now = time.Date(2027, 3, 26, 17, 0, 0, 0, london) // Friday; on Sunday the clocks go forward
	i := s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	at(t, "response", i.Clock(incident.Response).Due, time.Date(2027, 3, 29, 11, 0, 0, 0, london))
	i = s.do(bob, incident.SetPriority{Priority: incident.P4})
	at(t, "restoration", i.Clock(incident.Restoration).Due, time.Date(2027, 3, 31, 17, 0, 0, 0, london))
}

func TestRemindersComeInOpenHoursOnceEach(t *testing.T) {
	s := inHours(t, office())
	s.open(ann, incident.Open{Title: "x", Priority: incident.P4})
	var got []string
	for range 400 {
		s.sleep(30 * time.Minute)
		before := s.i().Version
		s.sweep()
		for _, e := range s.all()[before:] {
			switch f := e.Fact.(type) {
			case *incident.Reminded:
				if f.Clock == incident.Response {
					got = append(got, s.now.In(tokyo()).Format("02 15:04"))
				}
			case *incident.TargetMissed:
				if f.Clock == incident.Response {
					got = append(got, "missed "+s.now.In(tokyo()).Format("02 15:04"))
				}
			}
		}
	}
	if len(got) < 4 {
		t.Fatalf("reminded %v", got)
	}
	// Saturday noon and 1bd: opens on Tuesday at 9, due on Wednesday at 9; 50 % and 80 % of the 9 hours between; then each quarter.
	same(t, "the first", got[:4], []string{"24 13:30", "24 16:30", "missed 25 09:00", "25 11:30"})
	for _, when := range got {
		if h := when[len(when)-5:]; h < "09:00" || h > "18:00" {
			t.Errorf("reminded at %s, when the office is closed", when)
		}
	}
}

func TestOpenIncidentsFollowThePolicy(t *testing.T) {
	s := inHours(t, office())
	s.until("2026-11-24 09:00")
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	before := s.i()
	s.policy.Version = "2"
	s.sweep()
	s.do(dan, incident.Tick{})
	equal(t, "nothing differs, nothing is said", s.i().Version, before.Version)

	s.until("2026-11-24 11:00") // half of the response target has passed, and was said
	targets := s.policy.Targets[incident.P3]
	targets.Response, targets.Restore, targets.Hours = incident.In(6*time.Hour), incident.In(90*time.Minute), nil
	s.policy.Targets[incident.P3], s.policy.Version = targets, "3"
	was := len(s.all())
	i := s.do(dan, incident.Tick{})
	due(t, i, incident.Response, "2026-11-24 15:00")
	due(t, i, incident.Restoration, "2026-11-24 10:30")
	equal(t, "policy of the deadline", i.Clock(incident.Response).Policy, "3")
	equal(t, "one line, and one miss", len(s.all())-was, 2)
	equal(t, "again", s.do(dan, incident.Tick{}).Version, i.Version)

	targets.Restore = incident.In(40 * time.Hour)
	s.policy.Targets[incident.P3], s.policy.Version = targets, "4"
	i = s.do(dan, incident.Tick{})
	due(t, i, incident.Restoration, "2026-11-24 10:30")
	equal(t, "what was missed stays", i.Clock(incident.Restoration).Missed.IsZero(), false)
	s.check()
}

func TestAnUpdateComesWhenItsReadersWereToldWhateverThePolicyIsThen(t *testing.T) {
	for name, x := range map[string]struct {
		every incident.Length
		want  time.Duration
	}{
		"slower": {incident.In(3 * time.Hour), time.Hour},
		"none":   {incident.Length{}, time.Hour},
		"faster": {incident.In(20 * time.Minute), 20 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := led(t, incident.P2)
			s.do(dan, incident.Publish{Text: "調査中"})
			said := s.now
			targets := s.policy.Targets[incident.P2]
			targets.Update = x.every
			s.policy.Targets[incident.P2], s.policy.Version = targets, "2"
			s.sleep(time.Minute)
			s.do("", incident.Tick{})
			if c := s.i().Clock(incident.NextUpdate); !c.Running() || !c.Due.Equal(said.Add(x.want)) {
				t.Errorf("%+v, want %s", c, said.Add(x.want))
			}
			s.check()
		})
	}
}

func TestServicesGoBeforeCategoriesAndTheStrictestCounts(t *testing.T) {
	s := inHours(t, office())
	length := func(d time.Duration) *incident.Length { l := incident.In(d); return &l }
	of := func(o incident.Override) map[incident.Priority]incident.Override {
		return map[incident.Priority]incident.Override{incident.P3: o}
	}
	s.policy.Categories[0].Targets = of(incident.Override{Response: length(2 * time.Hour), Restore: length(9 * time.Hour)})
	s.policy.Services = []incident.ServiceOf{
		{Name: "pay", Targets: of(incident.Override{Response: length(time.Hour)})},
		{Name: "mail", Targets: of(incident.Override{Restore: length(4 * time.Hour), Response: length(90 * time.Minute)})},
		{Name: "bank", Targets: of(incident.Override{Restore: length(3 * time.Hour), AroundTheClock: true})},
	}
	s.until("2026-11-24 09:00")
	i := s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	due(t, i, incident.Response, "2026-11-24 12:00")
	s.do(bob, incident.Ask{Person: cho, Why: "help"})
	for _, x := range []struct {
		cmd     incident.Command
		restore string
	}{
		{incident.SetCategory{Category: "hardware"}, "2026-11-24 18:00"},
		{incident.SetServices{Services: []string{"pay"}}, "2026-11-24 18:00"},
		{incident.SetServices{Services: []string{"mail"}, Add: true}, "2026-11-24 13:00"},
		{incident.SetServices{Services: []string{"bank"}, Add: true}, "2026-11-24 12:00"},
		{incident.Undo{}, "2026-11-24 13:00"},
		{incident.SetServices{Services: []string{"unknown"}}, "2026-11-24 18:00"},
	} {
		i = s.do(bob, x.cmd)
		due(t, i, incident.Restoration, x.restore)
	}
	s.check()
}

func TestHoursAreKeptOnceHoweverOftenThePriorityChanges(t *testing.T) {
	s := inHours(t, office())
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	for n := range 12 {
		s.do(dan, incident.SetPriority{Priority: incident.P2 + incident.Priority(n%3), Reason: "r"})
		s.sleep(24 * time.Hour)
		s.policy.Targets[incident.P3].Hours.Closed[0]++
	}
	if n := len(s.i().Hours); n > 4 {
		t.Errorf("%d calendars are kept", n)
	}
	s.check()
}

func TestLengthsAreStoredAsTheyAlwaysWere(t *testing.T) {
	for _, l := range []incident.Length{{}, incident.In(15 * time.Minute), incident.InDays(3)} {
		b, err := json.Marshal(l)
		var back incident.Length
		if err != nil || json.Unmarshal(b, &back) != nil || back != l {
			t.Errorf("%v is stored as %s and read as %v", l, b, back)
		}
	}
	b, _ := json.Marshal([]incident.Length{incident.In(time.Second), incident.InDays(2)})
	equal(t, "stored", string(b), `[1000000000,"2bd"]`)
	for _, wrong := range []string{`"0bd"`, `"xbd"`, `"-1bd"`, `1.5`, `{}`} {
		if err := new(incident.Length).UnmarshalJSON([]byte(wrong)); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

// TestInHoursNothingIsEarlyLateOrTwice drives incidents at random whose targets are counted in office hours of a zone with
// odd changes of its clocks, and holds the rules that hold without hours.
func TestInHoursNothingIsEarlyLateOrTwice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		zone := pick(r, "zone", "Asia/Tokyo", "Europe/London", "Australia/Lord_Howe")
		w.scene.policy.Targets = inHours(t, hoursIn(zone, calendar.DateAt(2026, 11, 23))).policy.Targets
		w.now = pick(r, "start", w.now, time.Date(2027, 3, 27, 20, 0, 0, 0, time.UTC), time.Date(2027, 4, 2, 20, 0, 0, 0, time.UTC))
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			w.step(r)
		}
		for _, n := range w.numbers {
			w.n = n
			w.check()
			i := w.i()
			for k := range i.Clocks {
				c := &i.Clocks[k]
				if h := i.HoursOf(c); !c.Term.IsZero() && h != nil && c.Paused.IsZero() && !c.Due.Before(c.Start) && !c.Term.From(h, c.Start).Equal(c.Due) {
					r.Fatalf("%s: from %s %s is %s, not %s", c.Kind, c.Start, c.Term, c.Term.From(h, c.Start), c.Due)
				}
			}
		}
	})
}
