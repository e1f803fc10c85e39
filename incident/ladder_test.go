package incident_test

import (
	"slices"
	"testing"
	"time"

	"matoi/incident"
)

// heard is what was said of one clock: after so many minutes, in private to whom, and whether in the room.
type heard struct {
	after int
	whom  string
	room  bool
}

// hear lets time pass and lists what was said of a clock meanwhile.
func (s *scene) hear(k incident.ClockKind, d time.Duration) (out []heard) {
	s.Helper()
	from, effects := len(s.all()), len(s.store.effects)
	s.wait(d)
	events := s.all()[from:]
	for _, e := range events {
		switch f := e.Fact.(type) {
		case *incident.Reminded:
			if f.Clock != k {
				continue
			}
		case *incident.TargetMissed:
			if f.Clock != k {
				continue
			}
		default:
			continue
		}
		h := heard{after: int(e.At.Sub(start()) / time.Minute)}
		for _, effect := range s.store.effects[effects:] {
			same := slices.ContainsFunc(events, func(o incident.Event) bool { return o.Seq == effect.Seq && o.At.Equal(e.At) })
			switch {
			case same && (effect.Kind == incident.Tell || effect.Kind == incident.Remind):
				h.whom += string(effect.Person) + " "
			case effect.Seq == e.Seq && effect.Kind == incident.Post:
				h.room = true
			}
		}
		out = append(out, h)
	}
	return out
}

// onlyRestoration is an incident of which nothing is due but the restoration, with a technical lead and a manager.
func onlyRestoration(t *testing.T, p incident.Priority) *scene {
	t.Helper()
	s := newScene(t)
	s.policy.ReliefAt, s.policy.DelegateAt, s.policy.Escalations, s.policy.Chase = 0, 0, nil, incident.Chase{}
	s.policy.Targets[p] = incident.Targets{Policy: "default", Restore: incident.In(4 * time.Hour)}
	s.open(ann, incident.Open{Title: "x", Priority: p})
	s.do(dan, incident.TakeRole{Role: incident.Manager, Person: dan})
	s.do(fay, incident.TakeRole{Role: incident.TechLead, Person: fay})
	return s
}

func TestTheLadderGoesFromWhoMustActToTheRoomAndUpAndThenRests(t *testing.T) {
	both := "p6 p4 " // fay, who sees to it, and dan, who leads; eri is the manager above
	hours := func(n int) int { return 60 * n }
	for p, up := range map[incident.Priority]string{incident.P1: both + "p5 ", incident.P2: both + "p5 ", incident.P3: both} {
		s := onlyRestoration(t, p)
		same(t, p.String(), s.hear(incident.Restoration, 86*time.Hour), []heard{
			{hours(2), both, false},
			{192, both, false},
			{hours(4), both, true}, // 50 %, 80 %, missed
			{hours(5), both, false},
			{hours(6), both, true},
			{hours(7), up, false},
			{hours(9), both, false},
			{hours(13), both, false},
			{hours(21), both, false},
			{hours(37), both, false},
			{hours(61), both, false},
			{hours(85), both, false},
		})
		s.check()
	}
}

func TestAboveAManagerIsTheNextOneWhoMaySeeIt(t *testing.T) {
	s := onlyRestoration(t, incident.P1)
	s.do(dan, incident.SetAccess{Private: true})
	same(t, "a manager who may not see it is told nothing", s.hear(incident.Restoration, 7*time.Hour)[5:], []heard{{420, "p6 p4 ", false}})
	s.do(dan, incident.SetAccess{Private: true, Add: []incident.PersonID{eri}})
	s.policy.Managers = []incident.PersonID{dan, eri}
	s.do(dan, incident.Note{Text: "x"})
	last := s.hear(incident.Restoration, 4*time.Hour)
	equal(t, "one who may is", last[len(last)-1].whom, "p6 p4 p5 ")
}

func TestASignOfLifeBeginsTheLadderAnew(t *testing.T) {
	hour := func(n int) time.Time { return start().Add(time.Duration(n) * time.Hour) }
	for name, c := range map[string]struct {
		by  incident.PersonID
		do  incident.Command
		yes bool
	}{
		"an update":                      {cho, incident.Publish{Text: "x"}, true},
		"a status":                       {cho, incident.SetStatus{To: incident.Investigating}, true},
		"a note by who sees to it":       {fay, incident.Note{Text: "x"}, true},
		"a note by who leads":            {dan, incident.Note{Text: "x"}, true},
		"a workaround by who sees to it": {fay, incident.RecordWorkaround{Text: "x"}, true},
		"a deed of who leads":            {dan, incident.AnnounceDeed{Text: "x"}, true},
		"a note by somebody else":        {cho, incident.Note{Text: "x"}, false},
		"a title":                        {dan, incident.SetTitle{Title: "y"}, false},
		"an acknowledgement":             {cho, incident.Acknowledge{}, false},
		"reminders put off":              {fay, incident.Snooze{Clock: incident.NextUpdate}, false},
		"somebody asked":                 {dan, incident.Ask{Person: cho}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := onlyRestoration(t, incident.P1)
			s.hear(incident.Restoration, 7*time.Hour) // up to the third rung
			s.sleep(time.Hour)
			s.do(c.by, c.do)
			got := s.hear(incident.Restoration, 3*time.Hour+time.Minute)
			if c.yes {
				same(t, "anew", got, []heard{{540, "p6 p4 ", false}, {600, "p6 p4 ", true}, {660, "p6 p4 p5 ", false}})
				at(t, "since", s.clock(incident.Restoration).Calmed, hour(8))
			} else {
				same(t, "as before", got, []heard{{540, "p6 p4 ", false}})
			}
			s.check()
		})
	}
	s := onlyRestoration(t, incident.P1)
	s.wait(3 * time.Hour)
	s.do(fay, incident.Note{Text: "x"})
	same(t, "what is not overdue stays as it is", s.hear(incident.Restoration, 2*time.Hour), []heard{{192, "p6 p4 ", false}, {240, "p6 p4 ", true}, {300, "p6 p4 ", false}})
}

// What is overdue in an office comes in its hours, at most once in a day of them.
func TestTheLadderKeepsOfficeHours(t *testing.T) {
	s := inHours(t, office())
	s.until("2026-11-24 09:00")
	s.policy.Escalations, s.policy.Chase = nil, incident.Chase{}
	s.policy.Targets[incident.P4] = incident.Targets{Policy: "default", Restore: incident.In(4 * time.Hour), Hours: office()}
	s.open(ann, incident.Open{Title: "x", Priority: incident.P4})
	var got []string
	for range 8 * 48 {
		before := s.i().Version
		s.sleep(30 * time.Minute)
		s.sweep()
		if s.i().Version > before {
			got = append(got, s.now.In(tokyo()).Format("02 15:04"))
		}
	}
	same(t, "9 to 18, missed at 13:00", got, []string{"24 11:00", "24 12:30", "24 13:00", "24 14:00", "24 15:00", "24 16:00", "24 18:00", "25 13:00", "26 12:00", "27 12:00", "30 12:00", "01 12:00"})
}

// The repeats of several clocks come at the same minute, so that they are one message.
func TestRepeatsOfSeveralClocksComeTogether(t *testing.T) {
	s := led(t, incident.P1)
	s.policy.DelegateAt, s.policy.ReliefAt = 0, 0
	from := len(s.store.effects)
	s.wait(2*time.Hour + time.Minute)
	told := 0
	for _, e := range s.store.effects[from:] {
		if (e.Kind == incident.Remind || e.Kind == incident.Tell) && e.Person == dan {
			told++
		}
	}
	// First notice at 5, 8 and 10 minutes, customers at 15, 24 and 30; then both at 60, 90 and 120, the last with half of the restoration.
	equal(t, "messages in two hours, of which nine reminders and misses by themselves would be more", told, 9)
	s.check()
}

func TestAReminderIsNeverEarlyAndOnAWholeMinute(t *testing.T) {
	s := newScene(t)
	s.policy.Targets[incident.P3] = incident.Targets{Policy: "default", Response: incident.In(11 * time.Minute), FirstNotice: incident.In(90 * time.Second)}
	s.sleep(20 * time.Second)
	s.open(ann, incident.Open{Title: "x", Priority: incident.P3})
	opened := s.now
	got := map[incident.ClockKind][]time.Duration{}
	for _, e := range s.wait(12 * time.Minute) {
		switch f := e.Fact.(type) {
		case *incident.Reminded:
			got[f.Clock] = append(got[f.Clock], e.At.Sub(opened))
		case *incident.TargetMissed:
			got[f.Clock] = append(got[f.Clock], e.At.Sub(opened))
		}
	}
	same(t, "50 % at 5:30, 80 % at 8:48, the miss on the second", got[incident.Response], []time.Duration{5*time.Minute + 40*time.Second, 9*time.Minute + 40*time.Second, 11 * time.Minute})
	equal(t, "45 s go up to the minute at 100 s, which is behind the time itself", got[incident.FirstNotice][0], 90*time.Second)
}
