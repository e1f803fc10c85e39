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
	// Where the record is kept: empty for the embedded database, own for a PostgreSQL that is started for the run, else the
	// address of an empty database. On these there may be several of the program.
	postgres string
	replicas int
	only     string // one phase alone, empty for all
	out      io.Writer
}

// torture is one run.
type torture struct {
	options
	ctx      context.Context
	place    place
	children []*child
	began    time.Time
	self     string // this program, which prunes too
	child    *child // the one whose turn it is to die
	book     *book
	judge    *judge
	who      map[string]string // ids of people by name

	rest  sync.RWMutex // held by hands during a deed, by the judge while nobody may do anything
	over  atomic.Bool
	burst atomic.Bool   // nobody pauses
	pulse chan struct{} // a request was answered

	mu       sync.Mutex
	failures []string
	byPhase  map[string]int
	killed   int
	between  int // deliveries that were killed between the chat's call and the receipt
	flying   int // deliveries that were claimed when the child was killed
	backups  int
	erased   []erasure

	troubles  troubles
	cuts      int // sessions of the database that were ended
	restarts  int // of the database
	backAgain []time.Duration
	pruned    pruned
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
func run(ctx context.Context, o options) (t *torture, failed error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t = &torture{
		options: o, ctx: ctx, book: newBook(), who: map[string]string{}, byPhase: map[string]int{}, pulse: make(chan struct{}, 1), began: time.Now(),
	}
	t.pruned = pruned{rows: map[string]int{}, alerts: map[string]int64{}}
	t.judge = newJudge(t)
	if t.self, failed = os.Executable(); failed != nil {
		return t, failed
	}
	if o.postgres == "" {
		t.replicas = 1
	}
	fmt.Fprintf(t.out, "torture --seed %d --kills %d --every %d --data %s --postgres %q --replicas %d\n", o.seed, o.kills, o.every, o.folder, o.postgres, t.replicas)
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return t, err
	}
	place, end, err := settle(ctx, o)
	if err != nil {
		return t, err
	}
	defer func() { failed = errors.Join(failed, end()) }()
	t.place = place
	for k := range max(1, t.replicas) {
		t.children = append(t.children, &child{binary: o.binary, name: fmt.Sprintf("matoi-%d", k), folder: o.folder, place: place})
	}
	t.child = t.children[0]
	for _, step := range []func() error{
		func() error { return t.configure(0, false) },
		func() error { return t.startAll("nothing") },
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
	err = t.plan()
	t.over.Store(true)
	if err != nil {
		cancel() // whoever still waits for an answer would wait for ever
	}
	hands.Wait()
	if err == nil {
		err = t.judge.look(ctx, true)
	}
	for _, c := range t.children {
		if c.cmd.ProcessState == nil {
			err = errors.Join(err, c.kill())
		}
	}
	t.table()
	if len(t.failures) > 0 {
		err = errors.Join(err, fmt.Errorf("%d promises were broken; see %s", len(t.failures), o.folder))
	}
	return t, err
}

// meet looks up the people of the configuration.
func (t *torture) meet() error {
	s, err := storage.OpenReadOnly(t.ctx, t.place.where())
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
		t.child = t.children[chance.IntN(len(t.children))]
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

// pass judges and then kills an erasing, a pruning and a migration, all while the hands rest: what waits in tables that an older release has not got must
// have been worked off.
func (t *torture) pass(chance *rand.Rand) error {
	t.rest.Lock()
	defer t.rest.Unlock()
	if err := t.judge.look(t.ctx, false); err != nil || t.only != "" {
		return err
	}
	if err := t.inErasing(chance); err != nil {
		return fmt.Errorf("erasing, kill %d: %w", t.killed, err)
	}
	if err := t.pruning(chance); err != nil {
		return fmt.Errorf("pruning, kill %d: %w", t.killed, err)
	}
	if err := t.migrations(chance); err != nil {
		return fmt.Errorf("migration, kill %d: %w", t.killed, err)
	}
	return nil
}

// draw chooses the next phase.
func (t *torture) draw(chance *rand.Rand) phase {
	all := 0
	for _, p := range t.place.phases() {
		all += p.weight
	}
	n := chance.IntN(all)
	for _, p := range t.place.phases() {
		if t.only == p.name {
			return p
		}
		if n -= p.weight; n < 0 && t.only == "" {
			return p
		}
	}
	return t.place.phases()[0]
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
