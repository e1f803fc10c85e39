package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// number reads an environment variable that changes how the test runs.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// The tests are started anew to prune, as the program is.
func TestMain(m *testing.M) {
	asPruner()
	os.Exit(m.Run())
}

// TestKilledAtAnyMomentNothingIsLostOrDoubled is the short run; MATOI_TEST_KILLS and MATOI_TEST_SEED ask for another.
func TestKilledAtAnyMomentNothingIsLostOrDoubled(t *testing.T) {
	folder := t.TempDir()
	kills := int(number(t, "MATOI_TEST_KILLS", 60))
	o := options{
		seed: number(t, "MATOI_TEST_SEED", 60), kills: kills, every: max(1, kills/2),
		folder: folder, binary: filepath.Join(folder, "matoi"), out: t.Output(),
	}
	if err := build(t.Context(), o.binary, false); err != nil {
		t.Fatal(err)
	}
	done, err := run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"work", "start", "outbox", "migration"} {
		if done.byPhase[name] == 0 {
			t.Errorf("nothing was killed in %q", name)
		}
	}
	if done.killed < o.kills || done.judge.clocks.fired == 0 || done.judge.entries < 100 {
		t.Errorf("too little happened: %d kills, %d deadlines, %d entries", done.killed, done.judge.clocks.fired, done.judge.entries)
	}
}

// An answer that is not kept, or kept twice, must be found: here the book says what never happened.
func TestJudgeFindsWhatIsLostAndWhatIsDoubled(t *testing.T) {
	for name, lie := range map[string]func(t *torture){
		"lost": func(t *torture) {
			c := t.book.intend("noted", "zlieq1z", 0, false)
			t.book.settle(c, verdict{status: 200, tries: 1})
		},
		"kept though refused": func(t *torture) {
			t.judge.facts[mark{"noted", "zlieq1z"}] = 1
			t.book.settle(t.book.intend("noted", "zlieq1z", 0, false), verdict{status: 422, tries: 2})
		},
		"doubled": func(t *torture) {
			t.judge.facts[mark{"noted", "zlieq1z"}] = 2
			t.book.settle(t.book.intend("noted", "zlieq1z", 0, false), verdict{tries: 1, lost: 1})
		},
		"not told": func(t *torture) {
			t.judge.facts[mark{"noted", "zlieq1z"}] = 1
			t.book.settle(t.book.intend("noted", "zlieq1z", 0, true), verdict{status: 200, tries: 1})
		},
		"said twice": func(t *torture) {
			t.judge.chat.said["zlieq1z"] = 2
			t.book.settle(t.book.intend("said", "zlieq1z", 0, false), verdict{tries: 1, lost: 1})
		},
	} {
		o := &torture{options: options{out: t.Output()}, book: newBook()}
		o.judge = newJudge(o)
		lie(o)
		o.judge.claims()
		if len(o.failures) != 1 {
			t.Errorf("%s: found %q", name, o.failures)
		}
	}
}
