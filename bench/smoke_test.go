package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The yardstick starts itself as the reference servers; under test it is the test's binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "limit" {
		if err := start(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Whether the yardstick works: every row of what needs no other server is filled with a figure that can be. How fast Matoi is
// says bench/run.
func TestTheYardstickMeasures(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "matoi")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../cmd/matoi")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	o, err := parse([]string{"--binary", binary, "--out", dir, "--scratch", dir, "--smoke", "intake", "sustained", "command", "start", "stored", "store"})
	if err != nil {
		t.Fatal(err)
	}
	bed, err := newBed(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := bed.run(o.groups); err != nil {
		t.Error(err)
	}
	if err := bed.close(); err != nil {
		t.Error(err)
	}
	for _, g := range o.groups {
		for _, r := range g.rows {
			f, known := bed.book.figures[r.ID]
			switch {
			case !known:
				t.Errorf("%s: nothing is said of it", r.ID)
			case f.Got == nil && f.Note != "" && strings.HasPrefix(r.ID, "rate-"): // references that are left out, a peer that is not installed
			case f.Got == nil:
				t.Errorf("%s: %s", r.ID, f.Note)
			case *f.Got < 0 || *f.Got == 0 && r.ID != "sustained" && r.ID != "idle-cpu":
				t.Errorf("%s got %g", r.ID, *f.Got)
			}
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "matoi-bench-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	answered(t, filepath.Join(dir, "last.jsonl"))
}

// answered checks in the JSON lines that every burst was answered and none refused.
func answered(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	laps := 0
	for line := range bytes.Lines(raw) {
		var l lap
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if l.Kind != "lap" {
			continue
		}
		laps++
		if l.OK == 0 || l.Failed > 0 || l.P99 <= 0 || l.Rate <= 0 {
			t.Errorf("%s against %s: %+v", l.Contest, l.Target, l.Result)
		}
	}
	if laps < 12 {
		t.Errorf("only %d bursts are written down", laps)
	}
}
