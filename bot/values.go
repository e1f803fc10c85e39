package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// want is a value that is looked for: of a flag or of an argument.
type want struct {
	Kind  Kind
	Name  string
	Words []string
	Verb  string // whose value it is
}

// values offers what may stand there. Free texts and words of which nothing is known offer nothing.
func (t *typist) values(ctx context.Context, w want) ([]offer, error) {
	switch w.Kind {
	case Level:
		var out []offer
		for q := incident.P1; q <= incident.P5; q++ {
			out = append(out, said(q.String(), PriorityName(q, t.lang)))
		}
		return out, nil
	case Impacts:
		return t.levels(t.policy.Matrix.Impacts), nil
	case Urgency:
		return t.levels(t.policy.Matrix.Urgencies), nil
	case RoleWord:
		return t.roles(), nil
	case Person:
		return t.persons(ctx)
	case Another:
		return t.others(ctx)
	case Past:
		return t.times("compose.moments", t.now.In(t.zone).Format("15:04")), nil
	case Future:
		return t.times("compose.moments_to_come", ""), nil
	case Choice:
		return t.choices(w), nil
	case Word, Free:
		return t.known(w), nil
	case Switch:
	}
	return nil, nil
}

// said is a value with the word for it, which finds it too.
func said(value, label string) offer {
	return offer{Completion: Completion{Label: label}, forms: []string{value}, other: []string{label}}
}

func (t *typist) levels(of []incident.Level) []offer {
	var out []offer
	for _, level := range of {
		o := said(level.ID, levelLabel(level, t.lang))
		o.other = []string{level.JA, level.EN, levelName(level.ID, lang.JA)}
		out = append(out, o)
	}
	return append(out, said(incident.Unknown, levelName(incident.Unknown, t.lang)))
}

// roles are written by their id, in Japanese by their Japanese name where it is one word.
func (t *typist) roles() []offer {
	var out []offer
	all := incident.Roles()
	if t.inc != nil {
		all = append(all, t.inc.Custom...)
	}
	for _, r := range all {
		name := roleName(t.inc, r.ID, t.lang)
		o := offer{Completion: Completion{Label: name}, forms: []string{string(r.ID)}, other: append([]string{name}, r.Aliases...)}
		switch {
		case r.Name != "" && !strings.ContainsAny(r.Name, " \u3000"):
			o.forms = []string{r.Name}
		case t.lang == lang.JA && r.Name == "" && !strings.ContainsAny(name, " \u3000"):
			o.forms = []string{name, string(r.ID)}
		}
		if o.forms[0] == name {
			o.Label = ""
		}
		if h := t.holders(r.ID); h != "" {
			o.Label = strings.TrimPrefix(o.Label+" — "+h, " — ")
		}
		out = append(out, o)
	}
	return out
}

func (t *typist) holders(role incident.RoleID) string {
	if t.inc == nil {
		return ""
	}
	var names []string
	for _, h := range t.inc.Holding(role) {
		names = append(names, t.names(h.Person))
	}
	return list(names, t.lang)
}

// persons are everybody, those who respond to the incident first. A name that two share is written as a token.
func (t *typist) persons(ctx context.Context) ([]offer, error) {
	people, err := t.bot.People.People(ctx)
	if err != nil {
		return nil, fmt.Errorf("complete people: %w", err)
	}
	shared := map[string]int{}
	for _, p := range people {
		shared[fold(p.Name)]++
	}
	var here, rest []offer
	for _, p := range people {
		if p.Erased || p.Name == "" {
			continue
		}
		local, _, _ := strings.Cut(p.Email, "@")
		o := offer{Completion: Completion{Label: p.Email}, forms: []string{"@" + p.Name}, other: []string{"@" + local, "@" + string(p.ID)}, loose: true}
		if shared[fold(p.Name)] > 1 {
			o.forms, o.other, o.Label = []string{mention(p.ID)}, append(o.other, "@"+p.Name), strings.TrimSpace(p.Name+" "+p.Email)
		}
		if t.inc != nil && t.responds(p.ID) {
			here = append(here, o)
			continue
		}
		rest = append(rest, o)
	}
	return append(here, rest...), nil
}

func (t *typist) responds(p incident.PersonID) bool {
	if _, ok := t.inc.Responder(p); ok {
		return true
	}
	return slices.ContainsFunc(t.inc.Holders, func(h incident.Holder) bool { return h.Person == p })
}

// others are the open incidents, without the one the room works on.
func (t *typist) others(ctx context.Context) ([]offer, error) {
	rows, err := t.bot.Store.Find(ctx, incident.Filter{Viewer: t.viewer, Open: true, Limit: completions})
	if err != nil {
		return nil, fmt.Errorf("complete incidents: %w", err)
	}
	var out []offer
	for _, r := range rows {
		if t.inc == nil || r.Number != t.inc.Number {
			o := said(r.Number.String(), unmention(r.Title, t.names))
			o.loose = true
			out = append(out, o)
		}
	}
	return out, nil
}

// times are ways to write one; each of them is understood.
func (t *typist) times(id, clock string) []offer {
	var out []offer
	if clock != "" {
		out = append(out, said(clock, lang.Text(t.lang, "compose.clock_now", nil)))
	}
	for _, w := range strings.Split(lang.Text(t.lang, id, nil), "|") {
		word, label, _ := strings.Cut(w, "=")
		out = append(out, said(word, label))
	}
	return out
}

// choices are the words of a Choice with what they mean.
func (t *typist) choices(w want) []offer {
	var out []offer
	for _, word := range w.Words {
		out = append(out, said(word, t.meaning(w, word)))
	}
	return out
}

func (t *typist) meaning(w want, word string) string {
	switch w.Name {
	case "channel":
		return channelName(word, t.lang)
	case "kind":
		if w.Verb == "link" {
			return words(t.lang, "bot.link_", word)
		}
		return sortName(word, t.lang)
	case "sort":
		return updateName(word, t.lang)
	case "audience":
		return audienceName(word, t.lang)
	case "for":
		return words(t.lang, "bot.hold_", word)
	case "how":
		return words(t.lang, "form.how_", word)
	case "restored":
		return words(t.lang, "compose.usable_", word)
	case "lang":
		return words(t.lang, "bot.lang_", word)
	}
	return ""
}

// known are words and texts of which the house knows some: categories, services, teams, zones, numbers of entries and tasks.
func (t *typist) known(w want) []offer {
	var out []offer
	switch w.Name {
	case "category":
		for _, c := range t.policy.Categories {
			o := said(c.ID, categoryName(t.policy, c.ID, t.lang))
			o.other = []string{c.JA, c.EN}
			out = append(out, o)
		}
	case "service":
		for _, s := range t.policy.Services {
			o := said(s.Name, s.Team)
			o.loose = true
			out = append(out, o)
		}
	case "team":
		for _, team := range t.teams() {
			out = append(out, said(team, ""))
		}
	case "status":
		for _, s := range incident.Statuses() {
			out = append(out, said(string(s), StatusName(s, t.lang)))
		}
	case "zone":
		for _, z := range []string{"Asia/Tokyo", "UTC", "Europe/London", "America/New_York", "Asia/Singapore"} {
			out = append(out, said(z, clockIn(t.now, z)))
		}
	case "task":
		if t.inc != nil {
			for _, k := range t.inc.Tasks {
				if k.State == "open" || k.State == "claimed" {
					out = append(out, said(strconv.Itoa(k.ID), unmention(taskText(k, t.lang), t.names)))
				}
			}
		}
	}
	return out
}

func (t *typist) teams() []string {
	var out []string
	for _, c := range t.policy.Categories {
		out = append(out, c.Team)
	}
	for _, s := range t.policy.Services {
		out = append(out, s.Team)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

func clockIn(now time.Time, zone string) string {
	z, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	return now.In(z).Format("15:04")
}

// leads are words that may stand in front of a verb's text: hold vendor, escalate up, task done 3.
func (t *typist) leads(v *Verb) []offer {
	var out []offer
	for _, word := range v.First {
		switch v.ID {
		case "hold":
			out = append(out, said(word, words(t.lang, "bot.hold_", word)))
		case "escalate":
			out = append(out, said(word, words(t.lang, "form.how_", word)))
		default:
			o := said(lang.Text(t.lang, "compose.word_"+word, nil), lang.Text(t.lang, "compose.first_"+word, nil))
			o.forms = append(o.forms, word)
			out = append(out, o)
		}
	}
	return out
}
