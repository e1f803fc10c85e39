package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// Hint teaches the form of the line that is being typed: its parts, which of them is written now and what may stand
// there, what is still missing, and what will not be understood. All texts are in the reader's language.
type Hint struct {
	About   string `json:"about"`             // what the verb does
	Parts   []Part `json:"parts"`             // the form, part by part
	Now     string `json:"now,omitempty"`     // what may stand at the cursor
	Missing string `json:"missing,omitempty"` // what must still come
	Tip     string `json:"tip,omitempty"`     // another way
	Problem string `json:"problem,omitempty"` // what is not understood, with what may have been meant
	Example string `json:"example,omitempty"` // a line that works
}

// Part is one word of the form.
type Part struct {
	Text     string `json:"text"`
	Optional bool   `json:"optional,omitempty"`
	Given    bool   `json:"given,omitempty"`
	Current  bool   `json:"current,omitempty"`
}

// opening is the hint before there is a verb.
func (t *typist) opening() *Hint {
	return &Hint{
		About: lang.Text(t.lang, "compose.choose_verb", nil),
		Parts: []Part{{Text: t.bot.Name, Given: true}, {Text: "<" + lang.Text(t.lang, "compose.verb", nil) + ">", Current: true}},
	}
}

// misspelt is the advice behind a verb that there is not: the whole line anew with one that was probably meant.
func (t *typist) misspelt(before []token) Advice {
	wrong := before[len(before)-1]
	for _, k := range before {
		if v, _ := t.g.completing([]token{k}); v != nil && v.ID == "" {
			wrong = k
			break
		}
	}
	joined := strings.Join(strings.Fields(fold(t.head[wrong.start:])), " ")
	for alias := range t.g.byAlias {
		if strings.Contains(alias, " ") && strings.HasPrefix(alias, joined) {
			return Advice{Hint: t.opening()} // hand o…
		}
	}
	a := Advice{Hint: t.opening(), Replace: units(t.head[wrong.start:])}
	a.Hint.Problem = t.unknownVerb(wrong.value)
	for _, near := range t.g.near(wrong.folded) {
		v := t.g.byAlias[near]
		a.Items = append(a.Items, Completion{
			Text: strings.TrimSpace(near + " " + strings.TrimSpace(t.head[wrong.end:])), Label: lang.Text(t.lang, "help."+v.ID, nil),
			Group: lang.Text(t.lang, "compose.meant", nil),
		})
	}
	return a
}

func (t *typist) unknownVerb(word string) string {
	return t.refusal(incident.Refuse("unknown_verb", "Word", cutRunes(word, 40), "Near", t.g.near(fold(word))))
}

// refusal words one without the markup of chats: it is read in a line of plain text.
func (t *typist) refusal(r *incident.Refusal) string {
	return strings.NewReplacer("`", "", `\`, "", silence, "").Replace(t.bot.word(t.call, r))
}

// hint describes a line that has a verb.
func (t *typist) hint(ctx context.Context, v *Verb) *Hint {
	p := t.place(ctx, v)
	word := v.ID
	if k := t.verbToken(v); k.end > 0 {
		word = strings.TrimRight(k.value, ":、。")
	}
	h := &Hint{
		About: lang.Text(t.lang, "help."+v.ID, nil), Parts: []Part{{Text: t.bot.Name, Given: true}, {Text: word, Given: true, Current: p.verb}},
		Example: t.bot.Name + " " + t.g.Example(v, t.lang),
	}
	for i, a := range v.Args {
		h.Parts = append(h.Parts, Part{Text: t.g.argText(a, t.lang), Optional: a.Optional, Given: p.given[i] != "", Current: i == p.now && p.flag == ""})
	}
	for _, n := range v.Flags {
		part := Part{Text: t.g.flagText(n, t.lang), Optional: true, Current: n == p.flag}
		if p.line != nil {
			part.Given = p.line.Has(n)
		}
		h.Parts = append(h.Parts, part)
	}
	t.say(h, v, p)
	return h
}

// say puts into words what may stand at the cursor, what is missing and what is wrong.
func (t *typist) say(h *Hint, v *Verb, p placed) {
	switch {
	case p.flag != "":
		f := t.g.flags[p.flag]
		h.Now = lang.Text(t.lang, "compose.flag_now", lang.Args{"Flag": lang.Text(t.lang, "help.flag_"+f.Name, nil), "Kind": t.kindText(f.Kind)})
	case p.now >= 0 && p.now < len(v.Args):
		a := v.Args[p.now]
		h.Now = lang.Text(t.lang, "compose.arg_now", lang.Args{"Arg": lang.Text(t.lang, "help.arg_"+a.Name, nil), "Kind": t.kindText(a.Kind)})
		if a.Optional {
			h.Now = lang.Text(t.lang, "compose.arg_now_optional", lang.Args{"Arg": lang.Text(t.lang, "help.arg_"+a.Name, nil), "Kind": t.kindText(a.Kind)})
		}
	}
	var missing []string
	for i, a := range v.Args {
		if !a.Optional && p.given[i] == "" && !(p.line != nil && p.line.Has(a.Name)) {
			missing = append(missing, lang.Text(t.lang, "help.arg_"+a.Name, nil))
		}
	}
	if len(missing) > 0 {
		h.Missing = lang.Text(t.lang, "compose.missing", lang.Args{"What": list(missing, t.lang)})
	}
	if v.Form && p.line != nil && strings.TrimSpace(p.line.Rest) == "" && len(p.line.Flags) == 0 {
		h.Tip = lang.Text(t.lang, "compose.form_tip", nil)
		h.Missing = ""
	}
	if !v.Alone && t.inc == nil {
		h.Tip = lang.Text(t.lang, "compose.which_tip", nil)
	}
	if p.problem != nil {
		h.Problem = t.refusal(p.problem)
	}
}

func (t *typist) kindText(k Kind) string { return lang.Text(t.lang, "compose.kind_"+string(k), nil) }

// verbToken is the word that stands for the verb, with its second half where it has one.
func (t *typist) verbToken(v *Verb) token {
	for i, k := range t.tokens {
		if t.g.byAlias[strings.TrimRight(k.folded, ":、。")] == v {
			return k
		}
		if i+1 < len(t.tokens) && t.g.byAlias[k.folded+" "+t.tokens[i+1].folded] == v {
			k.value, k.end = k.value+" "+t.tokens[i+1].value, t.tokens[i+1].end
			return k
		}
	}
	return token{}
}

// placed is which arguments a line gives, and which is being typed.
type placed struct {
	line    *Line
	given   []string
	now     int    // the argument at the cursor, -1 for none
	from    int    // the first argument that the word at the cursor may yet become
	flag    string // the flag whose value stands at the cursor
	verb    bool   // the cursor stands in the verb itself
	lead    bool   // a word of Verb.First may stand at the cursor
	first   string // the first word behind the verb
	words   int    // how many words of arguments there are, the one being typed included
	problem *incident.Refusal
}

// place reads the line up to the cursor for where the cursor is, and all of it for what is wrong.
func (t *typist) place(ctx context.Context, v *Verb) placed {
	p := placed{given: make([]string, len(v.Args)), now: -1, from: -1}
	line, refusal := t.parse(ctx, t.whole)
	if line == nil && refusal != nil && !t.unfinished(refusal) {
		p.problem = refusal
	}
	p.line = line
	head, headRefusal := t.parse(ctx, t.head)
	if headRefusal != nil || head == nil || head.Verb != v { // a flag in the making: what stands before it is read
		cutAt := t.last.start
		if t.ended && len(t.tokens) > 0 {
			cutAt = t.tokens[len(t.tokens)-1].start
		}
		if head, _ = t.parse(ctx, t.head[:cutAt]); head == nil || head.Verb != v {
			p.verb = !t.ended
			return p
		}
	}
	if p.line == nil {
		p.line = head
	}
	if k := t.verbToken(v); !t.ended && k.end == len(t.head) {
		p.verb = true
		return p
	}
	p.flag = t.flagHere(v)
	rest := head.Rest
	p.first, _ = cutWord(rest)
	p.words = len(strings.Fields(rest))
	if t.ended {
		p.words++
	}
	p.lead = p.words <= 1 && len(v.First) > 0
	t.fill(&p, v, rest)
	if p.problem == nil && p.line != nil {
		p.problem = t.wrongFlag(v, p.line)
	}
	return p
}

// flagHere is the flag whose name or value stands at the cursor.
func (t *typist) flagHere(v *Verb) string {
	at := t.last
	if t.ended && len(t.tokens) > 0 {
		at = t.tokens[len(t.tokens)-1]
	} else if n := len(t.tokens); n > 1 {
		if _, _, dashed := t.last.flag(); !dashed {
			at = t.tokens[n-2]
		}
	}
	name, value, ok := at.flag()
	f, known := t.g.flagOf(v, name)
	if !ok || !known || f.Kind == Switch && at.end != t.last.end || value != nil && at.end != t.last.end {
		return ""
	}
	return f.Name
}

// parse reads a text as Handle would; nil where it is no command yet.
func (t *typist) parse(ctx context.Context, text string) (*Line, *incident.Refusal) {
	text, err := t.bot.mentions(ctx, text)
	if err != nil {
		return nil, nil //nolint:nilerr // advice goes on without names
	}
	line, refusal := t.g.Parse(text)
	if refusal != nil {
		return nil, refusal
	}
	return line, nil
}

// unfinished reports whether a refusal speaks of the word that is just being typed.
func (t *typist) unfinished(r *incident.Refusal) bool {
	if r.Code == "flag_value" {
		return true // its value comes next
	}
	word, _ := r.Args["Word"].(string)
	return !t.ended && t.head == t.whole && (word == t.last.value || word == t.last.folded || r.Code == "number")
}

// fill gives the words behind the verb to its arguments, in their order; one that fits only a later argument is
// given to that.
func (t *typist) fill(p *placed, v *Verb, rest string) {
	for i := 0; i < len(v.Args); {
		if strings.TrimSpace(rest) == "" {
			if p.given[i] != "" || p.line != nil && p.line.Has(v.Args[i].Name) {
				i++
				continue
			}
			if p.now < 0 && t.ended {
				p.now = i
			}
			return
		}
		if p.given[i] != "" {
			i++
			continue
		}
		at, value, after := t.taker(v, i, rest, p.given)
		switch {
		case at >= 0:
			p.given[at], rest = value, after
			if after == "" && !t.ended {
				p.now = at
			}
			if at == i {
				i++
			}
		case v.Args[i].Optional:
			if !t.ended && len(strings.Fields(rest)) == 1 && p.from < 0 {
				p.from = i
			}
			i++
		default: // it fits nothing: the argument as it will be refused
			word, more := cutWord(rest)
			p.given[i] = word
			if more == "" && !t.ended {
				p.now = i
			} else if p.problem == nil {
				p.problem = t.wrongArg(v.Args[i], word)
			}
			rest = more
			i++
		}
	}
}

// taker finds the argument that takes the words in front: the next one, or a required one behind it.
func (t *typist) taker(v *Verb, i int, rest string, given []string) (at int, value, after string) {
	if value, after, ok := t.takes(v.Args[i], rest); ok {
		return i, value, after
	}
	if v.Args[i].Optional {
		return -1, "", rest
	}
	for k := i + 1; k < len(v.Args); k++ {
		if a := v.Args[k]; given[k] == "" && a.Kind != Free && a.Kind != Word {
			if value, after, ok := t.takes(a, rest); ok {
				return k, value, after
			}
		}
	}
	return -1, "", rest
}

// takes reads a value of an argument off the front of a text.
func (t *typist) takes(a Arg, text string) (value, rest string, ok bool) {
	word, after := cutWord(text)
	switch a.Kind {
	case Free:
		return text, "", true
	case Word:
		return word, after, true
	case Person:
		return word, after, isPerson(word) || !a.Optional && answerOf(word) != ""
	case Level:
		p, _ := levelOfTitle(word)
		_, known := incident.ParsePriority(fold(word))
		return word, after, p != "" || known
	case Past:
		_, more, found := lang.ParseMoment(text, t.now, t.zone)
		return strings.TrimSuffix(text, more), more, found && more != text
	case Future:
		_, more, found := lang.ParseFuture(text, t.now, t.zone)
		return strings.TrimSuffix(text, more), more, found && more != text
	case Another:
		_, known := incident.ParseNumber(fold(word))
		return word, after, known
	case RoleWord:
		return t.takesRole(text)
	case Choice:
		_, isLang := lang.Parse(word)
		return word, after, slices.Contains(a.Words, fold(word)) || a.Name == "lang" && isLang
	case Impacts, Urgency, Switch:
	}
	return word, after, true
}

// takesRole reads the longest name of a role, up to three words.
func (t *typist) takesRole(text string) (value, rest string, ok bool) {
	var names []string
	rest = text
	for len(names) < 3 && rest != "" {
		var word string
		if word, rest = cutWord(rest); isPerson(word) {
			break
		}
		names = append(names, word)
		if len(rolesNamed(t.inc, strings.Join(names, " "))) > 0 {
			value, ok = strings.Join(names, " "), true
			text = rest
		}
	}
	return value, text, ok
}

// wrongArg is the refusal that a word in the place of an argument will meet; nil where it may yet be understood.
func (t *typist) wrongArg(a Arg, word string) *incident.Refusal {
	switch a.Kind {
	case RoleWord:
		return incident.Refuse("role_unknown", "Role", cutRunes(word, 40), "Near", t.nearRoles(word))
	case Another:
		return incident.Refuse("number", "Word", cutRunes(word, 40))
	case Past:
		return incident.Refuse("time_unknown", "Word", cutRunes(word, 40), "Flag", "--"+a.Name)
	case Future:
		return incident.Refuse("time_to_come_unknown", "Word", cutRunes(word, 40), "Flag", "--"+a.Name)
	case Choice:
		if a.Name == "lang" {
			return incident.Refuse("lang_unknown", "Given", cutRunes(word, 20))
		}
	case Free, Word, Person, Level, Impacts, Urgency, Switch:
	}
	return nil
}

// wrongFlag is the refusal that a flag's value will meet.
func (t *typist) wrongFlag(v *Verb, l *Line) *incident.Refusal {
	c := *t.call
	c.line = l
	for _, n := range t.g.flagNames(v) {
		value := l.Flag(n)
		if value == "" || !t.ended && t.head == t.whole && strings.HasSuffix(t.head, value) {
			continue
		}
		var err error
		switch f := t.g.flags[n]; f.Kind {
		case Level:
			_, err = c.priority()
		case Past:
			_, err = c.past(n)
		case Future:
			_, err = c.future(n)
		case RoleWord:
			if !l.Has("new") {
				_, err = c.roleOf(value)
			}
		case Free, Word, Person, Another, Impacts, Urgency, Choice, Switch:
		}
		var refusal *incident.Refusal
		if errors.As(err, &refusal) {
			return refusal
		}
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, incident.ErrNotFound) }
