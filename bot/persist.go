package bot

import (
	"context"
	"errors"
	"time"

	"matoi/incident"
)

// keepFor is how long an outcome is kept at while the database can't be used. It ends well before the lease does, after
// which the delivery may be somebody else's.
const keepFor = lease - callTime - 10*time.Second

// persist writes down how a delivery went, and keeps at it while the database can't be used: an outcome that is not written
// leaves the delivery in doubt until its lease runs out. It gives up when the process ends.
func (p *Pump) persist(calls context.Context, write func(ctx context.Context) error) error {
	began := time.Now()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := write(context.WithoutCancel(calls))
		if !errors.Is(err, incident.ErrUnavailable) || calls.Err() != nil || time.Since(began)+pause > keepFor {
			return err
		}
		rest(calls, pause)
	}
}
