package storage

import (
	"context"
	"errors"

	"matoi/bot/console"
	"matoi/incident"
)

// renewBatch is how many rows of an older Matoi are brought up to date in one write: people wait for one at most.
const renewBatch = 50

// startRenewing brings what an older Matoi wrote up to date while people work already.
func (s *Storage) startRenewing() {
	ctx, cancel := context.WithCancel(context.Background())
	before := s.stop
	s.stop = func() { cancel(); before() }
	s.renewed = make(chan struct{})
	s.done.Go(func() {
		defer close(s.renewed)
		if err := s.renew(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrClosed) {
			s.log.Error("could not bring all rows of an older version up to date; the next start goes on with it", "error", err)
		}
	})
}

// Renewed is closed once everything that an older Matoi wrote is up to date; lists may leave out some of it until then. It
// is nil where nothing can be written.
func (s *Storage) Renewed() <-chan struct{} { return s.renewed }

// renew folds incidents anew whose rows another FoldVersion wrote, and makes the words and mentions that messages lack.
// Each batch is a write of its own, and what is done is done: a process that dies in between goes on where it was.
func (s *Storage) renew(ctx context.Context) error {
	incidents, err := s.renewIncidents(ctx)
	if err != nil {
		return err
	}
	messages, err := s.renewMessages(ctx)
	if incidents+messages > 0 {
		s.log.Info("rows of an older version are up to date", "incidents", incidents, "messages", messages)
	}
	return err
}

func (s *Storage) renewIncidents(ctx context.Context) (done int, err error) {
	if renewed, err := s.allRenewed(ctx); renewed || err != nil {
		return 0, err
	}
	if done, err = s.renewEach(ctx); err != nil || s.d.manyWriters {
		return done, err
	}
	err = s.write(ctx, true, func(t *tx) error {
		_, err := t.exec(`INSERT INTO counter (day, n) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET n = excluded.n`, counterFold, int64(incident.FoldVersion))
		return err
	})
	return done, s.wrap(err, "note that all rows are up to date")
}

// allRenewed spares a start the reading of every incident where one before it found nothing to renew. Several processes
// may be of several versions, so that nothing one of them noted would hold.
func (s *Storage) allRenewed(ctx context.Context) (bool, error) {
	if s.d.manyWriters {
		return false, nil
	}
	var version int64
	err := row(ctx, s.reader, `SELECT coalesce(max(n), 0) FROM counter WHERE day = $1`, []any{counterFold}, &version)
	return version == int64(incident.FoldVersion), s.wrap(err, "ask whether all rows are up to date")
}

func (s *Storage) renewEach(ctx context.Context) (done int, err error) {
	for last := incident.Number(0); ctx.Err() == nil; {
		numbers, err := numbersOf(all(ctx, s.reader, `SELECT number FROM incident WHERE fold_version <> $1 AND number > $2 ORDER BY number LIMIT $3`,
			[]any{int64(incident.FoldVersion), int64(last), renewBatch}, one[int64]))
		if err != nil || len(numbers) == 0 {
			return done, s.wrap(err, "find rows of an older version")
		}
		err = s.write(ctx, true, func(t *tx) error {
			for _, n := range numbers {
				if err := t.renewIncident(n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return done, s.wrap(err, "fold %s to %s anew", numbers[0], numbers[len(numbers)-1])
		}
		done, last = done+len(numbers), numbers[len(numbers)-1]
	}
	return done, ctx.Err()
}

// renewIncident writes the row of an incident as its entries say, but for what the clock set; one whose chain is broken is
// left for Verify to show.
func (t *tx) renewIncident(n incident.Number) error {
	var folded int
	if err := t.get(`SELECT fold_version FROM incident WHERE number = $1`+t.s.d.forUpdate, []any{int64(n)}, &folded); err != nil || folded == incident.FoldVersion {
		return err
	}
	events, broken, err := rawEntries(context.Background(), t.run, n)
	if err != nil {
		return t.spoil(err)
	}
	var version int64
	if err := t.get(`SELECT version FROM incident WHERE number = $1`, []any{int64(n)}, &version); err != nil {
		return err
	}
	if broken != nil || incident.Verify(n, events) != nil || version != int64(len(events)) {
		t.s.log.Warn("the record does not verify, its row is left as it is", "incident", n.String())
		return nil
	}
	i := incident.Fold(n, events)
	if err := t.refold(i); err != nil {
		return err
	}
	now := know(i)
	return errors.Join(t.putInsiders(n, now.insiders), t.putParts(n, now.parts), t.putExhibits(events))
}

// renewMessages makes words and mentions downwards from the newest message that may lack some.
func (s *Storage) renewMessages(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		var upto int64 // asked first: a database that is up to date is not written to
		err := row(ctx, s.reader, `SELECT coalesce(max(n), 0) FROM counter WHERE day = $1`, []any{counterWords}, &upto)
		if err != nil || upto == 0 {
			return done, s.wrap(err, "find messages without words")
		}
		n := 0
		err = s.write(ctx, true, func(t *tx) (err error) {
			n, err = t.renewMessages()
			return err
		})
		if err != nil {
			return done, s.wrap(err, "make messages searchable")
		}
		done += n
	}
	return done, ctx.Err()
}

func (t *tx) renewMessages() (int, error) {
	var upto int64
	if err := t.get(`SELECT coalesce(max(n), 0) FROM counter WHERE day = $1`, []any{counterWords}, &upto); err != nil || upto == 0 {
		return 0, err
	}
	list, err := messages(context.Background(), t.run, `WHERE id <= $1 ORDER BY id DESC LIMIT $2`, upto, renewBatch)
	if err != nil {
		return 0, t.spoil(err)
	}
	next := int64(0)
	for _, m := range list {
		if err := errors.Join(t.putWords(console.Message{}, m), t.putMentions(m, nil)); err != nil {
			return 0, err
		}
		next = m.ID - 1
	}
	if len(list) < renewBatch {
		next = 0
	}
	_, err = t.exec(`UPDATE counter SET n = $2 WHERE day = $1`, counterWords, next)
	return len(list), err
}
