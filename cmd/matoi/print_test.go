package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// paper prints what the person sees as their browser would, on the sheets that the page asks for.
func (p *person) paper(name string) []byte {
	p.t.Helper()
	var pdf []byte
	yes := true
	p.do("print", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		got, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
		if err == nil {
			pdf = got.Data
		}
		return err
	}))
	if err := os.WriteFile(filepath.Join(p.film.dir, name+".pdf"), pdf, 0o644); err != nil { //nolint:gosec // pictures are for everybody
		p.t.Error(err)
	}
	return pdf
}

var sheet = regexp.MustCompile(`/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]`)

// sheets are the sizes of the pages of a PDF, in points.
func sheets(pdf []byte) (sizes [][2]float64) {
	for _, m := range sheet.FindAllSubmatch(pdf, -1) {
		w, _ := strconv.ParseFloat(string(m[1]), 64)
		h, _ := strconv.ParseFloat(string(m[2]), 64)
		sizes = append(sizes, [2]float64{w, h})
	}
	return sizes
}

// The report is what is handed over: it prints on A4 in both languages, black on white whatever the screen is like, without
// the page's own furniture, and nothing is cut off at the side.
func TestReportPrintsOnA4InBothLanguages(t *testing.T) {
	chromium, film := browser(t)
	s := newScene(t, nil)
	number := firing(s, s.app.Now())
	s.until("the room is open", func() bool { return len(s.incident(number).Rooms) == 1 })
	room := "#" + s.incident(number).Rooms[0].Name
	s.say("佐藤", room, "/incident ack")
	s.say("佐藤", room, "/incident finding "+strings.Repeat("長い話が続き、", 60))
	for range 40 {
		s.say("佐藤", room, "/incident decision 切り戻す "+strings.Repeat("w", 200))
	}
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		p := s.sit(chromium, film, "reader-"+string(l), l)
		p.enter()
		p.look(1280, 800, "dark")
		p.open("/incidents/" + number + "/report?lang=" + string(l))
		p.see("main.report h1", lang.Text(l, "report.title", nil))
		pdf := p.paper("report-" + string(l))
		if !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Fatalf("%s: no PDF", l)
		}
		sizes := sheets(pdf)
		if len(sizes) < 3 || len(sizes) > 12 {
			t.Errorf("%s: %d pages, want a few", l, len(sizes))
		}
		for _, size := range sizes {
			if size[0] < 594 || size[0] > 596 || size[1] < 841 || size[1] > 843 {
				t.Errorf("%s: a page of %v points, want A4", l, size)
			}
		}
		p.do("see it as paper", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error { return media(ctx, tab, "print") }))
		if got := p.ask("getComputedStyle(document.querySelector('.report-bar')).display"); got != "none" {
			t.Errorf("%s: the bar is printed (%s)", l, got)
		}
		if ink, ground := p.ask("getComputedStyle(document.querySelector('main.report')).color"), p.ask("getComputedStyle(document.body).backgroundColor"); ink != "rgb(28, 27, 26)" || ground != "rgb(255, 255, 255)" {
			t.Errorf("%s: %s on %s, want black on white though the screen is dark", l, ink, ground)
		}
		p.look(642, 900, "light") // the width of the text on A4 within its margins
		p.do("see it as paper", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error { return media(ctx, tab, "print") }))
		if wide := p.ask("Math.max(...[...document.querySelectorAll('main.report *')].map(e => e.getBoundingClientRect().right)) - innerWidth"); !strings.HasPrefix(wide, "-") && wide != "0" {
			t.Errorf("%s: %s px are cut off at the side", l, wide)
		}
		p.shot("printed report")
	}
}

// media lets a window show its page as it is for a screen or for paper.
func media(ctx context.Context, tab *chromedp.Target, kind string) error {
	_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "dark"},
	}})
	return err
}
