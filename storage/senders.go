package storage

import "time"

// A commit costs the same whether it takes in one request or many: a write to the disk, and about as much processor as ten
// requests. Senders who send as soon as they were answered come back together, shortly after the commit that answered them;
// without a pause half of them go with the next commit, and the other half with the one behind it, for ever.
const (
	// enough is how many requests make a commit worth its cost: for more nobody waits, nor of sixteen senders for the last two.
	enough = 14
	// leastPause and mostPause bound how long the first of them waits for the others; between them it is as long as a commit
	// takes, for so long he would wait if he came a moment later.
	leastPause, mostPause = 300 * time.Microsecond, 2 * time.Millisecond
)

// senders is how many there are at a time, as far as the last commit can tell: those whom it answered, and those who
// waited for it to end.
type senders struct {
	size   int
	commit time.Duration // how long one takes, as the last ones did
}

// expected is how many are worth waiting for.
func (c *senders) expected() int { return min(c.size, enough) }

// pause is how long it is worth it.
func (c *senders) pause() time.Duration { return min(max(c.commit, leastPause), mostPause) }

// counted notes whom a commit answered, and who waits behind it.
func (c *senders) counted(answered, behind int) { c.size = answered + behind }

// took notes how long a commit took.
func (c *senders) took(d time.Duration) { c.commit += (d - c.commit) / 8 }

// answered notes that a commit answers so many requests; it gives how many wait behind it to be taken in.
func (q *queue) answered(requests int) (behind int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if requests > 0 {
		q.share.answered(time.Now())
	}
	return q.line[lineIntake].len()
}

// await waits until so many requests wait to be taken in, but no longer than pause, and not at all where somebody waits who
// goes before them.
func (q *queue) await(requests int, pause time.Duration) {
	for end := time.Now().Add(pause); ; {
		q.mu.Lock()
		left := time.Until(end)
		if q.line[lineIntake].len() >= requests || q.line[linePeople].len()+q.line[lineMachine].len() > 0 || q.closed || left <= 0 {
			q.awaited = 0
			q.mu.Unlock()
			return
		}
		q.awaited = requests
		q.mu.Unlock()
		q.timer.Reset(left)
		select {
		case <-q.more:
		case <-q.timer.C:
		}
	}
}
