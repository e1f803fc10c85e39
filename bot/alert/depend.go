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

// openBelow gives the open incident of a service that one depends on, which an alert opened or met lately; nil for none.
func (b *batch) openBelow(ctx context.Context, p *place) (*incident.Incident, error) {
	if p.outcome.Alone || len(b.config.Depends) == 0 || p.outcome.Service == "" {
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
		if i != nil && i.Open() && !b.shunned[n] && !i.Alerts.Storm && p.received.Sub(b.lastOf(i)) <= dependWithin {
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

// isRoot reports whether others depend on a service: what is wrong with it is no part of a storm, but may be what it comes from.
func (b *batch) isRoot(service string) bool {
	if len(b.config.Depends) == 0 || service == "" {
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
	if p.row.Incident != 0 && b.isRoot(p.outcome.Service) {
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
		for _, m := range found {
			if m == n {
				continue
			}
			if err := b.absorb(ctx, m, n, services); err != nil {
				return err
			}
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

// sources are those that the batch has to do with.
func (b *batch) sources() []string {
	var out []string
	for key := range b.rows {
		if !slices.Contains(out, key.source) {
			out = append(out, key.source)
		}
	}
	slices.Sort(out)
	return out
}

// absorb merges an incident into another if it may come from the same trouble and nobody works on it. A storm does only if all its
// alerts are of services that depend on the other's.
func (b *batch) absorb(ctx context.Context, from, into incident.Number, services []string) error {
	i, err := b.w.Load(ctx, from)
	if err != nil {
		return fmt.Errorf("load %s: %w", from, err)
	}
	if !i.Open() || i.Private || i.Alerts.Alone || i.Hold != nil || !i.Touched.IsZero() || b.now.Sub(i.Opened) > dependWithin {
		return nil
	}
	if i.Alerts.Storm {
		of, err := b.w.ServicesOf(ctx, from, dependMost)
		if err != nil {
			return fmt.Errorf("find the services of %s: %w", from, err)
		}
		if len(of) == 0 || slices.ContainsFunc(of, func(s string) bool { return !slices.Contains(services, s) }) {
			return nil
		}
	}
	to, err := b.w.Load(ctx, into)
	if err != nil {
		return fmt.Errorf("load %s: %w", into, err)
	}
	var refusal *incident.Refusal
	if i.Priority.Higher(to.Priority) && to.Touched.IsZero() { // what it does to others tells how bad it is
		_, err := b.desk.Do(ctx, into, incident.SetPriority{Priority: i.Priority, Reason: because("alert.reason_merged", "Service", b.roots[into]).Text(b.lang)}, incident.By{}, b.causeOf("raise"))
		if err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("raise %s: %w", into, err)
		}
	}
	_, err = b.desk.Do(ctx, from, incident.Merge{Into: into, Why: "dependency"}, incident.By{}, b.causeOf("merge:"+from.String()))
	if err != nil && !errors.As(err, &refusal) {
		return fmt.Errorf("merge %s into %s: %w", from, into, err)
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
		var refusal *incident.Refusal
		ask := incident.Escalate{How: "policy", To: c.Escalation}
		if _, err := b.desk.Do(ctx, into, ask, incident.By{}, b.causeOf("escalate:"+c.Escalation)); err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("escalate %s: %w", into, err)
		}
	}
	return nil
}
