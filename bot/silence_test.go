package bot

import (
	"reflect"
	"testing"
	"time"
)

func TestAWeeklySilenceFollowsTheClockOfItsZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	s := Silence{Number: 1, From: at("2026-10-01 00:00"), Weekly: &Weekly{Days: []time.Weekday{time.Saturday}, From: 23 * 60, To: 4 * 60, Zone: "Europe/Berlin"}}
	for when, want := range map[string]bool{
		"2026-10-24 22:59": false, "2026-10-24 23:00": true, "2026-10-25 03:59": true, "2026-10-25 04:00": false, // clocks are set back in that night
		"2026-10-31 23:30": true, "2026-11-01 05:00": false, "2026-10-30 23:30": false, "2026-09-26 23:30": false,
	} {
		if _, on := s.At(at(when)); on != want {
			t.Errorf("%s: in force %v", when, on)
		}
	}
	if span, _ := s.At(at("2026-10-25 01:00")); span.To.Sub(span.From) != 6*time.Hour {
		t.Errorf("the night with an hour more lasts %v", span.To.Sub(span.From))
	}
	if next, ok := s.Next(at("2026-10-26 12:00")); !ok || !next.From.Equal(at("2026-10-31 23:00")) {
		t.Errorf("next %v, %v", next, ok)
	}
	if last, ok := s.Last(at("2026-10-26 12:00")); !ok || !last.To.Equal(at("2026-10-25 04:00")) {
		t.Errorf("last %v, %v", last, ok)
	}
	ended, ok := s.End("ann", at("2026-10-25 00:00"))
	if span, on := ended.At(at("2026-10-24 23:30")); !ok || !on || !span.To.Equal(at("2026-10-25 00:00")) {
		t.Errorf("cut short: %v, %v", span, on)
	}
	if _, again := ended.End("ann", at("2026-10-26 00:00")); again || !ended.Over(at("2026-10-26 00:00")) {
		t.Error("it is ended twice")
	}
}

func TestASilencesPatternsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]struct {
		name     string
		patterns []string
	}{
		"service=db":                   {"service", []string{"db"}},
		"サービス＝db,mail 2h":              {"service", []string{"db", "mail"}},
		`title="disk, full" 2h`:        {"title", []string{"disk, full"}},
		`alertname=~"Disk.*|Raid" why`: {"alertname", []string{"/^(?:Disk.*|Raid)$/"}},
		`instance!~web-.*`:             {"host", []string{"!/^(?:web-.*)$/"}},
		"host!=web-*":                  {"host", []string{"!web-*"}},
		"label.team=x=y":               {"label.team", []string{"x=y"}},
		"host=":                        {"host", nil},
	} {
		name, patterns, is := patternTyped(text)
		if !is || name != want.name || !reflect.DeepEqual(patterns, want.patterns) {
			t.Errorf("%s: %q %q %v", text, name, patterns, is)
		}
	}
	for _, text := range []string{"2h", "until 18:00", `"a=b"`, "--flag=x", ""} {
		if name, _, is := patternTyped(text); is {
			t.Errorf("%s is read as a pattern of %q", text, name)
		}
	}
}

func TestHowLongASilenceLastsIsReadAsPeopleWriteIt(t *testing.T) {
	zone := time.FixedZone("JST", 9*60*60)
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, zone)
	for text, want := range map[string]struct{ from, until, why string }{
		"2h why":                      {"22 10:00", "22 12:00", "why"},
		"for 30m":                     {"22 10:00", "22 10:30", ""},
		"2時間 理由":                      {"22 10:00", "22 12:00", "理由"},
		"until 18:00 why not":         {"22 10:00", "22 18:00", "why not"},
		"18:00まで 作業":                  {"22 10:00", "22 18:00", "作業"},
		"22:00-02:00 disks":           {"22 22:00", "23 02:00", "disks"},
		"sat 22:00 to sun 06:00 move": {"28 22:00", "29 06:00", "move"},
	} {
		var o ordered
		rest, err := o.time(text, &call{now: now, zone: zone})
		from, until := o.From.In(zone).Format("02 15:04"), o.Until.In(zone).Format("02 15:04")
		if err != nil || !o.timed || from != want.from || until != want.until || rest != want.why {
			t.Errorf("%s: %s to %s, %q, %v", text, from, until, rest, err)
		}
	}
	for _, text := range []string{"200d", "weekly", "weekly sun 25:00-26:00", "2026-11-01T09:00:00+09:00"} {
		var o ordered
		if _, err := o.time(text, &call{now: now, zone: zone}); err == nil {
			t.Errorf("%s is a time: %v", text, o.Until)
		}
	}
}
