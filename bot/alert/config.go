package alert

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"matoi/lang"
)

// Config is the part of the configuration that this package owns.
type Config struct {
	// Sources are the senders. Those that Sources() lists exist without being named here.
	Sources []Source `yaml:"sources,omitempty"`
	// Rules decide what becomes of an alert; the first that matches does.
	Rules Rules `yaml:"rules,omitempty"`
	// Heartbeats are jobs and machines that open an incident by their silence.
	Heartbeats []Heartbeat `yaml:"heartbeats,omitempty"`
	// Silences are what is to be kept quiet.
	Silences Silences `yaml:"-"`
	// Flapping says when what comes and goes is heard no more for a while.
	Flapping Damping `yaml:"-"`
	// Depends says of services, by name, without which others they do not work; Names knows them by their other names. Both come from
	// the catalogue.
	Depends map[string][]string `yaml:"-"`
	Names   Names               `yaml:"-"`
}

// For gives what is to be done with an alert at a time: it is kept quiet if somebody wants that, else the rules say. What follows
// an alert that is known, such as its all-clear, is never kept quiet.
func (c *Config) For(a Alert, at time.Time) Outcome {
	if a.names == nil { // one that is judged again
		a.names = c.Names.of(a.Service)
	}
	out := c.Rules.For(a)
	of := a.names
	if out.Service != a.Service { // the rule's own word
		of = c.Names.of(out.Service)
	}
	if of != nil {
		out.Service = of.written[0]
	}
	if out.opens() && wordless(out.Title) && a.meaningless() {
		out.Do, out.Why, out.Waits = Inbox, because("alert.reason_meaningless"), nil
	}
	if len(c.Silences) == 0 || a.follows() || out.Do == Ignore {
		return out
	}
	if by, silent := c.Silences.Silent(a, cmp.Or(out.Group, GroupKey(a)), at); silent {
		out.Do, out.Silence, out.Until, out.Why, out.Waits = Silenced, by.Key, by.Until, by.Why, nil
	}
	return out
}

// Source is one sender, which posts to /hooks/<name>.
type Source struct {
	Name string `yaml:"name"`
	// Format is one of Sources(); by default the one that is named like the source.
	Format string `yaml:"format,omitempty"`
	// Zone is where the sender's times are read that name no zone, as the IANA writes it; by default UTC, which senders in
	// containers keep, and not the organisation's zone: a start must not move when that is set.
	Zone string `yaml:"zone,omitempty"`
	Auth Auth   `yaml:"auth,omitempty"`
	// Rate is how many authentic requests are taken for long, such as 200/s or 6000/m, by each process of Matoi; past it the sender
	// is told 429 and when to come again. By default there is no bound: what one source may fill of the inbox is bounded anyway.
	Rate Rate `yaml:"rate,omitempty"`
	// Burst is how many requests may come at once before the rate counts; by default those of five seconds, ten at least.
	Burst int `yaml:"burst,omitempty"`
	// Body is the largest body taken of this source; by default body_bound.
	Body Size `yaml:"body,omitempty"`
	// Mapping says where a body holds what; only with the formats generic and cloudevents (where it is that of data).
	Mapping *Mapping `yaml:"mapping,omitempty"`

	// Heartbeat makes the silence of this source open an incident.
	Heartbeat *Pulse `yaml:"heartbeat,omitempty"`

	at *time.Location // Zone, once compiled
}

// Compile checks the configuration and prepares it for use. It reports every mistake, each with its key.
func (c *Config) Compile() error {
	var mistakes []error
	names := make(map[string]bool, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		if err := s.Compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("sources[%d]: %w", i, err))
		}
		if names[s.Name] {
			mistakes = append(mistakes, fmt.Errorf("sources[%d]: name: %w", i, mistaken("alert.config_twice", "Word", s.Name)))
		}
		names[s.Name] = true
	}
	for i := range c.Heartbeats {
		h := &c.Heartbeats[i]
		if err := h.Compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("heartbeats[%d]: %w", i, err))
		}
		if names[h.Name] { // they are told apart by name, those of sources too
			mistakes = append(mistakes, fmt.Errorf("heartbeats[%d]: name: %w", i, mistaken("alert.config_twice", "Word", h.Name)))
		}
		names[h.Name] = true
	}
	if err := c.Rules.Compile(); err != nil {
		mistakes = append(mistakes, err)
	}
	return errors.Join(mistakes...)
}

// Source gives the settings of a source by the name in its address, and false if there is none.
func (c *Config) Source(name string) (Source, bool) {
	for _, s := range c.Sources {
		if s.Name == name {
			return s, true
		}
	}
	if decoderOf(name) != nil {
		return Source{Name: name, Format: name}, true
	}
	return Source{}, false
}

// Bare is a path behind /hooks/ without what clients of any format append.
func Bare(path string) string {
	for _, s := range catalogue() {
		for _, more := range s.appends {
			path = strings.TrimSuffix(path, more)
		}
	}
	return path
}

// At gives the settings of the source that a path behind /hooks/ leads to: its name, or that and what its clients append.
func (c *Config) At(path string) (Source, bool) {
	if s, known := c.Source(path); known {
		return s, true
	}
	name, _, _ := strings.Cut(path, "/")
	if s, known := c.Source(name); known && slices.Contains(catalogue()[s.format()].appends, path[len(name):]) {
		return s, true
	}
	return Source{}, false
}

// zone is where times without a zone are read.
func (s Source) zone() *time.Location {
	if s.at != nil {
		return s.at
	}
	return time.UTC
}

// Compile checks one source and prepares its mapping.
func (s *Source) Compile() error {
	var mistakes []error
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString(s.Name) {
		mistakes = append(mistakes, fmt.Errorf("name: %w", mistaken("alert.config_name", "Word", s.Name)))
	}
	switch {
	case s.Format == "" && decoderOf(s.Name) != nil:
		s.Format = s.Name
	case s.Format == "" && s.Mapping != nil:
		s.Format = Generic
	}
	if decoderOf(s.Format) == nil {
		mistakes = append(mistakes, fmt.Errorf("%s: format: %w", s.Name, mistaken("alert.config_word", "Word", s.Format, "Known", strings.Join(Sources(), ", "))))
	}
	if s.Mapping != nil && !catalogue()[s.Format].maps {
		mistakes = append(mistakes, fmt.Errorf("%s: mapping: %w", s.Name, mistaken("alert.config_mapping")))
	}
	if s.Zone != "" {
		at, err := time.LoadLocation(s.Zone)
		if err != nil || s.Zone == "Local" { // which is another one on the next machine
			mistakes = append(mistakes, fmt.Errorf("%s: zone: %w", s.Name, mistaken("alert.config_zone", "Word", s.Zone)))
		}
		s.at = at
	}
	if s.Name == HeartbeatSource {
		mistakes = append(mistakes, fmt.Errorf("name: %w", mistaken("alert.config_taken", "Word", s.Name)))
	}
	if s.Heartbeat != nil {
		if err := s.Heartbeat.compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	if s.Burst < 0 || s.Burst > 0 && s.Rate == 0 {
		mistakes = append(mistakes, fmt.Errorf("%s: burst: %w", s.Name, mistaken("alert.config_burst")))
	}
	if s.Body > mostBody {
		mistakes = append(mistakes, fmt.Errorf("%s: body: %w", s.Name, mistaken("alert.config_body", "Max", lang.WriteSize(mostBody))))
	}
	if err := s.Auth.compile(s.Format); err != nil {
		mistakes = append(mistakes, fmt.Errorf("%s: %w", s.Name, err))
	}
	if s.Mapping != nil {
		if err := s.Mapping.Compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(mistakes...)
}
