package oncall_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident/calendar"
	"matoi/incident/oncall"
)

// in reads a local time.
func in(t testing.TB, zone, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, place(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func place(t testing.TB, zone string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// daily opens every day from one minute after midnight to another.
func daily(zone string, from, to int) *calendar.Hours {
	h := &calendar.Hours{Name: "test", Zone: zone}
	for n := range h.Week {
		h.Week[n] = []calendar.Span{{From: from, To: to}}
	}
	return h
}

// said writes shifts in a zone: "ann 03-23 09:00 - 03-30 09:00".
func said(shifts []oncall.Shift, zone *time.Location) string {
	var b strings.Builder
	for _, s := range shifts {
		fmt.Fprintf(&b, "%s %s - %s", s.Person, s.From.In(zone).Format("01-02 15:04"), s.To.In(zone).Format("01-02 15:04"))
		if s.Why != oncall.ByLayer {
			fmt.Fprintf(&b, " %s", s.Why)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func same(t *testing.T, what, have, want string) {
	t.Helper()
	if strings.TrimSpace(have) != strings.TrimSpace(strings.ReplaceAll(want, "\t", "")) {
		t.Errorf("%s: have\n%s\nwant\n%s", what, have, want)
	}
}

func TestAWeekIsHandedOverAtTheSameLocalTimeOverBothChangesOfTheClocks(t *testing.T) {
	const zone = "Europe/London"
	s := oncall.Schedule{Zone: place(t, zone), Layers: []oncall.Layer{{
		People: []string{"ann", "bob", "cho"}, Start: in(t, zone, "2026-01-05 09:00"), Turn: oncall.Turn{Every: oncall.Week, N: 1},
	}}}
	same(t, "spring", said(s.Shifts(in(t, zone, "2026-03-20 00:00"), in(t, zone, "2026-04-08 00:00")), s.Zone), `
		bob 03-20 00:00 - 03-23 09:00
		cho 03-23 09:00 - 03-30 09:00
		ann 03-30 09:00 - 04-06 09:00
		bob 04-06 09:00 - 04-08 00:00`)
	same(t, "autumn", said(s.Whole(in(t, zone, "2026-10-24 00:00"), in(t, zone, "2026-10-27 00:00")), s.Zone), `
		cho 10-19 09:00 - 10-26 09:00
		ann 10-26 09:00 - 11-02 09:00`)
	for at, want := range map[string]string{
		"2026-01-05 08:59": "", "2026-01-05 09:00": "ann", "2026-03-30 08:59": "cho", "2026-03-30 09:00": "ann", "2026-10-26 08:59": "cho", "2026-10-26 09:00": "ann",
	} {
		if have := strings.Join(s.At(in(t, zone, at)), " "); have != want {
			t.Errorf("%s: have %q, want %q", at, have, want)
		}
	}
	long := s.Whole(in(t, zone, "2026-10-25 00:00"), in(t, zone, "2026-10-25 01:00"))[0]
	if got := long.To.Sub(long.From); got != 7*24*time.Hour+time.Hour {
		t.Errorf("the week in which summer time ends is %v long", got)
	}
}

func TestADayAndHalfADayFollowTheClockOnTheWall(t *testing.T) {
	const zone = "America/Los_Angeles" // 2026-03-08 02:00 becomes 03:00, 2026-11-01 02:00 becomes 01:00
	s := oncall.Schedule{Zone: place(t, zone), Layers: []oncall.Layer{{
		People: []string{"ann", "bob"}, Start: in(t, zone, "2026-03-01 02:30"), Turn: oncall.Turn{Every: oncall.Day, N: 1},
	}}}
	same(t, "a hand-over that the clocks leave out", said(s.Whole(in(t, zone, "2026-03-07 12:00"), in(t, zone, "2026-03-09 12:00")), s.Zone), `
		ann 03-07 02:30 - 03-08 03:00
		bob 03-08 03:00 - 03-09 02:30
		ann 03-09 02:30 - 03-10 02:30`)
	s.Layers[0].Start, s.Layers[0].Turn = in(t, zone, "2026-10-31 01:30"), oncall.Turn{Every: oncall.Hour, N: 12}
	shifts := s.Whole(in(t, zone, "2026-10-31 14:00"), in(t, zone, "2026-11-01 14:00"))
	same(t, "one that comes twice", said(shifts, s.Zone), `
		bob 10-31 13:30 - 11-01 01:30
		ann 11-01 01:30 - 11-01 13:30
		bob 11-01 13:30 - 11-02 01:30`)
	if a, b := shifts[0].To.Sub(shifts[0].From), shifts[1].To.Sub(shifts[1].From); a != 12*time.Hour || b != 13*time.Hour {
		t.Errorf("it happens at the first of two equal times: have %v and %v", a, b)
	}
}

func TestLaterLayersWinWhereTheyAreOpen(t *testing.T) {
	const zone = "Asia/Tokyo"
	s := oncall.Schedule{Zone: place(t, zone), Layers: []oncall.Layer{
		{People: []string{"night"}, Start: in(t, zone, "2026-01-01 00:00"), Turn: oncall.Turn{Every: oncall.Day, N: 1}},
		{
			People: []string{"ann", "bob"}, Start: in(t, zone, "2026-01-05 00:00"), Turn: oncall.Turn{Every: oncall.Week, N: 1},
			Hours: daily(zone, 9*60, 18*60), Until: in(t, zone, "2026-01-13 12:00"),
		},
	}}
	same(t, "shifts", said(s.Shifts(in(t, zone, "2026-01-11 00:00"), in(t, zone, "2026-01-14 00:00")), s.Zone), `
		night 01-11 00:00 - 01-11 09:00
		ann 01-11 09:00 - 01-11 18:00
		night 01-11 18:00 - 01-12 09:00
		bob 01-12 09:00 - 01-12 18:00
		night 01-12 18:00 - 01-13 09:00
		bob 01-13 09:00 - 01-13 12:00
		night 01-13 12:00 - 01-14 00:00`)
}

func TestTheSunIsFollowedWithoutAGapWhileTheClocksChange(t *testing.T) {
	follow := func(person, zone string, from, to int) oncall.Layer {
		return oncall.Layer{
			Name: zone, Zone: place(t, zone), People: []string{person}, Start: in(t, zone, "2026-01-01 00:00"),
			Turn: oncall.Turn{Every: oncall.Week, N: 1}, Hours: daily(zone, from*60, to*60),
		}
	}
	s := oncall.Schedule{Name: "sun", Layers: []oncall.Layer{ // a minute of overlap at least on every day of the year
		follow("ann", "Asia/Tokyo", 9, 19), follow("liam", "Europe/London", 9, 18), follow("lea", "America/Los_Angeles", 8, 18),
	}}
	for _, window := range [][2]string{{"2026-03-07 00:00", "2026-03-11 00:00"}, {"2026-03-28 00:00", "2026-03-31 00:00"}, {"2026-10-24 00:00", "2026-11-03 00:00"}} {
		from, to := in(t, "UTC", window[0]), in(t, "UTC", window[1])
		if gaps := s.Gaps(from, to); len(gaps) > 0 {
			t.Errorf("%s: gaps %v", window[0], gaps)
		}
	}
	same(t, "the night in which summer time ends in London", said(s.Shifts(in(t, "UTC", "2026-10-24 22:00"), in(t, "UTC", "2026-10-26 12:00")), time.UTC), `
		lea 10-24 22:00 - 10-25 01:00
		ann 10-25 01:00 - 10-25 09:00
		liam 10-25 09:00 - 10-25 15:00
		lea 10-25 15:00 - 10-26 01:00
		ann 10-26 01:00 - 10-26 09:00
		liam 10-26 09:00 - 10-26 12:00`)
	s.Layers = s.Layers[:2]
	same(t, "without Los Angeles", said([]oncall.Shift{{
		Person: "gap", From: s.Gaps(in(t, "UTC", "2026-06-01 12:00"), in(t, "UTC", "2026-06-02 12:00"))[0].From,
		To: s.Gaps(in(t, "UTC", "2026-06-01 12:00"), in(t, "UTC", "2026-06-02 12:00"))[0].To, Why: oncall.ByLayer,
	}}, time.UTC), `
		gap 06-01 17:00 - 06-02 00:00`)
}

func TestOverridesWinOverEverythingLaterOnesOverEarlierOnes(t *testing.T) {
	const zone = "Asia/Tokyo"
	at := func(text string) time.Time { return in(t, zone, "2026-"+text) }
	s := oncall.Schedule{
		Zone:   place(t, zone),
		Layers: []oncall.Layer{{People: []string{"ann", "bob"}, Start: at("01-05 09:00"), Turn: oncall.Turn{Every: oncall.Day, N: 1}}},
		Overrides: []oncall.Override{
			{ID: "1", Person: "cho", From: at("01-05 12:00"), To: at("01-05 15:00")},
			{ID: "2", Person: "dan", For: "ann", From: at("01-06 06:00"), To: at("01-06 12:00")},
			{ID: "3", Person: "eve", From: at("01-05 14:00"), To: at("01-05 14:30")},
			{ID: "4", Person: "bob", From: at("01-06 20:00"), To: at("01-07 10:00")},
		},
	}
	same(t, "shifts", said(s.Shifts(at("01-05 00:00"), at("01-08 00:00")), s.Zone), `
		ann 01-05 09:00 - 01-05 12:00
		cho 01-05 12:00 - 01-05 14:00 override
		eve 01-05 14:00 - 01-05 14:30 override
		cho 01-05 14:30 - 01-05 15:00 override
		ann 01-05 15:00 - 01-06 06:00
		dan 01-06 06:00 - 01-06 09:00 override
		bob 01-06 09:00 - 01-06 20:00
		bob 01-06 20:00 - 01-07 10:00 override
		ann 01-07 10:00 - 01-08 00:00`)
	same(t, "as people think of it", said(s.Current(at("01-06 10:00")), s.Zone), "bob 01-06 09:00 - 01-07 10:00")
	next, ok := s.Next("ann", at("01-05 16:00"))
	same(t, "ann's next", said([]oncall.Shift{next}, s.Zone)+fmt.Sprint(ok), "ann 01-07 10:00 - 01-08 09:00\ntrue")
	if _, ok := s.Next("nobody", at("01-05 16:00")); ok {
		t.Error("somebody unknown has a shift")
	}
}

func TestShiftsFromElsewhereWinOverLayersAndMayOverlap(t *testing.T) {
	at := func(text string) time.Time { return in(t, "UTC", "2026-"+text) }
	s := oncall.Schedule{
		Layers: []oncall.Layer{{People: []string{"ann"}, Start: at("01-05 09:00"), Turn: oncall.Turn{Every: oncall.Week, N: 1}}},
		Fixed: []oncall.Shift{
			{Person: "bob", From: at("01-06 00:00"), To: at("01-06 12:00")}, {Person: "cho", From: at("01-06 06:00"), To: at("01-06 18:00")},
		},
		Overrides: []oncall.Override{{ID: "7", Person: "dan", For: "bob", From: at("01-06 09:00"), To: at("01-06 10:00")}},
	}
	same(t, "shifts", said(s.Shifts(at("01-05 00:00"), at("01-07 00:00")), time.UTC), `
		ann 01-05 09:00 - 01-06 00:00
		bob 01-06 00:00 - 01-06 09:00 feed
		cho 01-06 06:00 - 01-06 18:00 feed
		dan 01-06 09:00 - 01-06 10:00 override
		bob 01-06 10:00 - 01-06 12:00 feed
		ann 01-06 18:00 - 01-07 00:00`)
	if on := s.At(at("01-06 09:30")); !slices.Equal(on, []string{"dan", "cho"}) {
		t.Errorf("have %v", on)
	}
}

func TestWhoIsAlwaysOnHasOneShift(t *testing.T) {
	start := in(t, "UTC", "2026-01-01 00:00")
	s := oncall.Schedule{Layers: []oncall.Layer{{People: []string{"ann"}, Start: start, Turn: oncall.Turn{Every: oncall.Hour, N: 1}}}}
	if have := s.Current(start.AddDate(0, 6, 0)); len(have) != 1 || !have[0].From.Equal(start) {
		t.Errorf("have %v", have)
	}
	if have := s.Shifts(start, start.AddDate(50, 0, 0)); len(have) != 1 || have[0].To.Sub(start) != oncall.Longest {
		t.Errorf("a window of 50 years is cut: have %v", have)
	}
	if _, ok := s.Next("", start.Add(time.Hour)); ok {
		t.Error("there is no next one")
	}
}

func TestFaultsNameTheField(t *testing.T) {
	at := func(text string) time.Time { return in(t, "UTC", "2026-"+text) }
	good := func() oncall.Schedule {
		return oncall.Schedule{
			Layers: []oncall.Layer{{People: []string{"ann"}, Start: at("01-05 09:00"), Turn: oncall.Turn{Every: oncall.Week, N: 1}}},
			Fixed:  []oncall.Shift{{Person: "bob", From: at("01-06 00:00"), To: at("01-06 12:00")}, {Person: "cho", From: at("01-06 06:00"), To: at("01-06 18:00")}},
		}
	}
	for name, c := range map[string]struct {
		spoil func(s *oncall.Schedule)
		want  string
	}{
		"nothing":         {func(*oncall.Schedule) {}, ""},
		"nobody at all":   {func(s *oncall.Schedule) { *s = oncall.Schedule{} }, "layers nobody"},
		"empty layer":     {func(s *oncall.Schedule) { s.Layers[0].People = nil }, "layers[0].people nobody"},
		"unnamed":         {func(s *oncall.Schedule) { s.Layers[0].People = []string{"ann", " "} }, "layers[0].people[1] unnamed"},
		"no turn":         {func(s *oncall.Schedule) { s.Layers[0].Turn.N = 0 }, "layers[0].turn turn"},
		"unknown unit":    {func(s *oncall.Schedule) { s.Layers[0].Turn.Every = "year" }, "layers[0].turn turn"},
		"endless turn":    {func(s *oncall.Schedule) { s.Layers[0].Turn.N = 1 << 40 }, "layers[0].turn many"},
		"no start":        {func(s *oncall.Schedule) { s.Layers[0].Start = time.Time{} }, "layers[0].start start"},
		"ends before":     {func(s *oncall.Schedule) { s.Layers[0].Until = at("01-05 09:00") }, "layers[0].until ends"},
		"closed for ever": {func(s *oncall.Schedule) { s.Layers[0].Hours = &calendar.Hours{Zone: "UTC"} }, "layers[0].hours hours"},
		"empty shift":     {func(s *oncall.Schedule) { s.Fixed[0].To = s.Fixed[0].From }, "fixed[0].to ends"},
		"overlap":         {func(s *oncall.Schedule) { s.Fixed[1].Person = "bob" }, "fixed[1].from overlap"},
		"feed of nobody":  {func(s *oncall.Schedule) { s.Fixed[1].Person = "" }, "fixed[1].person unnamed"},
		"empty override": {func(s *oncall.Schedule) {
			s.Overrides = []oncall.Override{{Person: "cho", From: at("01-06 00:00"), To: at("01-05 00:00")}}
		}, "overrides[0].to ends"},
		"override by nobody": {func(s *oncall.Schedule) {
			s.Overrides = []oncall.Override{{From: at("01-04 00:00"), To: at("01-05 00:00")}}
		}, "overrides[0].person unnamed"},
	} {
		s := good()
		c.spoil(&s)
		have := ""
		if faults, ok := errors.AsType[oncall.Faults](s.Validate()); ok {
			have = faults[0].Path + " " + faults[0].Code
		}
		if have != c.want {
			t.Errorf("%s: have %q, want %q", name, have, c.want)
		}
	}
}
