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
// composition-objects). mostText is kept for all blocks of a message together: above some 13,200 Slack answers
// msg_blocks_too_long (bolt-js issue 2509).
const (
	mostBlocks   = 50
	mostText     = 12000
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
	placeholder  = 150
	confirmTitle = 100
	confirmText  = 300
	contextMost  = 2000
	fallbackMost = 3900
)

// content is what a message says: its blocks where it is a card, and always a text for notifications and old clients.
func (a *Adapter) content(ctx context.Context, m bot.Message) []slackgo.MsgOption {
	show := a.show(ctx, m.Pings)
	if m.Card == nil {
		return []slackgo.MsgOption{slackgo.MsgOptionText(shorten(mrkdwn(m.Text, a.BaseURL, show), fallbackMost), false)}
	}
	c := cards{show: show, base: a.BaseURL, lang: m.Lang}
	blocks := c.card(m)
	return []slackgo.MsgOption{
		slackgo.MsgOptionText(shorten(c.fallback(m), fallbackMost), false), slackgo.MsgOptionBlocks(blocks...),
	}
}

// cards makes blocks of cards.
type cards struct {
	show func(incident.PersonID) string
	base string
	lang lang.Lang
	out  []slackgo.Block
	used int // characters
	left int // blocks kept for what must not be cut: buttons and foot
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

// add adds a block that may be left out where the message is full.
func (c *cards) add(b slackgo.Block, chars int) {
	if len(c.out)+c.left < mostBlocks && c.used+chars <= mostText {
		c.out, c.used = append(c.out, b), c.used+chars
	}
}

// section adds a text as a section, none where it is empty.
func (c *cards) section(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	t := c.md(text, min(sectionMost, max(mostText-c.used, 1)))
	c.add(slackgo.NewSectionBlock(t, nil, nil), utf8.RuneCountInString(t.Text))
}

// card lays a card out.
func (c *cards) card(m bot.Message) []slackgo.Block {
	d := m.Card
	c.left = 4 + (len(d.Buttons)+actionsMost-1)/actionsMost
	title := escape(d.Title)
	if d.Link != "" {
		title = "<" + c.address(d.Link) + "|" + strings.ReplaceAll(title, "|", "¦") + ">"
	}
	c.section(tone(d.Tone) + "*" + title + "*")
	if m.Text != "" {
		c.section(c.text(m.Text))
	}
	if d.Alarm != "" {
		c.section(":rotating_light: *" + c.text(d.Alarm) + "*")
	}
	c.section(c.text(d.Text))
	c.fields(d.Fields)
	for _, it := range d.Items {
		c.item(it)
	}
	c.left = 1
	c.actions(d.Selects, d.Buttons, d.Question)
	c.left = 0
	if d.Foot != "" {
		t := c.md(c.text(d.Foot), contextMost)
		c.add(slackgo.NewContextBlock("", t), utf8.RuneCountInString(t.Text))
	}
	return c.out
}

// fields puts narrow ones side by side, and wide ones below each other.
func (c *cards) fields(all []bot.Field) {
	var side []*slackgo.TextBlockObject
	chars := 0
	flush := func() {
		if len(side) > 0 {
			c.add(slackgo.NewSectionBlock(nil, side, nil), chars)
		}
		side, chars = nil, 0
	}
	for _, f := range all {
		text := "*" + escape(f.Name) + "*\n" + c.value(f)
		if f.Wide {
			flush()
			c.section(text)
			continue
		}
		t := c.md(text, fieldMost)
		side, chars = append(side, t), chars+utf8.RuneCountInString(t.Text)
		if len(side) == fieldsMost {
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
func (c *cards) item(it bot.Item) {
	box := "☐ "
	if it.Done {
		box = "☑ "
	}
	text := box + c.text(it.Text)
	if it.Who != "" {
		text += " · " + c.text(it.Who)
	}
	t := c.md(text, sectionMost)
	var beside *slackgo.Accessory
	if len(it.Buttons) > 0 {
		if b := c.button(it.Buttons[0], "item-"+strconv.Itoa(len(c.out)), false); b != nil {
			beside = slackgo.NewAccessory(b)
		}
	}
	c.add(slackgo.NewSectionBlock(t, nil, beside), utf8.RuneCountInString(t.Text))
}

// actions lays out selects and buttons, as many to a block as there may be.
func (c *cards) actions(selects []bot.Select, buttons []bot.Button, question bool) {
	var all []slackgo.BlockElement
	for k, s := range selects {
		if e := c.choice(s, "select-"+strconv.Itoa(k)); e != nil {
			all = append(all, e)
		}
	}
	for k, b := range buttons {
		if e := c.button(b, "button-"+strconv.Itoa(k), question); e != nil {
			all = append(all, e)
		}
	}
	for len(all) > 0 {
		n := min(len(all), actionsMost)
		c.add(slackgo.NewActionBlock("", all[:n]...), 0)
		all = all[n:]
	}
}

// button is nil where there is nothing to press: a command that is too long can be typed.
func (c *cards) button(b bot.Button, id string, question bool) *slackgo.ButtonBlockElement {
	value, err := json.Marshal(press{Command: b.Command, Form: b.Form, Question: question})
	if err != nil || len(value) > valueMost || len(b.URL) > linkMost {
		return nil
	}
	e := slackgo.NewButtonBlockElement(id, string(value), c.plain(b.Label, buttonMost))
	if b.URL != "" {
		e.URL, e.Value = c.address(b.URL), ""
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
			c.plain(b.Label, 30), c.plain(lang.Text(c.lang, "slack.cancel", nil), 30),
		)
	}
	return e
}

// choice is a select; the command it runs stands in its options, because the select itself has no value.
func (c *cards) choice(s bot.Select, id string) *slackgo.SelectBlockElement {
	var options []*slackgo.OptionBlockObject
	var chosen *slackgo.OptionBlockObject
	for _, o := range s.Options[:min(len(s.Options), optionsMost)] {
		if len(o.Value) > optionValue || o.Value == "" {
			continue
		}
		e := slackgo.NewOptionBlockObject(o.Value, c.plain(o.Label, optionMost), nil)
		if options = append(options, e); o.Value == s.Value {
			chosen = e
		}
	}
	id += ":" + s.Command
	if len(options) == 0 || len(id) > 255 {
		return nil
	}
	e := slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeStatic, c.plain(s.Label, placeholder), id, options...)
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
	parts := []string{escape(m.Card.Title)}
	for _, s := range []string{m.Text, m.Card.Alarm, m.Card.Text} {
		if s != "" {
			parts = append(parts, c.text(s))
		}
	}
	return strings.Join(parts, "\n")
}

// shorten cuts a text to so many characters, never inside of a link, a mention or an escaped sign.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	r := []rune(s)[:most-1]
	cut := string(r)
	if open := strings.LastIndexByte(cut, '<'); open > strings.LastIndexByte(cut, '>') {
		cut = cut[:open]
	}
	if amp := strings.LastIndexByte(cut, '&'); amp >= 0 && amp > len(cut)-5 && !strings.Contains(cut[amp:], ";") {
		cut = cut[:amp]
	}
	return cut + "…"
}

// plain is a text in which people are names and nothing is marked up: for topics.
func (a *Adapter) plain(ctx context.Context, text string) string {
	return unescape(mentions.ReplaceAllStringFunc(text, func(token string) string {
		return a.show(ctx, nil)(incident.PersonID(token[2 : len(token)-1]))
	}))
}
