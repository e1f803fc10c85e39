package web

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bench/proc"
	"matoi/bot"
	"matoi/bot/markup"
	"matoi/incident"
)

func markdownOf(text string) string {
	m := markdown{name: func(id incident.PersonID) string { return "<" + string(id) + ">" }, own: func(to string) string { return strings.TrimPrefix(to, "http://here.example") }, channel: func(name string) bool { return name == "general" || name == "決済" }}
	markup.Read(text, &m)
	return m.out.String()
}

func TestMarkdownOfChats(t *testing.T) {
	for text, want := range map[string]string{
		"**bold** and *italic* and _italic_":          "<p><strong>bold</strong> and <em>italic</em> and <em>italic</em></p>",
		"snake_case_name and 2 * 3 * 4":               "<p>snake_case_name and 2 * 3 * 4</p>",
		"`a **b** <c>`":                               "<p><code>a **b** &lt;c&gt;</code></p>",
		"a\nb\n\nc":                                   "<p>a<br>b</p><p>c</p>",
		"> quoted\n> more":                            "<blockquote>quoted<br>more</blockquote>",
		"- one\n- **two**":                            "<ul><li>one</li><li><strong>two</strong></li></ul>",
		"・一つ":                                         "<ul><li>一つ</li></ul>",
		"```\n<b>\n```\nafter":                        `<div class="code"><pre tabindex="0"><code>&lt;b&gt;` + "\n" + `</code></pre></div><p>after</p>`,
		"```go\nx := 1\n```":                          `<div class="code"><span class="code-language">go</span><pre tabindex="0"><code>x := 1` + "\n" + `</code></pre></div>`,
		"```x <y>```":                                 `<div class="code"><pre tabindex="0"><code>x &lt;y&gt;</code></pre></div>`,
		"```not a language\nx":                        `<div class="code"><pre tabindex="0"><code>not a language` + "\nx\n" + `</code></pre></div>`,
		"1. one\n2. two":                              "<ol><li>one</li><li>two</li></ol>",
		"3) three\n4) four":                           `<ol start="3"><li>three</li><li>four</li></ol>`,
		"- a\n  - b\n    1. c\n- d":                   "<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>",
		"- a\n  goes on\nnot this":                    "<ul><li>a<br>goes on</li></ul><p>not this</p>",
		"- a\n1. b":                                   "<ul><li>a</li></ul><ol><li>b</li></ol>",
		"11.21 の件":                                    "<p>11.21 の件</p>",
		"# Heading\ntext":                             `<p class="heading">Heading</p><p>text</p>`,
		"###### x":                                    `<p class="heading">x</p>`,
		"#general and #nowhere":                       `<p><a href="/chat/general">#general</a> and #nowhere</p>`,
		"#決済 を見て、a#general":                           `<p><a href="/chat/%E6%B1%BA%E6%B8%88">#決済</a> を見て、a#general</p>`,
		"INC-20261121-001の件":                          `<p><a href="/incidents/INC-20261121-001">INC-20261121-001</a>の件</p>`,
		"inc-20261121-001, INC-42, XINC-20261121-001": `<p><a href="/incidents/INC-20261121-001">inc-20261121-001</a>, INC-42, XINC-20261121-001</p>`,
		"[INC-20261121-001](/incidents/INC-20261121-002)": `<p><a href="/incidents/INC-20261121-002">INC-20261121-001</a></p>`,
		"[http://a.example](http://b.example)":            `<p><a href="http://b.example" rel="noopener noreferrer nofollow" target="_blank">http://a.example</a></p>`,
		":fire: stays as it is":                           "<p>:fire: stays as it is</p>",
		`\*not\* \<b\> \_x\_`:                             "<p>*not* &lt;b&gt; _x_</p>",
		"<@p1>: <script>":                                 `<p><span class="mention" data-person="p1">@&lt;p1&gt;</span>: &lt;script&gt;</p>`,
		`<@p1" onclick="x>`:                               "<p>&lt;@p1&#34; onclick=&#34;x&gt;</p>",
		"[here](/incidents/INC-20261121-001)":             `<p><a href="/incidents/INC-20261121-001">here</a></p>`,
		"[x](javascript:alert(1))":                        "<p>[x](javascript:alert(1))</p>",
		"[x](//evil.example)":                             "<p>[x](//evil.example)</p>",
		"[x](data:text/html,x)":                           "<p>[x](data:text/html,x)</p>",
		"見て https://a.example/x?y=1&z=2。":                 `<p>見て <a href="https://a.example/x?y=1&amp;z=2" rel="noopener noreferrer nofollow" target="_blank">https://a.example/x?y=1&amp;z=2</a>。</p>`,
		"(https://a.example/).":                           `<p>(<a href="https://a.example/" rel="noopener noreferrer nofollow" target="_blank">https://a.example/</a>).</p>`,
		"http://here.example/chat/general#m1":             `<p><a href="/chat/general#m1">/chat/general#m1</a></p>`,
		"see /incidents/INC-20261121-001.":                `<p>see <a href="/incidents/INC-20261121-001">/incidents/INC-20261121-001</a>.</p>`,
		"and/chat/x, /etc/passwd":                         "<p>and/chat/x, /etc/passwd</p>",
		"# 1 and #general":                                `<p class="heading">1 and <a href="/chat/general">#general</a></p>`,
		"~~old~~ **open":                                  "<p><del>old</del> **open</p>",
		"*":                                               "<p>*</p>",
		"[a]( b":                                          "<p>[a]( b</p>",
	} {
		if got := markdownOf(text); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestMarkdownOfHostileTextCostsNoSquare(t *testing.T) {
	for _, unit := range []string{"*a ", "**a ", "[", "[a](", "`", "``a`", "_a ", "<@", "<", "\\", "~~a", "http://", "*a **b ", "[[a](b) ", "#a ", "INC-20261121-001 ", "# a\n", "- a\n", "  - a\n", "1. a\n - b\n   - c\n", "```a\n", "> ", "[INC-20261121-001", "#general[#general](/"} {
		before := proc.Fine(os.Getpid()) // of this process: whatever else the machine has to do is no cost of the text
		got := markdownOf(strings.Repeat(unit, 60_000/len(unit)))
		if spent := proc.Fine(os.Getpid()) - before; spent > 2*time.Second {
			t.Errorf("%q repeated takes %s", unit, spent)
		}
		if strings.Contains(got, "<script") {
			t.Errorf("%q: %s", unit, got)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"**a** `b` <@p1> [c](http://d)", "```\n<b>", "> *x*", "- _y_ \\* ~~z~~", "\xff<\x00", "1. a\n   - b\n # c", "[INC-20261121-001](http://x) #general", "```go\nx", "- a\n\t1) b\n  c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := markdownOf(text)
		for _, bad := range []string{"<script", "<img", "javascript:\"", "<iframe", "onerror=\""} {
			if strings.Contains(out, bad) {
				t.Errorf("%q becomes %s", text, out)
			}
		}
		var open []string // every element that begins ends, in the right order
		for rest := out; ; {
			_, after, ok := strings.Cut(rest, "<")
			if !ok {
				break
			}
			tag, more, _ := strings.Cut(after, ">")
			rest = more
			name, _, _ := strings.Cut(tag, " ")
			switch closed, ends := strings.CutPrefix(name, "/"); {
			case name == "br":
			case ends && (len(open) == 0 || open[len(open)-1] != closed):
				t.Fatalf("%q: </%s> closes %v: %s", text, closed, open, out)
			case ends:
				open = open[:len(open)-1]
			case name == "a" && slices.Contains(open, "a"):
				t.Fatalf("%q: a link stands in a link: %s", text, out)
			default:
				open = append(open, name)
			}
		}
		if len(open) > 0 {
			t.Errorf("%q: %v never end: %s", text, open, out)
		}
	})
}

// What is escaped stands as it was written: no element comes out of it but the lines themselves.
func FuzzEscapedTextHasNoMarkup(f *testing.F) {
	for _, s := range []string{"**b** _i_ `c` ~~d~~ # h", "# h\n> q\n```x", "[a](http://b) <b>", "\\*x*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := markdownOf(bot.Escape(text))
		for _, bad := range []string{"<strong>", "<em>", "<del>", "<code>", "<blockquote>", `class="heading"`} {
			if strings.Contains(out, bad) {
				t.Errorf("%q escaped becomes %s", text, out)
			}
		}
	})
}
