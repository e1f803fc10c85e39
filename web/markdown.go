package web

import (
	"context"
	"html"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"matoi/incident"
)

// Markdown renders the small Markdown chats share (bot/escape.go): **bold**, *italic*, ~~struck~~, `code`, fenced blocks,
// quotes, lists and lists in them, headings, links, backslash escapes and <@person>; numbers of incidents and names of
// public channels (#general) are links by themselves. Everything else is text, :shortcodes: too; no HTML of the writer's
// comes through, and links lead to http, https, mailto or a path of ours only.
func (rd *reader) Markdown(text string) templ.Component {
	m := markdown{name: rd.Name, own: rd.Own, channel: rd.publicChannel, copy: rd.T("compose.copy_code")}
	m.blocks(text)
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

type markdown struct {
	out     strings.Builder
	name    func(incident.PersonID) string
	own     func(address string) string // makes an address of this site relative
	channel func(name string) bool      // whether #name leads somewhere; nil: nowhere
	copy    string                      // what the button that copies a block of code is called; "" leaves it out
	linked  bool                        // inside a link, where no other can stand
}

// blocks goes line by line; lines of one kind that follow each other make one block.
func (m *markdown) blocks(text string) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		_, listed := item(line)
		head := heading(line)
		switch {
		case fenced(line):
			i = m.fence(lines, i)
		case strings.HasPrefix(line, ">"):
			i = m.group(lines, i, "blockquote", func(l string) (string, bool) {
				rest, ok := strings.CutPrefix(l, ">")
				return strings.TrimPrefix(rest, " "), ok
			})
		case listed:
			i = m.items(lines, i)
		case head != "":
			m.out.WriteString(`<p class="heading">`)
			m.inline(head, 0)
			m.out.WriteString("</p>")
			i++
		case strings.TrimSpace(line) == "":
			i++
		default:
			i = m.group(lines, i, "p", func(l string) (string, bool) { return l, plainLine(l) })
		}
	}
}

// plainLine reports whether a line begins no block of another kind.
func plainLine(l string) bool {
	_, listed := item(l)
	return !listed && strings.TrimSpace(l) != "" && !strings.HasPrefix(l, ">") && !fenced(l) && heading(l) == ""
}

func fenced(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "```") }

// heading is the text of a line that begins with one to six # and a space, "" for other lines.
func heading(line string) string {
	rest := strings.TrimLeft(line, "#")
	if n := len(line) - len(rest); n == 0 || n > 6 || !strings.HasPrefix(rest, " ") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// group writes the lines that take accepts as one element with line breaks.
func (m *markdown) group(lines []string, i int, element string, take func(string) (string, bool)) int {
	m.out.WriteString("<" + element + ">")
	for n := 0; i < len(lines); i, n = i+1, n+1 {
		line, ok := take(lines[i])
		if !ok {
			break
		}
		if n > 0 {
			m.out.WriteString("<br>")
		}
		m.inline(line, 0)
	}
	m.out.WriteString("</" + element + ">")
	return i
}

// listItem is a line of a list.
type listItem struct {
	indent int
	number int // of an ordered list; -1 for the others
	text   string
}

// item reads a line of a list: - x, * x, • x, ・x, 1. x, 1) x.
func item(line string) (listItem, bool) {
	rest := strings.TrimLeft(line, " \t")
	it := listItem{number: -1}
	for _, r := range line[:len(line)-len(rest)] {
		it.indent++
		if r == '\t' {
			it.indent += 3
		}
	}
	for _, mark := range []string{"- ", "* ", "• ", "・"} {
		if text, ok := strings.CutPrefix(rest, mark); ok && strings.TrimSpace(text) != "" {
			it.text = text
			return it, true
		}
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > 4 || len(rest) < digits+3 || rest[digits] != '.' && rest[digits] != ')' || rest[digits+1] != ' ' {
		return it, false
	}
	it.number, _ = strconv.Atoi(rest[:digits])
	it.text = rest[digits+2:]
	return it, strings.TrimSpace(it.text) != ""
}

// deepestList is how far lists may stand in each other; what is set in further stays at that depth.
const deepestList = 5

// items writes the lists that begin at i. A line set in by two or more belongs to the item above: as a list of its own, or
// where it is none as its next line.
func (m *markdown) items(lines []string, i int) int {
	type level struct {
		indent int
		close  string
	}
	var open []level
	for ; i < len(lines); i++ {
		it, listed := item(lines[i])
		if !listed {
			text := strings.TrimLeft(lines[i], " ")
			if len(lines[i])-len(text) < 2 || text == "" || fenced(text) {
				break
			}
			m.out.WriteString("<br>")
			m.inline(text, 0)
			continue
		}
		for len(open) > 1 && it.indent < open[len(open)-1].indent {
			m.out.WriteString("</li>" + open[len(open)-1].close)
			open = open[:len(open)-1]
		}
		element := "ul"
		if it.number >= 0 {
			element = "ol"
		}
		switch top := len(open) - 1; {
		case top < 0 || it.indent >= open[top].indent+2 && len(open) < deepestList:
			m.begin(element, it.number)
			open = append(open, level{it.indent, "</" + element + ">"})
		case open[top].close != "</"+element+">": // another kind of list at the same depth
			m.out.WriteString("</li>" + open[top].close)
			m.begin(element, it.number)
			open[top].close = "</" + element + ">"
		default:
			m.out.WriteString("</li>")
		}
		m.out.WriteString("<li>")
		m.inline(it.text, 0)
	}
	for k := len(open) - 1; k >= 0; k-- {
		m.out.WriteString("</li>" + open[k].close)
	}
	return i
}

// begin opens a list; an ordered one counts from what was written.
func (m *markdown) begin(element string, number int) {
	if element == "ol" && number != 1 {
		m.out.WriteString(`<ol start="` + strconv.Itoa(number) + `">`)
		return
	}
	m.out.WriteString("<" + element + ">")
}

// fence writes a block of code, with its language where one is named behind the fence.
func (m *markdown) fence(lines []string, i int) int {
	rest := strings.TrimPrefix(strings.TrimSpace(lines[i]), "```")
	var code strings.Builder
	language := ""
	if one, ok := strings.CutSuffix(rest, "```"); ok && one != "" { // all on one line
		code.WriteString(one)
		i++
	} else {
		if language = strings.TrimSpace(rest); !isLanguage(language) {
			language = ""
			if rest = strings.TrimSpace(rest); rest != "" { // the code begins beside the fence
				code.WriteString(rest + "\n")
			}
		}
		for i++; i < len(lines); i++ {
			if strings.TrimSpace(lines[i]) == "```" {
				i++
				break
			}
			code.WriteString(lines[i] + "\n")
		}
	}
	m.out.WriteString(`<div class="code">`)
	if language != "" {
		m.out.WriteString(`<span class="code-language">` + html.EscapeString(language) + "</span>")
	}
	m.out.WriteString(`<pre tabindex="0"><code>` + html.EscapeString(code.String()) + "</code></pre>")
	if m.copy != "" {
		label := html.EscapeString(m.copy)
		m.out.WriteString(`<button type="button" class="copy-code" data-copy-code title="` + label + `" aria-label="` + label + `"></button>`)
	}
	m.out.WriteString("</div>")
	return i
}

func isLanguage(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+#-._") == ""
}
