package stock

import (
	"context"
	"math/rand/v2"
	"time"

	"matoi/incident"
)

// hand lives one incident through the door. It is the store that the desk writes to: nothing but the incident as it stands
// and its entries.
type hand struct {
	desk   incident.Desk
	number incident.Number
	now    time.Time
	change incident.Change
}

// salts makes salts as fast as they are needed; nobody guesses texts of an invented company.
type salts struct{ *rand.Rand }

func (s salts) Read(p []byte) (int, error) {
	for k := range p {
		p[k] = byte(s.Uint32())
	}
	return len(p), nil
}

func newHand(policy *incident.Policy, p plan, r *rand.Rand) *hand {
	h := &hand{number: p.number, now: p.opened}
	h.desk = incident.Desk{Store: h, Policy: func() incident.Policy { return *policy }, Now: func() time.Time { return h.now }, Random: salts{r}}
	return h
}

// Change is incident.Store's.
func (h *hand) Change(_ context.Context, _ incident.Cause, numbers []incident.Number, decide func([]*incident.Incident, incident.Draw) ([]incident.Change, error)) ([]incident.Change, bool, error) {
	var loaded []*incident.Incident
	if len(numbers) > 0 {
		loaded = append(loaded, h.change.After)
	}
	done, err := decide(loaded, func(time.Time) (incident.Number, error) { return h.number, nil })
	if err != nil {
		return nil, false, err
	}
	done[0].Events = append(h.change.Events, done[0].Events...)
	h.change = done[0]
	return done, false, nil
}

// Due is incident.Store's; a hand lets nothing become due.
func (h *hand) Due(context.Context, time.Time, int) ([]incident.Number, error) { return nil, nil }

// do makes a command true after some minutes, and reports whether it was done: what is refused is left out.
func (h *hand) do(later time.Duration, by incident.PersonID, cmd incident.Command) bool {
	h.now = h.now.Add(later).Truncate(time.Microsecond)
	_, err := h.desk.Do(context.Background(), h.number, cmd, incident.By{Person: by}, incident.Cause{})
	return err == nil
}

func (h *hand) entries() int { return len(h.change.Events) }
