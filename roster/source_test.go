package roster_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident/oncall"
	"matoi/roster"
)

func hour(n int) time.Time { return time.Date(2026, 11, 22, n, 0, 0, 0, time.UTC) }

func TestShiftsOfOnePersonBecomeOneAndStrangersAreListed(t *testing.T) {
	known := map[string]string{"ann@example.com": "p1", "bob": "p2"}
	shifts, unknown := roster.Shifts([]roster.Entry{
		{Names: []string{"bob"}, From: hour(3), To: hour(6)},
		{Names: []string{"ann@example.com"}, From: hour(0), To: hour(2)},
		{Names: []string{"ann@example.com", "eve"}, From: hour(1), To: hour(4)},
		{Names: []string{"eve"}, From: hour(5), To: hour(6)},
		{Names: []string{"bob"}, From: hour(6), To: hour(7)},
		{Names: []string{"bob"}, From: hour(9), To: hour(9)},
		{Names: []string{"bob"}, From: hour(10), To: hour(11)},
	}, func(name string) (string, bool) { p, ok := known[name]; return p, ok })
	want := []oncall.Shift{
		{Person: "p1", From: hour(0), To: hour(4), Why: oncall.ByFeed, Layer: -1},
		{Person: "p2", From: hour(3), To: hour(7), Why: oncall.ByFeed, Layer: -1},
		{Person: "p2", From: hour(10), To: hour(11), Why: oncall.ByFeed, Layer: -1},
	}
	if diff := cmp.Diff(want, shifts); diff != "" || !cmp.Equal(unknown, []string{"eve"}) {
		t.Errorf("unknown %v, -want +have:\n%s", unknown, diff)
	}
	s := oncall.Schedule{Fixed: shifts, AsOf: hour(0)}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}

func TestWhomANameMeans(t *testing.T) {
	people := []roster.Person{{"p1", "Ann", "ann@example.com"}, {"p2", "佐藤", "sato@example.com"}, {"p3", "Bob Lee", ""}, {"p4", "Lee", "lee@example.com"}}
	alias := map[string]string{"team lead": "p3"}
	for name, want := range map[string]string{
		"ann@example.com": "p1", "ANN@Example.com": "p1", " Ann ": "p1", "On call: Ann": "p1", "Ann (payments)": "p1", "Hannah": "", "Joann": "",
		"当番佐藤": "p2", "佐藤 当番": "p2", "Primary – sato@example.com": "p2", "Team  Lead": "p3", "Bob Lee": "p3", "On call: Bob Lee": "", // Lee stands in it, too
		"On call: Ann and 佐藤": "", "": "", "Holiday": "", "xann@example.com": "", "lee": "p4",
	} {
		if id, known := roster.Match(name, people, alias); id != want || known != (want != "") {
			t.Errorf("%q is %q (%v), not %q", name, id, known, want)
		}
	}
}
