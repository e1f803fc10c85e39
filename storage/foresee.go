package storage

import (
	"errors"
	"fmt"
	"time"

	"matoi/incident"
)

// foresight is a change that was decided and put into words before its turn on the writer came. Deciding costs more than
// writing, and several can decide at once while the writer waits for the disk. It holds while what it was decided from still
// stands (folds.holds); where it does not, it is decided again in its turn, as everything else is.
type foresight struct{ changed }

// errTurn is what a decider hears that wants something only the transaction can give.
var errTurn = errors.New("this is decided in its turn")

// decideAhead decides the change of one incident whose state is known for sure. nil means that it has to wait for its turn:
// for the state, for a number, or because what is to be refused may be right by then.
func (s *Storage) decideAhead(numbers []incident.Number, decide decider) *foresight {
	if s.d.manyWriters || len(numbers) != 1 {
		return nil
	}
	stands, sure := s.folds.settled(numbers[0])
	if !sure {
		return nil
	}
	before := know(stands.incident)
	before.due, before.policy = stands.due, stands.policy
	done, err := foresee(decide, stands.incident)
	if err != nil || len(done) != 1 || done[0].After.Number != numbers[0] {
		return nil
	}
	ahead := &foresight{changed{before: before, Change: done[0]}}
	if ahead.encode() != nil {
		return nil
	}
	if ahead.state != "" {
		ahead.kept = ahead.After.Clone()
	}
	return ahead
}

// foresee runs a decider outside of any transaction. One that panics does so again in its turn, where it is said.
func foresee(decide decider, i *incident.Incident) (done []incident.Change, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return decide([]*incident.Incident{i}, func(time.Time) (incident.Number, error) { return 0, errTurn })
}
