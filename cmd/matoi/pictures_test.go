package main

import (
	"context"
	"flag"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// Pictures are made by .ci/pictures, which sets these.
var (
	paint  = flag.Bool("update-pictures", false, "make the README's pictures anew")
	matrix = flag.String("matrix", "", "picture every screen in every language, theme, size and state into this folder")
	only   = flag.String("screens", "", "of the matrix only the screens whose names contain this")
)

// look is how a screen is looked at.
type look struct {
	name          string
	width, height int64
	scheme        string
}

func looks() []look {
	return []look{{"laptop", 1280, 800, "light"}, {"dark", 1280, 800, "dark"}, {"phone", 390, 844, "light"}}
}

func readers() map[lang.Lang]person {
	return map[lang.Lang]person{lang.JA: {who: "佐藤 美咲", lang: lang.JA}, lang.EN: {who: "Emma Clarke", lang: lang.EN}}
}

// Every screen has to hold on a telephone, on a laptop, in the dark and in both languages: nothing may stick out sideways,
// and nothing may be shown as machines write it.
func TestEveryPageFitsPhonesAndLaptopsInBothLanguages(t *testing.T) {
	chromium, film := browser(t)
	w := newWeek(t, normalState)
	for l, who := range readers() {
		p := w.sit(chromium, film, who)
		for _, v := range w.views(p) {
			p.look(1280, 800, "light")
			p.show(v)
			for _, how := range looks() {
				p.look(how.width, how.height, how.scheme)
				p.until("the page has the window's size", fmt.Sprintf(`if (innerWidth !== %d || matchMedia('(prefers-color-scheme: dark)').matches !== %t) return false;
return new Promise(done => { setTimeout(() => done(true), 500); requestAnimationFrame(() => requestAnimationFrame(() => done(true))) })`, how.width, how.scheme == darkScheme), nil)
				if !p.fits(v.name + " in " + string(l) + " on a " + how.name) {
					p.picture(filepath.Join(film.dir, fmt.Sprintf("page-%s-%s-%s.png", strings.ReplaceAll(v.name, " ", "-"), how.name, l)))
				}
			}
		}
	}
}

// fits complains about what sticks out at the side, and about what is no text for people.
func (p *person) fits(what string) (well bool) {
	p.t.Helper()
	well = true
	if wide := p.ask("document.documentElement.scrollWidth - innerWidth"); wide != "0" && wide[0] != '-' {
		p.t.Errorf("%s: %s px stick out at the side", what, wide)
		well = false
	}
	if raw := p.ask("(document.body.innerText.match(/⟦[^⟧]*⟧|<@p\\d+>|undefined|NaN|0001-01-01/) || [''])[0]"); raw != "" {
		p.t.Errorf("%s shows %q", what, raw)
		well = false
	}
	return well
}

// The README's pictures come from the demo.
func TestTheReadmesPicturesAreMade(t *testing.T) {
	if !*paint {
		return // they are made when somebody asks for it, and looked at before they are committed
	}
	chromium, film := browser(t)
	w := newWeek(t, normalState)
	people := readers()
	ja, en := w.sit(chromium, film, people[lang.JA]), w.sit(chromium, film, people[lang.EN])
	wide, narrow := look{"", 1280, 800, "light"}, look{"", 390, 844, "dark"}
	for _, shot := range []struct {
		name, path string
		p          *person
		how        look
	}{
		{"room", "/chat/" + w.room("live"), ja, wide},
		{"incident", "/incidents/" + w.number("live"), en, wide},
		{"board", "/", ja, wide},
		{"phone", "/chat/" + w.room("live"), ja, narrow},
		{"alerts", "/alerts", ja, wide},
		{"oncall", "/oncall", en, wide},
		{"report", "/incidents/" + w.number("pay") + "/report?lang=ja", ja, wide},
	} {
		shot.p.look(shot.how.width, shot.how.height, shot.how.scheme)
		shot.p.open(shot.path)
		shot.p.see("main", "")
		if shot.how.width < 1000 { // a telephone has finer dots; at 1280 by 800 they would make too large a file
			shot.p.do("come closer", chromedp.EmulateViewport(shot.how.width, shot.how.height, chromedp.EmulateScale(1.5)))
		}
		shot.p.ask(`(() => {
const graph = [...document.querySelectorAll('#messages .msg')].find(m => m.querySelector('img[src^="/files/"]'));
if (graph) graph.scrollIntoView({block: 'center'});
const gaps = document.querySelector('.duty-gaps');
if (gaps) gaps.closest('.panel').scrollIntoView({block: 'start'});
document.activeElement.blur();
return 1 })()`)
		shot.p.until("see the pictures", "return [...document.images].every(i => i.complete || i.getBoundingClientRect().top > innerHeight)", nil)
		file := filepath.Join("../../docs/pictures", shot.name+".png")
		if png := shot.p.picture(file); len(png) > 250_000 {
			t.Errorf("%s is %d bytes, want less than 250 kB", file, len(png))
		}
	}
	if _, errs, code := simulated(t, threeDays("--lang", string(lang.EN), "--svg", "../../docs/pictures/simulate.svg")...); code != 0 {
		t.Errorf("code %d: %s", code, errs)
	}
}

// frame is a picture of the matrix.
type frame struct {
	File, Screen, State, How string
	Lang                     lang.Lang
	Odd                      string // what sticks out or is no text
}

// TestTheMatrixIsPictured makes every picture there is, and a sheet to look through them.
func TestTheMatrixIsPictured(t *testing.T) {
	if *matrix == "" {
		return // hundreds of pictures, made by .ci/pictures --all
	}
	if err := os.MkdirAll(*matrix, 0o755); err != nil {
		t.Fatal(err)
	}
	var frames []frame
	chromium, film := browser(t)
	for _, state := range states() {
		t.Run(state, func(t *testing.T) { frames = append(frames, picture(t, chromium, film, state)...) })
	}
	if err := contactSheet(filepath.Join(*matrix, "index.html"), frames); err != nil {
		t.Fatal(err)
	}
}

func picture(t *testing.T, chromium context.Context, film *film, state string) (frames []frame) {
	w := newWeek(t, state)
	for l, who := range readers() {
		p := w.sit(chromium, film, who)
		for _, v := range w.views(p) {
			if !strings.Contains(v.name, *only) {
				continue
			}
			for _, size := range []look{{"phone", 390, 844, ""}, {"laptop", 1280, 800, ""}, {"wall", 1920, 1080, ""}} {
				for _, scheme := range []string{"light", "dark"} {
					p.look(size.width, size.height, scheme)
					f := frame{Screen: v.name, State: state, How: size.name + " " + scheme, Lang: l}
					f.File = strings.ReplaceAll(strings.Join([]string{v.name, state, size.name, scheme, string(l)}, "-"), " ", "_") + ".png"
					if scheme == "light" {
						p.show(v)
					}
					p.picture(filepath.Join(*matrix, f.File))
					if wide := p.ask("document.documentElement.scrollWidth - innerWidth"); wide != "0" && wide[0] != '-' {
						f.Odd = wide + " px stick out"
						t.Errorf("%s: %s", f.File, f.Odd)
					}
					frames = append(frames, f)
				}
			}
		}
	}
	return frames
}

// contactSheet is a page of all pictures, by screen and state.
func contactSheet(file string, frames []frame) error {
	sheet := template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><title>Screens of Matoi</title>
<style>body{font:14px sans-serif;margin:2em;background:#eee}figure{display:inline-block;vertical-align:top;margin:4px;width:300px}img{width:100%;border:1px solid #999}
figcaption{color:#444}.odd{color:#b00;font-weight:bold}h2{margin:1.5em 0 .3em}</style>
{{$before := ""}}{{range .}}{{$now := printf "%s, %s" .Screen .State}}{{if ne $now $before}}<h2>{{$now}}</h2>{{$before = $now}}{{end}}
<figure><a href="{{.File}}"><img loading="lazy" src="{{.File}}" alt=""></a><figcaption>{{.How}} {{.Lang}} <span class="odd">{{.Odd}}</span></figcaption></figure>{{end}}
`))
	var out strings.Builder
	if err := sheet.Execute(&out, frames); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(out.String()), 0o644) //nolint:gosec // pictures are for everybody
}
