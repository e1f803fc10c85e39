package storage

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"matoi/bot/alert"
)

const (
	batchJobs  = 256
	batchTime  = 5 * time.Millisecond
	intakeJobs = 4 * packRequests // taken in by one commit
	yields     = 4                // see gather
)

// job is something to be written. Exactly one of do and raw is set.
type job struct {
	do      func(*tx) error
	raw     *alert.Raw // intake: put into one row with its neighbours
	machine bool       // waits behind people
	alone   bool       // works the inbox off: in a transaction of its own, never done again
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

// line is where the job waits.
func (j *job) line() int {
	switch {
	case j.alone:
		return lineWork
	case j.raw != nil:
		return lineIntake
	case j.machine:
		return lineMachine
	}
	return linePeople
}

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
	oldest  atomic.Int64 // when the oldest request in the inbox came, as Peek saw it, in microseconds; 0 for none
	raws    []*alert.Raw // of the pack being made
	packer  packer
	senders senders
	numbers int64 // the last id for requests that was taken from the counter
	unused  int64 // how many up to it are left: none after a transaction that failed, which may have taken them
}

// age is how long the oldest request has waited.
func (w *writer) age() time.Duration {
	oldest := w.oldest.Load()
	if oldest == 0 {
		return 0
	}
	return w.s.now().Sub(instant(oldest))
}

func startWriter(s *Storage, session session) *writer {
	w := &writer{s: s, session: session, stopped: make(chan struct{})}
	w.queue.start(w.age)
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
			w.workOff(j)
		default:
			w.batch(j)
		}
	}
}

// batch runs first and those behind it in one transaction, and takes in with it whatever has come by then.
func (w *writer) batch(first *job) {
	if first.raw != nil {
		w.queue.await(w.senders.expected()-1, w.senders.pause())
	}
	start := time.Now()
	run, err := w.session.begin()
	var ran, raws []*job
	people := false
	for j := first; j != nil; {
		people = people || j.line() == linePeople
		switch {
		case j.raw != nil:
			raws = append(raws, j)
		default:
			ran = append(ran, j)
			if err != nil { // no transaction
				break
			}
			if j.err = w.run(j, run); j.err != nil && j.tx.wrote {
				err = j.err
			}
		}
		j = nil
		if err == nil && len(ran) < batchJobs && time.Since(start) < batchTime { // in one that is spoilt gather no more
			j = w.queue.next(people)
		}
	}
	if err == nil {
		if raws = w.gather(raws); len(raws) > 0 {
			err = w.insertRaws(run, raws)
		}
	}
	if err == nil {
		err = w.session.commit()
	}
	if first.line() == lineMachine {
		w.queue.worked(time.Since(start))
	}
	if err == nil {
		if len(raws) > 0 {
			took := time.Since(start)
			w.senders.took(took)
			w.queue.tookIn(len(raws), took)
		}
		w.senders.counted(len(raws), w.queue.answered(len(raws)))
		w.finish(nil, append(ran, raws...)...)
		return
	}
	w.undo()
	if w.s.d.isSick(w.s.d.mapped(err)) { // it meets all of them alike; and a commit whose answer was lost may have happened
		w.finish(err, append(ran, raws...)...)
		return
	}
	for _, j := range ran {
		w.finish(w.single(j), j)
	}
	if len(raws) > 0 { // none of them can be to blame
		w.finish(w.intake(raws), raws...)
	}
}

// gather takes what waits to be taken in. Where something does, it lets everybody run first who can: those who are about to
// ask come with this commit then, not with the next one.
func (w *writer) gather(raws []*job) []*job {
	if raws = w.queue.take(raws, intakeJobs); len(raws) == 0 {
		return raws
	}
	for range yields {
		n := len(raws)
		runtime.Gosched()
		if raws = w.queue.take(raws, intakeJobs); len(raws) == n {
			break
		}
	}
	return raws
}

// workOff runs a job that works the inbox off, and takes in with its commit what has come meanwhile. Where it fails nobody
// else has to do with it.
func (w *writer) workOff(j *job) {
	start := time.Now()
	var raws []*job
	err := w.transaction(func(run runner) error {
		if j.err = w.run(j, run); j.err != nil {
			return j.err
		}
		if raws = w.queue.take(nil, intakeJobs); len(raws) > 0 {
			return w.insertRaws(run, raws)
		}
		return nil
	})
	w.queue.spent(j.tx.worked, time.Since(start))
	w.senders.counted(len(raws), w.queue.answered(len(raws)))
	w.finish(err, j)
	if len(raws) > 0 {
		if err != nil {
			err = w.intake(raws)
		}
		w.finish(err, raws...)
	}
}

// single runs a job in a transaction of its own.
func (w *writer) single(j *job) error {
	j.err = nil
	return w.transaction(func(run runner) error {
		if j.err = w.run(j, run); j.err != nil && (j.tx.wrote || j.alone) {
			return j.err
		}
		return nil
	})
}

// intake takes requests in, in a transaction of their own.
func (w *writer) intake(raws []*job) error {
	return w.transaction(func(run runner) error { return w.insertRaws(run, raws) })
}

func (w *writer) transaction(do func(runner) error) error {
	run, err := w.session.begin()
	if err != nil {
		return err
	}
	if err = do(run); err == nil {
		err = w.session.commit()
	}
	if err != nil {
		w.undo()
	}
	return err
}

// undo leaves the transaction as if it had never been.
func (w *writer) undo() {
	w.session.rollback()
	w.unused = 0
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
			w.s.hub.changes.note(j.tx.rows)
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
