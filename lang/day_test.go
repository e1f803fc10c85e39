package lang_test

import (
	"testing"
	"time"

	"matoi/lang"
)

func TestADayAloneIsReadAndAMilestoneIsNone(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 23, 30, 0, 0, tokyo) // Friday
	for text, want := range map[string]string{
		"2026-12-15": "2026-12-15", "12/15": "2026-12-15", "12月15日": "2026-12-15", "12/15(火)まで": "2026-12-15", "15日": "2026-12-15",
		"Dec 15": "2026-12-15", "by Friday": "2026-11-20", "月曜": "2026-11-23", "明日": "2026-11-21", "today": "2026-11-20", "1/5": "2027-01-05",
		"12/15 17:00": "2026-12-15", "12月15日中に": "2026-12-15", "10日後": "2026-11-30",
		"次期リリース": "", "the next release": "", "": "", "2h": "", "17:00": "", "2/30": "", "12/15 リリース": "", "昨日": "", "Q1": "",
	} {
		got, ok := lang.ParseDay(text, now, tokyo)
		if ok != (want != "") || ok && got.Format(time.DateOnly) != want {
			t.Errorf("%q: got %v %v, want %q", text, got, ok, want)
		}
	}
}
