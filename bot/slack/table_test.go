package slack

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTablesBecomeWhatMrkdwnHas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"a narrow one is aligned": {
			"a\n\n| Target | Result |\n| --- | --- |\n| First response | met |\n| Restoration | ― |\n\nb",
			"a\n```\nTarget          Result\nFirst response  met\nRestoration     ―\n```\nb",
		},
		"Japanese signs are two letters wide": {
			"| 目標 | 判定 |\n| --- | --- |\n| 初動 | 期限内 |\n| SLA | ＯＫ |",
			"```\n目標  判定\n初動  期限内\nSLA   ＯＫ\n```",
		},
		"a wide one is a list": {
			"| When | Who | What |\n| --- | --- | --- |\n| 14:40 | Ann | " + strings.Repeat("opened ", 12) + "|\n| 14:41 |  | x |",
			"• *14:40* · Ann · " + strings.TrimSpace(strings.Repeat("opened ", 12)) + "\n• *14:41* · x",
		},
		"one of many columns says what its cells are": {
			"| Measure | Kind | Owner | Due |\n| --- | --- | --- | --- |\n| " + strings.Repeat("m", 60) + " | process | Ann | 12/15 |",
			"• *" + strings.Repeat("m", 60) + "* · Kind: process · Owner: Ann · Due: 12/15",
		},
		"a pipe that was written stays":    {"| a | b |\n| --- | --- |\n| x \\| y | z |", "```\na      b\nx | y  z\n```"},
		"marks that were written are none": {"| a |\n| --- |\n| \\*x\\* \\<@p1\\> \\`y\\` |", "```\na\n*x* &lt;@p1&gt; ˋyˋ\n```"},
		"a row that is short is filled up": {"| a | b |\n| --- | --- |\n| x |", "```\na  b\nx\n```"},
		"what was pasted as code stays":    {"```\n| a | b |\n| --- | --- |\n| x | y |\n```\n| c |\n| --- |\n| z |", "```\n| a | b |\n| --- | --- |\n| x | y |\n```\n```\nc\nz\n```"},
		"what is no table stays":           {"| a | b |\nand so on", "| a | b |\nand so on"},
	} {
		if got := mrkdwn(untable(c.in), "", nil); seen(got) != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, seen(got), c.want)
		}
	}
}

func TestHeadingsAndWhatFollowsAListStandApart(t *testing.T) {
	t.Parallel()
	in := "# Report\n\n- a\n- b\n\n**Next**\n- c\n\nAnd so on.\nMore.\n\n## End\n\nx"
	if got, want := seen(mrkdwn(in, "", nil)), "*Report*\n• a\n• b\n\n*Next*\n• c\n\nAnd so on.\nMore.\n\n*End*\nx"; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// seen is a text without what can't be seen.
func seen(s string) string { return strings.ReplaceAll(s, glue, "") }

func TestPiecesLoseNothingAndFit(t *testing.T) {
	t.Parallel()
	const most = 60
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "x", "three short words", "```", "日本語の長めの行がここにある", strings.Repeat("y", 50)}), 1, 60).Draw(t, "lines")
		if strings.Count(strings.Join(lines, "\n"), "```")%2 == 1 {
			lines = append(lines, "```")
		}
		words := func(s string) string {
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '`' }), "\n")
		}
		var all []string
		for _, p := range pieces(strings.Join(lines, "\n"), most) {
			if n := utf8.RuneCountInString(p); n > most || strings.TrimSpace(p) == "" {
				t.Fatalf("a piece of %d characters: %q", n, p)
			}
			if strings.Count(p, "```")%2 == 1 {
				t.Fatalf("a block of code goes on behind %q", p)
			}
			all = append(all, p)
		}
		if got, want := words(strings.Join(all, "\n")), words(strings.Join(lines, "\n")); got != want {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	})
}
