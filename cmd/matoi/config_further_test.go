package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/lang"
)

func TestMistakesInFurtherClocksAreNamedWithTheirPlace(t *testing.T) {
	const file = `people: [{name: Ann}]
further_clocks:
  - id: GDPR 33
    ja: 通知
    en: Notification
    valid_from: 2018-05-25
    start: awere
    zone: Europe/Berln
    hours: offise
    for: {categories: [securty], services: [pay], priorities: [P1]}
    stages:
      - {id: a, ja: a, en: a}
      - {id: b, ja: b, en: b, after: soon}
      - {id: c, ja: c, en: c, after: 72h, warn: [4d]}
      - {id: c, ja: c, en: c, after: 1001d}
    tell: [next, {person: An}, {group: legal}, {role: lawyer}]
  - {id: appi, ja: 速報, en: Report, valid_from: 2022-04-01, start: aware, stages: [{id: a, ja: a, en: a, after: 5d}]}
  - {id: appi, ja: 速報, en: Report, valid_from: 2022-04-01, start: aware, stages: []}
  - {id: none, ja: なし, en: None, start: opened, stages: [{id: a, ja: a, en: a, after: 5d}]}
`
	_, err := ParseConfig("m.yaml", []byte(file), world())
	if err == nil {
		t.Fatal("no mistake was found")
	}
	got := err.Error()
	for _, want := range []string{
		"m.yaml:3:5: further_clocks[0].id: “GDPR 33” can't be typed",
		"further_clocks[0].start: “awere” is none of aware,", "further_clocks[0].zone: “Europe/Berln”", "further_clocks[0].hours: “offise”",
		"further_clocks[0].for.categories[0]: “securty”", "Did you mean security?", "further_clocks[0].for.services[0]: “pay”",
		"m.yaml:12:9: further_clocks[0].stages[0].after: after is missing", "m.yaml:13:", "“soon” is no period such as 72h",
		"further_clocks[0].stages[2].warn[0]: 4d is not shorter than the stage", "m.yaml:15:", "further_clocks[0].stages[3].id: “c” is there twice",
		"further_clocks[0].tell[0]: must be one of {role: …}", "further_clocks[0].tell[1].person", "further_clocks[0].tell[2].group", "further_clocks[0].tell[3].role",
		"m.yaml:18:", "further_clocks[2].valid_from: “appi” has another version from 2022-04-01", "further_clocks[2].stages: must not be empty",
		"further_clocks[3].valid_from: must not be empty",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
}

func TestPeriodsOfFurtherClocksAreRead(t *testing.T) {
	for text, want := range map[string]incident.Period{
		"72h": {Wall: 72 * time.Hour}, "90m": {Wall: 90 * time.Minute}, "5d": {Days: 5}, "5日": {Days: 5}, "３bd": {Business: 3}, "3営業日": {Business: 3},
	} {
		var p Period
		if err := p.UnmarshalText([]byte(text)); err != nil || incident.Period(p) != want {
			t.Errorf("%s: read as %v, %v", text, p, err)
		}
		again, err := p.MarshalText()
		var back Period
		if err != nil || back.UnmarshalText(again) != nil || back != p {
			t.Errorf("%s: written as %s", text, again)
		}
	}
	var w Warn
	if err := w.UnmarshalText([]byte("3d after start")); err != nil || w != (Warn{Period: incident.Period{Days: 3}, AfterStart: true}) {
		t.Errorf("read as %v, %v", w, err)
	}
}

// TestTheExamplesOfFurtherClocksComeToTheDaysOfTheLaw: what config.example.yaml shows, by the policy with its calendars. What was
// known on Saturday, 21 November 2026, is day one; the 30th day is a Sunday, and gives way to Monday.
func TestTheExamplesOfFurtherClocksComeToTheDaysOfTheLaw(t *testing.T) {
	c, err := ParseConfig("config.example.yaml", []byte(uncommented(t)), world())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 17, 5, 0, 0, c.zone())
	p := c.Policy(at, nil, nil)
	for _, x := range []struct{ rule, stage, want string }{
		{"gdpr33", "report", "2026-11-24 17:05"},
		{"appi26", "first", "2026-11-26 00:00"},
		{"appi26", "final", "2026-12-22 00:00"},
		{"appi26-wrongful", "final", "2027-01-20 00:00"},
	} {
		entries, refusal := p.Decide(&incident.Incident{Number: 1}, incident.BeginFurther{Rule: x.rule, Since: at, Grounds: "copies"}, incident.By{Person: "p"}, at)
		if refusal != nil {
			t.Fatalf("%s: %v", x.rule, refusal)
		}
		for _, d := range entries[0].Fact.(*incident.FurtherBegan).Terms.Deadlines {
			if got := d.Due.In(c.zone()).Format("2006-01-02 15:04"); d.ID == x.stage && got != x.want {
				t.Errorf("%s/%s: due %s, want %s", x.rule, x.stage, got, x.want)
			}
		}
	}
	if _, ok := p.FurtherRule("gdpr33", time.Date(2018, 5, 24, 12, 0, 0, 0, time.UTC)); ok {
		t.Error("in force before its day")
	}
}

func TestCheckSaysWhichRulesAreInForce(t *testing.T) {
	const rule = "  - {id: %s, ja: 漏えい, en: Leak, valid_from: %s, start: %s, stages: [{id: a, ja: 速報, en: report, after: %s}]}\n"
	file := "further_clocks:\n"
	for _, v := range [][3]string{{"2010-01-01", "aware", "10d"}, {"2022-04-01", "aware", "5d"}, {"2099-01-01", "aware", "72h"}} {
		file += fmt.Sprintf(rule, "leak", v[0], v[1], v[2])
	}
	file += fmt.Sprintf(rule, "own", "2022-04-01", "opened", "3bd")
	c, err := ParseConfig("m.yaml", []byte(file), world())
	if err != nil {
		t.Fatal(err)
	}
	for l, wants := range map[lang.Lang][]string{
		lang.EN: {"leak (Leak), in force since 2022-04-01: report 5 days", "leak (Leak), in force from 2099-01-01 on: report 72 h", "3 business days of office", "! own starts by itself"},
		lang.JA: {"leak(漏えい)、2022-04-01施行: 速報 5日", "2099-01-01から施行", "3営業日"},
	} {
		var out strings.Builder
		World{Out: &out}.checkFurther(c, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), l)
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not in\n%s", l, want, out.String())
			}
		}
		if strings.Contains(out.String(), "2010-01-01") {
			t.Errorf("%s: a version that another one has taken the place of:\n%s", l, out.String())
		}
	}
}
