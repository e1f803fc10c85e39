package bot

import (
	"context"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// update publishes an update. What it promises by --next is the next deadline; without it the cadence is.
func (b *Bot) update(ctx context.Context, c *call) (Reply, error) {
	if c.bare() || c.line.Rest == "" && !c.line.Has("text") && c.Kind == Typed && !c.NoForms {
		return b.form(ctx, c)
	}
	cmd := incident.Publish{}
	var err error
	if cmd.Next, err = c.future("next"); err != nil {
		return Reply{}, err
	}
	if typed := c.line.Flag("audience"); typed != "" {
		if cmd.Audience = oneOf(typed, audiences(), audienceName); cmd.Audience == "" {
			return Reply{}, incident.Refuse("audience_unknown", "Given", typed, "Near", audiences())
		}
	}
	if typed := c.line.Flag("sort"); typed != "" {
		if cmd.Sort = oneOf(typed, updateSorts(), updateName); cmd.Sort == "" {
			return Reply{}, incident.Refuse("sort_unknown", "Given", typed)
		}
	} else {
		cmd.Sort = map[string]string{"第一報": "first", "復旧報": "restored", "最終報": "final"}[c.line.Alias]
	}
	if cmd.Text, err = b.free(ctx, c, "text"); err != nil {
		return Reply{}, err
	}
	return b.act(ctx, c, cmd)
}

// oneOf finds which of the values is meant, by itself or by its word in either language.
func oneOf(typed string, values []string, name func(string, lang.Lang) string) string {
	f := fold(typed)
	for _, v := range values {
		if f == v || f == fold(name(v, lang.JA)) || f == fold(name(v, lang.EN)) {
			return v
		}
	}
	return ""
}

// escalate asks for more: to the next line or a vendor (functional), or up the reporting route (hierarchical).
func (b *Bot) escalate(ctx context.Context, c *call) (Reply, error) {
	if c.bare() {
		return b.form(ctx, c)
	}
	cmd := incident.Escalate{How: "functional"}
	how := c.line.Flag("how")
	if word, rest := cutWord(c.line.Rest); how == "" && wayOf(word) != "" {
		how, c.line.Rest = word, rest
	}
	if how != "" {
		if cmd.How = wayOf(how); cmd.How == "" {
			return Reply{}, incident.Refuse("escalation_unknown", "Given", how)
		}
	} else if c.line.Alias == "上申" {
		cmd.How = "hierarchical"
	}
	var err error
	if name := policyOf(c); name != "" {
		cmd.How, cmd.To = "policy", name
	} else if to := c.line.Flag("target"); isPerson(to) {
		if cmd.Person, err = b.person(ctx, c, to); err != nil {
			return Reply{}, err
		}
	} else if to != "" {
		cmd.To = to
	} else if cmd.Person, err = b.someone(ctx, c, "target"); err != nil {
		return Reply{}, err
	}
	if cmd.Person == "" && cmd.To == "" && cmd.How != "policy" {
		if cmd.Person, err = b.lastly(ctx, c); err != nil {
			return Reply{}, err
		}
	}
	if cmd.Reason, err = b.free(ctx, c, "reason"); err != nil {
		return Reply{}, err
	}
	if cmd.Reason == "" {
		return Reply{}, incident.Refuse("reason_needed")
	}
	return b.act(ctx, c, cmd)
}

// lastly takes a person off the end of the line: escalate this needs a decision @tanaka.
func (b *Bot) lastly(ctx context.Context, c *call) (incident.PersonID, error) {
	words := strings.Fields(c.line.Rest)
	if c.line.Has("reason") || len(words) < 2 || !isPerson(words[len(words)-1]) || isSelf(words[len(words)-1]) {
		return "", nil
	}
	last := words[len(words)-1]
	c.line.Rest = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(c.line.Rest), last))
	return b.person(ctx, c, last)
}

func wayOf(typed string) string {
	switch fold(typed) {
	case "functional", "line", "機能的", "技術":
		return "functional"
	case "hierarchical", "up", "management", "階層的", "階層", "上長", "管理職":
		return "hierarchical"
	}
	return ""
}

// clock shows every deadline: running, standing still, met and missed.
func (b *Bot) clock(_ context.Context, c *call) (Reply, error) {
	var lines []string
	for k := range c.inc.Clocks {
		k := &c.inc.Clocks[k]
		lines = append(lines, "- "+c.clockLine(k))
		if k.Met.IsZero() {
			lines = append(lines, "  - "+Escape(c.view.WhyDue(c.inc, k)))
		}
	}
	for n := range c.inc.Further {
		lines = append(lines, c.view.furtherLines(&c.inc.Further[n])...)
	}
	if len(lines) == 0 {
		lines = append(lines, lang.Text(c.lang, "bot.no_clock", nil))
	}
	lines = append(lines, c.view.quiet(c.inc)...)
	return Reply{Text: lang.Text(c.lang, "bot.clock", lang.Args{"Number": c.inc.Number.String(), "Lines": strings.Join(lines, "\n")}), Number: c.inc.Number}, nil
}

func (c *call) clockLine(k *incident.Clock) string {
	args := lang.Args{"Clock": c.view.clock(k), "Due": c.view.when(k.Due), "Met": c.view.when(k.Met), "Span": lang.Span(c.lang, k.Met.Sub(k.Due).Abs().Truncate(time.Second))}
	switch {
	case k.Dropped:
		return lang.Text(c.lang, "bot.clock_dropped", args)
	case !k.Met.IsZero() && k.Met.After(k.Due):
		return lang.Text(c.lang, "bot.clock_late", args)
	case !k.Met.IsZero():
		return lang.Text(c.lang, "bot.clock_met", args)
	case !k.Paused.IsZero():
		return lang.Text(c.lang, "bot.clock_paused", args)
	}
	return c.view.due(k)
}
