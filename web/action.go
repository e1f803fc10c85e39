package web

import (
	"slices"
	"strings"
	"unicode"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// actionGroup is a part of the menu of everything that can be done with an incident.
type actionGroup struct {
	Name  string
	Verbs []actionView
}

// actionView is one verb of the grammar as a button.
type actionView struct {
	ID     string
	Label  string
	Button bot.Button
}

// actions are the verbs of the grammar that make sense in an incident's state, in the order of help. A new verb shows
// up by itself.
func (s *Server) actions(rd *reader, i *incident.Incident) []actionGroup {
	var out []actionGroup
	for _, v := range s.Bot.Grammar().Verbs() {
		if !applies(v, i) {
			continue
		}
		name := lang.Text(rd.Lang, "help.group_"+v.Group, nil)
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, actionGroup{Name: name})
		}
		label := sentence(rd.Lang, verbHelp(rd, v.ID))
		g := &out[len(out)-1]
		g.Verbs = append(g.Verbs, actionView{ID: v.ID, Label: label, Button: bot.Button{Label: label, Command: v.ID, Form: asks(v)}})
	}
	return out
}

// asks reports whether a verb needs to be told more before it can do anything.
func asks(v bot.Verb) bool {
	switch v.ID {
	case "triage", "investigate", "identify", "confirm", "notfixed", "assignee": // their words may be left out, not their chance
		return true
	}
	return v.Form || slices.ContainsFunc(v.Args, func(a bot.Arg) bool { return !a.Optional })
}

// applies reports whether a verb has a place on the page of an incident in this state. It leaves out what would say
// nothing; whether a deed is allowed is for the one door to say.
func applies(v bot.Verb, i *incident.Incident) bool {
	switch {
	case v.Alone:
		return false
	case v.Reads:
		return true
	case i.Status == incident.StatusMerged:
		return slices.Contains([]string{"log", "finding", "theory", "decision", "action", "correct", "undo", "link", "private", "public"}, v.ID)
	}
	switch v.ID {
	case "ack", "cant", "eta", "ask", "escalate", "triage", "investigate", "identify", "mitigate", "resolve", "cancel":
		return i.Open()
	case "hold":
		return i.Open() && i.Hold == nil
	case "resume":
		return i.Hold != nil
	case "confirm", "notfixed":
		return i.Status == incident.StatusResolved
	case "reopen":
		return i.Status == incident.StatusResolved || i.Status == incident.StatusClosed
	case "merge", "close", "restored", "takeover":
		return !i.Over()
	case "undo":
		return i.Before != nil
	case "public":
		return i.Private
	}
	return true
}

// verbHelp is what help says of a verb.
func verbHelp(rd *reader, id string) string { return lang.Text(rd.Lang, "help."+id, nil) }

// sentence begins with a capital letter, where the language has them.
func sentence(l lang.Lang, s string) string {
	if l != lang.EN || s == "" {
		return s
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// plainForm makes a form for a verb that has none of its own, out of its arguments and flags. It is filled with what
// the command already says and with what the incident has.
func (s *Server) plainForm(rd *reader, i *incident.Incident, command string) (bot.Form, bool) {
	g := s.Bot.Grammar()
	line, refusal := g.Parse(command)
	if refusal != nil || line.Verb == nil || line.Verb.Form || i == nil || len(line.Verb.Args)+len(line.Verb.Flags) == 0 {
		return bot.Form{}, false
	}
	v := line.Verb
	f := bot.Form{
		Title:   sentence(rd.Lang, strings.ReplaceAll(verbHelp(rd, v.ID), "`", "")) + " " + i.Number.String(),
		Submit:  lang.Text(rd.Lang, "form.submit", nil),
		Command: v.ID + " --in " + i.Number.String(),
	}
	for _, a := range v.Args {
		in := s.plainInput(rd, i, a.Name, a.Kind, a.Words)
		in.Required = !a.Optional
		f.Inputs = append(f.Inputs, in)
	}
	for _, name := range v.Flags {
		if flag, ok := g.Flag(name); ok && !slices.ContainsFunc(v.Args, func(a bot.Arg) bool { return a.Name == name }) {
			f.Inputs = append(f.Inputs, s.plainInput(rd, i, name, flag.Kind, flag.Words))
		}
	}
	for k := range f.Inputs {
		if given := line.Flag(f.Inputs[k].Name); given != "" {
			f.Inputs[k].Value = given
		}
		if len(v.Args) > 0 && f.Inputs[k].Name == v.Args[0].Name && line.Rest != "" {
			f.Inputs[k].Value = line.Rest
		}
	}
	return f, true
}

// plainInput is the input for one argument or flag by its kind.
func (s *Server) plainInput(rd *reader, i *incident.Incident, name string, kind bot.Kind, words []string) bot.Input {
	in := bot.Input{Name: name, Kind: "text", Label: inputLabel(rd, name), Value: known(i, name), Max: 300}
	if id := "form.hint_" + name; lang.Has(rd.Lang, id) && name != "owner" {
		in.Hint = lang.Text(rd.Lang, id, nil)
	}
	switch kind {
	case bot.Switch:
		in.Kind = "check"
	case bot.Person:
		in.Kind, in.Options = "person", s.personOptions(rd)
	case bot.Choice:
		in.Kind = "select"
		for _, w := range words {
			in.Options = append(in.Options, bot.Option{Value: w, Label: choiceWord(rd, name, w)})
		}
	case bot.Free:
		if name == "text" || name == "reason" || name == "summary" {
			in.Kind, in.Max = "area", 4000
		}
	case bot.Past, bot.Future:
		in.Kind = "time"
	}
	if name == "category" {
		if options := rd.categoryOptions(i.Category); len(options) > 0 {
			in.Kind, in.Options = "select", options
		}
	}
	return in
}

// known is what an incident already says where a form asks for it.
func known(i *incident.Incident, name string) string {
	switch name {
	case "title":
		return i.Title
	case "service":
		return strings.Join(i.Services, ", ")
	case "team":
		return i.Team
	case "category":
		return i.Category
	}
	return ""
}

// inputLabel is what forms call an input, else what help calls it.
func inputLabel(rd *reader, name string) string {
	for _, id := range []string{"form." + name, "page.input_" + name, "help.flag_" + name, "help.arg_" + name} {
		if lang.Has(rd.Lang, id) {
			return sentence(rd.Lang, lang.Text(rd.Lang, id, nil))
		}
	}
	return name
}

func choiceWord(rd *reader, name, word string) string {
	prefix := map[string]string{"kind": "bot.sort_", "audience": "update.audience_", "sort": "update.sort_", "for": "bot.hold_"}[name]
	if prefix != "" && lang.Has(rd.Lang, prefix+word) {
		return lang.Text(rd.Lang, prefix+word, nil)
	}
	return word
}
