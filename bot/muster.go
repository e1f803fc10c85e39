package bot

import (
	"context"
	"fmt"
	"slices"

	"matoi/incident"
)

// Musterer is a chat in which several people can be called by one name.
type Musterer interface {
	Chat
	// Muster makes the group of those who lead incidents the people that are given, in any order.
	Muster(ctx context.Context, managers []incident.PersonID) error
}

// mostLed is how many open incidents are looked through for their managers.
const mostLed = 500

// managers are those who lead an incident that is open, that everybody may see, and that a chat has to do with.
func (b *Bot) managers(ctx context.Context, realm string) ([]incident.PersonID, error) {
	rows, err := b.Store.Find(ctx, incident.Filter{Open: true, Limit: mostLed})
	if err != nil {
		return nil, fmt.Errorf("list who leads: %w", err)
	}
	var out []incident.PersonID
	policy := b.Policy()
	for _, r := range rows {
		if r.Manager == "" || r.Acting || r.Private {
			continue
		}
		if slices.Contains(policy.Own, realm) {
			i, err := b.Store.Load(ctx, r.Number)
			if err != nil {
				return nil, fmt.Errorf("load %s to see who leads: %w", r.Number, err)
			}
			if !policy.Concerns(i, realm) {
				continue
			}
		}
		out = append(out, r.Manager)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// muster keeps those who lead reachable under one name.
func (p *Pump) muster(ctx context.Context, chat Chat, out Outgoing) error {
	m, can := chat.(Musterer)
	if !can {
		return nil
	}
	return m.Muster(ctx, out.People)
}
