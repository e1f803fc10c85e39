package storage

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"matoi/bot/alert"
)

func TestACommitWaitsForThoseWhomTheLastOneAnswered(t *testing.T) {
	const pause = time.Millisecond
	comes := func(q *queue, j *job, after time.Duration) {
		time.Sleep(after)
		q.push(j)
	}
	request := func() *job { return &job{raw: &alert.Raw{}} }
	for _, c := range []struct {
		name    string
		waits   int
		happens func(q *queue)
		want    time.Duration
	}{
		{"for nobody where there is one sender", 0, func(*queue) {}, 0},
		{"until all are back", 2, func(q *queue) {
			comes(q, request(), pause/4)
			comes(q, request(), pause/4)
		}, pause / 2},
		{"no longer than it is worth", 2, func(q *queue) { comes(q, request(), pause/4) }, pause},
		{"not while a person waits", 2, func(q *queue) { comes(q, &job{}, pause/4) }, pause / 4},
		{"not while the clock waits", 2, func(q *queue) { comes(q, &job{machine: true}, pause/4) }, pause / 4},
		{"but whatever works the inbox off waits for them", 1, func(q *queue) {
			comes(q, &job{alone: true}, pause/4)
			comes(q, request(), pause/4)
		}, pause / 2},
		{"not when the end has come", 2, func(q *queue) {
			time.Sleep(pause / 4)
			q.shut()
		}, pause / 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			var q queue
			q.start(func() time.Duration { return 0 })
			began := time.Now()
			var happens sync.WaitGroup
			happens.Go(func() { c.happens(&q) })
			if q.await(c.waits, pause); time.Since(began) != c.want {
				t.Errorf("%s: %s, want %s", c.name, time.Since(began), c.want)
			}
			happens.Wait()
		})
	}
}

func TestTheSendersAreWhoWasAnsweredAndWhoStoodBehindThem(t *testing.T) {
	var c senders
	if c.counted(1, 0); c.expected() != 1 || c.pause() != leastPause {
		t.Errorf("one sender: %d, %s", c.expected(), c.pause())
	}
	if c.counted(3, 4); c.expected() != 7 {
		t.Errorf("three were answered while four waited: %d", c.expected())
	}
	if c.counted(40, 24); c.expected() != enough {
		t.Errorf("a commit is worth its cost with %d, waited for %d", enough, c.expected())
	}
	for range 100 {
		c.took(time.Millisecond)
	}
	if c.pause() < 900*time.Microsecond || c.pause() > time.Millisecond {
		t.Errorf("commits of a millisecond: %s", c.pause())
	}
	for range 100 {
		c.took(time.Minute)
	}
	if c.pause() != mostPause {
		t.Errorf("commits of a minute: %s", c.pause())
	}
}
