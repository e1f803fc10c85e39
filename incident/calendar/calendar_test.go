package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"matoi/incident/calendar"
)

// read makes a calendar of the JSON that facts carry.
func read(t testing.TB, text string) *calendar.Hours {
	t.Helper()
	var h calendar.Hours
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	if err := h.Validate(); err != nil {
		t.Fatal(err)
	}
	return &h
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02T15:04:05Z07:00", s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const (
	office = `{"name":"office","zone":"Asia/Tokyo","week":["","09:00-18:00","09:00-18:00","09:00-18:00","09:00-18:00","09:00-18:00",""],
		"closed":["2026-11-23","2026-12-29","2026-12-30","2026-12-31","2027-01-01"],"except":{"2026-12-28":"09:00-12:00"}}`
	clinic = `{"zone":"Asia/Tokyo","week":["","09:00-12:00 13:00-17:00","09:00-12:00 13:00-17:00","09:00-12:00","09:00-12:00 13:00-17:00","09:00-12:00 13:00-17:00",""]}`
	nights = `{"zone":"Europe/London","week":["22:00-06:00","22:00-06:00","22:00-06:00","22:00-06:00","22:00-06:00","22:00-06:00","22:00-06:00"],"closed":["2026-12-25"]}`
	always = `{"zone":"America/Los_Angeles","week":["00:00-24:00","00:00-24:00","00:00-24:00","00:00-24:00","00:00-24:00","00:00-24:00","00:00-24:00"]}`
)

func TestAddKnownCases(t *testing.T) {
	for _, c := range []struct {
		rule, hours, from string
		add               time.Duration
		want              string
	}{
		{"within a day", office, "2026-11-24T10:00:00+09:00", 3 * time.Hour, "2026-11-24T13:00:00+09:00"},
		{"to the moment of closing, not the next opening", office, "2026-11-24T15:00:00+09:00", 3 * time.Hour, "2026-11-24T18:00:00+09:00"},
		{"a nanosecond more goes over to the next day", office, "2026-11-24T15:00:01+09:00", 3 * time.Hour, "2026-11-25T09:00:01+09:00"},
		{"over a weekend and Labour Thanksgiving Day", office, "2026-11-20T17:00:00+09:00", 2 * time.Hour, "2026-11-24T10:00:00+09:00"},
		{"from a closed day", office, "2026-11-22T03:00:00+09:00", time.Hour, "2026-11-24T10:00:00+09:00"},
		{"nothing has passed at once, closed or not", office, "2026-11-22T03:00:00+09:00", 0, "2026-11-22T03:00:00+09:00"},
		{"over New Year with a short day before", office, "2026-12-28T11:00:00+09:00", 2 * time.Hour, "2027-01-04T10:00:00+09:00"},
		{"asked in another zone", office, "2026-11-24T01:00:00Z", 3 * time.Hour, "2026-11-24T04:00:00Z"},
		{"over the noon break", clinic, "2026-11-24T11:00:00+09:00", 2 * time.Hour, "2026-11-24T14:00:00+09:00"},
		{"over midnight", nights, "2026-11-24T23:00:00Z", 3 * time.Hour, "2026-11-25T02:00:00Z"},
		{"a closed day drops the night that begins on it, not the one that ends on it", nights, "2026-12-25T05:00:00Z", 2 * time.Hour, "2026-12-26T23:00:00Z"},
		{"the night of the spring change has an hour less", nights, "2026-03-28T22:00:00Z", 8 * time.Hour, "2026-03-29T23:00:00+01:00"},
		{"the night of the autumn change has an hour more", nights, "2026-10-24T22:00:00+01:00", 9 * time.Hour, "2026-10-25T06:00:00Z"},
		{"around the clock counts every hour of a change", always, "2026-03-08T00:00:00-08:00", 24 * time.Hour, "2026-03-09T01:00:00-07:00"},
	} {
		from := at(t, c.from)
		got, ok := read(t, c.hours).Add(from, c.add)
		if want := at(t, c.want); !ok || !got.Equal(want) {
			t.Errorf("%s: %s + %s is %s %v, want %s", c.rule, c.from, c.add, got, ok, want)
		}
		if got.Location() != from.Location() {
			t.Errorf("%s: the answer is in %s", c.rule, got.Location())
		}
	}
}

func TestBetweenKnownCases(t *testing.T) {
	for _, c := range []struct {
		rule, hours, from, to string
		want                  time.Duration
	}{
		{"a working week has 45 hours", office, "2026-11-30T00:00:00+09:00", "2026-12-07T00:00:00+09:00", 45 * time.Hour},
		{"a holiday takes nine of them away", office, "2026-11-23T00:00:00+09:00", "2026-11-30T00:00:00+09:00", 36 * time.Hour},
		{"seconds count", office, "2026-11-24T17:59:58+09:00", "2026-11-25T09:00:01+09:00", 3 * time.Second},
		{"backwards is nothing", office, "2026-11-25T10:00:00+09:00", "2026-11-24T10:00:00+09:00", 0},
		{"the night with a lost hour has seven", nights, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 7 * time.Hour},
		{"the night with an hour that comes twice has nine", nights, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9 * time.Hour},
		{"an hour that comes twice counts twice, also by itself", `{"zone":"America/Los_Angeles","week":["01:00-02:00","","","","","",""]}`, "2026-11-01T00:00:00-07:00", "2026-11-02T00:00:00-08:00", 2 * time.Hour},
		{"a span inside the lost hour did not take place", `{"zone":"America/Los_Angeles","week":["02:15-02:45","","","","","",""]}`, "2026-03-08T00:00:00-08:00", "2026-03-09T00:00:00-07:00", 0},
		{"an edge inside the lost hour is the change", `{"zone":"America/Los_Angeles","week":["01:00-02:30","","","","","",""]}`, "2026-03-08T00:00:00-08:00", "2026-03-09T00:00:00-07:00", time.Hour},
		{"the same east of Greenwich", `{"zone":"Europe/Berlin","week":["01:00-02:30","","","","","",""]}`, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", time.Hour},
		{"an edge in the hour that comes twice is its first coming", `{"zone":"Europe/Berlin","week":["02:30-04:00","","","","","",""]}`, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 150 * time.Minute},
		{"the same west of Greenwich", `{"zone":"America/Los_Angeles","week":["01:30-03:00","","","","","",""]}`, "2026-11-01T00:00:00-07:00", "2026-11-02T00:00:00-08:00", 150 * time.Minute},
		{"Lord Howe's clocks change by half an hour", `{"zone":"Australia/Lord_Howe","week":["00:00-24:00","","","","","",""]}`, "2026-04-04T00:00:00Z", "2026-04-06T00:00:00Z", 24*time.Hour + 30*time.Minute},
		{"Apia's 30 December 2011 did not take place", `{"zone":"Pacific/Apia","week":["","","","","00:00-24:00","00:00-24:00","00:00-24:00"]}`, "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z", 48 * time.Hour},
		{"a leap day is a day", `{"zone":"Asia/Tokyo","week":["","","09:00-18:00","","","",""]}`, "2028-02-28T15:00:00Z", "2028-02-29T15:00:00Z", 9 * time.Hour},
	} {
		if got := read(t, c.hours).Between(at(t, c.from), at(t, c.to)); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
	}
}

func TestBusinessDaysKnownCases(t *testing.T) {
	for _, c := range []struct {
		rule, hours, from string
		days              int
		want              string
	}{
		{"the same time tomorrow", office, "2026-11-24T10:30:15+09:00", 1, "2026-11-25T10:30:15+09:00"},
		{"over a long weekend", office, "2026-11-20T10:00:00+09:00", 1, "2026-11-24T10:00:00+09:00"},
		{"three of them over New Year", office, "2026-12-28T10:00:00+09:00", 3, "2027-01-06T10:00:00+09:00"},
		{"what comes in the evening counts from the next opening", office, "2026-11-20T22:00:00+09:00", 1, "2026-11-25T09:00:00+09:00"},
		{"what comes on a closed day, too", office, "2026-11-22T12:00:00+09:00", 1, "2026-11-25T09:00:00+09:00"},
		{"on a shorter day it is due as that closes", office, "2026-12-25T15:00:00+09:00", 1, "2026-12-28T12:00:00+09:00"},
		{"in the noon break, as that begins", `{"zone":"Asia/Tokyo","week":["","09:00-17:00","09:00-12:00 13:00-17:00","","","",""]}`, "2026-11-23T12:30:00+09:00", 1, "2026-11-24T12:00:00+09:00"},
		{"before the opening, at the opening", `{"zone":"Asia/Tokyo","week":["","07:00-17:00","09:00-17:00","","","",""]}`, "2026-11-23T07:30:00+09:00", 1, "2026-11-24T09:00:00+09:00"},
		{"after midnight it is still the night's day", nights, "2026-11-24T02:00:00Z", 1, "2026-11-25T02:00:00Z"},
		{"the clock on the wall stays the same over a change", always, "2026-03-07T12:00:00-08:00", 1, "2026-03-08T12:00:00-07:00"},
		{"none is at once", office, "2026-11-22T12:00:00+09:00", 0, "2026-11-22T12:00:00+09:00"},
	} {
		got, ok := read(t, c.hours).AddDays(at(t, c.from), c.days)
		if want := at(t, c.want); !ok || !got.Equal(want) {
			t.Errorf("%s: %s + %d is %s %v, want %s", c.rule, c.from, c.days, got, ok, want)
		}
	}
}

func TestNextAndUntilKnownCases(t *testing.T) {
	h := read(t, office)
	if next, ok := h.Next(at(t, "2026-12-28T12:00:00+09:00")); !ok || !next.Equal(at(t, "2027-01-04T09:00:00+09:00")) {
		t.Errorf("after the last short day it opens at %s %v", next, ok)
	}
	if until, ok := h.Until(at(t, "2026-11-24T09:00:00+09:00")); !ok || !until.Equal(at(t, "2026-11-24T18:00:00+09:00")) {
		t.Errorf("what opens at nine closes at %s %v", until, ok)
	}
	if until, ok := h.Until(at(t, "2026-11-24T18:00:00+09:00")); ok {
		t.Errorf("the moment of closing is open until %s", until)
	}
	if until, ok := read(t, always).Until(at(t, "2026-11-24T18:00:00+09:00")); ok {
		t.Errorf("what never closes closes at %s", until)
	}
	last := &calendar.Hours{Zone: "UTC", Except: []calendar.Exception{{Date: calendar.DateAt(2026, 12, 1), Spans: []calendar.Span{{From: 600, To: 660}}}}}
	if until, ok := last.Until(at(t, "2026-12-01T10:30:00Z")); !ok || !until.Equal(at(t, "2026-12-01T11:00:00Z")) {
		t.Errorf("the last hour there is ends at %s %v", until, ok)
	}
}

func TestAroundTheClockNeedsNoCalendar(t *testing.T) {
	var h *calendar.Hours
	now := at(t, "2026-11-22T03:00:00+09:00")
	if due, ok := h.Add(now, 5*time.Hour); !ok || !due.Equal(now.Add(5*time.Hour)) {
		t.Errorf("5 hours are over at %s %v", due, ok)
	}
	if due, ok := h.AddDays(now, 2); !ok || !due.Equal(now.Add(48*time.Hour)) {
		t.Errorf("2 days are over at %s %v", due, ok)
	}
	next, ok := h.Next(now)
	if !h.Open(now) || !ok || !next.Equal(now) || h.Between(now, now.Add(time.Hour)) != time.Hour || h.Trim(now, now) != nil || h.Validate() != nil {
		t.Error("around the clock is not open all the time")
	}
	for in := range h.Spans(now, now.Add(time.Hour)) {
		if !in.Start.Equal(now) || in.End.Sub(in.Start) != time.Hour {
			t.Errorf("an hour is %v", in)
		}
	}
}

func TestWhatIsNeverReachedIsSaid(t *testing.T) {
	from := at(t, "2026-11-22T03:00:00+09:00")
	h := &calendar.Hours{Zone: "Asia/Tokyo"}
	if due, ok := h.Add(from, time.Hour); ok {
		t.Errorf("an hour has passed at %s where nothing opens", due)
	}
	if due, ok := h.AddDays(from, 1); ok {
		t.Errorf("a business day has passed at %s where nothing opens", due)
	}
	if next, ok := h.Next(from); ok {
		t.Errorf("it opens at %s", next)
	}
	if due, ok := read(t, office).Add(from, 30*365*24*time.Hour); ok {
		t.Errorf("262,800 hours have passed at %s", due)
	}
	if due, ok := read(t, office).AddDays(from, 100_000); ok {
		t.Errorf("100,000 business days have passed at %s", due)
	}
}

func TestValidateSaysWhatIsWrongAndWhere(t *testing.T) {
	nine := []calendar.Span{{From: 540, To: 1080}}
	night := []calendar.Span{{From: 1320, To: 1800}}
	d := calendar.DateAt(2026, 12, 1) // a Tuesday
	all := make([]calendar.Date, 400)
	for i := range all {
		all[i] = d + calendar.Date(i)
	}
	for _, c := range []struct {
		rule, where, why string
		hours            calendar.Hours
	}{
		{"a zone is needed", "zone", calendar.WrongZone, calendar.Hours{Week: [7][]calendar.Span{nine}}},
		{"the machine's own zone is none", "zone", calendar.WrongZone, calendar.Hours{Zone: "Local", Week: [7][]calendar.Span{nine}}},
		{"an unknown zone", "zone", calendar.WrongZone, calendar.Hours{Zone: "Asia/Kyoto", Week: [7][]calendar.Span{nine}}},
		{"an empty span", "week.sun", calendar.WrongSpan, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{{{From: 540, To: 540}}}}},
		{"a span beyond 48:00", "week.sun", calendar.WrongSpan, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{{{From: 540, To: 2881}}}}},
		{"two that overlap", "week.mon", calendar.WrongOverlap, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{1: {{From: 540, To: 720}, {From: 719, To: 1080}}}}},
		{"the night before runs into the morning", "week.tue", calendar.WrongOverlap, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{1: night, 2: {{From: 300, To: 1080}}}}},
		{"Saturday's night into Sunday's morning", "week.sun", calendar.WrongOverlap, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{6: night, 0: {{From: 300, To: 1080}}}}},
		{"an exception under the night before", "except.2026-12-01", calendar.WrongOverlap, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{1: night}, Except: []calendar.Exception{{d, []calendar.Span{{From: 300, To: 400}}}}}},
		{"an exception that runs into the next day", "except.2026-12-01", calendar.WrongOverlap, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{3: {{From: 300, To: 400}}}, Except: []calendar.Exception{{d, night}}}},
		{"days out of order", "closed", calendar.WrongOrder, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{nine}, Closed: []calendar.Date{d, d - 1}}},
		{"an exception twice", "except.2026-12-01", calendar.WrongOrder, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{nine}, Except: []calendar.Exception{{d, nil}, {d, nil}}}},
		{"never open", "week", calendar.WrongNever, calendar.Hours{Zone: "UTC"}},
		{"closed for a year", "week", calendar.WrongNever, calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{nine, nine, nine, nine, nine, nine, nine}, Closed: all}},
	} {
		err := c.hours.Validate()
		var invalid *calendar.Invalid
		if !errors.As(err, &invalid) || invalid.Where != c.where || invalid.Why != c.why || invalid.Error() == "" {
			t.Errorf("%s: %v", c.rule, err)
		}
	}
	touching := calendar.Hours{Zone: "UTC", Week: [7][]calendar.Span{1: night, 2: {{From: 360, To: 1080}, {From: 1080, To: 1200}}}}
	if err := touching.Validate(); err != nil {
		t.Errorf("spans that touch: %v", err)
	}
}

func TestTrimKeepsWhatCountsOnly(t *testing.T) {
	h := read(t, office).Trim(at(t, "2026-11-20T00:00:00Z"), at(t, "2026-11-27T00:00:00Z"))
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"office","zone":"Asia/Tokyo","week":["","09:00-18:00","09:00-18:00","09:00-18:00","09:00-18:00","09:00-18:00",""],"closed":["2026-11-23"]}`
	if string(text) != want {
		t.Errorf("trimmed it is %s", text)
	}
}

func BenchmarkAddTenBusinessDays(b *testing.B) {
	h, from := read(b, office), at(b, "2026-11-20T17:00:00+09:00")
	for b.Loop() {
		h.Add(from, 90*time.Hour)
	}
}

func BenchmarkAddOneYear(b *testing.B) {
	h, from := read(b, office), at(b, "2026-11-20T17:00:00+09:00")
	for b.Loop() {
		h.Add(from, 2300*time.Hour)
	}
}

func BenchmarkBetweenTenDays(b *testing.B) {
	h, from := read(b, office), at(b, "2026-11-20T17:00:00+09:00")
	for b.Loop() {
		h.Between(from, from.AddDate(0, 0, 10))
	}
}

func BenchmarkReadAndAdd(b *testing.B) {
	text, from := []byte(office), at(b, "2026-11-20T17:00:00+09:00")
	for b.Loop() {
		var h calendar.Hours
		if err := json.Unmarshal(text, &h); err != nil {
			b.Fatal(err)
		}
		h.Add(from, 4*time.Hour)
	}
}
