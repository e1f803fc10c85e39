package bot

import (
	"testing"
	"time"
)

func TestATimeSpanIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, zone) // a Saturday
	for text, want := range map[string]string{
		"sun 09:00-18:00":                            "11-22 09:00 11-22 18:00 ",
		"sun 09:00 - 18:00 payments":                 "11-22 09:00 11-22 18:00 payments",
		"20:00-22:00":                                "11-21 20:00 11-21 22:00 ",
		"22:00-06:00":                                "11-21 22:00 11-22 06:00 ",
		"now to 18:00":                               "11-21 14:00 11-21 18:00 ",
		"now until 18:00 payments":                   "11-21 14:00 11-21 18:00 payments",
		"明日 9:00から18:00 決済":                          "11-22 09:00 11-22 18:00 決済",
		"土曜９：００〜１８：００":                               "11-28 09:00 11-28 18:00 ",
		"11/28 22:00 to 11/29 06:00":                 "11-28 22:00 11-29 06:00 ",
		"2026-11-28 09:00-18:00":                     "11-28 09:00 11-28 18:00 ",
		"2026-11-28T09:00+09:00 to 2026-12-01 09:00": "11-28 09:00 12-01 09:00 ",
		"sat":         "",
		"sat to sun":  "",
		"18:00":       "",
		"":            "",
		"- 18:00":     "",
		"09:00-":      "",
		"soon-18:00":  "",
		"to be sure":  "",
		"1-2-3-4-5-6": "",
	} {
		have := ""
		if from, to, rest, ok := spanOf(text, now, zone); ok {
			have = from.In(zone).Format("01-02 15:04 ") + to.In(zone).Format("01-02 15:04 ") + rest
		}
		if have != want {
			t.Errorf("%q: have %q, want %q", text, have, want)
		}
	}
}
