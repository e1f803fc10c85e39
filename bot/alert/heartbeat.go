package alert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"matoi/lang"
)

// HeartbeatSource is the source of the alerts that Matoi raises itself, where something falls silent. Rules may name it.
const HeartbeatSource = "heartbeat"

// Heartbeated is Outcome.Do of an alert that only says that its sender lives.
const Heartbeated = "heartbeat"

// The states of a heartbeat, as Beat.State holds them.
const (
	Alive  = ""
	Silent = "silent"
	Failed = "failed"
)

// Beat is what is kept of one heartbeat.
type Beat struct {
	Name  string
	Last  time.Time // the last good sign of life; zero for never
	State string
	Since time.Time // of the state; zero while it always was so
}

// Heartbeat is a job or a machine that calls /hooks/heartbeat/<name> now and then: if it does not, that opens an incident.
type Heartbeat struct {
	Name string `yaml:"name"`
	// Every is how often a sign of life comes, Grace how much later it may; by default half as much.
	Every Span `yaml:"every"`
	Grace Span `yaml:"grace,omitempty"`
	// Priority is that of the incident; by default a provisional P2.
	Priority string `yaml:"priority,omitempty"`
	// Title is the incident's; by default it says who has been silent for how long.
	Title   string `yaml:"title,omitempty"`
	Service string `yaml:"service,omitempty"`
	// Auth says how a caller proves to be one; as for sources.
	Auth Auth `yaml:"auth,omitempty"`
}

// Pulse makes a source a heartbeat too: if nothing comes from it for a while, that opens an incident.
type Pulse struct {
	// Every is how often something comes, Grace how much later it may; by default half as much.
	Every Span `yaml:"every"`
	Grace Span `yaml:"grace,omitempty"`
	// Match says which alerts are the sign of life, such as Prometheus' Watchdog: only those count, and they open nothing. Without it
	// every request counts, and opens what it opens.
	Match map[string]Patterns `yaml:"match,omitempty"`
	// Priority is that of the incident; by default a provisional P2.
	Priority string `yaml:"priority,omitempty"`
	// Title is the incident's; by default it says who has been silent for how long.
	Title   string `yaml:"title,omitempty"`
	Service string `yaml:"service,omitempty"`

	matchers []fieldMatcher
}

// shortestPulse keeps a heartbeat from being shorter than what networks and clocks take.
const shortestPulse = 10 * time.Second

// Compile checks a heartbeat.
func (h *Heartbeat) Compile() error {
	var mistakes []error
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString(h.Name) {
		mistakes = append(mistakes, fmt.Errorf("name: %w", mistaken("alert.config_name", "Word", h.Name)))
	}
	mistakes = append(mistakes, checkPulse("", h.Every, h.Priority)...)
	if err := h.Auth.compile(Generic); err != nil {
		mistakes = append(mistakes, err)
	}
	return errors.Join(mistakes...)
}

// compile checks the heartbeat of a source and prepares what it matches.
func (p *Pulse) compile() error {
	mistakes := checkPulse("heartbeat.", p.Every, p.Priority)
	p.matchers = nil
	for _, name := range sortedNames(p.Match) {
		fits, err := p.Match[name].compileFor(name)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("heartbeat.match.%s: %w", name, err))
			continue
		}
		p.matchers = append(p.matchers, fieldMatcher{name, fits})
	}
	return errors.Join(mistakes...)
}

func checkPulse(above string, every Span, priority string) (mistakes []error) {
	if time.Duration(every) < shortestPulse {
		mistakes = append(mistakes, fmt.Errorf("%severy: %w", above, mistaken("alert.config_pulse", "Least", Span(shortestPulse).String())))
	}
	if priority != "" && !regexp.MustCompile(`^P[1-5]$`).MatchString(priority) {
		mistakes = append(mistakes, fmt.Errorf("%spriority: %w", above, mistaken("alert.config_word", "Word", priority, "Known", "P1, P2, P3, P4, P5")))
	}
	return mistakes
}

// beats reports whether an alert is the sign of life.
func (p *Pulse) beats(a Alert) bool {
	if len(p.Match) == 0 || a.Status != Firing || a.remarks() {
		return false
	}
	return !slices.ContainsFunc(p.matchers, func(m fieldMatcher) bool { return !m.matches(a) })
}

// Life is one heartbeat of the configuration, of either kind.
type Life struct {
	Name    string
	Every   time.Duration
	Grace   time.Duration
	Source  bool // it is a source, not an address of its own
	Service string

	priority, title string
}

// Lives are all heartbeats of the configuration, in its order: first those with an address of their own.
func (c *Config) Lives() []Life {
	var out []Life
	for _, h := range c.Heartbeats {
		out = append(out, Life{h.Name, time.Duration(h.Every), graceOf(h.Every, h.Grace), false, h.Service, h.Priority, h.Title})
	}
	for _, s := range c.Sources {
		if p := s.Heartbeat; p != nil {
			out = append(out, Life{s.Name, time.Duration(p.Every), graceOf(p.Every, p.Grace), true, p.Service, p.Priority, p.Title})
		}
	}
	return out
}

func graceOf(every, grace Span) time.Duration { return time.Duration(cmp.Or(grace, every/2)) }

// life gives a heartbeat by its name.
func (c *Config) life(name string) (Life, bool) {
	for _, h := range c.Lives() {
		if h.Name == name {
			return h, true
		}
	}
	return Life{}, false
}

// HeartbeatNamed gives the heartbeat with an address of its own, and false if there is none of that name.
func (c *Config) HeartbeatNamed(name string) (Heartbeat, bool) {
	for _, h := range c.Heartbeats {
		if h.Name == name {
			return h, true
		}
	}
	return Heartbeat{}, false
}

// Key is Row.Key of the alert that says that a heartbeat is silent.
func (h Life) Key() string { return HeartbeatSource + ":" + h.Name }

// alert is what the silence of a heartbeat, or its own word of a failure, is as an alert.
func (h Life) alert(l lang.Lang, state string, at, last time.Time, said string) Alert {
	a := Alert{
		Source: HeartbeatSource, Status: Firing, Event: EventTrigger, Severity: Critical, Service: h.Service, Host: "", DedupeKey: h.Key(), StartsAt: at,
		Labels: map[string]string{"heartbeat": h.Name},
	}
	switch state {
	case Failed:
		a.Undated = true // as long as it burns, the next failure is the same
		a.Title = lang.Text(l, "alert.heartbeat_failed", lang.Args{"Name": h.Name})
		a.Description = said
	case Silent:
		a.Title = cmp.Or(h.title, lang.Text(l, "alert.heartbeat_silent", lang.Args{"Name": h.Name, "For": lang.Span(l, h.Every+h.Grace)}))
		a.Description = lang.Text(l, "alert.heartbeat_last", lang.Args{"Every": lang.Span(l, h.Every), "Last": last.UTC().Format("2006-01-02 15:04:05 UTC")})
	default:
		a.Status, a.Event, a.Undated, a.EndsAt = Resolved, EventResolve, true, at
		a.Title = lang.Text(l, "alert.heartbeat_back", lang.Args{"Name": h.Name})
	}
	return a
}

// outcome is what becomes of it: what a rule says, else it opens an incident of its own.
func (h Life) outcome(c *Config, a Alert, now time.Time) Outcome {
	o := c.For(a, now)
	if o.Group == "" {
		o.Group = h.Key()
	}
	if o.Rule == "" && o.Do != Silenced && o.Do != Follow {
		if o.Do, o.Why = Open, because("alert.reason_heartbeat_silent", "Name", h.Name); a.Undated {
			o.Why = because("alert.reason_heartbeat_failed", "Name", h.Name)
		}
		o.Priority, o.Provisional = cmp.Or(h.priority, "P2"), h.priority == ""
	}
	return o
}

// again judges an alert anew by what is kept of it: that of a heartbeat as when it fell silent, else by the rules alone.
func (c *Config) again(a Alert, now time.Time) Outcome {
	if a.Source == HeartbeatSource {
		if h, known := c.life(a.Labels["heartbeat"]); known {
			return h.outcome(c, a, now)
		}
	}
	return c.For(a, now)
}

// sign is one sign of life, or the word that something failed.
type sign struct {
	name   string
	at     time.Time
	failed bool
	said   string
	silent time.Time // since when it is silent, where a replay says so
}

// call is what is stored of a call at a heartbeat's address.
type call struct {
	Name   string `json:"name"`
	Failed bool   `json:"failed,omitempty"`
	Said   string `json:"said,omitempty"`
	// Silent is since when it is silent, where no call came: only a replay says so.
	Silent time.Time `json:"silent,omitzero"`
}

// NewCall makes the body of the stored request for a call at a heartbeat's address; said is what it had to say, of which the first
// lines are kept where it failed.
func NewCall(name string, failed bool, said []byte) []byte {
	c := call{Name: name, Failed: failed}
	if failed {
		c.Said = text(string(said[:min(len(said), 4000)]), 1000)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return nil // can't happen: plain values only
	}
	return body
}

// NewSilence makes the body of a request that tells anew that a heartbeat fell silent, and since when, for a replay.
func NewSilence(name string, since time.Time) []byte {
	body, err := json.Marshal(call{Name: name, Silent: since})
	if err != nil {
		return nil // only for a year that no clock shows
	}
	return body
}

// hear reads a stored call. One for a heartbeat that the configuration doesn't have any more asks for nothing.
func (p *parcel) hear(c Config) {
	var one call
	if err := json.Unmarshal(p.raw.Body, &one); err != nil {
		p.fail(because("alert.error_json", "Detail", line(err.Error(), maxName)))
		return
	}
	if _, known := c.life(one.Name); known {
		p.signs = append(p.signs, sign{one.Name, p.raw.Received, one.Failed, one.Said, one.Silent})
	}
}

// live notes what a request of a source says of the source's own heartbeat by having come.
func (p *parcel) live(s Source) {
	if s.Heartbeat != nil && len(s.Heartbeat.Match) == 0 {
		p.signs = append(p.signs, sign{name: s.Name, at: p.raw.Received})
	}
}

// beat judges an alert that may be the sign of life of its source.
func (p *parcel) beat(s Source, a Alert) (Outcome, bool) {
	if s.Heartbeat == nil || !s.Heartbeat.beats(a) {
		return Outcome{}, false
	}
	if len(p.signs) == 0 {
		p.signs = append(p.signs, sign{name: s.Name, at: p.raw.Received})
	}
	return Outcome{Do: Heartbeated, Service: a.Service, Title: a.Title, Why: because("alert.reason_heartbeat", "Name", s.Name)}, true
}
