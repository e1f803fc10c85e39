package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says who may import whom; a folder ending in /… stands for those below it. Whoever adds a folder adds its line,
// and the drawing in CONTRIBUTING.md.
func arrows() map[string][]string {
	platform := []string{"bot", "bot/markup", "incident", "lang"}
	return map[string][]string{
		"lang":                      {},
		"incident":                  {"incident/calendar", "incident/oncall"}, // and the standard library only
		"incident/calendar":         {},                                       // likewise
		"incident/calendar/holiday": {"incident/calendar"},
		"incident/calendar/ics":     {"incident/calendar"},
		"incident/oncall":           {"incident/calendar"}, // likewise
		"incident/knowledge":        {"incident", "lang"},
		"incident/report":           {"incident", "incident/calendar", "incident/wording", "lang"},
		"incident/wording":          {"incident", "incident/calendar", "incident/oncall", "lang"},
		"storage":                   {"incident", "incident/calendar", "incident/oncall", "incident/knowledge", "bot", "bot/console", "bot/alert", "lang"},
		"storage/storagetest":       {"storage", "incident", "incident/calendar", "incident/oncall", "incident/knowledge", "bot", "bot/console", "bot/alert", "lang"},
		"bot":                       {"incident", "incident/calendar", "incident/oncall", "incident/knowledge", "incident/wording", "lang"},
		"bot/chattest":              platform,
		"bot/markup":                {},
		"bot/console":               platform,
		"bot/alert":                 platform,
		"bot/slack":                 platform,
		"bot/slack/slacktest":       {},
		"bot/mail":                  platform,
		"bot/mail/mailtest":         {},
		"bot/gateway":               platform,
		"catalog":                   {},
		"roster":                    {"incident/oncall"},
		"roster/…":                  {"roster", "incident/calendar/ics"},
		"web":                       {"incident", "incident/oncall", "incident/calendar", "incident/calendar/ics", "incident/knowledge", "incident/report", "bot", "bot/markup", "bot/console", "bot/alert", "incident/wording", "lang"},
		"cmd/matoi":                 {"storage", "web", "bot", "bot/console", "bot/alert", "bot/slack", "bot/mail", "bot/gateway", "incident", "incident/knowledge", "incident/report", "incident/calendar", "incident/calendar/holiday", "incident/calendar/ics", "incident/oncall", "catalog", "roster", "roster/…", "incident/wording", "lang"},
		"bench/…":                   {"storage", "web", "bot", "bot/console", "bot/alert", "incident", "incident/knowledge", "incident/report", "lang", "bench/…"}, // and nobody but tests imports it
	}
}

// rule finds the line of arrows that speaks of a folder: its own, or that of the folders above it.
func rule(arrows map[string][]string, folder string) string {
	if _, own := arrows[folder]; own {
		return folder
	}
	first, _, _ := strings.Cut(folder, "/")
	return first + "/…"
}

// source is one parsed Go file of the program, without its tests.
type source struct {
	path, folder string
	file         *ast.File
	set          *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	const root = "../.."
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"tools", "testdata", "bin", "node_modules"}, d.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder := rel[:max(0, strings.LastIndex(rel, "/"))]
		out = append(out, source{rel, folder, file, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArrowsPointWhereTheHouseSays(t *testing.T) {
	allowed, seen := arrows(), map[string]bool{}
	for _, s := range sources(t) {
		line := rule(allowed, s.folder)
		to, known := allowed[line]
		if !known {
			t.Errorf("%s: nobody says whom %q may import", s.path, s.folder)
			continue
		}
		seen[line] = true
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			inside, ours := strings.CutPrefix(path, "matoi/")
			first, _, _ := strings.Cut(path, "/")
			switch {
			case ours && !slices.Contains(to, inside) && !slices.Contains(to, rule(allowed, inside)):
				t.Errorf("%s imports %s", s.path, path)
			case !ours && slices.Contains([]string{"incident", "incident/calendar", "incident/oncall"}, s.folder) && strings.Contains(first, "."):
				t.Errorf("%s imports %s: incident keeps to the standard library", s.path, path)
			}
		}
	}
	for folder := range allowed {
		if !seen[folder] && folder != "storage/storagetest" && folder != "bot/chattest" {
			t.Errorf("the house has no room %q any more: take its arrows away", folder)
		}
	}
}

func TestOnlyCmdKnowsAPlatformOrTheEnvironment(t *testing.T) {
	platform := regexp.MustCompile(`(?i)slack|mattermost|msteams|adaptive ?card|block ?kit|block_actions|views\.open`)
	world := []string{"Getenv", "LookupEnv", "Environ", "Args", "Exit"}
	for _, s := range sources(t) {
		inPlatform := strings.HasPrefix(s.folder, "bot/") && s.folder != "bot/alert"
		inBench := rule(arrows(), s.folder) == "bench/…"                                           // its programs read flags and start servers
		if s.folder == "cmd/matoi" || s.folder == "storage/storagetest" || inPlatform || inBench { // the contract names realms of its own
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			word := ""
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Ident:
				word = n.Name
			case *ast.BasicLit:
				word = n.Value
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(world, n.Sel.Name) {
					t.Errorf("%s: os.%s: only cmd reads the world", s.set.Position(n.Pos()), n.Sel.Name)
				}
			}
			if m := platform.FindString(word); m != "" {
				t.Errorf("%s: %q is a word of one platform", s.set.Position(n.Pos()), m)
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	said := map[string]string{}
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "/doc.go") || said[s.folder] == "" {
			if s.file.Doc != nil {
				said[s.folder] = s.path
			} else if said[s.folder] == "" {
				said[s.folder] = "-"
			}
		}
	}
	for folder, where := range said {
		if !strings.HasSuffix(where, "/doc.go") {
			t.Errorf("%s has no doc.go that says what it is for, who calls it and what it must never know", folder)
		}
	}
}
