package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"matoi/storage"
)

// options say what is tortured, and how.
type options struct {
	seed   uint64
	kills  int
	every  int    // kills between two judgements
	folder string // of all files of the run; made if missing
	binary string
	only   string // one phase alone, empty for all
	out    io.Writer
}

// torture is one run.
type torture struct {
	options
	ctx   context.Context
	child *child
	book  *book
	judge *judge
	who   map[string]string // ids of people by name

	rest  sync.RWMutex // held by hands during a deed, by the judge while nobody may do anything
	over  atomic.Bool
	burst atomic.Bool   // nobody pauses
	dying atomic.Bool   // the child is being killed: 5xx are nobody's fault
	pulse chan struct{} // a request was answered

	mu       sync.Mutex
	failures []string
	byPhase  map[string]int
	killed   int
	between  int // deliveries that were killed between the chat's call and the receipt
	flying   int // deliveries that were claimed when the child was killed
	backups  int
}

// most failures that are kept; one mistake often shows in many places.
const mostFailures = 60

// fail notes a broken promise.
func (t *torture) fail(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) < mostFailures {
		t.failures = append(t.failures, fmt.Sprintf(format, args...))
		fmt.Fprintf(t.out, "BROKEN %s\n", t.failures[len(t.failures)-1])
	}
}

func (t *torture) beat() {
	select {
	case t.pulse <- struct{}{}:
	default:
	}
}

// stream is a source of chance of its own for each name, all from the one seed.
func (t *torture) stream(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name)
	return rand.New(rand.NewPCG(t.seed, h.Sum64()))
}

// run tortures until the kills are done, and prints the table. The error tells what broke the torture itself or that
// promises were broken.
func run(ctx context.Context, o options) (*torture, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &torture{
		options: o, ctx: ctx, book: newBook(), who: map[string]string{}, byPhase: map[string]int{}, pulse: make(chan struct{}, 1),
		child: &child{binary: o.binary, folder: o.folder},
	}
	t.judge = newJudge(t)
	fmt.Fprintf(t.out, "torture --seed %d --kills %d --every %d --data %s\n", o.seed, o.kills, o.every, o.folder)
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return t, err
	}
	for _, step := range []func() error{
		func() error { return t.configure(0, false) },
		func() error { return t.child.start(ctx, "nothing") },
		t.meet,
	} {
		if err := step(); err != nil {
			return t, err
		}
	}
	var hands sync.WaitGroup
	for _, h := range t.hands() {
		hands.Go(h.work)
	}
	err := t.plan()
	t.over.Store(true)
	if err != nil {
		cancel() // whoever still waits for an answer would wait for ever
	}
	hands.Wait()
	if err == nil {
		err = t.judge.look(ctx, true)
	}
	if t.child.cmd.ProcessState == nil {
		err = errors.Join(err, t.child.kill())
	}
	t.table()
	if len(t.failures) > 0 {
		err = errors.Join(err, fmt.Errorf("%d promises were broken; see %s", len(t.failures), o.folder))
	}
	return t, err
}

// meet looks up the people of the configuration.
func (t *torture) meet() error {
	s, err := storage.OpenReadOnly(t.ctx, t.child.data())
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range people {
		found, err := s.Named(t.ctx, name)
		if err != nil || len(found) != 1 {
			return fmt.Errorf("%s is %d people: %w", name, len(found), err)
		}
		t.who[name] = string(found[0].ID)
	}
	return nil
}

// plan kills in one phase after the other until the kills are done.
func (t *torture) plan() error {
	chance := t.stream("plan")
	looked := 0
	for t.killed < t.kills && t.ctx.Err() == nil {
		p := t.draw(chance)
		if err := p.kill(t, chance); err != nil {
			return fmt.Errorf("%s, kill %d: %w", p.name, t.killed, err)
		}
		if t.killed-looked < t.every || t.killed >= t.kills {
			continue
		}
		looked = t.killed
		if err := t.pass(chance); err != nil {
			return err
		}
	}
	return t.ctx.Err()
}

// pass judges and then kills migrations, all while the hands rest: what waits in tables that an older release has not got must
// have been worked off.
func (t *torture) pass(chance *rand.Rand) error {
	t.rest.Lock()
	defer t.rest.Unlock()
	if err := t.judge.look(t.ctx, false); err != nil || t.only != "" {
		return err
	}
	if err := t.migrations(chance); err != nil {
		return fmt.Errorf("migration, kill %d: %w", t.killed, err)
	}
	return nil
}

// draw chooses the next phase.
func (t *torture) draw(chance *rand.Rand) phase {
	all := 0
	for _, p := range phases() {
		all += p.weight
	}
	n := chance.IntN(all)
	for _, p := range phases() {
		if t.only == p.name {
			return p
		}
		if n -= p.weight; n < 0 && t.only == "" {
			return p
		}
	}
	return phases()[0]
}

// death kills the child, counts it, and starts it again.
func (t *torture) death(name string) error {
	t.dying.Store(true)
	err := t.child.kill()
	t.note(name)
	if err == nil && name == "outbox" {
		err = t.autopsy()
	}
	if err == nil {
		err = t.child.start(t.ctx, name)
	}
	t.dying.Store(false)
	return err
}

func (t *torture) note(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.killed++
	t.byPhase[name]++
}

// wait sleeps for a random time up to most.
func wait(chance *rand.Rand, least, most time.Duration) {
	time.Sleep(least + time.Duration(chance.Int64N(int64(most-least)+1)))
}

func (t *torture) file(name string) string { return filepath.Join(t.folder, name) }
