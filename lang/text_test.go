package lang

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
	"time"
)

func TestTextIsFilledAndNeverFails(t *testing.T) {
	t.Parallel()
	type number int
	for _, c := range []struct {
		l    Lang
		id   string
		args Args
		want string
	}{
		{JA, "time.just_now", nil, "たった今"},
		{EN, "time.just_now", nil, "just now"},
		{"", "time.just_now", nil, "たった今"},
		{"fr", "time.just_now", nil, "たった今"},
		{EN, "time.minutes_ago", Args{"N": 1}, "1 minute ago"},
		{EN, "time.minutes_ago", Args{"N": 0}, "0 minutes ago"},
		{EN, "time.minutes_ago", Args{"N": uint64(2)}, "2 minutes ago"},
		{EN, "time.minutes_ago", Args{"N": number(1)}, "1 minute ago"},
		{EN, "time.minutes_ago", Args{"N": "many"}, "many minutes ago"},
		{EN, "time.span_hours", Args{"N": 1}, "1 h"},
		{JA, "time.minutes_ago", Args{"N": 1}, "1分前"},
		{EN, "time.about", Args{"Text": "<b>&{{.X}}</b>"}, "about <b>&{{.X}}</b>"},
		{JA, "no.such_text", nil, "⟦no.such_text⟧"},
		{EN, "", nil, "⟦⟧"},
	} {
		if got := Text(c.l, c.id, c.args); got != c.want {
			t.Errorf("Text(%s, %q, %v) = %q, want %q", c.l, c.id, c.args, got, c.want)
		}
	}
	if !Has(JA, "time.just_now") || Has(JA, "no.such_text") || Has("fr", "time.just_now") {
		t.Error("Has is wrong about time.just_now or no.such_text")
	}
	if ids := IDs(EN); !slices.Contains(ids, "time.just_now") || !slices.IsSorted(ids) || IDs("fr") != nil {
		t.Error("IDs misses time.just_now, is not sorted, or knows French")
	}
}

func TestNamesAreFilledInAsATemplateWould(t *testing.T) {
	t.Parallel()
	args := Args{"A": "x {{.B}} <", "N": 7, "Who": Lang("ja"), "For": time.Minute, "Nil": nil}
	for _, text := range []string{
		"", "plain", "{{.A}}", "a {{.A}} b {{.N}}{{.N}}", "{{.Who}} {{.For}} {{.Nil}} {{.Missing}}", "}} {{.A}}",
		"{{ .A }}", "{{if .A}}yes{{end}}", "{{.A.B}}", "{{.}}", "{{.1}}", "{{",
	} {
		got, ok := fill(text, args)
		if !ok {
			if strings.Contains(text, "{{.A}}") {
				t.Errorf("%q is left to a template", text)
			}
			continue
		}
		var want strings.Builder
		if err := template.Must(template.New("").Parse(text)).Execute(&want, map[string]any(args)); err != nil || got != want.String() {
			t.Errorf("%q gives %q, the template %q %v", text, got, want.String(), err)
		}
	}
}

func TestOneBrokenFileCostsOnlyItsTexts(t *testing.T) {
	t.Parallel()
	w, err := load(fstest.MapFS{
		"texts/good.en.json": {Data: []byte(`{"good.a": "A"}`)},
		"texts/bad.en.json":  {Data: []byte(`{"bad.a": `)},
	}, EN)
	if err == nil || !strings.Contains(err.Error(), "bad.en.json") {
		t.Errorf("got error %v, want one that names bad.en.json", err)
	}
	if w.plain["good.a"] != "A" || w.has("bad.a") {
		t.Errorf("got %v", w.plain)
	}
}

func BenchmarkText(b *testing.B) {
	for name, id := range map[string]string{"plain": "time.just_now", "template": "time.about", "plural": "time.minutes_ago"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(EN, id, Args{"N": 3, "Text": "14:35"})
			}
		})
	}
}

func BenchmarkParseMoment(b *testing.B) {
	zone := tokyo(b)
	now := at(b, zone, "2026-11-21 14:40:00")
	for name, text := range map[string]string{"clock": "14:35 再起動したが改善せず", "date": "11/20(金) 23:10頃に発生", "none": strings.Repeat("再起動したが改善せず", 1000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParseMoment(text, now, zone)
			}
		})
	}
}
