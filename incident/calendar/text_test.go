package calendar_test

import (
	"encoding/json"
	"testing"

	"matoi/incident/calendar"
)

func TestSpansAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]calendar.Span{
		"09:00-18:00": {From: 540, To: 1080},
		"9:00-18:00":  {From: 540, To: 1080},
		"00:00-24:00": {From: 0, To: 1440},
		"22:00-06:00": {From: 1320, To: 1800},
		"22:00-30:00": {From: 1320, To: 1800},
		"22:00-00:00": {From: 1320, To: 1440},
		"09:00-33:00": {From: 540, To: 1980},
		"23:59-48:00": {From: 1439, To: 2880},
	} {
		if got, err := calendar.ParseSpan(text); err != nil || got != want {
			t.Errorf("%s is %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-", "09:00", "09:00-", "09:00-09:00", "24:00-25:00", "09:60-10:00", "9-18", "09:00-48:01", "+9:00-10:00", "09:00-18:00-20:00", "009:00-10:00", "09:0-10:00"} {
		if got, err := calendar.ParseSpan(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestDatesAreDaysOfTheSheet(t *testing.T) {
	for _, text := range []string{"0001-01-01", "1900-02-28", "1969-12-31", "1970-01-01", "2000-02-29", "2026-11-22", "9999-12-31"} {
		d, err := calendar.ParseDate(text)
		if err != nil || d.String() != text || calendar.DateAt(d.Year(), d.Month(), d.Day()) != d {
			t.Errorf("%s is %s %v", text, d, err)
		}
	}
	if d := calendar.DateAt(2026, 11, 22); d.Weekday() != 0 || calendar.DateAt(1969, 12, 31).Weekday() != 3 {
		t.Errorf("%s is a %s", d, d.Weekday())
	}
	for _, text := range []string{"", "2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01T00:00:00Z"} {
		if d, err := calendar.ParseDate(text); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
}

func FuzzSpans(f *testing.F) {
	for _, s := range []string{"09:00-18:00", "22:00-06:00 09:00-33:00", "9:00-12:00,13:00-17:00", "23:59-48:00", "24:00-24:00", "00:00-00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spans, err := calendar.ParseSpans(text)
		if err != nil {
			return
		}
		for _, s := range spans {
			again, err := calendar.ParseSpan(s.String())
			if err != nil || again != s {
				t.Fatalf("%q: %+v is written %s, which is %+v %v", text, s, s, again, err)
			}
		}
	})
}

func FuzzHoursJSON(f *testing.F) {
	f.Add([]byte(office))
	f.Add([]byte(nights))
	f.Add([]byte(`{"zone":"UTC","week":["","","","","","",""],"except":{"2026-12-31":""}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var h, again calendar.Hours
		if json.Unmarshal(text, &h) != nil {
			return
		}
		out, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &again); err != nil || !h.Equal(&again) {
			t.Fatalf("%s was written %s: %v", text, out, err)
		}
	})
}
