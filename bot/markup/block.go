package markup

import (
	"strconv"
	"strings"
)

// Read reads a text and tells a Sink what it is made of.
func Read(text string, to Sink) {
	r := reader{to: to}
	r.blocks(text)
}

// ReadLine reads one line, in which no blocks are.
func ReadLine(line string, to Sink) {
	r := reader{to: to}
	r.inline(line, 0)
}

type reader struct {
	to     Sink
	linked bool // inside a link, where no other can stand
	plain  strings.Builder
	size   int // of what was found last
}

// blocks goes line by line; lines of one kind that follow each other make one block.
func (r *reader) blocks(text string) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		_, listed := item(line)
		head := heading(line)
		switch {
		case fenced(line):
			i = r.fence(lines, i)
		case strings.HasPrefix(line, ">"):
			i = r.group(lines, i, Quote, func(l string) (string, bool) {
				rest, ok := strings.CutPrefix(l, ">")
				return strings.TrimPrefix(rest, " "), ok
			})
		case listed:
			i = r.items(lines, i)
		case head != "":
			r.wrapped(Element{Kind: Heading}, func() { r.inline(head, 0) })
			i++
		case strings.TrimSpace(line) == "":
			i++
		default:
			i = r.group(lines, i, Paragraph, func(l string) (string, bool) { return l, plainLine(l) })
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

// group reads the lines that take accepts as one block with line breaks.
func (r *reader) group(lines []string, i int, kind Kind, take func(string) (string, bool)) int {
	r.to.Begin(Element{Kind: kind})
	for n := 0; i < len(lines); i, n = i+1, n+1 {
		line, ok := take(lines[i])
		if !ok {
			break
		}
		if n > 0 {
			r.to.Break()
		}
		r.inline(line, 0)
	}
	r.to.End(Element{Kind: kind})
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

// items reads the lists that begin at i. A line set in by two or more belongs to the item above: as a list of its own, or
// where it is none as its next line.
func (r *reader) items(lines []string, i int) int {
	type level struct {
		indent int
		list   Element
	}
	var open []level
	end := func(l level) {
		r.to.End(Element{Kind: Item})
		r.to.End(l.list)
	}
	for ; i < len(lines); i++ {
		it, listed := item(lines[i])
		if !listed {
			text := strings.TrimLeft(lines[i], " ")
			if len(lines[i])-len(text) < 2 || text == "" || fenced(text) {
				break
			}
			r.to.Break()
			r.inline(text, 0)
			continue
		}
		for len(open) > 1 && it.indent < open[len(open)-1].indent {
			end(open[len(open)-1])
			open = open[:len(open)-1]
		}
		list := Element{Kind: List}
		if it.number >= 0 {
			list = Element{Kind: Ordered, Start: it.number}
		}
		switch top := len(open) - 1; {
		case top < 0 || it.indent >= open[top].indent+2 && len(open) < deepestList:
			r.to.Begin(list)
			open = append(open, level{it.indent, list})
		case open[top].list.Kind != list.Kind: // another kind of list at the same depth
			end(open[top])
			r.to.Begin(list)
			open[top].list = list
		default:
			r.to.End(Element{Kind: Item})
		}
		r.to.Begin(Element{Kind: Item})
		r.inline(it.text, 0)
	}
	for k := len(open) - 1; k >= 0; k-- {
		end(open[k])
	}
	return i
}

// fence reads a block of code, with its language where one is named behind the fence.
func (r *reader) fence(lines []string, i int) int {
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
	r.to.Fence(language, code.String())
	return i
}

func isLanguage(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+#-._") == ""
}
