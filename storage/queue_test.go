package storage

import (
	"slices"
	"testing"
	"time"

	"matoi/bot/alert"
)

// queued is a queue with so many jobs in each line, and what a writer that serves it does, one letter a job, when each
// work-off and each machine's job takes that long.
func queued(t *testing.T, credit, took time.Duration, in [lines]int) string {
	t.Helper()
	var q queue
	q.start(func() time.Duration { return 0 })
	q.share = share{credit: credit, counted: time.Now()}
	made := [lines]func() *job{
		func() *job { return &job{} },
		func() *job { return &job{machine: true} },
		func() *job { return &job{raw: &alert.Raw{}} },
		func() *job { return &job{alone: true} },
	}
	for n, jobs := range in {
		for range jobs {
			q.push(made[n]())
		}
	}
	q.shut()
	done := ""
	for {
		j := q.wait()
		if j == nil {
			return done
		}
		done += string("pmiw"[j.line()])
		switch j.line() {
		case lineWork:
			q.spent(1, took)
		case lineMachine:
			q.worked(took)
		}
	}
}

func TestWhoGoesFirst(t *testing.T) {
	for _, c := range []struct {
		name         string
		credit, took time.Duration
		in           [lines]int
		want         string
	}{
		{"people, machines that take no time between them, what is taken in, and work-off at last", -time.Hour, 0, [lines]int{2, 2, 2, 2}, "pmpmiiww"},
		{"what is owed to work-off goes before what is taken in", time.Millisecond, time.Hour, [lines]int{0, 0, 2, 2}, "wiiw"},
		{"but not before people", time.Millisecond, time.Hour, [lines]int{1, 0, 1, 1}, "pwi"},
		{"unless people never end", time.Millisecond, time.Hour, [lines]int{3, 0, 1, 2}, "pwppiw"},
		{"a machine rests after its turn while people wait", -time.Hour, time.Hour, [lines]int{7, 3, 0, 0}, "pmppppppmm"},
	} {
		if got := queued(t, c.credit, c.took, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestALineKeepsItsOrderAndItsMemory(t *testing.T) {
	var l line
	jobs := []*job{{}, {}, {}}
	for range 3 {
		l.jobs = append(l.jobs, jobs...)
		if !slices.Equal([]*job{l.pop(), l.pop(), l.pop()}, jobs) || l.len() != 0 {
			t.Fatal("out of order")
		}
	}
	if cap(l.jobs) > 4 {
		t.Errorf("room for %d", cap(l.jobs))
	}
}

func TestWorkOffLeavesTheWriterToThoseWhomACommitHasJustAnswered(t *testing.T) {
	for requests, want := range map[int]bool{0: true, 1: false} {
		var q queue
		q.start(func() time.Duration { return 0 })
		q.share = share{credit: -mostCredit, counted: time.Now(), seen: time.Now().Add(-time.Hour)}
		q.push(&job{alone: true})
		if behind := q.answered(requests); behind != 0 {
			t.Errorf("%d wait", behind)
		}
		if j, pause, _ := q.first(); (j != nil) != want || j == nil && (pause <= 0 || pause > quiet) {
			t.Errorf("after %d requests were answered: %v, to wait %v", requests, j, pause)
		}
	}
}
