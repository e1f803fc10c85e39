package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// FurtherClock is a dated rule of a clock beside the targets: a duty to notify an authority, the persons concerned, a partner. It
// is yours: Matoi knows no law. Several with one id are versions, of which the one that is in force on the day of the start counts.
type FurtherClock struct {
	// ID is what people type: legal filed gdpr33/report.
	ID string `yaml:"id"`
	// JA and EN are what it is called where people read it.
	JA string `yaml:"ja"`
	EN string `yaml:"en"`
	// Legal says that a law demands it, and not a contract.
	Legal bool `yaml:"legal"`
	// Authority is to whom it is owed.
	Authority string `yaml:"authority"`
	// ValidFrom is the first day of the version, in its zone.
	ValidFrom Day `yaml:"valid_from"`
	// Note stands beside its deadlines: confirm with your counsel.
	Note Note `yaml:"note"`
	// Start is aware or command, which a person says, or what starts it by itself: opened, reported, detected, occurred, restored or resolved.
	Start string `yaml:"start"`
	// For says which incidents it is meant for; what is not named fits all. A person may start it for others, too.
	For FurtherFor `yaml:"for"`
	// Stages are its deadlines.
	Stages []FurtherStage `yaml:"stages"`
	// Zone is where its days begin and end; by default the organisation's.
	Zone string `yaml:"zone"`
	// Hours is the calendar whose business days are counted; by default office.
	Hours string `yaml:"hours"`
	// DayOne counts the day of the start as the first day; without it the day after is.
	DayOne bool `yaml:"day_one"`
	// Tell are reminded besides whoever leads or led the incident and its communications lead: {role: …}, {person: …} or {group: …}.
	Tell []Callee `yaml:"tell"`
}

// Note is a text in both languages.
type Note struct {
	JA string `yaml:"ja"`
	EN string `yaml:"en"`
}

// FurtherFor says which incidents are meant.
type FurtherFor struct {
	Priorities []incident.Priority `yaml:"priorities"`
	Categories []string            `yaml:"categories"`
	Services   []string            `yaml:"services"`
	Private    *bool               `yaml:"private"`
}

// FurtherStage is one deadline.
type FurtherStage struct {
	ID string `yaml:"id"`
	JA string `yaml:"ja"`
	EN string `yaml:"en"`
	// After is how long after the start it ends: 72h by the wall clock, 5d to the end of the fifth day, 3bd to the end of the third business day.
	After Period `yaml:"after"`
	// Roll has a last day on which Hours are closed give way to the next one that is open.
	Roll bool `yaml:"roll"`
	// Warn is when it is reminded of before: 24h before it ends, 1d or 1bd before on that morning, or "3d after start". By default a day before.
	Warn []Warn `yaml:"warn"`
}

// Period is how long a stage takes: 72h by the wall clock, 5d of the calendar, 3bd of business days.
type Period incident.Period

var calendarDays = regexp.MustCompile(`^(\d{1,4}) ?(?:d|days?|日間?)$`)

// UnmarshalText reads a period.
func (p *Period) UnmarshalText(b []byte) error {
	text := strings.ToLower(lang.Fold(strings.TrimSpace(string(b))))
	for _, unit := range []struct {
		form *regexp.Regexp
		make func(n int) Period
	}{{businessDays, func(n int) Period { return Period{Business: n} }}, {calendarDays, func(n int) Period { return Period{Days: n} }}} {
		if m := unit.form.FindStringSubmatch(text); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil || n < 1 || n > mostDays {
				return misspelt{"legal.config_after", string(b)}
			}
			*p = unit.make(n)
			return nil
		}
	}
	var d Duration
	if err := d.UnmarshalText(b); err != nil || d <= 0 || d > Duration(mostDays*24*time.Hour) {
		return misspelt{"legal.config_after", string(b)}
	}
	*p = Period{Wall: time.Duration(d)}
	return nil
}

// mostDays bounds a period: holidays are known for about three years, and more is a slip of the pen.
const mostDays = 1000

// MarshalText writes what UnmarshalText reads.
func (p Period) MarshalText() ([]byte, error) {
	if p.Days > 0 || p.Business > 0 {
		return []byte(incident.Period(p).String()), nil
	}
	return Term{Open: p.Wall}.MarshalText()
}

// Warn is when a stage is reminded of: so long before it ends, or "3d after start".
type Warn incident.Warning

// UnmarshalText reads 24h, 1d before or 3d after start.
func (w *Warn) UnmarshalText(b []byte) error {
	text, after := strings.CutSuffix(strings.TrimSpace(string(b)), "after start")
	text = strings.TrimSuffix(strings.TrimSpace(text), "before")
	var p Period
	if err := p.UnmarshalText([]byte(text)); err != nil {
		return misspelt{"legal.config_warn", string(b)}
	}
	*w = Warn{Period: incident.Period(p), AfterStart: after}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (w Warn) MarshalText() ([]byte, error) {
	text, err := Period(w.Period).MarshalText()
	if w.AfterStart {
		text = append(text, " after start"...)
	}
	return text, err
}

// further are the rules as the incidents' know them; who gives the id of a person.
func (c *Config) further(hours map[string]*calendar.Hours, who func(name string) incident.PersonID) []incident.FurtherRule {
	var out []incident.FurtherRule
	for _, f := range c.Further {
		r := incident.FurtherRule{
			ID: f.ID, JA: f.JA, EN: f.EN, Legal: f.Legal, Authority: f.Authority, NoteJA: f.Note.JA, NoteEN: f.Note.EN, From: f.ValidFrom.Date,
			Start: incident.Start(f.Start), Zone: zoneOr(f.Zone, c.zone()).String(), DayOne: f.DayOne,
			For: incident.FurtherScope{Priorities: f.For.Priorities, Categories: f.For.Categories, Services: f.For.Services, Private: f.For.Private},
		}
		if f.business() {
			r.Hours = hours[f.hours()]
		}
		for _, s := range f.Stages {
			stage := incident.FurtherStage{ID: s.ID, JA: s.JA, EN: s.EN, After: incident.Period(s.After), Roll: s.Roll}
			for _, w := range s.Warn {
				stage.Warn = append(stage.Warn, incident.Warning(w))
			}
			if len(s.Warn) == 0 {
				stage.Warn = []incident.Warning{{Period: dayBefore(stage.After)}}
			}
			r.Stages = append(r.Stages, stage)
		}
		for _, k := range f.Tell {
			t, _ := c.target(k, who)
			r.Tell = append(r.Tell, t)
		}
		out = append(out, r)
	}
	return out
}

func dayBefore(after incident.Period) incident.Period {
	if after.Wall > 0 {
		return incident.Period{Wall: 24 * time.Hour}
	}
	return incident.Period{Days: 1}
}

func (f *FurtherClock) hours() string {
	if f.Hours == "" {
		return "office"
	}
	return f.Hours
}

// business reports whether business days are counted in it.
func (f *FurtherClock) business() bool {
	for _, s := range f.Stages {
		if s.After.Business > 0 || s.Roll {
			return true
		}
		for _, w := range s.Warn {
			if w.Business > 0 {
				return true
			}
		}
	}
	return false
}

// minded are the names of all people whom rules name.
func (c *Config) minded() []string {
	var out []string
	for _, f := range c.Further {
		for _, k := range f.Tell {
			if k.Person != "" {
				out = append(out, k.Person)
			}
		}
	}
	return out
}

// checkFurther looks at the rules of further clocks.
func (c *Config) checkFurther(t *tree) {
	versions := map[string]bool{}
	id := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	var starts []string
	for _, s := range incident.Starts() {
		starts = append(starts, string(s))
	}
	for i := range c.Further {
		f, key := &c.Further[i], fmt.Sprintf("further_clocks[%d]", i)
		t.named(key, map[string]string{"id": f.ID, "ja": f.JA, "en": f.EN})
		if f.ID != "" && !id.MatchString(f.ID) {
			t.wrong(key+".id", "legal.config_id", lang.Args{"Word": f.ID})
		}
		if !f.ValidFrom.Set {
			t.wrong(key+".valid_from", "config.empty", nil)
		} else if version := f.ID + " " + f.ValidFrom.Date.String(); versions[version] {
			t.wrong(key+".valid_from", "legal.config_twice", lang.Args{"ID": f.ID, "Date": f.ValidFrom.Date.String()})
		} else {
			versions[version] = true
		}
		t.oneOf(key+".start", f.Start, starts...)
		if _, err := time.LoadLocation(f.Zone); err != nil {
			t.wrong(key+".zone", "config.zone", lang.Args{"Word": f.Zone})
		}
		c.checkKept(t, key+".hours", f.hours())
		c.checkFurtherFor(t, key+".for", f.For)
		c.checkStages(t, key+".stages", f.Stages)
		for n, k := range f.Tell {
			c.checkTell(t, fmt.Sprintf("%s.tell[%d]", key, n), k)
		}
	}
}

func (c *Config) checkStages(t *tree, key string, stages []FurtherStage) {
	if len(stages) == 0 {
		t.wrong(key, "config.empty", nil)
	}
	ids := map[string]bool{}
	for n, s := range stages {
		here := fmt.Sprintf("%s[%d]", key, n)
		t.named(here, map[string]string{"id": s.ID, "ja": s.JA, "en": s.EN})
		t.once(here+".id", s.ID, ids)
		if strings.ContainsAny(s.ID, "/ ") {
			t.wrong(here+".id", "legal.config_id", lang.Args{"Word": s.ID})
		}
		if s.After == (Period{}) {
			if !t.has(here + ".after") {
				t.wrong(here+".after", "legal.config_no_after", nil)
			}
			continue
		}
		for m, w := range s.Warn {
			if about(incident.Period(s.After)) <= about(w.Period) {
				t.wrong(fmt.Sprintf("%s.warn[%d]", here, m), "legal.config_warn_outside", lang.Args{"Word": incident.Period(w.Period).String()})
			}
		}
	}
}

// about is how long a period is, roughly: a business day is a day at least.
func about(p incident.Period) time.Duration {
	return p.Wall + time.Duration(p.Days+p.Business)*24*time.Hour
}

func (c *Config) checkFurtherFor(t *tree, key string, f FurtherFor) {
	services := make([]string, len(c.Services))
	for i, s := range c.Services {
		services[i] = s.Name
	}
	for n, name := range f.Services {
		t.oneOf(fmt.Sprintf("%s.services[%d]", key, n), name, services...)
	}
	for n, name := range f.Categories {
		t.oneOf(fmt.Sprintf("%s.categories[%d]", key, n), name, c.categories()...)
	}
	for n, p := range f.Priorities {
		t.priority(fmt.Sprintf("%s.priorities[%d]", key, n), p)
	}
}

// checkTell complains about one who can't be reminded: a role, a person or a group can.
func (c *Config) checkTell(t *tree, key string, k Callee) {
	target, keys := c.target(k, func(string) incident.PersonID { return "x" })
	var groups []string
	for _, g := range c.Groups {
		groups = append(groups, g.Name)
	}
	switch {
	case keys == 1 && target.Kind == incident.ToPerson:
		c.checkMember(t, key+".person", k.Person)
	case keys == 1 && target.Kind == incident.ToGroup:
		t.oneOf(key+".group", k.Group, groups...)
	case keys == 1 && target.Kind == incident.ToRole:
		c.checkRole(t, key+".role", k.Role)
	default:
		t.wrong(key, "legal.config_tell", nil)
	}
}
