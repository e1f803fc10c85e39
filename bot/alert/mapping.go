package alert

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Mapping says where a tool's own JSON holds what an alert is made of. A path that isn't given keeps its default, so a
// mapping only names what is elsewhere.
type Mapping struct {
	// Alerts leads to the list if one request holds several alerts; all other paths then start at an element of it. A
	// body that is itself a list needs none.
	Alerts      Path `yaml:"alerts,omitempty"`
	Title       Path `yaml:"title,omitempty"`
	Status      Path `yaml:"status,omitempty"`
	Severity    Path `yaml:"severity,omitempty"`
	DedupeKey   Path `yaml:"dedupe_key,omitempty"`
	Service     Path `yaml:"service,omitempty"`
	Host        Path `yaml:"host,omitempty"`
	Link        Path `yaml:"link,omitempty"`
	Runbook     Path `yaml:"runbook,omitempty"`
	Description Path `yaml:"description,omitempty"`
	// StartsAt must not change while one alert lasts: a new start is a new occurrence.
	StartsAt Path `yaml:"starts_at,omitempty"`
	Actor    Path `yaml:"actor,omitempty"`
	Comment  Path `yaml:"comment,omitempty"`
	// Labels leads to an object whose members become labels, for rules to match on.
	Labels Path `yaml:"labels,omitempty"`
	// StatusValues translates the tool's words, in any case, to firing, resolved, acknowledge, note or update.
	StatusValues map[string]string `yaml:"status_values,omitempty"`
	// SeverityValues translates the tool's words, in any case, to critical, error, warning, info or unknown.
	SeverityValues map[string]string `yaml:"severity_values,omitempty"`

	parsed *trails
}

// trails are the parsed paths of a mapping.
type trails struct {
	alerts, title, status, severity, key, service, host, link, runbook, description, start, actor, comment, labels []trail
}

// ordinary is the mapping of the source "generic".
func ordinary() Mapping {
	return Mapping{
		Title:       "summary|title|message",
		Status:      "status|action|state",
		Severity:    "severity",
		DedupeKey:   "dedup_key|dedup|key|dedupe_key",
		Service:     "service",
		Host:        "host|hostname",
		Link:        "link|url",
		Runbook:     "runbook|runbook_url",
		Description: "description|details",
		StartsAt:    "starts_at|started_at",
		Actor:       "actor",
		Comment:     "comment",
		Labels:      "labels",
	}
}

// ordinaryMapping is that of a source without one. Nobody writes to it.
var ordinaryMapping = sync.OnceValue(func() *Mapping { return new(Mapping) })

// ordinaryTrails are the default paths, parsed once.
var ordinaryTrails = sync.OnceValue(func() *trails {
	m := ordinary()
	t, err := m.parse()
	if err != nil {
		panic(err) // a spelling mistake above
	}
	return t
})

// parse reads all paths, each falling back to its default.
func (m *Mapping) parse() (*trails, error) {
	usual := ordinary()
	t := new(trails)
	var mistakes []error
	for _, field := range []struct {
		key         string
		path, usual Path
		to          *[]trail
	}{
		{"alerts", m.Alerts, usual.Alerts, &t.alerts},
		{"title", m.Title, usual.Title, &t.title},
		{"status", m.Status, usual.Status, &t.status},
		{"severity", m.Severity, usual.Severity, &t.severity},
		{"dedupe_key", m.DedupeKey, usual.DedupeKey, &t.key},
		{"service", m.Service, usual.Service, &t.service},
		{"host", m.Host, usual.Host, &t.host},
		{"link", m.Link, usual.Link, &t.link},
		{"runbook", m.Runbook, usual.Runbook, &t.runbook},
		{"description", m.Description, usual.Description, &t.description},
		{"starts_at", m.StartsAt, usual.StartsAt, &t.start},
		{"actor", m.Actor, usual.Actor, &t.actor},
		{"comment", m.Comment, usual.Comment, &t.comment},
		{"labels", m.Labels, usual.Labels, &t.labels},
	} {
		path := field.path
		if path == "" {
			path = field.usual
		}
		parsed, err := path.parse()
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("mapping.%s: %w", field.key, mistaken("alert.config_path", "Detail", err.Error())))
		}
		*field.to = parsed
	}
	return t, errors.Join(mistakes...)
}

// Compile reads the paths and checks the values once, so that decoding needn't. Its errors name the key.
func (m *Mapping) Compile() error {
	parsed, err := m.parse()
	mistakes := []error{err}
	for _, name := range sortedNames(m.StatusValues) {
		if to := m.StatusValues[name]; !slices.Contains([]string{Firing, Resolved, EventTrigger, EventResolve, EventAcknowledge, EventNote, EventUpdate}, to) {
			mistakes = append(mistakes, fmt.Errorf("mapping.status_values.%s: %w", name,
				mistaken("alert.config_word", "Word", to, "Known", "firing, resolved, acknowledge, note, update")))
		}
	}
	for _, name := range sortedNames(m.SeverityValues) {
		if to := m.SeverityValues[name]; severity(to) == Unknown && to != Unknown {
			mistakes = append(mistakes, fmt.Errorf("mapping.severity_values.%s: %w", name,
				mistaken("alert.config_word", "Word", to, "Known", "critical, error, warning, info, unknown")))
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return err
	}
	m.parsed = parsed
	return nil
}

// translate gives the word that a sender's word stands for, or the word itself. Case and width don't matter.
func translate(values map[string]string, word string) string {
	if to, found := values[word]; found {
		return to
	}
	for _, name := range sortedNames(values) {
		if fold(name) == fold(word) {
			return values[name]
		}
	}
	return word
}
