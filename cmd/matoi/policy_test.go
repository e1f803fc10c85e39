package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/lang"
)

// hostile is what somebody writes who wants it to run in the browsers of others: as a title, a name, a message, a field, a
// search. Wherever one of these runs, it leaves window.ran behind.
const hostile = `<img src=x onerror="window.ran=1">"><svg onload=window.ran=1></script><script>window.ran=1</script>` +
	`' onfocus='window.ran=1' autofocus x='<b hx-get=/who hx-trigger=load>[go](javascript:window.ran=1) <javascript:window.ran=1> ${window.ran=1}`

// hostileName is the same in what a name may hold.
const hostileName = `Eve <img src=x onerror=window.ran=1>'"><b hx-get=/who hx-trigger=load>`

// complaints are what a browser says of pages that nobody wants to hear: rules that were broken, errors of the script, and
// requests that leave the site.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

// take gives what was said since, and forgets it.
func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.list
	c.list = nil
	return out
}

// listen hears what the person's browser complains about; home begins the addresses that may be asked.
func (p *person) listen(home ...string) *complaints {
	p.t.Helper()
	c := &complaints{}
	err := chromedp.Listen(p.ctx, func(ev any) {
		switch e := ev.(type) {
		case *cdplog.EventEntryAdded:
			// That a page is missing is said of the one screen that is.
			missing := e.Entry.Source == "network" && strings.Contains(e.Entry.URL, "INC-20200101-001")
			if loud := e.Entry.Level == "error" || e.Entry.Level == "warning"; loud && !missing {
				c.add("%s %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			c.add("uncaught: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
				c.add("console.%s: %v", e.Type, e.Args)
			}
		case *page.EventJavascriptDialogOpening:
			c.add("a window of the script: %s", e.Message)
		case *network.EventRequestWillBeSent:
			for _, h := range append(home, "data:", "blob:") {
				if strings.HasPrefix(e.Request.URL, h) {
					return
				}
			}
			c.add("asks %s", e.Request.URL)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// TestNothingOfTheWritersRunsOnAnyScreen looks at every screen of a company in which somebody writes script into whatever can
// be written: none of it runs, no rule of the policy is broken, nothing is asked from elsewhere, and the script has no errors.
func TestNothingOfTheWritersRunsOnAnyScreen(t *testing.T) {
	chromium, film := browser(t)
	w := newWeek(t, normalState)
	w.poison()
	for _, who := range readers() {
		p := w.sit(chromium, film, who)
		heard := p.listen(w.s.app.URL(), w.guard().app.URL())
		for _, v := range w.views(p) {
			p.show(v)
			p.judgeQuiet(v.name, heard)
		}
		p.meddle(w)
		p.judgeQuiet("what is offered while one types", heard)
	}
}

// poison lets somebody write script into the incident that screens show, and into one of its own.
func (w *week) poison() {
	w.s.t.Helper()
	s := w.s
	room := w.room(w.star())
	who, err := s.app.store.Meet(s.t.Context(), incident.Identity{Realm: console.Realm, ID: hostileName}, hostileName, "")
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	write := func(channel, text string) console.Outcome {
		n++
		d := console.Deed{By: who.ID, Viewer: incident.Viewer{Person: who.ID}, ID: "poison " + strconv.Itoa(n), Lang: lang.EN}
		out, err := s.app.chat.Say(s.t.Context(), d, channel, 0, text)
		if err != nil || out.Reply.Refused != nil || len(out.Reply.Errors) > 0 {
			s.t.Fatalf("write %q: %+v (%v)", text, out.Reply, err)
		}
		return out
	}
	for _, text := range []string{
		hostile, "```" + hostile + "\n" + hostile + "\n```", "> " + hostile, "- " + hostile, "# " + hostile, "https://example.org/" + strings.ReplaceAll(hostile, " ", "%20"),
		"/incident log " + hostile, "/incident finding " + hostile, "/incident task " + hostile, "/incident update " + hostile + " --next 3h", "/incident summary " + hostile,
		"/incident role scribe me", "/incident title " + hostile,
	} {
		write(room, text)
	}
	write("general", hostile+" 決済")
	write("general", `/incident open P1 `+hostile+` --service "<img-src=x-onerror=window.ran=1>"`)
}

// meddle opens what the script builds itself: completion, mentions, the switcher, the search.
func (p *person) meddle(w *week) {
	p.open("/chat/" + w.room(w.star()))
	p.write("#composer-0", "@Eve")
	p.see(".complete [role=option]", hostileName[:14])
	p.write("#composer-0", hostile)
	p.ask("(document.querySelector('[data-jump]').click(), 1)")
	p.write("#jump-text", "Eve <img")
	p.see("#jump-list [role=option]", "Eve <img")
	p.open("/chat/search?q=%3Cimg")
	p.see("main mark", "")
	p.open("/people?q=%3Cimg")
	p.see("main", hostileName[:14])
	p.open("/chat/" + w.room(w.star()))
	p.until("see the draft again", "return document.querySelector('#composer-0').value.includes('onerror')", nil)
	p.write("#composer-0", "")
}

// judgeQuiet fails where something ran or the browser complained.
func (p *person) judgeQuiet(name string, heard *complaints) {
	p.t.Helper()
	if ran := p.ask("window.ran"); ran != "undefined" {
		p.t.Errorf("%s, %s: what somebody wrote has run", name, p.lang)
	}
	if bad := p.ask("document.querySelectorAll('[onerror],[onload],[onfocus],[hx-get=\"/who\"],a[href^=\"javascript:\" i]').length"); bad != "0" {
		p.t.Errorf("%s, %s: %s elements of the writer's stand in the page", name, p.lang, bad)
	}
	for _, text := range heard.take() {
		p.t.Errorf("%s, %s: %s", name, p.lang, text)
	}
}

// TestTheFirstPageIsLightWhereverOneComesIn: a page with its sheet and its scripts is less than 100 kB over the wire, without
// pictures.
func TestTheFirstPageIsLightWhereverOneComesIn(t *testing.T) {
	w := newWeek(t, normalState)
	seen := map[string]int{}
	get := func(path string) (n int, text string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.s.app.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Accept-Language", string(lang.JA))
		r.AddCookie(&http.Cookie{Name: "matoi_who", Value: string(w.id("佐藤 美咲"))})
		answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		count := &counted{from: answer.Body}
		z, err := gzip.NewReader(count)
		if err != nil {
			t.Fatalf("%s is not packed: %v", path, err)
		}
		body, err := io.ReadAll(z)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", path, answer.Status, err)
		}
		return count.n, string(body)
	}
	for _, path := range []string{"/", "/?view=list", "/wall", "/mine", "/people", "/alerts", "/chat/general", "/chat/incidents", "/chat/" + w.room("live"), "/incidents/" + w.number("live"), "/incidents/" + w.number("live") + "/report"} {
		total, text := get(path)
		if strings.Count(text, "src=\"/static") < 2 {
			t.Fatalf("%s has no scripts", path)
		}
		alone := total
		for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(text, -1) {
			if seen[m[1]] == 0 {
				seen[m[1]], _ = get(m[1])
			}
			total += seen[m[1]]
		}
		t.Logf("%s: %d, %d alone", path, total, alone)
		if total >= 100_000 {
			t.Errorf("%s is %d bytes with what it needs, %d alone", path, total, alone)
		}
	}
}

// counted counts what comes over the wire.
type counted struct {
	from io.Reader
	n    int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.n += n
	return n, err
}
