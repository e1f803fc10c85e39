package report

import (
	_ "embed" // the template and the style sheet
	"fmt"
	"html/template"
	"strings"
	"sync"
)

//go:embed report.gohtml
var page string

//go:embed report.css
var style string

var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"lines": func(s string) []string { return strings.Split(s, "\n") },
	}).Parse(page))
})

// HTML writes the report as a fragment (one article element with classes, no style and no script), for a page with a
// strict content security policy; Style is the sheet that goes with it.
func (r Report) HTML() string { return r.execute("article", r) }

// Document writes the report as a complete page to print or to hand over as a file. With an address the style sheet is
// linked from there, without one it is embedded.
func (r Report) Document(sheet string) string {
	return r.execute("page", map[string]any{"Report": r, "Sheet": sheet, "Style": template.CSS(style)})
}

// Style is the style sheet of the report, for screen and A4 paper. All its rules stand below the class report.
func Style() string { return style }

// execute can fail only by a mistake in the embedded template, which every test of this package would meet.
func (r Report) execute(name string, data any) string {
	var out strings.Builder
	if err := pages().ExecuteTemplate(&out, name, data); err != nil {
		panic(fmt.Errorf("report template: %w", err))
	}
	return out.String()
}
