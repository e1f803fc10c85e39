package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
)

func openHere(t testing.TB) *Storage {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	<-s.Renewed() // it writes too
	return s
}

// spy counts what a writer does with its session, and can make it fail.
type spy struct {
	session
	mu                 sync.Mutex
	commits, rollbacks int
	fail               func(what string) error
}

func spyOn(s *Storage) *spy {
	p := &spy{session: s.writer.session}
	s.writer.session = p
	return p
}

func (p *spy) ask(what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		return nil
	}
	return p.fail(what)
}

func (p *spy) begin() (runner, error) {
	if err := p.ask("begin"); err != nil {
		return nil, err
	}
	return p.session.begin()
}

func (p *spy) commit() error {
	if err := p.ask("commit"); err != nil {
		return err
	}
	p.commits++
	return p.session.commit()
}

func (p *spy) rollback() {
	p.rollbacks++
	p.session.rollback()
}

// together submits jobs while the writer is busy, so that they make one batch, and returns their errors.
func together(s *Storage, jobs ...*job) []error {
	busy, go_ := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.writer.submit(context.Background(), &job{alone: true, do: func(*tx) error { close(busy); <-go_; return nil }})
	})
	<-busy
	errs := make([]error, len(jobs))
	for k, j := range jobs {
		all.Go(func() { errs[k] = s.writer.submit(context.Background(), j) })
		for { // queued in this order
			s.writer.queue.mu.Lock()
			n := 0
			for k := range s.writer.queue.line {
				n += s.writer.queue.line[k].len()
			}
			s.writer.queue.mu.Unlock()
			if n == k+1 {
				break
			}
			runtime.Gosched()
		}
	}
	close(go_)
	all.Wait()
	return errs
}

const testCounter = -100

func count(counter int64) *job {
	return &job{do: func(t *tx) error { _, err := t.next(counter, 1); return err }}
}

func counted(t *testing.T, s *Storage, counter int64) (n int64) {
	t.Helper()
	err := row(t.Context(), s.reader, `SELECT coalesce(sum(n), 0) FROM counter WHERE day = $1`, []any{counter}, &n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARefusalInsideABatchLeavesTheOthers(t *testing.T) {
	s := openHere(t)
	p := spyOn(s)
	refusal := incident.Refuse("no")
	refused := &job{do: func(*tx) error { return refusal }}
	errs := together(s, count(testCounter), refused, count(testCounter), &job{raw: &alert.Raw{Source: "am"}, machine: true})
	if errs[0] != nil || errs[2] != nil || errs[3] != nil || !errors.Is(errs[1], refusal) {
		t.Errorf("errors: %v", errs)
	}
	if n := counted(t, s, testCounter); n != 2 {
		t.Errorf("%d writes, want 2", n)
	}
	if p.commits != 2 || p.rollbacks != 0 { // the one that kept the writer busy, and the batch
		t.Errorf("%d commits and %d rollbacks, want 2 and 0", p.commits, p.rollbacks)
	}
}

func TestAFailedStatementInsideABatchIsThatJobsAlone(t *testing.T) {
	s := openHere(t)
	p := spyOn(s)
	broken := &job{do: func(tx *tx) error {
		if _, err := tx.next(testCounter, 100); err != nil {
			return err
		}
		_, err := tx.exec(`INSERT INTO person (id) VALUES (NULL)`)
		return err
	}}
	swallowed := &job{do: func(tx *tx) error {
		_, _ = tx.exec(`INSERT INTO person (id) VALUES (NULL)`)
		return nil
	}}
	errs := together(s, count(testCounter), broken, count(testCounter), swallowed, &job{raw: &alert.Raw{Source: "am"}, machine: true})
	if errs[0] != nil || errs[2] != nil || errs[4] != nil || errs[1] == nil || errs[3] == nil {
		t.Errorf("errors: %v", errs)
	}
	if n := counted(t, s, testCounter); n != 2 {
		t.Errorf("%d is counted, want 2", n)
	}
	if p.rollbacks == 0 {
		t.Error("the batch was not rolled back")
	}
	raws, err := s.Peek(t.Context(), nil, 10)
	if err != nil || len(raws) != 1 {
		t.Errorf("the request was taken in %d times: %v", len(raws), err)
	}
}

func TestABatchWhoseCommitFailsIsDoneAgainOneByOne(t *testing.T) {
	s := openHere(t)
	p := spyOn(s)
	failed := false
	jobs := []*job{count(testCounter), count(testCounter), {raw: &alert.Raw{Source: "am"}, machine: true}}
	p.fail = func(what string) error {
		if what == "commit" && p.commits == 1 && !failed {
			failed = true
			return errors.New("disk trouble")
		}
		return nil
	}
	for k, err := range together(s, jobs...) {
		if err != nil {
			t.Errorf("job %d: %v", k, err)
		}
	}
	if n := counted(t, s, testCounter); n != 2 || !failed || p.commits != 3 { // the request came with the commit of the one that kept the writer busy
		t.Errorf("%d is counted, want 2; failed %v; %d commits, want 3", n, failed, p.commits)
	}
}

func TestWhatIsTakenInWithACommitThatFailsIsTakenInByAnother(t *testing.T) {
	for _, alone := range []bool{true, false} { // work-off, and somebody's command
		s := openHere(t)
		p := spyOn(s)
		failed := false
		p.fail = func(what string) error {
			if what == "commit" && !failed {
				failed = true
				return errors.New("disk trouble")
			}
			return nil
		}
		busy, go_ := make(chan struct{}), make(chan struct{})
		var once sync.Once
		first := &job{alone: alone, do: func(t *tx) error {
			once.Do(func() { close(busy); <-go_ })
			_, err := t.next(testCounter, 1)
			return err
		}}
		var all sync.WaitGroup
		all.Go(func() {
			if err := s.writer.submit(context.Background(), first); (err != nil) != alone {
				t.Errorf("the first, alone %v: %v", alone, err)
			}
		})
		<-busy
		all.Go(func() {
			if _, err := s.PutRaw(context.Background(), alert.Raw{Source: "am"}); err != nil {
				t.Error(err)
			}
		})
		for waits := 0; waits == 0; runtime.Gosched() {
			s.writer.queue.mu.Lock()
			waits = s.writer.queue.line[lineIntake].len()
			s.writer.queue.mu.Unlock()
		}
		close(go_)
		all.Wait()
		raws, err := s.Peek(t.Context(), nil, 10)
		if err != nil || len(raws) != 1 || !failed {
			t.Errorf("alone %v: taken in %d times, failed %v, %v", alone, len(raws), failed, err)
		}
		if n, want := counted(t, s, testCounter), map[bool]int64{false: 1}[alone]; n != want {
			t.Errorf("alone %v: %d is counted, want %d", alone, n, want)
		}
	}
}

func TestPeopleGoBeforeMachines(t *testing.T) {
	s := openHere(t)
	var order []string
	named := func(name string, machine bool) *job {
		return &job{machine: machine, do: func(*tx) error { order = append(order, name); return nil }}
	}
	together(s, named("sweep", true), named("taro", false), named("pump", true), named("hanako", false))
	if want := []string{"taro", "hanako", "sweep", "pump"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestABatchHoldsNoMoreThanItsBound(t *testing.T) {
	s := openHere(t)
	p := spyOn(s)
	jobs := make([]*job, intakeJobs+10)
	for k := range jobs {
		jobs[k] = &job{raw: &alert.Raw{Source: "am", Body: []byte(fmt.Sprint(k))}, machine: true}
	}
	for _, err := range together(s, jobs...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if p.commits != 2 {
		t.Errorf("%d commits, want 2", p.commits)
	}
	raws, err := s.Peek(t.Context(), nil, 2*intakeJobs)
	if err != nil || len(raws) != len(jobs) {
		t.Fatalf("%d requests, want %d: %v", len(raws), len(jobs), err)
	}
	for k, r := range raws {
		if string(r.Body) != fmt.Sprint(k) || jobs[k].raw.ID != r.ID {
			t.Errorf("request %d has body %s, id %d, answered %d", k, r.Body, r.ID, jobs[k].raw.ID)
		}
	}
}

func TestWhoGivesUpTakesBackOnlyWhatHasNotBegun(t *testing.T) {
	s := openHere(t)
	busy, go_ := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan error)
	go func() {
		begun <- s.write(ctx, false, func(t *tx) error {
			close(busy)
			<-go_
			_, err := t.next(testCounter, 1)
			return err
		})
	}()
	<-busy
	waiting := make(chan error)
	go func() {
		waiting <- s.write(ctx, false, func(t *tx) error { _, err := t.next(testCounter, 100); return err })
	}()
	for {
		s.writer.queue.mu.Lock()
		n := s.writer.queue.line[linePeople].len()
		s.writer.queue.mu.Unlock()
		if n == 1 {
			break
		}
	}
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that waited: %v", err)
	}
	close(go_)
	if err := <-begun; err != nil {
		t.Errorf("the one that had begun: %v", err)
	}
	if n := counted(t, s, testCounter); n != 1 {
		t.Errorf("%d is counted, want 1", n)
	}
}

func TestAPanicInAJobIsItsOwnFailure(t *testing.T) {
	s := openHere(t)
	errs := together(s, count(testCounter), &job{do: func(tx *tx) error {
		if _, err := tx.next(testCounter, 100); err != nil {
			return err
		}
		panic("bug")
	}}, count(testCounter))
	if errs[0] != nil || errs[2] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), "bug") {
		t.Errorf("errors: %v", errs)
	}
	if n := counted(t, s, testCounter); n != 2 {
		t.Errorf("%d is counted, want 2", n)
	}
}

func TestAFullDiskIsSaidAndHeals(t *testing.T) {
	s := openHere(t)
	pages := func(n int) {
		t.Helper()
		err := s.writeAlone(t.Context(), func(tx *tx) error {
			return row(context.Background(), tx.run, fmt.Sprintf(`PRAGMA max_page_count = %d`, n), nil, new(int))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	pages(1)
	body := make([]byte, 1<<20) // as large when it is compressed
	_, _ = rand.NewChaCha8([32]byte{}).Read(body)
	if _, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: body}); !errors.Is(err, ErrFull) {
		t.Errorf("taking in: %v", err)
	}
	if s.inbox.Load() != 0 {
		t.Errorf("%d bytes are counted as waiting", s.inbox.Load())
	}
	if _, err := s.People(t.Context()); err != nil {
		t.Errorf("reading: %v", err)
	}
	if s.sick.Load() == nil {
		t.Error("the failure is not remembered")
	}
	pages(1 << 30)
	if _, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: body}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestReadyTellsTheLastWriteErrorUntilAWriteWorks(t *testing.T) {
	s := openHere(t)
	p := spyOn(s)
	p.fail = func(string) error { return ErrFull }
	if err := s.Erase(t.Context(), "p1", incident.By{}, "asked for"); !errors.Is(err, ErrFull) {
		t.Errorf("writing: %v", err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("while it is full: %v", err)
	}
	p.mu.Lock()
	p.fail = nil
	p.mu.Unlock()
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Erase(t.Context(), "p1", incident.By{}, "asked for"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a refusal: %v", err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

func TestClosingAnswersWhatWaits(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	busy, go_ := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- s.write(t.Context(), false, func(*tx) error { close(busy); <-go_; return nil }) }()
	<-busy
	go func() {
		second <- s.write(t.Context(), false, func(t *tx) error { _, err := t.next(testCounter, 1); return err })
	}()
	for {
		s.writer.queue.mu.Lock()
		n := s.writer.queue.line[linePeople].len()
		s.writer.queue.mu.Unlock()
		if n == 1 {
			break
		}
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	time.AfterFunc(time.Millisecond, func() { close(go_) })
	for _, c := range []chan error{first, second, closed} {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
	if err := s.write(t.Context(), false, func(*tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
}
