package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident"
	"matoi/incident/oncall"
)

// scheduled is a configuration with one schedule, whose last layer is what is given.
func scheduled(layer string) string {
	return "zone: Europe/London\npeople: [{name: Ann, email: ann@example.com}, {name: Bob}]\nschedules:\n  - name: payments\n    layers:\n      - " +
		strings.ReplaceAll(strings.TrimSpace(layer), "\n", "\n        ") + "\n"
}

func TestASchedulesTimesAreReadInItsZone(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(scheduled(`
people: [ann@example.com, Bob]
turn: weekly
hand_over: mon 09:00
start: 2026-06-01
`)+"      - {people: [Bob], turn: 12h, hand_over: 08:30, start: 2026-06-01, until: 2026-07-01, zone: Asia/Tokyo, hours: {mon-fri: \"08:30-18:00\"}}\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	schedules, err := c.duties(func(name string) (incident.PersonID, error) { return incident.PersonID("id of " + name), nil })
	if err != nil {
		t.Fatal(err)
	}
	s := schedules[0]
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := s.Layers[0]; !got.Start.Equal(at("2026-06-01T08:00:00Z")) || got.Turn != (oncall.Turn{Every: oncall.Week, N: 1}) || !got.Until.IsZero() {
		t.Errorf("the first layer is %+v", got)
	}
	if got := s.Layers[1]; !got.Start.Equal(at("2026-05-31T23:30:00Z")) || got.Turn.N != 12 || !got.Until.Equal(at("2026-06-30T23:30:00Z")) || got.Zone.String() != "Asia/Tokyo" {
		t.Errorf("the second layer is %+v", got)
	}
	for text, want := range map[string]string{"2026-06-08T07:59:00Z": "id of Bob", "2026-06-08T09:30:00Z": "id of Bob", "2026-06-15T09:30:00Z": "id of ann@example.com"} {
		if got := s.At(at(text)); !cmp.Equal(got, []string{want}) {
			t.Errorf("%s: have %v, want %s", text, got, want)
		}
	}
}

func TestALayerIsOpenInTheHoursOfACalendarWithItsHolidays(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(scheduled("{people: [Ann], turn: daily, start: 2026-06-01, calendar: shop}")+
		"calendars: [{name: shop, week: {mon-fri: '09:00-17:00'}, holidays: [gb], closed: [2026-12-29]}]\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	schedules, err := c.duties(func(string) (incident.PersonID, error) { return "ann", nil })
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	s := c.Policy(now, nil, nil, schedules...).Schedules[0]
	for day, on := range map[int]bool{24: true, 25: false, 26: false, 28: false, 29: false, 30: true} { // the 26th is a Saturday, the 28th its substitute
		if have := s.At(time.Date(2026, 12, day, 12, 0, 0, 0, time.UTC)); (len(have) == 1) != on {
			t.Errorf("on the %dth: %v", day, have)
		}
	}
}

func TestWhoIsAskedMayBeWhoeverIsOnCall(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(scheduled("{people: [Ann], turn: daily, start: 2026-06-01}")+"on_call: [schedule: payments, Bob]\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	people, schedules := c.asked()
	if !cmp.Equal(people, []string{"Bob"}) || !cmp.Equal(schedules, []string{"payments"}) || !cmp.Equal(c.Policy(time.Now(), nil, nil).Duty, schedules) {
		t.Errorf("have %v and %v", people, schedules)
	}
}

func TestMistakesOfSchedulesNameTheirPlace(t *testing.T) {
	const good = "people: [Ann], turn: daily, start: 2026-06-01"
	for text, want := range map[string]string{
		"{" + good + "}":                   "",
		"{" + good + ", calendar: offise}": "schedules[0].layers[0].calendar: “offise” is none of office. Did you mean office?",
		"{" + good + ", calendar: office, hours: {mon: '09:00-10:00'}}":       "schedules[0].layers[0].hours: are those of the calendar already.",
		"{" + good + ", hours: {}}":                                           "",
		"{" + good + ", hour: mon}":                                           "schedules[0].layers[0].hour: there is no such key. Did you mean hours?",
		"{" + good + ", hours: mon}":                                          "schedules[0].layers[0].hours: keys with their values belong here (name: value).",
		"{" + good + ", hours: {mon-fry: '09:00-18:00'}}":                     "schedules[0].layers[0].hours.mon-fry: “mon-fry” names no days such as mon, mon-fri, “sat, sun” or daily.",
		"{" + good + ", hours: {mon: '9-18'}}":                                "schedules[0].layers[0].hours.mon: “9-18” is no time such as “09:00-18:00” or “09:00-12:00 13:00-18:00”.",
		"{" + good + ", hours: {mon-fri: '09:00-18:00', fri: '09:00-12:00'}}": "schedules[0].layers[0].hours.mon-fri: “fri” is there twice.",
		"{" + good + ", hours: {mon: '09:00-13:00 12:00-18:00'}}":             "schedules[0].layers[0].hours: 12:00-18:00 begins before the hours before it have ended.",
		"{" + good + ", hours: {fri-mon: ''}}":                                "schedules[0].layers[0].hours: no hour is open in a whole year.",
		"{people: [], turn: daily, start: 2026-06-01}":                        "schedules[0].layers[0].people: nobody takes turns here.",
		"{people: [Bop], turn: daily, start: 2026-06-01}":                     "schedules[0].layers[0].people[0]: nobody is called “Bop” under people. Did you mean Bob?",
		"{people: [Zaphod], turn: daily, start: 2026-06-01}":                  "schedules[0].layers[0].people[0]: nobody is called “Zaphod” under people.",
		"{people: [Ann], turn: fortnightly, start: 2026-06-01}":               "schedules[0].layers[0].turn: “fortnightly” is no length of a turn such as daily, weekly, 12h, 2d or 2w.",
		"{people: [Ann], turn: 0h, start: 2026-06-01}":                        "schedules[0].layers[0].turn: “0h” is no length of a turn such as daily, weekly, 12h, 2d or 2w.",
		"{people: [Ann], start: 2026-06-01}":                                  "schedules[0].layers[0].turn: is missing: say daily, weekly, 12h, 2d or 2w.",
		"{people: [Ann], turn: daily}":                                        "schedules[0].layers[0].start: must not be empty.",
		"{people: [Ann], turn: daily, start: 2026-02-30}":                     "schedules[0].layers[0].start: “2026-02-30” is no day such as 2026-01-05.",
		"{" + good + ", until: 2026-06-01}":                                   "schedules[0].layers[0].until: must come after the beginning.",
		"{" + good + ", hand_over: 25:00}":                                    "schedules[0].layers[0].hand_over: “25:00” is no time such as 09:00, or mon 09:00.",
		"{" + good + ", hand_over: 'tue 09:00'}":                              "schedules[0].layers[0].start: 2026-06-01 is another day of the week than hand_over says: 2026-05-26 or 2026-06-02 would fit.",
		"{people: [Ann], turn: daily, start: 2026-03-29, hand_over: '01:30'}": "schedules[0].layers[0].hand_over: on 2026-03-29 the clocks in Europe/London leave this time out. Choose another time, or another start.",
		"{" + good + ", zone: Mars/Base}":                                     "schedules[0].layers[0].zone: “Mars/Base” is no time zone such as Asia/Tokyo.",
		"{" + good + "}\n  - {name: payments, layers: [{" + good + "}]}":      "schedules[1].name: “payments” is there twice.",
		"{" + good + "}\n  - {name: 'a b', layers: [{" + good + "}]}":         "schedules[1].name: “a b” must be letters, digits, hyphens and underscores, at most 40.",
		"{" + good + "}\n  - {name: x}":                                       "schedules[1].layers: must not be empty.",
		"{" + good + "}\non_call: [schedule: paymens]":                        "on_call[0].schedule: “paymens” is none of payments. Did you mean payments?",
		"{" + good + "}\non_call: [schedule: payments, schedule: payments]":   "on_call[1]: “payments” is there twice.",
		"{" + good + "}\non_call: [shedule: payments]":                        "on_call[0].shedule: there is no such key. Did you mean schedule?",
		"{" + good + "}\non_call: [Ann, Ann]":                                 "on_call[1]: “Ann” is there twice.",
		"{" + good + "}\non_call: [{schedule: payments}, '']":                 "on_call[1].: must not be empty.",
		"{" + good + "}\n  - {name: y, zone: Mars, layers: [{" + good + "}]}": "schedules[1].zone: “Mars” is no time zone such as Asia/Tokyo.",
	} {
		text = strings.ReplaceAll(text, "\n  - ", "\n\x00")
		_, err := ParseConfig("m.yaml", []byte(strings.NewReplacer("\n        \x00", "\n  - ", "\n        on_call", "\non_call").Replace(scheduled(text))), world())
		got := ""
		if mistakes, ok := errors.AsType[Mistakes](err); ok {
			lines := strings.Split(mistakes.Error(), "\n")
			_, got, _ = strings.Cut(lines[0], ": ")
			if mistakes[0].Line < 5 {
				t.Errorf("%s: no place: %v", text, lines[0])
			}
		} else if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got != want {
			t.Errorf("%s:\nhave %s\nwant %s", text, got, want)
		}
	}
}

func TestMistakesOfSourcesNameTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"{ical: {url: 'webcal://example.com/x.ics'}}":                       "",
		"{ical: {url: 'https://example.com/x.ics'}, match: {Primary: Ann}}": "",
		"{pagerduty: {key: k, schedule: P1}}":                               "",
		"{opsgenie: {key: k, schedule: x, region: eu}}":                     "",
		"{goalert: {url: 'https://example.com', key: k, schedule: x}}":      "",

		"{}": "schedules[0].source: names exactly one of ical, pagerduty, opsgenie and goalert.",
		"{ical: {url: 'https://example.com/'}, pagerduty: {key: k, schedule: x}}": "schedules[0].source: names exactly one of ical, pagerduty, opsgenie and goalert.",
		"{ical: {url: 'http://example.com/x.ics'}}":                               "schedules[0].source.ical.url: must be an address that begins with https:// or webcal://.",

		"{ical: {}}":                                                       "schedules[0].source.ical.url: must not be empty.",
		"{ical: {url: '${MATOI_MISSING}'}}":                                "schedules[0].source.ical.url: the secret is missing: the environment variable MATOI_MISSING is not set.",
		"{icall: {url: x}}":                                                "schedules[0].source.icall: there is no such key. Did you mean ical?",
		"{pagerduty: {schedule: x}}":                                       "schedules[0].source.pagerduty.key: must not be empty.",
		"{pagerduty: {key: k}}":                                            "schedules[0].source.pagerduty.schedule: must not be empty.",
		"{pagerduty: {key: k, schedule: x, region: eur}}":                  "schedules[0].source.pagerduty.region: “eur” is none of us, eu. Did you mean eu?",
		"{opsgenie: {key: k, schedule: x, region: jp}}":                    "schedules[0].source.opsgenie.region: “jp” is none of us, eu.",
		"{goalert: {url: 'http://example.com', key: k, schedule: x}}":      "schedules[0].source.goalert.url: must be an address that begins with https://; http:// only to this machine.",
		"{ical: {url: 'https://example.com/x.ics'}, match: {Primary: An}}": "schedules[0].source.match.Primary: nobody is called “An” under people. Did you mean Ann?",

		"{goalert: {url: 'https://example.com', key: k, schedule: x}, match: {x: Zaphod}}": "schedules[0].source.match.x: nobody is called “Zaphod” under people.",
	} {
		_, err := ParseConfig("m.yaml", []byte("people: [{name: Ann, email: ann@example.com}]\nschedules:\n  - name: payments\n    source: "+text+"\n"), world())
		got := ""
		if mistakes, ok := errors.AsType[Mistakes](err); ok {
			_, got, _ = strings.Cut(strings.Split(mistakes.Error(), "\n")[0], ": ")
			if mistakes[0].Line != 4 {
				t.Errorf("%s: no place: %v", text, mistakes[0])
			}
		} else if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got != want {
			t.Errorf("%s:\nhave %s\nwant %s", text, got, want)
		}
	}
}
