package main

import (
	"context"
	"log/slog"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/incident/oncall"
	"matoi/storage"
)

var _ bot.Shifts = (*shifts)(nil)

const (
	// shiftsEvery is how often it is looked for what was agreed upon through another process.
	shiftsEvery = 30 * time.Second
	// shiftsBack is how long ago a change may have ended that is laid over the schedules still: pages show some weeks.
	shiftsBack = 62 * 24 * time.Hour
)

// shifts keeps the policy in force equal to what people agreed upon.
type shifts struct {
	*storage.Storage
	live *Live
	now  func() time.Time
	log  *slog.Logger
}

// ChangeShift makes a change, which is in force in this process once it returns.
func (s *shifts) ChangeShift(ctx context.Context, cause incident.Cause, number int64, decide func(oncall.Change) (oncall.Change, []incident.Effect, error)) (oncall.Change, error) {
	c, err := s.Storage.ChangeShift(ctx, cause, number, decide)
	if err != nil {
		return c, err
	}
	if err := s.refresh(context.WithoutCancel(ctx)); err != nil { // it is committed, and comes into force at the next look
		s.log.Warn("read the changes of shifts", "error", err)
	}
	return c, nil
}

// refresh lays what is agreed upon over the schedules of the policy.
func (s *shifts) refresh(ctx context.Context) error {
	changes, err := s.ShiftChanges(ctx, s.now().Add(-shiftsBack))
	if err == nil {
		s.live.Lay(changes)
	}
	return err
}

// run looks now and then where another process may have changed something.
func (s *shifts) run(ctx context.Context) error {
	if s.Alone() {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(shiftsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("read the changes of shifts", "error", err)
		}
	}
}
