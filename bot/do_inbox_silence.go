package bot

import (
	"context"
	"regexp"
	"strings"

	"matoi/incident"
)

// inboxSilence silences what is like these alerts: inbox silence k7m2qd 2h why. It is the verb silence with the matchers written out.
func (b *Bot) inboxSilence(ctx context.Context, c *call, rest string) (Reply, error) {
	handles, rest := handlesFirst(rest)
	if rest == "" && c.Kind == Typed && !c.NoForms {
		return b.form(ctx, c)
	}
	list, err := b.looseNamed(ctx, c, handles)
	if err != nil {
		return Reply{}, err
	}
	return b.asSilence(ctx, c, list, rest)
}

// silenceForm is the form of the verb silence for these alerts.
func (b *Bot) silenceForm(ctx context.Context, c *call, list []LooseAlert, _ Reply) (Reply, error) {
	return b.asSilence(ctx, c, list, "")
}

// asSilence goes on as if the verb silence had been typed.
func (b *Bot) asSilence(ctx context.Context, c *call, list []LooseAlert, rest string) (Reply, error) {
	line, refusal := b.grammar.Parse("silence " + strings.TrimSpace(silenceOf(list)+" "+rest))
	if refusal != nil {
		return Reply{}, refusal
	}
	if line.Verb.ID != "silence" {
		return Reply{}, incident.Refuse("inbox_none")
	}
	c.line = line
	if line.Rest == silenceOf(list) { // the form shows what it is about
		line.Flags["which"], line.Rest = []string{line.Rest}, ""
	}
	if line.Verb.Form && (c.Kind == WantForm || rest == "" && c.Kind == Typed && !c.NoForms) {
		return b.form(ctx, c)
	}
	return line.Verb.do(b, ctx, c)
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
