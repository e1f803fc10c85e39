package slack

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// Slack's limits, in characters or pieces (https://docs.slack.dev/reference/block-kit/blocks, block-elements and
// composition-objects). mostText is kept for all blocks of a message together, with what stands in their buttons: above
// some 13,200 Slack answers msg_blocks_too_long (bolt-js issue 2509). mostPress of it may be buttons.
const (
	mostBlocks   = 50
	mostText     = 12000
	mostPress    = 6000
	sectionMost  = 3000
	fieldMost    = 2000
	fieldsMost   = 10
	actionsMost  = 25
	buttonMost   = 75
	valueMost    = 2000
	linkMost     = 3000
	optionsMost  = 100
	optionMost   = 75
	optionValue  = 150
	promptMost   = 150
	confirmTitle = 100
	confirmText  = 300
	contextMost  = 2000
	cardTitle    = 500
	elementsMost = 100 // buttons and selects of a card
	actionID     = 255
	fallbackMost = 3900
)

// content is what a message says: its blocks where it is a card, and always a text for notifications and old clients.
func (a *Adapter) content(ctx context.Context, m bot.Message) []slackgo.MsgOption {
	c := cards{show: a.show(ctx, m.Pings), base: a.BaseURL, lang: m.Lang}
	if m.Card == nil {
		return []slackgo.MsgOption{slackgo.MsgOptionText(c.whole(c.text(m.Text), m.Link), false)}
	}
	if m.Link == "" {
		m.Link = m.Card.Link
	}
	blocks := c.card(m)
	return []slackgo.MsgOption{slackgo.MsgOptionText(c.whole(c.fallback(m), m.Link), false), slackgo.MsgOptionBlocks(blocks...)}
}

// whole is a message's text: never empty, and where it is cut with the place where all of it is read.
func (c *cards) whole(text, link string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "…"
	case utf8.RuneCountInString(text) <= fallbackMost:
		return text
	}
	more := c.more(link)
	return shorten(text, fallbackMost-utf8.RuneCountInString(more)-1) + "\n" + more
}

// more says that there is more, and where.
func (c *cards) more(link string) string {
	text := lang.Text(c.lang, "slack.shortened", nil)
	if link = c.address(link); !strings.Contains(link, "://") || utf8.RuneCountInString(link) > linkMost/2 {
		return text
	}
	return anchor(link, text)
}

// cards makes blocks of cards.
type cards struct {
	show func(incident.PersonID) string
	base string
	lang lang.Lang
	out  []slackgo.Block
	used int  // characters
	room int  // characters that the body may have
	left int  // blocks kept for what must not be cut: buttons and foot
	cut  bool // something was shortened or left out
}

// press is what stands in a button's value: what is run, and whether its form is shown first.
type press struct {
	Command  string `json:"c"`
	Form     bool   `json:"f,omitempty"`
	Question bool   `json:"q,omitempty"`
}

// tones put a sign before the title: no colour says anything alone.
func tone(t bot.Tone) string {
	switch t {
	case bot.Burning:
		return ":red_circle: "
	case bot.Warning:
		return ":large_orange_circle: "
	case bot.Done:
		return ":white_check_mark: "
	}
	return ""
}

func (c *cards) md(text string, most int) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.MarkdownType, shorten(text, most), false, false)
}

func (c *cards) plain(text string, most int) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.PlainTextType, shorten(text, most), false, false)
}

func (c *cards) text(text string) string { return mrkdwn(text, c.base, c.show) }

// add adds a block that is left out where the message is full.
func (c *cards) add(b slackgo.Block) {
	n := sizeOf(b)
	if len(c.out)+c.left >= mostBlocks || c.used+n > c.room {
		c.cut = true
		return
	}
	c.out, c.used = append(c.out, b), c.used+n
}

// section adds a text as a section, none where it is empty.
func (c *cards) section(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	most := min(sectionMost, max(c.room-c.used, 1))
	c.cut = c.cut || utf8.RuneCountInString(text) > most
	c.add(slackgo.NewSectionBlock(c.md(text, most), nil, nil))
}

// card lays a card out: what is pressed and the foot first, since they are never left out; the body has what remains.
func (c *cards) card(m bot.Message) []slackgo.Block {
	d := m.Card
	tail := c.actions(d.Selects, d.Buttons, d.Question)
	if strings.TrimSpace(d.Foot) != "" {
		tail = append(tail, slackgo.NewContextBlock("", c.md(c.text(d.Foot), contextMost)))
	}
	note := slackgo.NewContextBlock("", c.md(c.more(m.Link), contextMost))
	c.room, c.left = mostText-sizeOf(note), len(tail)+1
	for _, b := range tail {
		c.room -= sizeOf(b)
	}
	if title := c.title(d); title != "" {
		c.section(tone(d.Tone) + title)
	}
	for _, piece := range pieces(c.text(m.Text), sectionMost) {
		c.section(piece)
	}
	if d.Alarm != "" {
		c.section(":rotating_light: " + bold(c.text(d.Alarm)))
	}
	c.section(c.text(d.Text))
	c.fields(d.Fields)
	for k, it := range d.Items {
		c.item(k, it)
	}
	if c.cut {
		c.out = append(c.out, note)
	}
	return append(c.out, tail...)
}

// title is the card's, a link to its page where there is one; "" for a card that only has something to press.
func (c *cards) title(d *bot.Card) string {
	title := strings.Join(strings.Fields(d.Title), " ")
	if title == "" {
		return ""
	}
	title = shorten(strings.ReplaceAll(inert(title), "*", "∗"), cardTitle) // a star would end it
	if link := c.address(d.Link); strings.Contains(link, "://") && utf8.RuneCountInString(link) <= linkMost/2 {
		title = anchor(link, title)
	}
	return "*" + title + "*"
}

// bold makes each line of a text bold: Slack's mark does not go over the end of a line.
func bold(text string) string {
	lines := strings.Split(text, "\n")
	for k, line := range lines {
		if line = strings.TrimSpace(line); line != "" && !strings.ContainsAny(line, "*`") {
			lines[k] = "*" + line + "*"
		}
	}
	return strings.Join(lines, "\n")
}

// fields puts narrow ones side by side, and wide ones below each other.
func (c *cards) fields(all []bot.Field) {
	var side []*slackgo.TextBlockObject
	flush := func() {
		if len(side) > 0 {
			c.add(slackgo.NewSectionBlock(nil, side, nil))
		}
		side = nil
	}
	for _, f := range all {
		text := "*" + strings.ReplaceAll(inert(f.Name), "*", "∗") + "*\n" + c.value(f)
		if f.Wide {
			flush()
			c.section(text)
			continue
		}
		c.cut = c.cut || utf8.RuneCountInString(text) > fieldMost
		if side = append(side, c.md(text, fieldMost)); len(side) == fieldsMost {
			flush()
		}
	}
	flush()
}

// value is a field's value; a time is shown in each reader's own zone
// (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
func (c *cards) value(f bot.Field) string {
	text := c.text(f.Value)
	if f.Time.IsZero() {
		return text
	}
	return text + " " + date(f.Time)
}

func date(t time.Time) string {
	return "(<!date^" + strconv.FormatInt(t.Unix(), 10) + "^{date_short_pretty} {time}|" + t.UTC().Format("2006-01-02 15:04 UTC") + ">)"
}

// item is a line that can be done, with its first button beside it.
func (c *cards) item(n int, it bot.Item) {
	box := "☐ "
	if it.Done {
		box = "☑ "
	}
	text := box + c.text(it.Text)
	if it.Who != "" {
		text += " · " + c.text(it.Who)
	}
	var beside *slackgo.Accessory
	if len(it.Buttons) > 0 {
		if b := c.button(it.Buttons[0], "item-"+strconv.Itoa(n), false); b != nil {
			beside = slackgo.NewAccessory(b)
		}
	}
	c.cut = c.cut || utf8.RuneCountInString(text) > sectionMost
	c.add(slackgo.NewSectionBlock(c.md(text, sectionMost), nil, beside))
}

// actions lays out selects and buttons, as many to a block as there may be. What finds no place can be typed.
func (c *cards) actions(selects []bot.Select, buttons []bot.Button, question bool) (out []slackgo.Block) {
	var all []slackgo.BlockElement
	used := 0
	add := func(e slackgo.BlockElement) {
		n := sizeOf(e)
		if used+n > mostPress || len(all) >= elementsMost {
			c.cut = true
			return
		}
		all, used = append(all, e), used+n
	}
	for k, s := range selects {
		if e := c.choice(s, "select-"+strconv.Itoa(k)); e != nil {
			add(e)
		}
	}
	for k, b := range buttons {
		if e := c.button(b, "button-"+strconv.Itoa(k), question); e != nil {
			add(e)
		}
	}
	for len(all) > 0 {
		n := min(len(all), actionsMost)
		out, all = append(out, slackgo.NewActionBlock("", all[:n]...)), all[n:]
	}
	return out
}

// button is nil where there is nothing to press: a command that is too long can be typed.
func (c *cards) button(b bot.Button, id string, question bool) *slackgo.ButtonBlockElement {
	value, err := json.Marshal(press{Command: b.Command, Form: b.Form, Question: question})
	link := c.address(b.URL)
	c.cut = c.cut || len(value) > valueMost || len(link) > linkMost
	if err != nil || len(value) > valueMost || len(link) > linkMost || strings.TrimSpace(b.Label) == "" ||
		link != "" && !strings.Contains(link, "://") {
		return nil
	}
	e := slackgo.NewButtonBlockElement(id, string(value), c.plain(b.Label, buttonMost))
	if link != "" {
		e.URL, e.Value = link, ""
	}
	switch b.Style {
	case "primary":
		e.Style = slackgo.StylePrimary
	case "danger":
		e.Style = slackgo.StyleDanger
	}
	if b.Confirm != "" {
		e.Confirm = slackgo.NewConfirmationBlockObject(
			c.plain(b.Label, confirmTitle), c.md(c.text(b.Confirm), confirmText),
			c.plain(b.Label, 30), c.plain(lang.Text(c.lang, "slack.back", nil), 30),
		)
	}
	return e
}

// choice is a select; the command it runs stands in its options, because the select itself has no value.
func (c *cards) choice(s bot.Select, id string) *slackgo.SelectBlockElement {
	var options []*slackgo.OptionBlockObject
	var chosen *slackgo.OptionBlockObject
	known := map[string]bool{}
	for _, o := range s.Options {
		if len(o.Value) > optionValue || o.Value == "" || known[o.Value] || len(options) == optionsMost {
			c.cut = c.cut || o.Value != "" && !known[o.Value]
			continue
		}
		if known[o.Value] = true; strings.TrimSpace(o.Label) == "" {
			o.Label = o.Value
		}
		e := slackgo.NewOptionBlockObject(o.Value, c.plain(o.Label, optionMost), nil)
		if options = append(options, e); o.Value == s.Value {
			chosen = e
		}
	}
	id += ":" + s.Command
	c.cut = c.cut || len(id) > actionID
	if len(options) == 0 || len(id) > actionID {
		return nil
	}
	if strings.TrimSpace(s.Label) == "" {
		s.Label = "…"
	}
	e := slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeStatic, c.plain(s.Label, promptMost), id, options...)
	e.InitialOption = chosen
	return e
}

// address makes a path of the pages an address.
func (c *cards) address(to string) string {
	if strings.HasPrefix(to, "/") {
		to = c.base + to
	}
	return to
}

// fallback says a card in one text.
func (c *cards) fallback(m bot.Message) string {
	var parts []string
	for _, s := range []string{escape(m.Card.Title), c.text(m.Text), c.text(m.Card.Alarm), c.text(m.Card.Text)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n")
}

// plain is a text in which people are names and nothing is marked up: for topics. Slack would still read <!channel> in one.
func (a *Adapter) plain(ctx context.Context, text string) string {
	text = mentions.ReplaceAllStringFunc(text, func(token string) string {
		return unescape(a.show(ctx, nil)(incident.PersonID(token[2 : len(token)-1])))
	})
	return strings.NewReplacer("<!", "<"+glue+"!", "<@", "<"+glue+"@", "<#", "<"+glue+"#").Replace(strings.Join(strings.Fields(text), " "))
}
