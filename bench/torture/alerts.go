package main

import (
	"context"
	"maps"
	"strings"
	"time"

	"matoi/storage"
)

// alerts holds the counters against what was accepted: all of it, and no more than was tried.
func (j *judge) alerts(ctx context.Context, s *storage.Storage) error {
	count, firing, latest := maps.Clone(j.t.pruned.alerts), map[string]bool{}, map[string]time.Time{}
	rows, err := s.InboxRows(ctx, 1<<20)
	for n := range maps.Keys(j.chains) {
		if err != nil {
			return err
		}
		more, e := s.Alerts(ctx, n, 1<<20)
		rows, err = append(rows, more...), e
	}
	for _, r := range rows {
		if r.Outcome == storage.Undecoded {
			if !strings.Contains(r.Title, rubbish) {
				j.t.fail("request %s can't be decoded: %s", r.Key, r.Title)
			}
			count[alertKeys.FindString(r.Title)]++
			continue
		}
		key := strings.TrimPrefix(r.Key, r.Source+":")
		count[key] += r.Count
		if !r.FirstSeen.Before(latest[key]) {
			latest[key], firing[key] = r.FirstSeen, r.Status == "firing"
		}
	}
	j.t.book.mu.Lock()
	defer j.t.book.mu.Unlock()
	for key, a := range j.t.book.alerts {
		if n := count[key]; n < a.accepted || n > a.tried {
			j.t.fail("alert %s was accepted %d times of %d and is counted %d times", key, a.accepted, a.tried, n)
		}
		if a.sure && !latest[key].IsZero() && firing[key] == a.clear {
			j.t.fail("alert %s is firing: %v, was told over: %v", key, firing[key], a.clear)
		}
	}
	return err
}
