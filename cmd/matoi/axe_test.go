package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"matoi/lang"
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

// judge runs the rules on what the page shows now. The engine comes through the debugger: the page's own policy forbids it.
func (p *person) judge(engine, rules string) []violation {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](engine+`
;axe.run(document, {runOnly: `+rules+`, resultTypes: ['violations']}).then(r => r.violations.map(v => ({id: v.id, help: v.help, impact: v.impact, nodes: v.nodes.map(n =>
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

// view is a state of a screen: where it is, and what one does to bring it about.
type view struct {
	name, path string
	bring      func(p *person)
}

// views are the screens there are, as they are while an incident is worked.
func (d *drama) views(p *person) []view {
	room, page := "/chat/"+d.room[1:], "/incidents/"+d.number
	return []view{
		{name: "board", path: "/"},
		{name: "every incident", path: "/incidents?all=1"},
		{name: "chat", path: "/chat"},
		{name: "announcements", path: "/chat/incidents"},
		{name: "empty channel", path: "/chat/general"},
		{name: "what Matoi says to one", path: "/chat/@" + p.ask("document.body.dataset.me")},
		{name: "room", path: room},
		{name: "thread", path: room, bring: func(p *person) {
			p.point("#messages .msg .text", "")
			p.press("#messages .msg:hover .tools [data-open-thread]", "")
			p.see("#thread textarea", "")
		}},
		{name: "message menu", path: room, bring: func(p *person) {
			p.point("#messages .msg .text", "")
			p.press("#messages .msg:hover .tools summary", "")
			p.see("[role=menuitem]", "")
		}},
		{name: "incident", path: page},
		{name: "report", path: page + "/report?lang=" + string(p.lang)},
		{name: "my work", path: "/mine"},
		{name: "people", path: "/people"},
		{name: "alerts", path: "/alerts"},
		{name: "help", path: "/help"},
		{name: "keys", path: "/", bring: func(p *person) {
			p.press("[data-show-keys]", "")
			p.see("#keys dt", "")
		}},
		{name: "form", path: "/", bring: func(p *person) {
			p.press("main [data-command=open]", "")
			p.see("dialog[open] #f-title", "")
		}},
		{name: "form with mistakes", path: "/", bring: func(p *person) {
			p.press("main [data-command=open]", "")
			p.see("dialog[open] #f-title", "")
			p.press("dialog[open] [data-submit]", "")
			p.see("dialog[open] .problem, dialog[open] .form-problem", "")
		}},
		{name: "who are you", path: "/who"},
		{name: "nothing there", path: "/incidents/INC-20200101-001"},
	}
}

// Every screen is built so that a screen reader, a keyboard and weak eyes can use it.
func TestAxeFindsNothingOnAnyScreen(t *testing.T) {
	engine := axe(t)
	chromium, film := browser(t)
	d := dramatise(t)
	for l, who := range map[lang.Lang]string{lang.JA: "佐藤 美咲", lang.EN: "Emma Clarke"} {
		p := d.s.sit(chromium, film, who, l)
		p.believe(d.clock.now())
		p.enter()
		for _, v := range d.views(p) {
			for _, scheme := range []string{"light", darkScheme} {
				p.look(1280, 800, scheme)
				p.open(v.path)
				p.see("h1, h2", "")
				if v.bring != nil {
					v.bring(p)
				}
				rules := allRules
				if scheme == darkScheme {
					rules = onColours
				}
				for _, found := range p.judge(engine, rules) {
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
