package incident_test

import (
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

// zone of a test, by its IANA name.
func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// started is what a rule comes to on a scene when ann says that it started at a local time.
func started(t *testing.T, r incident.FurtherRule, since string) (*scene, *incident.Further) {
	t.Helper()
	s := led(t, incident.P2)
	z := zone(t, r.Zone)
	at, err := time.ParseInLocation("2006-01-02 15:04", since, z)
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.Start = "rule", incident.StartAware
	s.policy.Further = []incident.FurtherRule{r}
	s.now = at
	s.do(ann, incident.BeginFurther{Rule: "rule", Since: at, Grounds: "rows were copied"})
	return s, s.i().FurtherOf("rule")
}

func TestADeadlineOfAFurtherClockIsCountedAsItsRuleSays(t *testing.T) {
	wall := func(h int) incident.Period { return incident.Period{Wall: time.Duration(h) * time.Hour} }
	days := func(n int) incident.Period { return incident.Period{Days: n} }
	business := func(n int) incident.Period { return incident.Period{Business: n} }
	tokyoHours := hoursIn("Asia/Tokyo", calendar.DateAt(2026, 11, 23), calendar.DateAt(2026, 12, 31), calendar.DateAt(2027, 1, 1))
	for _, x := range []struct {
		name, zone, since string
		after             incident.Period
		rule              incident.FurtherRule
		roll              bool
		want              string // the first instant that is too late, local
	}{
		{"72 hours by the wall", "Europe/Berlin", "2026-11-20 17:05", wall(72), incident.FurtherRule{}, false, "2026-11-23 17:05"},
		{"72 hours over the spring change are an hour later on the clock", "Europe/Berlin", "2026-03-28 10:00", wall(72), incident.FurtherRule{}, false, "2026-03-31 11:00"},
		{"72 hours over the autumn change are an hour earlier", "Europe/Berlin", "2026-10-24 10:00", wall(72), incident.FurtherRule{}, false, "2026-10-27 09:00"},
		{"five days end with the fifth", "Asia/Tokyo", "2026-11-20 17:05", days(5), incident.FurtherRule{}, false, "2026-11-26 00:00"},
		{"a minute before midnight counts like noon", "Asia/Tokyo", "2026-11-20 23:59", days(5), incident.FurtherRule{}, false, "2026-11-26 00:00"},
		{"the day of the start is day one", "Asia/Tokyo", "2026-11-20 17:05", days(5), incident.FurtherRule{DayOne: true}, false, "2026-11-25 00:00"},
		{"one day, and today is day one", "Asia/Tokyo", "2026-11-20 17:05", days(1), incident.FurtherRule{DayOne: true}, false, "2026-11-21 00:00"},
		{"over the end of a month", "Asia/Tokyo", "2026-01-29 09:00", days(30), incident.FurtherRule{}, false, "2026-03-01 00:00"},
		{"over a leap day", "Asia/Tokyo", "2028-02-28 09:00", days(2), incident.FurtherRule{}, false, "2028-03-02 00:00"},
		{"over the end of a year", "Asia/Tokyo", "2026-12-30 09:00", days(5), incident.FurtherRule{}, false, "2027-01-05 00:00"},
		{"days over the spring change end at midnight", "Europe/Berlin", "2026-03-28 10:00", days(2), incident.FurtherRule{}, false, "2026-03-31 00:00"},
		{"a midnight that the clocks leave out", "America/Santiago", "2026-09-04 10:00", days(1), incident.FurtherRule{}, false, "2026-09-06 01:00"},
		{"a last day on a Saturday gives way to Monday", "Europe/Berlin", "2026-11-18 10:00", days(3), incident.FurtherRule{Hours: hoursIn("Europe/Berlin")}, true, "2026-11-24 00:00"},
		{"and on a holiday to the day after it", "Asia/Tokyo", "2026-11-18 10:00", days(4), incident.FurtherRule{Hours: tokyoHours}, true, "2026-11-25 00:00"},
		{"a last day that is open stays", "Asia/Tokyo", "2026-11-18 10:00", days(2), incident.FurtherRule{Hours: tokyoHours}, true, "2026-11-21 00:00"},
		{"business days leave out the weekend and the holiday", "Asia/Tokyo", "2026-11-20 17:05", business(3), incident.FurtherRule{Hours: tokyoHours}, false, "2026-11-27 00:00"},
		{"business days from a Saturday", "Asia/Tokyo", "2026-11-21 12:00", business(1), incident.FurtherRule{Hours: tokyoHours}, false, "2026-11-25 00:00"},
		{"business days over the new year", "Asia/Tokyo", "2026-12-30 12:00", business(1), incident.FurtherRule{Hours: tokyoHours}, false, "2027-01-05 00:00"},
		{"business days of a calendar that never opens are days", "Asia/Tokyo", "2026-11-20 12:00", business(2), incident.FurtherRule{Hours: &calendar.Hours{Zone: "Asia/Tokyo"}}, false, "2026-11-23 00:00"},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.rule.Zone, x.rule.Stages = x.zone, []incident.FurtherStage{{ID: "report", After: x.after, Roll: x.roll}}
			_, f := started(t, x.rule, x.since)
			equal(t, "due", f.Stages[0].Due.In(zone(t, x.zone)).Format("2006-01-02 15:04"), x.want)
		})
	}
}

func TestWarningsOfAFurtherClock(t *testing.T) {
	before := func(p incident.Period) incident.Warning { return incident.Warning{Period: p} }
	after := func(p incident.Period) incident.Warning { return incident.Warning{Period: p, AfterStart: true} }
	for _, x := range []struct {
		name  string
		after incident.Period
		rule  incident.FurtherRule
		warn  []incident.Warning
		want  []string
	}{
		{"a day and an hour before 72 hours end", incident.Period{Wall: 72 * time.Hour}, incident.FurtherRule{}, []incident.Warning{before(incident.Period{Wall: time.Hour}), before(incident.Period{Wall: 24 * time.Hour})}, []string{"2026-11-22 17:05", "2026-11-23 16:05"}},
		{"the morning of the third day, as day one is the start", incident.Period{Days: 5}, incident.FurtherRule{DayOne: true}, []incident.Warning{after(incident.Period{Days: 3})}, []string{"2026-11-22 09:00"}},
		{"the morning of the day before the last", incident.Period{Days: 5}, incident.FurtherRule{}, []incident.Warning{before(incident.Period{Days: 1})}, []string{"2026-11-24 09:00"}},
		{"the last business day before", incident.Period{Days: 4}, incident.FurtherRule{Hours: hoursIn("Asia/Tokyo", calendar.DateAt(2026, 11, 23))}, []incident.Warning{before(incident.Period{Business: 1})}, nil}, // Friday morning, before it began
		{"a business day after the start", incident.Period{Days: 6}, incident.FurtherRule{Hours: hoursIn("Asia/Tokyo", calendar.DateAt(2026, 11, 23))}, []incident.Warning{after(incident.Period{Business: 1})}, []string{"2026-11-24 09:00"}},
		{"what would be before the start, or behind the end, falls away", incident.Period{Wall: 4 * time.Hour}, incident.FurtherRule{}, []incident.Warning{before(incident.Period{Wall: 24 * time.Hour}), after(incident.Period{Wall: 5 * time.Hour}), after(incident.Period{Wall: 2 * time.Hour})}, []string{"2026-11-20 19:05"}},
		{"one that is named twice is one", incident.Period{Wall: 72 * time.Hour}, incident.FurtherRule{}, []incident.Warning{before(incident.Period{Wall: 24 * time.Hour}), after(incident.Period{Wall: 48 * time.Hour})}, []string{"2026-11-22 17:05"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.rule.Zone, x.rule.Stages = "Asia/Tokyo", []incident.FurtherStage{{ID: "report", After: x.after, Warn: x.warn}}
			_, f := started(t, x.rule, "2026-11-20 17:05")
			var got []string
			for _, at := range f.Stages[0].Warn {
				got = append(got, at.In(zone(t, "Asia/Tokyo")).Format("2006-01-02 15:04"))
			}
			same(t, "warnings", got, x.want)
		})
	}
}

func TestPeriodsAreReadBackAsTheyAreWritten(t *testing.T) {
	for _, p := range []incident.Period{{Wall: 72 * time.Hour}, {Wall: 90 * time.Minute}, {Days: 5}, {Business: 3}} {
		var back incident.Period
		b, err := p.MarshalText()
		if err == nil {
			err = back.UnmarshalText(b)
		}
		if err != nil || back != p {
			t.Errorf("%s: read back as %v, %v", b, back, err)
		}
	}
	for _, bad := range []string{"", "d", "0d", "-1bd", "soon"} {
		if (&incident.Period{}).UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
