package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// More openings than this by one source within this time are a storm: the rest join one incident.
const (
	stormAfter  = 20
	stormWithin = 5 * time.Minute
)

// open opens an incident for a fire, or lets it join the storm.
func (b *batch) open(ctx context.Context, p *place, previous incident.Number) error {
	source := p.row.Source
	n, asked := b.openings[source]
	if !asked {
		var err error
		if n, err = b.w.Openings(ctx, source, b.now.Add(-stormWithin)); err != nil {
			return fmt.Errorf("count the openings by %s: %w", source, err)
		}
		b.openings[source] = n
	}
	if n >= stormAfter && !p.outcome.Alone && !b.isRoot(p) {
		return b.joinStorm(ctx, p)
	}
	i, err := b.opening(ctx, p, previous)
	if err != nil || i == nil {
		return err
	}
	b.openings[source]++
	b.opened = append(b.opened, i.Number)
	b.groups[rowKey{source, p.row.Group}] = i.Number
	b.incidents[i.Number] = i
	p.row.Incident, p.at, p.row.Alert = i.Number, b.meeting(i.Number), settled(p.alert.Labels)
	b.mark(p)
	return nil
}

// opening does the opening through the desk. What a rule got wrong (an impact that the matrix doesn't know) must not cost
// the incident: it is then opened by its severity alone. If even that is refused, the alert waits in the inbox, and there
// is no incident.
func (b *batch) opening(ctx context.Context, p *place, previous incident.Number) (*incident.Incident, error) {
	var refusal *incident.Refusal
	for _, cmd := range b.openers(p, previous) {
		r, err := b.desk.Do(ctx, 0, cmd, incident.By{}, b.causeOf(p.row.Group))
		if err == nil {
			return r.Incident, nil
		}
		if !errors.As(err, &refusal) {
			return nil, fmt.Errorf("open an incident: %w", err)
		}
	}
	p.row.Outcome, p.row.Reason = Inbox, because("alert.reason_refused", "Code", refusal.Code).String()
	return nil, nil
}

// openers are the commands that are tried to open an incident for an alert.
func (b *batch) openers(p *place, previous incident.Number) []incident.Open {
	full := b.opener(p, previous)
	plain := incident.Open{
		Title: full.Title, Channel: full.Channel, Detected: full.Detected, Alert: full.Alert, Group: full.Group, Previous: previous,
	}
	if plain.Priority = full.Priority; plain.Priority == 0 {
		plain.Priority, _ = incident.ParsePriority(provisional(p.row.Severity))
	}
	return []incident.Open{full, plain}
}

// pressing is the priority of the incident that an alert would open; 0 if it would open none.
func (b *batch) pressing(p *place) incident.Priority {
	for _, cmd := range b.openers(p, 0) {
		facts, refusal := b.desk.Policy().Open(cmd, incident.By{}, b.now)
		if refusal != nil {
			continue
		}
		for _, e := range facts {
			if f, is := e.Fact.(*incident.Opened); is {
				return f.Priority
			}
		}
	}
	return 0
}

// opener is the command that opens an incident for an alert.
func (b *batch) opener(p *place, previous incident.Number) incident.Open {
	a, o, ref := p.alert, p.outcome, refOf(p.row)
	cmd := incident.Open{
		Title: o.Title, Summary: a.Description, Impact: o.Impact, Urgency: o.Urgency, Category: o.Category, Channel: "alert",
		Detected: p.received, Alert: &ref, Group: p.row.Group, Previous: previous,
		Alone: o.Alone, Escalation: o.Escalation, Ending: o.Ending,
	}
	cmd.Priority, _ = incident.ParsePriority(o.Priority)
	if cmd.Impact == "" && o.Service != "" { // what the service's tier means
		cmd.Impact = b.desk.Policy().ImpactOf(o.Service)
		if cmd.Impact != "" && cmd.Urgency != "" && o.Provisional {
			cmd.Priority = 0 // the matrix knows
		}
	}
	if cmd.Priority != 0 && o.Impact != "" && o.Urgency != "" {
		cmd.Reason = o.Why.Text(b.lang)
	}
	if !a.Undated && !a.StartsAt.After(p.received) && p.received.Sub(a.StartsAt) <= longAgo {
		cmd.Happened = incident.Moment{At: a.StartsAt}
	}
	if o.Service != "" {
		cmd.Services = []string{o.Service}
	}
	if a.Link != "" {
		cmd.Links = append(cmd.Links, incident.Link{Kind: "page", URL: a.Link, Title: a.Source})
	}
	if a.Runbook != "" {
		page := incident.Link{Kind: "runbook", URL: link(a.Runbook)}
		if page.URL == "" {
			page.Title = a.Runbook
		}
		cmd.Links = append(cmd.Links, page)
	}
	return cmd
}

// joinStorm lets a fire join the storm incident of its source, which is opened when all of the batch have joined.
func (b *batch) joinStorm(ctx context.Context, p *place) error {
	source := p.row.Source
	m := b.storms[source]
	if m != nil && b.shunned[m.number] {
		m = nil
	}
	if m == nil {
		found, err := b.w.StormFor(ctx, source)
		if err != nil {
			return fmt.Errorf("find the storm of %s: %w", source, err)
		}
		n, err := b.stillOpen(ctx, found)
		if err != nil {
			return err
		}
		if n == 0 || b.shunned[n] {
			m = &meeting{storm: &storm{source: source}}
			b.meetings = append(b.meetings, m)
		} else {
			m = b.meeting(n)
		}
		b.storms[source] = m
	} else if m.number != 0 {
		m = b.meeting(m.number) // told already, if an incident refused
	}
	if m.storm == nil {
		m.attach(p, because("alert.reason_storm"))
		return nil
	}
	priority, judged := incident.ParsePriority(p.outcome.Priority)
	if !judged {
		priority, _ = incident.ParsePriority(provisional(p.row.Severity))
	}
	if priority.Higher(m.storm.priority) {
		m.storm.priority = priority
	}
	if m.storm.first != nil {
		m.attach(p, because("alert.reason_storm"))
		return nil
	}
	m.join(p)
	p.row.Reason = because("alert.reason_storm").String()
	m.storm.first, m.storm.ref = p, refOf(p.row)
	m.storm.received = p.received
	return nil
}

// openStorms opens the storm incidents that the batch needs, and gives their numbers to those who joined.
func (b *batch) openStorms(ctx context.Context) error {
	for _, m := range b.meetings {
		s := m.storm
		if s == nil {
			continue
		}
		r, err := b.desk.Do(ctx, 0, incident.Open{
			Title: lang.Text(b.lang, "alert.storm_title", lang.Args{"Source": s.source}), Channel: "alert", Storm: true,
			Priority: s.priority, Detected: s.received, Alert: &s.ref,
		}, incident.By{}, b.causeOf("storm:"+s.source))
		if err != nil {
			return fmt.Errorf("open the storm of %s: %w", s.source, err)
		}
		m.storm, m.number = nil, r.Incident.Number
		b.opened = append(b.opened, m.number)
		b.incidents[m.number] = r.Incident
		for _, p := range m.joined {
			if p.at == m {
				p.row.Incident = m.number
			}
		}
		for _, at := range m.past {
			b.past[at].Incident = m.number
		}
	}
	return nil
}
