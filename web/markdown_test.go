package web

import (
	"strings"
	"testing"
	"time"

	"matoi/incident"
)

func markdownOf(text string) string {
	m := markdown{name: func(id incident.PersonID) string { return "<" + string(id) + ">" }, own: func(to string) string { return strings.TrimPrefix(to, "http://here.example") }}
	m.blocks(text)
	return m.out.String()
}

func TestMarkdownOfChats(t *testing.T) {
	for text, want := range map[string]string{
		"**bold** and *italic* and _italic_":  "<p><strong>bold</strong> and <em>italic</em> and <em>italic</em></p>",
		"snake_case_name and 2 * 3 * 4":       "<p>snake_case_name and 2 * 3 * 4</p>",
		"`a **b** <c>`":                       "<p><code>a **b** &lt;c&gt;</code></p>",
		"a\nb\n\nc":                           "<p>a<br>b</p><p>c</p>",
		"> quoted\n> more":                    "<blockquote>quoted<br>more</blockquote>",
		"- one\n- **two**":                    "<ul><li>one</li><li><strong>two</strong></li></ul>",
		"・一つ":                                 "<ul><li>一つ</li></ul>",
		"```\n<b>\n```\nafter":                "<pre><code>&lt;b&gt;\n</code></pre><p>after</p>",
		`\*not\* \<b\> \_x\_`:                 "<p>*not* &lt;b&gt; _x_</p>",
		"<@p1>: <script>":                     `<p><span class="mention" data-person="p1">@&lt;p1&gt;</span>: &lt;script&gt;</p>`,
		`<@p1" onclick="x>`:                   "<p>&lt;@p1&#34; onclick=&#34;x&gt;</p>",
		"[here](/incidents/INC-20261121-001)": `<p><a href="/incidents/INC-20261121-001">here</a></p>`,
		"[x](javascript:alert(1))":            "<p>[x](javascript:alert(1))</p>",
		"[x](//evil.example)":                 "<p>[x](//evil.example)</p>",
		"[x](data:text/html,x)":               "<p>[x](data:text/html,x)</p>",
		"見て https://a.example/x?y=1&z=2。":     `<p>見て <a href="https://a.example/x?y=1&amp;z=2" rel="noopener noreferrer nofollow" target="_blank">https://a.example/x?y=1&amp;z=2</a>。</p>`,
		"(https://a.example/).":               `<p>(<a href="https://a.example/" rel="noopener noreferrer nofollow" target="_blank">https://a.example/</a>).</p>`,
		"http://here.example/chat/general#m1": `<p><a href="/chat/general#m1">/chat/general#m1</a></p>`,
		"see /incidents/INC-20261121-001.":    `<p>see <a href="/incidents/INC-20261121-001">/incidents/INC-20261121-001</a>.</p>`,
		"and/chat/x, /etc/passwd":             "<p>and/chat/x, /etc/passwd</p>",
		"# 1 and #general":                    "<p># 1 and #general</p>",
		"~~old~~ **open":                      "<p><del>old</del> **open</p>",
		"*":                                   "<p>*</p>",
		"[a]( b":                              "<p>[a]( b</p>",
	} {
		if got := markdownOf(text); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestMarkdownOfHostileTextCostsNoSquare(t *testing.T) {
	for _, unit := range []string{"*a ", "**a ", "[", "[a](", "`", "``a`", "_a ", "<@", "<", "\\", "~~a", "http://", "*a **b ", "[[a](b) "} {
		begin := time.Now()
		got := markdownOf(strings.Repeat(unit, 60_000/len(unit)))
		if spent := time.Since(begin); spent > 2*time.Second {
			t.Errorf("%q repeated takes %s", unit, spent)
		}
		if strings.Contains(got, "<script") {
			t.Errorf("%q: %s", unit, got)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"**a** `b` <@p1> [c](http://d)", "```\n<b>", "> *x*", "- _y_ \\* ~~z~~", "\xff<\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := markdownOf(text)
		for _, bad := range []string{"<script", "<img", "javascript:\"", "<iframe", "onerror=\""} {
			if strings.Contains(out, bad) {
				t.Errorf("%q becomes %s", text, out)
			}
		}
		open := strings.Count(out, "<p>") + strings.Count(out, "<em>") + strings.Count(out, "<strong>") + strings.Count(out, "<a ")
		closed := strings.Count(out, "</p>") + strings.Count(out, "</em>") + strings.Count(out, "</strong>") + strings.Count(out, "</a>")
		if open != closed {
			t.Errorf("%q: %d marks open, %d close: %s", text, open, closed, out)
		}
	})
}
