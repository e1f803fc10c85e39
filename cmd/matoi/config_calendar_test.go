package main

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident/calendar"
	"matoi/storage"
)

// holidays is an iCalendar file of a company's own days.
const holidays = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:創立記念日\r\nDTSTART;VALUE=DATE:20260601\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:meeting\r\nDTSTART:20261124T000000Z\r\nDTEND:20261124T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// filed is a world whose files are calendars.
func filed(files map[string]string) Env {
	return Env{Lookup: func(string) (string, bool) { return "", false }, Read: func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}}
}

func hoursOf(t *testing.T, text, name string, now time.Time) *calendar.Hours {
	t.Helper()
	c, err := ParseConfig("m.yaml", []byte(text), filed(map[string]string{"days.ics": holidays}))
	if err != nil {
		t.Fatal(err)
	}
	h := c.calendars(now)[name]
	if err := h.Validate(); h == nil || err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return h
}

func TestACalendarIsWhatTheConfigurationSays(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	h := hoursOf(t, `
calendars:
  - name: shop
    zone: Asia/Tokyo
    week: {mon-fri: "09:00-12:00 13:00-18:00", sat: "22:00-02:00"}
    holidays: [jp]
    closed: [2026-12-28, 2027-06-02..2027-06-04, 12-29..01-03, 02-29]
    open: {2026-12-31: "09:00-12:00", 2026-12-03: "", 2026-11-23: "10:00-11:00"}
    file: days.ics
`, "shop", now)
	for at, open := range map[string]bool{
		"2026-11-24T09:00:00+09:00": true, "2026-11-24T12:30:00+09:00": false, // a meeting closes nothing
		"2026-11-22T01:00:00+09:00": true,                                     // Saturday's night
		"2026-11-03T10:00:00+09:00": false,                                    // Culture Day
		"2026-11-23T10:30:00+09:00": true, "2026-11-23T09:30:00+09:00": false, // a holiday with hours of its own
		"2026-12-03T10:00:00+09:00": false, "2026-12-28T10:00:00+09:00": false, "2026-12-31T10:00:00+09:00": true,
		"2027-01-02T23:00:00+09:00": false, "2027-01-04T10:00:00+09:00": true, "2025-12-30T10:00:00+09:00": false, "2029-12-31T10:00:00+09:00": false,
		"2027-06-03T10:00:00+09:00": false, "2027-06-01T10:00:00+09:00": false, // of the file, a year later
		"2028-02-29T10:00:00+09:00": false, "2027-03-01T10:00:00+09:00": true, // there is a leap day or there is none
	} {
		v, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if h.Open(v) != open {
			t.Errorf("%s is open: %v", at, !open)
		}
	}
}

func TestOfficeHoursAreThereWithoutBeingConfigured(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	thanksgiving := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule, text string
		open       bool
	}{
		{"Japan's holidays in Japan", "zone: Asia/Tokyo\n", false},
		{"none elsewhere", "zone: Asia/Singapore\n", true},
		{"another calendar leaves them as they are", "calendars: [{name: shop, week: {daily: '00:00-24:00'}}]\n", false},
		{"one of that name takes their place", "calendars: [{name: office, week: {daily: '00:00-24:00'}}]\n", true},
	} {
		h := hoursOf(t, c.text, "office", now)
		if h.Open(thanksgiving) != c.open {
			t.Errorf("%s: open is %v", c.rule, !c.open)
		}
		if !h.Open(thanksgiving.AddDate(0, 0, 1)) {
			t.Errorf("%s: closed on Tuesday", c.rule)
		}
	}
	c := DefaultConfig()
	if got := c.calendarNames(); !slices.Equal(got, []string{"office"}) {
		t.Errorf("the calendars are %v", got)
	}
}

func TestCalendarsKnowTheHolidaysOfFiveYears(t *testing.T) {
	var years []int
	c := DefaultConfig()
	for _, day := range c.calendars(time.Date(2026, 12, 31, 15, 0, 0, 0, time.UTC))["office"].Closed { // it is 2027 in Tokyo
		if !slices.Contains(years, day.Year()) {
			years = append(years, day.Year())
		}
	}
	if !slices.Equal(years, []int{2026, 2027, 2028, 2029, 2030}) {
		t.Errorf("they are of %v", years)
	}
}

func TestMistakesOfCalendarsNameTheirPlace(t *testing.T) {
	const week = "week: {mon-fri: '09:00-18:00'}"
	for text, want := range map[string]string{
		"{name: shop, " + week + "}":                                                  "",
		"{name: shop, week: {mon-fri: '09:00-18:00', sat: ''}}":                       "",
		"{" + week + "}":                                                              "calendars[0].name",
		"{name: a b, " + week + "}":                                                   "calendars[0].name",
		"{name: 24x7, " + week + "}":                                                  "calendars[0].name",
		"{name: shop, zone: Asia/Kyoto, " + week + "}":                                "calendars[0].zone",
		"{name: shop}":                                                                "calendars[0]",
		"{name: shop, week: {mon: '09:00-08:00 07:00-10:00'}}":                        "calendars[0].week",
		"{name: shop, week: {monday: '09:00-18:00'}}":                                 "calendars[0].week.monday",
		"{name: shop, week: {mon: '9-18'}}":                                           "calendars[0].week.mon",
		"{name: shop, week: {mon-fri: '09:00-18:00', fri: '09:00-12:00'}}":            "twice",
		"{name: shop, holidays: [jq], " + week + "}":                                  "calendars[0].holidays[0]",
		"{name: shop, closed: [2026-12-32], " + week + "}":                            "calendars[0].closed[0]",
		"{name: shop, closed: ['2026-12-29..'], " + week + "}":                        "calendars[0].closed[0]",
		"{name: shop, closed: [New Year], " + week + "}":                              "calendars[0].closed[0]",
		"{name: shop, closed: [2026-12-29..2026-12-28], " + week + "}":                "calendars[0].closed[0]",
		"{name: shop, closed: [2026-12-29..2028-12-28], " + week + "}":                "calendars[0].closed[0]",
		"{name: shop, closed: [12-29..2027-01-03], " + week + "}":                     "calendars[0].closed[0]",
		"{name: shop, open: {31.12.: '09:00-12:00'}, " + week + "}":                   "calendars[0].open.31.12.",
		"{name: shop, open: {2026-12-31: '9'}, " + week + "}":                         "calendars[0].open.2026-12-31",
		"{name: shop, open: {2026-12-31: '22:00-10:00'}, week: {fri: '09:00-18:00'}}": "calendars[0].open.2026-12-31",
		"{name: shop, closed: [01-01..12-31], " + week + "}":                          "calendars[0].week",
		"{name: shop, file: none.ics, " + week + "}":                                  "none.ics",
		"{name: shop, file: page.ics, " + week + "}":                                  "line 1",
	} {
		_, err := ParseConfig("m.yaml", []byte("calendars:\n  - "+text+"\n"), filed(map[string]string{"page.ics": "<!DOCTYPE html>"}))
		var mistakes Mistakes
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), want) || len(mistakes) != 1 || mistakes[0].Line != 2 {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	_, err := ParseConfig("m.yaml", []byte("calendars:\n  - {name: a, "+week+"}\n  - {name: a, "+week+"}\n"), filed(nil))
	if err == nil || !strings.Contains(err.Error(), "m.yaml:3:") {
		t.Errorf("one name twice: %v", err)
	}
	_, err = ParseConfig("m.yaml", []byte("calendars: [{name: a, holidays: [jpn], "+week+"}]"), filed(nil))
	if err == nil || !strings.Contains(err.Error(), "jp?") {
		t.Errorf("the nearest country is not named: %v", err)
	}
}

func TestClosedDaysAreWrittenAsTheyAreRead(t *testing.T) {
	for _, text := range []string{"2026-12-29", "2026-12-29..2027-01-03", "12-29", "12-29..01-03", "02-29", "01-01..12-30", "12-29..01-03 年末年始", "2026-06-01 Our anniversary"} {
		var d DaysOff
		if err := d.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if again, err := d.MarshalText(); err != nil || string(again) != text {
			t.Errorf("%s is written %s, %v", text, again, err)
		}
	}
}

func TestCheckTellsWhatCalendarsMean(t *testing.T) {
	file := t.TempDir() + "/m.yaml"
	text := "data: " + t.TempDir() + "/none\nzone: Asia/Tokyo\ncalendars:\n  - {name: office, week: {mon-fri: '09:00-18:00'}, holidays: [jp], closed: [12-29..01-03 年末年始], open: {'2026-12-30': '09:00-12:00'}}\n  - {name: shop, zone: UTC, week: {sun: '00:00-24:00'}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for l, want := range map[string][]string{
		"en_GB": {
			"Calendar office (Asia/Tokyo): closed, opens Tue 24 Nov 09:00.",
			"closed in the next 90 days: Mon 23 Nov 2026 Labor Thanksgiving Day, Tue 29 Dec 2026 年末年始, Thu 31 Dec 2026 年末年始, Fri 1 Jan 2027 New Year's Day, Mon 11 Jan 2027 Coming of Age Day, Thu 11 Feb 2027 National Foundation Day\n",
			"Calendar shop (UTC): open until Mon 23 Nov 00:00.",
		},
		"ja_JP": {"カレンダー office (Asia/Tokyo): 閉まっています。次に開くのは 11月24日(火) 09:00 です。", "2026年11月23日(月) 勤労感謝の日, 2026年12月29日(火) 年末年始", "カレンダー shop (UTC): 11月23日(月) 00:00 まで開いています。"},
	} {
		var out, errs bytes.Buffer
		w := World{
			Env: Env{Read: os.ReadFile, Lookup: func(name string) (string, bool) { return l + ".UTF-8", name == "LANG" }},
			Out: &out, Err: &errs, Machine: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
		}
		if code := w.Run(t.Context(), []string{"check", "--config", file}); code != 0 {
			t.Fatalf("%d: %s", code, errs.String())
		}
		for _, line := range want {
			if !strings.Contains(out.String(), line) {
				t.Errorf("%s: no %q in\n%s", l, line, out.String())
			}
		}
	}
}

func TestANewYearCountsTheCalendarsAnew(t *testing.T) {
	store, err := storage.Open(t.Context(), storage.Options{Path: t.TempDir(), Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	now := time.Date(2026, 12, 31, 14, 59, 59, 0, time.UTC) // a second before midnight in Tokyo
	a := NewApp(AppOptions{Config: DefaultConfig(), Now: func() time.Time { return now }})
	a.store = store
	if err := a.live.Take(t.Context(), now, a.Config, store); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2026, 2027, 2027} {
		before := a.live.now.Load()
		if err := a.newYear(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := a.live.now.Load()
		if after.year != want || (after == before) != (before.year == want) {
			t.Errorf("at %s the calendars are of %d, want %d; taken anew: %v", now, after.year, want, after != before)
		}
		now = now.Add(time.Second)
	}
}
