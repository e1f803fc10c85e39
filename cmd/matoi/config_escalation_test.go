package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"matoi/incident"
	"matoi/lang"
)

const ladders = `people: [{name: Ann, email: ann@example.com}, {name: Bob}]
services: [{name: pay}]
managers: [Ann]
schedules:
  - name: payments
    layers: [{people: [Ann, Bob], turn: daily, start: 2026-06-01, hours: {mon-fri: "09:00-18:00"}}]
groups: [{name: db, people: [Ann, Bob]}]
`

func TestEscalationsComeOutAsTheRulesKnowThem(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(ladders+`escalations:
  - name: payments
    ja: 決済
    for: {from: P1, to: P2, services: [pay]}
    when: [{on: unacknowledged, after: 5m}, {on: share, clock: response, share: 80}, {on: vacant, role: tech-lead, after: 10m}]
    steps:
      - {call: [{schedule: payments}], wait: 5m}
      - {call: [{group: db}, {person: ann@example.com}, {role: scribe}, {vendor: Acme 12-3}], wait: 7m, line: functional}
      - {call: [next, on_call, managers, room], wait: 1h}
    repeat: 2
    then: management
`), world())
	if err != nil {
		t.Fatal(err)
	}
	id := func(name string) (incident.PersonID, error) { return incident.PersonID("id of " + name), nil }
	p, err := c.escalate(c.Policy(time.Now(), nil, []incident.PersonID{"m"}), id)
	if err != nil {
		t.Fatal(err)
	}
	want := incident.Escalation{
		ID: "payments", JA: "決済", For: incident.Scope{From: incident.P1, To: incident.P2, Services: []string{"pay"}}, Repeat: 2, Then: "management",
		Triggers: []incident.Trigger{
			{On: incident.OnUnacknowledged, After: 5 * time.Minute},
			{On: incident.OnShare, Clock: incident.Response, Share: 80},
			{On: incident.OnVacant, Role: incident.TechLead, After: 10 * time.Minute},
		},
		Steps: []incident.Step{
			{Wait: 5 * time.Minute, Targets: []incident.Target{{Kind: incident.ToOnCall, Name: "payments"}}},
			{Wait: 7 * time.Minute, Line: "functional", Targets: []incident.Target{
				{Kind: incident.ToGroup, Name: "db", People: []incident.PersonID{"id of Ann", "id of Bob"}},
				{Kind: incident.ToPerson, Name: "ann@example.com", People: []incident.PersonID{"id of ann@example.com"}},
				{Kind: incident.ToRole, Name: "scribe"},
				{Kind: incident.ToVendor, Name: "Acme 12-3"},
			}},
			{Wait: time.Hour, Targets: []incident.Target{{Kind: incident.ToNext}, {Kind: incident.ToOnCall}, {Kind: incident.ToManagers}, {Kind: incident.ToRoom}}},
		},
	}
	if diff := cmp.Diff(want, p.Escalations[0]); diff != "" {
		t.Error(diff)
	}
	if last := p.Escalations[len(p.Escalations)-1]; last.ID != "management-later" {
		t.Errorf("the shipped ones come last: %s", last.ID)
	}
	noon := time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)
	if p.QuietFrom != incident.P3 || !p.CallHours.Open(noon) || p.CallHours.Open(noon.Add(11*time.Hour)) || p.Paging {
		t.Errorf("calls from %s at %+v, paging %v", p.QuietFrom, p.CallHours, p.Paging)
	}
	if before := c.Policy(time.Now(), nil, []incident.PersonID{"m"}); before.Version == p.Version {
		t.Error("deadlines depend on escalations")
	}
}

func TestMistakesInEscalationsNameTheirKey(t *testing.T) {
	step := "steps: [{call: [next], wait: 5m}]"
	for text, want := range map[string]string{
		"{name: e}":                   "escalations[0].steps: must not be empty.",
		"{name: 'a b', " + step + "}": "escalations[0].name: “a b” must be letters, digits, hyphens and underscores, at most 40.",
		"{name: e, steps: [{call: [next], wait: 4s}]}":                           "escalations[0].steps[0].wait: must be at least five seconds (5s). People need minutes; seconds are for a drill.",
		"{name: e, steps: [{wait: 5m}]}":                                         "escalations[0].steps[0].call: must not be empty.",
		"{name: e, steps: [{call: [nxt], wait: 5m}]}":                            "escalations[0].steps[0].call[0]: “nxt” is none of next, on_call, managers, room. Did you mean next?",
		"{name: e, steps: [{call: [{}], wait: 5m}]}":                             "escalations[0].steps[0].call[0]: one thing belongs here: next, on_call, managers, room, or one of the keys person, group, role, schedule and vendor.",
		"{name: e, steps: [{call: [{person: Bop}], wait: 5m}]}":                  "escalations[0].steps[0].call[0].person: nobody is called “Bop” under people. Did you mean Bob?",
		"{name: e, steps: [{call: [{group: dp}], wait: 5m}]}":                    "escalations[0].steps[0].call[0].group: “dp” is none of db. Did you mean db?",
		"{name: e, steps: [{call: [{schedule: payment}], wait: 5m}]}":            "escalations[0].steps[0].call[0].schedule: “payment” is none of payments. Did you mean payments?",
		"{name: e, steps: [{call: [{role: scrib}], wait: 5m}]}":                  "Did you mean scribe?",
		"{name: e, " + step + ", when: [{on: unaknowledged}]}":                   "Did you mean unacknowledged?",
		"{name: e, " + step + ", when: [{on: share, clock: response}]}":          "escalations[0].when[0].share: 0 doesn't fit",
		"{name: e, " + step + ", when: [{on: missed, clock: respons}]}":          "Did you mean response?",
		"{name: e, " + step + ", when: [{on: silent}]}":                          "escalations[0].when[0].after: must be at least one minute (1m).",
		"{name: e, " + step + ", for: {from: P3, to: P1}}":                       "escalations[0].for.to: P1 is above P3",
		"{name: e, " + step + ", for: {services: [payy]}}":                       "Did you mean pay?",
		"{name: e, " + step + ", repeat: 1000}":                                  "escalations[0].repeat: must be from 0 to 100.",
		"{name: e, " + step + ", then: managementt}":                             "Did you mean management?",
		"{name: e, " + step + ", then: e}":                                       "escalations[0].then: goes round in a circle: e → e.",
		"{name: e, " + step + ", then: f}\n  - {name: f, " + step + ", then: e}": "goes round in a circle: e → f → e.",
		"{name: e, " + step + "}\n  - {name: e, " + step + "}":                   "escalations[1].name: “e” is there twice.",
	} {
		_, err := ParseConfig("m.yaml", []byte(ladders+"escalations:\n  - "+text+"\n"), world())
		var found Mistakes
		if !errors.As(err, &found) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestCheckWarnsOfCallsThatReachNobody(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(strings.Replace(ladders, "managers: [Ann]\n", "", 1)+`mail: {smtp: "127.0.0.1:25", from: m@example.com}
escalations:
  - name: e
    steps: [{call: [{schedule: payments}, {person: Bob}], wait: 5m}, {call: [next], wait: 5m}, {call: [managers], wait: 10s}]
`), world())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := World{Out: &out}
	w.checkSchedules(t.Context(), c, time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC), lang.EN)
	w.checkCalls(c, lang.EN)
	for _, want := range []string{
		"! Schedule payments: nobody is on call at ", "! Escalation e, step 2: it calls who is next, and on_call names nobody.",
		"! Escalation e, step 3: it calls managers, and none are named.", "! Escalation e, step 3: an answer is waited for only 10 s.", "! Bob is called by escalations, but can be reached in the chat only",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestCheckWarnsOfPeopleWhomNobodyKnows(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte("people: [{name: Ann, email: ann@example.com}]\nmanagers: [ann@example.com, Anna]\non_call: [Ann, Zacharias]\n"), world())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	World{Out: &out}.checkCalls(c, lang.EN)
	const want = `! “Anna” under managers is nobody of people. Did you mean Ann? Until they have come by themselves, calling them reaches nobody.
! “Zacharias” under on_call is nobody of people: until they have come by themselves, calling them reaches nobody.
`
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
}

func TestCheckSaysInWhichHoursTargetsCountThatNameNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"targets: {P1: {response: 10m}}": "", // around the clock anyhow
		"targets: {P3: {response: 1h, hours: 24x7}}":                           "",
		"targets: {P3: {response: 1h, hours: office}}":                         "",
		"targets: {P2: {restore: 2h}, P3: {response: 1h}, P5: {restore: 20d}}": "! targets: P3, P5 name no hours, so their times count in the calendar office only. Write hours: 24x7 for around the clock.\n",
	} {
		c, err := ParseConfig("m.yaml", []byte(text), world())
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		World{Out: &out}.checkCounted(c, lang.EN)
		if out.String() != want {
			t.Errorf("%s: got %q, want %q", text, out.String(), want)
		}
	}
}
