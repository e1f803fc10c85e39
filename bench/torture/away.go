package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// troubles are the times in which the program, or its database, was being broken: what is answered then is nobody's fault.
type troubles struct {
	mu    sync.Mutex
	under int       // way
	last  time.Time // end of one
	away  []life    // of the database: then the program may complain
}

// begin notes that something is being broken, until the end is called.
func (s *troubles) begin() (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.under--
		s.last = time.Now()
	}
}

// since reports whether anything was broken at or after a time.
func (s *troubles) since(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.under > 0 || s.last.After(t)
}

// without notes that the database was away in a span.
func (s *troubles) without(from, to time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = append(s.away, life{from, to})
}

// excuses reports whether the database was away at a time.
func (s *troubles) excuses(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := len(s.away) - 1; k >= 0; k-- {
		if l := s.away[k]; !t.Before(l.from.Add(-time.Millisecond)) && !t.After(l.to) {
			return true
		}
	}
	return false
}

// inCut ends sessions of the database under the program, and now and then the program, too.
func (t *torture) inCut(chance *rand.Rand) error {
	wait(chance, 10*time.Millisecond, 200*time.Millisecond)
	return t.away(chance, "cut", func() error {
		for range 1 + chance.IntN(4) {
			n, err := t.place.cut(t.ctx, chance.IntN(3) == 0)
			if t.cuts += n; err != nil {
				return err
			}
			wait(chance, 0, 40*time.Millisecond)
		}
		return nil
	})
}

// inRestart ends the database at once, without a checkpoint, and starts it again.
func (t *torture) inRestart(chance *rand.Rand) error {
	wait(chance, 10*time.Millisecond, 200*time.Millisecond)
	return t.away(chance, "database", func() error {
		t.restarts++
		return t.place.cluster.Restart(t.ctx)
	})
}

// away breaks the database. Either the program must be ready again by itself, or it is killed in the middle of it.
func (t *torture) away(chance *rand.Rand, name string, broken func() error) error {
	end, from := t.troubles.begin(), time.Now()
	defer func() {
		end()
		t.troubles.without(from, time.Now())
	}()
	if chance.IntN(2) == 0 {
		if err := broken(); err != nil {
			return err
		}
		return t.readyAgain()
	}
	done := make(chan error, 1)
	go func() { done <- broken() }()
	wait(chance, 0, 150*time.Millisecond)
	died := t.child.kill()
	t.note(name)
	return errors.Join(died, <-done, t.handOver(), t.child.start(t.ctx, name), t.readyAgain())
}

// readyAgain waits until all of the program say that they are ready, and lets a moment pass in which connections that broke
// meanwhile are found.
func (t *torture) readyAgain() error {
	began := time.Now()
	for _, c := range t.children {
		for !c.ready() {
			if time.Since(began) > readyWithin {
				return fmt.Errorf("not ready %s after the database was back", time.Since(began).Round(time.Second))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.backAgain = append(t.backAgain, time.Since(began))
	time.Sleep(time.Second)
	return t.ctx.Err()
}

// ready asks the program.
func (c *child) ready() bool {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(c.address.Load().(string) + "/readyz")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
