package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	asPruner()
	log.SetFlags(0)
	o := options{out: os.Stdout}
	race := flag.Bool("race", false, "build the program with the race detector")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano())%1_000_000, "what all chance comes from")
	flag.IntVar(&o.kills, "kills", 1000, "how often the program is killed")
	flag.IntVar(&o.every, "every", 50, "kills between two judgements")
	flag.StringVar(&o.folder, "data", "", "a folder for the run, which stays; by default one that is removed after a good run")
	flag.StringVar(&o.binary, "binary", "", "the program; built from this repository where not given")
	flag.StringVar(&o.only, "only", "", "one phase alone: work, start, outbox, deadline, reload, erasing, backup, cut or database")
	flag.StringVar(&o.postgres, "postgres", "", "keep the record in PostgreSQL: the address of an empty database, or \"own\" for a server started for the run")
	flag.IntVar(&o.replicas, "replicas", 1, "how many of the program run on one PostgreSQL")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := tortured(ctx, o, *race); err != nil {
		log.Fatal(err)
	}
}

// tortured runs in a folder that is removed after a good run, unless it was named.
func tortured(ctx context.Context, o options, race bool) (err error) {
	if o.folder == "" {
		if o.folder, err = os.MkdirTemp("", "torture-"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = os.RemoveAll(o.folder)
			}
		}()
	}
	if o.folder, err = filepath.Abs(o.folder); err != nil {
		return err
	}
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return err
	}
	if o.binary == "" {
		o.binary = filepath.Join(o.folder, "matoi")
		if err := build(ctx, o.binary, race); err != nil {
			return err
		}
	}
	_, err = run(ctx, o)
	return err
}

// build makes the program as it is shipped, or with the race detector.
func build(ctx context.Context, file string, race bool) error {
	args := []string{"build", "-o", file}
	if race {
		args = append(args, "-race")
	}
	c := exec.CommandContext(ctx, "go", append(args, "matoi/cmd/matoi")...)
	cgo := map[bool]string{true: "1", false: "0"}[race]
	c.Env = append(c.Environ(), "CGO_ENABLED="+cgo, "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// sourceOf is the folder of this repository, for the migrations that older stores are made with.
func sourceOf(ctx context.Context) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "matoi")
	list.Env = append(list.Environ(), "GOFLAGS=") // those of a test run mean nothing to it
	out, err := list.Output()
	dir := strings.TrimSpace(string(out))
	if err == nil && dir == "" {
		err = errors.New("run it inside the repository")
	}
	return dir, err
}
