package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// violation is a rule of axe that a page breaks, with the places.
type violation struct {
	ID, Help, Impact string
	Nodes            []struct {
		Target         []any
		HTML           string
		FailureSummary string
	}
}

// axe is the engine's source, or skips the test where there is none.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(outside(t, "MATOI_TEST_AXE", "axe-core's axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// brings loads the engine into the page through the debugger: the page's own policy forbids it.
func (p *person) brings(engine string) {
	p.t.Helper()
	p.do("bring axe", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](engine+"\n;1"))
		return err
	}))
}

// judge runs the rules on what the page shows now.
func (p *person) judge(rules string) []violation {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](`axe.run(document, {runOnly: `+rules+`, resultTypes: ['violations']}).then(r => r.violations.map(v => ({id: v.id, help: v.help, impact: v.impact, nodes: v.nodes.map(n =>
({target: n.target, html: n.html, failureSummary: n.failureSummary}))})))`, chromedp.EvalAwaitPromise))
	var found []violation
	if err == nil {
		err = json.Unmarshal(got, &found)
	}
	if err != nil {
		p.fail("judge the page: " + err.Error())
	}
	return found
}

const (
	allRules   = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	onColours  = `{type: 'rule', values: ['color-contrast']}`
	darkScheme = "dark"
)

// Every screen is built so that a screen reader, a keyboard and weak eyes can use it.
func TestAxeFindsNothingOnAnyScreen(t *testing.T) {
	engine := axe(t)
	chromium, film := browser(t)
	w := newWeek(t, normalState)
	for l, who := range readers() {
		p := w.sit(chromium, film, who)
		for _, v := range w.views(p) {
			for _, scheme := range []string{"light", darkScheme} {
				p.look(1280, 800, scheme)
				rules := onColours // of the same page: nothing else depends on the scheme
				if scheme != darkScheme {
					rules = allRules
					p.show(v)
					p.brings(engine)
				}
				for _, found := range p.judge(rules) {
					t.Errorf("%s in %s, %s: %s", v.name, l, scheme, found)
				}
			}
		}
	}
}

// String names the rule and the first places.
func (v violation) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s): %s, %d places", v.ID, v.Impact, v.Help, len(v.Nodes))
	for i, n := range v.Nodes {
		if i == 3 {
			break
		}
		fmt.Fprintf(&out, "\n  %v\n  %s\n  %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return out.String()
}
