package web

import (
	"io/fs"
	"strings"
	"testing"
)

func TestWhatIsSentHoldsTheCodeAndNotTheRemarks(t *testing.T) {
	for typed, want := range map[string]string{
		"a {\n  b: c;\n}\n":                                "a {\nb: c;\n}\n",
		"/* one\n   // two\n   three */\na { b: c }":       "a { b: c }\n",
		"/* said */ a { b: c } /* so */\n":                 "a { b: c } /* so */\n",
		"const x = 'http://a'; // why\n\n  // more\n  y()": "const x = 'http://a'; // why\ny()\n",
		"/* never closed\nx":                               "",
	} {
		if got := string(lean([]byte(typed))); got != want {
			t.Errorf("%q became %q, want %q", typed, got, want)
		}
	}
}

// A text that goes over several lines would lose its indents, and what looks like a remark in it.
func TestNoTextOfTheScriptGoesOverSeveralLines(t *testing.T) {
	names, err := fs.Glob(static, "static/script/*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("files %q: %v", names, err)
	}
	for _, name := range names {
		body, err := static.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(body), "\n") {
			if strings.Count(line, "`")%2 != 0 && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d holds the beginning or the end of a text: %s", name, n+1, line)
			}
		}
	}
}
