package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

// mention replaces "@name" by "<@p17>", so that a person's name can be erased without touching what was said.
// The longest name wins; a name that two people share stays as it was typed, since it would ping a guess.
func (c *Console) mention(ctx context.Context, text string) (string, error) {
	if !strings.ContainsAny(text, "@＠") {
		return text, nil
	}
	people, err := c.Store.People(ctx)
	if err != nil {
		return "", fmt.Errorf("people to mention: %w", err)
	}
	return mentioned(text, people), nil
}

func mentioned(text string, people []incident.Person) string {
	names := foldedNames(people)
	var out strings.Builder
	just := false // a mention ended here
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if (r == '@' || r == '＠') && before != '<' && (just || !wordy(before)) {
			if n, id := named(text[at+size:], names); id != "" {
				out.WriteString("<@" + string(id) + ">")
				at += size + n
				just = true
				continue
			}
		}
		out.WriteString(text[at : at+size])
		at += size
		just = false
	}
	return out.String()
}

type foldedName struct {
	name string
	id   incident.PersonID // empty where two people share the name
}

// foldedNames lists the names as they are compared, the longest first.
func foldedNames(people []incident.Person) []foldedName {
	ids := map[string]incident.PersonID{}
	for _, p := range people {
		name := fold(p.Name)
		if name == "" || p.Erased {
			continue
		}
		if _, twice := ids[name]; twice {
			ids[name] = ""
			continue
		}
		ids[name] = p.ID
	}
	var out []foldedName
	for name, id := range ids {
		out = append(out, foldedName{name, id})
	}
	slices.SortFunc(out, func(a, b foldedName) int {
		if len(a.name) != len(b.name) {
			return len(b.name) - len(a.name)
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// named finds the name that text begins with and how many bytes of text it takes.
func named(text string, names []foldedName) (int, incident.PersonID) {
	for _, n := range names {
		if size := begins(text, n.name); size > 0 {
			return size, n.id
		}
	}
	return 0, ""
}

// begins compares rune by rune, folded, and refuses a Latin name that goes on ("@bobby" is not bob).
func begins(text, name string) int {
	rest := name
	for at, r := range text {
		f := strings.ToLower(lang.Fold(string(r)))
		if !strings.HasPrefix(rest, f) {
			return 0
		}
		if rest = rest[len(f):]; rest != "" {
			continue
		}
		end := at + utf8.RuneLen(r)
		last, _ := utf8.DecodeLastRuneInString(name)
		next, _ := utf8.DecodeRuneInString(text[end:])
		if wordy(last) && wordy(next) {
			return 0
		}
		return end
	}
	return 0
}

// wordy tells characters of which Latin words and addresses are made; Japanese needs no space behind a name.
func wordy(r rune) bool {
	return r == '_' || r < 0x250 && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(lang.Fold(s))) }
