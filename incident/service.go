package incident

import (
	"slices"
	"strings"
)

// ServiceOf is what the house knows of a service.
type ServiceOf struct {
	Name      string `json:"name" yaml:"name"`
	Team      string `json:"team" yaml:"team"`
	Runbook   string `json:"runbook" yaml:"runbook"`
	Dashboard string `json:"dashboard" yaml:"dashboard"`
	HoldStops *bool  `json:"hold_stops" yaml:"hold_stops"` // vendor holds stop the restoration clock here

	Targets map[Priority]Override `json:"targets,omitempty" yaml:"-"`

	// What follows is for people to read, and for the opening by an alert: no deadline depends on it, so it is not part of the
	// Fingerprint.
	Owners      []string      `json:"-" yaml:"-"` // people and teams, as words
	Tier        int           `json:"-" yaml:"-"` // 1 is what matters most, 4 least; 0 is unsaid
	Impact      string        `json:"-" yaml:"-"` // of an incident that an alert opens, where nothing else says one; a level of the matrix
	Description string        `json:"-" yaml:"-"`
	Lifecycle   string        `json:"-" yaml:"-"` // production, experimental, deprecated or a word of the house
	System      string        `json:"-" yaml:"-"`
	DependsOn   []string      `json:"-" yaml:"-"` // names of services without which this one does not work
	Links       []ServiceLink `json:"-" yaml:"-"`
	Aliases     []string      `json:"-" yaml:"-"` // other names, as alerts and people use them
}

// ServiceLink is a page about a service.
type ServiceLink struct{ Title, URL string }

// Service gives what is known of a service by its name or one of its aliases, in any case.
func (p Policy) Service(name string) (ServiceOf, bool) { return p.service(name) }

func (p Policy) service(name string) (ServiceOf, bool) {
	for _, s := range p.Services {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	for _, s := range p.Services {
		if slices.ContainsFunc(s.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return s, true
		}
	}
	return ServiceOf{}, false
}

// Dependents are the names of the services that depend on one directly, in the order of the catalogue.
func (p Policy) Dependents(name string) (out []string) {
	for _, s := range p.Services {
		if slices.ContainsFunc(s.DependsOn, func(on string) bool { return strings.EqualFold(on, name) }) {
			out = append(out, s.Name)
		}
	}
	return out
}

// canonical gives each service by the name that the house has for it. A service that nobody knows keeps its own.
func (p Policy) canonical(services []string) []string {
	list := distinct(services)
	for k, name := range list {
		if s, ok := p.service(name); ok && !strings.EqualFold(s.Name, name) {
			list[k] = s.Name
		}
	}
	return distinct(list)
}

// ImpactOf is the impact that a trouble with the service has by itself, for alerts that say none; "" where it has none, or one that
// the matrix does not know.
func (p Policy) ImpactOf(service string) string {
	if s, ok := p.service(service); ok && s.Impact != "" {
		return p.Matrix.Level(p.Matrix.Impacts, s.Impact)
	}
	return ""
}

func (p Policy) linksOf(services []string) []Link {
	var out []Link
	for _, name := range services {
		s, ok := p.service(name)
		if ok && s.Runbook != "" {
			out = append(out, Link{Kind: "runbook", URL: s.Runbook, Title: s.Name})
		}
		if ok && s.Dashboard != "" {
			out = append(out, Link{Kind: "dashboard", URL: s.Dashboard, Title: s.Name})
		}
	}
	return out
}
