package web

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Whoever opens the file has nothing but the file: it must be an XML document, with its own colours and whole addresses.
func TestTheCourseAsAFileNeedsNothingBesideIt(t *testing.T) {
	i, r := told(map[int][]incident.Fact{
		0:  {&incident.Opened{Title: "x"}},
		5:  {&incident.Published{Audience: "customers", Text: "<b>we & you</b>\x00 \"late\""}},
		10: {&incident.StatusChanged{From: incident.New, To: incident.Investigating}},
		20: {&incident.TargetMissed{Clock: incident.Response}},
		30: {&incident.StatusChanged{From: incident.Investigating, To: incident.Mitigated}},
		40: {&incident.Resolved{Text: "restarted"}},
	})
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		v := bot.View{
			Names: func(p incident.PersonID) string { return string(p) }, Lang: l, Zone: time.UTC, Now: i.Opened.Add(time.Hour), BaseURL: "https://matoi.example/",
		}
		svg, err := Drawing(t.Context(), v, i, r.events)
		if err != nil {
			t.Fatal(err)
		}
		names, links, shapes := map[string]int{}, 0, 0
		d := xml.NewDecoder(strings.NewReader(svg))
		d.Strict = true
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: no XML: %v\n%s", l, err, svg)
			}
			e, is := token.(xml.StartElement)
			if !is {
				continue
			}
			names[e.Name.Local]++
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "href" && !strings.HasPrefix(a.Value, "https://matoi.example/incidents/"):
					t.Errorf("a link leads to %q", a.Value)
				case a.Name.Local == "href":
					links++
				case a.Name.Local == "class" && strings.Contains(a.Value, "c-"):
					shapes++
				}
			}
		}
		if names["svg"] != 2 || names["style"] != 1 || links == 0 || shapes < 10 {
			t.Errorf("%s: elements %v, %d links, %d shapes", l, names, links, shapes)
		}
		if strings.Contains(svg, "var(") || !strings.Contains(svg, ".c-investigating rect") || !strings.Contains(svg, "fill: #") {
			t.Errorf("%s: the colours are not its own:\n%s", l, svg)
		}
		legend := svg[strings.LastIndex(svg[:strings.LastIndex(svg, "</svg>")], "</svg>"):]
		for _, s := range []incident.Status{incident.New, incident.Investigating, incident.Mitigated, incident.StatusResolved} {
			if !strings.Contains(legend, bot.StatusName(s, l)) {
				t.Errorf("%s: the legend does not name %s", l, s)
			}
		}
	}
}
