package incident_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident"
)

// drawn is an escalation of people, with steps that wait for minutes.
func drawn(t *rapid.T) incident.Escalation {
	e := incident.Escalation{
		ID: "e", Repeat: rapid.IntRange(0, 3).Draw(t, "repeat"),
		Triggers: []incident.Trigger{
			{On: incident.OnUnacknowledged, After: time.Duration(rapid.IntRange(0, 9).Draw(t, "after")) * time.Minute},
			{On: incident.OnShare, Clock: incident.Response, Share: 50},
		},
	}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		e.Steps = append(e.Steps, incident.Step{
			Wait:    time.Duration(rapid.IntRange(1, 9).Draw(t, "wait")) * time.Minute,
			Targets: []incident.Target{{Kind: pick(t, "kind", incident.ToGroup, incident.ToNext, incident.ToManagers), People: []incident.PersonID{bob, eri}}},
		})
	}
	return e
}

// happens lets something happen that bears on calls, and time pass.
func (s *scene) happens(t *rapid.T) {
	who := pick(t, "who", bob, cho, dan, eri, fay)
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		s.try(who, incident.Acknowledge{})
	case 1, 2:
		s.try(who, incident.Decline{})
	case 3:
		s.try(who, incident.GiveETA{ETA: s.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "eta")) * time.Minute)})
	case 4:
		s.try(who, incident.Enter{Realm: "console"})
	case 5:
		s.try(matoi, incident.FailDelivery{Effect: "tell", Realm: "console", Why: "x", Person: who, Alone: true})
	case 6:
		s.sleep(time.Duration(rapid.IntRange(0, 40).Draw(t, "outage")) * time.Minute)
		s.sweep()
	default:
		s.wait(time.Duration(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "pass")))
	}
}

func TestCallsKeepTheirOrderAndTheirTimes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, e := newScene(t), drawn(rt)
		s.policy.Escalations = []incident.Escalation{e}
		s.open(ann, incident.Open{Title: "x", Priority: incident.P1})
		for range rapid.IntRange(1, 25).Draw(rt, "length") {
			s.happens(rt)
		}
		last := map[string]incident.Event{}
		spared := map[string]bool{} // somebody said that they can't, or can't be reached: it goes on at once
		for n, event := range s.all() {
			switch f := event.Fact.(type) {
			case *incident.Declined, *incident.DeliveryFailed:
				for key := range last {
					spared[key] = true
				}
			case *incident.Called:
				before := incident.Fold(s.n, s.all()[:n])
				if before.Clock(incident.Response).Running() == false && f.Trigger != "unacknowledged" {
					rt.Fatalf("%s goes on though the target was met", f.Trigger)
				}
				for _, r := range before.People {
					firm := r.State == "acknowledged" && (r.ETA.IsZero() || !r.Joined.IsZero())
					if firm || r.State == "acknowledged" && event.At.Before(r.ETA.Add(10*time.Minute)) && f.Trigger == "unacknowledged" {
						rt.Fatalf("at %s step %d though %+v", event.At, f.Taken, r)
					}
				}
				if want := (f.Taken - 1) % len(e.Steps); f.Step != want+1 {
					rt.Fatalf("the %d. step of %d is %d", f.Taken, len(e.Steps), f.Step)
				}
				if was, again := last[f.Trigger]; again && was.Fact.(*incident.Called).Since.Equal(f.Since) {
					old := was.Fact.(*incident.Called)
					if f.Taken <= old.Taken || f.Taken > old.Taken+1 && len(f.Missing) == 0 {
						rt.Fatalf("from step %d to %d", old.Taken, f.Taken)
					}
					if wait := e.Steps[old.Step-1].Wait; event.At.Before(was.At.Add(wait)) && !spared[f.Trigger] {
						rt.Fatalf("step %d at %s, %s after the one before, which waits %s", f.Taken, event.At, event.At.Sub(was.At), wait)
					}
				} else if f.Taken != 1 && len(f.Missing) == 0 {
					rt.Fatalf("it begins with step %d", f.Taken)
				}
				last[f.Trigger], spared[f.Trigger] = event, false
			}
		}
		s.check()
	})
}
