package web

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"matoi/bot"
	"matoi/incident"
)

// The legend below a picture that is a file of its own, in the units of the field.
const (
	legendLine   = 20.0
	legendGap    = 18.0
	legendSwatch = 28.0
)

// Drawing is the picture of an incident's course as a file of its own, an SVG: with its legend below it, with the colours of
// the pages by day, and with links that lead there from anywhere. events are all of its entries, from the first on.
func Drawing(ctx context.Context, v bot.View, i *incident.Incident, events []incident.Event) (string, error) {
	c := courseOf(v, i, record{}.and(events))
	rd := &reader{Lang: v.Lang, Zone: v.Zone, Now: v.Now}
	var figure strings.Builder
	if err := coursePicture(rd, c).Render(ctx, &figure); err != nil {
		return "", fmt.Errorf("draw the course of %s: %w", i.Number, err)
	}
	field, _, found := strings.Cut(figure.String(), "</svg>") // behind it comes the legend of the page
	at := strings.Index(field, "<svg ")
	if !found || at < 0 {
		return "", fmt.Errorf("draw the course of %s: no picture was made", i.Number)
	}
	field = field[at:] + "</svg>"
	field = strings.NewReplacer(" data-permalink", "", `href="/`, `href="`+strings.TrimRight(v.BaseURL, "/")+"/").Replace(field)
	legend, height := courseLegend(rd, c)
	height += c.Height
	text := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="course-svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="sans-serif">`+
		"<style>%s</style>"+`<rect x="0" y="0" width="%.0f" height="%.0f" fill="%s"></rect>`+"%s%s</svg>\n",
		courseWidth, height, courseWidth, height, courseStyle(), courseWidth, height, colours()["sheet"], field, legend)
	return strings.Map(drawable, text), nil
}

// drawable leaves out what no XML may have (https://www.w3.org/TR/xml/#charsets).
func drawable(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF && r != utf8.RuneError {
		return r
	}
	return -1
}

// courseLegend says below the picture what its bars and signs mean, and how high that is.
func courseLegend(rd *reader, c course) (svg string, height float64) {
	var out strings.Builder
	x, y := 0.0, c.Height+legendLine
	put := func(sign, name string) {
		w := legendSwatch + textWidth(name)
		if x > 0 && x+w > courseWidth {
			x, y = 0, y+legendLine
		}
		fmt.Fprintf(&out, `<g transform="translate(%.1f %.1f)">%s<text x="%.0f" y="4">%s</text></g>`, x, y, sign, legendSwatch, escapeXML(name))
		x += w + legendGap
	}
	for _, s := range c.Statuses {
		bar := `<rect x="0" y="-6" width="22" height="12" rx="2"></rect>`
		if p := barPattern(string(s)); p != "" {
			bar += `<rect x="0" y="-6" width="22" height="12" rx="2" fill="url(#` + p + `)"></rect>`
		}
		put(`<g class="c-bar c-`+string(s)+`">`+bar+`</g>`, rd.Status(s))
	}
	for _, shape := range c.Shapes {
		put(`<g class="c-mark m-`+shape+`"><path transform="translate(11 0)" d="`+markPath(shape)+`"></path></g>`, shapeName(rd, shape))
	}
	return out.String(), y - c.Height + legendLine
}

func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// courseRule finds the rules of the style sheet that draw the picture: each stands on a line of its own.
var courseRule = regexp.MustCompile(`(?m)^(?:\.course-svg (?:text|\.c-)|\.c-|\.m-)[^{]*\{[^}]*\}$`)

// courseStyle are the rules that draw the picture, with the colours in place of their names: few programs but browsers know
// variables in a drawing.
func courseStyle() string {
	rules := strings.Join(courseRule.FindAllString(string(joinedFiles("static/style/40-*.css")), -1), "\n")
	for name, colour := range colours() {
		rules = strings.ReplaceAll(rules, "var(--"+name+")", colour)
	}
	return rules
}

// colours are those of the pages by day, by name.
func colours() map[string]string {
	sheet, _, _ := strings.Cut(string(joinedFiles("static/style/10-*.css")), "@media")
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(sheet, -1) {
		out[m[1]] = m[2]
	}
	return out
}
