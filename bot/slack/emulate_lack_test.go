package slack_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// leftNothingOut holds what was called against the sources: all that the adapter calls was carried out, with the scopes that were
// asked for, but for what emulate lacks, and it still lacks that.
func (g *guest) leftNothingOut(token string) {
	g.Helper()
	for _, c := range g.wire.of("") {
		_, lacks := lacking()[c.Method]
		switch {
		case c.Error == "missing_scope":
			g.Errorf("%s needs %s, which the manifest does not ask for", c.Method, c.Needed)
		case lacks != (c.Status == http.StatusNotFound):
			g.Errorf("%s: %d", c.Method, c.Status)
		}
	}
	for _, method := range methodsCalled(g.T) {
		if reason, lacks := lacking()[method]; lacks {
			if status, _ := g.e.post(token, method, nil); status != http.StatusNotFound {
				g.Errorf("emulate has learnt %s (%d), which was left out because of: %s", method, status, reason)
			}
		} else if !slices.ContainsFunc(g.wire.of(method), func(c called) bool { return c.OK }) {
			g.Errorf("%s is called by the adapter, and was not carried out here", method)
		}
	}
}

// lacking are the methods that emulate 0.12.2 does not know, each with what it has nothing of. It answers them with 404, as a
// Slack that does not let us would with an error: nothing else may be held up by that.
func lacking() map[string]string {
	const groups, canvases, links, steps = "user groups", "canvases", "links that unfurl, and work objects", "steps of workflows"
	return map[string]string{
		"usergroups.list": groups, "usergroups.create": groups, "usergroups.users.update": groups,
		"conversations.canvases.create": canvases, "canvases.edit": canvases, "canvases.delete": canvases,
		"chat.unfurl": links, "entity.presentDetails": links,
		"functions.completeSuccess": steps, "functions.completeError": steps,
		"apps.connections.open": "Socket Mode", "blocks.validate": "checks of Block Kit",
	}
}

// methodsCalled are those that stand in the sources, but for the tables of what may be called.
func methodsCalled(t *testing.T) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"((?:apps|auth|blocks|bookmarks|canvases|chat|conversations|entity|files|functions|pins|usergroups|users|views)\.[a-zA-Z.]+)"`)
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "manifest.go" || name == "budget.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range quoted.FindAllStringSubmatch(string(text), -1) {
			out = append(out, found[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
