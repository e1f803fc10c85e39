package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"matoi/bench/limit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start is the yardstick, or with "limit MODE ADDRESS PLACE" one of the reference servers, which must be processes of their
// own so that what they use can be told apart.
func start(ctx context.Context, args []string) error {
	if len(args) == 4 && args[0] == "limit" {
		listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", args[2])
		if err != nil {
			return err
		}
		return limit.Serve(ctx, args[1], args[3], listen)
	}
	return measure(ctx, args)
}

// order is what the command line asks for.
type order struct {
	binary, out, scratch string
	quick, smoke, paper  bool
	from                 string
	rounds               int
	groups               []group
}

func parse(args []string) (order, error) {
	var o order
	var list bool
	f := flag.NewFlagSet("bench/run", flag.ContinueOnError)
	f.StringVar(&o.binary, "binary", "bench/out/matoi", "the `program` to measure")
	f.StringVar(&o.out, "out", "bench/out", "`folder` for the JSON lines")
	f.StringVar(&o.scratch, "scratch", "/var/tmp", "`folder` for databases, on the disk that is to be measured")
	f.BoolVar(&o.quick, "quick", false, "short bursts, few rounds, no big stores")
	f.BoolVar(&o.smoke, "smoke", false, "bursts too short to say anything: only whether the yardstick works")
	f.BoolVar(&o.paper, "paper", false, "also put the table into docs/performance.md")
	f.IntVar(&o.rounds, "rounds", 0, "how many rounds `n` instead of the usual number")
	f.StringVar(&o.from, "from", "", "measure nothing, take the figures of these JSON lines: `files` with commas between, later ones win")
	f.BoolVar(&list, "list", false, "name the groups and their rows")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	all := groups()
	if list {
		for _, g := range all {
			fmt.Printf("%s\n", g.name)
			for _, r := range g.rows {
				fmt.Printf("    %-22s %s\n", r.ID, r.What)
			}
		}
		return o, nil
	}
	for _, name := range f.Args() {
		if !slices.ContainsFunc(all, func(g group) bool { return g.name == name }) {
			return o, fmt.Errorf("there is no group %q; --list names them", name)
		}
	}
	for _, g := range all {
		if f.NArg() == 0 || slices.Contains(f.Args(), g.name) {
			o.groups = append(o.groups, g)
		}
	}
	if o.paper && o.from == "" && (o.quick || o.smoke || len(o.groups) < len(all)) {
		return o, errors.New("--paper takes a whole run, or --from with the JSON lines of several")
	}
	return o, nil
}

// measure does what was ordered and prints the table.
func measure(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil || len(o.groups) == 0 {
		return err
	}
	if o.from != "" {
		b := newBook()
		if err := b.read(strings.Split(o.from, ",")); err != nil {
			return err
		}
		return o.show(b)
	}
	bed, err := newBed(ctx, o)
	if err != nil {
		return err
	}
	failed := bed.run(o.groups)
	if err := bed.close(); err != nil {
		return err
	}
	if err := o.show(bed.book); err != nil {
		return err
	}
	return failed
}

func (o order) show(b *book) error {
	fmt.Print(b.text(o.groups))
	if !o.paper {
		return nil
	}
	return b.putInto("docs/performance.md")
}
