package main

import (
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// StaleOf says of each priority after how long without an entry by a person it is asked whether an incident still goes on; 0 is
// never. From P3 on it is counted in the working hours. What stays silent is asked about again after twice as long, each time.
type StaleOf struct {
	P1 Term `yaml:"P1"`
	P2 Term `yaml:"P2"`
	P3 Term `yaml:"P3"`
	P4 Term `yaml:"P4"`
	P5 Term `yaml:"P5"`
}

// of gives the term of a priority for reading and writing.
func (s *StaleOf) of(p incident.Priority) *Term {
	return [...]*Term{&s.P1, &s.P1, &s.P2, &s.P3, &s.P4, &s.P5}[p]
}

// Digest is the message in the morning with what waits for each person. Whoever has nothing waiting gets none.
type Digest struct {
	// At is when it comes, by the clock of the person's own zone, until they choose themselves.
	At string `yaml:"at"`
	// Off sends it only to those who asked for it.
	Off bool `yaml:"off"`
}

// minutes is At in minutes after midnight.
func (d Digest) minutes() (int, bool) {
	at, err := time.Parse("15:04", d.At)
	return at.Hour()*60 + at.Minute(), err == nil
}

func (c *Config) checkChase(t *tree) {
	c.checkKept(t, "working_hours", c.WorkingHours)
	for of := incident.P1; of <= incident.P5; of++ {
		if term := c.Stale.of(of); term.Open != 0 && term.Open < time.Minute {
			t.wrong("stale."+of.String(), "config.short", nil)
		}
	}
	if d := c.Remind.AskReportersAfter; d != 0 && d < Duration(time.Minute) {
		t.wrong("reminders.ask_reporters_after", "config.short", nil)
	}
	if _, ok := c.Digest.minutes(); !ok {
		t.wrong("digest.at", "config.clock", lang.Args{"Word": c.Digest.At})
	}
}

// chase is how people are asked about what is left lying.
func (c *Config) chase(hours map[string]*calendar.Hours) incident.Chase {
	out := incident.Chase{Office: hours[c.WorkingHours], Stale: map[incident.Priority]incident.Length{}, Again: time.Duration(c.Remind.AskReportersAfter)}
	for of := incident.P1; of <= incident.P5; of++ {
		out.Stale[of] = incident.Length(*c.Stale.of(of))
	}
	return out
}

// shippedStale are the numbers of incident.DefaultChase.
func shippedStale() (s StaleOf) {
	for of, length := range incident.DefaultChase().Stale {
		*s.of(of) = Term(length)
	}
	return s
}
