package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// former builds a form; it keeps the first error so that the lists of inputs read as lists.
type former struct {
	b   *Bot
	c   *call
	ctx context.Context //nolint:containedctx // lives as long as the one call that builds the form
	err error
}

// form asks for what a verb needs: its inputs are the verb's own flags, filled with what is known already.
func (b *Bot) form(ctx context.Context, c *call) (Reply, error) {
	if c.NoForms {
		return Reply{}, incident.Refuse("more_needed", "Verb", c.line.Verb.ID, "Usage", b.grammar.usage(c.line.Verb, c.lang))
	}
	if c.line.Verb.ID == "inbox" {
		return b.inboxForm(ctx, c)
	}
	f := former{b: b, c: c, ctx: ctx}
	verb := c.line.Verb.ID
	form := &Form{Title: lang.Text(c.lang, "form.title_"+verb, nil), Submit: lang.Text(c.lang, "form.submit", nil), Command: verb}
	reply := Reply{Form: form}
	if c.inc != nil {
		form.Title += " " + c.inc.Number.String()
		form.Command = inCommand(c.inc.Number, verb)
		form.Seen = c.inc.Version
		reply.Number = c.inc.Number
	}
	form.Inputs = f.inputs(verb)
	if verb == "open" {
		form.Text, form.Buttons = f.twins()
	}
	return reply, f.err
}

func (f *former) inputs(verb string) []Input {
	switch verb {
	case "open":
		return f.opening()
	case "log":
		return f.logging()
	case "update":
		return f.updating()
	case "role":
		role := f.roles()
		role.Required, role.Options = false, append([]Option{{"", "—"}}, role.Options...) // or a new one
		return []Input{role, f.person("person", false), f.text("stream", 60), f.text("name", 60), f.text("duty", 200)}
	case "handover":
		return []Input{f.person("person", true), f.held()}
	case "takeover":
		return []Input{f.roles(), must(f.area("reason"))}
	case "escalate":
		return []Input{f.choice("how", ways(), func(w string, l lang.Lang) string { return words(l, "form.how_", w) }), f.text("target", 80), must(f.area("reason"))}
	case "priority":
		return f.judging()
	case "task":
		return []Input{must(f.text("text", 300)), f.person("owner", false)}
	case "mitigate":
		return []Input{f.area("text"), f.choice("restored", []string{"partly", "yes", "no"}, func(w string, l lang.Lang) string { return words(l, "form.usable_", w) })}
	case "restored":
		return []Input{f.time("since"), f.area("text")}
	case "measure":
		return []Input{must(f.area("text")), f.text("measure", 60), must(f.text("owner", 80)), must(f.text("due", 60))}
	case "hold":
		return []Input{
			f.choice("for", holds(), func(h string, l lang.Lang) string { return words(l, "bot.hold_", h) }), must(f.area("reason")), f.time("review"),
			f.text("ticket", 80), f.text("contact", 120), f.time("promised"),
		}
	case "resolve":
		return []Input{f.area("text")}
	case "close":
		return []Input{f.area("pending")}
	case "reopen":
		return []Input{f.area("reason"), f.check("never")}
	case "cancel", "cant":
		return []Input{must(f.area("reason"))}
	case "legal":
		return f.legalForm()
	case "silence", "maintenance":
		return f.silenceForm()
	case "eta":
		return []Input{must(f.time("eta"))}
	case "merge":
		return []Input{must(f.incidents("into"))}
	}
	if verb == "ways" && f.b.Pagers != nil {
		return []Input{must(f.choice("way", f.b.Pagers.Words(), func(w string, l lang.Lang) string { return WayName(Way{Realm: RealmOf(w)}, l) })), f.text("address", 254)}
	}
	f.err = errors.New("no form for " + verb)
	return nil
}

func must(i Input) Input {
	i.Required = true
	return i
}

// input is a field named as the flag it becomes, holding what was given already.
func (f *former) input(name, kind string) Input {
	i := Input{Name: name, Kind: kind, Label: lang.Text(f.c.lang, "form."+name, nil), Value: f.c.line.Flag(name)}
	if id := "form.hint_" + name; lang.Has(f.c.lang, id) {
		i.Hint = lang.Text(f.c.lang, id, nil)
	}
	return i
}

func (f *former) text(name string, limit int) Input {
	i := f.input(name, "text")
	i.Max = limit
	return i
}

func (f *former) area(name string) Input {
	i := f.input(name, "area")
	i.Max = 4000
	if i.Value == "" && (name == "text" || name == "reason" || name == "pending") {
		i.Value = f.c.line.Rest
	}
	return i
}

func (f *former) check(name string) Input { return f.input(name, "check") }

// time is a text, so that people can write 15:30, 30m or 明日 9:00.
func (f *former) time(name string) Input { return f.input(name, "time") }

func (f *former) choice(name string, values []string, word func(string, lang.Lang) string) Input {
	i := f.input(name, "select")
	for _, v := range values {
		i.Options = append(i.Options, Option{v, word(v, f.c.lang)})
	}
	if i.Value == "" && len(values) > 0 {
		i.Value = values[0]
	}
	return i
}

func (f *former) person(name string, required bool) Input {
	i := f.input(name, "person")
	i.Required, i.Hint = required, "" // its hint is for where a team will do too
	people, err := f.b.People.People(f.ctx)
	if err != nil {
		f.err = fmt.Errorf("list people for a form: %w", err)
	}
	for _, p := range people {
		i.Options = append(i.Options, Option{mention(p.ID), p.Name})
	}
	if i.Value != "" {
		if id, err := f.b.person(f.ctx, f.c, i.Value); err == nil {
			i.Value = mention(id)
		}
	}
	return i
}

// held is the roles of whoever hands one over; all of them where they hold none, for the refusal to say so.
func (f *former) held() Input {
	all := f.roles()
	own := slices.DeleteFunc(slices.Clone(all.Options), func(o Option) bool {
		role := incident.RoleID(o.Value)
		return !f.c.inc.Has(f.c.By, role) && !(role == incident.Manager && f.c.inc.Acting == f.c.By)
	})
	if len(own) > 0 {
		all.Options = own
		if all.Value == "" {
			all.Value = own[0].Value
		}
	}
	return all
}

func (f *former) roles() Input {
	i := must(f.input("role", "select"))
	all := incident.Roles()
	if f.c.inc != nil {
		all = append(all, f.c.inc.Custom...)
	}
	for _, r := range all {
		i.Options = append(i.Options, Option{string(r.ID), roleName(f.c.inc, r.ID, f.c.lang)})
	}
	if fits := rolesNamed(f.c.inc, i.Value); len(fits) == 1 {
		i.Value = string(fits[0])
	}
	return i
}

// level is impact or urgency, with "unknown" first: nobody fills a matrix at three in the morning.
func (f *former) level(name, value string, levels []incident.Level) Input {
	i := f.input(name, "select")
	i.Options = []Option{{incident.Unknown, levelName(incident.Unknown, f.c.lang)}}
	for _, l := range levels {
		i.Options = append(i.Options, Option{l.ID, levelLabel(l, f.c.lang)})
	}
	if i.Value == "" {
		i.Value = value
	}
	if known := f.c.policy.Matrix.Level(levels, i.Value); known != "" {
		i.Value = known
	}
	return i
}

func (f *former) opening() []Input {
	f.c.levelFirst()
	title := must(f.text("title", titleMax))
	title.Live = true // incidents that look alike are shown
	summary := f.area("summary")
	if title.Value == "" {
		title.Value = cutRunes(strings.Join(strings.Fields(f.c.line.Rest), " "), titleMax)
	}
	if m := f.c.Message; m != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(unmention(m.Text, f.b.names(f.ctx, f.c.lang))), "\n")
		if title.Value == "" {
			title.Value = cutRunes(first, 80)
		}
		if summary.Value == "" {
			summary.Value = f.quoted(m)
		}
	}
	m := f.c.policy.Matrix
	inputs := []Input{title, f.level("impact", incident.Unknown, m.Impacts), f.level("urgency", incident.Unknown, m.Urgencies)}
	reporter := f.person("reporter", false)
	if m := f.c.Message; m != nil && m.Author != "" && reporter.Value == "" {
		reporter.Value = mention(m.Author) // who wrote it told us
	}
	inputs = append(inputs, f.category(), f.services(), reporter, f.time("occurred"), summary, f.check("private"))
	if f.c.line.Has("priority") {
		p := f.input("priority", "select")
		for q := incident.P1; q <= incident.P5; q++ {
			p.Options = append(p.Options, Option{q.String(), PriorityName(q, f.c.lang)})
		}
		p.Value = strings.ToUpper(p.Value)
		inputs = append(inputs, p)
	}
	return inputs
}

// quoted is the message an incident is opened from: its text, author and link.
func (f *former) quoted(m *incident.Message) string {
	author := m.AuthorName
	if m.Author != "" {
		author = f.b.names(f.ctx, f.c.lang)(m.Author)
	}
	return strings.TrimSpace(lang.Text(f.c.lang, "form.quote", lang.Args{
		"Author": author, "When": f.c.view.when(m.At),
		"Text": unmention(m.Text, f.b.names(f.ctx, f.c.lang)), "Link": m.Link,
	}))
}

func (f *former) category() Input {
	i := f.input("category", "select")
	if len(f.c.policy.Categories) == 0 {
		i.Kind = "text"
		return i
	}
	i.Options = []Option{{"", "—"}}
	for _, k := range f.c.policy.Categories {
		i.Options = append(i.Options, Option{k.ID, categoryName(f.c.policy, k.ID, f.c.lang)})
	}
	return i
}

func (f *former) services() Input {
	i := f.input("service", "text")
	i.Value = strings.Join(f.c.listed("service"), ", ")
	if len(f.c.policy.Services) > 0 {
		i.Kind, i.Search = "multi", len(f.c.policy.Services) > searchFrom
		for _, s := range f.c.policy.Services {
			i.Options = append(i.Options, Option{s.Name, s.Name})
		}
	}
	return i
}

// twins is what looks like the incident about to be opened, each with a button to look at it first.
func (f *former) twins() (text string, look []Button) {
	title := ""
	if len(f.c.line.Rest) > 0 || f.c.line.Has("title") {
		title = f.c.line.Flag("title") + " " + f.c.line.Rest
	} else if f.c.Message != nil {
		title = cutRunes(f.c.Message.Text, titleMax)
	}
	twins, err := f.b.twins(f.ctx, f.c, title, f.c.listed("service"))
	if err != nil {
		f.err = err
	}
	for _, t := range twins {
		label := lang.Text(f.c.lang, "form.look", lang.Args{"Number": t.Number.String()})
		look = append(look, Button{Label: label, Command: inCommand(t.Number, "status")})
	}
	return f.c.twinText(twins), look
}

func (f *former) logging() []Input {
	var inputs []Input
	if f.c.inc == nil {
		inputs = append(inputs, must(f.incidents("in")))
	}
	if f.c.Message != nil {
		text := must(f.area("text"))
		text.Value = unmention(f.c.Message.Text, f.b.names(f.ctx, f.c.lang))
		return append(inputs, text, f.choice("kind", sorts(), sortName))
	}
	return append(inputs, must(f.area("text")), f.choice("kind", sorts(), sortName), f.time("at"), f.person("by", false))
}

// The lists of a form: so many incidents are offered, and with more services than that people look for theirs by typing.
const (
	incidentsMost = 50
	searchFrom    = 100
)

func (f *former) incidents(name string) Input {
	i := f.input(name, "select")
	rows, err := f.b.Store.Find(f.ctx, incident.Filter{Viewer: f.c.viewer(), Open: true, Limit: incidentsMost})
	if err != nil {
		f.err = fmt.Errorf("list incidents for a form: %w", err)
	}
	i.Search = len(rows) == incidentsMost
	for _, r := range rows {
		if f.c.inc == nil || r.Number != f.c.inc.Number {
			i.Options = append(i.Options, Option{r.Number.String(), r.Number.String() + " " + cutRunes(r.Title, 60)})
		}
	}
	return i
}

func (f *former) judging() []Input {
	i := f.c.inc
	p := f.input("priority", "select")
	p.Options = []Option{{"", lang.Text(f.c.lang, "form.by_matrix", nil)}}
	for q := incident.P1; q <= incident.P5; q++ {
		p.Options = append(p.Options, Option{q.String(), PriorityName(q, f.c.lang)})
	}
	m := f.c.policy.Matrix
	return []Input{f.level("impact", i.Impact, m.Impacts), f.level("urgency", i.Urgency, m.Urgencies), p, f.area("reason")}
}

// updating fills an update from the record: what, whom it affects, what we do, when the next one comes.
func (f *former) updating() []Input {
	i := f.c.inc
	text := must(f.area("text"))
	if text.Value == "" {
		impact := i.ImpactText
		if impact == "" {
			impact = list(i.Services, f.c.lang)
		}
		args := lang.Args{"Title": i.Title, "Status": StatusName(i.Shown(), f.c.lang), "Impact": impact, "Workaround": i.Workaround}
		id := "update.template"
		if strings.EqualFold(f.c.line.Flag("audience"), "customers") {
			id = "update.template_customers"
		}
		text.Value = strings.TrimSpace(unmention(lang.Text(f.c.lang, id, args), f.b.names(f.ctx, f.c.lang)))
	}
	next := f.time("next")
	every := i.Targets.Update
	if !i.Restored.IsZero() {
		every = i.Targets.AfterRestored
	}
	if now := f.b.Now(); next.Value == "" && !every.IsZero() && i.Open() {
		next.Value = length(every.From(i.Aims().Hours, now).Sub(now))
	}
	audience := f.input("audience", "select")
	for _, a := range audiences() {
		audience.Options = append(audience.Options, Option{a, audienceName(a, f.c.lang)})
	}
	if audience.Value == "" {
		audience.Value = "stakeholders"
	}
	return []Input{audience, text, next}
}

// length writes a span as people type it: 30m, 1h.
func length(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
