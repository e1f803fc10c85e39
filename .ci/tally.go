// Command tally reads what go test -json prints and repeats it for people: the
// runner's own closing line of each package, everything a failed or skipped
// test said, and at the end how many passed, failed and were skipped. It exits
// with 1 when a test failed, was skipped or when none ran, because the run that
// starts it has all the servers that a test could miss.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// event is one line of go test -json, with only the fields used here.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// timing is how long one top-level test took, in seconds.
type timing struct {
	name    string
	seconds float64
}

// tally counts the results and keeps what each unfinished test has said.
type tally struct {
	passed, failed, skipped int
	broken                  bool // a package did not build or ended badly
	said                    map[string][]string
	slow                    []timing
}

func main() {
	t := tally{said: map[string][]string{}}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			t.take(line)
		}
		if err != nil {
			break
		}
	}
	t.printSlowest(10)
	fmt.Printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	if t.failed > 0 || t.skipped > 0 || t.broken || t.passed == 0 {
		os.Exit(1)
	}
}

// take handles one line; a line that is not an event is passed on as it is.
func (t *tally) take(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		fmt.Print(line)
		return
	}
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "build-fail":
		t.broken = true
	case "output":
		if e.Test == "" && isClosing(e.Output) {
			fmt.Print(e.Output)
			return
		}
		t.said[key] = append(t.said[key], e.Output)
	case "pass", "fail", "skip":
		t.finish(e, key)
		delete(t.said, key)
	}
}

// finish counts a test's result and lets a failed or skipped one speak.
func (t *tally) finish(e event, key string) {
	if e.Test == "" {
		if e.Action == "fail" {
			t.broken = true
			t.printUnfinished(e.Package)
		}
		return
	}
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Print(strings.Join(t.said[key], ""))
	case "skip":
		t.skipped++
		fmt.Print(strings.Join(t.said[key], ""))
	}
	if !strings.Contains(e.Test, "/") {
		t.slow = append(t.slow, timing{e.Package + " " + e.Test, e.Elapsed})
	}
}

// printUnfinished lets the tests speak that had no result when their package
// ended, after a panic or a timeout, and the package itself.
func (t *tally) printUnfinished(pkg string) {
	for key, said := range t.said {
		if strings.HasPrefix(key, pkg+"\x00") {
			fmt.Print(strings.Join(said, ""))
			delete(t.said, key)
		}
	}
}

// isClosing reports whether a package's output is the runner's word on it.
func isClosing(s string) bool {
	for _, prefix := range []string{"ok  \t", "FAIL\t", "?   \t", "---"} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return strings.Contains(s, "[no test files]")
}

// printSlowest names the n slowest tests, to keep the run quick.
func (t *tally) printSlowest(n int) {
	sort.SliceStable(t.slow, func(i, j int) bool { return t.slow[i].seconds > t.slow[j].seconds })
	fmt.Println("slowest:")
	for i, s := range t.slow {
		if i == n || s.seconds < 1 {
			return
		}
		fmt.Printf("  %6.1f s  %s\n", s.seconds, s.name)
	}
}
