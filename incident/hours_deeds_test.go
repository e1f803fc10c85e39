package incident_test

import (
	"testing"

	"matoi/incident"
)

func TestDeedsMoveDeadlinesByWhatIsOpen(t *testing.T) {
	hold := func(why string) incident.PutHold {
		return incident.PutHold{Hold: incident.Hold{For: why, Reason: "waits"}}
	}
	for _, x := range []struct {
		name   string
		opened string
		p      incident.Priority
		does   func(s *scene) *incident.Incident
		want   map[incident.ClockKind]string
	}{
		{"a hold over a long weekend is as long as what is open of it", "2026-11-20 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-20 17:00")
			s.do(bob, hold("user"))
			s.until("2026-11-24 10:00")
			return s.do(bob, incident.Resume{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-25 18:00"}},
		{"a hold in the night is nothing", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-24 19:00")
			s.do(bob, hold("user"))
			s.until("2026-11-25 08:00")
			return s.do(bob, incident.Resume{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 16:00"}},
		{"a hold for a part stops nothing", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.do(bob, hold("part"))
			s.until("2026-11-25 10:00")
			return s.do(bob, incident.Resume{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 16:00"}},
		{"nor does one for a change", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.do(bob, hold("change"))
			s.until("2026-11-25 10:00")
			return s.do(bob, incident.Resume{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 16:00"}},
		{"a hold never stops a response or an update", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.do(ann, hold("user"))
			s.until("2026-11-24 12:00")
			return s.i()
		}, map[incident.ClockKind]string{incident.Response: "2026-11-24 13:00", incident.FirstNotice: "2026-11-24 13:00"}},
		{"raised in hours a response counts anew, and the earlier restoration stays", "2026-11-24 15:00", incident.P4, func(s *scene) *incident.Incident {
			s.until("2026-11-25 10:00")
			return s.do(ann, incident.SetPriority{Priority: incident.P3})
		}, map[incident.ClockKind]string{incident.Response: "2026-11-25 13:00", incident.Restoration: "2026-11-27 15:00"}},
		{"lowered in hours all counts from where it began", "2026-11-24 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-24 11:00")
			return s.do(ann, incident.SetPriority{Priority: incident.P4, Reason: "r"})
		}, map[incident.ClockKind]string{incident.Response: "2026-11-25 10:00", incident.Restoration: "2026-11-27 10:00"}},
		{"never worked: it counts on as if it had not been resolved", "2026-11-20 10:00", incident.P3, func(s *scene) *incident.Incident {
			s.until("2026-11-20 12:00")
			s.do(bob, incident.Resolve{})
			s.until("2026-11-22 10:00")
			return s.do(ann, incident.Reopen{Reason: "x", NeverWorked: true})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-25 16:00"}},
		{"what it is merged into keeps its own deadline", "2026-11-20 10:00", incident.P3, func(s *scene) *incident.Incident {
			into := s.n
			s.until("2026-11-24 10:00")
			s.open(ann, incident.Open{Title: "y", Priority: incident.P3})
			due(s.T, s.i(), incident.Restoration, "2026-11-26 16:00")
			from := s.do(bob, incident.Merge{Into: into})
			if c := from.Clock(incident.Restoration); c.Running() || !c.Dropped || !c.Missed.IsZero() {
				s.Errorf("what was merged counts on: %+v", c)
			}
			s.n = into
			return s.i()
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-25 16:00"}},
		{"merged by mistake it counts on, in its own hours", "2026-11-20 10:00", incident.P3, func(s *scene) *incident.Incident {
			into := s.n
			s.until("2026-11-24 10:00")
			s.open(ann, incident.Open{Title: "y", Priority: incident.P3})
			s.do(bob, incident.Merge{Into: into})
			s.until("2026-11-24 16:00")
			return s.do(bob, incident.Undo{})
		}, map[incident.ClockKind]string{incident.Restoration: "2026-11-26 16:00"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := inHours(t, office())
			s.now = japan(t, "2026-11-19 00:00")
			s.until(x.opened)
			s.open(ann, incident.Open{Title: "x", Priority: x.p})
			i := x.does(s)
			for k, want := range x.want {
				due(t, i, k, want)
			}
			s.check()
		})
	}
}
