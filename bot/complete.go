package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// Completion is one way to go on. Text replaces the word being typed; Label says what it is.
type Completion struct {
	Text  string `json:"text"`
	Label string `json:"label"`
}

// completions bounds how many are offered at once.
const completions = 20

// Complete offers how the last word of a line may go on: verbs in front, then flags, their values, roles, people
// and incidents that the viewer may see. The command's name may stand in front.
func (b *Bot) Complete(ctx context.Context, text string, v incident.Viewer, l lang.Lang) ([]Completion, error) {
	g := b.grammar
	tokens := g.dropName(tokenize(cut(lang.Clean(text), lineLimit)))
	last := ""
	if n := len(tokens); n > 0 && !strings.HasSuffix(text, " ") && !strings.HasSuffix(text, "\u3000") {
		last, tokens = tokens[n-1].value, tokens[:n-1]
	}
	verb, before := g.completing(tokens)
	if verb == nil {
		if strings.HasPrefix(fold(last), "-") {
			return matching(last, []Completion{{"--in", lang.Text(l, "help.flag_in", nil)}}), nil
		}
		if before != "--in" {
			return matching(last, g.verbWords(last, l)), nil
		}
	}
	if f, ok := g.flagNamed(verb, before); ok && f.Kind != Switch {
		return b.values(ctx, f.Kind, f.Words, last, v, l)
	}
	if strings.HasPrefix(fold(last), "-") {
		return matching(last, g.flagCompletions(verb, l)), nil
	}
	if strings.HasPrefix(last, "@") || strings.HasPrefix(last, "\uff20") {
		return b.values(ctx, Person, nil, last, v, l)
	}
	for _, a := range verb.Args {
		if a.Kind == Free || a.Kind == Word && len(a.Words) == 0 {
			continue
		}
		out, err := b.values(ctx, a.Kind, a.Words, last, v, l)
		if err != nil || len(out) > 0 {
			return out, err
		}
	}
	if verb.ID == "help" {
		return matching(last, g.verbWords(last, l)), nil
	}
	return nil, nil
}

// completing finds the verb that was typed and the word before the one being typed.
func (g *Grammar) completing(tokens []token) (*Verb, string) {
	var verb *Verb
	before := ""
	for i := 0; i < len(tokens); i++ {
		before = tokens[i].folded
		if verb != nil {
			continue
		}
		if _, number := incident.ParseNumber(before); number {
			continue
		}
		if _, ok := g.flagNamed(nil, before); ok {
			i++
			continue
		}
		if i+1 < len(tokens) && g.byAlias[before+" "+tokens[i+1].folded] != nil {
			i++
			verb = g.byAlias[before+" "+tokens[i].folded]
			continue
		}
		if verb = g.byAlias[before]; verb == nil {
			return &Verb{}, before
		}
	}
	return verb, before
}

func (g *Grammar) flagNamed(v *Verb, word string) (Flag, bool) {
	name, _, ok := token{value: word, folded: word}.flag()
	if !ok {
		return Flag{}, false
	}
	return g.flagOf(v, name)
}

// verbWords lists the verbs by id, or by the alias that begins with what was typed.
func (g *Grammar) verbWords(typed string, l lang.Lang) []Completion {
	var out []Completion
	for _, v := range g.verbs {
		word := v.ID
		if f := fold(typed); f != "" && !strings.HasPrefix(word, f) {
			if i := slices.IndexFunc(v.Aliases, func(a string) bool { return strings.HasPrefix(a, f) }); i >= 0 {
				word = v.Aliases[i]
			}
		}
		out = append(out, Completion{word, lang.Text(l, "help."+v.ID, nil)})
	}
	return out
}

func (g *Grammar) flagCompletions(v *Verb, l lang.Lang) []Completion {
	var out []Completion
	for _, n := range g.flagNames(v) {
		label := lang.Text(l, "help.flag_"+n, nil)
		out = append(out, Completion{"--" + n, label})
		for _, a := range g.flags[n].Aliases {
			if !ascii(a) {
				out = append(out, Completion{"--" + a, label})
			}
		}
	}
	return out
}

// values offers values of a kind.
func (b *Bot) values(ctx context.Context, k Kind, fixed []string, typed string, v incident.Viewer, l lang.Lang) ([]Completion, error) {
	var out []Completion
	p := b.Policy()
	switch k {
	case Level:
		for q := incident.P1; q <= incident.P5; q++ {
			out = append(out, Completion{q.String(), PriorityName(q, l)})
		}
	case Impacts:
		out = levels(p.Matrix.Impacts, l)
	case Urgency:
		out = levels(p.Matrix.Urgencies, l)
	case RoleWord:
		for _, r := range incident.Roles() {
			out = append(out, Completion{string(r.ID), RoleName(nil, r.ID, l)})
		}
	case Person:
		people, err := b.People.People(ctx)
		if err != nil {
			return nil, fmt.Errorf("complete people: %w", err)
		}
		typed = strings.Replace(typed, "\uff20", "@", 1)
		for _, person := range people {
			name := "@" + person.Name
			if strings.ContainsAny(person.Name, " \u3000") {
				name = `"` + name + `"`
			}
			out = append(out, Completion{name, person.Email})
		}
	case Another:
		rows, err := b.Store.Find(ctx, incident.Filter{Viewer: v, Open: true, Limit: completions})
		if err != nil {
			return nil, fmt.Errorf("complete incidents: %w", err)
		}
		for _, r := range rows {
			out = append(out, Completion{r.Number.String(), r.Title})
		}
	case Choice:
		for _, w := range fixed {
			out = append(out, Completion{w, ""})
		}
	}
	return matching(typed, out), nil
}

func levels(of []incident.Level, l lang.Lang) []Completion {
	var out []Completion
	for _, level := range of {
		out = append(out, Completion{level.ID, levelLabel(level, l)})
	}
	return append(out, Completion{incident.Unknown, levelName(incident.Unknown, l)})
}

// matching keeps those that begin with what was typed.
func matching(typed string, all []Completion) []Completion {
	var out []Completion
	f := strings.TrimLeft(fold(typed), `"`)
	for _, c := range all {
		if strings.HasPrefix(strings.TrimLeft(fold(c.Text), `"`), f) && len(out) < completions {
			out = append(out, c)
		}
	}
	return out
}
