package bot

import (
	"strings"
	"unicode/utf8"

	"matoi/lang"
)

// Help is the overview: every verb with what it does, in groups. name is what the command is called.
func (g *Grammar) Help(l lang.Lang, name string) string {
	var out []string
	out = append(out, lang.Text(l, "help.intro", lang.Args{"Name": name}))
	group := ""
	for _, v := range g.verbs {
		if v.Group != group {
			group = v.Group
			out = append(out, "", "**"+lang.Text(l, "help.group_"+group, nil)+"**")
		}
		out = append(out, "- `"+v.ID+"`"+g.also(v, l)+" "+lang.Text(l, "help."+v.ID, nil))
	}
	return strings.Join(append(out, "", lang.Text(l, "help.outro", lang.Args{"Name": name})), "\n")
}

// also is the first alias in the reader's own language, where the id is in the other one.
func (g *Grammar) also(v Verb, l lang.Lang) string {
	if l != lang.JA {
		return ""
	}
	for _, a := range v.Aliases {
		if !ascii(a) {
			return " / `" + a + "`"
		}
	}
	return ""
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// HelpFor explains one verb: how it is written, its flags, an example, and its other names.
func (g *Grammar) HelpFor(v *Verb, l lang.Lang, name string) string {
	out := []string{"**" + v.ID + "** " + lang.Text(l, "help."+v.ID, nil), "", "`" + name + " " + g.usage(v, l) + "`"}
	for _, n := range g.flagNames(v) {
		f := g.flags[n]
		if n == "in" && v.Alone {
			continue
		}
		names := "`--" + f.Name + "`"
		for _, a := range f.Aliases {
			if utf8.RuneCountInString(a) == 1 && ascii(a) {
				names += " `-" + a + "`"
			} else if l == lang.JA && !ascii(a) {
				names += " `--" + a + "`"
			}
		}
		line := "- " + names + " " + lang.Text(l, "help.flag_"+f.Name, nil)
		if len(f.Words) > 0 {
			line += " (" + strings.Join(f.Words, " | ") + ")"
		}
		out = append(out, line)
	}
	out = append(out, "", lang.Text(l, "help.example", lang.Args{"Example": "`" + name + " " + g.Example(v, l) + "`"}))
	if len(v.Aliases) > 0 {
		out = append(out, lang.Text(l, "help.aliases", lang.Args{"Aliases": strings.Join(v.Aliases, ", ")}))
	}
	return strings.Join(out, "\n")
}

// Example is one line that works, without the command's name.
func (g *Grammar) Example(v *Verb, l lang.Lang) string {
	return lang.Text(l, "help."+v.ID+"_example", nil)
}

// usage is the verb with its arguments: what may be left out stands in brackets.
func (g *Grammar) usage(v *Verb, l lang.Lang) string {
	parts := []string{spoken(v, l)}
	for _, a := range v.Args {
		part := g.argText(a, l)
		if a.Optional {
			part = "[" + part + "]"
		}
		parts = append(parts, part)
	}
	for _, f := range v.Flags {
		parts = append(parts, "["+g.flagText(f, l)+"]")
	}
	return strings.Join(parts, " ")
}

// argText is an argument as a form shows it: <title>, @<name>.
func (g *Grammar) argText(a Arg, l lang.Lang) string {
	name := "<" + lang.Text(l, "help.arg_"+a.Name, nil) + ">"
	if a.Kind == Person {
		return "@" + name
	}
	return name
}

// flagText is a flag as a form shows it, in Japanese by its Japanese name.
func (g *Grammar) flagText(name string, l lang.Lang) string {
	f, shown := g.flags[name], name
	for _, a := range f.Aliases {
		if l == lang.JA && !ascii(a) {
			shown = a
			break
		}
	}
	if f.Kind == Switch {
		return "--" + shown
	}
	return "--" + shown + " …"
}
