package main

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"matoi/bot"
	"matoi/lang"
	"matoi/roster"
	"matoi/roster/feed"
	"matoi/roster/goalert"
	"matoi/roster/opsgenie"
	"matoi/roster/pagerduty"
)

// RotaSource is where the shifts of a schedule are read from: exactly one of ical, pagerduty, opsgenie and goalert.
type RotaSource struct {
	// ICal is an iCalendar file that is published under a secret address.
	ICal *ICalSource `yaml:"ical"`
	// PagerDuty is a schedule there.
	PagerDuty *PagerDutySource `yaml:"pagerduty"`
	// Opsgenie is a schedule there.
	Opsgenie *OpsgenieSource `yaml:"opsgenie"`
	// GoAlert is a schedule there.
	GoAlert *GoAlertSource `yaml:"goalert"`
	// Match says whom names in the source mean that are neither name nor e-mail address of anybody: from there to a person of people.
	Match map[string]string `yaml:"match"`
}

// ICalSource is a published iCalendar file.
type ICalSource struct {
	// URL begins with https or webcal. It is a secret: whoever has it may read.
	URL bot.Secret `yaml:"url"`
}

// PagerDutySource is a schedule of PagerDuty.
type PagerDutySource struct {
	// Key is of the REST API, for reading.
	Key bot.Secret `yaml:"key"`
	// Schedule is the id there, e.g. PI7DH85.
	Schedule string `yaml:"schedule"`
	// Region is us or eu; by default us.
	Region string `yaml:"region"`
}

// OpsgenieSource is a schedule of Opsgenie.
type OpsgenieSource struct {
	// Key is of an API integration that may read configurations.
	Key bot.Secret `yaml:"key"`
	// Schedule is the name there.
	Schedule string `yaml:"schedule"`
	// Region is us or eu; by default us.
	Region string `yaml:"region"`
}

// GoAlertSource is a schedule of GoAlert.
type GoAlertSource struct {
	// URL is the server's; https, except to this machine.
	URL string `yaml:"url"`
	// Key is of its GraphQL API.
	Key bot.Secret `yaml:"key"`
	// Schedule is the id there.
	Schedule string `yaml:"schedule"`
}

// checkSource looks at where shifts are read from.
func (c *Config) checkSource(t *tree, key string, s *RotaSource) {
	if s == nil {
		return
	}
	named := 0
	empty := func(key, text string) {
		if text == "" && !t.has(key) {
			t.wrong(key, "config.empty", nil)
		}
	}
	secret := func(key string, text bot.Secret) { empty(key, text.Reveal()) }
	if one := s.ICal; one != nil {
		named++
		secret(key+".ical.url", one.URL)
		if _, ok := feed.Address(one.URL.Reveal()); !ok && !one.URL.Empty() && !t.env.Blind {
			t.wrong(key+".ical.url", "oncall.config_ical", nil)
		}
	}
	if one := s.PagerDuty; one != nil {
		named++
		secret(key+".pagerduty.key", one.Key)
		empty(key+".pagerduty.schedule", one.Schedule)
		checkRegion(t, key+".pagerduty.region", one.Region)
	}
	if one := s.Opsgenie; one != nil {
		named++
		secret(key+".opsgenie.key", one.Key)
		empty(key+".opsgenie.schedule", one.Schedule)
		checkRegion(t, key+".opsgenie.region", one.Region)
	}
	if one := s.GoAlert; one != nil {
		named++
		secret(key+".goalert.key", one.Key)
		empty(key+".goalert.schedule", one.Schedule)
		if u, err := url.Parse(one.URL); err != nil || u.Hostname() == "" || u.Scheme != "https" && (u.Scheme != "http" || !here(u.Hostname())) {
			t.wrong(key+".goalert.url", "config.gateway_url", nil)
		}
	}
	spelt := slices.ContainsFunc(t.mistakes, func(m Mistake) bool { return strings.HasPrefix(m.Key, key+".") }) // wrongly, perhaps
	if named > 1 || named == 0 && !spelt {
		t.wrong(key, "oncall.config_source", nil)
	}
	known := c.memberNames()
	for _, name := range sortedNames(s.Match) {
		if person := s.Match[name]; !slices.Contains(known, person) {
			what, args := "oncall.config_person", lang.Args{"Word": person, "Near": nearest(person, known)}
			if args["Near"] != "" {
				what = "oncall.config_person_near"
			}
			t.wrong(key+".match."+name, what, args)
		}
	}
}

func checkRegion(t *tree, key, region string) {
	if region != "" {
		t.oneOf(key, region, "us", "eu")
	}
}

// here reports a host that is this machine.
func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// rosters are the places that the schedules are read from.
func (c *Config) rosters(client *roster.Client, now func() time.Time) (out []roster.Source) {
	region := func(hosts map[string]string, name string) string {
		if name == "" {
			name = "us"
		}
		return hosts[name]
	}
	for i := range c.Schedules {
		rota := &c.Schedules[i]
		switch s := rota.Source; {
		case s == nil:
		case s.ICal != nil:
			out = append(out, feed.New(feed.Options{Schedule: rota.Name, URL: s.ICal.URL.Reveal(), Zone: zoneOr(rota.Zone, c.zone()), Client: client, Now: now}))
		case s.PagerDuty != nil:
			one := s.PagerDuty
			out = append(out, pagerduty.New(pagerduty.Options{
				Schedule: rota.Name, ID: one.Schedule, Key: one.Key.Reveal(), Host: region(pagerduty.Hosts(), one.Region), Client: client, Now: now,
			}))
		case s.Opsgenie != nil:
			one := s.Opsgenie
			out = append(out, opsgenie.New(opsgenie.Options{
				Schedule: rota.Name, Theirs: one.Schedule, Key: one.Key.Reveal(), Host: region(opsgenie.Hosts(), one.Region), Client: client, Now: now,
			}))
		case s.GoAlert != nil:
			one := s.GoAlert
			out = append(out, goalert.New(goalert.Options{
				Schedule: rota.Name, ID: one.Schedule, Key: one.Key.Reveal(), URL: strings.TrimRight(one.URL, "/"), Client: client, Now: now,
			}))
		}
	}
	return out
}

// matched are the names of a schedule's source that match explains, as Match of roster wants them.
func (c *Config) matched(schedule string) map[string]string {
	for i := range c.Schedules {
		if s := c.Schedules[i].Source; c.Schedules[i].Name == schedule && s != nil {
			out := map[string]string{}
			for name, person := range s.Match {
				out[roster.Plain(name)] = person
			}
			return out
		}
	}
	return nil
}
