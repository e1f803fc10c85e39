package alert

import (
	"testing"
	"time"

	"matoi/bot"
)

func TestASilenceFitsWhatAllItsPatternsFit(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	a := Alert{Source: "s", Service: "db", Host: "web-01", Title: "disk *", Labels: map[string]string{"team": "x"}}
	for _, c := range []struct {
		name  string
		match map[string][]string
		want  bool
	}{
		{"exact", map[string][]string{"service": {"db"}}, true},
		{"any of a list", map[string][]string{"service": {"mail", "db"}}, true},
		{"all fields", map[string][]string{"service": {"db"}, "host": {"app-*"}}, false},
		{"stars", map[string][]string{"host": {"web-*"}}, true},
		{"none of", map[string][]string{"host": {"!web-*"}}, false},
		{"a whole expression", map[string][]string{"host": {"/^(?:web)$/"}}, false},
		{"a label", map[string][]string{"team": {"x"}}, true},
		{"a label that is not there", map[string][]string{"env": {"*"}}, false},
		{"its group", map[string][]string{"group": {"g"}}, true},
		{"another group", map[string][]string{"group": {"h"}}, false},
	} {
		s, err := NewSilences([]bot.Silence{{Number: 3, Kind: bot.ForNoise, Match: c.match, From: at, Until: at.Add(time.Hour)}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, got := s.Silent(a, "g", at); got != c.want {
			t.Errorf("%s: silent %v", c.name, got)
		}
	}
	for _, match := range []map[string][]string{nil, {}, {"service": nil}, {"title": {"/(/"}}} {
		if CheckSilence(match) == nil {
			t.Errorf("%v can be read", match)
		}
	}
	if s, err := NewSilences([]bot.Silence{{Number: 1, Match: map[string][]string{"a": {"/(/"}}}, {Number: 2, Match: map[string][]string{"a": {"b"}}}}); err == nil || len(s) != 1 {
		t.Errorf("one that can't be read costs the others: %v, %v", s, err)
	}
}

func TestTheLongestOfSeveralSilencesSaysUntilWhen(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	match := map[string][]string{"service": {"db"}}
	s, _ := NewSilences([]bot.Silence{
		{Number: 1, Match: match, From: at, Until: at.Add(time.Hour)},
		{Number: 2, Match: match, From: at, Until: at.Add(3 * time.Hour), Kind: bot.ForWork},
		{Number: 3, Match: match, From: at, Until: at.Add(2 * time.Hour)},
		{Number: 4, Match: match, From: at, Until: at.Add(9 * time.Hour), Ended: at},
		{Number: 5, Match: match, From: at.Add(time.Minute), Until: at.Add(9 * time.Hour)},
	})
	by, silent := s.Silent(Alert{Service: "db"}, "", at)
	if !silent || by.Key != "2" || !by.Until.Equal(at.Add(3*time.Hour)) || by.Why.ID != "alert.reason_maintenance" {
		t.Errorf("have %+v, %v", by, silent)
	}
	if _, silent := s.Silent(Alert{Service: "db"}, "", at.Add(9*time.Hour)); silent {
		t.Error("the end belongs to it")
	}
}

func TestWhatIsLikeAnIncidentsAlertsIsTheirGroups(t *testing.T) {
	match := Alike([]Row{{Source: "b", Group: "x*y"}, {Source: "a", Group: "z"}, {Source: "a", Group: "z"}, {Source: "a", Key: "k"}})
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s, err := NewSilences([]bot.Silence{{Match: match, From: at, Until: at.Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]bool{"x*y": true, "x-y": false, "z": true, "k": true, "zz": false} {
		if _, got := s.Silent(Alert{Source: "a"}, group, at); got != want {
			t.Errorf("group %q: %v", group, got)
		}
	}
	if Alike(nil) != nil {
		t.Error("nothing is like no alerts")
	}
}

func TestAnAlertFlapsWhenItComesOnceTooOftenInItsTime(t *testing.T) {
	d := Damping{Times: 3, Within: 10 * time.Minute}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	f := flap{}
	for n := range 20 { // three within ten minutes are not more than three
		f = flapOf(f.fired(at.Add(time.Duration(n)*4*time.Minute), d).text())
	}
	if f.flaps() || len(f.Fires) != 3 {
		t.Fatalf("have %+v", f)
	}
	f = flapOf(f.fired(at.Add(77*time.Minute), d).text())
	if !f.flaps() || f.Count != 4 || !f.still(d).Equal(at.Add(87*time.Minute)) {
		t.Errorf("have %+v, still at %v", f, f.still(d))
	}
	f.Sender = true
	if got := f.still(d); !got.Equal(at.Add(77*time.Minute + stillAfter)) {
		t.Errorf("what its sender calls flapping holds still at %v", got)
	}
	if flapOf("{broken").flaps() || flapOf("").text() != "" {
		t.Error("what can't be read keeps an alert quiet")
	}
}
