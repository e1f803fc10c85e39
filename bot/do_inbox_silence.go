package bot

import (
	"context"
	"regexp"
	"strings"

	"matoi/incident"
)

// inboxSilence silences what is like these alerts: inbox silence k7m2qd 2h why. It is the verb silence with the matchers written out, for
// an hour where nobody says how long.
func (b *Bot) inboxSilence(ctx context.Context, c *call, rest string) (Reply, error) {
	handles, rest := handlesFirst(rest)
	list, err := b.looseNamed(ctx, c, handles)
	if err != nil {
		return Reply{}, err
	}
	if err := b.asSilence(c, list, rest); err != nil {
		return Reply{}, err
	}
	if o, err := c.silenceTyped(); err == nil && !o.timed {
		if err := b.asSilence(c, list, length(hush)+" "+rest); err != nil {
			return Reply{}, err
		}
	}
	return c.line.Verb.do(b, ctx, c)
}

// silenceForm is the form of the verb silence for these alerts.
func (b *Bot) silenceForm(ctx context.Context, c *call, list []LooseAlert) (Reply, error) {
	if err := b.asSilence(c, list, ""); err != nil {
		return Reply{}, err
	}
	if c.line.Rest == silenceOf(list) { // it shows what it is about
		c.line.Flags["which"], c.line.Rest = []string{c.line.Rest}, ""
	}
	fill(c, "span", length(hush))
	return b.form(ctx, c)
}

// asSilence makes the line as if the verb silence had been typed.
func (b *Bot) asSilence(c *call, list []LooseAlert, rest string) error {
	line, refusal := b.grammar.Parse("silence " + strings.TrimSpace(silenceOf(list)+" "+rest))
	if refusal != nil {
		return refusal
	}
	if line.Verb.ID != "silence" {
		return incident.Refuse("inbox_none")
	}
	if c.line.Has("reason") {
		line.Flags["reason"] = c.line.Flags["reason"]
	}
	c.line = line
	return nil
}

// silenceOf writes what alerts have in common as matchers; those of one alert name its title or alertname, too.
func silenceOf(list []LooseAlert) string {
	var parts []string
	for _, name := range []string{"source", "label.alertname", "service", "host", "title"} {
		value := list[0].field(name)
		same := value != ""
		for _, a := range list[1:] {
			same = same && a.field(name) == value
		}
		if same && (name != "title" || list[0].Labels["alertname"] == "") {
			parts = append(parts, name+`="`+quotable(value)+`"`)
		}
	}
	return strings.Join(parts, " ")
}

// quotable is the pattern that this value fits, without a quotation mark: where the value has one it fits any sign in its place.
func quotable(value string) string {
	if !strings.ContainsAny(value, "\"“”「」『』") {
		return exactly(value)
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("\"“”「」『』", r) })
	for k := range parts {
		parts[k] = regexp.QuoteMeta(parts[k])
	}
	return "/^.?" + strings.Join(parts, ".+") + ".?$/"
}
