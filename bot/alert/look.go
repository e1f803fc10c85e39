package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"matoi/incident"
)

const (
	// dueAtOnce is how many rows are judged again in one transaction.
	dueAtOnce = 64
	// mostLate is by how much a look may be late while requests wait: these may say that an alert is over.
	mostLate = time.Minute
)

// errNoneDue says that nothing is to be judged again; it rolls a transaction back that has done nothing.
var errNoneDue = errors.New("nothing is due")

// lookAgain judges alerts again whose time has come, by so much at least. Two workers on one database never judge the same one
// twice: what is due is read in the transaction that clears it.
func (k *Worker) lookAgain(ctx context.Context, late time.Duration) error {
	k.stuck = false
	for {
		next, err := k.queue.NextAgain(ctx)
		if err != nil {
			return fmt.Errorf("look for alerts to judge again: %w", err)
		}
		if next.IsZero() || next.After(k.desk.Now().Add(-late)) {
			return nil
		}
		err = k.judgeAgain(ctx, 0, dueAtOnce)
		if errors.Is(err, errNoneDue) {
			return nil
		}
		if general := general(ctx, err); general != nil {
			return general
		}
		if err == nil {
			continue
		}
		k.log.Error("could not judge alerts again; trying them one by one", "error", err)
		if err := k.judgeOneByOne(ctx); err != nil || k.stuck {
			return err
		}
	}
}

// judgeAgain judges so many alerts in one transaction, after so many that are left alone.
func (k *Worker) judgeAgain(ctx context.Context, after, limit int) error {
	var opened []incident.Number
	err := k.queue.WorkOff(ctx, nil, func(ctx context.Context, _ []int64, w Work) (err error) {
		defer k.caught(&err)
		rows, err := w.DueRows(ctx, k.desk.Now(), after+limit)
		if err != nil {
			return fmt.Errorf("read the alerts that are due: %w", err)
		}
		rows = rows[min(after, len(rows)):]
		if len(rows) == 0 {
			return errNoneDue
		}
		b := batchOf(w, *k.desk, k.lang, k.config(), fmt.Sprintf("again:%d-%s", rows[0].Due.UnixMicro(), digest(rows[0].Source, rows[0].Key)))
		err = b.lookAgain(ctx, rows)
		opened = b.opened
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range opened {
		k.log.Info("an alert opened an incident after a wait", "incident", n.String())
	}
	return nil
}

// judgeOneByOne judges what is due alone. What fails by itself is left to people, with the reason: nothing else may wait for it,
// also where not even that can be kept: then it is tried again a while later.
func (k *Worker) judgeOneByOne(ctx context.Context) error {
	after := 0
	for range dueAtOnce {
		failed := k.judgeAgain(ctx, after, 1)
		if errors.Is(failed, errNoneDue) {
			return nil
		}
		if err := general(ctx, failed); err != nil {
			return err
		}
		if failed == nil {
			continue
		}
		err := k.queue.WorkOff(ctx, nil, func(ctx context.Context, _ []int64, w Work) error {
			rows, err := w.DueRows(ctx, k.desk.Now(), after+1)
			if err != nil || len(rows) <= after {
				return err
			}
			rows = rows[after:]
			k.log.Error("could not judge an alert again", "source", rows[0].Source, "key", rows[0].Key, "error", failed)
			rows[0].Due, rows[0].Outcome = time.Time{}, Inbox
			rows[0].Reason = because("alert.error_broken", "Detail", line(failed.Error(), maxName)).String()
			return w.Save(ctx, rows[:1])
		})
		if general := general(ctx, err); general != nil {
			return general
		}
		if err != nil {
			k.log.Error("could not leave an alert in the inbox that can't be judged again", "error", err)
			after++
			k.stuck = true
		}
	}
	return nil
}
