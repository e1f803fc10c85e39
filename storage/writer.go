package storage

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"matoi/bot/alert"
)

const (
	batchJobs = 256
	batchTime = 5 * time.Millisecond
)

// job is something to be written. Exactly one of do and raw is set.
type job struct {
	do      func(*tx) error
	raw     *alert.Raw // intake: put into one row with its neighbours
	machine bool       // waits behind people
	alone   bool       // runs in a transaction of its own and is never done again
	state   atomic.Int32
	err     error
	tx      tx
	done    chan error
}

// The states of a job: a caller who gives up may take back only what nobody has begun.
const (
	jobWaiting int32 = iota
	jobTaken
	jobGone
)

// session is the one transaction at a time of a writer.
type session interface {
	begin() (runner, error)
	commit() error
	rollback()
	close() error
}

// writer is the goroutine that owns the writing connection.
type writer struct {
	s       *Storage
	session session
	queue   queue
	stopped chan struct{}
	raws    []*alert.Raw // of the pack being made
	buffer  []byte       // of its body
}

func startWriter(s *Storage, session session) *writer {
	w := &writer{s: s, session: session, stopped: make(chan struct{})}
	w.queue.more = make(chan struct{}, 1)
	go w.loop()
	return w
}

// close lets the writer finish what waits.
func (w *writer) close() error {
	w.queue.shut()
	<-w.stopped
	return w.session.close()
}

// submit queues a job and waits for its commit. If ctx ends first, a job that has not begun is taken back;
// one that has is waited for, so that the answer is always true.
func (w *writer) submit(ctx context.Context, j *job) error {
	j.done = make(chan error, 1)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.queue.push(j) {
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobWaiting, jobGone) {
			return ctx.Err()
		}
		return <-j.done
	}
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		j := w.queue.wait()
		switch {
		case j == nil:
			return
		case j.alone:
			w.finish(w.single(j), j)
		default:
			w.batch(j)
		}
	}
}

// batch runs first and those behind it in one transaction.
func (w *writer) batch(first *job) {
	run, err := w.session.begin()
	var ran, raws []*job
	start := time.Now()
	for j := first; j != nil; {
		switch {
		case err != nil: // no transaction, or one that is spoilt: gather no more
		case j.raw != nil:
			raws = append(raws, j)
		default:
			if j.err = w.run(j, run); j.err != nil && j.tx.wrote {
				err = j.err
			}
		}
		if j.raw == nil || err != nil {
			ran = append(ran, j)
		}
		j = nil
		if err == nil && len(ran)+len(raws) < batchJobs && time.Since(start) < batchTime {
			j = w.queue.next()
		}
	}
	if err == nil && len(raws) > 0 {
		err = w.insertRaws(run, raws)
	}
	if err == nil {
		err = w.session.commit()
	}
	if err == nil {
		w.finish(nil, append(ran, raws...)...)
		return
	}
	w.session.rollback()
	for _, j := range append(ran, raws...) {
		w.finish(w.single(j), j)
	}
}

// single runs a job in a transaction of its own.
func (w *writer) single(j *job) error {
	run, err := w.session.begin()
	if err != nil {
		return err
	}
	j.err = nil
	if j.raw != nil {
		err = w.insertRaws(run, []*job{j})
	} else if j.err = w.run(j, run); j.err != nil && (j.tx.wrote || j.alone) {
		err = j.err
	}
	if err != nil {
		w.session.rollback()
		return err
	}
	if err = w.session.commit(); err != nil {
		w.session.rollback()
	}
	return err
}

// run does one job. A panic in it is its own failure, never the writer's.
func (w *writer) run(j *job, r runner) (err error) {
	j.tx = tx{s: w.s, run: r}
	defer func() {
		if p := recover(); p != nil {
			w.s.log.Error("a job of the writer panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if err := j.do(&j.tx); err != nil {
		return err
	}
	return j.tx.spoilt
}

// finish answers the jobs of one transaction. failed is the transaction's own error.
func (w *writer) finish(failed error, jobs ...*job) {
	var touched topics
	wrote := false
	for _, j := range jobs {
		wrote = wrote || j.tx.wrote || j.raw != nil
		if failed == nil && j.err == nil {
			touched |= j.tx.touched
			for _, f := range j.tx.after {
				f()
			}
			if j.raw != nil {
				touched |= topicInbox
			}
		}
	}
	if failed != nil || wrote {
		w.s.report(failed)
	}
	w.s.wake(touched)
	for _, j := range jobs {
		if failed != nil {
			j.done <- w.s.d.mapped(failed)
			continue
		}
		j.done <- w.s.d.mapped(j.err)
	}
}
