package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/incident/oncall"
	"matoi/lang"
)

// Rota is a duty that somebody shall have at every moment: who has it when.
type Rota struct {
	Name string `yaml:"name"`
	// Zone is where its times are read; by default the organisation's.
	Zone string `yaml:"zone"`
	// Layers are the rotations; a later one wins over those before it while it is open.
	Layers []Rotation `yaml:"layers"`
	// Source is where shifts are read from elsewhere. They win over the layers; where there are none, the layers hold, and then on_call.
	Source *RotaSource `yaml:"source"`
}

// Rotation is one layer of a schedule: people who take turns.
type Rotation struct {
	Name string `yaml:"name"`
	// People take turns in this order; each is one of people, by name or e-mail address.
	People []string `yaml:"people"`
	// Turn is how long each has it: daily, weekly, or a number of hours, days or weeks such as 12h, 2d, 2w.
	Turn Turn `yaml:"turn"`
	// HandOver is when a turn begins: 09:00, or with the day of the week mon 09:00.
	HandOver HandOver `yaml:"hand_over"`
	// Start is the day on which the first of the people begins.
	Start Day `yaml:"start"`
	// Until is the day on which the rotation ends, at the time of the hand-over; by default never.
	Until Day `yaml:"until"`
	// Zone is where its times are read; by default the schedule's.
	Zone string `yaml:"zone"`
	// Calendar is one of calendars: the layer is open in its hours alone.
	Calendar string `yaml:"calendar"`
	// Hours are when the layer is open at all, where no calendar says so; by default always.
	Hours OpenHours `yaml:"hours"`
}

// Asked is one entry of those who are asked first: a person by name or e-mail address, or whoever is on call by a schedule.
type Asked struct {
	Person string `yaml:"-"`
	// Schedule names one of schedules: whoever is on call by it at that moment is asked.
	Schedule string `yaml:"schedule"`
}

// UnmarshalYAML reads a person as plain text, a schedule as a key.
func (a *Asked) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Load(&a.Person)
	}
	type keys Asked
	return n.Load((*keys)(a))
}

// Turn is the length of a turn.
type Turn oncall.Turn

// UnmarshalText reads weekly, daily, 12h, 2d or 2w.
func (t *Turn) UnmarshalText(b []byte) error {
	word := strings.ToLower(strings.TrimSpace(string(b)))
	units := map[string]oncall.Unit{"h": oncall.Hour, "d": oncall.Day, "w": oncall.Week}
	if n, ok := map[string]oncall.Unit{"weekly": oncall.Week, "daily": oncall.Day, "hourly": oncall.Hour}[word]; ok {
		*t = Turn{Every: n, N: 1}
		return nil
	}
	m := regexp.MustCompile(`^([1-9][0-9]{0,3}) ?([hdw])$`).FindStringSubmatch(word)
	if m == nil {
		return misspelt{"oncall.config_turn", word}
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return misspelt{"oncall.config_turn", word}
	}
	*t = Turn{Every: units[m[2]], N: n}
	return nil
}

// HandOver is when turns begin: a time of day, and a day of the week where that is said.
type HandOver struct {
	Minute  int           // after midnight
	Weekday *time.Weekday // nil: whatever day the start is
}

// UnmarshalText reads 09:00 or mon 09:00.
func (h *HandOver) UnmarshalText(b []byte) error {
	words := strings.Fields(strings.ToLower(string(b)))
	var out HandOver
	if len(words) == 2 {
		for n, name := range weekdays() {
			if day := time.Weekday(n); words[0] == name || words[0] == strings.ToLower(day.String()) {
				out.Weekday = &day
			}
		}
		if out.Weekday != nil {
			words = words[1:]
		}
	}
	if len(words) != 1 {
		return misspelt{"oncall.config_hand_over", string(b)}
	}
	at, err := time.Parse("15:04", words[0])
	if err != nil {
		return misspelt{"oncall.config_hand_over", string(b)}
	}
	out.Minute = at.Hour()*60 + at.Minute()
	*h = out
	return nil
}

// Day is a day as 2026-01-05; the zero value is none.
type Day struct {
	Date calendar.Date
	Set  bool
}

// UnmarshalText reads a day.
func (d *Day) UnmarshalText(b []byte) error {
	date, err := calendar.ParseDate(strings.TrimSpace(string(b)))
	if err != nil {
		return misspelt{"oncall.config_day", string(b)}
	}
	*d = Day{date, true}
	return nil
}

// checkSchedules looks at the schedules, and at who is asked by them.
func (c *Config) checkSchedules(t *tree) {
	names := map[string]bool{}
	for i, s := range c.Schedules {
		key := fmt.Sprintf("schedules[%d]", i)
		t.named(key, map[string]string{"name": s.Name})
		t.once(key+".name", s.Name, names)
		if s.Name != "" && !oneWord(s.Name, mostWord) {
			t.wrong(key+".name", "oncall.config_name", lang.Args{"Word": s.Name})
		}
		if _, err := time.LoadLocation(s.Zone); err != nil {
			t.wrong(key+".zone", "config.zone", lang.Args{"Word": s.Zone})
		}
		c.checkSource(t, key+".source", s.Source)
		if len(s.Layers) == 0 && s.Source == nil {
			t.wrong(key+".layers", "config.empty", nil)
		}
		for j := range s.Layers {
			c.checkRotation(t, fmt.Sprintf("%s.layers[%d]", key, j), &c.Schedules[i], &s.Layers[j])
		}
	}
	seen := map[string]bool{}
	for i, a := range c.OnCall {
		key := fmt.Sprintf("on_call[%d]", i)
		if a.Schedule == "" {
			t.named(key, map[string]string{"": a.Person})
			t.once(key, a.Person, seen)
			continue
		}
		if t.once(key, a.Schedule, seen); !names[a.Schedule] {
			t.oneOf(key+".schedule", a.Schedule, sortedNames(names)...)
		}
	}
}

func (c *Config) checkRotation(t *tree, key string, s *Rota, r *Rotation) {
	known := c.memberNames()
	for n, name := range r.People {
		if !slices.Contains(known, name) {
			what, args := "oncall.config_person", lang.Args{"Word": name, "Near": nearest(name, known)}
			if args["Near"] != "" {
				what = "oncall.config_person_near"
			}
			t.wrong(fmt.Sprintf("%s.people[%d]", key, n), what, args)
		}
	}
	if _, err := time.LoadLocation(r.Zone); err != nil {
		t.wrong(key+".zone", "config.zone", lang.Args{"Word": r.Zone})
	}
	c.checkHours(t, key+".hours", r.Hours)
	if r.Calendar != "" {
		t.oneOf(key+".calendar", r.Calendar, c.calendarNames()...)
		if len(r.Hours) > 0 {
			t.wrong(key+".hours", "oncall.config_both", nil)
		}
	}
	if !r.Start.Set {
		if !t.has(key + ".start") {
			t.wrong(key+".start", "config.empty", nil)
		}
		return
	}
	layer, first := c.rotation(s, r, func(string) string { return "x" }), r.Start.Date
	if day := r.HandOver.Weekday; day != nil && first.Weekday() != *day {
		off := calendar.Date((int(*day) - int(first.Weekday()) + 7) % 7)
		t.wrong(key+".start", "oncall.config_weekday", lang.Args{"Word": first.String(), "Before": (first + off - 7).String(), "After": (first + off).String()})
	}
	if shown := layer.Start.In(layer.Zone); shown.Hour()*60+shown.Minute() != r.HandOver.Minute {
		t.wrong(key+".hand_over", "oncall.config_skipped", lang.Args{"Day": first.String(), "Zone": layer.Zone.String()})
	}
	for _, fault := range faults(oncall.Schedule{Layers: []oncall.Layer{layer}}) {
		_, field, _ := strings.Cut(fault.Path, ".")
		if at := join(key, field); field != "hours" && !t.has(at) { // checkHours says it better
			t.wrong(at, "oncall.fault_"+fault.Code, nil)
		}
	}
}

// faults are what the rules find wrong with a schedule.
func faults(s oncall.Schedule) oncall.Faults {
	found, _ := s.Validate().(oncall.Faults) //nolint:errorlint // the very type is what it returns
	return found
}

// memberNames are the names and e-mail addresses under which people may be named in a schedule.
func (c *Config) memberNames() []string {
	var out []string
	for _, m := range c.People {
		out = append(out, m.Name)
		if m.Email != "" {
			out = append(out, m.Email)
		}
	}
	return out
}

// rotation is a layer as the rules know it; who gives the id of a person.
func (c *Config) rotation(s *Rota, r *Rotation, who func(name string) string) oncall.Layer {
	zone := zoneOr(r.Zone, zoneOr(s.Zone, c.zone()))
	l := oncall.Layer{Name: r.Name, Zone: zone, Start: r.Start.Date.At(r.HandOver.Minute, zone), Turn: oncall.Turn(r.Turn), Hours: c.hours(r.Hours, zone)}
	if r.Until.Set {
		l.Until = r.Until.Date.At(r.HandOver.Minute, zone)
	}
	for _, name := range r.People {
		l.People = append(l.People, who(name))
	}
	return l
}

// zoneOr is a zone by its name, or another where none is named.
func zoneOr(name string, other *time.Location) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone
	}
	return other
}

// schedules are the configured ones as the rules know them; who gives the id of a person.
func (c *Config) schedules(who func(name string) incident.PersonID) []oncall.Schedule {
	var out []oncall.Schedule
	for i := range c.Schedules {
		rota := &c.Schedules[i]
		s := oncall.Schedule{Name: rota.Name, Zone: zoneOr(rota.Zone, c.zone())}
		if rota.Source != nil {
			s.Outside = &oncall.Outside{}
		}
		for j := range rota.Layers {
			s.Layers = append(s.Layers, c.rotation(rota, &rota.Layers[j], func(name string) string { return string(who(name)) }))
		}
		out = append(out, s)
	}
	return out
}

// inCalendars opens the layers that name a calendar in its hours. They were made of this configuration.
func (c *Config) inCalendars(now time.Time, schedules []oncall.Schedule) []oncall.Schedule {
	var calendars map[string]*calendar.Hours
	for i, s := range schedules {
		for j := range s.Layers {
			name := c.Schedules[i].Layers[j].Calendar
			if name == "" {
				continue
			}
			if calendars == nil {
				calendars = c.calendars(now)
			}
			s.Layers[j].Hours = calendars[name]
		}
	}
	return schedules
}

// asked are the people of on_call, and the schedules.
func (c *Config) asked() (people, schedules []string) {
	for _, a := range c.OnCall {
		if a.Schedule != "" {
			schedules = append(schedules, a.Schedule)
		} else {
			people = append(people, a.Person)
		}
	}
	return people, schedules
}

// duties are the schedules with the ids of people, as named gives them.
func (c *Config) duties(named func(name string) (incident.PersonID, error)) ([]oncall.Schedule, error) {
	ids := map[string]incident.PersonID{}
	for i := range c.Schedules {
		for _, layer := range c.Schedules[i].Layers {
			for _, name := range layer.People {
				id, err := named(name)
				if err != nil {
					return nil, err
				}
				ids[name] = id
			}
		}
	}
	return c.schedules(func(name string) incident.PersonID { return ids[name] }), nil
}
