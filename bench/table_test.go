package main

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"matoi/bench/load"
)

func TestARowSaysWhichBoundWasMet(t *testing.T) {
	more := row{Unit: "share", Must: .6, Aim: 1.25, More: true}
	less := row{Unit: "ms", Must: 15, Aim: 6}
	for _, c := range []struct {
		row  row
		got  float64
		want string
	}{
		{more, 1.25, "aim"},
		{more, 1.2, "must"},
		{more, .59, "NO"},
		{less, 6, "aim"},
		{less, 15, "must"},
		{less, 15.1, "NO"},
		{row{Aim: 5}, 6, "no (an aim only)"},
		{row{}, 6, ""},
	} {
		if got := c.row.verdict(figure{Got: &c.got}); got != c.want {
			t.Errorf("%+v got %g: %q, want %q", c.row, c.got, got, c.want)
		}
	}
	if got := less.verdict(figure{}); got != "not measured" {
		t.Errorf("without a figure: %q", got)
	}
}

func TestNoRowIsNamedTwiceAndEveryBoundIsOnItsOwnSide(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range groups() {
		for _, r := range g.rows {
			if seen[r.ID] || r.What == "" || r.Unit == "" {
				t.Errorf("%s: row %+v", g.name, r)
			}
			seen[r.ID] = true
			if r.Must != 0 && (r.More && r.Aim < r.Must || !r.More && r.Aim > r.Must) {
				t.Errorf("%s aims at less than it must", r.ID)
			}
		}
	}
}

func TestFiguresAreReadBackAndPutBetweenTheMarksOnly(t *testing.T) {
	dir := t.TempDir()
	b := newBook()
	var err error
	if b.lines, err = os.Create(filepath.Join(dir, "a.jsonl")); err != nil {
		t.Fatal(err)
	}
	bed := &bed{book: b}
	if err := b.line(machine{Kind: "machine", Cores: 2, Processor: "Test"}); err != nil {
		t.Fatal(err)
	}
	bed.got("intake-16", 1.5, "fast", load.Result{OtherCores: .1, Thrown: 2}, load.Result{OtherCores: .3})
	bed.got("intake-64", math.NaN(), "")
	bed.cannot("chat-idle", "no chat")
	b.lines.Close()

	again := newBook()
	if err := again.read([]string{filepath.Join(dir, "a.jsonl")}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.figures, b.figures) || again.machine.Cores != 2 {
		t.Errorf("read %+v, want %+v", again.figures, b.figures)
	}
	paper := filepath.Join(dir, "paper.md")
	if err := os.WriteFile(paper, []byte("before\n"+opening+"\nwhat stood there\n"+closing+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := again.putInto(paper); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(paper)
	text := string(raw)
	for _, want := range []string{
		"before\n" + opening, closing + "\nafter\n", "| … 16 connections | ≥ 0.6 | ≥ 1.25 | 1.50 | ✓ aim | fast; 2 rounds; 2 thrown away; others used 0.20 cores |",
		"| - | not measured | there was nothing to measure |", "| - | not measured | no chat |", "left out of this run", "2 cores of Test",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the paper lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "what stood there") {
		t.Error("the old table is still there")
	}
	if err := os.WriteFile(paper, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := again.putInto(paper); err == nil {
		t.Error("a paper without marks was written to")
	}
}

func TestThePaperOfTheProjectHasItsMarks(t *testing.T) {
	raw, err := os.ReadFile("../docs/performance.md")
	if err != nil || strings.Count(string(raw), opening) != 1 || strings.Count(string(raw), closing) != 1 {
		t.Errorf("docs/performance.md has no place for figures: %v", err)
	}
}

func TestAPaperIsNotFilledWithHalfARun(t *testing.T) {
	for _, args := range [][]string{{"--paper", "--quick"}, {"--paper", "--smoke"}, {"--paper", "intake"}, {"nonsense"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
	o, err := parse([]string{"--paper"})
	if err != nil || len(o.groups) != len(groups()) {
		t.Errorf("a whole run has %d groups: %v", len(o.groups), err)
	}
	if o, err = parse([]string{"storm", "intake"}); err != nil || len(o.groups) != 2 || o.groups[0].name != "intake" {
		t.Errorf("two groups became %d: %v", len(o.groups), err)
	}
}

func TestWhatBenchmarksPrintIsTakenApart(t *testing.T) {
	got := parseMetrics(`goos: linux
BenchmarkChatIdle-2   	       1	         3.25 p50-ms	         9.5 p99-ms
BenchmarkChatIdle-2   	       1	         3.75 p50-ms	         8.5 p99-ms
BenchmarkDeadlinesAtOnce 	       1	  12345 ns/op	         1.25 s/all
some log line of 4 words
PASS`)
	want := metrics{
		"ChatIdle":        {"p50-ms": {3.25, 3.75}, "p99-ms": {9.5, 8.5}},
		"DeadlinesAtOnce": {"ns/op": {12345}, "s/all": {1.25}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
