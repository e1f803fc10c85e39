package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
	_ "time/tzdata" // an empty container image has no time zones

	"matoi/lang"
)

// collected is the percentage by which the heap may grow until it is collected, unless GOGC says otherwise. The heap is small:
// at the runtime's own 100 a busy server collects a dozen times a second.
const collected = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collected)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // a second signal ends the process at once
		<-ctx.Done()
		stop()
	}()
	w := World{Env: Environment(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	ended, err := profile(os.Getenv("MATOI_CPU_PROFILE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "matoi:", err)
		os.Exit(1)
	}
	code := w.Run(ctx, os.Args[1:])
	ended()
	os.Exit(code)
}

// profile writes into a folder where this process spends the processor, until ended is called; a folder of "" asks for nothing.
// From such profiles default.pgo is made, see bench/profile.
func profile(folder string) (ended func(), err error) {
	if folder == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(folder, fmt.Sprintf("cpu-%d.pprof", os.Getpid())))
	if err != nil {
		return nil, fmt.Errorf("MATOI_CPU_PROFILE: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// World is what a command reads and writes; tests hand in their own.
type World struct {
	Env
	In       io.Reader
	Out, Err io.Writer
	Machine  func() time.Time // what this machine's clock says; time.Now where nil
}

// Run does what the command line says and gives the exit code: 0; 1 after one clear message; 2 where the message is that the
// command line itself means nothing.
func (w World) Run(ctx context.Context, args []string) int {
	l := w.lang()
	root := w.root(l)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var mistakes Mistakes
	var wrong misuse
	switch {
	case errors.Is(err, errSaid):
	case errors.As(err, &mistakes):
		_, _ = fmt.Fprintln(w.Err, mistakes.In(l))
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintln(w.Err, "matoi: "+wrong.Error())
		return 2
	default:
		_, _ = fmt.Fprintln(w.Err, "matoi: "+w.explain(err, l))
	}
	return 1
}

// errSaid ends a command whose own output has said why already.
var errSaid = errors.New("said")

// lang is the terminal's language: that of LC_ALL, LC_MESSAGES or LANG, and English where they name none, because such a
// terminal may show nothing else.
func (w World) lang() lang.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, ok := w.Lookup(name); ok && v != "" {
			if l, ok := lang.Parse(v); ok {
				return l
			}
			break
		}
	}
	return lang.EN
}
