package wording_test

import (
	"testing"

	"matoi/incident/calendar"
	"matoi/incident/wording"
	"matoi/lang"
)

func TestHoursOfAWeekAreWorded(t *testing.T) {
	nine := []calendar.Span{{From: 9 * 60, To: 18 * 60}}
	for _, x := range []struct {
		h      *calendar.Hours
		ja, en string
	}{
		{nil, "24時間365日", "around the clock"},
		{&calendar.Hours{}, "特定の日のみ", "only on single days"},
		{&calendar.Hours{Week: [7][]calendar.Span{nine, nine, nine, nine, nine, nine, nine}}, "毎日 09:00-18:00", "daily 09:00-18:00"},
		{
			&calendar.Hours{Week: [7][]calendar.Span{nil, nine, nine, nil, {{From: 540, To: 720}, {From: 780, To: 1020}}, nil, {{From: 22 * 60, To: 30 * 60}}}},
			"月〜火 09:00-18:00、木 09:00-12:00 13:00-17:00、土 22:00-06:00", "Mon–Tue 09:00-18:00, Thu 09:00-12:00 13:00-17:00, Sat 22:00-06:00",
		},
		{&calendar.Hours{Week: [7][]calendar.Span{nine, nil, nil, nil, nil, nil, nine}}, "土〜日 09:00-18:00", "Sat–Sun 09:00-18:00"},
	} {
		for l, want := range map[lang.Lang]string{lang.JA: x.ja, lang.EN: x.en} {
			if got := wording.Week(x.h, l); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}
