package storage

import "sync"

// queue holds the jobs that wait, people's apart from machines'.
type queue struct {
	mu       sync.Mutex
	people   []*job
	machines []*job
	closed   bool
	more     chan struct{}
}

func (q *queue) push(j *job) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	if j.machine {
		q.machines = append(q.machines, j)
	} else {
		q.people = append(q.people, j)
	}
	q.mu.Unlock()
	q.signal()
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

// wait gives the next job, nil when the queue is shut and empty.
func (q *queue) wait() *job {
	for {
		q.mu.Lock()
		j, closed := q.pop(true), q.closed
		q.mu.Unlock()
		if j != nil || closed {
			return j
		}
		<-q.more
	}
}

// next gives the next job of a batch, nil when none waits or the next one wants to be alone.
func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pop(false)
}

func (q *queue) pop(alone bool) *job {
	for _, line := range []*[]*job{&q.people, &q.machines} {
		for len(*line) > 0 {
			j := (*line)[0]
			if j.alone && !alone {
				return nil
			}
			(*line)[0] = nil
			*line = (*line)[1:]
			if j.state.CompareAndSwap(jobWaiting, jobTaken) {
				return j
			}
		}
	}
	return nil
}
