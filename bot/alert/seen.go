package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"matoi/incident"
)

// seen enters into the timeline of an alert's incident who acknowledged it in the system that it comes from: once for each fire and person,
// however often it is said. What has no incident, or one that is over, is acknowledged there alone.
func (b *batch) seen(ctx context.Context, p *place, a Alert) error {
	n := p.row.Incident
	if a.Event != EventAcknowledge || n == 0 || b.shunned[n] {
		return nil
	}
	text := a.Source
	if who := line(strings.NewReplacer("<", "", ">", "").Replace(a.Actor), maxName); who != "" {
		text = who + " (" + a.Source + ")"
	}
	cause := incident.Cause{ID: fmt.Sprintf("seen:%s:%s:%d:%s", a.Source, a.DedupeKey, p.row.Start.UnixMicro(), a.Actor), Machine: true}
	_, err := b.desk.Do(ctx, n, incident.Note{Sort: incident.SeenBySender, Text: text}, incident.By{}, cause)
	if _, refused := errors.AsType[*incident.Refusal](err); refused || errors.Is(err, incident.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("note in %s that it was acknowledged: %w", n, err)
	}
	return nil
}
