package bot

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

// lineLimit bounds what is read of one command, in bytes; longer ones are cut.
const lineLimit = 64 << 10

// Line is a command as parsed: the verb, its flags, and the rest as it was typed.
type Line struct {
	Verb   *Verb
	Alias  string              // the word that was typed for the verb, folded
	Number incident.Number     // of --in, or a number typed in the verb's place
	Flags  map[string][]string // by the flag's own name
	Rest   string              // what follows the verb without the flags, not folded
}

// Has reports whether a flag was given.
func (l *Line) Has(name string) bool { return len(l.Flags[name]) > 0 }

// Flag returns the last value of a flag, "" without one.
func (l *Line) Flag(name string) string {
	if v := l.Flags[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// Parse reads a command. A Refusal says what was not understood and what may have been meant:
// unknown_verb (Word, Near), unknown_flag (Word, Verb, Near), flag_value (Flag), number (Word).
func (g *Grammar) Parse(text string) (*Line, *incident.Refusal) {
	text = strings.TrimSpace(cut(lang.Clean(text), lineLimit))
	tokens := tokenize(text)
	l := &Line{Flags: map[string][]string{}}
	tokens = g.dropName(tokens)
	tokens, refusal := g.leading(l, tokens)
	if refusal != nil {
		return nil, refusal
	}
	if len(tokens) == 0 {
		l.Verb, l.Alias = g.Verb("help"), "help"
		if l.Number != 0 {
			l.Verb, l.Alias = g.Verb("status"), "status"
		}
		return l, nil
	}
	used := 0
	if len(tokens) > 1 {
		l.Alias, used = tokens[0].folded+" "+tokens[1].folded, 2
		l.Verb = g.byAlias[l.Alias]
	}
	if l.Verb == nil {
		l.Alias, used = strings.TrimRight(tokens[0].folded, ":、。"), 1
		l.Verb = g.byAlias[l.Alias]
	}
	if l.Verb == nil && g.titled(tokens) {
		return nil, incident.Refuse("verb_missing", "Word", cutRunes(tokens[0].value, 40), "Near", []string{"open"})
	}
	if l.Verb == nil {
		return nil, incident.Refuse("unknown_verb", "Word", cutRunes(tokens[0].value, 40), "Near", g.near(tokens[0].folded))
	}
	if refusal := g.flagsAndRest(l, text, tokens[used:]); refusal != nil {
		return nil, refusal
	}
	return l, nil
}

// titled reports whether a line looks like what happened, typed without saying what to do: P1 決済が落ちた.
func (g *Grammar) titled(tokens []token) bool {
	first := tokens[0].folded
	if p, _ := levelOfTitle(tokens[0].value); p != "" {
		return true
	}
	words := len(tokens) > 1 && !g.isFlag(nil, tokens[1]) || strings.ContainsFunc(first, func(r rune) bool { return r > unicode.MaxLatin1 })
	return words && !strings.HasPrefix(first, "/") && len(g.near(first)) == 0
}

// dropName takes the command's own name off, for those who type it where it is not needed.
func (g *Grammar) dropName(tokens []token) []token {
	if len(tokens) > 0 && strings.HasPrefix(tokens[0].folded, "/") {
		for _, n := range g.names {
			if tokens[0].folded == "/"+n {
				return tokens[1:]
			}
		}
	}
	return tokens
}

// leading reads what may stand before the verb: --in INC-…, or the number itself.
func (g *Grammar) leading(l *Line, tokens []token) ([]token, *incident.Refusal) {
	for len(tokens) > 0 {
		if n, ok := incident.ParseNumber(tokens[0].folded); ok {
			l.Number, tokens = n, tokens[1:]
			continue
		}
		name, value, isFlag := tokens[0].flag()
		f, known := g.flagOf(nil, name)
		if !isFlag || !known {
			return tokens, nil
		}
		rest := tokens[1:]
		if value == nil && len(rest) > 0 {
			value, rest = rest[0].plain(), rest[1:]
		}
		if refusal := l.set(f, value); refusal != nil {
			return nil, refusal
		}
		tokens = rest
	}
	return tokens, nil
}

// flagsAndRest takes the flags out wherever they stand and keeps everything else as it was typed.
func (g *Grammar) flagsAndRest(l *Line, text string, tokens []token) *incident.Refusal {
	var rest strings.Builder
	kept, last, quoted := 0, -1, ""
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		name, value, isFlag := t.flag()
		if t.folded == "--" && !t.quoted {
			l.Rest = join(rest.String(), text, tokens[i+1:])
			return nil
		}
		if isFlag {
			f, known := g.flagOf(l.Verb, name)
			if known {
				if value == nil && f.Kind != Switch && i+1 < len(tokens) && !g.isFlag(l.Verb, tokens[i+1]) {
					n := 1
					if value = tokens[i+1].plain(); !tokens[i+1].quoted {
						value, n = g.timeWords(l.Verb, f, text, tokens[i+1:])
					}
					i += n
				}
				if refusal := l.set(f, value); refusal != nil {
					return refusal
				}
				continue
			}
			near := nearest(name, g.flagWords(l.Verb), 3)
			meant := !strings.HasPrefix(t.value, "—") && !strings.HasPrefix(t.value, "–") // a long dash may be a dash
			if meant && strings.HasPrefix(t.folded, "--") && !l.Verb.Loose || meant && len(near) > 0 && len(name) > 1 && distance([]rune(name), []rune(near[0])) < 2 {
				return incident.Refuse("unknown_flag", "Word", cutRunes(t.folded, 40), "Verb", l.Verb.ID, "Near", dashed(near))
			}
		}
		switch {
		case kept > 0 && last == i-1:
			rest.WriteString(text[tokens[i-1].end:t.end])
		case kept > 0:
			rest.WriteString(" " + text[t.start:t.end])
		default:
			rest.WriteString(text[t.start:t.end])
			quoted = t.value
		}
		kept, last = kept+1, i
		if kept > 1 || !t.quoted {
			quoted = ""
		}
	}
	l.Rest = rest.String()
	if kept == 1 && quoted != "" {
		l.Rest = quoted
	}
	return nil
}

// join puts the words behind a bare -- to what stood before, as typed.
func join(before, text string, tokens []token) string {
	if len(tokens) == 0 {
		return before
	}
	return strings.TrimSpace(before + " " + text[tokens[0].start:tokens[len(tokens)-1].end])
}

// set stores a flag's value; value nil means that none was given.
func (l *Line) set(f Flag, value *string) *incident.Refusal {
	if f.Kind == Switch {
		switch v := "true"; {
		case value == nil:
			l.Flags[f.Name] = []string{v}
		default:
			if b, ok := yes(*value); ok && b {
				l.Flags[f.Name] = []string{v}
			} else if !ok {
				return incident.Refuse("flag_value", "Flag", "--"+f.Name)
			}
		}
		return nil
	}
	if value == nil || strings.TrimSpace(*value) == "" {
		return incident.Refuse("flag_value", "Flag", "--"+f.Name)
	}
	if f.Name == "in" {
		n, ok := incident.ParseNumber(fold(*value))
		if !ok {
			return incident.Refuse("number", "Word", cutRunes(*value, 40))
		}
		l.Number = n
		return nil
	}
	l.Flags[f.Name] = append(l.Flags[f.Name], *value)
	return nil
}

// yes reads a switch's value.
func yes(s string) (on, ok bool) {
	switch fold(s) {
	case "true", "yes", "on", "1", "y", "はい":
		return true, true
	case "false", "no", "off", "0", "n", "", "いいえ":
		return false, true
	}
	return false, false
}

// near lists the verbs that may have been meant, in the words of the language that was typed.
func (g *Grammar) near(word string) []string {
	var all []string
	for _, v := range g.verbs {
		all = append(all, v.ID)
		all = append(all, v.Aliases...)
	}
	var out []string
	seen := map[*Verb]bool{}
	for _, w := range nearest(word, all, 8) {
		if v := g.byAlias[w]; !seen[v] && len(out) < 3 {
			seen[v] = true
			out = append(out, w)
		}
	}
	return out
}

func (g *Grammar) flagWords(v *Verb) []string {
	var out []string
	for _, n := range g.flagNames(v) {
		out = append(append(out, n), g.flags[n].Aliases...)
	}
	return out
}

func dashed(names []string) []string {
	var out []string
	for _, n := range names {
		dash := "--"
		if utf8.RuneCountInString(n) == 1 {
			dash = "-"
		}
		out = append(out, dash+n)
	}
	return out
}

// timeWords takes as many words as one time has: --occurred yesterday 23:10 needs no quotes. Whether words are a
// time does not depend on when they are read, so any instant will do.
func (g *Grammar) timeWords(v *Verb, f Flag, text string, tokens []token) (*string, int) {
	some := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for n := min(4, len(tokens)); n > 1 && (f.Kind == Past || f.Kind == Future); n-- {
		if slices.ContainsFunc(tokens[1:n], func(t token) bool { return t.quoted || g.isFlag(v, t) }) {
			continue
		}
		words := text[tokens[0].start:tokens[n-1].end]
		_, then, past := lang.ParseMoment(words, some, nil)
		_, rest, coming := lang.ParseFuture(words, some, nil) // 明日 where the past is asked for is a time too: it is refused as one
		if past && then == "" || coming && rest == "" {
			return &words, n
		}
	}
	return tokens[0].plain(), 1
}

// isFlag reports whether a word is a flag that the verb knows.
func (g *Grammar) isFlag(v *Verb, t token) bool {
	name, _, ok := t.flag()
	if ok {
		_, ok = g.flagOf(v, name)
	}
	return ok
}
