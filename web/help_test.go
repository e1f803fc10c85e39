package web

import (
	"regexp"
	"strings"
	"testing"

	"matoi/lang"
)

// The dialog of the keys shows a row for every shortcut the script names; one without words would be missing in it.
func TestEveryShortcutHasWordsInBothLanguages(t *testing.T) {
	script := string(joinedFiles("static/script/*.js"))
	named := regexp.MustCompile(`shortcut\([^)\n]*?'(keys\.[a-z_]*[a-z])'`).FindAllStringSubmatch(script, -1)
	if len(named) < 10 {
		t.Fatalf("%d shortcuts were found in the script", len(named))
	}
	for _, l := range lang.All() {
		texts := keyTexts(l)
		for _, m := range named {
			if !strings.Contains(texts, `"`+m[1]+`":`) {
				t.Errorf("%s has no text in %s", m[1], l)
			}
		}
	}
}
