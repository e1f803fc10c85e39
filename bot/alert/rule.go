package alert

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"matoi/incident"
)

// What can be done with an alert, as Rule.Do and Outcome.Do hold it.
const (
	// Open opens an incident, unless one of the same group (GroupKey) is open, which it joins.
	Open = "open"
	// Attach joins an open incident of the same group, and waits in the inbox if there is none.
	Attach = "attach"
	// Ignore only counts.
	Ignore = "ignore"
	// Wait opens or attaches later, if what Rule.Wait asks for comes true; until then the alert waits in the inbox.
	Wait = "wait"
	// Silenced is for what a silence or a maintenance window keeps quiet: it is judged again when that ends. No rule says so.
	Silenced = "silenced"
	// Damped is for what flaps: it is only counted until it has held still. No rule says so.
	Damped = "flapping"
	// Inbox shows the alert to people, and leaves it to them.
	Inbox = "inbox"
	// Follow is for an all-clear, an acknowledgement or a note: it goes where the alert it speaks of went.
	Follow = "follow"
)

// Rule says what becomes of the alerts it matches. All that is given must match.
type Rule struct {
	Name string `yaml:"name"`
	// Source is the name of a source; empty for any.
	Source string `yaml:"source,omitempty"`
	// Match maps fields of the alert (severity, service, title, …) and labels ("team", or "label.team") to a pattern or a list of them.
	Match map[string]Patterns `yaml:"match,omitempty"`
	Do    string              `yaml:"do"`
	// Wait says what a rule that waits waits for.
	Wait *Waiting `yaml:"wait,omitempty"`
	// Impact and Urgency are words of the priority matrix; Priority overrules it. If neither is given, the severity gives
	// a provisional priority.
	Impact   string `yaml:"impact,omitempty"`
	Urgency  string `yaml:"urgency,omitempty"`
	Priority string `yaml:"priority,omitempty"`
	// Category, Service and Title may hold placeholders: {title}, {host}, {label.team}, …
	Category string `yaml:"category,omitempty"`
	Service  string `yaml:"service,omitempty"`
	Title    string `yaml:"title,omitempty"`
	// GroupBy are fields and labels: alerts of one source that agree in all of them belong to one incident, whatever they are called.
	// Without it those of one name and service do.
	GroupBy []string `yaml:"group_by,omitempty"`
	// Window is how long after its last alert an incident takes in others of its group: a later one opens a new incident, which is linked.
	// Without it they join as long as it is open.
	Window Span `yaml:"window,omitempty"`
	// Alone opens an incident by itself, also where a service has trouble that this one depends on.
	Alone bool `yaml:"alone,omitempty"`
	// Escalation is one of escalations, begun as soon as the incident opens.
	Escalation string `yaml:"escalation,omitempty"`
	// Resolve says what becomes of the incident when all its alerts are over: tell it in the room, propose there to resolve it (as without
	// this key), or a length of time after which it is resolved if all stays quiet.
	Resolve string `yaml:"resolve,omitempty"`
	// Stored is the number of a rule that a person made (StoredRule); 0 for one of the configuration.
	Stored int64 `yaml:"-"`

	matchers []fieldMatcher
	ending   incident.Ending // Resolve, once compiled
	compiled bool
}

// fieldMatcher is one entry of Match.
type fieldMatcher struct {
	name string
	matcher
}

// Outcome is what is to be done with an alert, and why.
type Outcome struct {
	Rule     string
	Stored   int64 // Rule.Stored
	Do       string
	Priority string
	// Provisional says that the priority was derived from the severity, for want of anything better.
	Provisional bool
	Impact      string
	Urgency     string
	Category    string
	Service     string
	Title       string
	Group       string // the grouping key; empty for the ordinary one
	Why         Reason
	Window      time.Duration
	Alone       bool
	Escalation  string
	Ending      incident.Ending
	// Waits is the rule's, where Do is Wait.
	Waits *Waiting
	// Until is when what is Silenced is judged again, and Silence the key of what silences it.
	Until   time.Time
	Silence string
}

// Compile checks a rule and prepares it. Its errors name the rule and the key.
func (r *Rule) Compile() error {
	var mistakes []error
	wrong := func(key string, err error) {
		mistakes = append(mistakes, fmt.Errorf("rule %q: %s: %w", r.Name, key, err))
	}
	if r.Name == "" {
		wrong("name", mistaken("alert.config_rule_name"))
	}
	if !slices.Contains([]string{Open, Attach, Ignore, Inbox, Wait}, r.Do) {
		wrong("do", mistaken("alert.config_word", "Word", r.Do, "Known", "open, attach, ignore, inbox, wait"))
	}
	r.checkWait(wrong)
	r.checkEnding(wrong)
	if r.Priority != "" && !regexp.MustCompile(`^P[1-5]$`).MatchString(r.Priority) {
		wrong("priority", mistaken("alert.config_word", "Word", r.Priority, "Known", "P1, P2, P3, P4, P5"))
	}
	r.matchers = nil
	for _, name := range sortedNames(r.Match) {
		fits, err := r.Match[name].compileFor(name)
		if err != nil {
			wrong("match."+name, err)
			continue
		}
		r.matchers = append(r.matchers, fieldMatcher{name, fits})
	}
	for _, template := range []struct{ key, text string }{{"category", r.Category}, {"service", r.Service}, {"title", r.Title}} {
		if err := checkTemplate(template.text); err != nil {
			wrong(template.key, err)
		}
	}
	for k, name := range r.GroupBy {
		if !strings.HasPrefix(name, "label.") && !slices.Contains(Fields(), name) {
			wrong(fmt.Sprintf("group_by[%d]", k), noField("alert.config_group_by", name))
		}
	}
	r.compiled = len(mistakes) == 0
	return errors.Join(mistakes...)
}

// matches reports whether the rule is for an alert. A rule with a mistake matches nothing.
func (r Rule) matches(a Alert) bool {
	if r.Source != "" && r.Source != a.Source {
		return false
	}
	if !r.compiled && r.Compile() != nil {
		return false
	}
	for _, m := range r.matchers {
		if !m.matches(a) {
			return false
		}
	}
	return true
}

// Rules are tried in order.
type Rules []Rule

// Compile checks and prepares all rules, and reports every mistake.
func (r Rules) Compile() error {
	var mistakes []error
	names := make(map[string]bool, len(r))
	for i := range r {
		if err := r[i].Compile(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("rules[%d]: %w", i, err))
		}
		if r[i].Name != "" && names[r[i].Name] {
			mistakes = append(mistakes, fmt.Errorf("rules[%d]: rule %q: name: %w", i, r[i].Name, mistaken("alert.config_twice", "Word", r[i].Name)))
		}
		names[r[i].Name] = true
	}
	return errors.Join(mistakes...)
}

// For gives what is to be done with an alert: what the first matching rule says, else by severity: critical opens a
// provisional P2, error a P3, the rest waits in the inbox.
func (r Rules) For(a Alert) Outcome {
	out := byDefault(a)
	for _, rule := range r {
		if rule.matches(a) {
			out = rule.outcome(a)
			break
		}
	}
	if a.follows() && out.Do != Ignore {
		out.Do, out.Why = Follow, because("alert.reason_follow")
	}
	return out
}

// byDefault judges an alert that no rule is for.
func byDefault(a Alert) Outcome {
	out := Outcome{Do: Inbox, Service: a.Service, Title: a.Title}
	switch a.Severity {
	case Critical:
		out.Do, out.Why = Open, because("alert.reason_critical")
	case Error:
		out.Do, out.Why = Open, because("alert.reason_error")
	case Unknown:
		out.Why = because("alert.reason_unknown")
	default:
		out.Why = because("alert.reason_harmless", "Severity", a.Severity)
	}
	if out.Do == Open {
		out.Priority, out.Provisional = provisional(a.Severity), true
	}
	return out
}

// outcome is what a matching rule makes of an alert.
func (r Rule) outcome(a Alert) Outcome {
	out := Outcome{
		Rule: r.Name, Stored: r.Stored, Do: r.Do, Priority: r.Priority, Impact: r.Impact, Urgency: r.Urgency,
		Category: line(fill(r.Category, a), maxName),
		Service:  cmp.Or(line(fill(r.Service, a), maxName), a.Service),
		Title:    cmp.Or(line(fill(r.Title, a), maxTitle), a.Title),
		Group:    r.group(a),
		Why:      r.why(a),
		Window:   time.Duration(r.Window), Alone: r.Alone, Escalation: r.Escalation, Ending: r.ending,
	}
	if r.Do == Wait && r.Wait != nil {
		out.Waits, out.Why = r.Wait, r.Wait.why(r.Name)
	}
	if (r.Do == Open || r.Do == Wait) && r.Priority == "" && (r.Impact == "" || r.Urgency == "") {
		out.Priority, out.Provisional = provisional(a.Severity), true
	}
	return out
}

// why names the rule and what follows from it, with the priority where the rule or the severity alone gives it.
func (r Rule) why(a Alert) Reason {
	switch {
	case r.Do == Open && r.Priority != "":
		return because(byRule, "Rule", r.Name, "Do", "open_as", "Priority", r.Priority)
	case r.Do == Open && r.Impact == "" && r.Urgency == "":
		return because(byRule, "Rule", r.Name, "Do", "open_provisional", "Priority", provisional(a.Severity))
	}
	return because(byRule, "Rule", r.Name, "Do", r.Do)
}

// provisional gives the priority that a severity stands for until somebody judges.
func provisional(severity string) string {
	switch severity {
	case Critical:
		return "P2"
	case Warning:
		return "P4"
	case Notice:
		return "P5"
	}
	return "P3"
}

// group is the grouping key that a rule gives: the values it groups by, behind its name, so that rules don't mix.
func (r Rule) group(a Alert) string {
	if len(r.GroupBy) == 0 {
		return ""
	}
	parts := make([]string, 0, 1+len(r.GroupBy))
	parts = append(parts, escaped(r.Name))
	for _, name := range r.GroupBy {
		parts = append(parts, escaped(a.field(name)))
	}
	return bound("rule|" + strings.Join(parts, "|"))
}

// escaped keeps a part of a key apart from the sign between parts.
func escaped(s string) string {
	if !strings.ContainsAny(s, `\|`) {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(s)
}
