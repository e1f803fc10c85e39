package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	schemes  = regexp.MustCompile(`(?s):root \{(.*?)\}`)
	tokens   = regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`)
	tints    = regexp.MustCompile(`\.tint\d \{ background: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	coloured = regexp.MustCompile(`[a-z-]+:[^;{}]*#[0-9a-fA-F]{3,8}\b[^;{}]*;`)
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// palette reads the colours of the sheet, light and dark.
func palette(t *testing.T) map[string]map[string]string {
	t.Helper()
	sheet, err := static.ReadFile("static/style/10-base.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := schemes.FindAllStringSubmatch(string(sheet), -1)
	if len(roots) != 2 {
		t.Fatalf("%d schemes, want light and dark", len(roots))
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for _, m := range tokens.FindAllStringSubmatch(roots[0][1], -1) {
		all["light"][m[1]], all["dark"][m[1]] = m[2], m[2]
	}
	for _, m := range tokens.FindAllStringSubmatch(roots[1][1], -1) {
		all["dark"][m[1]] = m[2]
	}
	for i, m := range tints.FindAllStringSubmatch(string(sheet), -1) {
		all["light"][fmt.Sprint("tint", i)], all["dark"][fmt.Sprint("tint", i)] = m[1], m[2]
	}
	return all
}

// luminance and contrast are those of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	part := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTextAndEdgesCanBeReadInLightAndDark(t *testing.T) {
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Fatalf("black on white is %.2f, want 21", got)
	}
	grounds := []string{"paper", "sheet", "well", "ai-soft", "shu-soft", "amber-soft", "moss-soft"}
	type pair struct {
		front string
		backs []string
		least float64
	}
	pairs := []pair{
		{"on-ai", []string{"ai"}, 4.5},
		{"on-shu", []string{"shu-fill"}, 4.5},
		{"paper", []string{"ink"}, 4.5},
		{"ink", []string{"tint0", "tint1", "tint2", "tint3", "tint4", "tint5", "tint6", "tint7"}, 4.5},
		{"edge", []string{"paper", "sheet", "well"}, 3},
		{"shu-fill", []string{"paper", "sheet", "well"}, 3},
	}
	for _, text := range []string{"ink", "ink-2", "ai-text", "shu", "amber", "moss"} {
		pairs = append(pairs, pair{text, grounds, 4.5})
	}
	for scheme, colour := range palette(t) {
		for _, p := range pairs {
			for _, back := range p.backs {
				if colour[p.front] == "" || colour[back] == "" {
					t.Errorf("%s: no colour %s or %s", scheme, p.front, back)
				} else if got := contrast(t, colour[p.front], colour[back]); got < p.least {
					t.Errorf("%s: %s on %s has %.2f:1, want %.1f:1", scheme, p.front, back, got, p.least)
				}
			}
		}
	}
}

// What is not in the palette is not measured: only paper may have colours of its own.
func TestOnlyTheBaseSheetNamesColours(t *testing.T) {
	files, err := static.ReadDir("static/style")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() == "10-base.css" || strings.Contains(f.Name(), "print") || strings.Contains(f.Name(), "report") {
			continue
		}
		body, err := static.ReadFile("static/style/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range coloured.FindAllString(comments.ReplaceAllString(string(body), ""), -1) {
			if !strings.Contains(f.Name(), "narrow") || !strings.Contains(d, "#cfc8b8") { // the report's, on paper of its own
				t.Errorf("%s: %s: give the colour a name in 10-base.css", f.Name(), d)
			}
		}
	}
}
