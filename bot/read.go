package bot

import (
	"context"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// value is a flag, else the rest of the line, which is used up.
func (c *call) value(name string) string {
	if c.line.Has(name) {
		return strings.TrimSpace(c.line.Flag(name))
	}
	v := strings.TrimSpace(c.line.Rest)
	c.line.Rest = ""
	return v
}

// word is a flag, else the next word of the line, which is used up.
func (c *call) word(name string) string {
	if c.line.Has(name) {
		return strings.TrimSpace(c.line.Flag(name))
	}
	w, rest := cutWord(c.line.Rest)
	c.line.Rest = rest
	return w
}

// words lists all values of a flag, split at commas of any script.
func (c *call) listed(name string) []string {
	var out []string
	for _, v := range c.line.Flags[name] {
		out = append(out, split(v)...)
	}
	return out
}

func split(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",、，､;\n\u3000", r) }) {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// free is the text of the line with each @name turned into a token.
func (b *Bot) free(ctx context.Context, c *call, name string) (string, error) {
	return b.mentions(ctx, c.value(name))
}

// past reads when something happened; a time to come is refused by the rules.
func (c *call) past(flag string) (incident.Moment, error) {
	typed := c.line.Flag(flag)
	if typed == "" {
		return incident.Moment{}, nil
	}
	m, rest, ok := lang.ParseMoment(typed, c.now, c.zone)
	if !ok || rest != "" {
		if t, rest, coming := lang.ParseFuture(typed, c.now, c.zone); coming && rest == "" && t.After(c.now) {
			return incident.Moment{At: t}, nil // 明日 9:00: the rules say that it is still to come
		}
		return incident.Moment{}, incident.Refuse("time_unknown", "Word", cutRunes(typed, 40), "Flag", "--"+flag)
	}
	return incident.Moment{At: m.At, Approx: m.Approx}, nil
}

// future reads when something is due: 30m is in half an hour, 15:30 the next half past three.
func (c *call) future(flag string) (time.Time, error) {
	typed := c.line.Flag(flag)
	if typed == "" {
		return time.Time{}, nil
	}
	t, rest, ok := lang.ParseFuture(typed, c.now, c.zone)
	if !ok || rest != "" {
		if m, rest, gone := lang.ParseMoment(typed, c.now, c.zone); gone && rest == "" && !m.At.After(c.now) {
			return m.At, nil // 昨日 9:00: the rules say that it is past
		}
		return time.Time{}, incident.Refuse("time_to_come_unknown", "Word", cutRunes(typed, 40), "Flag", "--"+flag)
	}
	return t, nil
}

// leadingTime takes a time off the front of the line: log 14:35 restarted. --at goes first.
func (c *call) leadingTime(flag string) (incident.Moment, error) {
	if c.line.Has(flag) {
		return c.past(flag)
	}
	m, rest, ok := lang.ParseMoment(c.line.Rest, c.now, c.zone)
	if !ok || rest == "" && flag == "at" || c.planned(m, rest) {
		return incident.Moment{}, nil // a time alone is the text itself
	}
	c.line.Rest = rest
	return incident.Moment{At: m.At, Approx: m.Approx}, nil
}

// planned reports whether a time in front belongs to what is going to be done: 13時にフェイルオーバーする, written at nine. A
// day that was not said, half a day back or more, is meant only where the time stands apart from what was done.
func (c *call) planned(m lang.Moment, rest string) bool {
	if m.Dated || rest == "" || c.now.Sub(m.At) < 12*time.Hour {
		return false // a time alone belongs to no sentence
	}
	front := strings.TrimSuffix(strings.TrimSpace(c.line.Rest), rest)
	return c.line.Verb.ID == "decision" || front == strings.TrimSpace(front) // no space in between: a particle binds it
}

// someone is the person of a flag, else of the next word where that is one.
func (b *Bot) someone(ctx context.Context, c *call, flag string) (incident.PersonID, error) {
	if c.line.Has(flag) {
		return b.person(ctx, c, c.line.Flag(flag))
	}
	if w, rest := cutWord(c.line.Rest); isPerson(w) {
		c.line.Rest = rest
		return b.person(ctx, c, w)
	}
	return "", nil
}

// isPerson reports whether a word is meant as a person.
func isPerson(w string) bool {
	return strings.HasPrefix(w, "@") || strings.HasPrefix(w, "\uff20") || strings.HasPrefix(w, "<@") || isSelf(w)
}

// isSelf reports whether a word means whoever writes it.
func isSelf(w string) bool {
	switch strings.TrimLeft(fold(w), "@") {
	case "me", "myself", "自分", "私":
		return true
	}
	return false
}

// shorten keeps a title readable and says that it did; the whole of it is returned as the rest.
func (c *call) shorten(title string) (short, whole string) {
	title = strings.Join(strings.Fields(title), " ")
	short = cutRunes(title, titleMax)
	if short != title {
		c.notes = append(c.notes, lang.Text(c.lang, "bot.title_cut", lang.Args{"Max": titleMax}))
		return short, title
	}
	return short, ""
}

// titleMax is how many characters of a title people see; longer ones are cut, and the whole goes to the summary.
const titleMax = 200
