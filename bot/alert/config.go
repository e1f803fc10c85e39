package alert

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Config is the part of the configuration that this package owns.
type Config struct {
	// Sources are the senders. Those that Sources() lists exist without being named here.
	Sources []Source `yaml:"sources,omitempty"`
	// Rules decide what becomes of an alert; the first that matches does.
	Rules Rules `yaml:"rules,omitempty"`
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
	// Mapping says where a body holds what; only with the formats generic and cloudevents (where it is that of data).
	Mapping *Mapping `yaml:"mapping,omitempty"`

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
