package ics_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident/calendar/ics"
)

// The samples have the shapes that the providers write, made up.
func TestCalendarsOfProviders(t *testing.T) {
	for file, c := range map[string]struct{ from, to, local, want string }{
		"google": {"2026-11-02", "2026-12-31", "Asia/Tokyo", `2026-11-02T09:00..11-09T09:00 当番: 山田花子 <hanako@example.com>
2026-11-17T09:00..11-23T09:00 当番: 佐藤太郎 <taro@example.com>
2026-11-23T00:00..11-24T00:00 勤労感謝の日 all day
2026-12-14T09:00..12-21T09:00 当番: 山田花子 <hanako@example.com>
2026-12-28T09:00..01-04T09:00 当番: 山田花子 <hanako@example.com>
`},
		"outlook": {"2026-10-23", "2026-11-03", "UTC", `2026-10-23T08:00..10-23T16:00 Smith, John
2026-10-26T09:00..10-26T17:00 Smith, John
2026-10-27T09:00..10-27T17:00 Smith, John
2026-10-28T09:00..10-28T17:00 Smith, John
2026-10-29T09:00..10-29T17:00 Smith, John
2026-10-30T09:00..10-30T17:00 Smith, John
2026-11-01T03:00..11-01T16:00 Night
2026-11-02T09:00..11-02T17:00 Smith, John
`},
		"pagerduty": {"2026-11-22", "2026-11-24", "Asia/Tokyo", `2026-11-16T09:00..11-23T09:00 On Call - Hanako Yamada - Payments <hanako@example.com>
2026-11-23T09:00..11-30T09:00 On Call - Taro Sato - Payments <taro@example.com>
`},
	} {
		text, err := os.ReadFile("testdata/" + file + ".ics")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, told(t, string(text), c.from, c.to, c.local)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// losAngeles describes the zone as files do, under a name of its own.
const losAngeles = `BEGIN:VTIMEZONE
TZID:here
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`

func TestZoneThatTheFileDescribesIsAsGoodAsAKnownOne(t *testing.T) {
	const series = "RRULE:FREQ=HOURLY;INTERVAL=5\nDURATION:PT1H"
	own := told(t, events(losAngeles+event("DTSTART;TZID=here:20260301T003000\n"+series)), "2026-03-01", "2027-03-01", "America/Los_Angeles")
	known := told(t, events(event("DTSTART;TZID=America/Los_Angeles:20260301T003000\n"+series)), "2026-03-01", "2027-03-01", "America/Los_Angeles")
	if diff := cmp.Diff(known, own); diff != "" || strings.Count(own, "\n") < 1700 {
		t.Errorf("(-known +described):\n%s", diff)
	}
}

func TestDescribedZoneHasItsErrors(t *testing.T) {
	at := "DTSTART;TZID=here:20260301T003000"
	for rule, c := range map[string]struct {
		text string
		line int
	}{
		"no change of clocks":   {"BEGIN:VTIMEZONE\nTZID:here\nEND:VTIMEZONE\n" + event(at), 4},
		"a change without time": {"BEGIN:VTIMEZONE\nTZID:here\nBEGIN:STANDARD\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n" + event(at), 6},
		"an offset of letters":  {"BEGIN:VTIMEZONE\nTZID:here\nBEGIN:STANDARD\nTZOFFSETTO:JST\nEND:STANDARD\nEND:VTIMEZONE\n" + event(at), 7},
		"daily changes":         {"BEGIN:VTIMEZONE\nTZID:here\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:+0900\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n" + event(at), 9},
	} {
		_, err := ics.Parse(strings.NewReader(events(c.text)), ics.Limits{})
		var wrong *ics.LineError
		if !errors.As(err, &wrong) || wrong.Line != c.line {
			t.Errorf("%s: %v, want line %d", rule, err, c.line)
		}
	}
}

func BenchmarkParseAndExpandAYearOfShifts(b *testing.B) {
	var text strings.Builder
	for range 200 {
		text.WriteString(event("DTSTART;TZID=Europe/London:20250106T090000\nDTEND;TZID=Europe/London:20250113T090000\nRRULE:FREQ=WEEKLY;INTERVAL=4;BYDAY=MO"))
	}
	file, from := events(text.String()), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		feed, err := ics.Parse(strings.NewReader(file), ics.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := feed.Between(from, from.AddDate(1, 0, 0), time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRuleThatNeverHappens(b *testing.B) {
	file := events(event("DTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"))
	for b.Loop() {
		if _, err := ics.Parse(strings.NewReader(file), ics.Limits{}); err == nil {
			b.Fatal("it happens")
		}
	}
}

func BenchmarkRuleThatComesTooOften(b *testing.B) {
	feed, err := ics.Parse(strings.NewReader(events(event("DTSTART:19000101T000000Z\nRRULE:FREQ=HOURLY;BYMINUTE=0,30"))), ics.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		if _, err := feed.Between(from, from.AddDate(1, 0, 0), time.UTC); err == nil {
			b.Fatal("it is gone through")
		}
	}
}
