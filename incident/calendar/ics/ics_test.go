package ics_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"matoi/incident/calendar/ics"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// events wraps a calendar around events, with the line ends of the standard.
func events(body string) string {
	return strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\n"+strings.TrimSpace(body)+"\nEND:VCALENDAR\n", "\n", "\r\n")
}

// event is one with a UID and a summary beside its own lines.
func event(lines string) string {
	return "BEGIN:VEVENT\nUID:u\nSUMMARY:s\n" + strings.TrimSpace(lines) + "\nEND:VEVENT\n"
}

// told lists what occurs as lines of times in a zone.
func told(t testing.TB, text, from, to, local string) string {
	t.Helper()
	feed, err := ics.Parse(strings.NewReader(text), ics.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	z := zone(t, local)
	a, errFrom := time.ParseInLocation(time.DateOnly, from, z)
	b, errTo := time.ParseInLocation(time.DateOnly, to, z)
	if errFrom != nil || errTo != nil {
		t.Fatal(errFrom, errTo)
	}
	all, err := feed.Between(a, b, z)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, o := range all {
		fmt.Fprintf(&out, "%s..%s %s", o.Start.In(z).Format("2006-01-02T15:04"), o.End.In(z).Format("01-02T15:04"), o.Summary)
		if o.AllDay {
			out.WriteString(" all day")
		}
		for _, who := range o.Attendees {
			out.WriteString(" <" + who + ">")
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestWhatOccurs(t *testing.T) {
	for _, c := range []struct{ rule, text, from, to, local, want string }{
		{
			"an instant in UTC", event("DTSTART:20261123T000000Z\nDTEND:20261123T090000Z"), "2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-23T09:00..11-23T18:00 s\n",
		},
		{
			"a duration", event("DTSTART:20261123T000000Z\nDURATION:P1DT12H30M"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-23T00:00..11-24T12:30 s\n",
		},
		{
			"a zone of the IANA without a description", event("DTSTART;TZID=Europe/London:20260701T090000\nDTEND;TZID=Europe/London:20260701T170000"), "2026-07-01", "2026-07-02", "UTC",
			"2026-07-01T08:00..07-01T16:00 s\n",
		},
		{
			"a zone of Windows", event("DTSTART;TZID=Tokyo Standard Time:20261123T090000\nDTEND;TZID=Tokyo Standard Time:20261123T180000"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-23T00:00..11-23T09:00 s\n",
		},
		{
			"a zone with its maker's path", event("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20261123T090000\nDURATION:PT1H"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-23T14:00..11-23T15:00 s\n",
		},
		{
			"an end in another zone", event("DTSTART;TZID=Asia/Tokyo:20261123T090000\nDTEND;TZID=Europe/London:20261123T090000"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-23T00:00..11-23T09:00 s\n",
		},
		{
			"a time without a zone is where the reader is", event("DTSTART:20261123T090000\nDTEND:20261123T180000"), "2026-11-01", "2026-12-01", "Asia/Kathmandu",
			"2026-11-23T09:00..11-23T18:00 s\n",
		},
		{
			"a whole day is where the reader is", event("DTSTART;VALUE=DATE:20261123"), "2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-23T00:00..11-24T00:00 s all day\n",
		},
		{
			"whole days over a change of clocks", event("DTSTART;VALUE=DATE:20261024\nDTEND;VALUE=DATE:20261026"), "2026-10-01", "2026-12-01", "Europe/London",
			"2026-10-24T00:00..10-26T00:00 s all day\n",
		},
		{
			"a window cuts nothing off, and takes nothing in that only touches it",
			event("DTSTART:20261101T000000Z\nDTEND:20261102T000000Z") + event("DTSTART:20261103T000000Z\nDTEND:20261105T000000Z") + event("DTSTART:20261106T000000Z\nDTEND:20261107T000000Z"),
			"2026-11-02", "2026-11-06", "UTC",
			"2026-11-03T00:00..11-05T00:00 s\n",
		},
		{
			"a moment without a length", event("DTSTART:20261102T000000Z"), "2026-11-02", "2026-11-06", "UTC",
			"2026-11-02T00:00..11-02T00:00 s\n",
		},
		{
			"a weekly shift keeps its local hours over both changes", event("DTSTART;TZID=Europe/London:20261019T090000\nDTEND;TZID=Europe/London:20261026T090000\nRRULE:FREQ=WEEKLY;INTERVAL=1"), "2026-10-20", "2026-11-03", "Europe/London",
			"2026-10-19T09:00..10-26T09:00 s\n2026-10-26T09:00..11-02T09:00 s\n2026-11-02T09:00..11-09T09:00 s\n",
		},
		{
			"a rule that ends by count", event("DTSTART:20261101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"), "2026-11-02", "2026-12-01", "UTC",
			"2026-11-02T00:00..11-02T01:00 s\n2026-11-03T00:00..11-03T01:00 s\n",
		},
		{
			"a rule that ends in UTC", event("DTSTART;TZID=Asia/Tokyo:20261101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261103T000000Z"), "2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-01T09:00..11-01T10:00 s\n2026-11-02T09:00..11-02T10:00 s\n2026-11-03T09:00..11-03T10:00 s\n",
		},
		{
			"a rule that ends on a day has that day", event("DTSTART;TZID=Asia/Tokyo:20261101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261102"), "2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-01T09:00..11-01T10:00 s\n2026-11-02T09:00..11-02T10:00 s\n",
		},
		{
			"the last Friday of each month", event("DTSTART;VALUE=DATE:20261030\nRRULE:FREQ=MONTHLY;BYDAY=-1FR"), "2026-11-01", "2027-01-01", "UTC",
			"2026-11-27T00:00..11-28T00:00 s all day\n2026-12-25T00:00..12-26T00:00 s all day\n",
		},
		{
			"a birthday on a leap day comes in leap years", event("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"), "2025-01-01", "2029-01-01", "UTC",
			"2028-02-29T00:00..03-01T00:00 s all day\n",
		},
		{
			"days taken out", event("DTSTART;TZID=Asia/Tokyo:20261101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Asia/Tokyo:20261102T090000,20261103T090000\nEXDATE;VALUE=DATE:20261104"), "2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-01T09:00..11-01T10:00 s\n2026-11-05T09:00..11-05T10:00 s\n",
		},
		{
			"days put in, none twice", event("DTSTART:20261101T090000Z\nDURATION:PT1H\nRDATE:20261105T090000Z,20261101T090000Z\nRDATE;VALUE=PERIOD:20261107T090000Z/PT1H"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-01T09:00..11-01T10:00 s\n2026-11-05T09:00..11-05T10:00 s\n2026-11-07T09:00..11-07T10:00 s\n",
		},
		{
			"one of a series is moved out of its day, one is cancelled",
			event("DTSTART;TZID=Asia/Tokyo:20261101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4") +
				event("RECURRENCE-ID;TZID=Asia/Tokyo:20261102T090000\nDTSTART;TZID=Asia/Tokyo:20261120T120000\nDURATION:PT2H") +
				event("RECURRENCE-ID:20261103T000000Z\nDTSTART;TZID=Asia/Tokyo:20261103T090000\nSTATUS:CANCELLED"),
			"2026-11-01", "2026-12-01", "Asia/Tokyo",
			"2026-11-01T09:00..11-01T10:00 s\n2026-11-04T09:00..11-04T10:00 s\n2026-11-20T12:00..11-20T14:00 s\n",
		},
		{
			"what is cancelled does not occur", event("DTSTART:20261101T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED"), "2026-11-01", "2026-12-01", "UTC", "",
		},
		{
			"the newest version of an event counts", event("SEQUENCE:2\nDTSTART:20261102T000000Z\nDURATION:PT1H") + event("SEQUENCE:1\nDTSTART:20261101T000000Z\nDURATION:PT1H"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-02T00:00..11-02T01:00 s\n",
		},
		{
			"a beginning in the hour that is skipped is the change", event("DTSTART;TZID=America/Los_Angeles:20260307T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"), "2026-03-08", "2026-03-10", "America/Los_Angeles",
			"2026-03-08T03:00..03-08T04:00 s\n",
		},
		{
			"people by mail, no rooms and nobody who declined",
			event("DTSTART:20261101T090000Z\nATTENDEE;CN=\"Hanako; Yamada\";PARTSTAT=ACCEPTED:MAILTO:hanako@example.com\nATTENDEE;PARTSTAT=DECLINED:mailto:no@example.com\nATTENDEE;CUTYPE=ROOM:mailto:room@example.com\nATTENDEE;EMAIL=taro@example.com:urn:uuid:1\nATTENDEE:urn:uuid:2"), "2026-11-01", "2026-12-01", "UTC",
			"2026-11-01T09:00..11-01T09:00 s <hanako@example.com> <taro@example.com>\n",
		},
		{
			"what stands in other components is passed over",
			"BEGIN:VTODO\nDTSTART:nonsense\nEND:VTODO\nBEGIN:VEVENT\nUID:u\nSUMMARY:s\nDTSTART:20261101T090000Z\nBEGIN:VALARM\nSUMMARY:other\nDURATION:nonsense\nEND:VALARM\nX-ANY;VALUE=BINARY:====\nEND:VEVENT\n",
			"2026-11-01", "2026-12-01", "UTC",
			"2026-11-01T09:00..11-01T09:00 s\n",
		},
	} {
		if diff := cmp.Diff(c.want, told(t, events(c.text), c.from, c.to, c.local)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.rule, diff)
		}
	}
}

func TestTextsAreUnfoldedAndUnescaped(t *testing.T) {
	folded := "BEGIN:VCALENDAR\r\nX-WR-CALNAME:当\xe7\r\n \x95\xaa\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261101T090000Z\r\nSUMMARY:夜\xe5\r\n\t\x8b\xa4\\, 山\r\n 田\\; a\\\\n\\nb\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for rule, text := range map[string]string{"as the standard has it": folded, "with the line ends of Unix, after a mark": "\ufeff" + strings.ReplaceAll(folded, "\r\n", "\n")} {
		feed, err := ics.Parse(strings.NewReader(text), ics.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		all, err := feed.Between(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), time.UTC)
		if err != nil || len(all) != 1 || all[0].Summary != "夜勤, 山田; a\\n\nb" || feed.Name != "当番" {
			t.Errorf("%s: %q %+v %v", rule, feed.Name, all, err)
		}
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		line       int
		says       string
	}{
		{"a page that asks for a password", "<!DOCTYPE html>\n<html></html>", 1, "no iCalendar file"},
		{"nothing", "", 1, "no calendar"},
		{"half of a file", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:20261101T090000Z\n", 4, "inside VEVENT"},
		{"an event without a beginning", events("BEGIN:VEVENT\nUID:u\nEND:VEVENT"), 4, "DTSTART"},
		{"no date", events(event("DTSTART:20261301T090000Z")), 7, "no date"},
		{"a zone that nobody knows", events(event("DTSTART;TZID=Mars/Olympus:20261101T090000")), 7, "Mars/Olympus"},
		{"it ends before it begins", events(event("DTSTART:20261101T090000Z\nDTEND:20261101T080000Z")), 8, "before it begins"},
		{"it ends before it begins, in another zone", events(event("DTSTART;TZID=Asia/Tokyo:20261101T090000\nDTEND:20261101T080000")), 0, ""},
		{"a day and a time", events(event("DTSTART;VALUE=DATE:20261101\nDTEND:20261101T080000Z")), 8, "whole day"},
		{"a length that is none", events(event("DTSTART:20261101T090000Z\nDURATION:1H")), 8, "length"},
		{"a rule that is none", events(event("DTSTART:20261101T090000Z\nRRULE:FREQ=SOMETIMES")), 8, "RRULE"},
		{"every second without end", events(event("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY")), 8, "every second"},
		{"a rule that never happens", events(event("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")), 8, "never happens"},
		{"a gigantic interval", events(event("DTSTART:20260101T000000Z\nRRULE:FREQ=WEEKLY;INTERVAL=1000000000000000000")), 8, "INTERVAL"},
		{"each second of a year", events(event("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYHOUR=" + upTo(24) + ";BYMINUTE=" + upTo(60) + ";BYSECOND=" + upTo(60))), 8, "too many"},
		{"hourly at some hours", events(event("DTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY;INTERVAL=24;BYHOUR=5")), 8, "hourly"},
		{"all that follow one", events(event("DTSTART:20260101T000000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260101T000000Z")), 8, "RANGE"},
		{"crossed components", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", 3, "END:VEVENT"},
	} {
		feed, err := ics.Parse(strings.NewReader(c.text), ics.Limits{})
		if c.line == 0 {
			if err != nil || feed == nil {
				t.Errorf("%s: %v", c.rule, err)
			}
			continue
		}
		var at *ics.LineError
		if !errors.As(err, &at) || at.Line != c.line || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want line %d and %q", c.rule, err, c.line, c.says)
		}
	}
}

func upTo(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprint(i)
	}
	return strings.Join(words, ",")
}

func TestBombsEndAtTheirBounds(t *testing.T) {
	from, to := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC)
	var at *ics.LineError

	hourly, err := ics.Parse(strings.NewReader(events(event("DTSTART:19000101T000000Z\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50"))), ics.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hourly.Between(from, to, time.UTC); !errors.As(err, &at) || at.Line != 8 {
		t.Errorf("ten-minute events of 127 years: %v", err)
	}

	many, err := ics.Parse(strings.NewReader(events(event("DTSTART:20261101T000000Z\nRRULE:FREQ=HOURLY"))), ics.Limits{Occurrences: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := many.Between(from, to, time.UTC); !errors.As(err, &at) || !strings.Contains(err.Error(), "1000 occurrences") {
		t.Errorf("more than may occur: %v", err)
	}

	if _, err := ics.Parse(strings.NewReader(events(event("DTSTART:20261101T000000Z")+event("DTSTART:20261101T000000Z"))), ics.Limits{Events: 1}); !errors.As(err, &at) || at.Line != 9 {
		t.Errorf("more events than may be: %v", err)
	}
}

func TestLargeFeedIsRefusedWithoutReadingIt(t *testing.T) {
	read := 0
	endless := io.TeeReader(io.LimitReader(repeat("BEGIN:VCALENDAR\r\n"), 40<<20), counter{&read})
	if _, err := ics.Parse(endless, ics.Limits{}); !errors.Is(err, ics.ErrTooLarge) {
		t.Errorf("40 MB: %v", err)
	}
	if read > 9<<20 {
		t.Errorf("%d bytes were read of what is too large", read)
	}
	if _, err := ics.Parse(iotest.TimeoutReader(strings.NewReader(events(event("DTSTART:20261101T000000Z")))), ics.Limits{}); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails halfway: %v", err)
	}
}

type repeat string

func (r repeat) Read(b []byte) (n int, err error) {
	for n < len(b) {
		n += copy(b[n:], r)
	}
	return n, nil
}

type counter struct{ n *int }

func (c counter) Write(b []byte) (int, error) {
	*c.n += len(b)
	return len(b), nil
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	tokyo := zone(t, "Asia/Tokyo")
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, tokyo)
	want := []ics.Occurrence{
		{UID: "one", Summary: "当番: " + strings.Repeat("山田花子, ", 20) + "; \\ end\nsecond line", Start: day.Add(9 * time.Hour).UTC(), End: day.Add(33 * time.Hour).UTC(), Attendees: []string{"hanako@example.com", "taro@example.com"}, Status: "confirmed"},
		{UID: "two", Summary: "all day", Start: day.AddDate(0, 0, 2), End: day.AddDate(0, 0, 4), AllDay: true},
	}
	var text, again bytes.Buffer
	stamp := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if err := ics.Write(&text, "payments", stamp, want); err != nil {
		t.Fatal(err)
	}
	if err := ics.Write(&again, "payments", stamp, want); err != nil || text.String() != again.String() {
		t.Error("the same occurrences are other bytes")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text.String(), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
		if strings.ToValidUTF8(line, "") != line {
			t.Errorf("a character was cut in two: %q", line)
		}
	}
	feed, err := ics.Parse(&text, ics.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := feed.Between(day.AddDate(0, 0, -1), day.AddDate(0, 0, 9), tokyo)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || feed.Name != "payments" {
		t.Errorf("%q (-written +read):\n%s", feed.Name, diff)
	}
}

func TestWritingMakesStableIDsAndLetsNothingIn(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	uid := func(o ics.Occurrence) string {
		var text bytes.Buffer
		if err := ics.Write(&text, "n", at, []ics.Occurrence{o}); err != nil {
			t.Fatal(err)
		}
		feed, err := ics.Parse(&text, ics.Limits{})
		if err != nil {
			t.Fatalf("%q: %v", o.Summary, err)
		}
		all, err := feed.Between(at, at.AddDate(0, 0, 2), time.UTC)
		if err != nil || len(all) != 1 {
			t.Fatalf("%q: %v %v", o.Summary, all, err)
		}
		return all[0].UID
	}
	one := ics.Occurrence{Summary: "a", Start: at, End: at.Add(time.Hour)}
	two := ics.Occurrence{Summary: "a", Start: at, End: at.Add(2 * time.Hour)}
	if first, again, other := uid(one), uid(one), uid(two); first == "" || first != again || first == other {
		t.Errorf("ids are %q, then %q, and %q of another", first, again, other)
	}
	uid(ics.Occurrence{Summary: "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\rDTSTART:20261123T000000Z\x00", UID: "x\nEND:VEVENT", Start: at, End: at, Attendees: []string{"a@b\r\nEND:VEVENT"}, Status: "x\nEND:VEVENT"})
}

func TestTheHeadOfWhatIsWrittenSaysEachThingOnce(t *testing.T) {
	var text bytes.Buffer
	if err := ics.Write(&text, "payments", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\r\n")
	for _, want := range []string{"PRODID:-//Matoi//Matoi//EN", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M", "X-WR-CALNAME:payments", "VERSION:2.0"} {
		if n := strings.Count(strings.Join(lines, "\n")+"\n", want+"\n"); n != 1 {
			t.Errorf("%s stands there %d times in\n%s", want, n, text.String())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(events(event("DTSTART;TZID=Europe/London:20261019T090000\nDTEND;TZID=Europe/London:20261026T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,-1FR;UNTIL=20271019T090000Z\nEXDATE:20261026T090000Z\nRDATE:20261027T090000Z")))
	f.Add(events(event("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYSETPOS=1;COUNT=9\nDURATION:P2W")))
	f.Add(events("BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nEND:VTIMEZONE\n" + event("DTSTART;TZID=X:20261019T090000\nSTATUS:CANCELLED\nRECURRENCE-ID:20261019T090000Z")))
	f.Fuzz(func(t *testing.T, text string) {
		feed, err := ics.Parse(strings.NewReader(text), ics.Limits{Occurrences: 1000})
		if err != nil {
			return
		}
		from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
		all, err := feed.Between(from, from.AddDate(0, 3, 0), time.UTC)
		if err != nil {
			return
		}
		for n, o := range all {
			if o.End.Before(o.Start) || n > 0 && o.Start.Before(all[n-1].Start) {
				t.Fatalf("%+v", o)
			}
		}
	})
}
