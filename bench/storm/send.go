package storm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Told is how the sending went.
type Told struct {
	mu      sync.Mutex
	took    []time.Duration // of each answer
	Refused atomic.Int64    // answers other than 2xx, which were sent again
	Broken  atomic.Int64    // requests that had no answer, and were sent again
	Done    atomic.Int64    // requests that were answered 2xx
}

// Quantile gives the time within which this part of all answers came.
func (t *Told) Quantile(part float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.took) == 0 {
		return 0
	}
	slices.Sort(t.took)
	return t.took[min(int(part*float64(len(t.took))), len(t.took)-1)]
}

// connections of each sender; what a sender says on one of them comes in its order.
func connections(source string) int {
	return map[string]int{"icinga2": 16, "alertmanager": 2, "zabbix": 4}[source] + 1
}

// Send sends the storm to where base leads at the time, as senders do: what is not answered 2xx is sent again until it is.
func (s *Scene) Send(ctx context.Context, base func() string, told *Told) error {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for source, requests := range s.Senders {
		lanes := make([][]Request, connections(source))
		for _, r := range requests { // what is said of one thing keeps its order
			lane := 0
			for _, c := range []byte(r.Keys[0]) {
				lane = (lane*31 + int(c)) % len(lanes)
			}
			lanes[lane] = append(lanes[lane], r)
		}
		if source == "icinga2" { // the switch is told of first
			if err := told.one(ctx, client, base, requests[0]); err != nil {
				return err
			}
		}
		for _, lane := range lanes {
			all.Go(func() {
				for _, r := range lane {
					if told.one(ctx, client, base, r) != nil {
						return
					}
				}
			})
		}
	}
	all.Wait()
	return ctx.Err()
}

// one sends a request until it is stored.
func (t *Told) one(ctx context.Context, client *http.Client, base func() string, r Request) error {
	for ctx.Err() == nil {
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, base()+"/hooks/"+r.Source, strings.NewReader(r.Body))
		if err != nil {
			return err
		}
		q.Header.Set("Content-Type", r.Type)
		began := time.Now()
		answer, err := client.Do(q)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		switch {
		case err != nil:
			t.Broken.Add(1)
		case answer.StatusCode/100 != 2:
			t.Refused.Add(1)
		}
		if err == nil {
			t.mu.Lock()
			t.took = append(t.took, time.Since(began))
			t.mu.Unlock()
			if answer.StatusCode/100 == 2 {
				t.Done.Add(1)
				return nil
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	return fmt.Errorf("send to %s: %w", r.Source, ctx.Err())
}
