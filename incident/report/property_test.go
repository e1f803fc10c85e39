package report

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"matoi/incident"
	"matoi/lang"
)

// hostile draws texts made of what could be markup, and any other text.
func hostile() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"|", "\\", "\\|", "`", "```", "\n", "\n\n", "# ", "- ", "1. ", "2) ", "> ", "***", "---", "===", ":-", "|-|", "~~~", "    ", "\t",
		"<script>alert(1)</script>", "<!-- ", "-->", "<!here>", "@channel", "@here ", "[x](javascript:x)", "![i](http://e/x.png)", "[x]: http://e", "http://e.example/", "www.e.example",
		"a@e.example", "&lt;", "&#124;", "&", "$", "_", "*", "a", "障害", "]]>", "{{.}}", "\x00", "\xff", "\u202e", "\u2028", "<br>", "<@p1>", "<@p2>", "^", "=", "+", " / ", "[^1]", "👨‍👩‍👧", "<a href='x'>",
	})
	return rapid.OneOf(rapid.Map(rapid.SliceOfN(piece, 0, 8), func(p []string) string { return strings.Join(p, "") }), rapid.String())
}

// hostileReport makes a record in which every text comes from outside, and its report.
func hostileReport(t *rapid.T, l lang.Lang) Report {
	text := func(name string) string { return hostile().Draw(t, name) }
	at := time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)
	i := &incident.Incident{
		Number: 20261121_000001, Title: text("title"), Status: incident.Investigating, Opened: at, Category: text("category"),
		Priority: incident.P1, Override: text("override"), Services: []string{text("service"), "x"}, ImpactText: text("impact"), Team: text("team"),
		Cause: incident.Causes{Direct: text("direct"), Root: text("root")}, Workaround: text("workaround"), Fix: text("fix"),
		Measures:  []incident.Measure{{Text: text("measure"), Kind: text("kind"), Owner: text("owner"), Due: text("due")}},
		Reporters: []incident.Reporter{{Contact: text("contact")}},
	}
	fact := func(seq int64, f incident.Fact) incident.Event {
		return incident.Event{Seq: seq, At: at.Add(time.Duration(seq) * time.Minute), By: "p1", Fact: f}
	}
	s := Source{Incident: i, Names: func(incident.PersonID) string { return text("name") }, Entries: []incident.Event{
		fact(1, &incident.Opened{Title: text("title at first")}),
		fact(2, &incident.Noted{Sort: "finding", Text: text("note"), Message: &incident.Message{AuthorName: text("author"), Files: []incident.File{{Name: text("file")}}}}),
		fact(3, &incident.Published{Sort: text("sort"), Audience: text("audience"), Text: text("update")}),
		fact(4, &incident.DeedAnnounced{Text: text("deed")}),
		fact(5, &incident.DeedClosed{Seq: 4, Result: text("result")}),
		fact(6, &incident.Escalated{How: "functional", To: text("vendor"), Reason: text("reason")}),
		fact(7, &incident.Noted{Sort: "note", Text: text("plain note")}),
		fact(8, &incident.Revised{Seq: 7, Why: "edited", Text: text("edited")}),
	}}
	return Build(s, l, at.Add(time.Hour))
}

// shape is what a reader sees of a document: its headings, cells and other texts in order.
type shape struct {
	headings, cells, texts []string
	other                  []string // elements that no report has
}

func shapeOf(t interface{ Fatal(...any) }, doc string) shape {
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var out shape
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "h1", "h2", "h3":
				out.headings = append(out.headings, seen(n))
				return
			case "td", "th":
				out.cells = append(out.cells, seen(n))
				elements(n, &out.other)
				return
			case "p", "li":
				out.texts = append(out.texts, seen(n))
				elements(n, &out.other)
				return
			case "dt", "dd":
				out.texts = append(out.texts, seen(n))
				elements(n, &out.other)
				return
			}
			known := map[string]bool{
				"html": true, "head": true, "body": true, "ul": true, "table": true, "thead": true, "tbody": true, "tr": true,
				"article": true, "header": true, "section": true, "dl": true, "div": true,
			}
			if !known[n.Data] {
				out.other = append(out.other, n.Data)
			}
		}
		if n.Type == html.CommentNode {
			out.other = append(out.other, "comment")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return out
}

func elements(n *html.Node, out *[]string) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.TextNode && c.Data != "br" {
			*out = append(*out, c.Data)
		}
		elements(c, out)
	}
}

// seen is the text of a node as a browser shows it.
func seen(n *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			out.WriteString(n.Data)
		case n.Data == "br":
			out.WriteString(" / ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return even(out.String())
}

// even leaves out what the writers may differ in: runs of white space and the silent sign.
func even(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, silence, ""), "\n", " / ")
	return strings.Join(strings.Fields(s), " ")
}

// want is the shape a report must have in every form.
func want(r Report, named func(Pair) []string) shape {
	out := shape{headings: []string{even(r.Title)}}
	pairs := func(list []Pair) {
		for _, p := range list {
			out.texts = append(out.texts, named(p)...)
		}
	}
	pairs(r.Head)
	for _, i := range r.Items {
		out.headings = append(out.headings, even(i.Heading))
		for _, b := range i.Blocks {
			if b.Label != "" {
				out.headings = append(out.headings, even(b.Label))
			}
			for _, line := range b.Text {
				out.texts = append(out.texts, even(line))
			}
			pairs(b.Pairs)
			if b.Table != nil {
				for _, row := range append([][]string{b.Table.Head}, b.Table.Rows...) {
					for _, c := range row {
						out.cells = append(out.cells, even(c))
					}
				}
			}
		}
	}
	return out
}

func TestNoTextBreaksOutOfItsPlace(t *testing.T) {
	t.Parallel()
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))
	rapid.Check(t, func(t *rapid.T) {
		r := hostileReport(t, rapid.SampledFrom(lang.All()).Draw(t, "lang"))
		source := r.Markdown()
		var page bytes.Buffer
		if err := markdown.Convert([]byte(source), &page); err != nil {
			t.Fatal(err)
		}
		listed := want(r, func(p Pair) []string { return []string{even(p.Name + ": " + p.Value)} })
		if diff := cmp.Diff(listed, shapeOf(t, page.String()), cmp.AllowUnexported(shape{})); diff != "" {
			t.Fatalf("the Markdown is read otherwise than meant (-want +got):\n%s\n%s", diff, source)
		}
		named := want(r, func(p Pair) []string { return []string{even(p.Name), even(p.Value)} })
		if diff := cmp.Diff(named, shapeOf(t, r.HTML()), cmp.AllowUnexported(shape{})); diff != "" {
			t.Fatalf("the HTML is read otherwise than meant (-want +got):\n%s", diff)
		}
		if loud := regexp.MustCompile(`(^|[^\\\w.+-])@(channel|here)|(^|[^\\])<|<!`).FindString(source); loud != "" {
			t.Fatalf("%q stands in the Markdown:\n%s", loud, source)
		}
	})
}

func TestNoCellOfTheCSVIsComputed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.OneOf(hostile(), rapid.SampledFrom([]string{"=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "\r", " =1", "'"})), 3, 3), 1, 4).Draw(t, "rows")
		got := CSV(rows)
		if !bytes.HasPrefix(got, []byte("\ufeff")) {
			t.Fatal("no byte order mark")
		}
		read, err := csv.NewReader(bytes.NewReader(got[3:])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range read {
			for x, cell := range row {
				if strings.ContainsAny(strings.TrimLeft(cell, " \u3000")[:min(1, len(strings.TrimLeft(cell, " \u3000")))], "=+-@\t\r\n") {
					t.Errorf("the cell %q is computed", cell)
				}
				plain := strings.ReplaceAll(rows[y][x], "\r", "") // which the writer leaves out before its own
				if cell != plain && cell != "'"+plain {
					t.Errorf("got cell %q, want %q", cell, rows[y][x])
				}
			}
		}
	})
}
