package bot

import (
	"context"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
)

// token of a person inside texts, as adapters and storage write it.
var mentioned = regexp.MustCompile(`<@([A-Za-z0-9][A-Za-z0-9._:-]{0,63})>`)

// person finds whom a word means: a mention token, @name, a bare name, or me. Locally an unknown name becomes a
// person; elsewhere the refusal person_unknown lists near names, and person_ambiguous those that share it.
func (b *Bot) person(ctx context.Context, c *call, word string) (incident.PersonID, error) {
	word = strings.TrimSpace(word)
	if isSelf(word) && c.By != "" {
		return c.By, nil
	}
	if m := mentioned.FindStringSubmatch(word); m != nil && m[0] == word {
		p, err := b.People.Person(ctx, incident.PersonID(m[1]))
		if err == nil {
			return p.ID, nil
		}
		return "", incident.Refuse("person_unknown", "Word", word, "Near", []string(nil))
	}
	name := strings.TrimLeft(word, "@\uff20")
	if name == "" {
		return "", incident.Refuse("person_needed")
	}
	if isCrowd(name) {
		return "", incident.Refuse("person_crowd", "Word", name)
	}
	if utf8.RuneCountInString(name) > 80 {
		return "", incident.Refuse("person_unknown", "Word", cutRunes(name, 40), "Near", []string(nil))
	}
	found, err := b.People.Named(ctx, name)
	if err != nil {
		return "", err
	}
	if short := withoutHonorific(name); len(found) == 0 && short != name {
		if found, err = b.People.Named(ctx, short); err != nil {
			return "", err
		}
		name = short
	}
	switch {
	case len(found) == 1:
		return found[0].ID, nil
	case len(found) > 1:
		return "", incident.Refuse("person_ambiguous", "Word", name, "Near", namesOf(found))
	}
	if p, err := b.People.Person(ctx, incident.PersonID(name)); err == nil {
		return p.ID, nil
	}
	if b.Local {
		p, err := b.People.Meet(ctx, incident.Identity{Realm: "console", ID: name}, name, "")
		return p.ID, err
	}
	all, err := b.People.People(ctx)
	if err != nil {
		return "", err
	}
	return "", incident.Refuse("person_unknown", "Word", name, "Near", nearest(name, namesOf(all), 3))
}

// isCrowd reports whether a word calls everybody at once in some chat; nobody is called so.
func isCrowd(name string) bool {
	switch fold(name) {
	case "channel", "here", "everyone", "all", "team":
		return true
	}
	return false
}

func namesOf(people []incident.Person) []string {
	var out []string
	for _, p := range people {
		if !p.Erased {
			out = append(out, p.Name)
		}
	}
	return out
}

// withoutHonorific takes さん and the like off a name.
func withoutHonorific(name string) string {
	for _, h := range []string{"さん", "さま", "様", "氏", "殿"} {
		if short, ok := strings.CutSuffix(name, h); ok && short != "" {
			return short
		}
	}
	return name
}

// mentions turns each @name of a text into the token of the person it names, so that the record holds no
// names. The longest name that fits is taken; what fits nobody stays as it was typed.
func (b *Bot) mentions(ctx context.Context, text string) (string, error) {
	if !strings.ContainsAny(text, "@\uff20") {
		return text, nil
	}
	people, err := b.People.People(ctx)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	before := ' '
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if (r == '@' || r == '\uff20') && before != '<' && !latin(before) {
			if p, n := longestName(people, text[i+size:]); n > 0 {
				out.WriteString(mention(p))
				before, i = '>', i+size+n
				continue
			}
		}
		out.WriteString(text[i : i+size])
		before, i = r, i+size
	}
	return out.String(), nil
}

// longestName finds the person whose name text begins with; a Latin name must end where a word ends.
func longestName(people []incident.Person, text string) (incident.PersonID, int) {
	var best incident.PersonID
	longest := 0
	for _, p := range people {
		n := len(p.Name)
		if p.Erased || n <= longest || n > len(text) || !strings.EqualFold(text[:n], p.Name) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(p.Name)
		next, _ := utf8.DecodeRuneInString(text[n:])
		if n < len(text) && latin(last) && latin(next) {
			continue
		}
		best, longest = p.ID, n
	}
	return best, longest
}

func latin(r rune) bool {
	return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.')
}

// unmention puts the names back where a text is shown.
func unmention(text string, names Names) string {
	if !strings.Contains(text, "<@") {
		return text
	}
	return mentioned.ReplaceAllStringFunc(text, func(token string) string {
		return names(incident.PersonID(token[2 : len(token)-1]))
	})
}
