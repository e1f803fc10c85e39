package main

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

func TestTargetsAreCountedInTheHoursTheyName(t *testing.T) {
	c, err := ParseConfig("m.yaml", []byte(`
calendars: [{name: night, week: {daily: "22:00-06:00"}}]
targets: {P4: {hours: night, restore: 2営業日}, P5: {hours: 24x7}}
services: [{name: pay, targets: {P3: {response: 30m, hours: 24x7}}}]
categories: [{id: net, ja: ネット, en: net, targets: {P2: {update: 0}}}]
`), world())
	if err != nil {
		t.Fatal(err)
	}
	p := c.Policy(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), nil, nil)
	office := p.Targets[incident.P3].Hours
	if office == nil || office.Name != "office" || office.Open(calendar.DateAt(2026, 11, 23).At(10*60, office.Location())) {
		t.Errorf("P3 is counted in office hours without Japan's holidays, not in %+v", office)
	}
	if p.Targets[incident.P1].Hours != nil || p.Targets[incident.P5].Hours != nil || p.Targets[incident.P4].Hours.Name != "night" {
		t.Errorf("P1 %v, P4 %v, P5 %v", p.Targets[incident.P1].Hours, p.Targets[incident.P4].Hours, p.Targets[incident.P5].Hours)
	}
	if got := p.Targets[incident.P4]; got.Restore != incident.InDays(2) || got.Response != incident.InDays(1) {
		t.Errorf("P4: %+v", got)
	}
	if o := p.Services[0].Targets[incident.P3]; *o.Response != incident.In(30*time.Minute) || !o.AroundTheClock || o.Restore != nil {
		t.Errorf("of the service: %+v", o)
	}
	if o := p.Categories[0].Targets[incident.P2]; !o.Update.IsZero() || o.Hours != nil || o.AroundTheClock || o.Response != nil {
		t.Errorf("of the category: %+v", o)
	}
}

func TestTargetsNameACalendarThatExists(t *testing.T) {
	_, err := ParseConfig("m.yaml", []byte("targets: {P3: {hours: ofice}}\nservices: [{name: pay, targets: {P1: {hours: x}}}]\n"), world())
	if err == nil || !strings.Contains(err.Error(), "targets.P3.hours") || !strings.Contains(err.Error(), "office") || !strings.Contains(err.Error(), "services[0].targets.P1.hours") {
		t.Errorf("said %v", err)
	}
}
