package web

import (
	"context"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"matoi/bot/markup"
	"matoi/incident"
)

// Markdown renders the small Markdown chats share (bot/markup); numbers of incidents, names of public channels (#general) and
// paths of this site are links by themselves. No HTML of the writer's comes through.
func (rd *reader) Markdown(text string) templ.Component {
	m := markdown{name: rd.Name, own: rd.Own, channel: rd.publicChannel, copy: rd.T("compose.copy_code")}
	markup.Read(text, &m)
	return templ.Raw(m.out.String())
}

// publicChannel reports whether there is a channel of that name for everybody. A message is rendered once for all
// readers, so that it links no channel that some of them may not know of.
func (rd *reader) publicChannel(name string) bool {
	known, asked := rd.channels[name]
	if !asked {
		if rd.channels == nil {
			rd.channels = map[string]bool{}
		}
		if c, err := rd.server.Console.Store.Channel(context.Background(), name); err == nil {
			known = !c.Private && !c.Direct && c.Number == 0
		}
		rd.channels[name] = known
	}
	return known
}

// markdown writes what markup reads as HTML.
type markdown struct {
	out     strings.Builder
	name    func(incident.PersonID) string
	own     func(address string) string // makes an address of this site relative
	channel func(name string) bool      // whether #name leads somewhere; nil: nowhere
	copy    string                      // what the button that copies a block of code is called; "" leaves it out
	bare    bool                        // inside a link that shows its address: one of this site by its path
}

// tag is the element's name in HTML.
func tag(k markup.Kind) string {
	return [...]string{
		markup.Paragraph: "p", markup.Heading: "p", markup.Quote: "blockquote", markup.List: "ul", markup.Ordered: "ol", markup.Item: "li",
		markup.Strong: "strong", markup.Emphasis: "em", markup.Struck: "del", markup.Link: "a",
	}[k]
}

// Begin opens an element; an ordered list counts from what was written.
func (m *markdown) Begin(e markup.Element) {
	m.out.WriteString("<" + tag(e.Kind))
	switch {
	case e.Kind == markup.Heading:
		m.out.WriteString(` class="heading"`)
	case e.Kind == markup.Ordered && e.Start != 1:
		m.out.WriteString(` start="` + strconv.Itoa(e.Start) + `"`)
	case e.Kind == markup.Link:
		m.bare = e.Bare
		to := m.own(e.To)
		m.out.WriteString(` href="` + html.EscapeString(to) + `"`)
		if !strings.HasPrefix(to, "/") {
			m.out.WriteString(` rel="noopener noreferrer nofollow" target="_blank"`)
		}
	}
	m.out.WriteString(">")
}

// End closes it.
func (m *markdown) End(e markup.Element) {
	m.bare = false
	m.out.WriteString("</" + tag(e.Kind) + ">")
}

// Text writes text.
func (m *markdown) Text(s string) {
	if m.bare {
		s = m.own(s)
	}
	m.out.WriteString(html.EscapeString(s))
}

// Code writes a span of code.
func (m *markdown) Code(s string) { m.out.WriteString("<code>" + html.EscapeString(s) + "</code>") }

// Break ends a line.
func (m *markdown) Break() { m.out.WriteString("<br>") }

// Person writes a mention.
func (m *markdown) Person(id string) {
	m.out.WriteString(`<span class="mention" data-person="` + id + `">@` + html.EscapeString(m.name(incident.PersonID(id))) + "</span>")
}

// Fence writes a block of code with a button to copy it.
func (m *markdown) Fence(language, code string) {
	m.out.WriteString(`<div class="code">`)
	if language != "" {
		m.out.WriteString(`<span class="code-language">` + html.EscapeString(language) + "</span>")
	}
	m.out.WriteString(`<pre tabindex="0"><code>` + html.EscapeString(code) + "</code></pre>")
	if m.copy != "" {
		label := html.EscapeString(m.copy)
		m.out.WriteString(`<button type="button" class="copy-code" data-copy-code title="` + label + `" aria-label="` + label + `"></button>`)
	}
	m.out.WriteString("</div>")
}

// Found makes links of what leads somewhere on these pages.
func (m *markdown) Found(line string, at int) markup.Finding {
	rest := line[at:]
	switch c := rest[0]; {
	case c == 'I' || c == 'i':
		return numbered(rest)
	case c == '#' && m.channel != nil:
		return m.room(rest)
	case c == '/' && (at == 0 || line[at-1] == ' ') && (strings.HasPrefix(rest, "/chat/") || strings.HasPrefix(rest, "/incidents/")):
		to := markup.Bare(rest)
		return markup.Finding{Size: len(to), To: to, Label: to}
	}
	return markup.Finding{}
}

// numbered makes a link of the number of an incident. What only looks like one (INC-42 of another system) is text.
func numbered(s string) markup.Finding {
	end := 0
	for end < len(s) && end < 40 && (s[end] == '-' || s[end] < utf8.RuneSelf && (unicode.IsLetter(rune(s[end])) || unicode.IsDigit(rune(s[end])))) {
		end++
	}
	n, ok := incident.ParseNumber(s[:end])
	if !ok || n.String() != strings.ToUpper(s[:end]) {
		return markup.Finding{}
	}
	return markup.Finding{Size: end, To: "/incidents/" + n.String(), Label: s[:end]}
}

// room makes a link of #name where a channel of that name is there for everybody.
func (m *markdown) room(s string) markup.Finding {
	end := 1
	for end < len(s) && end < 200 {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.In(r, unicode.L, unicode.N, unicode.M) && r != '_' && r != '-' && r != 'ー' {
			break
		}
		end += size
	}
	name := strings.TrimRight(s[1:end], "-")
	if name == "" || !m.channel(strings.ToLower(name)) {
		return markup.Finding{}
	}
	return markup.Finding{Size: 1 + len(name), To: "/chat/" + url.PathEscape(strings.ToLower(name)), Label: "#" + name}
}
