package web

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"matoi/bot"
	"matoi/bot/console"
	"matoi/bot/markup"
	"matoi/incident"
)

// sealedForm carries a form through the browser and back, so that it can be shown again with the mistakes.
func sealedForm(f bot.Form) string { return encoded(f) }

// sheet reads what a form was filled in with; several values of one input are joined by commas.
func sheet(r *http.Request) console.Sheet {
	s := console.Sheet{Channel: r.PostFormValue("channel"), Command: r.PostFormValue("command"), Fields: map[string]string{}}
	s.Thread, _ = strconv.ParseInt(r.PostFormValue("thread"), 10, 64)
	s.Message, _ = strconv.ParseInt(r.PostFormValue("message"), 10, 64)
	s.Seen, _ = strconv.ParseInt(r.PostFormValue("seen"), 10, 64)
	for key, values := range r.PostForm {
		if name, ok := strings.CutPrefix(key, "f."); ok {
			s.Fields[name] = strings.Join(slices.DeleteFunc(values, func(v string) bool { return strings.TrimSpace(v) == "" }), ", ")
		}
	}
	return s
}

// again is the form of a request with what was typed into it.
func again(r *http.Request, s console.Sheet) (bot.Form, bool) {
	var f bot.Form
	if err := json.Unmarshal([]byte(r.PostFormValue("form")), &f); err != nil || f.Submit == "" {
		return bot.Form{}, false
	}
	for i := range f.Inputs {
		f.Inputs[i].Value = s.Fields[f.Inputs[i].Name]
	}
	return f, true
}

// looks are the buttons of a form that lead to an incident: as links that open beside it, so that what was filled in stays. Others
// would take the form's place and are left out.
func (rd *reader) looks(list []bot.Button) (out []bot.Button) {
	for _, b := range list {
		if words := strings.Fields(b.Command); b.URL == "" && len(words) > 1 && words[0] == "status" {
			if n, ok := incident.ParseNumber(words[len(words)-1]); ok {
				b.URL = string(incidentURL(n))
			}
		}
		if b.URL != "" {
			out = append(out, b)
		}
	}
	return out
}

func has(options []bot.Option, value string) bool {
	return slices.ContainsFunc(options, func(o bot.Option) bool { return o.Value == value })
}

func among(list, value string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(part) == value {
			return true
		}
	}
	return false
}

func truthy(value string) bool { return value != "" && value != "no" && value != "false" }

// beside reports whether a text stands beside an input of the form already: saying it above as well would be twice.
func beside(f bot.Form, problems map[string]string, text string) bool {
	return slices.ContainsFunc(f.Inputs, func(in bot.Input) bool { return strings.TrimSpace(problems[in.Name]) == strings.TrimSpace(text) })
}

// limits are the attributes that tie an input to its hint, its mistake and its length.
func limits(in bot.Input, problem string) templ.Attributes {
	a := templ.Attributes{}
	var about []string
	if in.Hint != "" {
		about = append(about, "hint-"+in.Name)
	}
	if problem != "" {
		about = append(about, "problem-"+in.Name)
		a["aria-invalid"] = "true"
	}
	if len(about) > 0 {
		a["aria-describedby"] = strings.Join(about, " ")
	}
	if in.Max > 0 && in.Kind != "select" {
		a["maxlength"] = strconv.Itoa(in.Max)
	}
	return a
}

var mentionToken = regexp.MustCompile(`<@([A-Za-z0-9][A-Za-z0-9._:-]{0,63})>`)

// Plain puts names where a text that is shown without mark-up mentions people.
func (rd *reader) Plain(text string) string {
	return mentionToken.ReplaceAllStringFunc(text, func(token string) string {
		return rd.Name(incident.PersonID(token[2 : len(token)-1]))
	})
}

// PersonInput is a person as people type them.
func (rd *reader) PersonInput(value string) string {
	if m := mentionToken.FindStringSubmatch(value); m != nil && m[0] == value {
		return "@" + rd.Name(incident.PersonID(m[1]))
	}
	return value
}

// PersonOptions offers people by name.
func (rd *reader) PersonOptions(options []bot.Option) []bot.Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Value, out[i].Label = rd.PersonInput(out[i].Value), rd.Plain(out[i].Label)
	}
	return out
}

// Inline renders one line of the chats' Markdown without a paragraph around it.
func (rd *reader) Inline(text string) templ.Component {
	m := markdown{name: rd.Name, own: rd.Own}
	markup.ReadLine(strings.ReplaceAll(text, "\n", " "), &m)
	return templ.Raw(m.out.String())
}

// Short is the time of day for today and yesterday's night, day and time before.
func (rd *reader) Short(t instant) string {
	if rd.Now.Sub(t).Hours() < 12 || rd.Day(t) == rd.Day(rd.Now) {
		return rd.Clock(t)
	}
	return rd.DateTime(t)
}
