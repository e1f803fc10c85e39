package bot

import (
	"context"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// inboxForm asks for what is done with alerts of the inbox: their short names stay in the form's command.
func (b *Bot) inboxForm(ctx context.Context, c *call) (Reply, error) {
	if b.Inbox == nil {
		return Reply{}, incident.Refuse("inbox_none")
	}
	word, rest := cutWord(c.line.Rest)
	deed := inboxDeed(word)
	f := former{b: b, c: c, ctx: ctx}
	form := &Form{Title: lang.Text(c.lang, "inbox.form_"+deed, nil), Submit: lang.Text(c.lang, "form.submit", nil), Command: "inbox " + deed}
	reply := Reply{Form: form}
	if deed == "discard" {
		id, why := cutWord(rest)
		form.Command += " " + id
		reason := must(f.area("reason"))
		reason.Value, reason.Hint = why, ""
		form.Inputs = []Input{reason}
		return reply, f.err
	}
	handles, _ := handlesFirst(rest)
	list, err := b.looseNamed(ctx, c, handles)
	if err != nil {
		return Reply{}, err
	}
	form.Command += " " + strings.Join(handles, " ")
	for _, a := range list {
		if a.Incident != 0 {
			return Reply{}, incident.Refuse("inbox_taken", "Number", a.Incident.String())
		}
	}
	switch deed {
	case "open":
		c.line.Rest = ""
		fill(c, "title", cutRunes(list[0].name(), titleMax))
		fill(c, "service", list[0].Service)
		fill(c, "summary", list[0].Description)
		if !list[0].Start.IsZero() {
			fill(c, "occurred", list[0].Start.In(c.zone).Format("2006-01-02 15:04"))
		}
		form.Inputs = f.opening()
		for k := range form.Inputs {
			if in := &form.Inputs[k]; in.Name == "title" {
				in.Live = false // the alert says what it is about
			}
		}
	case "attach":
		form.Inputs = []Input{must(f.joinable(list[0].Service))}
	case "rule":
		return b.ruleForm(ctx, c, rest, list, reply)
	case "silence":
		return b.silenceForm(ctx, c, list)
	default:
		return Reply{}, incident.Refuse("inbox_which")
	}
	if len(list) > 1 {
		form.Text = aboutAlerts(c, list)
	}
	return reply, f.err
}

// fill gives a flag a value where it has none.
func fill(c *call, flag, value string) {
	if !c.line.Has(flag) && value != "" {
		c.line.Flags[flag] = []string{value}
	}
}

// aboutAlerts says which alerts a form is about.
func aboutAlerts(c *call, list []LooseAlert) string {
	lines := []string{lang.Text(c.lang, "inbox.form_several", lang.Args{"N": len(list)})}
	for _, a := range list[:min(len(list), 5)] {
		lines = append(lines, "- "+oneLine(a.Title, 80))
	}
	if len(list) > 5 {
		lines = append(lines, "- …")
	}
	return strings.Join(lines, "\n")
}

// joinable are the open incidents that an alert can join, those of its service first.
func (f *former) joinable(service string) Input {
	in := f.incidents("in")
	rows, err := f.b.Store.Find(f.ctx, incident.Filter{Viewer: f.c.viewer(), Open: true, Service: service, Limit: 5})
	if err != nil {
		f.err = err
	}
	if service == "" {
		rows = nil
	}
	for k := len(rows) - 1; k >= 0; k-- {
		for at, o := range in.Options {
			if o.Value == rows[k].Number.String() {
				copy(in.Options[1:at+1], in.Options[:at])
				in.Options[0] = o
			}
		}
	}
	if len(in.Options) > 0 && in.Value == "" {
		in.Value = in.Options[0].Value
	}
	return in
}

// ruleForm asks what a rule matches and what it does, and says what that would have meant lately.
func (b *Bot) ruleForm(ctx context.Context, c *call, rest string, list []LooseAlert, reply Reply) (Reply, error) {
	if !mayRule(c.policy, c.me, c.now) {
		return Reply{}, incident.Refuse("inbox_rule_managers")
	}
	f := former{b: b, c: c, ctx: ctx}
	match := f.input("match", "multi")
	match.Options, match.Live, match.Required = matchChoices(list), true, true
	if !c.line.Has("match") {
		match.Value = strings.Join(usualMatch(list), ", ")
	}
	then := f.choice("then", ruleThens(), func(w string, l lang.Lang) string { return words(l, "inbox.then_", w) })
	if !c.line.Has("then") {
		then.Value = "ignore"
	}
	priority := f.input("priority", "select")
	priority.Options = []Option{{"", lang.Text(c.lang, "inbox.by_severity", nil)}}
	for q := incident.P1; q <= incident.P5; q++ {
		priority.Options = append(priority.Options, Option{q.String(), PriorityName(q, c.lang)})
	}
	priority.Label = lang.Text(c.lang, "inbox.rule_priority", nil)
	after := f.text("after", 20)
	why := f.area("reason")
	why.Value, why.Hint, why.Label = c.line.Flag("reason"), "", lang.Text(c.lang, "inbox.rule_why", nil)
	name := f.text("rule", 80)
	if name.Value == "" {
		if name.Value, f.err = b.ruleName(ctx, c, list); f.err != nil {
			return Reply{}, f.err
		}
	}
	reply.Form.Inputs = []Input{match, then, after, priority, name, why}
	if r, _, err := b.ruleOf(ctx, c, rest); err == nil {
		if seen, err := b.Inbox.Foresee(ctx, c.lang, r); err == nil {
			reply.Form.Text = lang.Text(c.lang, "inbox.foreseen_does", lang.Args{"Does": r.Does(c.lang)}) + "\n" + c.foreseen(seen)
		}
	}
	return reply, f.err
}
