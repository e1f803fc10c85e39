package main

import (
	"maps"
	"slices"
	"time"

	"matoi/incident"
	"matoi/incident/oncall"
)

// matrix is the priority matrix in force.
func (c *Config) matrix() incident.Matrix {
	switch {
	case len(c.Matrix.Result) > 0:
		return incident.Matrix{Impacts: c.Matrix.Impacts, Urgencies: c.Matrix.Urgencies, Result: c.Matrix.Result}
	case c.Matrix.Preset == "four":
		return incident.FourPriorities()
	}
	return incident.FivePriorities()
}

// zone is the organisation's; prepare has checked that it exists.
func (c *Config) zone() *time.Location {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Policy lays the configuration over the shipped policy. People come resolved, because a policy carries their ids; now says of
// which years holidays are taken.
func (c *Config) Policy(now time.Time, onCall, managers []incident.PersonID, schedules ...oncall.Schedule) incident.Policy {
	p := incident.DefaultPolicy(c.zone())
	p.Matrix = c.matrix()
	hours := c.calendars(now)
	for of := incident.P1; of <= incident.P5; of++ {
		t := c.Targets.of(of)
		p.Targets[of] = incident.Targets{
			Response: incident.Length(t.Response), Restore: incident.Length(t.Restore), FirstNotice: incident.Length(t.FirstNotice),
			CustomerNotice: incident.Length(t.CustomerNotice), Update: incident.Length(t.Update), AfterRestored: incident.Length(t.AfterRestored), Hours: hours[t.Hours],
		}
	}
	p.RoomsFrom, p.TellFrom = c.Rooms, c.Announce
	p.RemindAt, p.RemindEvery = c.Remind.At, time.Duration(c.Remind.Every)
	p.AskAfter, p.OfferFor = time.Duration(c.Remind.AskNextAfter), time.Duration(c.Remind.OfferExpiresAfter)
	p.DelegateAt, p.ReliefAt = time.Duration(c.Remind.DelegateAfter), time.Duration(c.Remind.ReliefAfter)
	p.ConfirmFor, p.ReopenFor, p.ReviewHold = time.Duration(c.ConfirmAfter), time.Duration(c.ReopenWithin), time.Duration(c.Hold.ReviewAfter)
	p.Chase = c.chase(hours)
	p.HoldStops = map[string]bool{}
	for _, what := range c.Hold.Stops {
		p.HoldStops[what] = true
	}
	p.RestoreFrom, p.OnCall, p.Managers = c.RestoreFrom, onCall, managers
	_, p.Duty = c.asked()
	p.Schedules, p.DayNames = c.inCalendars(now, schedules), c.dayNames(now)
	p.Checklist, p.Categories, p.Services = c.Checklist, c.categoriesIn(hours), c.servicesIn(hours)
	p.Further = c.further(hours, func(string) incident.PersonID { return "" })
	realms, own := c.Slack.realms()
	p.Realms = append(realms, p.Realms...) // the built-in chat has a room too: it is where one goes on while Slack is away
	p.Kept, p.Own = realms, own
	p = p.WithEscalations(nil)
	p.Version = p.Fingerprint()
	return p
}

func ids(levels []incident.Level) []string {
	out := make([]string, len(levels))
	for i, l := range levels {
		out[i] = l.ID
	}
	return out
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
