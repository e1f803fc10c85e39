package storage

import (
	"sync"
	"time"
)

// The lines in which jobs wait, in the order in which they are served.
const (
	linePeople  = iota
	lineMachine // the clock, the pump and the like
	lineIntake
	lineWork // works the inbox off, as far as its share goes
	lines
)

// machineShare is the part of the writer's time, one in so many, that machines get where people's jobs never end: what is told
// must not wait for those who type to stop.
const machineShare = 5

// queue holds the jobs that wait.
type queue struct {
	mu     sync.Mutex
	line   [lines]line
	share  share
	people bool                 // have been served since work-off was, and have waited ever since
	passed bool                 // people went before a machine that waits
	rested time.Time            // from when on it goes before people
	age    func() time.Duration // of the oldest request in the inbox
	closed bool
	more   chan struct{}
	timer  *time.Timer

	awaited int // requests before whom nobody has to be woken: see await
}

// line is jobs in their order.
type line struct {
	jobs []*job
	next int
}

func (l *line) len() int { return len(l.jobs) - l.next }

func (l *line) pop() *job {
	j := l.jobs[l.next]
	l.jobs[l.next] = nil
	if l.next++; l.next == len(l.jobs) {
		l.jobs, l.next = l.jobs[:0], 0
	}
	return j
}

func (q *queue) start(age func() time.Duration) {
	q.age, q.more, q.timer = age, make(chan struct{}, 1), time.NewTimer(time.Hour)
}

func (q *queue) push(j *job) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	n := j.line()
	q.line[n].jobs = append(q.line[n].jobs, j)
	wake := true
	if n == lineIntake {
		q.share.arrive(time.Now())
		wake = q.line[n].len() >= q.awaited
	}
	q.mu.Unlock()
	if wake {
		q.signal()
	}
	return true
}

func (q *queue) signal() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) shut() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// wait gives the job that is to be done next, nil when the queue is shut and empty.
func (q *queue) wait() *job {
	for {
		j, pause, ended := q.first()
		if j != nil || ended {
			return j
		}
		q.timer.Reset(pause)
		select {
		case <-q.more:
		case <-q.timer.C:
		}
	}
}

// first gives the next job, or how long to wait for one: work-off may have to wait for its share, or for others to be quiet.
// What is owed to work-off goes before the intake, and where people's jobs never end between two batches of them; so goes a
// machine's, after one batch of people at least, when it has rested.
func (q *queue) first() (j *job, pause time.Duration, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	owed, age := false, time.Duration(0)
	if q.line[lineWork].len() > 0 {
		age = q.age()
		q.share.earn(now, age)
		owed = q.share.owed()
	}
	if q.line[linePeople].len() == 0 {
		q.people = false
	}
	if owed && (q.people || q.line[linePeople].len() == 0) {
		if j = q.pop(lineWork); j != nil {
			return j, 0, false
		}
	}
	if q.line[lineMachine].len() > 0 {
		if q.passed && !now.Before(q.rested) {
			if j = q.pop(lineMachine); j != nil {
				return j, 0, false
			}
		}
		q.passed = true
	}
	for n := linePeople; n < lineWork; n++ {
		if j = q.pop(n); j != nil {
			return j, 0, false
		}
	}
	if q.line[lineWork].len() > 0 && !q.closed {
		if pause = q.share.idle(now, age); pause > 0 {
			return nil, pause, false
		}
	}
	j = q.pop(lineWork)
	return j, time.Hour, q.closed
}

// next gives a further job for a batch, nil when none waits. A machine's is no part of one in which people's are, for they
// would wait for it; nor is work-off, and what is taken in comes with take.
func (q *queue) next(people bool) *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j := q.pop(linePeople); j != nil || people {
		return j
	}
	return q.pop(lineMachine)
}

// worked accounts for what machines' jobs took.
func (q *queue) worked(took time.Duration) {
	q.mu.Lock()
	q.rested = time.Now().Add((machineShare - 1) * took)
	q.mu.Unlock()
}

// take gives all that waits to be taken in, up to a bound.
func (q *queue) take(jobs []*job, most int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(jobs) < most {
		j := q.pop(lineIntake)
		if j == nil {
			break
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// spent accounts for what work-off took.
func (q *queue) spent(requests int, took time.Duration) {
	q.mu.Lock()
	q.share.spend(requests, took)
	q.mu.Unlock()
}

// tookIn accounts for what taking requests in took.
func (q *queue) tookIn(requests int, took time.Duration) {
	q.mu.Lock()
	q.share.tookIn(requests, took)
	q.mu.Unlock()
}

func (q *queue) pop(n int) *job {
	for q.line[n].len() > 0 {
		if j := q.line[n].pop(); j.state.CompareAndSwap(jobWaiting, jobTaken) {
			q.people = n == linePeople || q.people && n != lineWork
			q.passed = q.passed && n != lineMachine
			return j
		}
	}
	return nil
}
