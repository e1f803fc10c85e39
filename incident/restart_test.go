package incident_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"matoi/incident"
)

// TestARestartInAnyStateChangesNothing lets two worlds live the same history: one goes on, the other is stopped and started again after any
// step, so that all it knows is what was stored. Both have the same record, the same deadlines and the same to tell.
func TestARestartInAnyStateChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed, steps := rapid.Int64().Draw(rt, "seed"), rapid.IntRange(1, 60).Draw(rt, "steps")
		stopped := map[int]bool{}
		for _, k := range rapid.SliceOfN(rapid.IntRange(0, 59), 1, 20).Draw(rt, "stops") {
			stopped[k] = true
		}
		on, off := lively(t), lively(t)
		for k := range steps {
			draw := seed + int64(k)
			for _, w := range []*world{on, off} {
				rapid.Custom(func(t *rapid.T) bool { w.step(t); return true }).Example(int(draw))
			}
			if stopped[k] {
				off.restart()
			}
		}
		for _, w := range []*world{on, off} { // what is armed happens
			for range 30 {
				w.sleep(7 * time.Hour)
				w.sweep()
			}
		}
		for n, row := range on.store.rows {
			same(t, "entries", record(off.store.entries[n]), record(on.store.entries[n]))
			at(t, "due", off.store.due[n], on.store.due[n])
			if a, b := text(rt, row), text(rt, off.store.rows[n]); a != b {
				rt.Fatalf("%s is\n%s\nand after restarts\n%s", n, a, b)
			}
		}
		if a, b := on.tellings(), off.tellings(); !slices.Equal(a, b) {
			rt.Fatalf("told %v, after restarts %v", a, b)
		}
	})
}

// lively is a world whose salts are the same as those of another.
func lively(t *testing.T) *world {
	w := newWorld(t)
	w.desk.Random = noughts{}
	return w
}

// noughts are salts that are all the same.
type noughts struct{}

func (noughts) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// restart leaves nothing but what is stored: rows as JSON, entries as bytes.
func (w *world) restart() {
	w.Helper()
	for n, row := range w.store.rows {
		b, err := json.Marshal(row)
		if err != nil {
			w.Fatal(err)
		}
		back := &incident.Incident{}
		if err := json.Unmarshal(b, back); err != nil {
			w.Fatal(err)
		}
		w.store.rows[n] = back
		w.store.entries[n] = reread(w.T, w.store.entries[n])
	}
	d := *w.desk
	w.desk = &d
}

// record is what the entries say, and when.
func record(events []incident.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.At.Format(time.RFC3339Nano)+" "+e.Fact.Kind()+" "+string(e.Body))
	}
	return out
}

// tellings is what was told, in an order that does not depend on which incident a sweep took first.
func (w *world) tellings() []string {
	var out []string
	for _, e := range w.store.effects {
		out = append(out, fmt.Sprint(e))
	}
	slices.Sort(out)
	return out
}
