package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"matoi/incident"
	"matoi/incident/calendar"
	"matoi/lang"
)

// Ladder is an escalation: who is called, in which order, until somebody answers.
type Ladder struct {
	// Name is what people type: escalate to payments.
	Name string `yaml:"name"`
	// JA and EN are what it is called where people read it.
	JA string `yaml:"ja"`
	EN string `yaml:"en"`
	// For says which incidents it is for; what is not named fits all. Of several that fit, the first that has a trigger begins by it.
	For Fitting `yaml:"for"`
	// When are its triggers. Without one it is only asked for by name.
	When []When `yaml:"when"`
	// Steps are taken one after the other, until somebody answers.
	Steps []Rung `yaml:"steps"`
	// Repeat is how often all steps are taken again at their pace; afterwards the calls go on as often as reminders.
	Repeat int `yaml:"repeat"`
	// Then is the escalation that goes on after the last step.
	Then string `yaml:"then"`
}

// Fitting says which incidents are meant.
type Fitting struct {
	// From and To are the highest and the lowest priority.
	From       incident.Priority `yaml:"from"`
	To         incident.Priority `yaml:"to"`
	Services   []string          `yaml:"services"`
	Categories []string          `yaml:"categories"`
	Teams      []string          `yaml:"teams"`
}

// When begins an escalation.
type When struct {
	// On is unacknowledged, unanswered (who was asked to decide), vacant, silent, share, missed, raised or no_update.
	On string `yaml:"on"`
	// After is for how long it must have been so.
	After Duration `yaml:"after"`
	// Role is the vacant one.
	Role string `yaml:"role"`
	// Clock is response, restoration, first_notice, customer_notice or next_update; of share and missed.
	Clock string `yaml:"clock"`
	// Share of the clock, in percent.
	Share int `yaml:"share"`
	// Priority to which, or above which, it was raised.
	Priority incident.Priority `yaml:"priority"`
}

// Rung is one step of an escalation.
type Rung struct {
	// Call is whom it calls.
	Call []Callee `yaml:"call"`
	// Wait is for how long an answer is waited for before the next step.
	Wait Duration `yaml:"wait"`
	// Line is functional where it goes to the next line of support.
	Line string `yaml:"line"`
}

// Callee is whom a step calls: next, on_call, managers or room, or one of the keys.
type Callee struct {
	Person string `yaml:"person"`
	// Group is one of groups: all of them.
	Group string `yaml:"group"`
	// Role is whoever holds it.
	Role string `yaml:"role"`
	// Schedule is whoever is on call by it at that moment.
	Schedule string `yaml:"schedule"`
	// Vendor is named in the room, with the ticket.
	Vendor string `yaml:"vendor"`

	word string
}

// Group is some people under one name.
type Group struct {
	Name string `yaml:"name"`
	// People by name or e-mail address.
	People []string `yaml:"people"`
}

// Calls says when people are called.
type Calls struct {
	// QuietFrom is the highest priority for which people are not called outside Hours, nor in their Quiet.
	QuietFrom incident.Priority `yaml:"quiet_from"`
	// Quiet is the night of everybody called, in their own zone, such as 22:00-07:00: the next person who is awake is called, or nobody until
	// the first of them is. Where it is given alone, there are no other hours.
	Quiet string `yaml:"quiet"`
	// Hours are those at which people are called for the others, in the organisation's zone; by default daily 07:00-22:00.
	Hours OpenHours `yaml:"hours"`
}

// UnmarshalYAML reads next, on_call, managers and room as plain words, the others as keys.
func (k *Callee) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Load(&k.word)
	}
	type keys Callee
	return n.Load((*keys)(k))
}

func calleeWords() []string {
	return []string{string(incident.ToNext), string(incident.ToOnCall), string(incident.ToManagers), string(incident.ToRoom)}
}

// target is whom it means; how many keys were used. who gives the id of a person.
func (c *Config) target(k Callee, who func(name string) incident.PersonID) (t incident.Target, keys int) {
	for _, one := range []struct {
		name string
		kind incident.TargetKind
	}{
		{k.word, incident.TargetKind(k.word)},
		{k.Person, incident.ToPerson},
		{k.Group, incident.ToGroup},
		{k.Role, incident.ToRole},
		{k.Schedule, incident.ToOnCall},
		{k.Vendor, incident.ToVendor},
	} {
		if one.name != "" {
			t, keys = incident.Target{Kind: one.kind, Name: one.name}, keys+1
		}
	}
	switch {
	case k.word != "":
		t.Name = ""
	case t.Kind == incident.ToPerson:
		t.People = []incident.PersonID{who(t.Name)}
	case t.Kind == incident.ToGroup:
		for _, g := range c.Groups {
			if g.Name == t.Name {
				for _, name := range g.People {
					t.People = append(t.People, who(name))
				}
			}
		}
	}
	return t, keys
}

// trigger is one as the rules know it.
func (w When) trigger() incident.Trigger {
	t := incident.Trigger{On: incident.TriggerKind(w.On), After: time.Duration(w.After)}
	switch t.On {
	case incident.OnVacant:
		t.Role = incident.RoleID(w.Role)
	case incident.OnShare:
		t.Clock, t.Share = incident.ClockKind(w.Clock), w.Share
	case incident.OnMissed:
		t.Clock = incident.ClockKind(w.Clock)
	case incident.OnRaised:
		t.To = w.Priority
	}
	return t
}

// ladders are the escalations as the rules know them; who gives the id of a person.
func (c *Config) ladders(who func(name string) incident.PersonID) []incident.Escalation {
	var out []incident.Escalation
	for _, l := range c.Escalations {
		e := incident.Escalation{
			ID: l.Name, JA: l.JA, EN: l.EN, Repeat: l.Repeat, Then: l.Then,
			For: incident.Scope{From: l.For.From, To: l.For.To, Services: l.For.Services, Categories: l.For.Categories, Teams: l.For.Teams},
		}
		for _, w := range l.When {
			e.Triggers = append(e.Triggers, w.trigger())
		}
		for _, r := range l.Steps {
			step := incident.Step{Wait: time.Duration(r.Wait), Line: r.Line}
			for _, k := range r.Call {
				t, _ := c.target(k, who)
				step.Targets = append(step.Targets, t)
			}
			e.Steps = append(e.Steps, step)
		}
		out = append(out, e)
	}
	return out
}

// escalation tells whether one can be begun by a name, and which there are, the shipped ones included.
func (c *Config) escalation(name string) (names []string, known bool) {
	p := incident.DefaultPolicy(c.zone()).WithEscalations(c.ladders(func(string) incident.PersonID { return "" }))
	for _, e := range p.Escalations {
		names = append(names, e.ID)
	}
	_, known = p.Escalation(name)
	return names, known
}

// called are the names of all people whom escalations call.
func (c *Config) called() []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, l := range c.Escalations {
		for _, r := range l.Steps {
			for _, k := range r.Call {
				if k.Person != "" {
					add(k.Person)
				}
			}
		}
	}
	for _, g := range c.Groups {
		for _, name := range g.People {
			add(name)
		}
	}
	return out
}

// escalate lays the configuration's escalations over a policy; named gives the id of a person.
func (c *Config) escalate(p incident.Policy, named func(name string) (incident.PersonID, error)) (incident.Policy, error) {
	ids := map[string]incident.PersonID{}
	for _, name := range append(c.called(), c.minded()...) {
		id, err := named(name)
		if err != nil {
			return p, err
		}
		ids[name] = id
	}
	p = p.WithEscalations(c.ladders(func(name string) incident.PersonID { return ids[name] }))
	for n, r := range c.further(nil, func(name string) incident.PersonID { return ids[name] }) {
		p.Further[n].Tell = r.Tell // in the same order; their hours are those of Policy
	}
	p.QuietFrom, p.CallHours = c.Calls.QuietFrom, c.hours(c.callHours(), c.zone())
	p.AwakeElse = c.awake(c.zone().String())
	p.Paging = c.Mail.On() || len(c.Gateways) > 0
	p.Version = p.Fingerprint()
	return p, nil
}

// awake are the hours outside the night of a zone; nil where no night is named.
func (c *Config) awake(zone string) *calendar.Hours {
	night, err := calendar.ParseSpan(c.Calls.Quiet)
	if err != nil {
		return nil
	}
	const day = 24 * 60
	up := calendar.Span{From: night.To % day, To: night.From}
	if up.To <= up.From {
		up.To += day
	}
	out := &calendar.Hours{Zone: zone}
	for d := range out.Week {
		out.Week[d] = []calendar.Span{up}
	}
	return out
}

func (c *Config) callHours() OpenHours {
	if len(c.Calls.Hours) == 0 && c.Calls.Quiet != "" {
		return nil
	}
	if len(c.Calls.Hours) == 0 {
		return OpenHours{"daily": "07:00-22:00"}
	}
	return c.Calls.Hours
}

// checkEscalations looks at escalations and groups.
func (c *Config) checkEscalations(t *tree) {
	groups := map[string]bool{}
	for i, g := range c.Groups {
		key := fmt.Sprintf("groups[%d]", i)
		t.named(key, map[string]string{"name": g.Name})
		t.once(key+".name", g.Name, groups)
		if len(g.People) == 0 {
			t.wrong(key+".people", "config.empty", nil)
		}
		for n, name := range g.People {
			c.checkMember(t, fmt.Sprintf("%s.people[%d]", key, n), name)
		}
	}
	c.checkHours(t, "calls.hours", c.Calls.Hours)
	t.priority("calls.quiet_from", c.Calls.QuietFrom)
	if night, err := calendar.ParseSpan(c.Calls.Quiet); c.Calls.Quiet != "" && (err != nil || night.To-night.From >= 24*60) {
		t.wrong("calls.quiet", "call.config_quiet", lang.Args{"Word": c.Calls.Quiet})
	}
	names := map[string]bool{}
	for i := range c.Escalations {
		l, key := &c.Escalations[i], fmt.Sprintf("escalations[%d]", i)
		t.named(key, map[string]string{"name": l.Name})
		t.once(key+".name", l.Name, names)
		if l.Name != "" && !oneWord(l.Name, mostWord) {
			t.wrong(key+".name", "oncall.config_name", lang.Args{"Word": l.Name})
		}
		if l.Repeat < 0 || l.Repeat > 100 {
			t.wrong(key+".repeat", "call.config_repeat", nil)
		}
		c.checkFitting(t, key+".for", l.For)
		for n, w := range l.When {
			c.checkWhen(t, fmt.Sprintf("%s.when[%d]", key, n), w)
		}
		if len(l.Steps) == 0 {
			t.wrong(key+".steps", "config.empty", nil)
		}
		for n, r := range l.Steps {
			c.checkRung(t, fmt.Sprintf("%s.steps[%d]", key, n), r, groups)
		}
	}
	c.checkThen(t)
}

// checkThen finds escalations that hand on to one that is not there, or in a circle.
func (c *Config) checkThen(t *tree) {
	then := map[string]string{}
	known := []string{}
	for _, e := range incident.ShippedEscalations(time.Minute, time.Minute) {
		then[e.ID] = ""
		known = append(known, e.ID)
	}
	for _, l := range c.Escalations {
		then[l.Name] = l.Then
		known = append(known, l.Name)
	}
	for i, l := range c.Escalations {
		key := fmt.Sprintf("escalations[%d].then", i)
		if l.Then == "" {
			continue
		}
		if _, ok := then[l.Then]; !ok {
			t.oneOf(key, l.Then, known...)
			continue
		}
		path := []string{l.Name}
		for next := l.Then; next != ""; next = then[next] {
			if slices.Contains(path, next) {
				if next == l.Name {
					t.wrong(key, "call.config_circle", lang.Args{"Path": strings.Join(append(path, next), " → ")})
				}
				break
			}
			path = append(path, next)
		}
	}
}

func (c *Config) checkFitting(t *tree, key string, f Fitting) {
	if f.From != 0 && f.To != 0 && f.To < f.From {
		t.wrong(key+".to", "call.config_order", lang.Args{"From": f.From.String(), "To": f.To.String()})
	}
	services := make([]string, len(c.Services))
	for i, s := range c.Services {
		services[i] = s.Name
	}
	for n, name := range f.Services {
		t.oneOf(fmt.Sprintf("%s.services[%d]", key, n), name, services...)
	}
	for n, name := range f.Categories {
		t.oneOf(fmt.Sprintf("%s.categories[%d]", key, n), name, c.categories()...)
	}
}

func (c *Config) checkWhen(t *tree, key string, w When) {
	known := make([]string, 0, 8)
	for _, k := range incident.TriggerKinds() {
		known = append(known, string(k))
	}
	t.oneOf(key+".on", w.On, known...)
	switch incident.TriggerKind(w.On) {
	case incident.OnVacant:
		c.checkRole(t, key+".role", w.Role)
	case incident.OnShare, incident.OnMissed:
		t.oneOf(key+".clock", w.Clock, string(incident.Response), string(incident.Restoration), string(incident.FirstNotice), string(incident.CustomerNotice), string(incident.NextUpdate))
		if w.On == string(incident.OnShare) && (w.Share < 1 || w.Share > 99) {
			t.wrong(key+".share", "config.share", lang.Args{"Word": strconv.Itoa(w.Share)})
		}
	case incident.OnRaised:
		t.priority(key+".priority", w.Priority)
	case incident.OnSilent:
		if w.After < Duration(time.Minute) {
			t.wrong(key+".after", "config.short", nil)
		}
	}
}

func (c *Config) checkRole(t *tree, key, role string) {
	var known []string
	for _, r := range incident.Roles() {
		known = append(known, string(r.ID))
	}
	t.oneOf(key, role, known...)
}

func (c *Config) checkRung(t *tree, key string, r Rung, groups map[string]bool) {
	if r.Wait < Duration(incident.LeastWait) {
		t.wrong(key+".wait", "config.short_wait", nil)
	}
	if r.Line != "" {
		t.oneOf(key+".line", r.Line, "functional", "hierarchical")
	}
	if len(r.Call) == 0 {
		t.wrong(key+".call", "config.empty", nil)
	}
	for n, k := range r.Call {
		here := fmt.Sprintf("%s.call[%d]", key, n)
		target, keys := c.target(k, func(string) incident.PersonID { return "x" })
		switch {
		case keys != 1:
			t.wrong(here, "call.config_callee", lang.Args{"Known": strings.Join(calleeWords(), ", ")})
		case k.word != "":
			t.oneOf(here, k.word, calleeWords()...)
		case target.Kind == incident.ToPerson:
			c.checkMember(t, here+".person", k.Person)
		case target.Kind == incident.ToGroup && !groups[k.Group]:
			t.oneOf(here+".group", k.Group, sortedNames(groups)...)
		case target.Kind == incident.ToRole:
			c.checkRole(t, here+".role", k.Role)
		case target.Kind == incident.ToOnCall:
			var known []string
			for _, s := range c.Schedules {
				known = append(known, s.Name)
			}
			t.oneOf(here+".schedule", k.Schedule, known...)
		}
	}
}

// checkMember complains about who is none of people, with the nearest name.
func (c *Config) checkMember(t *tree, key, name string) {
	known := c.memberNames()
	if slices.Contains(known, name) {
		return
	}
	what, args := "oncall.config_person", lang.Args{"Word": name, "Near": nearest(name, known)}
	if args["Near"] != "" {
		what = "oncall.config_person_near"
	}
	t.wrong(key, what, args)
}
