package alert

import (
	"context"
	"errors"
	"fmt"

	"matoi/incident"
)

// openOf gives the open incident that the grouping key opened, also where it was merged into another one; 0 for none.
func (b *batch) openOf(ctx context.Context, source, group string) (incident.Number, error) {
	key := rowKey{source, group}
	n, asked := b.groups[key]
	if !asked {
		found, err := b.w.OpenFor(ctx, source, group)
		if err != nil {
			return 0, fmt.Errorf("find the open incident of %s: %w", group, err)
		}
		if n, err = b.stillOpen(ctx, found); err != nil {
			return 0, err
		}
		b.groups[key] = n
	}
	if b.shunned[n] {
		return 0, nil
	}
	return n, nil
}

// openOn gives the open incident that names the service; 0 for none.
func (b *batch) openOn(ctx context.Context, service string) (incident.Number, error) {
	if service == "" {
		return 0, nil
	}
	n, asked := b.services[service]
	if !asked {
		found, err := b.w.OpenOn(ctx, service)
		if err != nil {
			return 0, fmt.Errorf("find the open incident on %s: %w", service, err)
		}
		if n, err = b.stillOpen(ctx, found); err != nil {
			return 0, err
		}
		b.services[service] = n
	}
	if b.shunned[n] {
		return 0, nil
	}
	return n, nil
}

// stillOpen gives the incident that n has become by merging, if that is open; else 0.
func (b *batch) stillOpen(ctx context.Context, n incident.Number) (incident.Number, error) {
	if n == 0 {
		return 0, nil
	}
	i, err := b.follow(ctx, n)
	if err != nil || i == nil || !i.Open() {
		return 0, err
	}
	return i.Number, nil
}

// follow loads an incident, or the one that it was merged into; nil if it doesn't exist.
func (b *batch) follow(ctx context.Context, n incident.Number) (*incident.Incident, error) {
	for range 100 { // undoing and merging again can't make a ring, but a writer must never hang
		i, err := b.load(ctx, n)
		if err != nil || i == nil || i.Status != incident.StatusMerged || i.Into == 0 {
			return i, err
		}
		n = i.Into
	}
	return nil, nil
}

// load reads an incident once; nil if it doesn't exist.
func (b *batch) load(ctx context.Context, n incident.Number) (*incident.Incident, error) {
	if i := b.incidents[n]; i != nil {
		return i, nil
	}
	i, err := b.w.Load(ctx, n)
	if errors.Is(err, incident.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", n, err)
	}
	b.incidents[n] = i
	return i, nil
}
