package main

import (
	"fmt"
	"time"
)

// told sends alerts that open an incident each to the servers in turn, and says how long it takes from the first until
// everything was worked off and told, and how many incidents there are then.
func (b *bed) told(servers []*server, alerts int) (took time.Duration, opened int, err error) {
	before, err := b.count(servers[0])
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	for k := range alerts {
		body := fmt.Sprintf(`{"summary":"Shop %d is down","dedup":"down-%d","service":"shop-%d","severity":"critical","source":"bench","action":"trigger"}`, k, k, k)
		code, _, text, err := servers[k%len(servers)].ask(b.ctx, "POST", "/hooks/generic", body, "Content-Type: application/json")
		if err != nil || code/100 != 2 {
			return 0, 0, fmt.Errorf("send an alert: %d %.200s %v", code, text, err) //nolint:errorlint // there may be none
		}
	}
	for {
		inbox, outbox, err := servers[0].waiting(b.ctx)
		if err != nil {
			return 0, 0, err
		}
		if inbox+outbox == 0 {
			break
		}
		if time.Since(began) > 5*time.Minute {
			return 0, 0, fmt.Errorf("%d requests and %d messages still wait", inbox, outbox)
		}
		if err := b.pause(100 * time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	took = time.Since(began)
	after, err := b.count(servers[0])
	return took, after - before, err
}

// count is how many incidents there are, as far as one answer lists them.
func (b *bed) count(s *server) (int, error) {
	numbers, err := b.known(s, 1000)
	return len(numbers), err
}
