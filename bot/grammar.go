package bot

import (
	"context"
	"slices"
	"strings"

	"matoi/lang"
)

// Kind tells what a value of the grammar is: how it is read, completed and shown in help.
type Kind string

// The kinds of values.
const (
	Free     Kind = "text"     // the rest of the line
	Word     Kind = "word"     // one word
	Person   Kind = "person"   // @name
	Past     Kind = "moment"   // when something happened
	Future   Kind = "future"   // when something will
	RoleWord Kind = "role"     // one of the roles, by any alias
	Another  Kind = "incident" // INC-…
	Level    Kind = "level"    // P1 … P5
	Impacts  Kind = "impact"   // a word of the matrix
	Urgency  Kind = "urgency"  // a word of the matrix
	Choice   Kind = "choice"   // one of Words
	Switch   Kind = "switch"   // a flag without a value
)

// Arg is a value that stands behind the verb.
type Arg struct {
	Name     string // its text is help.arg_<name>; the flag of that name does the same
	Kind     Kind
	Optional bool
	Words    []string // of a Choice
}

// Flag is a named value. Flags may stand anywhere in a line.
type Flag struct {
	Name    string   // its text is help.flag_<name>
	Aliases []string // other languages and short forms; one letter is typed with one dash
	Kind    Kind
	Words   []string // of a Choice
}

// Verb is one row of the grammar: what can be typed, pressed and sent in a form.
type Verb struct {
	ID      string // its texts are help.<id> and help.<id>_example
	Group   string // its text is help.group_<group>
	Aliases []string
	Args    []Arg
	Flags   []string
	First   []string // words that may stand in front of its text: hold vendor, escalate functional
	Reads   bool     // changes nothing
	Alone   bool     // needs no incident
	Form    bool     // can be asked for as a form
	Loose   bool     // its text may hold words that look like flags (commands people ran)

	do func(b *Bot, ctx context.Context, c *call) (Reply, error)
}

// Grammar is the one table of verbs with its indexes. Everything that a person can type, that a button can
// do, that completion offers and that help prints comes from here.
type Grammar struct {
	verbs   []Verb
	flags   map[string]Flag
	byAlias map[string]*Verb
	names   []string // what the command is called, folded and without slash
}

// NewGrammar indexes the table; names are the command's names, with or without a slash.
func NewGrammar(names ...string) *Grammar {
	g := &Grammar{verbs: verbs(), flags: map[string]Flag{}, byAlias: map[string]*Verb{}}
	for _, f := range flags() {
		g.flags[f.Name] = f
	}
	for i := range g.verbs {
		v := &g.verbs[i]
		g.byAlias[v.ID] = v
		for _, a := range v.Aliases {
			g.byAlias[a] = v
		}
	}
	for _, n := range names {
		g.names = append(g.names, fold(strings.TrimLeft(n, "/!")))
	}
	return g
}

// Verbs returns the table in the order in which help shows it.
func (g *Grammar) Verbs() []Verb { return slices.Clone(g.verbs) }

// Verb finds a verb by its id or an alias of any language, nil if there is none.
func (g *Grammar) Verb(word string) *Verb { return g.byAlias[fold(word)] }

// Flag finds a flag of the grammar by its name.
func (g *Grammar) Flag(name string) (Flag, bool) {
	f, ok := g.flags[name]
	return f, ok
}

// flagOf finds a flag of the verb by any of its names; a nil verb knows only --in.
func (g *Grammar) flagOf(v *Verb, name string) (Flag, bool) {
	for _, n := range g.flagNames(v) {
		f := g.flags[n]
		if f.Name == name || slices.Contains(f.Aliases, name) {
			return f, true
		}
	}
	return Flag{}, false
}

// flagNames lists what the verb takes: its flags, its arguments by name, and --in.
func (g *Grammar) flagNames(v *Verb) []string {
	names := []string{"in"}
	if v == nil {
		return names
	}
	names = append(names, v.Flags...)
	for _, a := range v.Args {
		if _, ok := g.flags[a.Name]; ok && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return names
}

// fold evens out a word of the grammar: full-width forms, quotes, case.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(lang.Fold(s))) }
