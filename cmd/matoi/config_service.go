package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"matoi/bot/alert"
	"matoi/catalog"
	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// Service is what the house knows of a service.
type Service struct {
	Name string `yaml:"name"`
	Team string `yaml:"team"`
	// Runbook and Dashboard are links that stand in the room of an incident of the service.
	Runbook   string `yaml:"runbook"`
	Dashboard string `yaml:"dashboard"`
	// HoldStops says whether holds for a vendor, a part or a change stop the restoration clock here.
	HoldStops *bool `yaml:"hold_stops"`
	// Targets are those in which the service differs from its category and from the rest; of several services the strictest count.
	Targets Overrides `yaml:"targets"`
	// Owners are the people and teams that answer for it, as words.
	Owners []string `yaml:"owners"`
	// Tier is how much depends on it: 1 is what matters most, 4 least; 0 is unsaid.
	Tier        int    `yaml:"tier"`
	Description string `yaml:"description"`
	// Lifecycle is production, experimental, deprecated or a word of the house.
	Lifecycle string `yaml:"lifecycle"`
	// DependsOn are the services without which it does not work: their alerts and its own come into one incident.
	DependsOn []string `yaml:"depends_on"`
	// Links are further pages about it.
	Links []ServiceLink `yaml:"links"`
	// Aliases are other names of it, as alerts and people use them.
	Aliases []string `yaml:"aliases"`

	system string // of the catalogue read
}

// ServiceLink is a page about a service.
type ServiceLink struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
}

// Catalogue is what is known of services from elsewhere.
type Catalogue struct {
	// Backstage are folders with catalog-info.yaml files, or such files themselves. The configuration's services go before them, field by
	// field.
	Backstage []string `yaml:"backstage"`
	// ImpactOfTier is the impact of an incident that an alert opens on a service of tier 1, of tier 2 and so on, where the rule says none.
	ImpactOfTier []string `yaml:"impact_of_tier"`
}

// leastTier is the tier of what matters least.
const leastTier = 4

// impactOf is the impact that stands for a tier, "" for none.
func (k *Catalogue) impactOf(tier int) string {
	if tier < 1 || tier > len(k.ImpactOfTier) {
		return ""
	}
	return k.ImpactOfTier[tier-1]
}

func (c *Config) servicesIn(hours map[string]*calendar.Hours) []incident.ServiceOf {
	var out []incident.ServiceOf // none is nil, as in the shipped policy
	for _, s := range c.Services {
		one := incident.ServiceOf{
			Name: s.Name, Team: s.Team, Runbook: s.Runbook, Dashboard: s.Dashboard, HoldStops: s.HoldStops, Targets: s.Targets.in(hours),
			Owners: s.Owners, Tier: s.Tier, Impact: c.Catalog.impactOf(s.Tier), Description: s.Description, Lifecycle: s.Lifecycle,
			System: s.system, DependsOn: s.DependsOn, Aliases: s.Aliases,
		}
		for _, l := range s.Links {
			one.Links = append(one.Links, incident.ServiceLink(l))
		}
		out = append(out, one)
	}
	return out
}

// depends says of each service on which others it depends, for the rules of alerts.
func (c *Config) depends() map[string][]string {
	var out map[string][]string
	for _, s := range c.Services {
		if len(s.DependsOn) == 0 {
			continue
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[s.Name] = s.DependsOn
	}
	return out
}

// names gives the services with all their names, for the rules of alerts.
func (c *Config) names() alert.Names {
	services := make([]alert.Service, len(c.Services))
	for i, s := range c.Services {
		services[i] = alert.Service{Name: s.Name, Aliases: s.Aliases}
	}
	return alert.NewNames(services)
}

// checkServices looks at services and at what they say of each other.
func (c *Config) checkServices(t *tree) {
	names, known := map[string]bool{}, make([]string, len(c.Services))
	for i, s := range c.Services {
		known[i] = s.Name
		key := fmt.Sprintf("services[%d]", i)
		t.named(key, map[string]string{"name": s.Name})
		t.once(key+".name", s.Name, names)
	}
	taken := map[string]string{}
	for _, name := range known {
		taken[strings.ToLower(name)] = name
	}
	for i, s := range c.Services[:c.own(len(c.Services))] {
		key := fmt.Sprintf("services[%d]", i)
		c.checkTargets(t, key+".targets", s.Targets)
		if s.Tier < 0 || s.Tier > leastTier {
			t.wrong(key+".tier", "service.config_tier", lang.Args{"N": s.Tier})
		}
		for n, on := range s.DependsOn {
			if here := fmt.Sprintf("%s.depends_on[%d]", key, n); strings.EqualFold(on, s.Name) {
				t.wrong(here, "service.config_itself", lang.Args{"Service": s.Name})
			} else {
				t.oneOf(here, on, known...)
			}
		}
		for n, l := range s.Links {
			here := fmt.Sprintf("%s.links[%d].url", key, n)
			if u, err := url.Parse(l.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				t.wrong(here, "config.base_url", lang.Args{"Word": l.URL})
			}
		}
		for n, a := range s.Aliases {
			here := fmt.Sprintf("%s.aliases[%d]", key, n)
			t.named(here, map[string]string{"": a})
			if of, is := taken[strings.ToLower(a)]; is && of != s.Name {
				t.wrong(here, "service.config_alias", lang.Args{"Word": a, "Service": of})
			}
			taken[strings.ToLower(a)] = s.Name
		}
	}
	c.checkCycles(t)
	matrix := c.matrix()
	for n, word := range c.Catalog.ImpactOfTier {
		key := fmt.Sprintf("catalog.impact_of_tier[%d]", n)
		if n >= leastTier {
			t.wrong(key, "service.config_tier", lang.Args{"N": n + 1})
		}
		if matrix.Level(matrix.Impacts, word) == "" {
			t.oneOf(key, word, ids(matrix.Impacts)...)
		}
	}
}

// checkCycles complains about services that depend on each other in a circle, once for each circle. One of a catalogue from elsewhere
// is among its mistakes, and stops nothing.
func (c *Config) checkCycles(t *tree) {
	index := map[string]int{}
	for i, s := range c.Services {
		index[s.Name] = i
	}
	const under, done = 1, 2
	state, path := make([]int, len(c.Services)), []string{}
	var visit func(i int)
	visit = func(i int) {
		state[i] = under
		path = append(path, c.Services[i].Name)
		for n, on := range c.Services[i].DependsOn {
			k, ok := index[on]
			if !ok || on == c.Services[i].Name {
				continue
			}
			switch state[k] {
			case 0:
				visit(k)
			case under:
				circle := append(slices.Clone(path[slices.Index(path, on):]), on)
				c.circle(t, i, n, strings.Join(circle, " → "))
			}
		}
		path, state[i] = path[:len(path)-1], done
	}
	for i := range c.Services {
		if state[i] == 0 {
			visit(i)
		}
	}
}

// circle says that a circle of services is closed by the n-th dependency of the i-th.
func (c *Config) circle(t *tree, i, n int, words string) {
	key := fmt.Sprintf("services[%d].depends_on[%d]", i, n)
	if t.at[key] != nil {
		t.wrong(key, "service.config_circle", lang.Args{"Circle": words})
		return
	}
	c.found.Mistakes = append(c.found.Mistakes, catalog.Mistake{What: "service.config_circle", Args: map[string]string{"Circle": words}})
}

// own is how many of the services stand in the configuration itself; those of the catalogue come after them.
func (c *Config) own(all int) int { return all - c.found.Added }

// layCatalogue adds what files elsewhere say of services, below what the configuration says.
func (c *Config) layCatalogue(env Env) {
	if len(c.Catalog.Backstage) == 0 || env.Catalog == nil {
		return
	}
	known := make([]string, len(c.Services))
	for n, s := range c.Services {
		known[n] = s.Name
	}
	c.found = env.Catalog(c.Catalog.Backstage, known...)
	for _, f := range c.found.Services {
		k := slices.IndexFunc(c.Services, func(s Service) bool { return strings.EqualFold(s.Name, f.Name) })
		if k < 0 {
			c.Services = append(c.Services, Service{Name: f.Name})
			c.found.Added++
			k = len(c.Services) - 1
		}
		c.Services[k].lay(f)
	}
	for i := range c.Services { // the configuration may write a name in other letters than the catalogue
		for n, on := range c.Services[i].DependsOn {
			if k := slices.IndexFunc(c.Services, func(s Service) bool { return strings.EqualFold(s.Name, on) }); k >= 0 {
				c.Services[i].DependsOn[n] = c.Services[k].Name
			}
		}
	}
}

// lay takes over what the service does not say itself.
func (s *Service) lay(f catalog.Service) {
	s.Team, s.Runbook, s.Dashboard = cmp.Or(s.Team, f.Team), cmp.Or(s.Runbook, f.Runbook), cmp.Or(s.Dashboard, f.Dashboard)
	s.Tier, s.Description, s.Lifecycle, s.system = cmp.Or(s.Tier, f.Tier), cmp.Or(s.Description, f.Description), cmp.Or(s.Lifecycle, f.Lifecycle), f.System
	if s.Owners == nil {
		s.Owners = f.Owners
	}
	if s.DependsOn == nil {
		s.DependsOn = slices.Clone(f.DependsOn)
	}
	if s.Aliases == nil {
		s.Aliases = f.Aliases
	}
	if s.Links == nil {
		for _, l := range f.Links {
			s.Links = append(s.Links, ServiceLink(l))
		}
	}
}
