package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

// Typing is a command line while it is written. At is where the cursor stands, in UTF-16 units as browsers count; below
// zero it stands at the end. Place is where it is typed: a room's incident decides what is offered first.
type Typing struct {
	Text   string
	At     int
	Place  incident.Place
	Viewer incident.Viewer
	Lang   lang.Lang
}

// Advice is how a line may go on, and what it is made of.
type Advice struct {
	Items   []Completion `json:"items"`
	Replace int          `json:"replace"` // UTF-16 units before the cursor whose place an item takes
	First   bool         `json:"first"`   // Enter takes the first item: what stands there is no command yet
	Hint    *Hint        `json:"hint,omitempty"`
}

// typist is one line while advice is given.
type typist struct {
	*call
	bot    *Bot
	g      *Grammar
	viewer incident.Viewer
	head   string // up to the cursor
	whole  string
	ended  bool  // the cursor stands behind a space: a new word begins
	last   token // the word being typed
	tokens []token
}

// Complete offers how a line goes on at the cursor: the command's name, verbs, flags, their values, roles, people, times
// and incidents that the viewer may see, and tells what the line is made of and what it still lacks. The command's name
// may be missing; a line that begins with a slash is advised only where a command is meant.
func (b *Bot) Complete(ctx context.Context, typed Typing) (Advice, error) {
	t, err := b.typist(ctx, typed)
	if err != nil {
		return Advice{}, err
	}
	if len(t.tokens) == 0 && typed.Text == "" {
		return Advice{Items: matching("", t.g.verbOffers(t.inc, b.Name, t.lang), len(t.g.verbs))}, nil
	}
	advice, done := t.named()
	if !done {
		advice, err = t.line(ctx)
	}
	if err != nil {
		return Advice{}, err
	}
	if advice.Items == nil {
		advice.Items = []Completion{}
	}
	return advice, nil
}

func (b *Bot) typist(ctx context.Context, typed Typing) (*typist, error) {
	c, err := b.begin(ctx, Request{By: typed.Viewer.Person, Place: typed.Place, Lang: typed.Lang, NoForms: true})
	if err != nil {
		return nil, err
	}
	if typed.Lang != "" {
		c.lang, c.names = typed.Lang, b.names(ctx, typed.Lang)
	}
	t := &typist{call: c, bot: b, g: b.grammar, viewer: typed.Viewer, whole: cut(lang.Clean(typed.Text), lineLimit)}
	t.head = t.whole
	if units := utf16.Encode([]rune(typed.Text)); typed.At >= 0 && typed.At < len(units) {
		t.head = cut(lang.Clean(string(utf16.Decode(units[:typed.At]))), lineLimit)
	}
	t.tokens = tokenize(t.head)
	t.ended = t.head == "" || strings.TrimRight(t.head, " \u3000\n\t") != t.head
	if n := len(t.tokens); n > 0 && !t.ended {
		t.last = t.tokens[n-1]
	}
	return t, t.where(ctx)
}

// where finds the incident that is meant: by a number in the line, else by the room.
func (t *typist) where(ctx context.Context) error {
	n, err := t.bot.inRoom(ctx, t.call)
	if err != nil {
		return err
	}
	for _, k := range t.tokens {
		if typed, ok := incident.ParseNumber(k.folded); ok {
			n = typed
			break
		}
	}
	if n == 0 {
		return nil
	}
	i, err := t.bot.Store.Load(ctx, n)
	if err == nil && incident.MaySee(i, t.viewer) {
		t.inc, t.view.Lang = i, t.lang
	}
	if err != nil && !isMissing(err) {
		return fmt.Errorf("load %s: %w", n, err)
	}
	return nil
}

// named sees to the command's name: /ro offers /incident role, and /role … says what is missing in front of it.
func (t *typist) named() (Advice, bool) {
	if len(t.tokens) == 0 || !strings.HasPrefix(t.tokens[0].folded, "/") {
		return Advice{}, false
	}
	rest := t.g.dropName(t.tokens)
	if len(rest) < len(t.tokens) && (len(t.tokens) > 1 || t.ended) {
		t.tokens = rest
		return Advice{}, false
	}
	word := strings.TrimPrefix(t.tokens[0].folded, "/")
	if len(t.tokens) > 1 || t.ended {
		v := t.g.byAlias[word]
		if v == nil {
			return Advice{}, true
		}
		return Advice{Hint: &Hint{Problem: lang.Text(t.lang, "compose.name_missing", lang.Args{"Line": t.bot.Name + " " + word})}}, true
	}
	verbs := t.g.verbOffers(t.inc, t.bot.Name, t.lang)
	if slices.ContainsFunc(t.g.names, func(n string) bool { return strings.HasPrefix(n, word) }) {
		word = ""
	}
	items := matching(word, verbs, len(verbs))
	for i := range items {
		items[i].Text = t.bot.Name + " " + items[i].Text
	}
	a := Advice{Items: items, Replace: units(t.head[t.tokens[0].start:]), First: true}
	if len(items) > 0 {
		a.Hint = t.opening()
	}
	return a, true
}

// line advises on what stands behind the name.
func (t *typist) line(ctx context.Context) (Advice, error) {
	before := t.tokens
	if !t.ended {
		before = before[:max(0, len(before)-1)]
	}
	verb, word := t.g.completing(before)
	a := Advice{Replace: units(t.last.raw(t.head))}
	switch {
	case verb == nil && word == "--in":
		items, err := t.offer(ctx, want{Kind: Another, Name: "in"}, t.last.value)
		a.Items, a.Hint = items, t.opening()
		return a, err
	case verb == nil && strings.HasPrefix(t.last.folded, "-"):
		a.Items, a.Hint = matching(t.last.value, []offer{said("--in", lang.Text(t.lang, "help.flag_in", nil))}, 1), t.opening()
		return a, nil
	case verb == nil:
		verbs := t.g.verbOffers(t.inc, t.bot.Name, t.lang)
		a.Items, a.Hint = matching(t.last.value, verbs, len(verbs)), t.opening()
		a.First = t.last.value != "" && len(a.Items) > 0 && t.g.byAlias[t.last.folded] == nil
		if v := t.g.byAlias[t.last.folded]; v != nil {
			a.Hint = t.hint(ctx, v)
		} else if len(a.Items) == 0 && t.last.value != "" {
			a.Hint.Problem = t.unknownVerb(t.last.value)
		}
		return a, nil
	case verb.ID == "":
		return t.misspelt(before), nil
	}
	var err error
	a.Items, err = t.going(ctx, verb, word)
	if err != nil {
		return a, err
	}
	a.Hint = t.hint(ctx, verb)
	return a, nil
}

// going offers how a line with a verb goes on: the value of the flag before, a flag, a person, an argument.
func (t *typist) going(ctx context.Context, v *Verb, word string) ([]Completion, error) {
	if name, value, ok := t.last.flag(); ok && value != nil {
		f, known := t.g.flagOf(v, name)
		if !known || f.Kind == Switch {
			return nil, nil
		}
		items, err := t.offer(ctx, flagWant(f, v), *value)
		at := strings.IndexFunc(t.last.value, equals)
		for i := range items {
			items[i].Text = t.last.value[:at] + "=" + quoted(items[i].Text)
		}
		return items, err
	}
	if f, ok := t.g.flagNamed(v, word); ok && f.Kind != Switch {
		items, err := t.offer(ctx, flagWant(f, v), t.last.value)
		for i := range items {
			items[i].Text = quoted(items[i].Text)
		}
		return items, err
	}
	if strings.IndexFunc(t.last.folded, isDash) == 0 && !t.last.quoted {
		return matching(t.last.value, t.g.flagOffers(v, t.lang), completions), nil
	}
	if strings.HasPrefix(t.last.folded, "@") {
		return t.offer(ctx, want{Kind: Person}, t.last.value)
	}
	if v.ID == "help" {
		return matching(t.last.value, t.g.verbOffers(t.inc, t.bot.Name, t.lang), len(t.g.verbs)), nil
	}
	return t.argument(ctx, v)
}

// argument offers what may stand at the cursor by the verb's form: its next argument, and those behind it where that
// one may be left out.
func (t *typist) argument(ctx context.Context, v *Verb) ([]Completion, error) {
	p := t.place(ctx, v)
	var all []offer
	if p.lead {
		all = t.leads(v)
	}
	from := p.now
	if p.from >= 0 {
		from = p.from
	}
	for i := max(from, 0); i < len(v.Args) && from >= 0; i++ {
		if p.given[i] != "" && i != p.now {
			continue
		}
		a := v.Args[i]
		offers, err := t.values(ctx, want{Kind: a.Kind, Name: a.Name, Words: a.Words, Verb: v.ID})
		if err != nil {
			return nil, err
		}
		all = append(all, offers...)
		if !a.Optional && (v.ID != "role" || a.Kind != RoleWord) { // role @sato tech-lead is understood too
			break
		}
	}
	if v.ID == "task" && p.words == 2 && moveOf(p.first) != "" {
		all = t.known(want{Name: "task"})
	}
	return matching(t.last.value, all, completions), nil
}

func (t *typist) offer(ctx context.Context, w want, typed string) ([]Completion, error) {
	offers, err := t.values(ctx, w)
	return matching(strings.Replace(typed, "\uff20", "@", 1), offers, completions), err
}

func flagWant(f Flag, v *Verb) want {
	return want{Kind: f.Kind, Name: f.Name, Words: f.Words, Verb: v.ID}
}

// quoted keeps a value of several words together, where times and people by name need no quotes.
func quoted(s string) string {
	if !strings.ContainsAny(s, " \u3000") || strings.HasPrefix(s, "@") {
		return s
	}
	return `"` + s + `"`
}

// raw is the word as it stands in the text, quotes included.
func (t token) raw(text string) string {
	if t.end == 0 {
		return ""
	}
	return text[t.start:t.end]
}

// units counts UTF-16 units, as a browser counts characters.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

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
		if verb = g.byAlias[strings.TrimRight(before, ":、。")]; verb == nil {
			return &Verb{}, before
		}
	}
	return verb, before
}

func (g *Grammar) flagNamed(v *Verb, word string) (Flag, bool) {
	name, value, ok := token{value: word, folded: word}.flag()
	if !ok || value != nil {
		return Flag{}, false
	}
	return g.flagOf(v, name)
}

// flagOffers are the flags of a verb; in Japanese their Japanese names stand in front.
func (g *Grammar) flagOffers(v *Verb, l lang.Lang) []offer {
	var out []offer
	for _, n := range g.flagNames(v) {
		if n == "in" && v.Alone {
			continue
		}
		o := said("--"+n, lang.Text(l, "help.flag_"+n, nil))
		for _, a := range g.flags[n].Aliases {
			switch {
			case l == lang.JA && !ascii(a) && len(o.forms) == 1:
				o.forms = []string{"--" + a, o.forms[0]}
			case utf8.RuneCountInString(a) > 1:
				o.forms = append(o.forms, "--"+a)
			}
		}
		out = append(out, o)
	}
	return out
}
