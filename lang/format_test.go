package lang

import (
	"math"
	"testing"
	"time"
)

func TestAgoCountsFullUnitsInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d      time.Duration
		ja, en string
	}{
		{0, "たった今", "just now"},
		{59 * time.Second, "たった今", "just now"},
		{time.Minute, "1分前", "1 minute ago"},
		{10*time.Minute + 59*time.Second, "10分前", "10 minutes ago"},
		{59*time.Minute + 59*time.Second, "59分前", "59 minutes ago"},
		{time.Hour, "1時間前", "1 hour ago"},
		{23*time.Hour + 59*time.Minute, "23時間前", "23 hours ago"},
		{24 * time.Hour, "1日前", "1 day ago"},
		{400 * 24 * time.Hour, "400日前", "400 days ago"},
		{-10 * time.Second, "まもなく", "in a moment"},
		{-time.Minute, "1分後", "in 1 minute"},
		{-9*time.Minute - 59*time.Second, "10分後", "in 10 minutes"},
		{-59*time.Minute - 50*time.Second, "1時間後", "in 1 hour"},
		{-2 * time.Hour, "2時間後", "in 2 hours"},
		{-23*time.Hour - 45*time.Minute, "1日後", "in 1 day"},
		{-72 * time.Hour, "3日後", "in 3 days"},
	} {
		if ja, en := Ago(JA, c.d), Ago(EN, c.d); ja != c.ja || en != c.en {
			t.Errorf("Ago(%v) = %q, %q, want %q, %q", c.d, ja, en, c.ja, c.en)
		}
	}
}

func TestAPlannedTimeNamesItsDayOfTheWeek(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time][2]string{
		now:                   {"11月21日(土) 05:00", "Sat 21 Nov 05:00"},
		now.AddDate(0, 2, -1): {"2027年1月20日(水) 05:00", "Wed 20 Jan 2027 05:00"},
	} {
		if ja, en := DayTime(JA, at, now, nil), DayTime(EN, at, now, nil); ja != want[0] || en != want[1] {
			t.Errorf("%v: %q, %q, want %q", at, ja, en, want)
		}
	}
}

func TestSpanLeavesOutEmptyUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d      time.Duration
		ja, en string
	}{
		{0, "0秒", "0 s"},
		{45 * time.Second, "45秒", "45 s"},
		{25*time.Minute + 40*time.Second, "25分", "25 min"},
		{85 * time.Minute, "1時間25分", "1 h 25 min"},
		{2 * time.Hour, "2時間", "2 h"},
		{51 * time.Hour, "2日3時間", "2 days 3 h"},
		{24*time.Hour + 5*time.Minute, "1日5分", "1 day 5 min"},
		{-85 * time.Minute, "−1時間25分", "−1 h 25 min"},
		{math.MinInt64, "−0秒", "−0 s"},
	} {
		if ja, en := Span(JA, c.d), Span(EN, c.d); ja != c.ja || en != c.en {
			t.Errorf("Span(%v) = %q, %q, want %q, %q", c.d, ja, en, c.ja, c.en)
		}
	}
}

func TestDatesAreWrittenAsEachLanguageDoes(t *testing.T) {
	t.Parallel()
	zone := tokyo(t)
	now := at(t, zone, "2026-11-21 14:35:10").UTC()
	before := at(t, zone, "2025-01-03 09:05:00").UTC()
	for _, c := range []struct{ name, got, want string }{
		{"clock", Clock(JA, now, zone), "14:35"},
		{"clock en", Clock(EN, now, zone), "14:35"},
		{"clock without zone", Clock(EN, now, nil), "05:35"},
		{"date", Date(JA, now, zone), "2026年11月21日(土)"},
		{"date en", Date(EN, now, zone), "Sat 21 Nov 2026"},
		{"this year", DateTime(JA, now, now, zone), "11月21日 14:35"},
		{"this year en", DateTime(EN, now, now, zone), "21 Nov 14:35"},
		{"another year", DateTime(JA, before, now, zone), "2025年1月3日 09:05"},
		{"another year en", DateTime(EN, before, now, zone), "3 Jan 2025 09:05"},
		{"approximate", When(JA, Moment{At: now, Approx: true}, now, zone), "11月21日 14:35頃"},
		{"approximate en", When(EN, Moment{At: now, Approx: true}, now, zone), "about 21 Nov 14:35"},
		{"exact", When(EN, Moment{At: now}, now, zone), "21 Nov 14:35"},
		{"stamp", Stamp(now, zone), "2026-11-21 14:35 JST"},
		{"stamp without zone", Stamp(now, nil), "2026-11-21 05:35 UTC"},
		{"stamp of a nameless zone", Stamp(now, time.FixedZone("", 5*3600+1800)), "2026-11-21 11:05 +0530"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

// What is written can be read back, so that an echoed time may be typed again.
func TestWhatIsWrittenCanBeRead(t *testing.T) {
	t.Parallel()
	zone := tokyo(t)
	now := at(t, zone, "2026-11-21 14:35:00").UTC()
	then := at(t, zone, "2026-11-19 23:10:00").UTC()
	for _, l := range All() {
		for _, m := range []Moment{{At: then, Dated: true}, {At: then, Dated: true, Approx: true}} {
			text := When(l, m, now, zone)
			if got, rest, ok := ParseMoment(text, now, zone); !ok || got != m || rest != "" {
				t.Errorf("%q: got %v %q %v, want %v", text, got, rest, ok, m)
			}
		}
		if got, _, ok := ParseMoment(Ago(l, 3*time.Hour), now, zone); !ok || !got.At.Equal(now.Add(-3*time.Hour)) {
			t.Errorf("%q: got %v %v", Ago(l, 3*time.Hour), got, ok)
		}
		if d, rest, ok := ParseDuration(Span(l, 85*time.Minute)); !ok || d != 85*time.Minute || rest != "" {
			t.Errorf("%q: got %v %q %v", Span(l, 85*time.Minute), d, rest, ok)
		}
	}
	if got, _, ok := ParseMoment(Stamp(then, zone), now, nil); !ok || !got.At.Equal(then) {
		t.Errorf("%q: got %v %v", Stamp(then, zone), got, ok)
	}
}
