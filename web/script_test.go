package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestScriptsShareTheirScopeWithoutTakingNames: all files of the script are one scope, in which a second function of the
// same name silently takes the place of the first, and a second constant stops everything.
func TestScriptsShareTheirScopeWithoutTakingNames(t *testing.T) {
	files, err := filepath.Glob("static/script/*.js")
	if err != nil || len(files) < 5 {
		t.Fatalf("files %q: %v", files, err)
	}
	function := regexp.MustCompile(`(?m)^(?:async )?function\*? (\w+)`)
	values := regexp.MustCompile(`(?m)^(?:let|const) (.*)`)
	first := regexp.MustCompile(`^(\w+)`)
	next := regexp.MustCompile(`, (\w+) =|, (\w+)[,;]`)
	where := map[string]string{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range function.FindAllStringSubmatch(string(body), -1) {
			names = append(names, m[1])
		}
		for _, m := range values.FindAllStringSubmatch(string(body), -1) {
			if f := first.FindString(m[1]); f != "" {
				names = append(names, f)
			}
			if strings.ContainsAny(m[1], "({[") {
				continue // commas in it part other things
			}
			for _, n := range next.FindAllStringSubmatch(m[1], -1) {
				names = append(names, n[1]+n[2])
			}
		}
		for _, name := range names {
			if other, ok := where[name]; ok {
				t.Errorf("%s names %s, which %s has", file, name, other)
			}
			where[name] = file
		}
	}
}
