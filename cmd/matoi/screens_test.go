package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"matoi/bot"
	"matoi/incident"
)

// The states in which screens are looked at.
const (
	normalState   = "normal"   // the week of the demo
	emptyState    = "empty"    // the same people, and nothing happened
	overfullState = "overfull" // a thousand incidents, names and texts that no layout likes
)

// week is the company of the demo in a running server, whose clock stands so that pictures show the same times.
type week struct {
	s       *scene
	clock   *afternoon
	state   string
	numbers map[string]incident.Number // by the label of the scene
	guarded *scene                     // a server that asks for a token
	hushed  bool                       // there are a silence and a rule
}

// afternoon is a clock that stands until it is told to go on.
type afternoon struct{ at atomic.Pointer[time.Time] }

func (c *afternoon) now() time.Time { return *c.at.Load() }

func (c *afternoon) set(t time.Time) { c.at.Store(&t) }

// told is a week that was told once, to be read as often as a test asks for it.
type told struct {
	files   map[string][]byte
	listen  string
	numbers map[string]incident.Number
}

var weeks = map[string]told{} // by state; the tests that ask for them run one after the other

// newWeek opens the week in a state, on a folder of its own.
func newWeek(t *testing.T, state string) *week {
	t.Helper()
	clock := &afternoon{}
	clock.set(time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)) // Friday, half past three in Tokyo
	story, there := weeks[state]
	if !there {
		story = tellWeek(t, state, clock.now())
		weeks[state] = story
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range story.files {
		if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := &week{clock: clock, state: state, numbers: story.numbers}
	w.s = newScene(t, func(c *Config) { *c = weekConfig(t, state); c.Data, c.Listen = data, story.listen }, clock.now)
	return w
}

func weekConfig(t *testing.T, state string) Config {
	t.Helper()
	c, err := demoConfig()
	if err != nil {
		t.Fatal(err)
	}
	if state == overfullState {
		c.People = append(c.People, crowdPeople()...)
	}
	return c
}

func tellWeek(t *testing.T, state string, end time.Time) told {
	t.Helper()
	c := weekConfig(t, state)
	c.Data = filepath.Join(t.TempDir(), "told")
	c.Listen = "127.0.0.1:" + port(t)
	out := told{files: map[string][]byte{}, listen: c.Listen}
	script, err := demoWeek()
	switch {
	case err != nil:
		t.Fatal(err)
	case state == emptyState:
		return out
	case state == overfullState:
		script += crowdScript()
	}
	began := time.Now()
	if out.numbers, err = fill(t.Context(), c, script, end, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Logf("telling the %s week took %s", state, time.Since(began).Round(time.Millisecond))
	list, err := os.ReadDir(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		if out.files[entry.Name()], err = os.ReadFile(filepath.Join(c.Data, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// star is the label of the incident that screens show.
func (w *week) star() string {
	if w.state == overfullState {
		return "flood"
	}
	return "live"
}

func (w *week) number(label string) string { return w.numbers[label].String() }

// room is the channel of a scene's incident.
func (w *week) room(label string) string {
	w.s.t.Helper()
	rooms := w.s.incident(w.number(label)).Rooms
	if len(rooms) == 0 {
		w.s.t.Fatalf("%s has no room", label)
	}
	return rooms[0].Name
}

// id is a person of the company.
func (w *week) id(name string) incident.PersonID {
	w.s.t.Helper()
	found, err := w.s.app.store.Named(w.s.t.Context(), name)
	if err != nil || len(found) != 1 {
		w.s.t.Fatalf("%s is %v (%v)", name, found, err)
	}
	return found[0].ID
}

// sit gives a person of the company a window, in the time of the week and past the first tour.
func (w *week) sit(chromium context.Context, f *film, p person) *person {
	w.s.t.Helper()
	if err := w.s.app.store.SetPreference(w.s.t.Context(), w.id(p.who), "tour", "over"); err != nil {
		w.s.t.Fatal(err)
	}
	out := w.s.sit(chromium, f, p.who, p.lang)
	out.believe(w.clock.now())
	out.enter()
	return out
}

// believe lets the person's browser believe the clock of the play.
func (p *person) believe(now time.Time) {
	p.t.Helper()
	p.do("set the clock", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: fmt.Sprintf("Date.now = () => %d;", now.UnixMilli()),
		})
		return err
	}))
}

// view is a screen, or a state of one: where it is, and what one does there to bring it about.
type view struct {
	name, path string
	bring      func(p *person)
}

// views is the one table of the screens there are, for pictures and for whatever else looks at all of them. Without an
// incident there are fewer.
func (w *week) views(p *person) []view {
	me := "/chat/@" + p.ask("document.body.dataset.me")
	out := []view{
		{name: "board", path: "/"},
		{name: "list", path: "/?view=list"},
		{name: "every incident", path: "/incidents?all=1"},
		{name: "wall", path: "/wall"},
		{name: "mine", path: "/mine"},
		{name: "people", path: "/people"},
		{name: "person", path: "/people/" + string(w.id("鈴木 健"))},
		{name: "on call", path: "/oncall"},
		{name: "alerts", path: "/alerts"},
		{name: "alert rules", path: "/alerts/rules"},
		{name: "silences", path: "/alerts/silences"},
		{name: "services", path: "/services"},
		{name: "chat", path: "/chat"},
		{name: "general", path: "/chat/general"},
		{name: "announcements", path: "/chat/incidents"},
		{name: "told to me", path: me},
		{name: "search", path: "/chat/search?q=" + "決済"},
		{name: "commands", path: "/help"},
		{name: "keys", path: "/", bring: func(p *person) {
			// On a phone, where there are no keys, the button stands nowhere.
			p.until("the keys are asked for", "const b = document.querySelector('[data-show-keys]'); return b ? (b.focus(), b.click(), true) : false", nil)
			p.see("#keys dt", "")
		}},
		{name: "tour", path: "/", bring: w.tour},
		{name: "form", path: "/", bring: openForm},
		{name: "form with mistakes", path: "/", bring: func(p *person) {
			openForm(p)
			p.press("dialog[open] [data-submit]", "")
			p.see("dialog[open] .problem, dialog[open] .form-problem", "")
		}},
		{name: "who", path: "/who"},
		{name: "login", path: w.guard().app.URL() + "/login"},
		{name: "missing", path: "/incidents/INC-20200101-001"},
	}
	if w.state == emptyState {
		return out
	}
	if !w.hushed { // a silence in force, and a rule
		w.s.say("佐藤 美咲", "general", "silence service=member-app 8h 既知の警報")
		w.s.say("佐藤 美咲", "general", "inbox rule --match service=office --then wait --after 15m --priority P4")
		w.hushed = true
	}
	room, incident := "/chat/"+w.room(w.star()), "/incidents/"+w.number(w.star())
	return append(out,
		view{name: "room", path: room},
		view{name: "thread", path: room, bring: func(p *person) {
			p.ask(`(() => { const b = [...document.querySelectorAll('#messages .msg .replies')].pop(); b.scrollIntoView({block: 'center'}); b.click(); return 1 })()`)
			p.see("#thread textarea", "")
		}},
		view{name: "message menu", path: room, bring: func(p *person) {
			p.tool("", ".tools summary", "")
			p.see("[role=menuitem]", "")
		}},
		view{name: "thread room", path: "/chat/incidents", bring: func(p *person) {
			p.ask(`(() => { const b = [...document.querySelectorAll('#messages .msg .replies')].pop(); if (b) b.click(); return 1 })()`)
		}},
		view{name: "incident", path: incident},
		view{name: "service", path: "/services/orders-db"},
		view{name: "report", path: incident + "/report?lang=" + string(p.lang)},
		view{name: "closed report", path: "/incidents/" + w.number("pay") + "/report?lang=" + string(p.lang)},
	)
}

func openForm(p *person) {
	p.press("main [data-command=open]", "")
	p.see("dialog[open] #f-title", "")
}

// tour shows the first step of the tour, which this person has behind them elsewhere.
func (w *week) tour(p *person) {
	keep := func(value string) {
		if err := w.s.app.store.SetPreference(p.t.Context(), w.id(p.who), "tour", value); err != nil {
			p.t.Fatal(err)
		}
	}
	keep("")
	p.open("/")
	p.see("#tour", "")
	keep("over")
}

// guard starts a server of the same company that asks for a token.
func (w *week) guard() *scene {
	w.s.t.Helper()
	if w.guarded == nil {
		w.guarded = newScene(w.s.t, func(c *Config) {
			c.Auth.Tokens = []Token{{Name: "sato", Token: bot.NewSecret("correct-horse-battery"), Scopes: []string{"admin"}, Person: "佐藤 美咲"}}
		}, w.clock.now)
	}
	return w.guarded
}

// show opens a screen and brings it into its state.
func (p *person) show(v view) {
	p.t.Helper()
	if strings.HasPrefix(v.path, "http://") {
		p.do("open "+v.path, chromedp.Navigate(v.path))
	} else {
		p.open(v.path)
	}
	p.see("main", "")
	if v.bring != nil {
		v.bring(p)
	}
}

// crowdPeople have names that no layout likes.
func crowdPeople() []Member {
	return []Member{
		{Name: "Adolph Wolfeschlegelsteinhausenbergerdorff-Montmorency-Cholmondeley", Email: "wolfe@yamabuki.example", Lang: "en"},
		{Name: "محمد بن عبد الرحمن الخوارزمي", Email: "khwarizmi@yamabuki.example", Lang: "en"},
		{Name: "Z͑ͫa̴̋l̷͊g̶͝o̵͌ T̸̈́e̷̿x̶̌t̵̾", Email: "zalgo@yamabuki.example", Lang: "en"},
		{Name: "👩‍🚒 消防 🚒 花子 👨‍👩‍👧‍👦", Email: "hanako@yamabuki.example", Lang: "ja"},
		{Name: "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末", Email: "jugemu@yamabuki.example", Lang: "ja"},
	}
}

// crowdScript is what happens to them: one incident in which everything is too long, and a thousand others.
func crowdScript() string {
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 7)[:300]
	arabic := "الخدمة لا تستجيب منذ الساعة الثانية والنصف، نحن نبحث عن السبب " + strings.Repeat("الآن ", 30)
	marks := strings.Repeat("e̶̛̓͌x̴̿͝a̷̋m̸̈́p̵̾l̶̑e̷ ", 40)
	emoji := strings.Repeat("👨‍👩‍👧‍👦🏳️‍🌈👍🏽🚒", 40)
	kanji := strings.Repeat("決済が長時間にわたりまったく応答しないため", 12)
	var out strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&out, format+"\n", args...) }
	line("== flood, -3h")
	line("+0 wolfe: /incident open P1 %s --service %s --category software", kanji[:len("決")*90], long[:80])
	for n, who := range []string{"wolfe", "khwarizmi", "zalgo", "hanako", "jugemu"} {
		role := []string{"im", "tech-lead", "comms", "scribe", "customer support lead"}[n]
		line("+%dm %s: /incident role %s @%s", n+1, "wolfe", role, who)
		if n > 0 { // who takes a role has answered
			line("%s: /incident ack", who)
		}
		line("%s: /incident task %s --owner @%s", who, []string{long, arabic, marks, emoji, kanji}[n], who)
	}
	for n, text := range []string{long, arabic, marks, emoji, kanji, strings.Repeat("a ", 900), "https://example.org/" + long, "`" + long + "`"} {
		line("+%dm wolfe: [%d] %s", 10+3*n, n, text)
		line("khwarizmi answers \"[%d]\": %s", n, text)
		line("zalgo: /incident finding %s", text)
		line("hanako reacts 📌 \"[%d]\"", n)
	}
	line("+40m wolfe: /incident summary %s", kanji)
	line("+41m wolfe: /incident update %s --next 3h", kanji)
	line("+42m jugemu shows \"%s\": %s", kanji[:60], long)
	for n := range 400 {
		line("+%ds %s: %s", 3000+n*10, []string{"sato", "suzuki", "emma", "liam", "hanako"}[n%5], []string{"確認しています。", "Still at 12 %.", "ログに新しいものはありません。", "👍", "もう一度試します。\\n少し待ってください。"}[n%5])
	}
	words := []string{"決済", "Search", "在庫", "Login", "配送", "Mail", "会員アプリ", "Export", "バッチ", "Wi-Fi"}
	ends := []string{"が遅い", " is slow", "でエラーが出る", " fails now and then", "が更新されない"}
	for n := range 1000 {
		line("== c%04d, -%dm", n, 8600-n*8)
		line("+0 %s: /incident open P%d %s%s (%d) --service %s", []string{"ito", "priya", "kobayashi"}[n%3], 4+n%2, words[n%10], ends[n%5], n, []string{"checkout", "search", "warehouse", "mail"}[n%4])
		if verb := []string{"", "triage", "investigate", "identify", "mitigate 再起動した"}[n%5]; verb != "" {
			line("+2m suzuki: /incident %s", verb)
		}
	}
	return out.String()
}

// names of the states, for flags and sheets.
func states() []string { return []string{normalState, emptyState, overfullState} }
