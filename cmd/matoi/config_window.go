package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/lang"
)

// Window is a span of each week in which somebody works at something, so that its alerts open nothing and say nothing.
type Window struct {
	Name string `yaml:"name"`
	// Match maps fields of alerts (source, service, host, title, …) and labels to a pattern or a list of them, as rules do.
	Match map[string]alert.Patterns `yaml:"match"`
	// Days are those on which it begins: sun, mon-fri, "mon, wed"; every day where none are named.
	Days string `yaml:"days"`
	// From and Until are times such as 02:00; an Until that is not later lies on the next day.
	From  string `yaml:"from"`
	Until string `yaml:"until"`
	// Zone is that of the times; by default the organisation's.
	Zone string `yaml:"zone"`
}

// FlapLimit says when an alert that comes and goes is heard no more for a while.
type FlapLimit struct {
	// Times is how often it fires anew within that time before it flaps; 0 lets every alert be heard however often it comes.
	Times int `yaml:"times"`
	// Within is that time, and how long it must hold still before it is heard again.
	Within Duration `yaml:"within"`
}

// checkWindows looks at the windows of the configuration, and at when alerts flap.
func (c *Config) checkWindows(t *tree) {
	names := map[string]bool{}
	for i, w := range c.Maintenance {
		key := fmt.Sprintf("maintenance[%d]", i)
		t.named(key, map[string]string{"name": w.Name})
		t.once(key+".name", w.Name, names)
		if len(w.Match) == 0 {
			t.wrong(key+".match", "config.empty", nil)
		}
		for _, field := range sortedNames(w.Match) {
			if m, wrong := errors.AsType[alert.Mistake](alert.CheckSilence(patterns(map[string]alert.Patterns{field: w.Match[field]}))); wrong {
				args := lang.Args{}
				for name, value := range m.Args {
					args[name] = value
				}
				t.wrong(key+".match."+field, m.ID, args)
			}
		}
		if _, ok := days(cmp.Or(w.Days, "daily")); !ok {
			t.wrong(key+".days", "oncall.config_days", lang.Args{"Word": w.Days})
		}
		for _, at := range []struct{ key, text string }{{key + ".from", w.From}, {key + ".until", w.Until}} {
			if _, ok := minuteOf(at.text); !ok {
				t.wrong(at.key, "config.window_time", lang.Args{"Word": at.text})
			}
		}
		if _, err := time.LoadLocation(w.Zone); err != nil || w.Zone == "Local" {
			t.wrong(key+".zone", "config.zone", lang.Args{"Word": w.Zone})
		}
	}
	if f := c.Flapping; f.Times < 0 || f.Times > alert.MostFlaps || f.Times > 0 && f.Within <= 0 {
		t.wrong("flapping", "config.flapping", lang.Args{"Max": alert.MostFlaps})
	}
}

// minuteOf reads 02:00 as minutes after midnight.
func minuteOf(text string) (int, bool) {
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil
}

// windows are those of the configuration as silences. What can't be read was complained about.
func (c *Config) windows() []bot.Silence {
	var out []bot.Silence
	for _, w := range c.Maintenance {
		s := bot.Silence{Kind: bot.ForWork, Name: w.Name, Match: patterns(w.Match), Weekly: &bot.Weekly{Zone: zoneOr(w.Zone, c.zone()).String()}}
		s.Weekly.Days, _ = days(cmp.Or(w.Days, "daily"))
		s.Weekly.From, _ = minuteOf(w.From)
		s.Weekly.To, _ = minuteOf(w.Until)
		out = append(out, s)
	}
	return out
}

// patterns are those of a match as silences have them.
func patterns(match map[string]alert.Patterns) map[string][]string {
	out := make(map[string][]string, len(match))
	for field, list := range match {
		for _, one := range list {
			out[field] = append(out[field], string(one))
		}
	}
	return out
}

// quiet is what the configuration keeps quiet, ready to be asked.
func (c *Config) quiet() alert.Silences {
	made, _ := alert.NewSilences(c.windows()) // checked
	return made
}

// damped says when alerts flap.
func (c *Config) damped() alert.Damping {
	return alert.Damping{Times: c.Flapping.Times, Within: time.Duration(c.Flapping.Within)}
}
