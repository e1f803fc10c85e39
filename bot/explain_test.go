package bot

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

func TestADeadlineIsExplained(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	h := &calendar.Hours{Name: "office", Zone: "Asia/Tokyo", Closed: []calendar.Date{calendar.DateAt(2026, 11, 22), calendar.DateAt(2026, 11, 23), calendar.DateAt(2026, 12, 30)}}
	for day := 1; day <= 5; day++ {
		h.Week[day] = []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	}
	at := time.Date(2026, 11, 20, 17, 0, 0, 0, zone)
	i := &incident.Incident{Hours: []*calendar.Hours{h}}
	for _, x := range []struct {
		name  string
		clock incident.Clock
		want  []string
		not   string
	}{
		{"open time", incident.Clock{Term: incident.In(3 * time.Hour), Hours: 1, Stood: time.Hour}, []string{"office", "Asia/Tokyo", "2026-11-23", "17:00", "p7"}, "2026-12-30"},
		{"a closed Sunday would be closed anyway", incident.Clock{Term: incident.In(3 * time.Hour), Hours: 1}, []string{"2026-11-23"}, "2026-11-22"},
		{"a day's time is not a day of theirs", incident.Clock{Term: incident.In(24 * time.Hour), Hours: 1, Stood: 25 * time.Hour}, []string{"24", "25"}, "1 day"},
		{"business days", incident.Clock{Term: incident.InDays(2), Hours: 1}, []string{"2"}, "24"},
		{"around the clock", incident.Clock{Term: incident.In(4 * time.Hour)}, []string{"24"}, "office"},
		{"a time that was named", incident.Clock{}, []string{"p7"}, "office"},
	} {
		x.clock.Start, x.clock.Base, x.clock.Policy = incident.In(x.clock.Stood).From(i.HoursOf(&x.clock), at), at, "p7"
		x.clock.Due = x.clock.Term.From(i.HoursOf(&x.clock), x.clock.Start)
		for _, l := range []lang.Lang{lang.JA, lang.EN} {
			said := WhyDue(i, &x.clock, l, at, zone)
			for _, want := range x.want {
				if !strings.Contains(said, want) && (l == lang.JA || want != "24") {
					t.Errorf("%s: %q does not say %q", x.name, said, want)
				}
			}
			if strings.Contains(said, x.not) {
				t.Errorf("%s: %q says %q", x.name, said, x.not)
			}
		}
	}
}
