package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"matoi/bench/load"
)

// bed is where things are measured: a scratch folder on the disk that counts, the servers that run there, the book.
type bed struct {
	order
	ctx     context.Context
	book    *book
	servers []*server
	pace    pace
	self    string // this program, which is the reference servers too
}

// pace is how long and how often.
type pace struct {
	burst   time.Duration // of one load
	rounds  int
	tries   int     // of a round before the quietest is taken as it is
	spare   int     // rounds that may be taken again in all: on a machine that is never quiet the run must end too
	noise   float64 // cores that others may use
	sustain time.Duration
	idle    time.Duration // to look at one that does nothing
}

func paceOf(o order) pace {
	p := pace{3 * time.Second, 5, 3, 60, 0.3, time.Minute, 30 * time.Second}
	switch {
	case o.smoke:
		p = pace{200 * time.Millisecond, 1, 1, 0, 0.3, time.Second, 200 * time.Millisecond}
	case o.quick:
		p = pace{time.Second, 2, 2, 6, 0.3, 8 * time.Second, 5 * time.Second}
	}
	if o.rounds > 0 {
		p.rounds = o.rounds
	}
	return p
}

func newBed(ctx context.Context, o order) (*bed, error) {
	b := &bed{order: o, ctx: ctx, book: newBook(), pace: paceOf(o)}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.binary, err = filepath.Abs(o.binary); err != nil {
		return nil, err
	}
	if b.scratch, err = os.MkdirTemp(o.scratch, "matoi-bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.scratch, 0o711); err != nil { //nolint:gosec // the database's user has to pass through
		return nil, err
	}
	name := filepath.Join(o.out, time.Now().UTC().Format("20060102-150405")+".jsonl")
	if b.book.lines, err = os.Create(name); err != nil {
		return nil, err
	}
	latest := filepath.Join(o.out, "last.jsonl")
	_ = os.Remove(latest)
	if err := os.Symlink(filepath.Base(name), latest); err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, b.binary, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", b.binary, err)
	}
	words := strings.Fields(string(version))
	if b.book.machine, err = survey(b.scratch, words[min(1, len(words)-1)], o.quick || o.smoke); err != nil {
		return nil, err
	}
	return b, b.book.line(b.book.machine)
}

// run measures group after group. One that breaks is told and costs its own rows only.
func (b *bed) run(groups []group) (failed error) {
	for _, g := range groups {
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		if g.whole && b.quick {
			for _, r := range g.rows {
				b.cannot(r.ID, "not part of --quick")
			}
			continue
		}
		began := time.Now()
		fmt.Fprintf(os.Stderr, "%s ", g.name)
		err := g.measure(b)
		err = errors.Join(err, b.stopAll())
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", g.name, err))
		}
		for _, r := range g.rows {
			if _, known := b.book.figures[r.ID]; !known {
				why := "it was not reached"
				if err != nil {
					why = "it broke: " + short(err)
				}
				b.cannot(r.ID, why)
			}
		}
		fmt.Fprintf(os.Stderr, "%.0f s\n", time.Since(began).Seconds())
	}
	return failed
}

// short is how an error stands in the table; all of it is on standard error.
func short(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Sprintf("%.80s", line)
}

func (b *bed) close() error {
	return errors.Join(b.stopAll(), b.book.lines.Close(), os.RemoveAll(b.scratch))
}

// got keeps a figure; cannot says why there is none.
func (b *bed) got(id string, value float64, note string, rounds ...load.Result) {
	f := figure{ID: id, Got: &value, Note: note, Rounds: len(rounds)}
	var noise []float64
	for _, r := range rounds {
		noise = append(noise, r.OtherCores)
		f.Thrown += r.Thrown
	}
	if len(noise) > 0 {
		f.Noise = load.Median(noise)
	}
	if value != value { //nolint:staticcheck // NaN: a median of nothing
		f.Got, f.Note = nil, "there was nothing to measure"
	}
	b.keep(f)
}

func (b *bed) cannot(id, why string) { b.keep(figure{ID: id, Note: why}) }

func (b *bed) keep(f figure) {
	if err := b.book.put(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// folder makes a new one for a server's data.
func (b *bed) folder(name string) (string, error) { return os.MkdirTemp(b.scratch, name+"-") }

// pause waits, unless all is to end.
func (b *bed) pause(d time.Duration) error {
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(d):
		return nil
	}
}
