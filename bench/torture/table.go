package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"text/tabwriter"
	"time"
)

// table prints what was done and what came of it.
func (t *torture) table() {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "\nkilled in\ttimes\n")
	for _, name := range slices.Sorted(maps.Keys(t.byPhase)) {
		fmt.Fprintf(w, "%s\t%d\n", name, t.byPhase[name])
	}
	fmt.Fprintf(w, "all\t%d\n\nrequests\ttried\tanswered\trefused\tnobody answered a try\tgiven up\n", t.killed)
	all := sum{}
	t.book.mu.Lock()
	for _, kind := range slices.Sorted(maps.Keys(t.book.sums)) {
		s := t.book.sums[kind]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\n", kind, s.tried, s.answered, s.refused, s.lost, s.gaveUp)
		all.tried, all.answered, all.refused, all.lost, all.gaveUp = all.tried+s.tried, all.answered+s.answered, all.refused+s.refused, all.lost+s.lost, all.gaveUp+s.gaveUp
	}
	t.book.mu.Unlock()
	fmt.Fprintf(w, "all\t%d\t%d\t%d\t%d\t%d\n\n", all.tried, all.answered, all.refused, all.lost, all.gaveUp)
	j := t.judge
	fmt.Fprintf(w, "looks of the judge\t%d, which took %s\n", j.looks, j.took.Round(time.Millisecond))
	fmt.Fprintf(w, "incidents, entries, messages\t%d, %d, %d\n", len(j.chains), j.entries, len(j.chat.ids))
	fmt.Fprintf(w, "deadlines fired\t%d %v\n", j.clocks.fired, j.clocks.byKind)
	fmt.Fprintf(w, "latest deadline, of the time it ran\t%s (%s)\n", j.clocks.latest.Round(time.Millisecond), j.clocks.which)
	fmt.Fprintf(w, "deliveries killed under way\t%d, %d of them between the chat's call and the receipt\n", t.flying, t.between)
	fmt.Fprintf(w, "backups that were whole\t%d\n", t.backups)
	fmt.Fprintf(w, "erased for good\t%d\n", len(t.erased))
	fmt.Fprintf(w, "prunings, and rows that went\t%d, %v\n", t.pruned.times, t.pruned.rows)
	fmt.Fprintf(w, "doubts that the record marks\t%d\n", j.doubts)
	if t.place.postgres != "" {
		fmt.Fprintf(w, "sessions of the database that were cut, restarts of it\t%d, %d\n", t.cuts, t.restarts)
		fmt.Fprintf(w, "by itself ready again after those\tat most %s\n", slices.Max(append(t.backAgain, 0)).Round(time.Millisecond))
	}
	middle, slowest := t.recoveries()
	fmt.Fprintf(w, "ready again\tmostly within %s, at most %s (killed in: %s)\n", middle.Round(time.Millisecond), slowest.took.Round(time.Millisecond), slowest.after)
	fmt.Fprintf(w, "failures\t%d\n", len(t.failures))
}

// recoveries gives the middle and the slowest start.
func (t *torture) recoveries() (middle time.Duration, slowest recovery) {
	var starts []recovery
	for _, c := range t.children {
		c.mu.Lock()
		starts = append(starts, c.starts...)
		c.mu.Unlock()
	}
	slices.SortFunc(starts, func(a, b recovery) int { return int(a.took - b.took) })
	if len(starts) == 0 {
		return 0, recovery{}
	}
	return starts[len(starts)/2].took, starts[len(starts)-1]
}

// api reads at the end what the API tells, for every incident: it must be what the store holds.
func (j *judge) api(ctx context.Context) {
	get := func(path string, to any) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, j.t.somebody().address.Load().(string)+path, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		return json.NewDecoder(answer.Body).Decode(to)
	}
	for n, c := range j.chains {
		var detail struct {
			Version int64
			Rooms   []struct{ Name string }
		}
		if err := get("/api/v1/incidents/"+n.String(), &detail); err != nil || detail.Version < c.version || len(detail.Rooms) != 1 {
			j.t.fail("the API tells of %s: %+v, the store has %s: %v", n, detail, c, err)
		}
		var timeline struct {
			Entries []struct {
				Seq  int64
				Kind string
			}
		}
		if err := get("/api/v1/incidents/"+n.String()+"/timeline?limit=100000", &timeline); err != nil || int64(len(timeline.Entries)) < c.version {
			j.t.fail("the API tells %d entries of %s, the store has %s: %v", len(timeline.Entries), n, c, err)
		}
		for k, e := range timeline.Entries {
			if e.Seq != int64(k+1) {
				j.t.fail("the API tells entry %d of %s as number %d", e.Seq, n, k+1)
				break
			}
		}
	}
}
