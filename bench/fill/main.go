package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"matoi/bench/fill/stock"
	"matoi/storage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var o stock.Options
	var data, postgres string
	var in time.Duration
	flag.StringVar(&data, "data", "", "folder of the SQLite store, which must be new or empty")
	flag.StringVar(&postgres, "postgres", "", "connection string of an empty PostgreSQL database, instead of --data")
	flag.IntVar(&o.Open, "open", 1000, "open incidents")
	flag.IntVar(&o.Closed, "closed", 10_000, "closed incidents")
	flag.IntVar(&o.Entries, "entries", 0, "entries of all timelines together; 10 for each incident where 0")
	flag.IntVar(&o.Alerts, "alerts", 0, "alerts that are known")
	flag.DurationVar(&in, "deadlines-in", 24*time.Hour, "no deadline is armed earlier than this from now; 0 leaves them as they are")
	flag.BoolVar(&o.AtOnce, "at-once", false, "every open incident is due at that instant")
	flag.Uint64Var(&o.Seed, "seed", 1, "another one gives other incidents")
	flag.Parse()
	if data == "" && postgres == "" {
		return errors.New("--data or --postgres is needed")
	}
	if o.Policy, err = stock.Shipped(); err != nil {
		return err
	}
	if o.Entries == 0 {
		o.Entries = 10 * (o.Open + o.Closed)
	}
	o.Now = time.Now().UTC()
	if in > 0 {
		o.Due = o.Now.Add(in)
	}
	began := time.Now()
	o.Progress = func(done int) {
		fmt.Fprintf(os.Stderr, "\r%d of %d incidents in %s ", done, o.Open+o.Closed, time.Since(began).Round(time.Second))
	}
	s, err := storage.Open(ctx, storage.Options{Path: data, Postgres: postgres, Zone: o.Policy.Zone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	defer fmt.Fprintln(os.Stderr)
	return stock.Fill(ctx, s, o)
}
