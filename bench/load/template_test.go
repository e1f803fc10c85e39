package load

import (
	"regexp"
	"testing"
)

func TestATemplateFillsInItsOwnWordsAndLeavesOtherBracesAlone(t *testing.T) {
	r := &run{id: "r1", Load: Load{Mine: []string{"INC-1", "INC-2"}}}
	for text, want := range map[string]string{
		`{"a":{"b":1}}`:              `\{"a":\{"b":1\}\}`,
		`k-{{run}}-{{n}}`:            `k-r1-1234`,
		`{{n%50}} {{n:6}} {{n%9:2}}`: `34 001234 01`,
		`{{w}} {{mine}} {{any}}`:     `3 INC-2 INC-1`,
		`{{now}}`:                    `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`,
		`{{other}} {{n%0}}`:          `\{\{other\}\} \{\{n%0\}\}`,
		`{{run:3}}`:                  `\{\{run:3\}\}`,
		``:                           ``,
	} {
		parsed, err := parseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := string(parsed.fill(nil, 1234, 3, r))
		if !regexp.MustCompile("^" + want + "$").MatchString(got) {
			t.Errorf("%s became %q, want %s", text, got, want)
		}
	}
	if _, err := parseTemplate("{{n"); err == nil {
		t.Error("braces that nothing closes were taken")
	}
}
