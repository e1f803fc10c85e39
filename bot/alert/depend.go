package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
)

const (
	// dependWithin is how far trouble of a service and of one that it depends on may lie apart to be one.
	dependWithin = 15 * time.Minute
	dependDepth  = 10  // services in a row
	dependMost   = 200 // services looked at
	gatherMost   = 50  // incidents that are merged into one at once
)

// needs are the services that one depends on, the nearest first, itself not among them.
func (c *Config) needs(service string) []string {
	return reach(service, func(s string) []string { return c.Depends[s] })
}

// needed are the services that depend on one, the nearest first.
func (c *Config) needed(service string) []string {
	return reach(service, func(s string) []string {
		var out []string
		for by, on := range c.Depends {
			if slices.Contains(on, s) {
				out = append(out, by)
			}
		}
		slices.Sort(out)
		return out
	})
}

// reach walks from a service, in widening circles.
func reach(service string, next func(string) []string) []string {
	seen := []string{service}
	for from, depth := 0, 0; depth < dependDepth && from < len(seen); depth++ {
		circle := seen[from:]
		from = len(seen)
		for _, s := range circle {
			for _, n := range next(s) {
				if !slices.Contains(seen, n) && len(seen) <= dependMost {
					seen = append(seen, n)
				}
			}
		}
	}
	return seen[1:]
}

// openBelow gives the open incident of a service that one depends on, which an alert opened or met lately; nil for none. One of which a
// person has said that it is less pressing than the alert would hide it.
func (b *batch) openBelow(ctx context.Context, p *place) (*incident.Incident, error) {
	if p.outcome.Alone || p.ofHeartbeat() || len(b.config.Depends) == 0 || p.outcome.Service == "" {
		return nil, nil
	}
	services := b.config.needs(p.outcome.Service)
	if len(services) == 0 {
		return nil, nil
	}
	found, err := b.w.OpenBorn(ctx, services, 5)
	if err != nil {
		return nil, fmt.Errorf("find what is open on the services that %s depends on: %w", p.outcome.Service, err)
	}
	for _, n := range found {
		i, err := b.load(ctx, n)
		if err != nil {
			return nil, err
		}
		if i == nil || !i.Open() || b.shunned[n] || i.Alerts.Storm || p.received.Sub(b.lastOf(i)) > dependWithin {
			continue
		}
		if i.Judged.IsZero() || !b.pressing(p).Higher(i.Priority) {
			return i, nil
		}
	}
	return nil, nil
}

// lastOf is when an incident's last alert came, those of this batch included.
func (b *batch) lastOf(i *incident.Incident) time.Time {
	for _, m := range b.meetings {
		if m.number == i.Number && len(m.joined) > 0 {
			return b.now
		}
	}
	if i.Alerts.Last.After(i.Opened) {
		return i.Alerts.Last
	}
	return i.Opened
}

// ofHeartbeat reports an alert that a heartbeat fell silent or failed: a backup that did not run says nothing of whether its service
// works, so it neither takes in what depends on that nor joins what that depends on.
func (p *place) ofHeartbeat() bool { return p.row.Source == HeartbeatSource }

// isRoot reports whether others depend on the service of an alert: what is wrong with it is no part of a storm, but may be what it
// comes from.
func (b *batch) isRoot(p *place) bool {
	service := p.outcome.Service
	if len(b.config.Depends) == 0 || service == "" || p.ofHeartbeat() {
		return false
	}
	for _, on := range b.config.Depends {
		if slices.Contains(on, service) {
			return true
		}
	}
	return false
}

// mark remembers an incident of a service that others depend on.
func (b *batch) mark(p *place) {
	if p.row.Incident != 0 && b.isRoot(p) {
		b.roots[p.row.Incident] = p.outcome.Service
	}
}

// gather merges into what has just opened, or fires again, the incidents that alerts opened lately on services that depend on it and
// that nobody has touched: its alert came after theirs.
func (b *batch) gather(ctx context.Context) error {
	for _, n := range b.rootNumbers() {
		into, err := b.w.Load(ctx, n)
		if err != nil || !into.Open() || into.Private {
			if err != nil && !errors.Is(err, incident.ErrNotFound) {
				return fmt.Errorf("load %s: %w", n, err)
			}
			continue
		}
		services := b.config.needed(b.roots[n])
		found, err := b.w.OpenBorn(ctx, services, gatherMost)
		if err != nil {
			return fmt.Errorf("find what is open on the services that depend on %s: %w", b.roots[n], err)
		}
		for _, source := range b.sources() {
			storm, err := b.w.StormFor(ctx, source)
			if err != nil {
				return fmt.Errorf("find the storm of %s: %w", source, err)
			}
			if storm != 0 && !slices.Contains(found, storm) {
				found = append(found, storm)
			}
		}
		if err := b.absorb(ctx, found, n, services); err != nil {
			return err
		}
	}
	return nil
}

// rootNumbers are the incidents that others may be merged into, in a settled order.
func (b *batch) rootNumbers() []incident.Number {
	out := make([]incident.Number, 0, len(b.roots))
	for n := range b.roots {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// sources are the monitoring systems that the batch has to do with.
func (b *batch) sources() []string {
	var out []string
	for key := range b.rows {
		if key.source != HeartbeatSource && !slices.Contains(out, key.source) {
			out = append(out, key.source)
		}
	}
	slices.Sort(out)
	return out
}

// absorb merges incidents into another: what they do to others tells how bad that one is, so it becomes as pressing as the highest of
// them first, unless a person has said how pressing it is. One that is more pressing then stays by itself.
func (b *batch) absorb(ctx context.Context, found []incident.Number, into incident.Number, services []string) error {
	var all []*incident.Incident
	var worst incident.Priority
	for _, n := range found {
		if n == into {
			continue
		}
		i, err := b.absorbable(ctx, n, services)
		if err != nil {
			return err
		}
		if i == nil {
			continue
		}
		if all = append(all, i); i.Priority.Higher(worst) {
			worst = i.Priority
		}
	}
	var of []string
	for _, i := range all {
		if i.Priority == worst {
			of = append(of, i.Services...)
		}
		if i.Priority == worst && i.Alerts.Storm {
			of = append(of, "", "")
		}
	}
	if err := b.raise(ctx, into, worst, of); err != nil {
		return err
	}
	for _, i := range all {
		if err := b.merge(ctx, i, into); err != nil {
			return err
		}
	}
	return nil
}

// raise makes an incident as pressing as what a service that depends on its own one is in.
func (b *batch) raise(ctx context.Context, n incident.Number, to incident.Priority, services []string) error {
	cmd := incident.SetPriority{Priority: to, Why: incident.PriorityDependency}
	if slices.Sort(services); len(slices.Compact(services)) == 1 {
		cmd.Service = services[0]
	}
	var refusal *incident.Refusal
	if to == 0 {
		return nil
	}
	if _, err := b.desk.Do(ctx, n, cmd, incident.By{}, b.causeOf("raise")); err != nil && !errors.As(err, &refusal) {
		return fmt.Errorf("raise %s: %w", n, err)
	}
	return nil
}

// absorbable gives an incident that may come from the same trouble as one of a service that these depend on, and that nobody works on;
// nil for none. A storm does only if all its alerts are of these services.
func (b *batch) absorbable(ctx context.Context, from incident.Number, services []string) (*incident.Incident, error) {
	i, err := b.w.Load(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", from, err)
	}
	if !i.Open() || i.Private || i.Alerts.Alone || i.Hold != nil || !i.Touched.IsZero() || b.now.Sub(i.Opened) > dependWithin {
		return nil, nil
	}
	if i.Alerts.Storm {
		of, err := b.w.ServicesOf(ctx, from, dependMost)
		if err != nil {
			return nil, fmt.Errorf("find the services of %s: %w", from, err)
		}
		if len(of) == 0 || slices.ContainsFunc(of, func(s string) bool { return !slices.Contains(services, s) }) {
			return nil, nil
		}
	}
	return i, nil
}

// merge merges an incident into another.
func (b *batch) merge(ctx context.Context, i *incident.Incident, into incident.Number) error {
	to, err := b.w.Load(ctx, into)
	if err != nil {
		return fmt.Errorf("load %s: %w", into, err)
	}
	var refusal *incident.Refusal
	_, err = b.desk.Do(ctx, i.Number, incident.Merge{Into: into, Why: "dependency"}, incident.By{}, b.causeOf("merge:"+i.Number.String()))
	if err != nil && !errors.As(err, &refusal) {
		return fmt.Errorf("merge %s into %s: %w", i.Number, into, err)
	}
	if err != nil || !to.Touched.IsZero() {
		return nil
	}
	return b.carry(ctx, i, into)
}

// carry begins the escalations of one incident in the other that it was merged into: a rule asked for them, and they end with the
// first. One that the other has already goes on as it is.
func (b *batch) carry(ctx context.Context, from *incident.Incident, into incident.Number) error {
	to, err := b.w.Load(ctx, into)
	if err != nil {
		return fmt.Errorf("load %s: %w", into, err)
	}
	for _, c := range from.Calls {
		named := func(o incident.Call) bool { return o.Escalation == c.Escalation && o.Trigger == c.Trigger }
		if c.Trigger != string(incident.OnCommand) || !c.Answered.IsZero() || slices.ContainsFunc(to.Calls, named) {
			continue
		}
		if err := b.escalate(ctx, into, c.Escalation); err != nil {
			return err
		}
	}
	return nil
}

// escalate begins an escalation that a rule asks for. One that isn't known any more costs nothing.
func (b *batch) escalate(ctx context.Context, n incident.Number, name string) error {
	var refusal *incident.Refusal
	ask := incident.Escalate{How: "policy", To: name}
	if _, err := b.desk.Do(ctx, n, ask, incident.By{}, b.causeOf("escalate:"+name)); err != nil && !errors.As(err, &refusal) {
		return fmt.Errorf("escalate %s: %w", n, err)
	}
	return nil
}

// below remembers how pressing an alert is that joins the incident of a service that its own one depends on, and whom its rule calls.
func (m *meeting) below(priority incident.Priority, o Outcome) {
	switch {
	case priority.Higher(m.priority):
		m.priority, m.services = priority, []string{o.Service}
	case priority == m.priority:
		m.services = append(m.services, o.Service)
	}
	if o.Escalation != "" && !slices.Contains(m.escalations, o.Escalation) {
		m.escalations = append(m.escalations, o.Escalation)
	}
}

// press does to an incident what alerts of services that depend on its own one ask for: it becomes as pressing as they are, and is told
// to whom their rules say, unless somebody works on it.
func (b *batch) press(ctx context.Context, m *meeting) error {
	if m.priority == 0 {
		return nil
	}
	if err := b.raise(ctx, m.number, m.priority, m.services); err != nil {
		return err
	}
	i, err := b.w.Load(ctx, m.number)
	if err != nil {
		return fmt.Errorf("load %s: %w", m.number, err)
	}
	b.incidents[m.number] = i
	for _, name := range m.escalations {
		known := slices.ContainsFunc(i.Calls, func(c incident.Call) bool { return c.Escalation == name && c.Trigger == string(incident.OnCommand) })
		if known || !i.Touched.IsZero() {
			continue
		}
		if err := b.escalate(ctx, m.number, name); err != nil {
			return err
		}
	}
	return nil
}
