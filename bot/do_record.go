package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// log writes an entry: log [time] text, --by for another's deed, --kind or its own verb for what it is. Without
// a text it asks for one, or shows the last entries.
func (b *Bot) log(ctx context.Context, c *call) (Reply, error) {
	if c.bare() && c.line.Alias != "timeline" && c.line.Alias != "タイムライン" {
		return b.form(ctx, c)
	}
	if c.line.Verb.ID == "log" && c.line.Rest == "" && !c.line.Has("text") {
		return b.last(ctx, c)
	}
	kind := c.line.Verb.ID
	if kind == "log" {
		kind = "note"
	}
	if typed := c.line.Flag("kind"); typed != "" {
		if kind = sortOf(typed); kind == "" {
			return Reply{}, incident.Refuse("sort_unknown", "Given", typed)
		}
	}
	when, err := c.leadingTime("at")
	if err != nil {
		return Reply{}, err
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	by := incident.By{Person: c.By}
	if c.line.Has("by") {
		if by.Person, err = b.person(ctx, c, c.line.Flag("by")); err != nil {
			return Reply{}, err
		}
		by.Recorder = c.By
		if by.Person == c.By {
			by.Recorder = ""
		}
	}
	res, err := b.doBy(ctx, c, incident.Note{Sort: kind, Text: text, Happened: when, Message: c.logged()}, by)
	if err != nil {
		return Reply{}, err
	}
	return b.recorded(c, res), nil
}

// logged is the chat message a form was begun at, if there is one.
func (c *call) logged() *incident.Message {
	if c.Kind == Sent {
		return c.Message
	}
	return nil
}

// sortOf reads the kind of an entry by its id or word.
func sortOf(typed string) string {
	if fold(typed) == "発見" {
		return "finding"
	}
	for _, s := range sorts() {
		if f := fold(typed); f == s || f == fold(sortName(s, lang.JA)) || f == fold(sortName(s, lang.EN)) {
			return s
		}
	}
	return ""
}

// last shows the end of the timeline.
func (b *Bot) last(ctx context.Context, c *call) (Reply, error) {
	events, err := b.Store.Timeline(ctx, c.inc.Number, max(0, c.inc.Version-15), 15)
	if err != nil {
		return Reply{}, fmt.Errorf("read the timeline of %s: %w", c.inc.Number, err)
	}
	var lines []string
	for _, e := range events {
		lines = append(lines, "- #"+strconv.FormatInt(e.Seq, 10)+" "+c.view.when(e.When())+" "+c.view.signed(c.inc, bareTime(e)))
	}
	text := lang.Text(c.lang, "bot.timeline", lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")})
	return Reply{Text: text, Number: c.inc.Number}, nil
}

// bareTime leaves the time out of an entry's own text, where it already stands in front.
func bareTime(e incident.Event) incident.Event {
	e.Occurred = incident.Moment{}
	return e
}

// deed announces a deed on production, or closes the announced one: deed done it worked.
func (b *Bot) deed(ctx context.Context, c *call) (Reply, error) {
	word, rest := cutWord(c.line.Rest)
	if c.line.Alias == "作業完了" || c.line.Alias == "作業終了" {
		word, rest = "done", c.line.Rest
	}
	if slices.Contains([]string{"done", "result", "finished", "完了", "終了", "結果"}, fold(word)) {
		cmd := incident.CloseDeed{}
		if n, after := cutWord(rest); strings.HasPrefix(n, "#") {
			if seq, err := strconv.ParseInt(n[1:], 10, 64); err == nil {
				cmd.Seq, rest = seq, after
			}
		}
		if seq, err := strconv.ParseInt(c.line.Flag("entry"), 10, 64); err == nil {
			cmd.Seq = seq
		}
		var err error
		if cmd.Result, err = b.mentions(ctx, rest); err != nil {
			return Reply{}, err
		}
		return b.act(ctx, c, cmd)
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.AnnounceDeed{Text: text})
}

// correct adds a later form of an entry: correct 12 it was 14:45. The entry itself stays.
func (b *Bot) correct(ctx context.Context, c *call) (Reply, error) {
	typed := c.word("entry")
	seq, err := strconv.ParseInt(strings.TrimLeft(fold(typed), "#"), 10, 64)
	if err != nil {
		return Reply{}, incident.Refuse("entry_unknown", "Seq", cutRunes(typed, 20))
	}
	text, err := b.free(ctx, c, "text")
	if err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, incident.Revise{Seq: seq, Text: text, Why: "corrected"})
}

func (b *Bot) brief(ctx context.Context, c *call) (Reply, error) {
	events, err := b.Store.Timeline(ctx, c.inc.Number, max(0, c.inc.Version-timelineMax), timelineMax)
	if err != nil {
		return Reply{}, fmt.Errorf("read %s for a brief: %w", c.inc.Number, err)
	}
	card := BriefFor(c.inc, events, c.view)
	lines := []string{card.Title}
	if card.Alarm != "" {
		lines = append(lines, card.Alarm)
	}
	if c.NoForms { // where no card can be shown the text says all of it
		for _, f := range card.Fields {
			lines = append(lines, f.Name+": "+strings.ReplaceAll(f.Value, "\n", "\n  "))
		}
	}
	return c.shown(strings.Join(lines, "\n"), card), nil
}

// report hands out the report as it stands; --issue makes that a version.
func (b *Bot) report(ctx context.Context, c *call) (Reply, error) {
	if b.Reporter == nil {
		return Reply{}, incident.Refuse("no_report")
	}
	l := c.lang
	if typed := c.line.Flag("lang"); typed != "" {
		parsed, ok := lang.Parse(typed)
		if !ok {
			return Reply{}, incident.Refuse("lang_unknown", "Given", typed)
		}
		l = parsed
	}
	if c.line.Has("issue") {
		if _, err := b.do(ctx, c, incident.IssueReport{}); err != nil {
			return Reply{}, err
		}
	}
	document, err := b.Reporter.Markdown(ctx, c.inc.Number, l)
	if err != nil && !errors.Is(err, incident.ErrNotFound) {
		return Reply{}, fmt.Errorf("write the report of %s: %w", c.inc.Number, err)
	}
	text := lang.Text(c.lang, "bot.report", lang.Args{"Number": c.inc.Number.String()})
	if link := c.view.link(c.inc.Number); link != "" {
		text += " " + link + "/report"
	}
	return Reply{Text: text, Document: document, Number: c.inc.Number}, err
}
