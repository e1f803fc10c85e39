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

// Term is the length of a target as people write it: 15m, 4h, 3d of time, counted in the hours of the target, or business days:
// 1bd, 3営業日. 0 means none.
type Term incident.Length

var businessDays = regexp.MustCompile(`^(\d{1,4}) ?(?:bd|営業日|business days?)$`)

// UnmarshalText reads a target.
func (l *Term) UnmarshalText(b []byte) error {
	if m := businessDays.FindStringSubmatch(strings.ToLower(lang.Fold(strings.TrimSpace(string(b))))); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			*l = Term(incident.InDays(n))
			return nil
		}
	}
	var d Duration
	err := d.UnmarshalText(b)
	*l = Term{Open: time.Duration(d)}
	return err
}

// MarshalText writes what UnmarshalText reads.
func (l Term) MarshalText() ([]byte, error) {
	if l.Days > 0 {
		return []byte(incident.Length(l).String()), nil
	}
	if l.Open == 0 || l.Open%time.Minute != 0 {
		return Duration(l.Open).MarshalText()
	}
	var out strings.Builder // in hours, not days: what a day is depends on the hours of the target
	if h := l.Open / time.Hour; h > 0 {
		fmt.Fprintf(&out, "%dh", h)
	}
	if m := l.Open % time.Hour / time.Minute; m > 0 {
		fmt.Fprintf(&out, "%dm", m)
	}
	return []byte(out.String()), nil
}

// aroundTheClock is the name of no calendar: all time counts.
const aroundTheClock = "24x7"

// Category leads to a support team's queue.
type Category struct {
	ID   string `yaml:"id"`
	JA   string `yaml:"ja"`
	EN   string `yaml:"en"`
	Team string `yaml:"team"`
	// Targets are those in which incidents of the category differ from the rest.
	Targets Overrides `yaml:"targets"`
}

// Overrides are targets that differ, by priority.
type Overrides struct {
	P1 Override `yaml:"P1"`
	P2 Override `yaml:"P2"`
	P3 Override `yaml:"P3"`
	P4 Override `yaml:"P4"`
	P5 Override `yaml:"P5"`
}

func (o *Overrides) of(p incident.Priority) *Override {
	return [...]*Override{&o.P1, &o.P1, &o.P2, &o.P3, &o.P4, &o.P5}[p]
}

// Override is a target that differs: what is not named stays as it is, and 0 means none.
type Override struct {
	Response       *Term  `yaml:"response"`
	Restore        *Term  `yaml:"restore"`
	FirstNotice    *Term  `yaml:"first_notice"`
	CustomerNotice *Term  `yaml:"customer_notice"`
	Update         *Term  `yaml:"update"`
	AfterRestored  *Term  `yaml:"after_restored"`
	Hours          string `yaml:"hours"`
}

func shippedCategories(p incident.Policy) []Category {
	out := make([]Category, len(p.Categories))
	for i, k := range p.Categories {
		out[i] = Category{ID: k.ID, JA: k.JA, EN: k.EN, Team: k.Team}
	}
	return out
}

func (c *Config) categoriesIn(hours map[string]*calendar.Hours) []incident.Category {
	out := make([]incident.Category, len(c.Categories))
	for i, k := range c.Categories {
		out[i] = incident.Category{ID: k.ID, JA: k.JA, EN: k.EN, Team: k.Team, Targets: k.Targets.in(hours)}
	}
	return out
}

// in gives the targets as the rules know them; nil where none differs.
func (o Overrides) in(hours map[string]*calendar.Hours) map[incident.Priority]incident.Override {
	var out map[incident.Priority]incident.Override
	for of := incident.P1; of <= incident.P5; of++ {
		t := o.of(of)
		if *t == (Override{}) {
			continue
		}
		if out == nil {
			out = map[incident.Priority]incident.Override{}
		}
		out[of] = incident.Override{
			Response: t.Response.length(), Restore: t.Restore.length(), FirstNotice: t.FirstNotice.length(),
			CustomerNotice: t.CustomerNotice.length(), Update: t.Update.length(), AfterRestored: t.AfterRestored.length(),
			Hours: hours[t.Hours], AroundTheClock: t.Hours == aroundTheClock,
		}
	}
	return out
}

func (l *Term) length() *incident.Length { return (*incident.Length)(l) }

func (c *Config) checkTargets(t *tree, key string, o Overrides) {
	for of := incident.P1; of <= incident.P5; of++ {
		if name := o.of(of).Hours; name != "" {
			c.checkKept(t, key+"."+of.String()+".hours", name)
		}
	}
}

// checkKept complains about a calendar that there is none of.
func (c *Config) checkKept(t *tree, key, name string) {
	t.oneOf(key, name, append(c.calendarNames(), aroundTheClock)...)
}
