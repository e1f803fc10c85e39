package bot_test

import (
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/lang"
)

// helpIn asks for help where the person stands, in a chat that shows buttons.
func (c *talk) helpIn(l lang.Lang, text string) bot.Reply {
	c.t.Helper()
	c.lang, c.forms = l, true
	defer func() { c.lang, c.forms = lang.JA, false }()
	reply := c.says("佐藤", text)
	if n := strings.Count(reply.Text, "\n") + 1; n > 12 {
		c.t.Errorf("%q: %d lines are no short help:\n%s", text, n, reply.Text)
	}
	return reply
}

func commandsOf(r bot.Reply) (all []string) {
	if r.Card == nil {
		return nil
	}
	for _, b := range r.Card.Buttons {
		all = append(all, b.Command)
	}
	return all
}

func TestBareCommandShowsWhatOneNeedsNow(t *testing.T) {
	t.Parallel()
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		c := newTalk(t)
		g := bot.NewGrammar("/incident")
		example := func(verb string) string { return "`" + g.Example(g.Verb(verb), l) + "`" }
		has := func(where string, r bot.Reply, verbs ...string) {
			t.Helper()
			for _, v := range verbs {
				if !strings.Contains(r.Text, example(v)) {
					t.Errorf("%s in %s: no %s:\n%s", where, l, v, r.Text)
				}
			}
			if !strings.Contains(r.Text, "help all") || !slices.Contains(commandsOf(r), "help all") {
				t.Errorf("%s in %s: no way to all of it:\n%s", where, l, r.Text)
			}
		}
		r := c.helpIn(l, "")
		has("elsewhere", r, "open", "list", "status")
		if got := commandsOf(r); !slices.Contains(got, "open") {
			t.Errorf("no button to open one: %q", got)
		}

		i := c.opens("佐藤", "open P1 決済がタイムアウトする")
		r = c.helpIn(l, "help")
		has("in the room", r, "ack", "role", "update", "log")
		if strings.Contains(r.Text, example("open")) || !strings.Contains(r.Text, i.Number.String()) {
			t.Errorf("it is not about the incident:\n%s", r.Text)
		}
		c.says("佐藤", "role im")
		c.says("佐藤", "復旧 14:40")
		c.says("佐藤", "resolve 直した")
		c.says("佐藤", "close")
		r = c.helpIn(l, "")
		has("once it is closed", r, "reopen", "report")
		if strings.Contains(r.Text, example("ack")) {
			t.Errorf("what is closed has nothing to acknowledge:\n%s", r.Text)
		}
	}
}

func TestShortHelpTellsNothingOfAnIncidentThatMayNotBeSeen(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	i := c.opens("佐藤", "open P1 給与データの流出 --private")
	r := c.says("鈴木", "help")
	if strings.Contains(r.Text, i.Number.String()) || strings.Contains(r.Text, "流出") || r.Number != 0 {
		t.Errorf("somebody outside reads %q", r.Text)
	}
}

func TestHelpAllShowsEveryVerb(t *testing.T) {
	t.Parallel()
	c := newTalk(t)
	g := bot.NewGrammar("/incident")
	for _, text := range []string{"help all", "help --all", "ヘルプ すべて", "ヘルプ 全部", "使い方 --すべて", "/incident help ＡＬＬ"} {
		r := c.says("佐藤", text)
		for _, v := range g.Verbs() {
			if !strings.Contains(r.Text, "`"+v.ID+"`") {
				t.Errorf("%q lacks %s", text, v.ID)
			}
		}
	}
	c.says("佐藤", "help log", "log", "--by")
	c.refused("佐藤", "help nonsense", "unknown_verb")
}
