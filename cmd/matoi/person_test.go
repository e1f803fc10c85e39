package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"matoi/lang"
)

// person sits before a browser of their own (cookies and storage apart) and does with a page what people can: read what
// is visible, point, press, type. Every step waits for what it needs; none waits for a time.
type person struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // the tab's, which chromedp hands out as a context
	s    *scene
	lang lang.Lang
	who  string
	film *film
}

// film numbers the pictures of a story.
type film struct {
	dir string
	n   int
}

// browser starts a headless Chromium, or skips the test where there is none.
func browser(t *testing.T) (context.Context, *film) {
	t.Helper()
	binary := outside(t, "MATOI_TEST_CHROMIUM", "a Chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
	dir := os.Getenv("MATOI_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.WSURLReadTimeout(patience), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 800),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "ja"), chromedp.Flag("font-render-hinting", "none"),
		// Without a screen there is no mouse either, and pages show what they show on a phone.
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"))
	allocator, end := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(end)
	ctx, quit := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("end the browser: %v", err)
		}
		quit()
	})
	late := time.AfterFunc(patience, quit)
	defer late.Stop()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", binary, err)
	}
	return ctx, &film{dir: dir}
}

// sit gives a person a window of their own.
func (s *scene) sit(browser context.Context, f *film, who string, l lang.Lang) *person {
	s.t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	s.t.Cleanup(end)
	late := time.AfterFunc(patience, end)
	defer late.Stop()
	if err := chromedp.Do(ctx); err != nil { // the first deed of a window must not have a deadline: its end closes the window
		s.t.Fatalf("open a window for %s: %v", who, err)
	}
	p := &person{t: s.t, ctx: ctx, s: s, lang: l, who: who, film: f}
	p.look(1280, 800, "light")
	s.witness = p
	return p
}

// enter says on the first page who one is: by name, or by choosing it where it is known already.
func (p *person) enter() {
	p.t.Helper()
	p.open("/chat")
	p.leave(func() { p.press(".switch a", map[lang.Lang]string{lang.JA: "日本語", lang.EN: "English"}[p.lang]) })
	p.see("h1", p.word("web.who_are_you"))
	p.shot("who")
	if p.count(".who-list button", p.who) > 0 {
		p.press(".who-list button", p.who)
	} else {
		p.write("#who-name", p.who)
		p.press("#who-enter", p.word("web.enter"))
	}
	p.see("#me", p.who)
}

// leave does what leads to another page, and waits until that has taken the place of this one.
func (p *person) leave(deed func()) {
	p.t.Helper()
	p.ask("window.left = 'not yet'")
	deed()
	p.until("another page is there", "return !window.left", nil)
}

// word is a text of the product in the person's language.
func (p *person) word(id string) string { return lang.Text(p.lang, id, nil) }

func (p *person) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fail(fmt.Sprintf("%s: %v", what, err))
	}
}

// open goes to a page by its address.
func (p *person) open(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate(p.s.url()+path))
}

// eyes is what the page's own script is asked through: what a person sees, not what the document holds.
const eyes = `
const shown = e => e.getClientRects().length > 0 && e.checkVisibility({visibilityProperty: true, opacityProperty: true});
const words = e => [e.innerText, e.value, e.getAttribute('aria-label'), e.title].filter(x => typeof x === 'string').join('\n').normalize();
const all = (selector, text) => [...document.querySelectorAll(selector)].filter(e => shown(e) && (!text || words(e).includes(text)));
const inside = e => {
  e.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
  const r = e.getBoundingClientRect(), x = r.x + Math.min(r.width / 2, 200), y = r.y + r.height / 2;
  const top = document.elementFromPoint(x, y);
  return top && (e.contains(top) || top.contains(e) && getComputedStyle(e).display === 'contents') ? {x, y} : null;
};`

// until asks the page until the body of a function gives something true, and decodes it into out, which may be nil.
func (p *person) until(what, body string, out any) {
	p.t.Helper()
	script := `new Promise(done => {` + eyes + `
const ask = () => {` + body + `};
const end = performance.now() + 2000;
const look = () => { const got = document.readyState === 'complete' && ask(); got ? done(got) : performance.now() > end ? done(null) : setTimeout(look, 20); };
look(); })`
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
		if err == nil && string(got) != "null" && len(got) > 0 {
			if out != nil {
				p.s.read(got, out)
			}
			return
		}
		if ctx.Err() != nil { // a page that goes away in between ends the question, not the story
			p.fail(fmt.Sprintf("%s: still not so after %s (%v)", what, patience, err))
		}
	}
}

// fail ends the test with what the person saw.
func (p *person) fail(why string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + (document.hasFocus() ? '' : ' (its window has no focus)') + ' at ' + document.activeElement?.outerHTML.slice(0, 200) + '\\n' + document.body.innerText"))
	p.shot("failed")
	p.t.Fatalf("%s: %s\n%s sees:\n%s", p.who, why, p.who, text)
}

// js is a text as the page's script reads it.
func js(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// see waits until something that the selector finds is visible and says the text.
func (p *person) see(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("see %s %q", selector, text), fmt.Sprintf("return all(%s, %s).length > 0", js(selector), js(text)), nil)
}

// gone waits until nothing of that kind is visible any more.
func (p *person) gone(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("no longer see %s %q", selector, text), fmt.Sprintf("return all(%s, %s).length === 0", js(selector), js(text)), nil)
}

// count is how many such things are visible at the moment.
func (p *person) count(selector, text string) (n int) {
	p.t.Helper()
	p.until("count "+selector, fmt.Sprintf("return {n: all(%s, %s).length}", js(selector), js(text)), &struct{ N *int }{&n})
	return n
}

// ask gives what an expression of the page is now.
func (p *person) ask(expression string) (text string) {
	p.t.Helper()
	p.until("ask "+expression, "return {text: String("+expression+")}", &struct{ Text *string }{&text})
	return text
}

// press presses the last thing of that kind that says the text: it must be visible and nothing may lie over it.
func (p *person) press(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("press %s %q", selector, text),
		fmt.Sprintf("const e = all(%s, %s).filter(e => !e.disabled).pop(); if (!e || !inside(e)) return false; e.focus({preventScroll: true}); e.click(); return true",
			js(selector), js(text)), nil)
}

// point moves the mouse onto something.
func (p *person) point(selector, text string) {
	p.t.Helper()
	var at struct{ X, Y float64 }
	p.until(fmt.Sprintf("point at %s %q", selector, text), fmt.Sprintf("const e = all(%s, %s).pop(); return e && inside(e)", js(selector), js(text)), &at)
	p.do("point", chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y))
}

// tool presses a tool of the message with the text, which is there while the mouse is on the message. What comes in may move
// the message; then the mouse goes after it.
func (p *person) tool(text, selector, label string) {
	p.t.Helper()
	script := fmt.Sprintf(`const e = all('#messages .msg:hover ' + %s, %s).filter(e => words(e.closest('.msg')).includes(%s)).pop();
if (!e || !inside(e)) return {pressed: false}; e.focus({preventScroll: true}); e.click(); return {pressed: true}`, js(selector), js(label), js(text))
	for until := time.Now().Add(patience); ; {
		p.point("#messages .msg .text", text)
		var done struct{ Pressed bool }
		if p.until("press "+selector+" of "+text, script, &done); done.Pressed {
			return
		}
		if time.Now().After(until) {
			p.fail(fmt.Sprintf("the message %q shows no %s %q under the mouse", text, selector, label))
		}
	}
}

// write puts the cursor into a field and types over what is in it, as an input method does.
func (p *person) write(selector, text string) {
	p.t.Helper()
	p.until("write into "+selector, fmt.Sprintf("const e = all(%s).pop(); if (!e || !inside(e)) return false; e.focus(); e.select(); return document.activeElement === e", js(selector)), nil)
	p.do("type", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// say writes into the composer of the channel and sends it with Enter.
func (p *person) say(text string) {
	p.t.Helper()
	p.write("#composer-0", text)
	p.enterKey()
	p.until("send "+text, "return document.querySelector('#composer-0').value === ''", nil)
}

// enterKey presses Enter where the cursor is. The key goes down without its character, as from a real keyboard: a page that
// takes the key for itself must not get a new line as well, which chromedp.KeyEvent would give it.
func (p *person) enterKey() {
	p.t.Helper()
	p.do("press Enter", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeChar, input.DispatchKeyEventTypeKeyUp} {
			key := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}
			if kind == input.DispatchKeyEventTypeChar {
				key.Text = "\r"
			}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
				return err
			}
		}
		return nil
	}))
}

// choose picks from a list by what it shows.
func (p *person) choose(selector, label string) {
	p.t.Helper()
	p.until(fmt.Sprintf("choose %q in %s", label, selector), fmt.Sprintf(`const e = all(%s).pop(), o = e && [...e.options].find(o => o.text.includes(%s));
if (!o) return false; e.focus(); e.value = o.value; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); return true`,
		js(selector), js(label)), nil)
}

// submit sends the open form and waits until it is gone.
func (p *person) submit() {
	p.t.Helper()
	p.press("dialog[open] [data-submit]", "")
	p.gone("dialog[open]", "")
}

// look sets how the person reads: width and height of the window, and dark or light.
func (p *person) look(width, height int64, scheme string) {
	p.t.Helper()
	p.do("set the window", chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	}))
}

// shot takes a picture of what the person sees.
func (p *person) shot(name string) []byte {
	p.t.Helper()
	p.film.n++
	return p.picture(filepath.Join(p.film.dir, fmt.Sprintf("%02d-%s-%s.png", p.film.n, strings.ReplaceAll(name, " ", "-"), p.lang)))
}

func (p *person) picture(file string) []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	try := func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // a window behind another may wait for a frame that never comes
		defer cancel()
		return chromedp.Run(ctx, chromedp.CaptureScreenshot())
	}
	png, err := try()
	for err != nil && ctx.Err() == nil { // a page that is just being replaced has no picture
		png, err = try()
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644) //nolint:gosec // pictures are for everybody
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", file, err)
	}
	return png
}
