package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// ruleThens are what a rule made from the inbox can say.
func ruleThens() []string { return []string{"open", "attach", "wait", "inbox", "ignore"} }

// ruleDeed reads what is done to a rule that stands.
func ruleDeed(word string) string {
	switch fold(word) {
	case "remove", "delete", "削除", "除外":
		return "remove"
	case "up", "上":
		return "up"
	case "down", "下":
		return "down"
	}
	return ""
}

// inboxRule makes a rule from alerts, or changes one that people made: inbox rule k7m2qd --then ignore, inbox rule remove 3.
func (b *Bot) inboxRule(ctx context.Context, c *call, rest string) (Reply, error) {
	if c.Kind == Typed && strings.TrimSpace(rest) == "" && len(c.line.Flags) == 0 { // of which alert, it doesn't say
		return b.inboxRules(ctx, c)
	}
	if !mayRule(c.policy, c.me, c.now) {
		return Reply{}, incident.Refuse("inbox_rule_managers")
	}
	word, after := cutWord(rest)
	if deed := ruleDeed(word); deed != "" {
		return b.changeRule(ctx, c, deed, after)
	}
	if c.Kind == Typed && !c.NoForms && len(c.line.Flags) == 0 {
		return b.form(ctx, c)
	}
	r, _, err := b.ruleOf(ctx, c, rest)
	if err != nil {
		return Reply{}, err
	}
	seen, err := b.Inbox.Foresee(ctx, c.lang, r)
	if err != nil {
		return Reply{}, err //nolint:wrapcheck // a refusal must come bare
	}
	made, err := b.ruleStands(ctx, c, r)
	if err != nil {
		return Reply{}, err
	}
	said := "inbox.say_rule_stands"
	if made.Number == 0 {
		if made, err = b.Inbox.MakeRule(ctx, c.lang, c.cause().ID, r); err != nil {
			return Reply{}, err //nolint:wrapcheck // a refusal must come bare
		}
		c.changed, said = true, "inbox.say_rule_made"
	}
	number := strconv.FormatInt(made.Number, 10)
	reply := c.undoable(lang.Text(c.lang, said, lang.Args{
		"N": made.Number, "Rule": Escape(made.Name), "Then": made.Does(c.lang), "Name": b.Name,
	})+"\n"+c.foreseen(seen)+"\n```\n"+strings.TrimSpace(made.YAML)+"\n```", "inbox.button_rule_out", "inbox rule remove "+number)
	reply.Rule = made.Number
	return reply, nil
}

// ruleStands gives the rule that is asked first, where it says the same as one to be made whose name nobody chose; Number 0 where not.
// So a second press makes no second rule.
func (b *Bot) ruleStands(ctx context.Context, c *call, r AlertRule) (AlertRule, error) {
	if c.line.Has("rule") {
		return AlertRule{}, nil
	}
	if again, err := b.didNext(ctx, c); err != nil || again { // the first answer is given
		return AlertRule{}, err
	}
	rules, err := b.Inbox.Rules(ctx)
	if err != nil {
		return AlertRule{}, fmt.Errorf("list the rules for alerts: %w", err)
	}
	if len(rules) == 0 || !rules[0].says(r) {
		return AlertRule{}, nil
	}
	return rules[0], nil
}

// says reports whether two rules match and do the same.
func (r AlertRule) says(o AlertRule) bool {
	return r.Source == o.Source && r.Do == o.Do && r.Priority == o.Priority && r.Wait == o.Wait && r.Count == o.Count && maps.EqualFunc(r.Match, o.Match, slices.Equal)
}

// undoable answers what was done with a button that takes it back; where no button can be shown the text says how.
func (c *call) undoable(text, label, command string) Reply {
	if c.NoForms {
		return Reply{Text: text}
	}
	return Reply{Card: &Card{Text: text, Tone: Calm, Buttons: []Button{{Label: lang.Text(c.lang, label, nil), Command: command}}}}
}

// foreseen says what a rule would have meant.
func (c *call) foreseen(f Foreseen) string {
	text := lang.Text(c.lang, "inbox.foreseen", lang.Args{"N": f.Fits, "Of": f.Of})
	if f.Acted > 0 {
		text += " " + lang.Text(c.lang, "inbox.foreseen_acted", lang.Args{"N": f.Acted})
	}
	if f.Unsure > 0 {
		text += " " + lang.Text(c.lang, "inbox.foreseen_unsure", lang.Args{"N": f.Unsure})
	}
	return text
}

// changeRule removes a rule or moves it by one place.
func (b *Bot) changeRule(ctx context.Context, c *call, deed, rest string) (Reply, error) {
	word, why := cutWord(rest)
	number, err := strconv.ParseInt(strings.TrimPrefix(fold(word), "#"), 10, 64)
	if err != nil {
		return Reply{}, incident.Refuse("inbox_rule_number", "Word", cutRunes(word, 40))
	}
	if c.line.Has("reason") {
		why = c.line.Flag("reason")
	}
	var done AlertRule
	switch deed {
	case "remove":
		done, err = b.Inbox.RemoveRule(ctx, c.cause().ID, number, c.By, strings.TrimSpace(why))
	case "up":
		done, err = b.Inbox.MoveRule(ctx, c.cause().ID, number, c.By, -1)
	default:
		done, err = b.Inbox.MoveRule(ctx, c.cause().ID, number, c.By, 1)
	}
	if errors.Is(err, incident.ErrNotFound) {
		return Reply{}, incident.Refuse("inbox_rule_number", "Word", cutRunes(word, 40))
	}
	if err != nil {
		return Reply{}, fmt.Errorf("%s rule %d: %w", deed, number, err)
	}
	c.changed = true
	return Reply{Text: lang.Text(c.lang, "inbox.say_rule_"+deed, lang.Args{"N": number, "Rule": Escape(done.Name)})}, nil
}

// ruleOf is the rule that is meant, with the alerts it is made from: their fields that --match names, or patterns written out.
func (b *Bot) ruleOf(ctx context.Context, c *call, rest string) (AlertRule, []LooseAlert, error) {
	handles, _ := handlesFirst(rest)
	var list []LooseAlert
	if len(handles) > 0 || !strings.Contains(strings.Join(c.line.Flags["match"], ","), "=") {
		var err error
		if list, err = b.looseNamed(ctx, c, handles); err != nil {
			return AlertRule{}, nil, err
		}
	}
	names := matchWords(c.line.Flags["match"])
	if len(names) == 0 && !c.line.Has("match") {
		names = usualMatch(list)
	}
	r := AlertRule{By: c.By, Why: strings.TrimSpace(c.line.Flag("reason")), Do: ruleThen(c.line.Flag("then")), Match: map[string][]string{}}
	for _, name := range names {
		if name, pattern, written := strings.Cut(name, "="); written {
			r.Match[name] = append(r.Match[name], pattern)
			continue
		}
		for _, a := range list {
			if p := exactly(a.field(name)); !slices.Contains(r.Match[name], p) {
				r.Match[name] = append(r.Match[name], p)
			}
		}
	}
	switch {
	case len(r.Match) == 0:
		return r, list, incident.Refuse("inbox_rule_match")
	case c.line.Has("then") && r.Do == "":
		return r, list, incident.Refuse("inbox_rule_then", "Word", cutRunes(c.line.Flag("then"), 40), "Near", ruleThens())
	case r.Do == "":
		r.Do = "ignore"
	}
	if sources := r.Match["source"]; len(sources) == 1 && !strings.ContainsAny(sources[0], "*/!") {
		r.Source = sources[0]
		delete(r.Match, "source")
	}
	p, err := c.priority()
	if err != nil {
		return r, list, err
	}
	if p != 0 && (r.Do == "open" || r.Do == "wait") {
		r.Priority = p.String()
	}
	if r.Do == "wait" {
		if r.Wait, err = c.waiting(); err != nil {
			return r, list, err
		}
	}
	r.Name, err = b.ruleName(ctx, c, list)
	return r, list, err
}

// waiting reads how long an alert must have fired: five minutes where nobody said.
func (c *call) waiting() (time.Duration, error) {
	typed := strings.TrimSpace(c.line.Flag("after"))
	if typed == "" {
		return 5 * time.Minute, nil
	}
	t, rest, ok := lang.ParseFuture(typed, c.now, c.zone)
	d := t.Sub(c.now)
	if !ok || rest != "" || d < time.Minute || d > 24*time.Hour {
		return 0, incident.Refuse("inbox_rule_after", "Word", cutRunes(typed, 40))
	}
	return d.Round(time.Minute), nil
}

// ruleName is what the rule is called: as was said, else after the first alert, and by a name that no rule has yet.
func (b *Bot) ruleName(ctx context.Context, c *call, list []LooseAlert) (string, error) {
	const longest = 80
	name := strings.Join(strings.Fields(c.line.Flag("rule")), " ")
	if name != "" {
		return cutRunes(name, longest), nil
	}
	if len(list) > 0 {
		name = list[0].Labels["alertname"]
		if name == "" {
			name = list[0].Title
		}
		if list[0].Service != "" {
			name += " " + list[0].Service
		}
		name = c.now.In(c.zone).Format("01-02 15:04") + " " + strings.Join(strings.Fields(name), " ")
	} else {
		name = c.now.In(c.zone).Format("2006-01-02 15:04")
	}
	rules, err := b.Inbox.Rules(ctx)
	if err != nil {
		return "", fmt.Errorf("list the rules for alerts: %w", err)
	}
	free := cutRunes(name, longest)
	for n := 2; slices.ContainsFunc(rules, func(r AlertRule) bool { return strings.EqualFold(r.Name, free) }); n++ {
		again := " (" + strconv.Itoa(n) + ")"
		free = cutRunes(name, longest-len(again)) + again
	}
	return free, nil
}

// ruleThen reads what a rule does, "" for another word.
func ruleThen(word string) string {
	return oneOf(word, ruleThens(), func(w string, l lang.Lang) string { return words(l, "inbox.then_", w) })
}

// matchWords splits what --match says at commas; a comma in a pattern is written twice.
func matchWords(given []string) (out []string) {
	for _, g := range given {
		for w := range strings.SplitSeq(strings.ReplaceAll(g, ",,", "\x00"), ",") {
			if w = strings.TrimSpace(strings.ReplaceAll(w, "\x00", ",")); w != "" && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// exactly is the pattern that only this value fits: some signs of a pattern mean something else at its beginning, and a star anywhere.
func exactly(value string) string {
	odd := strings.Contains(value, "*") || strings.HasPrefix(value, "!") || len(value) > 1 && value[0] == '/' && value[len(value)-1] == '/'
	if !odd {
		return value
	}
	return "/^" + regexp.QuoteMeta(value) + "$/"
}

// field gives a field of the alert as rules name it.
func (a LooseAlert) field(name string) string {
	switch name {
	case "source":
		return a.Source
	case "severity":
		return a.Severity
	case "title":
		return a.Title
	case "service":
		return a.Service
	case "host":
		return a.Host
	}
	return a.Labels[strings.TrimPrefix(name, "label.")]
}

// usualMatch is what a rule from these alerts is about where nobody says: the same thing of the same source.
func usualMatch(list []LooseAlert) []string {
	if len(list) == 0 {
		return nil
	}
	out := []string{"source"}
	named, served := true, true
	for _, a := range list {
		named, served = named && a.Labels["alertname"] != "", served && a.Service != ""
	}
	if named {
		out = append(out, "label.alertname")
	} else {
		out = append(out, "title")
	}
	if served {
		out = append(out, "service")
	}
	return out
}

// matchChoices are the fields of which a rule can be made, with their values; labels that all alerts have, twelve at most.
func matchChoices(list []LooseAlert) (out []Option) {
	names := []string{"source", "severity", "title", "service", "host"}
	var labels []string
	for name := range list[0].Labels {
		labels = append(labels, "label."+name)
	}
	slices.SortFunc(labels, func(a, b string) int {
		if (a == "label.alertname") != (b == "label.alertname") {
			if a == "label.alertname" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range append(names, labels[:min(len(labels), 12)]...) {
		var values []string
		all := !strings.Contains(name, ",")
		for _, a := range list {
			v := a.field(name)
			all = all && v != ""
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if all {
			out = append(out, Option{name, name + " = " + cutRunes(strings.Join(values, " / "), 80)})
		}
	}
	return out
}

// inboxRules lists the rules in the order in which they are asked.
func (b *Bot) inboxRules(ctx context.Context, c *call) (Reply, error) {
	rules, err := b.Inbox.Rules(ctx)
	if err != nil {
		return Reply{}, fmt.Errorf("list the rules for alerts: %w", err)
	}
	if len(rules) == 0 {
		return Reply{Text: lang.Text(c.lang, "inbox.say_no_rules", lang.Args{"Name": b.Name})}, nil
	}
	lines := []string{lang.Text(c.lang, "inbox.say_rules", lang.Args{"N": len(rules)})}
	for _, r := range rules {
		line := "- "
		if r.Number != 0 {
			line += "#" + strconv.FormatInt(r.Number, 10) + " "
		}
		line += "**" + oneLine(r.Name, 80) + "** " + r.Does(c.lang) + " · " + oneLine(r.matches(), 200)
		if r.Number == 0 {
			line += " · " + lang.Text(c.lang, "inbox.of_config", nil)
		} else {
			line += " · " + lang.Text(c.lang, "inbox.say_rule_by", lang.Args{"Person": Escape(c.names(r.By)), "When": c.view.when(r.At), "N": r.Matched})
		}
		lines = append(lines, line)
	}
	return Reply{Text: strings.Join(append(lines, lang.Text(c.lang, "inbox.say_rules_how", lang.Args{"Name": b.Name})), "\n")}, nil
}

// Does says what becomes of an alert that a rule matches, with how long it waits and the priority.
func (r AlertRule) Does(l lang.Lang) string {
	does := words(l, "inbox.then_", r.Do)
	attaches := r.Then == "attach"
	switch {
	case r.Count != 0 && attaches:
		does = lang.Text(l, "inbox.count_attach", lang.Args{"N": r.Count, "Within": lang.Span(l, r.Within)})
	case r.Count != 0:
		does = lang.Text(l, "inbox.count_open", lang.Args{"N": r.Count, "Within": lang.Span(l, r.Within)})
	case r.Wait != 0 && attaches:
		does = lang.Text(l, "inbox.wait_attach", lang.Args{"For": lang.Span(l, r.Wait)})
	case r.Wait != 0:
		does = lang.Text(l, "inbox.wait_open", lang.Args{"For": lang.Span(l, r.Wait)})
	}
	if r.Priority != "" && !attaches {
		does += lang.Text(l, "inbox.does_priority", lang.Args{"Priority": r.Priority})
	}
	return does
}

// matches writes what a rule matches on one line.
func (r AlertRule) matches() string {
	var parts []string
	if r.Source != "" {
		parts = append(parts, "source="+r.Source)
	}
	names := make([]string, 0, len(r.Match))
	for name := range r.Match {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		parts = append(parts, name+"="+strings.Join(r.Match[name], "|"))
	}
	return strings.Join(parts, " ")
}
