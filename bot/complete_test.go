package bot_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// advises gives the advice on a line in the language.
func (c *talk) advises(text string, l lang.Lang) bot.Advice {
	c.t.Helper()
	return c.advisesIn("", text, l)
}

func (c *talk) advisesIn(room, text string, l lang.Lang) bot.Advice {
	c.t.Helper()
	a, err := c.bot.Complete(c.t.Context(), bot.Typing{
		Text: text, At: -1, Place: incident.Place{Realm: "console", Room: room}, Viewer: incident.Viewer{Person: c.person("佐藤")}, Lang: l,
	})
	if err != nil {
		c.t.Fatalf("advice on %q: %v", text, err)
	}
	return a
}

func texts(list []bot.Completion) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Text)
	}
	return out
}

// taken is the line once an item has been chosen.
func taken(text string, a bot.Advice, item string) string {
	runes := []rune(text) // the tests type no character of two units
	return string(runes[:len(runes)-a.Replace]) + item
}

func TestLinesCompleteToWhatMayStandThere(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 決済がタイムアウトする")
	c.says("鈴木", "who")
	for _, row := range []struct{ text, want, line string }{
		{"op", "open", "open"},
		{"/incident 起", "起票", "/incident 起票"},
		{"／ｉｎｃｉｄｅｎｔ　記", "記録", "／ｉｎｃｉｄｅｎｔ　記録"},
		{"/", "/incident 起票", "/incident 起票"},
		{"/ro", "/incident role", "/incident role"},
		{"/記", "/incident 記録", "/incident 記録"},
		{"/inc", "/incident 一覧", "/incident 一覧"},
		{"open x --im", "--impact", "open x --impact"},
		{"open x --影", "--影響", "open x --影響"},
		{"open x --impact l", "large", "open x --impact large"},
		{"open x --impact=l", "--impact=large", "open x --impact=large"},
		{"open P", "P1", "open P1"},
		{"role te", "tech-lead", "role tech-lead"},
		{"役割 テッ", "テックリード", "役割 テックリード"},
		{"role tech-lead @鈴", "@鈴木", "role tech-lead @鈴木"},
		{"role tech-lead ＠鈴", "@鈴木", "role tech-lead @鈴木"},
		{"log x --in INC", "INC-20261121-001", "log x --in INC-20261121-001"},
		{"log x --by ", "@佐藤", "log x --by @佐藤"},
		{"log --kind f", "finding", "log --kind finding"},
		{"log --kind 判", "finding", "log --kind finding"},
		{"update x --audience 経", "executives", "update x --audience executives"},
		{"update x --next 3", "30分後", "update x --next 30分後"},
		{"hold v", "vendor", "hold vendor"},
		{"hold x --review 明", `"明日 9:00"`, `hold x --review "明日 9:00"`},
		{"引き継ぎ 承", "承諾", "引き継ぎ 承諾"},
		{"lang ", "ja", "lang ja"},
		{"zone As", "Asia/Tokyo", "zone Asia/Tokyo"},
		{"help re", "report", "help report"},
		{"list --status 調", "investigating", "list --status investigating"},
		{"rloe x", "role x", "role x"},
		{"task done 1", "1", "task done 1"},
	} {
		text := row.text
		if strings.HasPrefix(text, "task") {
			text = "--in INC-20261121-001 " + row.text
			row.line = "--in INC-20261121-001 " + row.line
		}
		a := c.advises(text, lang.JA)
		if !slices.Contains(texts(a.Items), row.want) {
			t.Errorf("%q completes to %q, want %q", text, texts(a.Items), row.want)
			continue
		}
		if got := taken(text, a, row.want); got != row.line {
			t.Errorf("%q with %q becomes %q, want %q", text, row.want, got, row.line)
		}
	}
	if got := texts(c.advises("role te", lang.JA).Items); !slices.Equal(got, []string{"tech-lead"}) {
		t.Errorf("role te completes to %q", got)
	}
	for _, text := range []string{"/etc/passwd", "/tmp is full", "log 再起動", "resolve 直した"} {
		if a := c.advises(text, lang.JA); len(a.Items) > 0 {
			t.Errorf("%q completes to %q", text, texts(a.Items))
		}
	}
}

// Every verb is found by what it begins with, and choosing what is offered makes a line that is understood and lacks
// nothing: in both languages, for the whole table.
func TestEveryVerbCompletesToAValidCommandInBothLanguages(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 決済がタイムアウトする")
	c.opens("鈴木", "open P3 別件の障害")
	g := c.bot.Grammar()
	for _, l := range lang.All() {
		for _, v := range g.Verbs() {
			for _, name := range append([]string{v.ID}, v.Aliases...) {
				begin := "/incident " + string([]rune(name)[:1])
				if a := c.advises(begin, l); !slices.ContainsFunc(a.Items, func(o bot.Completion) bool {
					line, refusal := g.Parse(taken(begin, a, o.Text))
					return refusal == nil && line.Verb.ID == v.ID
				}) {
					t.Errorf("%s: %q does not offer %s: %q", l, begin, v.ID, texts(a.Items))
				}
			}
			text := "/incident --in INC-20261121-001 " + v.ID
			if v.Alone {
				text = "/incident " + v.ID
			}
			for range 4 { // what is still needed, one after the other
				text += " "
				a := c.advises(text, l)
				if a.Hint == nil {
					t.Fatalf("%s: %q gets no hint", l, text)
				}
				if a.Hint.Problem != "" {
					t.Errorf("%s: %q is called wrong: %s", l, text, a.Hint.Problem)
				}
				if a.Hint.Missing == "" && a.Hint.Tip == "" {
					break
				}
				word := "text"
				if len(a.Items) > 0 && !slices.ContainsFunc(v.Args, func(a bot.Arg) bool { return a.Kind == bot.Free && !a.Optional }) {
					word = a.Items[0].Text
				}
				text = taken(text, a, word)
			}
			if a := c.advises(text+" ", l); a.Hint == nil || a.Hint.Missing != "" || a.Hint.Problem != "" {
				t.Errorf("%s: %q ends with %+v", l, text, a.Hint)
			}
		}
	}
}

func TestExamplesLackNothingAndAreCalledRight(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 決済がタイムアウトする")
	for _, l := range lang.All() {
		for _, v := range c.bot.Grammar().Verbs() {
			line := "/incident " + c.bot.Grammar().Example(&v, l)
			for _, text := range []string{line, line + " "} {
				a := c.advises(text, l)
				switch {
				case a.Hint == nil || a.Hint.Problem != "" || a.Hint.Missing != "":
					t.Errorf("%s: the example %q gets %+v", l, text, a.Hint)
				case a.Hint.Example == "" || a.Hint.About == "" || len(a.Hint.Parts) < 2:
					t.Errorf("%s: the hint for %q teaches nothing: %+v", l, text, a.Hint)
				case a.Hint.Parts[1].Text == "" || strings.Contains(a.Hint.Now+a.Hint.About+a.Hint.Tip, "⟦"):
					t.Errorf("%s: the hint for %q lacks words: %+v", l, text, a.Hint)
				}
			}
		}
	}
}

func TestTheHintMarksWhatIsBeingTyped(t *testing.T) {
	c := newTalk(t)
	in := " --in " + c.opens("佐藤", "open P1 x").Number.String() + " "
	for _, row := range []struct{ text, current string }{
		{"role ", "<役割>"},
		{"role tech-lead ", "@<名前>"},
		{"role tech-lead @佐", "@<名前>"},
		{"role @佐藤 ", "<役割>"},
		{"記録 ", "<時刻>"},
		{"記録 14:35 ", "<内容>"},
		{"記録 14:35 再起", "<内容>"},
		{"update x --next ", "--次回 …"},
		{"update x --next 30", "--次回 …"},
		{"open P1 ", "<タイトル>"},
		{"open ", "<P1〜P5>"},
		{"correct ", "<番号>"},
		{"correct 12 ", "<内容>"},
		{"hold ", "<理由>"},
		{"merge ", "<INC-…>"},
	} {
		text := "--in" + strings.TrimPrefix(in, " --in") + row.text
		if strings.HasPrefix(row.text, "open") {
			text = row.text
		}
		a := c.advises(text, lang.JA)
		var got []string
		for _, p := range a.Hint.Parts {
			if p.Current {
				got = append(got, p.Text)
			}
		}
		if !slices.Equal(got, []string{row.current}) {
			t.Errorf("%q: at the cursor stands %q, want %q (%+v)", text, got, row.current, a.Hint.Parts)
		}
	}
}

func TestMistakesAreNamedBeforeTheyAreSent(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 x")
	for _, row := range []struct{ text, want string }{
		{"lgo 再起動", "log"},
		{"open x --imapct large ", "--impact"},
		{"role tehc-lead @佐藤", "tehc-lead"},
		{"open x --priority P9 ", "p9"},
		{"update x --next いつか ", "いつか"},
		{"lang fr ", "fr"},
		{"merge 12 ", "12"},
		{"occurred さっき ", "さっき"},
		{"/role @佐藤", "/incident role"},
	} {
		a := c.advises(row.text, lang.JA)
		if a.Hint == nil || !strings.Contains(a.Hint.Problem, row.want) || strings.ContainsAny(a.Hint.Problem, "`\\") {
			t.Errorf("%q: %+v, want a problem with %q", row.text, a.Hint, row.want)
		}
	}
	for _, text := range []string{"open x --imp", "open x --impact ", "open x --impact", "role tech-l", "log 14:35 再起動した", "update x --next 3", "hand o", "merge INC-2026"} {
		if a := c.advises(text, lang.JA); a.Hint != nil && a.Hint.Problem != "" {
			t.Errorf("%q is being typed and already called wrong: %s", text, a.Hint.Problem)
		}
	}
}

func TestWhatFitsTheStatusComesFirst(t *testing.T) {
	c := newTalk(t)
	n := c.opens("佐藤", "open P1 決済がタイムアウトする").Number
	first := func() bot.Completion { return c.advises(n.String()+" ", lang.EN).Items[0] }
	if got := first(); got.Text != "ack" || got.Group != "Fits now (new)" && got.Group != "Fits now (New)" {
		t.Errorf("for a new incident %+v comes first", got)
	}
	c.says("佐藤", "ack --in "+n.String())
	c.says("佐藤", "hold vendor 部品待ち --in "+n.String())
	if got := first(); got.Text != "resume" {
		t.Errorf("on hold %+v comes first", got)
	}
	all := c.advises(n.String()+" ", lang.EN).Items
	seen := map[string]bool{}
	for _, o := range all {
		if seen[o.Text] {
			t.Errorf("%s is offered twice", o.Text)
		}
		seen[o.Text] = true
		if o.Usage == "" || o.Example == "" || o.Label == "" || o.Group == "" {
			t.Errorf("%s is not taught: %+v", o.Text, o)
		}
	}
	if len(all) != len(c.bot.Grammar().Verbs()) {
		t.Errorf("%d verbs are offered of %d", len(all), len(c.bot.Grammar().Verbs()))
	}
}

func TestOfferedTimesAreUnderstood(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 x")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, l := range lang.All() {
		for _, o := range c.advises("log ", l).Items {
			if m, rest, ok := lang.ParseMoment(o.Text, now, time.UTC); !ok || rest != "" {
				t.Errorf("%s: %q is no moment: %v %q", l, o.Text, m, rest)
			}
		}
		for _, o := range c.advises("eta ", l).Items {
			if m, rest, ok := lang.ParseFuture(o.Text, now, time.UTC); !ok || rest != "" || !m.After(now) {
				t.Errorf("%s: %q is no time to come: %v %q", l, o.Text, m, rest)
			}
		}
	}
}

func TestNothingOfAPrivateIncidentIsOffered(t *testing.T) {
	c := newTalk(t)
	n := c.opens("鈴木", "open P2 給与データの流出").Number
	c.says("鈴木", "private --in "+n.String())
	for _, text := range []string{"log x --in ", "--in " + n.String() + " ", "merge "} {
		a := c.advises(text, lang.EN)
		for _, o := range a.Items {
			if strings.Contains(o.Text+o.Label+o.Group, n.String()) || strings.Contains(o.Group, "Fits now") {
				t.Errorf("%q shows %+v", text, o)
			}
		}
	}
}

func TestANameThatTwoShareIsWrittenAsAToken(t *testing.T) {
	c := newTalk(t)
	one := c.person("佐藤")
	two, err := c.store.Meet(t.Context(), incident.Identity{Realm: "slack", ID: "U2"}, "佐藤", "b.sato@example.com")
	if err != nil {
		t.Fatal(err)
	}
	got := texts(c.advises("ask @佐", lang.JA).Items)
	if !slices.Contains(got, "<@"+string(one)+">") || !slices.Contains(got, "<@"+string(two.ID)+">") {
		t.Errorf("offered are %q", got)
	}
	if got := texts(c.advises("ask @b.s", lang.JA).Items); !slices.Equal(got, []string{"<@" + string(two.ID) + ">"}) {
		t.Errorf("by e-mail offered are %q", got)
	}
}

func TestTheCursorMayStandInTheMiddle(t *testing.T) {
	c := newTalk(t)
	c.opens("佐藤", "open P1 x")
	a, err := c.bot.Complete(t.Context(), bot.Typing{Text: "/incident 役割 テ @佐藤 🔥", At: len([]rune("/incident 役割 テ")), Lang: lang.JA})
	if err != nil || !slices.Contains(texts(a.Items), "テックリード") || a.Replace != 1 {
		t.Errorf("got %+v, %v", a, err)
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"/incident role te", "／ｉ 記録 14:35", "open --impact=", "\xff\x00", "log \"x", "hold vendor --review \"明日", "--in --in", "/", "handover accept"} {
		f.Add(s, 3)
	}
	b := bot.New(bot.Options{People: nobody{}, Store: nothing{}, Policy: func() incident.Policy { return incident.DefaultPolicy(time.UTC) }, Now: time.Now})
	f.Fuzz(func(t *testing.T, text string, at int) {
		a, err := b.Complete(t.Context(), bot.Typing{Text: text, At: at, Lang: lang.EN})
		if err != nil {
			t.Fatal(err)
		}
		if a.Replace < 0 || a.Replace > len(text) {
			t.Errorf("%q at %d replaces %d", text, at, a.Replace)
		}
	})
}

// nobody and nothing are a house without people and incidents.
type nobody struct{ bot.Directory }

func (nobody) People(context.Context) ([]incident.Person, error) { return nil, nil }

type nothing struct{ bot.Store }

func (nothing) InRoom(context.Context, incident.Place) (incident.Number, error) { return 0, nil }

func (nothing) Find(context.Context, incident.Filter) ([]incident.Row, error) { return nil, nil }

func (nothing) Load(context.Context, incident.Number) (*incident.Incident, error) {
	return nil, incident.ErrNotFound
}
