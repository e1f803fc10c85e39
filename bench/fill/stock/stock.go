package stock

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/storage"
)

// batch is how many incidents one transaction brings in.
const batch = 500

// ErrFilled means that the store has incidents already.
var ErrFilled = errors.New("the store is not empty")

// Fill fills an empty store. What is written stays whole if it is stopped, but then lacks the rest.
func Fill(ctx context.Context, s *storage.Storage, o Options) error {
	if o.People == 0 {
		o.People = 200
	}
	if found, err := s.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: 1}); err != nil {
		return err
	} else if len(found) > 0 {
		return ErrFilled
	}
	people, err := employ(ctx, s, o.People)
	if err != nil {
		return err
	}
	for _, name := range []string{console.General, console.Incidents} {
		if _, err := s.SaveChannel(ctx, console.Channel{ID: name, Created: o.Now}); err != nil {
			return err
		}
	}
	all := plans(o)
	made := make(chan chan []storage.Record, runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go live(ctx, &o, people, all, made)
	done := 0
	for batch := range made {
		var records []storage.Record
		select {
		case records = <-batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.Import(ctx, records); err != nil {
			return err
		}
		if done += len(records); o.Progress != nil {
			o.Progress(done)
		}
	}
	return ctx.Err()
}

// live lives the incidents on as many processors as there are, and hands them over in order.
func live(ctx context.Context, o *Options, people []incident.PersonID, all []plan, made chan<- chan []storage.Record) {
	defer close(made)
	for len(all) > 0 && ctx.Err() == nil {
		some := all[:min(batch, len(all))]
		all = all[len(some):]
		one := make(chan []storage.Record, 1)
		select {
		case made <- one:
		case <-ctx.Done():
			return
		}
		go func() {
			out := make([]storage.Record, 0, len(some))
			for _, p := range some {
				out = append(out, newLife(o, people, p).record(o))
			}
			one <- out
		}()
	}
}

// employ makes the company's people known.
func employ(ctx context.Context, s *storage.Storage, n int) ([]incident.PersonID, error) {
	out := make([]incident.PersonID, 0, n)
	for k := range n {
		p, err := s.Meet(ctx, incident.Identity{Realm: console.Realm, ID: fmt.Sprint("person-", k)}, name(k), fmt.Sprintf("person-%d@example.com", k))
		if err != nil {
			return nil, err
		}
		out = append(out, p.ID)
	}
	return out, nil
}
