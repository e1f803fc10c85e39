package slack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"matoi/lang"
)

// scopeless are the methods that need no scope (https://docs.slack.dev/reference/methods).
func scopeless() []string {
	return []string{
		"apps.connections.open", "auth.test", "blocks.validate", "chat.getPermalink", "entity.presentDetails", "functions.completeError",
		"functions.completeSuccess", "views.open", "views.publish", "views.push", "views.update",
	}
}

// sourceOf collects from this package's sources, but for the manifest's, the methods that are called and all words in quotes.
func sourceOf(t *testing.T) (methods, words map[string]bool) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	methods, words = map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") || e.Name() == "manifest.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if word, err := strconv.Unquote(n.Value); err == nil {
					words[word] = true
				}
			case *ast.CallExpr:
				s, ok := n.Fun.(*ast.SelectorExpr)
				if ok && slices.Contains([]string{"call", "patiently", "raw"}, s.Sel.Name) && len(n.Args) > 1 {
					if lit, ok := n.Args[1].(*ast.BasicLit); ok {
						method, _ := strconv.Unquote(lit.Value)
						methods[method] = true
					}
				}
			}
			return true
		})
	}
	return methods, words
}

func TestTheManifestAsksForWhatIsUsedAndForNothingElse(t *testing.T) {
	methods, words := sourceOf(t)
	known := scopeless()
	for _, n := range needs() {
		used := func(by string) bool {
			return by == "/" || methods[by] || slices.ContainsFunc(subscriptions(), func(s subscription) bool { return s.name == by })
		}
		if !slices.ContainsFunc(n.by, used) {
			t.Errorf("nothing needs the scope %s", n.scope)
		}
		known = append(known, n.by...)
	}
	for method := range methods {
		if !slices.Contains(known, method) {
			t.Errorf("%s is called: which scope does it need?", method)
		}
	}
	for _, s := range subscriptions() {
		name, _, _ := strings.Cut(s.name, ".")
		if !words[name] {
			t.Errorf("nobody listens to %s", s.name)
		}
	}
	if !slices.IsSortedFunc(needs(), func(a, b need) int { return strings.Compare(a.scope, b.scope) }) {
		t.Error("the scopes are not in the order of their names")
	}
}

// The lengths are those of the manifest's reference (https://docs.slack.dev/reference/app-manifest).
func TestTheManifestFitsItsLimits(t *testing.T) {
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		m := NewManifest(ManifestOptions{Name: "/incident", Aliases: []string{"/inc", "/障害"}, BaseURL: "https://matoi.example.com", Lang: l})
		most := func(what, text string, most int) {
			t.Helper()
			if n := utf8.RuneCountInString(text); n == 0 || n > most || strings.Contains(text, "⟦") {
				t.Errorf("%s: %s has %d characters: %q", l, what, n, text)
			}
		}
		most("name", m.Display.Name, 35)
		most("description", m.Display.Description, 140)
		for _, s := range m.Features.Shortcuts {
			most("shortcut", s.Name, 24)
			most("shortcut's description", s.Description, 150)
		}
		for _, c := range m.Features.Commands {
			most("command", c.Command, 32)
			most("command's description", c.Description, 2000)
			most("hint", c.Hint, 1000)
		}
		step := m.Functions[StepOpen]
		most("step", step.Title, 50)
		most("input", step.In.Properties["title"].Title, 50)
		if len(m.Features.Commands) != 3 {
			t.Errorf("commands %+v", m.Features.Commands)
		}
	}
}

func TestTheManifestKnowsBothDoors(t *testing.T) {
	o := ManifestOptions{Name: "/incident", BaseURL: "https://matoi.example.com", Lang: lang.EN}
	dialled := NewManifest(o)
	if s := dialled.Settings; !s.Socket || s.Events.URL+s.Interactivity.URL+s.Interactivity.Options+dialled.Features.Commands[0].URL != "" {
		t.Errorf("Socket Mode: %+v", s)
	}
	o.HTTP = true
	called := NewManifest(o)
	s := called.Settings
	for url, want := range map[string]string{
		s.Events.URL: "/slack/events", s.Interactivity.URL: "/slack/interactions", s.Interactivity.Options: "/slack/options",
		called.Features.Commands[0].URL: "/slack/commands",
	} {
		if s.Socket || url != "https://matoi.example.com"+want {
			t.Errorf("HTTP: %q, want %s", url, want)
		}
	}
	o.Free = true
	if m := NewManifest(o); m.Functions != nil || m.Settings.Org || slices.Contains(m.OAuth.Scopes.Bot, "usergroups:write") || slices.Contains(m.Settings.Events.Bot, "function_executed") {
		t.Errorf("a free plan: %+v", m)
	}
}

func TestLinksUnfurlOnlyOnAPublicName(t *testing.T) {
	for base, want := range map[string]string{
		"https://matoi.example.com": "matoi.example.com", "https://matoi.example.com:8443": "matoi.example.com",
		"http://127.0.0.1:8080": "", "http://localhost:8080": "", "http://[::1]:8080": "", "": "",
	} {
		m := NewManifest(ManifestOptions{Name: "/incident", BaseURL: base, Lang: lang.EN})
		if got := strings.Join(m.Features.Unfurls, " "); got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
}
