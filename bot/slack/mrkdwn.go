package slack

import (
	"regexp"
	"strconv"
	"strings"

	"matoi/bot/markup"
	"matoi/incident"
)

// escape makes text stand as it was written: Slack wants three signs escaped and no others
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
func escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// unescape undoes it in what comes from Slack.
func unescape(s string) string { return unescaper.Replace(s) }

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// mrkdwn writes the chats' Markdown as Slack's own: *bold*, _italic_, ~struck~, <address|label>; it has no headings and no
// lists in lists (https://docs.slack.dev/messaging/formatting-message-text). show writes a person.
func mrkdwn(text string, base string, show func(incident.PersonID) string) string {
	w := writer{show: show, base: base}
	markup.Read(text, &w)
	return strings.TrimRight(w.out.String(), "\n")
}

// writer is told what a text is made of.
type writer struct {
	out    strings.Builder
	show   func(incident.PersonID) string
	base   string // of the pages, for links that are a path
	lists  []list
	listed bool // a list stands right before
	quote  bool
	link   *markup.Element // under way: Slack shows no signs inside of one
	label  strings.Builder
}

// list is one that is open: its next number, 0 where it has none.
type list struct{ next int }

// sign is the sign around an element, "" for others.
func sign(k markup.Kind) string {
	switch k {
	case markup.Strong, markup.Heading:
		return "*"
	case markup.Emphasis:
		return "_"
	case markup.Struck:
		return "~"
	}
	return ""
}

// put writes what is escaped already, or gathers it where a link is under way.
func (w *writer) put(s string) {
	if w.link != nil {
		w.label.WriteString(s)
		return
	}
	w.out.WriteString(s)
}

// glue keeps a sign from the letters beside it: Slack sees a sign only at the edge of a word, and Japanese has no spaces.
const glue = "\u200b"

// Begin opens an element.
func (w *writer) Begin(e markup.Element) {
	switch e.Kind {
	case markup.Quote:
		w.quote = true
		w.out.WriteString("> ")
	case markup.List:
		w.lists = append(w.lists, list{})
	case markup.Ordered:
		w.lists = append(w.lists, list{next: e.Start})
	case markup.Item:
		w.item()
	case markup.Link:
		w.link = &e
	case markup.Heading, markup.Paragraph: // a heading stands apart, and so does what comes behind a list
		if text := w.out.String(); text != "" && !w.quote && len(w.lists) == 0 && !strings.HasSuffix(text, "\n\n") && (e.Kind == markup.Heading || w.listed) {
			w.out.WriteByte('\n')
		}
		w.listed = false
		w.out.WriteString(sign(e.Kind))
	default:
		if s := sign(e.Kind); s != "" && w.link == nil {
			if text := w.out.String(); text != "" && !strings.ContainsRune(" \n", rune(text[len(text)-1])) {
				s = glue + s
			}
			w.out.WriteString(s)
		}
	}
}

// item begins a line of the innermost list.
func (w *writer) item() {
	if text := w.out.String(); text != "" && !strings.HasSuffix(text, "\n") {
		w.out.WriteByte('\n')
	}
	depth := len(w.lists) - 1
	w.out.WriteString(strings.Repeat("    ", depth))
	if l := &w.lists[depth]; l.next > 0 {
		w.out.WriteString(strconv.Itoa(l.next) + ". ")
		l.next++
		return
	}
	w.out.WriteString("• ")
}

// End closes it.
func (w *writer) End(e markup.Element) {
	switch e.Kind {
	case markup.Paragraph:
		w.out.WriteByte('\n')
	case markup.Heading:
		w.out.WriteString("*\n")
	case markup.Quote:
		w.quote = false
		w.out.WriteByte('\n')
	case markup.List, markup.Ordered:
		if w.lists = w.lists[:len(w.lists)-1]; len(w.lists) == 0 {
			w.out.WriteByte('\n')
			w.listed = true
		}
	case markup.Link:
		w.linked()
	default:
		if s := sign(e.Kind); s != "" && w.link == nil {
			w.out.WriteString(s + glue)
		}
	}
}

// linked writes the link that has ended. A pipe or a bracket would end its label early.
func (w *writer) linked() {
	to, label := w.link.To, w.label.String()
	bare := w.link.Bare
	w.link = nil
	w.label.Reset()
	if strings.HasPrefix(to, "/") {
		if w.base == "" {
			w.out.WriteString(label)
			return
		}
		to = w.base + to
	}
	if bare || strings.TrimSpace(label) == "" {
		w.out.WriteString("<" + target(to) + ">")
		return
	}
	w.out.WriteString(anchor(to, label))
}

// anchor is a link with a label that is escaped already.
func anchor(to, label string) string {
	return "<" + target(to) + "|" + strings.NewReplacer("|", "¦", "\n", " ").Replace(label) + ">"
}

func target(to string) string {
	return strings.NewReplacer("|", "%7C", " ", "%20", "\n", "%0A").Replace(escape(to))
}

// signs are what Slack would take for marks at the edge of a word; between it and the sign stands nothing to see.
var signs = regexp.MustCompile("(^|[\\s　-〿（「『【])([*_~`]|&gt;)")

// Text writes text that shall stay as it is.
func (w *writer) Text(s string) { w.put(inert(s)) }

// inert is text in which nothing is a mark.
func inert(s string) string { return signs.ReplaceAllString(escape(s), "$1"+glue+"$2") }

// Code writes a span of code.
func (w *writer) Code(s string) { w.put("`" + escape(strings.ReplaceAll(s, "`", "ˋ")) + "`") }

// Fence writes a block of code; Slack shows no language.
func (w *writer) Fence(_, code string) {
	w.listed = false
	w.out.WriteString("```\n" + escape(strings.ReplaceAll(strings.TrimRight(code, "\n"), "```", "ˋˋˋ")) + "\n```\n")
}

// Break ends a line; a link's label has one line.
func (w *writer) Break() {
	if w.link != nil {
		w.put(" ")
		return
	}
	w.put("\n")
	switch {
	case w.quote:
		w.put("> ")
	case len(w.lists) > 0:
		w.put(strings.Repeat("    ", len(w.lists)-1) + "  ")
	}
}

// Person writes a mention.
func (w *writer) Person(id string) { w.put(w.show(incident.PersonID(id))) }

// Found finds nothing: Slack makes its own links.
func (w *writer) Found(string, int) markup.Finding { return markup.Finding{} }

// mentions are the tokens by which Matoi's texts name people.
var mentions = regexp.MustCompile(`<@[A-Za-z0-9._:-]{1,64}>`)
