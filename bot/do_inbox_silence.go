package bot

import (
	"context"
	"regexp"
	"slices"
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

// silenceOf writes what is like these alerts as matchers: what they have in common, and what each is called, its alertname or its title.
func silenceOf(list []LooseAlert) string {
	called := "label.alertname"
	if slices.ContainsFunc(list, func(a LooseAlert) bool { return a.field(called) == "" }) {
		called = "title"
	}
	var parts []string
	for _, name := range []string{"source", "label.alertname", "service", "host", "title"} {
		var values []string
		for _, a := range list {
			if v := a.field(name); !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if name != called && (len(values) > 1 || name == "label.alertname" || name == "title") || slices.Contains(values, "") {
			continue
		}
		for _, v := range values {
			parts = append(parts, name+`="`+quotable(v)+`"`)
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
